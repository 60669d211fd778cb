"""Rectifiers: activations that bend at 0, and the clipped line.

Knows exponentials and comparisons.  nan is never dropped: a rectifier of nan is nan, with
gradient nan, because the comparison that would lose it comes second.  Where a slope has an
exponential, it is kept from overflowing on the side that is not taken: nothing times infinity
would be nan one derivative further on.
"""

from __future__ import annotations

from typing import Any

from gatenet.declaration import gate
from gatenet.gates.comparisons import equal, where
from gatenet.gates.exponentials import exp, expm1

#: The constants of SELU, and their product.
_SCALE, _ALPHA = 1.0507009873554805, 1.6732632423543772
_SCALE_ALPHA = 1.7580993408473766


@gate(
    symbol="relu",
    textbook="max(0, x)",
    partials=lambda z, x: where(x > 0, 1, where(x <= 0, 0, x)),
    kinks=lambda x: x,
    flat="dead",
)
def relu(x: Any) -> Any:
    """Pass what is positive and stop the rest; the gradient flows where the value passed.

    Kinks: at 0 the slopes are 0 and 1; 0 is returned, as PyTorch, JAX and micrograd do.
    Source: Nair, Hinton (2010).

    >>> relu(-2.0), relu(3.0), relu.partials(0.0, 0.0)
    (0.0, 3.0, (0.0,))
    """
    return where(x <= 0, 0, x)


@gate(
    symbol="leaky relu",
    textbook="x if x > 0 else slope * x",
    partials=lambda z, x, slope: where(x > 0, 1, where(x <= 0, slope, x)),
    kinks=lambda x: x,
)
def leaky_relu(x: Any, *, slope: float = 0.01) -> Any:
    """Pass what is positive and let a little of the rest through.

    Kinks: at 0 the slopes are `slope` and 1; `slope` is returned.
    Source: Maas, Hannun, Ng (2013).

    >>> leaky_relu(-2.0), leaky_relu.partials(0.0, 0.0, slope=0.5)
    (-0.02, (0.5,))
    """
    return where(x > 0, x, slope * x)


@gate(
    symbol="elu",
    textbook="x if x > 0 else alpha * (exp(x) - 1)",
    partials=lambda z, x, alpha: where(x > 0, 1, alpha * exp(where(x > 0, 0, x))),
    kinks=lambda x, alpha: where(equal(alpha, 1), 1, x),
    flat="saturated",
)
def elu(x: Any, *, alpha: float = 1.0) -> Any:
    """Pass what is positive and bend the rest towards -alpha.

    Kinks: none for alpha = 1; else at 0 the slopes are alpha and 1, and alpha is returned. The
    second derivative jumps at 0 in any case; the left one is returned.
    Numerics: value within 0.8, slope within 0.6 ULP for alpha = 1, by expm1.
    Source: Clevert, Unterthiner, Hochreiter (2015).

    >>> elu(2.0), elu.partials(0.0, 0.0), elu(-1e-20)
    (2.0, (1.0,), -1e-20)
    """
    return where(x > 0, x, alpha * expm1(x))


@gate(
    symbol="selu",
    textbook="1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * (exp(x) - 1))",
    partials=lambda z, x: where(x > 0, _SCALE, _SCALE_ALPHA * exp(where(x > 0, 0, x))),
    kinks=lambda x: x,
    flat="saturated",
)
def selu(x: Any) -> Any:
    """Scale an elu so that layers keep mean 0 and variance 1.

    Kinks: at 0 the slopes are 1.758 and 1.051; 1.758, the left one, is returned, as for elu.
    Numerics: value within 1.8, slope within 1.7 ULP.
    Source: Klambauer, Unterthiner, Mayr, Hochreiter (2017), whose constants these are.

    >>> selu(1.0), selu.partials(0.0, 0.0)
    (1.0507009873554805, (1.7580993408473766,))
    """
    return where(x > 0, _SCALE * x, _SCALE_ALPHA * expm1(x))


@gate(
    symbol="hard tanh",
    textbook="min(max(x, low), high)",
    partials=lambda z, x, low, high: where(x <= low, 0, where(x < high, 1, where(x >= high, 0, x))),
    kinks=lambda x, low, high: (x - low, x - high),
    flat="clipped",
)
def hard_tanh(x: Any, *, low: float = -1.0, high: float = 1.0) -> Any:
    """Pass what lies between low and high and hold the rest at the nearer bound.

    Kinks: at low and high the slopes are 0 and 1; 0 is returned, as PyTorch's hardtanh does.
    Source: Collobert (2004).

    >>> hard_tanh(-3.0), hard_tanh(0.25), hard_tanh.partials(1.0, 1.0)
    (-1.0, 0.25, (0.0,))
    """
    return where(x < low, low, where(x > high, high, x))
