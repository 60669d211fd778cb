"""Routes: the paths from the output down to a unit, for the page to show beside it.

Knows explanations; keeps few, because a page should stay small.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from gatenet.errors import GatenetError
from gatenet.explaining import explain
from gatenet.texts import count, shown

from .tape import Numbers

UNITS, WORK = 150, 200_000
"""The most units whose paths are kept, and the most rows that are looked at for them all."""
LISTED = 4
"""The most paths of one unit."""
STEPS = 8
"""The most units that a path names; the middle of a longer one is left out."""


def routes(circuit: Any, seeds: Any, numbers: Numbers) -> Iterator[list[Any]]:
    """Yield row and paths of the leaves, then of units with names, while the work is bearable."""
    rows = circuit.rows
    wanted = [i for i, row in enumerate(rows) if row.gate is None and row.role != "constant"]
    wanted += [i for i, row in enumerate(rows) if row.gate is not None and row.name]
    for row in wanted[: min(UNITS, WORK // max(len(rows), 1))]:
        try:
            found = explain(circuit, circuit.units[row], seed=seeds, most=LISTED)
        except GatenetError:  # a block without derivatives of its own has no paths to tell
            continue
        if found.paths:
            listed = [[_said(path), numbers(path.contribution)] for path in found.paths]
            more = numbers(found.rest) if found.count > len(listed) else -1
            said = count(found.count) if found.count < 10**9 else f"about 1e{_power(found.count)}"
            yield [row, {"count": said, "list": listed, "rest": more}]


def _said(path: Any) -> str:
    """Write a path from the output down."""
    names = [shown(str(label), 30) for label in path.labels]
    if len(names) > STEPS:
        names = [*names[: STEPS // 2], "\N{HORIZONTAL ELLIPSIS}", *names[-STEPS // 2 :]]
    return " \N{LEFTWARDS ARROW} ".join(names)


def _power(n: int) -> int:
    """Return the power of ten of a whole number, however large."""
    return math.floor((n.bit_length() - 1) * math.log10(2))
