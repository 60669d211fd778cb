"""Gated units: x times a squashing of x (silu, gelu, mish), and their slopes.

Knows exponentials, hyperbolic functions, sigmoids and the error function.  Each slope crosses
zero somewhere left of 0, where a sum would keep no correct digit; written around its root it keeps
them all, and so each is a gate of its own with smooth partials.
"""

from __future__ import annotations

from typing import Any

from gatenet.declaration import gate
from gatenet.gates.arithmetic import absolute
from gatenet.gates.comparisons import where
from gatenet.gates.compensated import (
    INV_SQRT_2PI,
    SQRT_HALF,
    SQRT_HALF_REST,
    TWO_OVER_SQRT_PI,
    polynomial,
    product_rest,
    square_rest,
)
from gatenet.gates.exponentials import exp, expm1, gaussian, gaussian_slope
from gatenet.gates.hyperbolic import sech_squared, tanh
from gatenet.gates.sigmoids import sigmoid, softplus
from gatenet.gates.special import erfc


def _tail(factor: Any, x: Any) -> Any:
    """Give factor * exp(x) below -700, where exp(x) alone has lost its digits; 0 in the end."""
    root = exp(0.5 * x)
    return where(x < -1500, 0, (factor * root) * root)


@gate(symbol="silu", textbook="x / (1 + exp(-x))", partials=lambda z, x: silu_slope(x))
def silu(x: Any) -> Any:
    """Pass x times its own sigmoid; the slope dips below 0 on the left.

    Kinks: none.
    Numerics: value within 2.7, slope within 3.7 ULP, also at the slope's root -1.2785 (x·σ(x) as
    written: 371; the sum of two terms for the slope: 12,506 near the root).
    Source: Hendrycks, Gimpel (2016); Elfwing, Uchibe, Doya (2017).

    >>> silu(0.0), silu.partials(0.0, 0.0)
    (0.0, (0.5,))
    """
    e = exp(-absolute(x))
    return where(x >= 0, x / (1 + e), where(x < -700, _tail(x, x), x * e / (1 + e)))


@gate(
    slope_of="silu",
    symbol="silu′",
    textbook="(1 + exp(-x) + x * exp(-x)) / (1 + exp(-x)) ** 2",
    partials=lambda z, x: sigmoid(x) * sigmoid(-x) * (2 - x * tanh(0.5 * x)),
)
def silu_slope(x: Any) -> Any:
    """Give the derivative of `silu`; a gate, so that it can be differentiated.

    Kinks: none.
    Numerics: left of 0 it is e (1 + x + e) / (1 + e)² with e = exp(x). With t the distance from
    the root r, 1 + x + e = t - (1 + r) expm1(t), two terms of one sign. Within 3.7 ULP.

    >>> silu_slope(0.0), abs(silu_slope(-1.2784645427610738)) < 1e-16
    (0.5, True)
    """
    e = exp(-absolute(x))
    squared = 1 + e * (2 + e)
    t = (x + 1.2784645427610737) + 1.0946994183093437e-16
    left = e * (t + 0.2784645427610738 * expm1(t)) / squared
    right = where(x > 45, 1, (1 + e * (1 + x)) / squared)
    return where(x >= 0, right, where(x < -700, _tail(1 + x, x), left))


@gate(
    symbol="mish",
    textbook="x * tanh(log(1 + exp(x)))",
    partials=lambda z, x: mish_slope(x),
)
def mish(x: Any) -> Any:
    """Pass x times the tanh of its softplus; smoother than silu, and alike.

    Kinks: none.
    Numerics: tanh(log(1 + e)) is (e² + 2e) / (e² + 2e + 2), a quotient of positive sums in
    exp(x) or exp(-x): value within 3.5, slope within 3.9 ULP, at the slope's root -1.1924 too.
    Source: Misra (2019).

    >>> mish(0.0), mish.partials(0.0, 0.0)
    (0.0, (0.6,))
    """
    f, e = exp(-x), exp(x)
    over, half = 1 + 2 * f, e + 0.5 * e * e
    left = where(x < -700, _tail(x, x), x * (half / (1 + half)))
    return where(x >= -0.7, x * (over / (over + 2 * f * f)), left)


@gate(
    slope_of="mish",
    symbol="mish′",
    textbook="tanh(log(1 + exp(x))) + x * (1 - tanh(log(1 + exp(x))) ** 2) / (1 + exp(-x))",
    partials=lambda z, x: (
        2 * sech_squared(softplus(x)) * sigmoid(x)
        + (x * sech_squared(softplus(x)))
        * (sigmoid(x) * (sigmoid(-x) - 2 * tanh(softplus(x)) * sigmoid(x)))
    ),
)
def mish_slope(x: Any) -> Any:
    """Give the derivative of `mish`; a gate, so that it can be differentiated.

    Kinks: none.
    Numerics: left of -0.7 the numerator, with e = exp(x), is written around its root r: with
    t = x - r and m = expm1(t), it is t (1 + e) + m P(m), two terms of one sign, where P has the
    powers of exp(r) for coefficients. Within 3.9 ULP.

    >>> mish_slope(0.0), abs(mish_slope(-1.1924312145154952)) < 1e-16
    (0.6, True)
    """
    f, e = exp(-x), exp(x)
    over = 1 + 2 * f
    under = over + 2 * f * f
    right = where(x > 30, 1, (over + 4 * x * f * f * (1 + f) / under) / under)
    t = x + 1.1924312145154952  # the rest of the root, 4.8e-17, stands in the last constant
    m = expm1(t)
    cubic = (0.0069878105022925345 * m + 0.11306508072778205) * m + 0.29850848474098475
    top = t + (m * cubic + (t * e + 7.767226202386526e-17))
    left = e * top / (1 + e * (2 + e * (2 + e * (1 + 0.25 * e))))
    return where(x >= -0.7, right, where(x < -700, _tail(1 + x, x), left))


