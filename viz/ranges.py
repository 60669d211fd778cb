"""Ranges: what a folded box shows as its members get their values and gradients.

A box shows from least to greatest what is there so far, so each range only ever grows; the
track says from which stop on which range holds.  Knows numbers alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container
from typing import Any

from .wording import between


class Ranges:
    """The tracks of one box: values on the forward half, gradients on the backward half.

    A track is lists of stop, how many members are done, place of the least and of the greatest
    number (-1 where there is none); a stop of -1 is before the first event.  `results` are the
    rows whose numbers are shown; None is all.  Constants are no members: nothing happens to them.
    """

    def __init__(self, numbers: Callable[[float | None], int]) -> None:
        self.members = 0
        self.results: Container[int] | None = None
        self.values: list[list[int]] = []
        self.gradients: list[list[int]] = []
        self.widest = ["", ""]
        self._numbers = numbers
        self._counts = [0, 0]
        self._found: list[tuple[float, float] | None] = [None, None]

    def member(self, row: int, value: float | None) -> None:
        """Count a member; a leaf comes with its value."""
        self.members += 1
        if value is not None:
            self._note(row, 0, self.values, -1, value)

    def computed(self, row: int, stop: int, value: float) -> None:
        """A member's value was computed."""
        self._note(row, 0, self.values, stop, value)

    def visited(self, row: int, stop: int, gradient: float | None) -> None:
        """A member's gradient is complete."""
        self._note(row, 1, self.gradients, stop, gradient)

    def _note(
        self, row: int, half: int, track: list[list[int]], stop: int, x: float | None
    ) -> None:
        """Widen a range by one number, and say so from this stop on."""
        self._counts[half] += 1
        if self.results is not None and row not in self.results:
            x = None
        found = self._found[half]
        if x is not None:
            if math.isnan(x) or (found is not None and math.isnan(found[0])):
                found = (math.nan, math.nan)
            else:
                found = (x, x) if found is None else (min(found[0], x), max(found[1], x))
        if found is not None and found != self._found[half]:
            self._found[half] = found
            self.widest[half] = max(self.widest[half], between(*found), key=len)
        low, high = found if found is not None else (None, None)
        entry = [stop, self._counts[half], self._numbers(low), self._numbers(high)]
        if track and track[-1][0] == stop:
            track[-1] = entry
        else:
            track.append(entry)

    def data(self) -> dict[str, Any]:
        """Return the tracks as the page reads them."""
        return {"members": self.members, "values": self.values, "gradients": self.gradients}
