"""Choosing: the backends there are, and which of them "auto" tries.

"auto" never changes a bit of what the eager engine gives.  So NumPy is tried for programs whose
gates it computes to the bit, arithmetic and comparisons, and has to be asked for by name where
its own exp, tanh and their like would be used.
"""

from __future__ import annotations

from typing import Any

from gatenet.compiler.arrays import ArrayBackend
from gatenet.compiler.machine import MachineBackend
from gatenet.compiler.python import PythonBackend
from gatenet.compiler.widening import WideBackend
from gatenet.errors import RangeError

BACKENDS: dict[str, Any] = {
    "machine": MachineBackend,
    "numpy": ArrayBackend,
    "python": PythonBackend,
    "wide": WideBackend,
}
#: What "auto" tries, in this order.
USUAL = ("machine", "numpy", "python")

#: NumPy's functions that IEEE 754 leaves no choice; "" is the gate's own, number by number.
EXACT = frozenset(
    ["", "add", "subtract", "multiply", "divide", "negative", "absolute", "sqrt", "where", "less",
     "less_equal", "greater", "greater_equal", "equal", "not_equal"]
)  # fmt: skip


def check_backend(backend: Any) -> None:
    """Raise RangeError for a backend that there is not."""
    if not isinstance(backend, str) or backend not in ("auto", *BACKENDS):
        raise RangeError(f"backend is {backend!r}: it is auto, {', '.join(BACKENDS)}")


def candidates(backend: str, program: Any) -> list[str]:
    """The backends to try for a program, first choice first."""
    if backend != "auto":
        return [backend]
    exact = all(gate.primitive.ufunc in EXACT for gate in program.kinds_used)
    return [name for name in USUAL if exact or name != "numpy"]
