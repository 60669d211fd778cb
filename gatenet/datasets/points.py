"""Points in the plane: small made-up problems, drawn from a seed."""

from __future__ import annotations

import math
import random

from gatenet.datasets.dataset import Dataset
from gatenet.errors import RangeError
from gatenet.randomness import generator, normal, shuffled


def xor() -> Dataset:
    """Give the four rows of exclusive or: the smallest problem that no single neuron solves.

    >>> list(zip(*xor()))
    [([0.0, 0.0], 0), ([0.0, 1.0], 1), ([1.0, 0.0], 1), ([1.0, 1.0], 0)]
    """
    rows = [[float(a), float(b)] for a in (0, 1) for b in (0, 1)]
    return Dataset(rows, [int(a != b) for a, b in rows], ("a", "b"), ("equal", "different"))


def moons(n: int = 100, *, noise: float = 0.1, rng: random.Random | int) -> Dataset:
    """Draw `n` points on two interleaved half circles, class 0 above and class 1 below.

    The circles have radius 1; `noise` is the standard deviation added to both coordinates.  The
    points of both classes come in a random order.

    Raises RangeError when `n` is less than 2 or `noise` is negative.

    >>> moons(6, noise=0.0, rng=0)
    <Dataset of 6 rows, 2 features, 2 classes>
    """
    if n < 2:
        raise RangeError(f"moons got n={n!r}: two half circles need at least 2 points", n=n)
    if not noise >= 0.0:
        raise RangeError(f"moons got noise={noise!r}: a standard deviation is 0 or more")
    rng = generator(rng)
    upper, lower = n // 2, n - n // 2
    samples = []
    for k in range(upper):
        angle = math.pi * k / max(upper - 1, 1)
        samples.append(([math.cos(angle), math.sin(angle)], 0))
    for k in range(lower):
        angle = math.pi * k / max(lower - 1, 1)
        samples.append(([1.0 - math.cos(angle), 0.5 - math.sin(angle)], 1))
    samples = shuffled(samples, rng)
    return Dataset(
        inputs=[[x + normal(rng, 0.0, noise) for x in row] for row, _ in samples],
        targets=[target for _, target in samples],
        feature_names=("x", "y"),
        target_names=("upper", "lower"),
    )
