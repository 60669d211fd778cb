"""The four sets of points of TensorFlow's Playground, drawn from a seed.

Written from the description of Playground's generators (playground.tensorflow.org, D. Smilkov and
S. Carter, 2016), with our own stream of random numbers.  Points lie within about ±6; its labels 1
(blue) and -1 (orange) are the classes 1 and 0 here.  Its `noise` slider of 0 to 50 stands for 0 to
0.5.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from gatenet.datasets.dataset import Dataset
from gatenet.datasets.points import checked, labelled
from gatenet.randomness import normal, uniform

_NAMES = ("orange", "blue")
_SOURCE = "D. Smilkov, S. Carter, TensorFlow Playground, 2016"


def playground_circle(n: int = 500, *, noise: float = 0.0, rng: random.Random | int) -> Dataset:
    """Draw a disc of radius 2.5 (class 1) and a ring around it from 3.5 to 5 (class 0).

    `noise` shifts a point by up to 5·noise in either direction while it is labelled (inside or
    outside of radius 2.5), and leaves the point where it is: it makes wrong labels.

    Raises RangeError when `n` is less than 2 or `noise` is negative.

    >>> playground_circle(10, rng=0)
    <Dataset of 10 rows, 2 features, 2 classes>
    """
    rng = checked("playground_circle", n, noise, rng)

    def points() -> Iterator[tuple[list[float], int]]:
        for k in range(n):
            low, high = (0.0, 2.5) if k < n // 2 else (3.5, 5.0)
            radius, angle = uniform(rng, low, high), uniform(rng, 0.0, 2.0 * math.pi)
            x, y = radius * math.sin(angle), radius * math.cos(angle)
            moved = (x + noise * uniform(rng, -5.0, 5.0), y + noise * uniform(rng, -5.0, 5.0))
            yield [x, y], int(math.hypot(*moved) < 2.5)

    return labelled(
        points(), _NAMES, rng, source=_SOURCE, description="A disc and a ring around it."
    )


def playground_xor(n: int = 500, *, noise: float = 0.0, rng: random.Random | int) -> Dataset:
    """Draw points of a square, class 1 where both coordinates have one sign, with a bare cross.

    Coordinates lie between 0.3 and 5.3 on either side.  `noise` shifts a point by up to 5·noise in
    either direction while it is labelled, as in `playground_circle`.

    Raises RangeError when `n` is less than 2 or `noise` is negative.

    >>> rows = playground_xor(40, rng=0)
    >>> all(label == (x * y > 0) for (x, y), label in zip(*rows))
    True
    """
    rng = checked("playground_xor", n, noise, rng)

    def points() -> Iterator[tuple[list[float], int]]:
        for _ in range(n):
            x, y = uniform(rng, -5.0, 5.0), uniform(rng, -5.0, 5.0)
            x, y = x + math.copysign(0.3, x), y + math.copysign(0.3, y)
            moved = (x + noise * uniform(rng, -5.0, 5.0), y + noise * uniform(rng, -5.0, 5.0))
            yield [x, y], int(moved[0] * moved[1] >= 0.0)

    return labelled(
        points(),
        _NAMES,
        rng,
        source=_SOURCE,
        description="A square's quarters, like and unlike by turns.",
    )


def playground_gauss(n: int = 500, *, noise: float = 0.0, rng: random.Random | int) -> Dataset:
    """Draw two round clouds, class 1 around (2, 2) and class 0 around (-2, -2).

    Each coordinate is normal with the variance 0.5 + 7·noise: 0.5 to 4 over Playground's slider.

    Raises RangeError when `n` is less than 2 or `noise` is negative.

    >>> playground_gauss(10, rng=0)
    <Dataset of 10 rows, 2 features, 2 classes>
    """
    rng = checked("playground_gauss", n, noise, rng)
    deviation = math.sqrt(0.5 + 7.0 * noise)

    def points() -> Iterator[tuple[list[float], int]]:
        for k in range(n):
            label = int(k < n // 2)
            centre = 2.0 if label else -2.0
            yield [normal(rng, centre, deviation), normal(rng, centre, deviation)], label

    return labelled(points(), _NAMES, rng, source=_SOURCE, description="Two round clouds.")


def playground_spiral(n: int = 500, *, noise: float = 0.0, rng: random.Random | int) -> Dataset:
    """Draw two spirals of one and three quarter turns that start in the origin and reach radius 5.

    `noise` shifts each coordinate by a uniform draw of up to that size.

    Raises RangeError when `n` is less than 2 or `noise` is negative.

    >>> rows = playground_spiral(40, rng=0)
    >>> max(x * x + y * y for x, y in rows.inputs) < 25.0
    True
    """
    rng = checked("playground_spiral", n, noise, rng)

    def points() -> Iterator[tuple[list[float], int]]:
        first = n // 2
        for label, count, start in ((1, first, 0.0), (0, n - first, math.pi)):
            for k in range(count):
                along = k / count
                angle = 3.5 * math.pi * along + start
                x, y = 5.0 * along * math.sin(angle), 5.0 * along * math.cos(angle)
                yield (
                    [x + noise * uniform(rng, -1.0, 1.0), y + noise * uniform(rng, -1.0, 1.0)],
                    label,
                )

    return labelled(
        points(),
        _NAMES,
        rng,
        source=_SOURCE,
        description="Two spirals of one and three quarter turns.",
    )
