"""Reductions: gates of any number of inputs that bring them down to one.

Knows arithmetic, exponentials and logarithms.  All fold from left to right: the order of the
operands decides the last bits, and nothing else does.
"""

from __future__ import annotations

from math import inf
from typing import Any

from gatenet.declaration import gate
from gatenet.formula import count, fold, others
from gatenet.gates.arithmetic import absolute, add, multiply
from gatenet.gates.comparisons import equal, where
from gatenet.gates.exponentials import exp
from gatenet.gates.logarithms import log1p
from gatenet.gates.piecewise import larger


@gate(symbol="Σ", textbook="sum(x)", partials=lambda z, x: 1, groups=1)
def total(x: Any) -> Any:
    """Add up any number of values; each receives the upstream gradient unchanged.

    Kinks: none. The total of nothing is 0.
    Numerics: n values are within n - 1 half-ULP of the largest partial sum.

    >>> total(1.0, 2.0, 3.0), total([]), total.partials(3.0, 1.0, 2.0)
    (6.0, 0.0, (1.0, 1.0))
    """
    return fold(add, x, empty=0)


@gate(symbol="mean", textbook="sum(x) / len(x)", partials=lambda z, x: 1 / count(x), groups=1)
def mean(x: Any) -> Any:
    """Average any number of values; each receives 1/n of the upstream gradient.

    Kinks: none.
    Numerics: n values are within n half-ULP of the largest partial sum.

    >>> mean(1.0, 2.0, 6.0), mean.partials(1.5, 1.0, 2.0)
    (3.0, (0.5, 0.5))
    """
    return fold(add, x) / count(x)


@gate(
    symbol="Π",
    textbook="prod(x)",
    partials=lambda z, x: others(multiply, x, empty=1),
    edges=lambda x: fold(multiply, absolute(x)) - 1.7976931348623157e308,
    groups=1,
    flat="multiplied by 0",
)
def product(x: Any) -> Any:
    """Multiply any number of values; each receives upstream times all the others.

    Kinks: none. The product of nothing is 1.
    Numerics: the others are multiplied, not divided out, so a 0 among the values is no trouble;
    n values are within n half-ULP unless a part of the product over- or underflows.

    >>> product(2.0, 3.0, 0.0), product.partials(0.0, 2.0, 3.0, 0.0)
    (0.0, (0.0, 0.0, 6.0))
    """
    return fold(multiply, x, empty=1)


@gate(
    symbol="·",
    textbook="sum(a * b for a, b in zip(x, w))",
    partials=lambda z, x, w: (w, x),
    groups=2,
)
def dot(x: Any, w: Any) -> Any:
    """Multiply two rows in pairs and add up; each receives upstream times its partner.

    Kinks: none. The dot product of nothing is 0.
    Numerics: n pairs are within n half-ULP of the largest partial sum.

    >>> dot([1.0, 2.0], [3.0, 4.0]), dot.partials(11.0, [1.0, 2.0], [3.0, 4.0])
    (11.0, (3.0, 4.0, 1.0, 2.0))
    """
    return fold(add, x * w, empty=0)


def _shift(x: Any) -> Any:
    """Give the largest of x, or 0 where that is infinite."""
    top = fold(larger, x)
    return where(absolute(top) < inf, top, 0)


def _shares(x: Any) -> Any:
    """Give the softmax of x: exponentials of the distance from the largest, over their sum."""
    heights = exp(x - _shift(x))
    return heights / fold(add, heights)


@gate(
    symbol="logsumexp",
    textbook="log(sum(exp(v) for v in x))",
    partials=lambda z, x: where(
        absolute(z) < inf, _shares(x), equal(x, z) / fold(add, equal(x, z))
    ),
    groups=1,
    flat="outweighed",
)
def logsumexp(x: Any) -> Any:
    """Give log(sum(exp(x))), a smooth maximum; the slopes are the softmax.

    Kinks: none. Where the value is infinite the gradient is shared by the inputs that equal it.
    Numerics: shifted by the largest value, so that nothing overflows, and by log1p of what stands
    beside it, so that logsumexp(0, x) is softplus(x). Terms may cancel: the value is within n + 1
    ULP of the largest of |top|, the log1p, and each |x - top| times its share (what its rounding
    moves); the slopes are within n + 1 ULP of 1.

    >>> logsumexp(1000.0, 1000.0), logsumexp.partials(0.0, 1000.0, 1000.0)
    (1000.6931471805599, (0.5, 0.5))
    """
    top = _shift(x)
    beside = fold(add, where(equal(x, top), 0, exp(x - top)))
    return top + log1p(beside + (fold(add, equal(x, top)) - 1))
