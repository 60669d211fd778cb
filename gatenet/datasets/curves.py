"""Numbers to predict: a plane and a wave with noise on them, drawn from a seed.

Knows the form of a data set and randomness.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from gatenet.datasets.dataset import Dataset
from gatenet.datasets.points import checked
from gatenet.errors import RangeError
from gatenet.randomness import normal, uniform


def linear(
    n: int = 100,
    *,
    weights: Sequence[float] = (2.0,),
    bias: float = 1.0,
    noise: float = 0.1,
    rng: random.Random | int,
) -> Dataset:
    """Draw `n` rows whose target is weights · inputs + bias + noise: what regression should find.

    Each input is uniform from -1 to 1, one for each weight; `noise` is the standard deviation of
    what is added to the target.

    Raises RangeError without weights, without rows, or for a negative `noise`.

    >>> [row], [target] = linear(1, weights=(3.0, -2.0), bias=0.5, noise=0.0, rng=0)
    >>> target == 3.0 * row[0] - 2.0 * row[1] + 0.5
    True
    """
    if not weights:
        raise RangeError("linear got no weights: each input needs one")
    rng = checked("linear", n, noise, rng, least=1)
    inputs = [[uniform(rng, -1.0, 1.0) for _ in weights] for _ in range(n)]
    return Dataset(
        inputs=inputs,
        targets=[
            sum(w * x for w, x in zip(weights, row, strict=True)) + bias + normal(rng, 0.0, noise)
            for row in inputs
        ],
        feature_names=tuple(f"x{k}" for k in range(len(weights))),
        target_names=("y",),
        description=f"y = {list(weights)} · x + {bias} with noise of deviation {noise}.",
    )


def sine(n: int = 100, *, noise: float = 0.1, rng: random.Random | int) -> Dataset:
    """Draw `n` points of one period of the sine: x uniform from -π to π, target sin(x) + noise.

    `noise` is the standard deviation of what is added to the target.

    Raises RangeError without rows or for a negative `noise`.

    >>> [[x]], [target] = sine(1, noise=0.0, rng=0)
    >>> target == math.sin(x)
    True
    """
    rng = checked("sine", n, noise, rng, least=1)
    inputs = [[uniform(rng, -math.pi, math.pi)] for _ in range(n)]
    return Dataset(
        inputs=inputs,
        targets=[math.sin(x) + normal(rng, 0.0, noise) for (x,) in inputs],
        feature_names=("x",),
        target_names=("sin x",),
        description=f"One period of the sine with noise of deviation {noise}.",
    )
