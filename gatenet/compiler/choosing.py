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
from gatenet.compiler.singles import SingleArrayBackend
from gatenet.compiler.widening import WideBackend
from gatenet.errors import CompileError, RangeError

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


#: The types of numbers that a compiled circuit computes in, by NumPy's names.
DTYPES = ("float64", "float32")


def checked_dtype(dtype: Any) -> str:
    """The name of a type of numbers: that name, or NumPy's, JAX's or PyTorch's own type.

    Raises RangeError for a type that there is not.

    >>> checked_dtype("float32")
    'float32'
    """
    name = getattr(dtype, "__name__", None) or str(dtype).removeprefix("torch.")
    if name not in DTYPES:
        raise RangeError(f"dtype is {dtype!r}: it is 'float64', the eager engine's, or 'float32'")
    return name


def backend_of(name: str, program: Any, dtype: str) -> Any:
    """What runs a program in a type of numbers.

    Raises CompileError for a backend that has float64 alone, ToolMissing for what is not there.
    """
    if dtype == "float64":
        return BACKENDS[name](program)
    if name == "machine":
        return MachineBackend(program, dtype=dtype)
    if name == "numpy":
        return SingleArrayBackend(program)
    raise CompileError(
        f"backend={name!r} computes in float64 and has no {dtype}: take backend='machine' or "
        "'numpy', or leave dtype as it is"
    )


def check_backend(backend: Any) -> None:
    """Raise RangeError for a backend that there is not."""
    if not isinstance(backend, str) or backend not in ("auto", *BACKENDS):
        raise RangeError(f"backend is {backend!r}: it is auto, {', '.join(BACKENDS)}")


def candidates(backend: str, program: Any, dtype: str = "float64") -> list[str]:
    """The backends to try for a program, first choice first."""
    if backend != "auto":
        return [backend]
    if dtype != "float64":
        return [*USUAL]
    exact = all(gate.primitive.ufunc in EXACT for gate in program.kinds_used)
    return [name for name in USUAL if exact or name != "numpy"]
