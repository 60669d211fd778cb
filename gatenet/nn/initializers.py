"""Initializers: the first weights of a layer.

An initializer is any function of (rng, nin, nout) that gives `nout` rows of `nin` numbers; it is
asked once for a whole layer, so that one which relates the rows to each other fits in as well.
Only `random()` is asked of the generator, so a seed gives the same draws in every version of
Python and on every platform.  Uniform draws use multiplication, division and square roots, which
IEEE 754 rounds in one way: they are equal to the last bit everywhere.  Normal draws, orthogonal
weights made of them and Nguyen-Widrow's lengths take log, cos, hypot and pow from Python or the
platform's C library, and their last bit may differ.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from gatenet import randomness
from gatenet.real import number

Initializer = Callable[[random.Random, int, int], list[list[float]]]


def zeros(rng: random.Random, nin: int, nout: int) -> list[list[float]]:
    """Start from nothing: for a layer whose neurons need not differ, such as a last one."""
    return [[0.0] * nin for _ in range(nout)]


def constant(value: float) -> Initializer:
    """Start every weight at one number.

    >>> constant(0.5)(random.Random(0), 2, 1)
    [[0.5, 0.5]]
    """
    start = number(value)
    return lambda rng, nin, nout: [[start] * nin for _ in range(nout)]


def uniform(low: float = -1.0, high: float = 1.0) -> Initializer:
    """Draw every weight between `low` and `high`.

    >>> uniform()(random.Random(0), 2, 1)
    [[0.6888437030500962, 0.515908805880605]]
    """

    def draw(rng: random.Random, nin: int, nout: int) -> list[list[float]]:
        return [[randomness.uniform(rng, low, high) for _ in range(nin)] for _ in range(nout)]

    return draw


def normal(std: float = 1.0, mean: float = 0.0) -> Initializer:
    """Draw every weight from the normal distribution.

    >>> [[round(weight, 3) for weight in row] for row in normal(0.1)(random.Random(0), 2, 1)]
    [[0.01, -0.006]]
    """

    def draw(rng: random.Random, nin: int, nout: int) -> list[list[float]]:
        return [[randomness.normal(rng, mean, std) for _ in range(nin)] for _ in range(nout)]

    return draw


def xavier_uniform(rng: random.Random, nin: int, nout: int) -> list[list[float]]:
    """Draw between ±sqrt(6 / (nin + nout)), for tanh and sigmoid.

    Source: X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward
    neural networks", 2010, equation 16.
    """
    bound = math.sqrt(6.0 / (nin + nout))
    return uniform(-bound, bound)(rng, nin, nout)


def xavier_normal(rng: random.Random, nin: int, nout: int) -> list[list[float]]:
    """Draw normally with variance 2 / (nin + nout), for tanh and sigmoid.

    Source: as `xavier_uniform`, equation 12.
    """
    return normal(math.sqrt(2.0 / (nin + nout)))(rng, nin, nout)


def he_uniform(rng: random.Random, nin: int, nout: int) -> list[list[float]]:
    """Draw between ±sqrt(6 / nin), for relu and its kin: a variance of 2 / nin.

    Source: K. He and others, "Delving deep into rectifiers", 2015, equation 10.
    """
    bound = math.sqrt(6.0 / nin)
    return uniform(-bound, bound)(rng, nin, nout)


def he_normal(rng: random.Random, nin: int, nout: int) -> list[list[float]]:
    """Draw normally with variance 2 / nin, for relu and its kin.

    Source: as `he_uniform`.
    """
    return normal(math.sqrt(2.0 / nin))(rng, nin, nout)


def lecun_uniform(rng: random.Random, nin: int, nout: int) -> list[list[float]]:
    """Draw between ±sqrt(3 / nin): a variance of 1 / nin, which keeps that of the inputs.

    Source: Y. LeCun and others, "Efficient BackProp", 1998, equation 16.
    """
    bound = math.sqrt(3.0 / nin)
    return uniform(-bound, bound)(rng, nin, nout)


def lecun_normal(rng: random.Random, nin: int, nout: int) -> list[list[float]]:
    """Draw normally with variance 1 / nin; the start that selu asks for.

    Source: as `lecun_uniform`; G. Klambauer and others, "Self-normalizing neural networks", 2017.
    """
    return normal(math.sqrt(1.0 / nin))(rng, nin, nout)


def orthogonal(rng: random.Random, nin: int, nout: int) -> list[list[float]]:
    """Draw rows at right angles and of length 1 (columns, where there are more rows than columns).

    Normal draws, made orthogonal by Gram and Schmidt's process, each row twice over: after the
    second time they are so to a few ULP.
    Source: A. Saxe, J. McClelland, S. Ganguli, "Exact solutions to the nonlinear dynamics of
    learning in deep linear neural networks", 2014; W. Kahan's "twice is enough".

    >>> a, b = orthogonal(random.Random(0), 3, 2)
    >>> abs(sum(x * y for x, y in zip(a, b))) < 1e-15, round(math.hypot(*a), 12)
    (True, 1.0)
    """
    if nout > nin:
        return [list(row) for row in zip(*orthogonal(rng, nout, nin), strict=True)]
    found: list[list[float]] = []
    while len(found) < nout:
        row = [randomness.normal(rng) for _ in range(nin)]
        for _ in range(2):
            for other in found:
                part = math.fsum(x * y for x, y in zip(row, other, strict=True))
                row = [x - part * y for x, y in zip(row, other, strict=True)]
            length = math.hypot(*row)
            row = [x / length for x in row]
        found.append(row)
    return found


def nguyen_widrow(rng: random.Random, nin: int, nout: int) -> list[list[float]]:
    """Draw rows between -1 and 1, then make each of length 0.7 · nout ** (1 / nin).

    Meant for tanh's kin and inputs between -1 and 1, where each neuron then takes an interval of
    its own.
    Source: D. Nguyen, B. Widrow, "Improving the learning speed of 2-layer neural networks by
    choosing initial values of the adaptive weights", 1990. (Their biases, spread over the same
    range, are no matter of the weights and stay at 0.)

    >>> [row] = nguyen_widrow(random.Random(0), 2, 1)
    >>> round(math.hypot(*row), 12)
    0.7
    """
    length = 0.7 * float(nout) ** (1.0 / nin)
    found = []
    for row in uniform()(rng, nin, nout):
        factor = length / math.hypot(*row)
        found.append([factor * weight for weight in row])
    return found


def for_activation(name: str) -> Initializer:
    """Choose as the literature does: He's for relu's kin, Glorot's for everything else."""
    rectifiers = ("relu", "leaky_relu", "elu", "selu", "silu", "gelu", "mish", "softplus")
    return he_uniform if name in rectifiers else xavier_uniform
