"""Widening: a scalar program turned back into a wide one.

`widen` makes a `WideProgram` of a recorded circuit; a `WideBackend` runs it, with the C extension
or with NumPy.
"""

from gatenet.compiler.widening.backend import WideBackend as WideBackend
from gatenet.compiler.widening.program import WideProgram as WideProgram
from gatenet.compiler.widening.program import WideStep as WideStep
from gatenet.compiler.widening.widen import widen as widen

__all__ = ["WideBackend", "WideProgram", "WideStep", "widen"]
