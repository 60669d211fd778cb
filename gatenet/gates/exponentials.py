"""Exponentials: exp, expm1, and the bell curve.

Knows arithmetic and comparisons.
"""

from __future__ import annotations

from typing import Any

from gatenet.declaration import gate, libm
from gatenet.gates.arithmetic import absolute
from gatenet.gates.comparisons import where
from gatenet.gates.compensated import product_rest, square_rest


@gate(
    symbol="exp",
    textbook="exp(x)",
    partials=lambda z, x: z,
    edges=lambda x: x - 709.782712893384,
    primitive=libm("exp"),
    flat="close to 0",
)
def exp(x: Any) -> Any:
    """Raise e to the power x; the gradient flows back times the value itself.

    Kinks: none; past 709.78 value and slope overflow to inf.
    Numerics: the C library's, within 0.51 ULP.

    >>> exp(0.0), exp.partials(1.0, 0.0), exp(710.0)
    (1.0, (1.0,), inf)
    """


@gate(
    symbol="expm1",
    textbook="exp(x) - 1",
    partials=lambda z, x: exp(x),
    edges=lambda x: x - 709.782712893384,
    primitive=libm("expm1"),
)
def expm1(x: Any) -> Any:
    """Raise e to the power x and take 1 away, with all digits near 0; the slope is exp(x).

    Kinks: none; past 709.78 value and slope overflow to inf.
    Numerics: the C library's, within 0.8 ULP; z + 1 for the slope would lose every digit of a
    small exp(x).

    >>> expm1(1e-20), expm1.partials(1e-20, 1e-20)
    (1e-20, (1.0,))
    """


def scaled_bell(factor: Any, x: Any, alpha: Any) -> Any:
    """Give factor * exp(-alpha * x²), within 2.5 ULP also where the exponential underflows.

    The rounding of alpha * x² is multiplied by the exponent itself (471 ULP near the end), so its
    rest is worked out and put back; where the bell is below the normal numbers it is taken as a
    square, so that the factor meets all digits.
    """
    square = x * x
    power = alpha * square
    rest = product_rest(alpha, square, power) + alpha * square_rest(x, square)
    bell, root = exp(-power), exp(-0.5 * power)
    far = (factor * root) * root
    size = absolute(power)
    beyond = where(size < 1500, far - far * rest, where(power > 0, 0, factor * bell))
    return where(size < 1, factor * bell, where(size < 700, factor * (bell - bell * rest), beyond))


@gate(
    symbol="gauss",
    textbook="beta * exp(-alpha * x ** 2)",
    partials=lambda z, x, alpha, beta: gaussian_slope(x, alpha=alpha, beta=beta),
    flat="far from its bell",
)
def gaussian(x: Any, *, alpha: float = 1.0, beta: float = 1.0) -> Any:
    """Give the bell curve beta * exp(-alpha * x²); the slope is -2 * alpha * x times it.

    Kinks: none.
    Numerics: value within 2.1, slope within 2.5 ULP (the naive form: 471), by the exact rest of
    the square, for alpha and beta between 1e-100 and 1e100.
    Source: one of the activations of OpenCV's multilayer perceptron.

    >>> gaussian(0.0), gaussian.partials(1.0, 0.0)
    (1.0, (-0.0,))
    """
    return scaled_bell(beta, x, alpha)


@gate(
    slope_of="gaussian",
    symbol="gauss′",
    textbook="-2 * alpha * beta * x * exp(-alpha * x ** 2)",
    partials=lambda z, x, alpha, beta: (
        -2
        * alpha
        * (gaussian(x, alpha=alpha, beta=beta) + x * gaussian_slope(x, alpha=alpha, beta=beta))
    ),
)
def gaussian_slope(x: Any, *, alpha: float = 1.0, beta: float = 1.0) -> Any:
    """Give the derivative of `gaussian`; a gate, so that it can be differentiated.

    Kinks: none.
    Numerics: within 2.5 ULP.

    >>> gaussian_slope(0.5) == -gaussian(0.5)
    True
    """
    return scaled_bell(-2 * alpha * beta * x, x, alpha)
