"""Trigonometric functions and their inverses.

Knows arithmetic, the square root and lengths.
"""

from __future__ import annotations

from typing import Any

from gatenet.declaration import gate, libm
from gatenet.gates.arithmetic import absolute
from gatenet.gates.comparisons import where
from gatenet.gates.lengths import inversion
from gatenet.gates.powers import sqrt


@gate(symbol="sin", textbook="sin(x)", partials=lambda z, x: cos(x), primitive=libm("sin"))
def sin(x: Any) -> Any:
    """Give the sine of x radians; the gradient flows back times the cosine.

    Kinks: none; sin(inf) is nan.
    Numerics: the C library's, value and slope within 0.52 ULP.

    >>> sin(0.0), sin.partials(0.0, 0.0)
    (0.0, (1.0,))
    """


@gate(symbol="cos", textbook="cos(x)", partials=lambda z, x: -sin(x), primitive=libm("cos"))
def cos(x: Any) -> Any:
    """Give the cosine of x radians; the gradient flows back times minus the sine.

    Kinks: none; cos(inf) is nan.
    Numerics: the C library's, value and slope within 0.52 ULP.

    >>> cos(0.0), cos.partials(1.0, 0.0)
    (1.0, (-0.0,))
    """


@gate(
    symbol="tan",
    textbook="sin(x) / cos(x)",
    partials=lambda z, x: 1 + z * z,
    primitive=libm("tan"),
)
def tan(x: Any) -> Any:
    """Give the tangent of x radians; the slope is 1 + tan².

    Kinks: none; no float64 is an odd multiple of pi/2, so the value is always finite.
    Numerics: the C library's, within 0.6 ULP, slope within 1.9.

    >>> tan(0.0), tan.partials(0.0, 0.0)
    (0.0, (1.0,))
    """


@gate(
    symbol="asin",
    textbook="asin(x)",
    partials=lambda z, x: 1 / sqrt((1 - x) * (1 + x)),
    domain=lambda x: absolute(x) <= 1,
    edges=lambda x: (1 - x, 1 + x),
    primitive=libm("asin"),
)
def asin(x: Any) -> Any:
    """Give the angle in [-pi/2, pi/2] whose sine is x; the slope is 1 / sqrt(1 - x²).

    Kinks: none; -1 and 1 are edges with slope inf; beyond them value and slope are nan.
    Numerics: the C library's, within 0.51 ULP, slope within 1.7 (by 1 - x·x: 399).

    >>> asin(0.0), asin.partials(0.0, 0.0), asin(2.0)
    (0.0, (1.0,), nan)
    """


@gate(
    symbol="acos",
    textbook="acos(x)",
    partials=lambda z, x: -1 / sqrt((1 - x) * (1 + x)),
    domain=lambda x: absolute(x) <= 1,
    edges=lambda x: (1 - x, 1 + x),
    primitive=libm("acos"),
)
def acos(x: Any) -> Any:
    """Give the angle in [0, pi] whose cosine is x; the slope is -1 / sqrt((1 - x)(1 + x)).

    Kinks: none; -1 and 1 are edges with slope -inf; beyond them value and slope are nan.
    Numerics: the C library's, within 0.51 ULP, slope within 1.7.

    >>> acos(1.0), acos.partials(1.5707963267948966, 0.0)
    (0.0, (-1.0,))
    """


@gate(
    symbol="atan",
    textbook="atan(x)",
    partials=lambda z, x: inversion(1, x),
    primitive=libm("atan", raises=False),
    flat="saturated",
)
def atan(x: Any) -> Any:
    """Give the angle in (-pi/2, pi/2) whose tangent is x; the slope is 1 / (1 + x²).

    Kinks: none.
    Numerics: the C library's, within 0.51 ULP, slope within 2; x² may overflow on the way.

    >>> atan(0.0), atan.partials(0.0, 0.0)
    (0.0, (1.0,))
    """


@gate(
    symbol="atan2",
    textbook="atan2(y, x)",
    partials=lambda z, y, x: (inversion(x, y), -inversion(y, x)),
    kinks=lambda y, x: (absolute(y) + absolute(x), where(x < 0, y, 1)),
    edges=lambda y, x: absolute(y) + absolute(x),
    primitive=libm("atan2", raises=False),
)
def atan2(y: Any, x: Any) -> Any:
    """Give the angle of the point (x, y); the slopes are x/(x²+y²) and -y/(x²+y²).

    The angle is in [-pi, pi].

    Kinks: at (0, 0) there is no derivative; 0 is returned. Across the negative first axis the
    value jumps by 2 pi while the slopes are the same on both sides; they are returned on it too.
    Numerics: the C library's, within 0.51 ULP, slopes within 2.4, without overflow on the way.

    >>> atan2(0.0, 1.0), atan2.partials(0.0, 0.0, 2.0), atan2.partials(0.0, 0.0, 0.0)
    (0.0, (0.5, -0.0), (0.0, -0.0))
    """
