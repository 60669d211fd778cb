"""Scale: how large a gradient is, in steps of powers of ten, and what sign it has.

Gradients of one circuit often differ by many powers of ten, so strength is logarithmic: the
decade of the largest number in the picture is step 4, each decade below it one step less, and
whatever is below the third is step 1.  Knows numbers alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from .labels import number

STEPS = (4, 3, 2, 1)
"""The strengths from the largest down; 0 is no strength at all."""


def decade(x: float) -> int:
    """Return the power of ten of a finite number other than 0, as it is written.

    >>> [decade(x) for x in (1.0, -0.02, 9.9996e5)]
    [0, -2, 6]
    """
    return int(f"{x:.3e}".partition("e")[2])


def top_of(numbers: Iterable[float | None]) -> int:
    """Return the decade of the largest finite number; 0 where there is none but zeros."""
    largest = max((abs(x) for x in numbers if x is not None and math.isfinite(x)), default=0.0)
    return decade(largest) if largest else 0


def strength_of(numbers: Iterable[float | None], top: int) -> int:
    """Return the strength of a number, or of the larger of two, where `top` is the decade of 4.

    >>> [strength_of([x], 0) for x in (3.0, 0.3, 0.03, 0.003, 1e-9, 0.0, None)]
    [4, 3, 2, 1, 1, 0, 0]
    """
    some = [abs(x) for x in numbers if x is not None]
    largest = max(some, default=0.0)
    if not largest or not all(map(math.isfinite, some)):
        return 0
    return 4 - min(max(top - decade(largest), 0), 3)


def said_of(strength: int, top: int) -> str:
    """Write what a strength means.

    >>> [said_of(strength, 0) for strength in STEPS]
    ['≥ 1', '≥ 0.1', '≥ 0.01', '< 0.01']
    """
    least = number(float(f"1e{top - 4 + max(strength, 2)}"))
    return f"≥ {least}" if strength > 1 else f"< {least}"


def sign_of(low: float | None, high: float | None) -> str:
    """Name the sign of a gradient, or of a range of them."""
    if low is None or high is None:
        return "unvisited"
    if not (math.isfinite(low) and math.isfinite(high)):
        return "broken"
    if low == high == 0:
        return "zero"
    return "plus" if low >= 0 else "minus" if high <= 0 else "mixed"