def _bell_tail(factor: Any, x: Any) -> Any:
    """Give factor * exp(-x²/2) below -37, where the exponential has lost its digits."""
    square = x * x
    root = exp(-0.25 * square)
    far = (factor * root) * root
    return where(x < -40, 0, far - far * (0.5 * square_rest(x, square)))


#: x Φ(x) / φ(x) = -(1 - 1/x² + 3/x⁴ - 15/x⁶ ...) far left of 0.
_TAIL = (1.0, -1.0, 3.0, -15.0, 105.0, -945.0, 10395.0, -135135.0)


@gate(
    symbol="gelu",
    textbook="x * (1 + erf(x / sqrt(2))) / 2",
    partials=lambda z, x: gelu_slope(x),
)
def gelu(x: Any) -> Any:
    """Pass x times the normal distribution's mass below x; the exact form, with erf.

    Kinks: none.
    Numerics: by erfc of -x/sqrt(2) with the rounding of that operand put back, and an asymptotic
    series below -37, where erfc has lost its digits: value within 3.8, slope within 3.7 ULP
    (the naive forms: everything lost below -8; without the rest 1,580 and 470).
    Source: Hendrycks, Gimpel (2016).

    >>> gelu(0.0), gelu.partials(0.0, 0.0)
    (0.0, (0.5,))
    """
    u = -(SQRT_HALF * x)
    rest = product_rest(-SQRT_HALF, x, u) - SQRT_HALF_REST * x
    middle = x * (0.5 * (erfc(u) - TWO_OVER_SQRT_PI * exp(-(u * u)) * rest))
    series = -INV_SQRT_2PI * polynomial(1 / (x * x), _TAIL)
    return where(x > -0.4, x * (0.5 * erfc(u)), where(x > -37, middle, _bell_tail(series, x)))


#: (Φ(x) + x φ(x)) / (φ(x) (x - root) sqrt(2 pi)) as a polynomial in (x + 77/16) / (x - 69/16), for
#: x <= -0.25: Chebyshev interpolation in 23 points; the centre was chosen for a constant term
#: that is a float64 to 58 bits.
_RATIO = (
    0.4531736895003681,
    -0.08732885453839091,
    0.05007338886940274,
    -0.023982999803274507,
    0.009132031194288896,
    -0.0024746401253690348,
    0.0003066404925724389,
    8.261792654258893e-05,
    -4.400845914991019e-05,
    1.128143379326572e-06,
    4.2062642900783375e-06,
    -6.107985437100193e-07,
    -4.441447110272929e-07,
    9.75486913874519e-08,
    5.763539881735756e-08,
    -1.2943252187629674e-08,
    -9.002948725838325e-09,
    1.4402592503141546e-09,
    1.5127852356233396e-09,
    -1.0931301644487179e-10,
    -2.2445599294337902e-10,
    2.812089279860792e-12,
    2.0050722053132872e-11,
)


@gate(
    slope_of="gelu",
    symbol="gelu′",
    textbook="(1 + erf(x / sqrt(2))) / 2 + x * exp(-x ** 2 / 2) / sqrt(2 * pi)",
    partials=lambda z, x: (
        2 * gaussian(x, alpha=0.5, beta=INV_SQRT_2PI)
        + x * gaussian_slope(x, alpha=0.5, beta=INV_SQRT_2PI)
    ),
)
def gelu_slope(x: Any) -> Any:
    """Give the derivative of `gelu`; a gate, so that it can be differentiated.

    Kinks: none.
    Numerics: Φ(x) + x φ(x) right of -0.4; left of it the bell times (x - root) times a smooth
    positive ratio, a polynomial, so that the root -0.7518 keeps all digits. Within 3.7 ULP.

    >>> gelu_slope(0.0), abs(gelu_slope(-0.7517915246935645)) < 1e-16
    (0.5, True)
    """
    square = x * x
    y = (x + 4.8125) / (x - 4.3125)
    part = y * polynomial(y, _RATIO[1:])
    whole = _RATIO[0] + part
    ratio = _RATIO[0] + (part - whole * (0.5 * square_rest(x, square)))
    t = (x + 0.7517915246935645) - 1.4956759177009883e-17
    bell = exp(-0.5 * square)  # right of -0.4 it counts too little for its rounding to matter
    left = where(x > -37, t * bell * ratio, _bell_tail(t * whole, x))
    near = where(x > 40, 1, 0.5 * erfc(-(SQRT_HALF * x)) + INV_SQRT_2PI * x * bell)
    return where(x > -0.4, near, left)
