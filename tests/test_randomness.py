"""Randomness: streams that are promised to be the same everywhere."""

from __future__ import annotations

import random
import statistics

import pytest

from gatenet.errors import OperandError
from gatenet.randomness import generator, normal, shuffled, uniform


class Counting(random.Random):
    """A generator that allows nothing but random(): the one method that never changes."""

    def getrandbits(self, k: int, /) -> int:
        """Refuse."""
        raise AssertionError("only random() is promised to stay the same")


def test_only_random_is_asked() -> None:
    """Every draw comes from random() alone."""
    rng = Counting(0)
    expected = random.Random(0)

    assert uniform(rng, -1.0, 1.0) == -1.0 + 2.0 * expected.random()
    assert sorted(shuffled(range(9), rng)) == list(range(9))
    normal(rng)


def test_generator() -> None:
    """A seed makes a generator, a generator is taken as it is, anything else is refused."""
    rng = random.Random(3)

    assert generator(rng) is rng
    assert generator(3).random() == rng.random()
    for wrong in (None, True, 1.5, "3"):
        with pytest.raises(OperandError, match="pass a seed such as rng=0"):
            generator(wrong)  # type: ignore[arg-type]


def test_normal() -> None:
    """Draws have the mean and deviation asked for and the normal share beyond two deviations."""
    rng = random.Random(1)
    drawn = [normal(rng, 5.0, 2.0) for _ in range(4000)]

    assert abs(statistics.fmean(drawn) - 5.0) < 0.1
    assert abs(statistics.pstdev(drawn) - 2.0) < 0.08
    assert 0.035 < sum(abs(x - 5.0) > 4.0 for x in drawn) / 4000 < 0.056


def test_every_order_is_as_likely() -> None:
    """All six orders of three things come equally often."""
    rng = random.Random(2)
    counts: dict[tuple[int, ...], int] = {}
    for _ in range(3000):
        order = tuple(shuffled(range(3), rng))
        counts[order] = counts.get(order, 0) + 1

    assert len(counts) == 6
    assert all(420 < count < 580 for count in counts.values())
