"""Lengths in the plane: hypot, and the two quotients that its derivatives and atan2's are.

Knows arithmetic and the square root.  All three bring their operands into a middle range by a
power of two, so that nothing overflows or loses digits on the way to a result that does not.
"""

from __future__ import annotations

from math import inf
from typing import Any

from gatenet.declaration import gate
from gatenet.gates.arithmetic import absolute, sign
from gatenet.gates.comparisons import equal, where
from gatenet.gates.compensated import HIGH, LIFT, LOW
from gatenet.gates.powers import sqrt


def _larger(a: Any, b: Any) -> Any:
    """Give the larger size of two, nan only if b is nan."""
    return where(absolute(a) > absolute(b), absolute(a), absolute(b))


def _moderate(size: Any) -> Any:
    return (size >= LOW) * (size < HIGH)


@gate(
    symbol="hypot",
    textbook="sqrt(a * a + b * b)",
    partials=lambda z, a, b: (direction(a, b), direction(b, a)),
    kinks=lambda a, b: absolute(a) + absolute(b),
)
def hypot(a: Any, b: Any) -> Any:
    """Give the length of (a, b); the gradient is the unit vector along it.

    Kinks: at (0, 0) every unit vector is a subgradient; 0 is returned, the one of least length.
    Numerics: value within 1.2 ULP, slopes within 2.3, without overflow or underflow on the way
    (the naive form is off by 9e15). A formula of our own, the same in every backend: math.hypot
    and the C library's differ from each other. hypot(inf, nan) is nan: nan is never dropped.

    >>> hypot(3.0, 4.0), hypot.partials(5.0, 3.0, 4.0), hypot(0.0, 2e200)
    (5.0, (0.6, 0.8), 2e+200)
    """
    size = _larger(a, b)
    lift = where(size < 1, LIFT, 1 / LIFT)
    c, d = a * lift, b * lift
    return where(_moderate(size), sqrt(a * a + b * b), sqrt(c * c + d * d) / lift)


@gate(
    slope_of="hypot",
    symbol="a/hypot",
    textbook="a / sqrt(a * a + b * b)",
    partials=lambda z, a, b: (direction(b, a) * inversion(b, a), -z * inversion(b, a)),
    kinks=lambda a, b: absolute(a) + absolute(b),
    edges=lambda a, b: absolute(a) + absolute(b),
)
def direction(a: Any, b: Any) -> Any:
    """Give a / hypot(a, b), the cosine of the angle from the first axis to (a, b).

    Kinks: a jump at (0, 0), where 0 is returned.
    Numerics: within 2.3 ULP over all of float64.

    >>> direction(3.0, 4.0), direction(0.0, 0.0), direction(-inf, 1.0)
    (0.6, 0.0, -1.0)
    """
    size = _larger(a, b)
    lift = where(size < 1, LIFT, 1 / LIFT)
    c, d = a * lift, b * lift
    length = sqrt(c * c + d * d)
    scaled = where(size < 1, c / length, (a / length) * lift)
    at_infinity = where(absolute(b) < inf, sign(a), a / size)
    ends = where(equal(size, 0), 0, where(equal(size, inf), at_infinity, scaled))
    return where(_moderate(size), a / sqrt(a * a + b * b), ends)


@gate(
    slope_of="atan2",
    symbol="a/(a²+b²)",
    textbook="a / (a * a + b * b)",
    partials=lambda z, a, b: (inversion(b, a) * inversion(b, a) - z * z, -2 * z * inversion(b, a)),
    kinks=lambda a, b: absolute(a) + absolute(b),
    edges=lambda a, b: absolute(a) + absolute(b),
)
def inversion(a: Any, b: Any) -> Any:
    """Give a / (a² + b²), the first coordinate of (a, b) inverted in the unit circle.

    Kinks: none but at (0, 0), an edge, where 0 is returned.
    Numerics: within 2.3 ULP over all of float64.

    >>> inversion(3.0, 4.0), inversion(0.0, 0.0), inversion(1e-300, 0.0)
    (0.12, 0.0, 1e+300)
    """
    size = _larger(a, b)
    lift = where(size < 1, LIFT, 1 / LIFT)
    c, d = a * lift, b * lift
    scaled = c / (c * c + d * d) * lift
    at_infinity = 1 / (absolute(a) + absolute(b))  # 0, or nan where one of them is
    ends = where(equal(size, 0), 0, where(equal(size, inf), at_infinity, scaled))
    return where(_moderate(size), a / (a * a + b * b), ends)
