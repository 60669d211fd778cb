"""ULPs: how many units in the last place lie between a float and the exact number.

>>> from fractions import Fraction
>>> ulps(1.0, Fraction(1)), ulps(math.nextafter(1.0, 2.0), Fraction(1))
(0.0, 1.0)
"""

from __future__ import annotations

import math
from fractions import Fraction

_TINY, _TOP = Fraction(2) ** -1074, Fraction(2) ** 1024


def ulps(got: float, exact: Fraction) -> float:
    """The distance in ULP of the exact number, infinite for nan and for the wrong infinity.

    An overflow counts from the largest float on, and 0 beside a number below the smallest float
    counts in units of that.
    """
    if math.isnan(got):
        return math.inf
    size = abs(exact)
    unit = _unit(size)
    if math.isinf(got):
        if (got > 0) != (exact > 0):
            return math.inf
        return as_float(max(Fraction(0), (_TOP - size) / unit - Fraction(1, 2)))
    if size >= _TOP:
        return math.inf
    return as_float(abs(Fraction(got) - exact) / unit)


def _unit(size: Fraction) -> Fraction:
    """The distance between floats near a number of this size."""
    if size < _TINY:
        return _TINY
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    exponent -= size < Fraction(2) ** exponent
    return Fraction(2) ** min(max(exponent - 52, -1074), 971)


def as_float(exact: Fraction) -> float:
    """The float nearest to an exact number, infinite where it is too large."""
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf
