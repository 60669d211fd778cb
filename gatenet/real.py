"""Real numbers: what counts as one when it meets a unit, and what is refused with a mend.

An int, a float or a NumPy real scalar becomes a float, once.  Everything else that people try is
a TypeError that names the type and what to write instead.  Knows only the errors.
"""

from __future__ import annotations

import sys
from typing import Any

from gatenet.errors import OperandError, RangeError


def number(value: Any) -> float:
    """Turn a real number into a float.

    Raises OperandError (a TypeError) for anything that is not an int, a float or a NumPy real
    scalar, and RangeError (a ValueError) for an int too large for float64.

    >>> number(3)
    3.0
    """
    kind = type(value)
    if kind is float:
        return value  # type: ignore[no-any-return]
    if isinstance(value, (int, float)) and kind is not bool:
        try:
            return float(value)
        except OverflowError:
            raise RangeError(
                f"an int of {int(value).bit_length()} bits is too large for float64 "
                "(at most about 1.8e308); divide it down first",
                value=value,
            ) from None
    if _is_numpy_real(value):
        return float(value)
    raise OperandError(f"{_shown(value)} of type {kind.__name__} {_mend(value)}", value=value)


def _is_numpy_real(value: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.generic) and value.dtype.kind in "iuf"


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except Exception:  # an int of 5,000 digits in a list, for one
        text = object.__repr__(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _mend(value: Any) -> str:
    """Say why this is no number here and what to write instead."""
    kind = type(value).__name__
    if kind == "Unit":
        return "is a unit already: wire it as it is, or take its .value for a plain number"
    if kind in ("bool", "bool_"):
        return "is no real number here: write 1.0 or 0.0, or compare with a gate, greater(u, 0)"
    if "complex" in kind:
        return "cannot flow through a circuit: units are real; wire .real and .imag apart"
    if isinstance(value, (str, bytes)):
        return "is text: convert it with float(...) first"
    if value is None:
        return "is no number: is a `return` missing?"
    if kind in ("Decimal", "Fraction"):
        return "is exact and units are float64: convert it with float(...) first"
    if kind in ("ndarray", "Tensor") and not value.shape:
        return "is an array of one number: take the number out with .item()"
    if hasattr(value, "__len__") or hasattr(value, "__iter__"):
        return "is not one number: wire its elements one by one, [u * x for x in xs]"
    return "is no real number: use an int, a float or a Unit"
