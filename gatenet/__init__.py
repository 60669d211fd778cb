"""gatenet: scalar reverse-mode automatic differentiation, built as a circuit of gates.

>>> from gatenet import Unit
>>> x = Unit(2.0)
>>> y = (x * x + 1).log()
>>> y.backward()
>>> x.grad
0.8
"""

from gatenet._version import __version__ as __version__
from gatenet.blocks import Block as Block
from gatenet.blocks import block as block
from gatenet.blocks import checkpoint as checkpoint
from gatenet.blocks import custom_gradient as custom_gradient
from gatenet.blocks import ifelse as ifelse
from gatenet.blocks import scan as scan
from gatenet.blocks import switch as switch
from gatenet.checking import gradcheck as gradcheck
from gatenet.checking import gradgradcheck as gradgradcheck
from gatenet.circuit import Circuit as Circuit
from gatenet.compiler import compile as compile
from gatenet.declaration import Gate as Gate
from gatenet.declaration import gate as gate
from gatenet.explaining import explain as explain
from gatenet.explaining import genealogy as genealogy
from gatenet.gates import *  # noqa: F403  (gatenet.exp, gatenet.where ...: they shadow no builtin)
from gatenet.io import load as load
from gatenet.io import save as save
from gatenet.modes import detect_anomaly as detect_anomaly
from gatenet.modes import enable_grad as enable_grad
from gatenet.modes import no_grad as no_grad
from gatenet.modes import record as record
from gatenet.repl import debug as debug
from gatenet.repl import load_ipython_extension as load_ipython_extension
from gatenet.stepper import Stepper as Stepper
from gatenet.sweep import backward as backward
from gatenet.sweep import gradients as gradients
from gatenet.sweep import sweep as sweep
from gatenet.tracing import In as In
from gatenet.tracing import function as function
from gatenet.tracing import scalar as scalar
from gatenet.tracing import scalars as scalars
from gatenet.tracing import shared as shared
from gatenet.tracing import vector as vector
from gatenet.transforms import Lop as Lop
from gatenet.transforms import Rop as Rop
from gatenet.transforms import grad as grad
from gatenet.transforms import hessian as hessian
from gatenet.transforms import hvp as hvp
from gatenet.transforms import jacobian as jacobian
from gatenet.transforms import jvp as jvp
from gatenet.transforms import value_and_grad as value_and_grad
from gatenet.transforms import vjp as vjp
from gatenet.unit import Unit as Unit
