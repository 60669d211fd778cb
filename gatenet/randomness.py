"""Randomness: every random choice comes from a generator that somebody passed in.

A seed or a `random.Random` is accepted wherever `rng=` stands.  Only `random()` is asked of it:
that method alone is promised to give the same numbers in every version of Python, so a seed means
the same network and the same split everywhere.  Knows only the errors.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import TypeVar

from gatenet.errors import OperandError

T = TypeVar("T")


def generator(rng: random.Random | int) -> random.Random:
    """Give the generator itself, or a new one for a seed.

    Raises OperandError (a TypeError) for anything else.

    >>> generator(0).random() == random.Random(0).random()
    True
    """
    if isinstance(rng, random.Random):
        return rng
    if isinstance(rng, int) and not isinstance(rng, bool):
        return random.Random(rng)
    raise OperandError(
        f"rng is {rng!r}: pass a seed such as rng=0, or a random.Random to share one stream of "
        "numbers between several things",
        rng=rng,
    )


def uniform(rng: random.Random, low: float, high: float) -> float:
    """Draw one number between `low` and `high`."""
    return low + (high - low) * rng.random()


def normal(rng: random.Random, mean: float = 0.0, deviation: float = 1.0) -> float:
    """Draw one number from the normal distribution, by Box and Muller's transform.

    The stream is the same everywhere; the last bit of a draw is the C library's.
    """
    radius = math.sqrt(-2.0 * math.log(1.0 - rng.random()))
    return mean + deviation * radius * math.cos(2.0 * math.pi * rng.random())


def shuffled(items: Sequence[T], rng: random.Random) -> list[T]:
    """Give the items in a random order, as a new list (Fisher and Yates).

    >>> sorted(shuffled("abc", random.Random(0)))
    ['a', 'b', 'c']
    """
    order = list(items)
    for last in range(len(order) - 1, 0, -1):
        chosen = int(rng.random() * (last + 1))
        order[last], order[chosen] = order[chosen], order[last]
    return order
