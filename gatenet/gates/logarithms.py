"""Logarithms: natural, of 1 + x, to base 2 and to base 10.

Knows comparisons.  Outside the domain value and slope are nan: there is no derivative there.
"""

from __future__ import annotations

from math import nan
from typing import Any

from gatenet.declaration import gate, libm
from gatenet.gates.comparisons import where

#: 1 / log(2) and 1 / log(10).
_LOG2_E, _LOG10_E = 1.4426950408889634, 0.4342944819032518


@gate(
    symbol="log",
    textbook="log(x)",
    partials=lambda z, x: where(x < 0, nan, 1 / x),
    domain=lambda x: x > 0,
    edges=lambda x: x,
    primitive=libm("log"),
)
def log(x: Any) -> Any:
    """Take the natural logarithm; the gradient flows back divided by x.

    Kinks: none; x = 0 is an edge: -inf with slope inf; below it both are nan.
    Numerics: the C library's, within 0.52 ULP, slope within 0.5.

    >>> log(1.0), log.partials(0.0, 4.0), log(0.0)
    (0.0, (0.25,), -inf)
    """


@gate(
    symbol="log1p",
    textbook="log(1 + x)",
    partials=lambda z, x: where(x < -1, nan, 1 / (1 + x)),
    domain=lambda x: x > -1,
    edges=lambda x: 1 + x,
    primitive=libm("log1p"),
)
def log1p(x: Any) -> Any:
    """Take the natural logarithm of 1 + x, with all digits near 0.

    Kinks: none; x = -1 is an edge: -inf with slope inf; below it both are nan.
    Numerics: the C library's, within 0.9 ULP, slope within 1.5.

    >>> log1p(1e-20), log1p.partials(1e-20, 1e-20)
    (1e-20, (1.0,))
    """


@gate(
    symbol="log₂",
    textbook="log(x) / log(2)",
    partials=lambda z, x: where(x < 0, nan, _LOG2_E / x),
    domain=lambda x: x > 0,
    edges=lambda x: x,
    primitive=libm("log2"),
)
def log2(x: Any) -> Any:
    """Take the logarithm to base 2; the gradient flows back divided by x log 2.

    Kinks: none; x = 0 is an edge: -inf with slope inf; below it both are nan.
    Numerics: the C library's, within 0.6 ULP, slope within 0.7 (log2(e) / x; x·log(2) would lose
    digits below the normal numbers).

    >>> log2(8.0), log2.partials(0.0, 1.0)
    (3.0, (1.4426950408889634,))
    """


@gate(
    symbol="log₁₀",
    textbook="log(x) / log(10)",
    partials=lambda z, x: where(x < 0, nan, _LOG10_E / x),
    domain=lambda x: x > 0,
    edges=lambda x: x,
    primitive=libm("log10"),
)
def log10(x: Any) -> Any:
    """Take the logarithm to base 10; the gradient flows back divided by x log 10.

    Kinks: none; x = 0 is an edge: -inf with slope inf; below it both are nan.
    Numerics: the C library's, within 1.6 ULP, slope within 0.8.

    >>> log10(100.0), log10.partials(0.0, 1.0)
    (2.0, (0.4342944819032518,))
    """
