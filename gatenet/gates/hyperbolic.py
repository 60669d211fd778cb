"""Hyperbolic functions and their inverses.

Knows exponentials, the square root and lengths.
"""

from __future__ import annotations

from math import nan
from typing import Any

from gatenet.declaration import gate, libm
from gatenet.gates.arithmetic import absolute
from gatenet.gates.comparisons import where
from gatenet.gates.exponentials import exp
from gatenet.gates.lengths import direction
from gatenet.gates.powers import sqrt


@gate(
    symbol="tanh",
    textbook="(exp(x) - exp(-x)) / (exp(x) + exp(-x))",
    partials=lambda z, x: sech_squared(x),
    primitive=libm("tanh", raises=False),
    flat="saturated",
)
def tanh(x: Any) -> Any:
    """Squash to (-1, 1); the gradient flows back times sech², 1 at 0 and fading outwards.

    Kinks: none.
    Numerics: the C library's, within 2.1 ULP, slope within 2.2. The textbook's 1 - z² for the
    slope loses every digit beyond 19.

    >>> tanh(0.0), tanh.partials(0.0, 0.0)
    (0.0, (1.0,))
    """


@gate(
    slope_of="tanh",
    symbol="sech²",
    textbook="4 / (exp(x) + exp(-x)) ** 2",
    partials=lambda z, x: -2 * z * tanh(x),
    flat="far from its bell",
)
def sech_squared(x: Any) -> Any:
    """Give 1 / cosh², the derivative of tanh; the slope is -2 sech² tanh.

    Kinks: none.
    Numerics: 1 - tanh² while tanh is small, else 4e/(1 + e)² with e = exp(-2|x|), which never
    overflows; within 2.2 ULP.

    >>> sech_squared(0.0), sech_squared(20.0)
    (1.0, 1.6993417021166355e-17)
    """
    t = tanh(x)
    e = exp(-2 * absolute(x))
    return where(absolute(t) < 0.5, 1 - t * t, 4 * e / (1 + e * (2 + e)))


@gate(
    symbol="sinh",
    textbook="(exp(x) - exp(-x)) / 2",
    partials=lambda z, x: cosh(x),
    edges=lambda x: absolute(x) - 710.4758600739439,
    primitive=libm("sinh"),
)
def sinh(x: Any) -> Any:
    """Give the hyperbolic sine; the gradient flows back times the hyperbolic cosine.

    Kinks: none; past 710.47 value and slope overflow.
    Numerics: the C library's, value and slope within 2 ULP.

    >>> sinh(0.0), sinh.partials(0.0, 0.0)
    (0.0, (1.0,))
    """


@gate(
    symbol="cosh",
    textbook="(exp(x) + exp(-x)) / 2",
    partials=lambda z, x: sinh(x),
    edges=lambda x: absolute(x) - 710.4758600739439,
    primitive=libm("cosh"),
)
def cosh(x: Any) -> Any:
    """Give the hyperbolic cosine; the gradient flows back times the hyperbolic sine.

    Kinks: none; past 710.47 value and slope overflow.
    Numerics: the C library's, value and slope within 2 ULP.

    >>> cosh(0.0), cosh.partials(1.0, 0.0)
    (1.0, (0.0,))
    """


@gate(
    symbol="asinh",
    textbook="log(x + sqrt(x * x + 1))",
    partials=lambda z, x: direction(1, x),
    primitive=libm("asinh", raises=False),
)
def asinh(x: Any) -> Any:
    """Give the inverse hyperbolic sine; the slope is 1 / sqrt(1 + x²).

    Kinks: none.
    Numerics: the C library's, within 1.6 ULP, slope within 2.1; x² may overflow on the way.

    >>> asinh(0.0), asinh.partials(0.0, 0.0)
    (0.0, (1.0,))
    """


@gate(
    symbol="acosh",
    textbook="log(x + sqrt(x * x - 1))",
    partials=lambda z, x: 1 / (sqrt(x - 1) * sqrt(x + 1)),
    domain=lambda x: x >= 1,
    edges=lambda x: x - 1,
    primitive=libm("acosh"),
)
def acosh(x: Any) -> Any:
    """Give the inverse hyperbolic cosine; the slope is 1 / sqrt((x - 1)(x + 1)).

    Kinks: none; x = 1 is an edge: 0 with slope inf; below it both are nan.
    Numerics: the C library's, within 1.8 ULP, slope within 2.7: two roots, since the product
    would overflow.

    >>> acosh(1.0), acosh.partials(0.0, 1.0)
    (0.0, (inf,))
    """


@gate(
    symbol="atanh",
    textbook="log((1 + x) / (1 - x)) / 2",
    partials=lambda z, x: where(absolute(x) <= 1, 1 / ((1 - x) * (1 + x)), nan),
    domain=lambda x: absolute(x) < 1,
    edges=lambda x: (1 - x, 1 + x),
    primitive=libm("atanh"),
)
def atanh(x: Any) -> Any:
    """Give the inverse hyperbolic tangent; the slope is 1 / ((1 - x)(1 + x)).

    Kinks: none; -1 and 1 are edges: infinite value and slope; beyond them both are nan.
    Numerics: the C library's, within 1.6 ULP, slope within 1.7; 1 - x² would lose digits near 1.

    >>> atanh(0.0), atanh.partials(0.0, 0.5)
    (0.0, (1.3333333333333333,))
    """
