"""Counting: which pull into a unit is which, of how many.

A table of the events that pull into each unit, made at the first question; flat arrays, so that
a million gates take a few megabytes.  Knows units and their order; does not know positions.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from functools import cached_property

from gatenet.unit import Unit


class Counting:
    """The pulls of a pass over `found` in `order` that begins after event `first`."""

    def __init__(self, found: Mapping[int, Unit], order: list[int], first: int) -> None:
        self._found = found
        self._order = order
        self._first = first

    def gathered(self, unit: Unit, index: int) -> tuple[int, int]:
        """How many pulls into a unit have been made once `index` events are done, and of all.

        >>> x = Unit(2.0)
        >>> y = x * x
        >>> Counting({x.serial: x, y.serial: y}, [x.serial, y.serial], 1).gathered(x, 2)
        (2, 2)
        """
        place = bisect_left(self._order, unit._serial)
        if place == len(self._order) or self._order[place] != unit._serial:
            return 0, 0
        starts, events = self._table
        first, last = starts[place], starts[place + 1]
        return bisect_right(events, index, first, last) - first, last - first

    @cached_property
    def _table(self) -> tuple[array[int], array[int]]:
        """For place k in the order, events[starts[k]:starts[k + 1]] pull into its unit."""
        place = {serial: k for k, serial in enumerate(self._order)}
        starts = array("q", bytes(8 * (len(self._order) + 1)))
        for unit in self._found.values():
            for operand in unit.inputs:
                if type(operand) is Unit:
                    starts[place[operand._serial] + 1] += 1
        for k in range(len(self._order)):
            starts[k + 1] += starts[k]
        events = array("q", bytes(8 * starts[-1]))
        free = array("q", starts)
        for k, serial in enumerate(reversed(self._order)):
            for operand in self._found[serial].inputs:
                if type(operand) is Unit:
                    at = place[operand._serial]
                    events[free[at]] = self._first + k + 1
                    free[at] += 1
        return starts, events
