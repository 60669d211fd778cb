"""Directions: along which inputs a gradient is checked, one by one or by random projections."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

#: Up to so many inputs each is checked alone, unless inputs times gates pass the other number.
EACH, WORK = 200, 500_000
#: How many random directions there are then, and how many inputs are checked alone beside them.
PROJECTIONS, SUBSET = 20, 10


class Direction(NamedTuple):
    """A direction: (input number, +1 or -1) for each input that moves."""

    name: str
    parts: tuple[tuple[int, float], ...]

    @property
    def alone(self) -> int | None:
        """The input, where it is one that moves alone."""
        return self.parts[0][0] if len(self.parts) == 1 else None


def directions(
    names: Sequence[str], gates: int, rng: random.Random, *, fast: bool = False
) -> tuple[list[Direction], bool]:
    """The directions to check, and whether they are random projections.

    Each input alone while that is little work; else twenty random directions of +1 and -1, and a
    random ten of the inputs: one projection alone lets one wrong partial among many pass.
    """
    each = [Direction(name, ((k, 1.0),)) for k, name in enumerate(names)]
    if len(names) < 2 or not (fast or len(names) > EACH or len(names) * gates > WORK):
        return each, False
    projections = [
        Direction(
            f"direction {number + 1}",
            tuple((k, rng.choice((-1.0, 1.0))) for k in range(len(names))),
        )
        for number in range(PROJECTIONS)
    ]
    subset = sorted(rng.sample(range(len(names)), min(SUBSET, len(names))))
    return [*projections, *[each[k] for k in subset]], True
