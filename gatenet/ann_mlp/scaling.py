"""Scaling: how columns are shifted and stretched before a network sees them.

A scale is a pair (factor, shift) for each column: x · factor + shift.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from gatenet.errors import RangeError

Scale = list[tuple[float, float]]
_EPSILON = 2.0**-52


def unscaled(columns: int) -> Scale:
    """The scale that changes nothing."""
    return [(1.0, 0.0)] * columns


def of_inputs(rows: Sequence[Sequence[float]]) -> Scale:
    """Shift each column's mean to 0 and stretch its deviation (that of all rows) to 1.

    A column that hardly varies is only shifted.

    >>> of_inputs([[0.0], [4.0]])
    [(0.5, -1.0)]
    """
    found = []
    for column in zip(*rows, strict=True):
        mean = math.fsum(column) / len(column)
        variance = math.fsum((x - mean) * (x - mean) for x in column) / len(column)
        factor = 1.0 if variance < _EPSILON else 1.0 / math.sqrt(variance)
        found.append((factor, -mean * factor))
    return found


def of_responses(rows: Sequence[Sequence[float]], into: tuple[float, float] | None) -> Scale:
    """Map each column's least and largest number to the ends of a range; None maps nothing.

    >>> of_responses([[0.0], [1.0]], (-0.95, 0.95))
    [(1.9, -0.95)]
    """
    if into is None:
        return unscaled(len(rows[0]))
    low, high = into
    found = []
    for column in zip(*rows, strict=True):
        least, most = min(column), max(column)
        if most - least < _EPSILON:
            found.append((1.0, (high + low - most - least) * 0.5))
        else:
            factor = (high - low) / (most - least)
            found.append((factor, low - least * factor))
    return found


def inverse(scale: Scale) -> Scale:
    """The scale that undoes one."""
    return [(1.0 / factor, -shift / factor) for factor, shift in scale]


def applied(scale: Scale, row: Sequence[float]) -> list[float]:
    """A row, scaled."""
    return [x * factor + shift for x, (factor, shift) in zip(row, scale, strict=True)]


def check(rows: Sequence[Sequence[float]], limits: tuple[float, float] | None) -> None:
    """Check scaled responses of a later training against the range of the first.

    Raises RangeError that names the first one outside.
    """
    if limits is None:
        return
    for k, row in enumerate(rows):
        for j, t in enumerate(row):
            if not limits[0] <= t <= limits[1]:
                raise RangeError(
                    f"responses[{k}][{j}] lies too far outside of the range that the first "
                    "training scaled by: train without UPDATE_WEIGHTS, or with NO_OUTPUT_SCALE "
                    "from the first time on",
                    row=k,
                    column=j,
                )
