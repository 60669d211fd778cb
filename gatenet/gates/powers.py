"""Powers and the square root.

Knows arithmetic and logarithms.  The two derivatives of a ** b are gates of their own, because no
one expression for them is accurate everywhere: each chooses inside, and declares smooth partials.
"""

from __future__ import annotations

from math import inf
from typing import Any

from gatenet.declaration import gate, libm
from gatenet.gates.arithmetic import absolute
from gatenet.gates.comparisons import equal, where
from gatenet.gates.compensated import TINY, normal
from gatenet.gates.logarithms import log


@gate(
    symbol="^",
    textbook="a ** b",
    partials=lambda z, a, b: (power_slope(a, b), power_log(a, b)),
    domain=lambda a, b: equal(a**b, a**b),  # not nan
    edges=lambda a, b: a,
    primitive=libm("pow", python="power"),
)
def power(a: Any, b: Any) -> Any:
    """Raise a to the power b; the slopes are b * a**(b-1) and a**b * log(a).

    Kinks: none; a = 0 is an edge. There 0**0 is 1 with both derivatives 0, 0**0.5 has slope inf,
    0**-1 is inf with slope -inf, and the derivative by b is 0 for b >= 0 and -inf below.
    A negative a with a b that is no integer gives nan, never a complex number; the derivative by
    b is nan for every negative a. A constant b receives no gradient, so x ** 3 is safe at x < 0.
    Numerics: the value is C99's pow, within 0.53 ULP; slopes within 3 and 2.8 (b * a**(b-1) as
    written is off by 2.4 million where b - 1 is not exact).

    >>> power(2.0, 3.0), power.partials(8.0, 2.0, 3.0)
    (8.0, (12.0, 5.545177444479562))
    """


@gate(
    slope_of="power",
    symbol="b·a^(b−1)",
    textbook="b * a ** (b - 1)",
    partials=lambda z, a, b: (
        where(equal(z, z), where(equal(b, 0), 0, b * power_slope(a, b - 1)), z),
        power(a, b - 1) + b * power_log(a, b - 1),
    ),
    domain=lambda a, b: equal(a**b, a**b),  # not nan
    edges=lambda a, b: a,
)
def power_slope(a: Any, b: Any) -> Any:
    """Give the derivative of a ** b by a; a gate, so that it can be differentiated.

    Kinks: none; a = 0 is an edge. b = 0 gives 0 everywhere.
    Numerics: b * a**(b-1) when b - 1 is exact, else b * (a**b / a), and where one of these
    overflows or loses digits the power is taken as a square. Within 3 ULP.

    >>> power_slope(3.0, 2.0), power_slope(0.0, 0.0), power_slope(0.0, -1.0)
    (6.0, 0.0, -inf)
    """
    size = absolute(a)
    less_one = b - 1
    rest = where(absolute(b) < 1, b - (less_one + 1), (b - less_one) - 1)  # of b - 1, exactly
    direct = power(a, less_one)
    z = power(a, b)
    quotient = z / a
    root = power(size, 0.5 * less_one) * power(size, 0.5 * rest)
    scaled = (b * root) * root * where(a > 0, 1, -power(-1, b))
    inexact = where(normal(z) * normal(quotient), b * quotient, scaled)
    at_ends = where(equal(b, 0), where(equal(a, a), 0, a), b * direct)
    general = where(
        normal(direct) * equal(rest, 0),
        b * direct,
        where((size > 0) * (size < inf), inexact, at_ends),
    )
    return where(equal(b, 2), b * a, general)  # exact everywhere, and all that a square needs


@gate(
    slope_of="power",
    symbol="a^b·log a",
    textbook="a ** b * log(a)",
    partials=lambda z, a, b: (
        power(a, b - 1) + b * power_log(a, b - 1),
        where(equal(a, 0), z, z * log(a)),
    ),
    domain=lambda a, b: a >= 0,
    edges=lambda a, b: a,
)
def power_log(a: Any, b: Any) -> Any:
    """Give the derivative of a ** b by b; a gate, so that it can be differentiated.

    Kinks: none; a = 0 is an edge: 0 for b >= 0, -inf below. nan for a < 0.
    Numerics: within 2.8 ULP; where a**b overflows or loses digits it is taken as a square.

    >>> power_log(1.0, 5.0), power_log(0.0, 2.0), power_log(0.0, -2.0)
    (0.0, 0.0, -inf)
    """
    z = power(a, b)
    root = power(a, 0.5 * b)
    at_infinity = where(b < 0, 0, z * log(a))
    scaled = where(a < inf, (root * log(a)) * root, at_infinity)
    at_zero = where(b >= 0, 0, b * inf)
    special = where(a > 0, scaled, where(equal(a, 0), at_zero, log(a)))
    return where(
        (z >= TINY) * (z < inf) * (a > 0) * equal(b, b),
        z * log(a),
        where(equal(b, b), special, b),
    )


@gate(
    symbol="√",
    textbook="sqrt(x)",
    partials=lambda z, x: 0.5 / (z + 0),
    domain=lambda x: x >= 0,
    edges=lambda x: x,
    primitive=libm("sqrt"),
)
def sqrt(x: Any) -> Any:
    """Take the square root; the gradient flows back divided by twice the root.

    Kinks: none; x = 0 is an edge: slope inf, for -0.0 as well (z + 0 turns -0.0 into 0.0).
    Below it value and slope are nan.
    Numerics: correctly rounded, slope within 1.5 ULP.

    >>> sqrt(4.0), sqrt.partials(2.0, 4.0), sqrt.partials(0.0, 0.0)
    (2.0, (0.25,), (inf,))
    """
