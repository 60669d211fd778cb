"""Tape: a whole pass written down as plain data, for a page that plays it without Python.

A stop is where the slider can stand: one event, or, in a circuit of very many, a stride over
the events inside folded boxes.  Numbers are kept with every digit, each once.  Knows numbers
alone; how a tape is made is in `recording`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .labels import number
from .ranges import Ranges


class Numbers:
    """Every number of a page, once: its full digits, and as it is shown."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._places: dict[str, int] = {}

    def __call__(self, x: float | None) -> int:
        """Return the place of a number; -1 for none.

        >>> numbers = Numbers()
        >>> numbers(0.5), numbers(1 / 3), numbers(0.5), numbers(None), numbers.texts
        (0, 1, 0, -1, ['0.5', '', '0.3333333333333333', '0.3333'])
        """
        if x is None:
            return -1
        full = repr(float(x))
        place = self._places.get(full)
        if place is None:
            place = self._places[full] = len(self._places)
            short = number(x)
            self.texts += [full, "" if short == full else short]
        return place


@dataclass(slots=True)
class Stop:
    """Where the slider can stand; `through` is how many events are done there.

    `pulls` are lists of operand row, row, port, partial, pull, gathered after it, which pull
    into the operand this is, of how many, and whether it was blocked.
    """

    row: int
    sentence: str
    upstream: int
    through: int
    pulls: list[list[int]] = field(default_factory=list)
    left_out: int = 0

    def data(self) -> list[Any]:
        """Return the stop as the page reads it."""
        return [self.row, self.sentence, self.upstream, self.pulls, self.left_out, self.through]


@dataclass
class Tape:
    """The pass: stops, what is known of each unit that is drawn, and of each folded box.

    `widest` has by row the gradient text that takes the most room, for the layout; `folds` by
    picture and lead row what its box shows when.
    """

    numbers: Numbers
    stops: list[Stop]
    forwards: int
    events: int
    units: dict[int, list[Any]]
    widest: dict[int, str]
    gradients: list[float]
    seeds: dict[int, float]
    folds: list[dict[int, Ranges]]
