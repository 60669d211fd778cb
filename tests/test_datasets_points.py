"""Drawn data sets: each lies where its formula says, the same for the same seed."""

from __future__ import annotations

import math
import statistics
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from gatenet.datasets import (
    Dataset,
    circles,
    linear,
    moons,
    playground_circle,
    playground_gauss,
    playground_spiral,
    playground_xor,
    sine,
    spirals,
)
from gatenet.errors import OperandError, RangeError

PLAYGROUND = [playground_circle, playground_xor, playground_gauss, playground_spiral]
CLASSES = [moons, circles, spirals, *PLAYGROUND]
DRAWN = [*CLASSES, linear, sine]


@pytest.mark.parametrize("draw", DRAWN, ids=lambda f: f.__name__)
class TestEvery:
    def test_seed(self, draw: Callable[..., Dataset]) -> None:
        """The same seed gives the same rows, another seed others, and a generator is shared."""
        assert draw(20, rng=5) == draw(20, rng=5)
        assert draw(20, rng=5) != draw(20, rng=6)

    def test_number_of_rows(self, draw: Callable[..., Dataset]) -> None:
        """There are as many rows as were asked for, an odd number too, each with its target."""
        for n in (2, 7, 20):
            data = draw(n, rng=0)
            assert (len(data.inputs), len(data.targets)) == (n, n)
            assert {len(row) for row in data.inputs} == {len(data.feature_names)}
            assert data.description.endswith(".")

    def test_wrong_arguments(self, draw: Callable[..., Dataset]) -> None:
        """No points, a negative noise and a missing seed are refused by name and value."""
        with pytest.raises(RangeError, match=f"{draw.__name__} got n=0"):
            draw(0, rng=0)
        for noise in (-0.1, math.nan):
            with pytest.raises(RangeError, match=f"{draw.__name__} got noise={noise}"):
                draw(9, noise=noise, rng=0)
        with pytest.raises(OperandError, match="pass a seed"):
            draw(9, rng=None)


@pytest.mark.parametrize("draw", CLASSES, ids=lambda f: f.__name__)
def test_classes_are_mixed(draw: Callable[..., Dataset]) -> None:
    """Both classes come in nearly equal number and in a random order."""
    targets = draw(200, rng=4).targets

    assert 80 <= targets.count(1) <= 120
    assert targets not in (sorted(targets), sorted(targets, reverse=True))
    assert len(draw(10, rng=0).target_names) == 2


class TestCircles:
    def test_radii(self) -> None:
        """Without noise, class 0 lies on radius 1 and class 1 on `factor`, at even angles."""
        inputs, targets = circles(31, noise=0.0, factor=0.3, rng=1)
        for row, label in zip(inputs, targets, strict=True):
            assert math.hypot(*row) == pytest.approx((1.0, 0.3)[label], rel=1e-14)
        angles = sorted(
            math.atan2(y, x) % math.tau
            for (x, y), label in zip(inputs, targets, strict=True)
            if label
        )
        gaps = {round(b - a, 9) for a, b in pairwise(angles)}
        assert gaps == {round(math.tau / 16, 9)}

    def test_wrong_factor(self) -> None:
        """An inner circle as large as the outer is refused."""
        for factor in (1.0, -0.5, math.nan):
            with pytest.raises(RangeError, match="from 0 to less than 1"):
                circles(10, factor=factor, rng=0)


