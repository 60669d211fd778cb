"""Initializers: the first weights of a layer.

An initializer is any function of (rng, nin, nout) that gives `nout` rows of `nin` numbers; it is
asked once for a whole layer, so that one which relates the rows to each other fits in as well.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from gatenet import randomness

Initializer = Callable[[random.Random, int, int], list[list[float]]]


def uniform(low: float = -1.0, high: float = 1.0) -> Initializer:
    """Draw every weight between `low` and `high`.

    >>> uniform()(random.Random(0), 2, 1)
    [[0.6888437030500962, 0.515908805880605]]
    """

    def draw(rng: random.Random, nin: int, nout: int) -> list[list[float]]:
        return [[randomness.uniform(rng, low, high) for _ in range(nin)] for _ in range(nout)]

    return draw


def zeros(rng: random.Random, nin: int, nout: int) -> list[list[float]]:
    """Start from nothing: for a layer whose neurons need not differ, such as a last one."""
    return [[0.0] * nin for _ in range(nout)]


def xavier_uniform(rng: random.Random, nin: int, nout: int) -> list[list[float]]:
    """Draw between ±sqrt(6 / (nin + nout)), for tanh and sigmoid.

    Source: X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward
    neural networks", 2010, equation 16.
    """
    bound = math.sqrt(6.0 / (nin + nout))
    return uniform(-bound, bound)(rng, nin, nout)


def he_uniform(rng: random.Random, nin: int, nout: int) -> list[list[float]]:
    """Draw between ±sqrt(6 / nin), for relu and its kin: a variance of 2 / nin.

    Source: K. He and others, "Delving deep into rectifiers", 2015, equation 10.
    """
    bound = math.sqrt(6.0 / nin)
    return uniform(-bound, bound)(rng, nin, nout)


def for_activation(name: str) -> Initializer:
    """Choose as the literature does: He's for relu's kin, Glorot's for everything else."""
    rectifiers = ("relu", "leaky_relu", "elu", "selu", "silu", "gelu", "mish", "softplus")
    return he_uniform if name in rectifiers else xavier_uniform
