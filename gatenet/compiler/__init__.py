"""Compiling: a recorded circuit becomes a flat program that runs many samples at once.

`circuit.compile(inputs)` is the way in; a `Program` is what is run, a backend what runs it.
"""

from gatenet.compiler.compiled import BACKENDS as BACKENDS
from gatenet.compiler.compiled import Compiled as Compiled
from gatenet.compiler.functions import CompiledFunction as CompiledFunction
from gatenet.compiler.functions import compile as compile
from gatenet.compiler.program import Program as Program

__all__ = ["BACKENDS", "Compiled", "CompiledFunction", "Program", "compile"]
