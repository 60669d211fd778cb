"""Pieces that several accurate formulas share: exact rests of products, polynomials, constants.

These are functions on formulas, not gates; they know nothing but + - *.  What rounding drops from
a product can be had exactly from sums and products alone (no fused multiply-add is needed, and
none may be contracted in: the rests would be wrong).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: The smallest normal float64; below it numbers lose digits.
TINY = 2.0**-1022
#: Between these, squares and sums of squares neither overflow nor lose digits; LIFT brings a
#: number from below LOW (and 1 / LIFT one from above HIGH) between them, exactly.
LOW, HIGH, LIFT = 2.0**-500, 2.0**500, 2.0**600

SQRT_HALF, SQRT_HALF_REST = 0.7071067811865476, -4.833646656726457e-17
INV_SQRT_2PI = 0.3989422804014327
TWO_OVER_SQRT_PI = 1.1283791670955126


def halves(x: Any) -> tuple[Any, Any]:
    """Split x exactly into a part of at most 26 bits and the rest, for abs(x) < 1e300.

    Source: Dekker, A floating-point technique for extending the available precision (1971).
    """
    shifted = 134217729.0 * x
    high = shifted - (shifted - x)
    return high, x - high


def product_rest(a: Any, b: Any, product: Any) -> Any:
    """Give a * b - product exactly, where product is the rounded a * b.

    Source: Dekker (1971), section 5.
    """
    a1, a2 = halves(a)
    b1, b2 = halves(b)
    return ((a1 * b1 - product) + (a1 * b2 + a2 * b1)) + a2 * b2


def square_rest(x: Any, square: Any) -> Any:
    """Give x * x - square exactly, where square is the rounded x * x."""
    high, low = halves(x)
    return ((high * high - square) + 2 * high * low) + low * low


def polynomial(x: Any, coefficients: Sequence[float]) -> Any:
    """Evaluate a polynomial by Horner's scheme; the constant term comes first.

    >>> polynomial(2.0, [1.0, 0.0, 3.0])
    13.0
    """
    result: Any = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        result = result * x + coefficient
    return result


def normal(x: Any) -> Any:
    """Whether x has all its digits: neither below the normal numbers nor infinite nor nan."""
    return (abs(x) >= TINY) * (abs(x) < float("inf"))