class TestSpirals:
    @pytest.mark.parametrize("classes", [2, 3, 5])
    def test_arms(self, classes: int) -> None:
        """Turned back by its radius, every point of an arm lies at that arm's own angle."""
        inputs, targets = spirals(17, classes=classes, turns=1.25, noise=0.0, rng=2)
        for (x, y), label in zip(inputs, targets, strict=True):
            radius = math.hypot(x, y)
            off = math.atan2(y, x) / math.tau - 1.25 * radius - label / classes
            assert abs(off - round(off)) < 1e-12
        assert {targets.count(k) for k in range(classes)} <= {17 // classes, 17 // classes + 1}

    def test_wrong_classes(self) -> None:
        """One arm, and fewer points than arms, are refused."""
        with pytest.raises(RangeError, match="classes=1"):
            spirals(10, classes=1, rng=0)
        with pytest.raises(RangeError, match="n=3: it needs at least 4 points"):
            spirals(3, classes=4, rng=0)


class TestPlayground:
    """The shapes of Playground's page: radius 5, its constants 0.3, 0.5, 0.7, 1.75 turns."""

    def test_circle(self) -> None:
        """The disc reaches 2.5, the ring goes from 3.5 to 5; noise alone makes wrong labels."""
        for row, label in zip(*playground_circle(300, rng=3), strict=True):
            radius = math.hypot(*row)
            assert radius < 2.5 if label else 3.5 <= radius <= 5.0
        noisy = playground_circle(300, noise=0.5, rng=3)
        wrong = [math.hypot(*row) < 2.5 for row in noisy.inputs]
        assert 20 < sum(a != b for a, b in zip(wrong, noisy.targets, strict=True)) < 150

    def test_xor(self) -> None:
        """The label says whether the signs agree, and no point comes within 0.3 of an axis."""
        rows, labels = playground_xor(300, rng=3)

        assert all(label == (x * y > 0) for (x, y), label in zip(rows, labels, strict=True))
        sizes = [abs(v) for row in rows for v in row]
        assert 0.3 <= min(sizes) < 0.4 and 5.2 < max(sizes) <= 5.3

    @pytest.mark.parametrize(("noise", "variance"), [(0.0, 0.5), (0.5, 4.0)])
    def test_gauss(self, noise: float, variance: float) -> None:
        """The clouds stand at (2, 2) and (-2, -2) with Playground's variances."""
        rows, labels = playground_gauss(4000, noise=noise, rng=3)
        for label, centre in ((1, 2.0), (0, -2.0)):
            found = [v for row, k in zip(rows, labels, strict=True) if k == label for v in row]
            assert statistics.fmean(found) == pytest.approx(centre, abs=0.1)
            assert statistics.pvariance(found) == pytest.approx(variance, rel=0.1)

    def test_spiral(self) -> None:
        """Along each arm the angle grows by 1.75 turns in 5 of radius; arms are half a turn off."""
        rows, labels = playground_spiral(200, rng=3)
        for (x, y), label in zip(rows, labels, strict=True):
            radius = math.hypot(x, y)
            if radius > 0.0:
                off = math.atan2(x, y) / math.tau - 0.35 * radius - (0.0 if label else 0.5)
                assert abs(off - round(off)) < 1e-12
        assert max(math.hypot(*row) for row in rows) == pytest.approx(4.95)


class TestCurves:
    def test_linear(self) -> None:
        """What is left when the plane is taken off has the noise's mean and deviation."""
        rows, targets = linear(3000, weights=(1.5, -2.0, 0.5), bias=-1.0, noise=0.25, rng=8)
        rest = [
            y - (1.5 * a - 2.0 * b + 0.5 * c - 1.0)
            for (a, b, c), y in zip(rows, targets, strict=True)
        ]

        assert statistics.fmean(rest) == pytest.approx(0.0, abs=0.02)
        assert statistics.pstdev(rest) == pytest.approx(0.25, rel=0.05)
        assert all(-1.0 <= x < 1.0 for row in rows for x in row)
        with pytest.raises(RangeError, match="no weights"):
            linear(3, weights=(), rng=0)

    def test_sine(self) -> None:
        """What is left when the sine is taken off has the noise's mean and deviation."""
        rows, targets = sine(3000, noise=0.2, rng=8)
        rest = [y - math.sin(x) for (x,), y in zip(rows, targets, strict=True)]

        assert statistics.fmean(rest) == pytest.approx(0.0, abs=0.02)
        assert statistics.pstdev(rest) == pytest.approx(0.2, rel=0.05)
        assert -math.pi <= min(rows)[0] < -3.1 and 3.1 < max(rows)[0] < math.pi


def test_the_page_s_picture_is_what_its_script_draws() -> None:
    """docs/points.py would write the picture that is there."""
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(
        [sys.executable, str(root / "docs" / "points.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
