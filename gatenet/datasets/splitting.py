"""Splitting and scaling: what comes between the rows and the training."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import TypeVar

from gatenet.errors import RangeError, WiringError
from gatenet.randomness import generator, shuffled

Row = TypeVar("Row")
Target = TypeVar("Target")


def train_test_split(
    inputs: Sequence[Row],
    targets: Sequence[Target],
    *,
    test_size: float = 0.25,
    stratify: bool = False,
    rng: random.Random | int,
) -> tuple[list[Row], list[Row], list[Target], list[Target]]:
    """Hold some rows back for testing: train inputs, test inputs, train targets, test targets.

    `test_size` is a share between 0 and 1; the number of test rows is rounded up, as scikit-learn
    does.  With `stratify` that share is taken of each class apart, so that no class is missing.

    Raises WiringError when the lengths differ, RangeError when a side would be empty.

    >>> train_test_split("abcd", [0, 0, 1, 1], stratify=True, test_size=0.5, rng=1)
    (['a', 'd'], ['b', 'c'], [0, 1], [0, 1])
    """
    if len(inputs) != len(targets):
        raise WiringError(
            f"got {len(inputs)} rows of inputs and {len(targets)} targets: each row needs one"
        )
    rng = generator(rng)
    groups: dict[object, list[int]] = {}
    for k, target in enumerate(targets):
        groups.setdefault(target if stratify else None, []).append(k)
    test: set[int] = set()
    for group in groups.values():
        # Without the 1e-9 a share such as 0.07 of 100 would round up to 8.
        count = math.ceil(test_size * len(group) - 1e-9)
        if not 0 < count < len(group):
            raise RangeError(
                f"test_size={test_size!r} of {len(group)} rows leaves {max(count, 0)} to test and "
                f"{len(group) - max(count, 0)} to train on: both sides need some",
                test_size=test_size,
            )
        test.update(shuffled(group, rng)[:count])
    order = range(len(inputs))
    return (
        [inputs[k] for k in order if k not in test],
        [inputs[k] for k in order if k in test],
        [targets[k] for k in order if k not in test],
        [targets[k] for k in order if k in test],
    )


def standardize(
    inputs: Sequence[Sequence[float]], *others: Sequence[Sequence[float]]
) -> list[list[list[float]]]:
    """Shift and scale every column to mean 0 and standard deviation 1.

    `others` are treated with the means and deviations of the first table, as test rows must be.
    The deviation is that of the whole population (divided by n); a constant column is only
    shifted.  Gives one table for each that came in.

    Raises RangeError for an empty table, WiringError for rows of different lengths.

    >>> train, test = standardize([[0.0, 5.0], [2.0, 5.0]], [[4.0, 6.0]])
    >>> train, test
    ([[-1.0, 0.0], [1.0, 0.0]], [[3.0, 1.0]])
    """
    if not inputs or not inputs[0]:
        raise RangeError("cannot standardize a table without rows or without columns")
    width = len(inputs[0])
    for table in (inputs, *others):
        for k, row in enumerate(table):
            if len(row) != width:
                raise WiringError(f"row {k} has {len(row)} columns; the first row has {width}")
    columns = list(zip(*inputs, strict=True))
    means = [math.fsum(column) / len(column) for column in columns]
    deviations = [_deviation(column, mean) for column, mean in zip(columns, means, strict=True)]
    scales = list(zip(means, deviations, strict=True))
    return [
        [[(x - m) / d for x, (m, d) in zip(row, scales, strict=True)] for row in table]
        for table in (inputs, *others)
    ]


def _deviation(column: Sequence[float], mean: float) -> float:
    """The standard deviation; 1.0 for a constant column, whose mean may be off in the last bit."""
    if min(column) == max(column):
        return 1.0
    return math.sqrt(math.fsum((x - mean) * (x - mean) for x in column) / len(column))
