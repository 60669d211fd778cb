"""Augmentation: what the hooks may change, what they leave, and where they get chance from."""

from __future__ import annotations

import random
import statistics
from typing import Any

import pytest

from gatenet.datasets import digits
from gatenet.datasets.augmenting import chaining, flipping, noising, shifting
from gatenet.errors import RangeError, WiringError
from gatenet.losses import cross_entropy
from gatenet.nn import MLP
from gatenet.optim import SGD
from gatenet.training import Trainer

PICTURE = [float(k) for k in range(1, 13)]  # 3 lines of 4 pixels


def as_lines(row: list[Any]) -> list[list[Any]]:
    """The flat picture as its lines."""
    return [row[start : start + 4] for start in range(0, 12, 4)]


class TestShifting:
    def test_every_move_comes(self) -> None:
        """Over many draws each of the nine moves comes, about equally often, and no other."""
        hook, rng = shifting(1, width=4), random.Random(0)
        seen: dict[tuple[float, ...], int] = {}
        for _ in range(900):
            found = tuple(hook(PICTURE, rng))
            seen[found] = seen.get(found, 0) + 1

        expected = set()
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                moved = {
                    (y + down, x + right): pixel
                    for y, line in enumerate(as_lines(PICTURE))
                    for x, pixel in enumerate(line)
                }
                expected.add(tuple(moved.get((y, x), 0.0) for y in range(3) for x in range(4)))
        assert set(seen) == expected
        assert 70 < min(seen.values()) <= max(seen.values()) < 130

    def test_channels_move_together(self) -> None:
        """All channels of an image are moved alike, and the fill comes in."""
        hook = shifting(2, fill=-1.0)
        image = [as_lines(PICTURE), as_lines([10 * pixel for pixel in PICTURE])]
        for seed in range(8):
            first, second = hook(image, random.Random(seed))
            assert second == [[10 * p if p > 0 else p for p in line] for line in first]
            flat = shifting(2, width=4, fill=-1.0)(PICTURE, random.Random(seed))
            assert [pixel for line in first for pixel in line] == flat

    def test_nothing_moves(self) -> None:
        """With most=0 the picture stays as it is."""
        assert shifting(0, width=4)(PICTURE, random.Random(0)) == PICTURE


class TestFlipping:
    def test_share(self) -> None:
        """Lines are mirrored in the share of cases that was asked for."""
        hook, rng = flipping(0.25, width=4), random.Random(1)
        mirror = [pixel for line in as_lines(PICTURE) for pixel in line[::-1]]
        found = [hook(PICTURE, rng) for _ in range(800)]

        assert {tuple(row) for row in found} == {tuple(PICTURE), tuple(mirror)}
        assert 160 < found.count(mirror) < 240


class TestNoising:
    def test_deviation(self) -> None:
        """Each number gets its own noise of that deviation, in nested lists too."""
        found = noising(0.5)([[0.0] * 2000, [10.0] * 2000], random.Random(2))

        for centre, row in zip((0.0, 10.0), found, strict=True):
            assert statistics.fmean(row) == pytest.approx(centre, abs=0.05)
            assert statistics.pstdev(row) == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize(
    "hook",
    [shifting(1, width=8), flipping(width=8), noising(1.0),
     chaining(shifting(2, width=8), noising(0.5))],
    ids=["shift", "flip", "noise", "chain"],
)  # fmt: skip
class TestEvery:
    def test_chance_comes_from_the_generator(self, hook: Any) -> None:
        """The same generator state gives the same row; the given row is never changed."""
        row = digits().inputs[3]
        before = list(row)
        state = random.Random(7)
        copies = [hook(row, random.Random(7)) for _ in range(2)]

        assert copies[0] == copies[1]
        assert [hook(row, state) for _ in range(6)] != [copies[0]] * 6
        assert row == before
        assert len(copies[0]) == 64

    def test_a_trainer_takes_it(self, hook: Any) -> None:
        """A hook fits a trainer's `augment`, and the rows stay what they were."""
        inputs, targets = [row[:8] for row in digits().inputs[:4]], [0, 1, 2, 3]
        before = [list(row) for row in inputs]
        model = MLP(8, [4], rng=0)
        trainer = Trainer(model, cross_entropy, SGD(model.parameters(), lr=0.01), rng=0,
                          augment=hook, progress=False)  # fmt: skip

        assert len(trainer.fit(inputs, targets, epochs=2).epochs) == 2
        assert inputs == before


def test_refusals() -> None:
    """Settings out of range and rows that are no pictures are refused with the mend."""
    with pytest.raises(RangeError, match="most=-1"):
        shifting(-1)
    with pytest.raises(RangeError, match=r"share=1\.5"):
        flipping(1.5)
    with pytest.raises(RangeError, match=r"deviation=-0\.1"):
        noising(-0.1)
    for wrong in (None, 5, 0):
        with pytest.raises(WiringError, match="pass the width of the picture"):
            shifting(1, width=wrong)(PICTURE, random.Random(0))
    with pytest.raises(WiringError, match="got a list of lists"):
        flipping()([[1.0, 2.0], [3.0, 4.0]], random.Random(0))
