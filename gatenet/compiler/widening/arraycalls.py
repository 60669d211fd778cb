"""Calls of NumPy that keep every bit of the eager engine: ordered sums, choices, functions.

Sums are added term by term in the recorded order; functions that IEEE does not fix (exp, tanh)
are called number by number from `math`.  Knows arrays and gates, not programs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from gatenet.declaration import Gate

#: NumPy's functions whose results IEEE 754 fixes to the bit.
FIXED = frozenset([
    "add", "subtract", "multiply", "divide", "negative", "absolute", "fabs", "sqrt", "square",
    "less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "where",
])  # fmt: skip

Call = Callable[[], object]


def ordered(np: Any, products: Any, out: Any) -> Call:
    """What adds the terms in their order: NumPy keeps it along any axis but the innermost.

    It starts from -0.0, to which adding changes nothing; NumPy's own start, 0.0, loses a sign.
    """
    if out.size > 1:
        return partial(np.add.reduce, products, 0, None, out, False, -0.0)
    products = products.reshape(-1)
    spare = np.empty(products.shape)

    def running() -> None:
        np.add.accumulate(products, 0, None, spare)
        out[...] = spare[-1]

    return running


def chosen(np: Any, choice: str, terms: Any, out: Any) -> Call:
    """What gives the largest or smallest of some terms; of equal ones the first.

    Zeros of unlike sign are equal, and NumPy may give any of them.
    """
    reduce = getattr(np, choice).reduce
    first = np.argmax if choice == "maximum" else np.argmin

    def run() -> None:
        reduce(terms, 0, None, out)
        if not out.all():
            places = np.expand_dims(first(terms, axis=0), 0)
            np.copyto(out, np.take_along_axis(terms, places, 0)[0])

    return run


def mapped(gate: Gate, reads: Sequence[Any], out: Any) -> Call:
    """What calls a gate number by number."""
    return partial(_called, _fast(gate), gate.value_kernel, reads, out)


def named(gate: Gate) -> str:
    """NumPy's name for a gate."""
    return gate.primitive.ufunc if gate.primitive is not None else ""


def _fast(gate: Gate) -> Callable[[float], float] | None:
    """The function of `math` that a gate of one operand calls, where it calls one."""
    assert gate.primitive is not None
    called = re.fullmatch(r"(\w+)\(\{\}\)", gate.primitive.python)
    return getattr(math, called[1], None) if called else None


def _called(fast: Any, slow: Any, reads: Sequence[Any], out: Any) -> None:
    """Call a function number by number; `slow` is the one that never raises."""
    lists = [read.ravel().tolist() for read in reads]
    try:
        out[:] = list(map(fast or slow, *lists))
    except (OverflowError, ValueError):
        out[:] = list(map(slow, *lists))
