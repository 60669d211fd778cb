"""Exporting: a circuit as text that runs without gatenet, as a file, or for another framework.

Knows programs; each language has its own module.
"""

from gatenet.exporting.c import c_source as c_source
from gatenet.exporting.cheader import c_header as c_header
from gatenet.exporting.files import load_compiled as load_compiled
from gatenet.exporting.files import load_program as load_program
from gatenet.exporting.files import save_compiled as save_compiled
from gatenet.exporting.files import save_program as save_program
from gatenet.exporting.jax import to_jax as to_jax
from gatenet.exporting.numpy import numpy_source as numpy_source
from gatenet.exporting.onnx import onnx_model as onnx_model
from gatenet.exporting.onnx import save_onnx as save_onnx
from gatenet.exporting.python import python_source as python_source
from gatenet.exporting.symbolic import to_latex as to_latex
from gatenet.exporting.symbolic import to_sympy as to_sympy
from gatenet.exporting.torch import to_torch as to_torch

__all__ = [
    "c_header",
    "c_source",
    "load_compiled",
    "load_program",
    "numpy_source",
    "onnx_model",
    "python_source",
    "save_compiled",
    "save_onnx",
    "save_program",
    "to_jax",
    "to_latex",
    "to_sympy",
    "to_torch",
]
