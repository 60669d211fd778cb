"""Initializers: the first weights of a layer.

An initializer is any function of (rng, nin, nout) that gives `nout` rows of `nin` numbers; it is
asked once for a whole layer, so that one which relates the rows to each other fits in as well.
Only `random()` is asked of the generator, so a seed gives the same draws in every version of
Python and on every platform.  Uniform draws use multiplication, division and square roots, which
IEEE 754 rounds in one way: they are equal to the last bit everywhere.  Normal draws, orthogonal
weights made of them and Nguyen-Widrow's power take log, cos and pow from the platform's C library,
whose last bit may differ.
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


def for_activation(name: str) -> Initializer:
    """Choose as the literature does: He's for relu's kin, Glorot's for everything else."""
    rectifiers = ("relu", "leaky_relu", "elu", "selu", "silu", "gelu", "mish", "softplus")
    return he_uniform if name in rectifiers else xavier_uniform
