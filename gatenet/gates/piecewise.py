"""Piecewise gates that are no activations: the step, clipping, and the largest and smallest.

Knows arithmetic and comparisons.
"""

from __future__ import annotations

from math import inf
from typing import Any

from gatenet.declaration import gate
from gatenet.formula import fold, others
from gatenet.gates.arithmetic import add
from gatenet.gates.comparisons import equal, where


def larger(a: Any, b: Any) -> Any:
    """Give the larger of two values, nan if one is nan."""
    return where(a >= b, a, where(b > a, b, a + b))


def smaller(a: Any, b: Any) -> Any:
    """Give the smaller of two values, nan if one is nan."""
    return where(a <= b, a, where(b < a, b, a + b))


@gate(
    symbol="step",
    textbook="1 if x > 0 else 0",
    partials=lambda z, x: where(equal(x, x), 0, x),
    kinks=lambda x: x,
    flat="a step",
)
def heaviside(x: Any) -> Any:
    """Give 1.0 where x is positive and 0.0 elsewhere; nothing flows back.

    Kinks: a jump at 0, where the value is 0; the derivative is 0 there as everywhere.

    >>> heaviside(2.0), heaviside(0.0), heaviside.partials(1.0, 2.0)
    (1.0, 0.0, (0.0,))
    """
    return where(x > 0, 1, where(x <= 0, 0, x))


@gate(
    symbol="clip",
    textbook="min(max(x, low), high)",
    partials=lambda z, x, low, high: where(x <= low, 0, where(x < high, 1, where(x >= high, 0, x))),
    kinks=lambda x, low, high: (x - low, x - high),
    flat="clipped",
)
def clip(x: Any, *, low: float = -inf, high: float = inf) -> Any:
    """Hold x between low and high; the gradient flows back while it is between.

    Kinks: at low and high the slopes are 0 and 1; 0 is returned.

    >>> clip(5.0, low=0.0, high=1.0), clip.partials(0.5, 0.5, low=0.0, high=1.0)
    (1.0, (1.0,))
    """
    return where(x < low, low, where(x > high, high, x))


@gate(
    symbol="max",
    textbook="max(x)",
    partials=lambda z, x: equal(x, z) / fold(add, equal(x, z)),
    kinks=lambda x: others(larger, x, empty=-inf) - x,
    groups=1,
    flat="not the largest",
)
def maximum(x: Any) -> Any:
    """Give the largest of any number of values; the gradient flows to the winner.

    Kinks: at a tie of k winners each receives 1/k of the gradient, the rest nothing. So
    maximum(x, 0) has slope 1/2 at 0 where relu has 0.
    Numerics: exact; nan among the values gives nan, with gradient nan for all.

    >>> maximum(1.0, 3.0, 2.0), maximum.partials(3.0, 3.0, 1.0, 3.0)
    (3.0, (0.5, 0.0, 0.5))
    """
    return fold(larger, x)


@gate(
    symbol="min",
    textbook="min(x)",
    partials=lambda z, x: equal(x, z) / fold(add, equal(x, z)),
    kinks=lambda x: others(smaller, x, empty=inf) - x,
    groups=1,
    flat="not the smallest",
)
def minimum(x: Any) -> Any:
    """Give the smallest of any number of values; the gradient flows to the winner.

    Kinks: at a tie of k winners each receives 1/k of the gradient, the rest nothing.
    Numerics: exact; nan among the values gives nan, with gradient nan for all.

    >>> minimum(1.0, 3.0, 2.0), minimum.partials(1.0, 3.0, 1.0, 3.0)
    (1.0, (0.0, 1.0, 0.0))
    """
    return fold(smaller, x)
