"""Points in the plane: small made-up problems, drawn from a seed.

Knows the form of a data set and randomness; its points follow a shape, an even walk along it with
normal noise on both coordinates.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator

from gatenet.datasets.dataset import Dataset
from gatenet.errors import RangeError
from gatenet.randomness import generator, normal, shuffled


def xor() -> Dataset:
    """Give the four rows of exclusive or: the smallest problem that no single neuron solves.

    >>> list(zip(*xor()))
    [([0.0, 0.0], 0), ([0.0, 1.0], 1), ([1.0, 0.0], 1), ([1.0, 1.0], 0)]
    """
    rows = [[float(a), float(b)] for a in (0, 1) for b in (0, 1)]
    return Dataset(
        inputs=rows,
        targets=[int(a != b) for a, b in rows],
        feature_names=("a", "b"),
        target_names=("equal", "different"),
        description="The four rows of exclusive or.",
    )


def moons(n: int = 100, *, noise: float = 0.1, rng: random.Random | int) -> Dataset:
    """Draw `n` points on two interleaved half circles, class 0 above and class 1 below.

    The circles have radius 1; `noise` is the standard deviation added to both coordinates.  The
    points of both classes come in a random order.

    Raises RangeError when `n` is less than 2 or `noise` is negative.

    >>> moons(6, noise=0.0, rng=0)
    <Dataset of 6 rows, 2 features, 2 classes>
    """
    rng = checked("moons", n, noise, rng)

    def points() -> Iterator[tuple[list[float], int]]:
        upper, lower = n // 2, n - n // 2
        for k in range(upper):
            angle = math.pi * k / max(upper - 1, 1)
            yield [math.cos(angle), math.sin(angle)], 0
        for k in range(lower):
            angle = math.pi * k / max(lower - 1, 1)
            yield [1.0 - math.cos(angle), 0.5 - math.sin(angle)], 1

    return labelled(
        points(),
        ("upper", "lower"),
        rng,
        noise=noise,
        description=f"Two interleaved half circles with noise of deviation {noise}.",
    )


def circles(
    n: int = 100, *, noise: float = 0.05, factor: float = 0.5, rng: random.Random | int
) -> Dataset:
    """Draw `n` points on two circles around the origin: class 0 outer, class 1 inner.

    The outer circle has radius 1, the inner one `factor`; `noise` is the standard deviation added
    to both coordinates.  The points of both classes come in a random order.

    Raises RangeError when `n` is less than 2, `noise` negative or `factor` not between 0 and 1.

    >>> rows = circles(8, noise=0.0, rng=0)
    >>> sorted({(round(math.hypot(x, y), 9), label) for (x, y), label in zip(*rows)})
    [(0.5, 1), (1.0, 0)]
    """
    if not 0.0 <= factor < 1.0:
        raise RangeError(
            f"circles got factor={factor!r}: the inner circle's radius is from 0 to less than 1",
            factor=factor,
        )
    rng = checked("circles", n, noise, rng)

    def points() -> Iterator[tuple[list[float], int]]:
        for label, count, radius in ((0, n // 2, 1.0), (1, n - n // 2, factor)):
            for k in range(count):
                angle = 2.0 * math.pi * k / count
                yield [radius * math.cos(angle), radius * math.sin(angle)], label

    return labelled(
        points(),
        ("outer", "inner"),
        rng,
        noise=noise,
        description=f"Circles of radius 1 and {factor} with noise of deviation {noise}.",
    )


def spirals(
    n: int = 100,
    *,
    classes: int = 2,
    turns: float = 1.0,
    noise: float = 0.02,
    rng: random.Random | int,
) -> Dataset:
    """Draw `n` points on spirals that wind out of the origin, one arm for each class.

    An arm makes `turns` turns while its radius grows evenly to 1; arms start at equal angles from
    one another.  `noise` is the standard deviation added to both coordinates.  The points of all
    classes come in a random order.

    Raises RangeError when there are fewer points than classes, fewer than two classes, or `noise`
    is negative.

    >>> spirals(9, classes=3, rng=0)
    <Dataset of 9 rows, 2 features, 3 classes>
    """
    if classes < 2:
        raise RangeError(f"spirals got classes={classes!r}: at least 2 arms", classes=classes)
    rng = checked("spirals", n, noise, rng, least=classes)

    def points() -> Iterator[tuple[list[float], int]]:
        for label in range(classes):
            count = n // classes + (label < n % classes)
            for k in range(1, count + 1):
                radius = k / count
                angle = 2.0 * math.pi * (turns * radius + label / classes)
                yield [radius * math.cos(angle), radius * math.sin(angle)], label

    return labelled(
        points(),
        tuple(f"arm {k}" for k in range(classes)),
        rng,
        noise=noise,
        description=f"{classes} spirals of {turns} turns with noise of deviation {noise}.",
    )


def checked(
    name: str, n: int, noise: float, rng: random.Random | int, *, least: int = 2
) -> random.Random:
    """Check what all drawn sets take, and give the generator.

    Raises RangeError for fewer than `least` points or a negative `noise`.
    """
    if n < least:
        raise RangeError(f"{name} got n={n!r}: it needs at least {least} points", n=n)
    if not noise >= 0.0:
        raise RangeError(f"{name} got noise={noise!r}: noise is 0 or more", noise=noise)
    return generator(rng)


def labelled(
    points: Iterable[tuple[list[float], int]],
    names: tuple[str, ...],
    rng: random.Random,
    *,
    noise: float = 0.0,
    source: str = "",
    description: str = "",
) -> Dataset:
    """Make a data set of labelled points of the plane: shuffled, then shifted by normal noise."""
    samples = shuffled(list(points), rng)
    return Dataset(
        inputs=[[x + normal(rng, 0.0, noise) for x in row] for row, _ in samples],
        targets=[label for _, label in samples],
        feature_names=("x", "y"),
        target_names=names,
        source=source,
        description=description,
    )
