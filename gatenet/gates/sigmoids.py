"""Sigmoids: smooth squashings, and the integral of one.

Knows exponentials, logarithms and hyperbolic functions.
"""

from __future__ import annotations

from math import inf
from typing import Any

from gatenet.declaration import gate
from gatenet.gates.arithmetic import absolute, sign
from gatenet.gates.comparisons import where
from gatenet.gates.compensated import product_rest
from gatenet.gates.exponentials import exp, expm1
from gatenet.gates.hyperbolic import tanh
from gatenet.gates.logarithms import log1p


@gate(
    symbol="σ",
    textbook="1 / (1 + exp(-x))",
    partials=lambda z, x: z * sigmoid(-x),
    flat="saturated",
)
def sigmoid(x: Any) -> Any:
    """Squash to (0, 1); the gradient flows back times σ(x) σ(-x), at most 1/4.

    Kinks: none.
    Numerics: split by the sign, so that exp never overflows: value within 2.1, slope within
    3.7 ULP. The textbook's z (1 - z) for the slope loses every digit beyond x = 37.
    Source: the logistic function, Verhulst (1845).

    >>> sigmoid(0.0), sigmoid.partials(0.5, 0.0)
    (0.5, (0.25,))
    """
    e = exp(-absolute(x))
    return where(x >= 0, 1 / (1 + e), e / (1 + e))


@gate(
    symbol="log σ",
    textbook="log(1 / (1 + exp(-x)))",
    partials=lambda z, x: sigmoid(-x),
    flat="saturated",
)
def log_sigmoid(x: Any) -> Any:
    """Give the logarithm of the sigmoid, minus softplus of -x; the slope is σ(-x).

    Kinks: none.
    Numerics: value within 1.5, slope within 2.1 ULP; log(sigmoid(x)) is -inf below x = -745.

    >>> log_sigmoid(-800.0), log_sigmoid.partials(-800.0, -800.0)
    (-800.0, (1.0,))
    """
    excess = log1p(exp(-absolute(x)))
    return where(x < 0, x - excess, -excess)


@gate(
    symbol="softplus",
    textbook="log(1 + exp(x))",
    partials=lambda z, x: sigmoid(x),
    flat="saturated",
)
def softplus(x: Any) -> Any:
    """Give a smooth relu, the integral of the sigmoid; the slope is the sigmoid.

    Kinks: none.
    Numerics: value within 1.5, slope within 2.1 ULP; log(1 + exp(x)) overflows beyond 709 and
    loses every digit below -37.
    Source: Dugas, Bengio, Bélisle, Nadeau, Garcia (2000).

    >>> softplus(800.0), softplus.partials(800.0, 800.0)
    (800.0, (1.0,))
    """
    excess = log1p(exp(-absolute(x)))
    return where(x > 0, x + excess, excess)


@gate(
    symbol="softsign",
    textbook="x / (1 + abs(x))",
    partials=lambda z, x: 1 / (1 + absolute(x)) * (1 / (1 + absolute(x))),
    flat="saturated",
)
def softsign(x: Any) -> Any:
    """Squash to (-1, 1) without exponentials; the slope is 1 / (1 + |x|)².

    Kinks: none of the first order; the second derivative jumps from 2 to -2 at 0, where 0 is
    returned.
    Numerics: value within 1.5, slope within 3.5 ULP.
    Source: Turian, Bergstra, Bengio (2009).

    >>> softsign(1.0), softsign.partials(0.5, 1.0), softsign(inf)
    (0.5, (0.25,), 1.0)
    """
    return where(absolute(x) < inf, x / (1 + absolute(x)), sign(x))


@gate(
    symbol="sym σ",
    textbook="beta * (1 - exp(-alpha * x)) / (1 + exp(-alpha * x))",
    partials=lambda z, x, alpha, beta: symmetric_sigmoid_slope(x, alpha=alpha, beta=beta),
    flat="saturated",
)
def symmetric_sigmoid(x: Any, *, alpha: float = 2 / 3, beta: float = 1.7159) -> Any:
    """Squash to (-beta, beta), a tanh of alpha x / 2; alpha sets how steeply.

    Kinks: none.
    Numerics: value within 3.3, slope within 3.3 ULP (the naive slope: 341, because the rounding
    of alpha·x is multiplied by its size).
    Source: an activation of OpenCV's multilayer perceptron; the constants are LeCun, Bottou, Orr,
    Müller, Efficient BackProp (1998).

    >>> symmetric_sigmoid(0.0), symmetric_sigmoid.partials(0.0, 0.0, alpha=1.0, beta=2.0)
    (0.0, (1.0,))
    """
    fall = expm1(-absolute(alpha * x))
    return where(alpha * x < 0, beta * fall, -beta * fall) / (2 + fall)


@gate(
    slope_of="symmetric_sigmoid",
    symbol="sym σ′",
    textbook="2 * alpha * beta * exp(-alpha * x) / (1 + exp(-alpha * x)) ** 2",
    partials=lambda z, x, alpha: -alpha * z * tanh(0.5 * alpha * x),
)
def symmetric_sigmoid_slope(x: Any, *, alpha: float = 2 / 3, beta: float = 1.7159) -> Any:
    """Give the derivative of `symmetric_sigmoid`; a gate, to be differentiated.

    Kinks: none.
    Numerics: the exact rest of alpha·x is put back; within 3.3 ULP.

    >>> symmetric_sigmoid_slope(0.0, alpha=1.0, beta=2.0)
    1.0
    """
    size = absolute(alpha * x)
    rest = product_rest(absolute(alpha), absolute(x), size)
    e = exp(-size)
    e = where(size < 1, e, where(size < 800, e - e * rest, e))
    return 2 * alpha * beta * e / (1 + e * (2 + e))
