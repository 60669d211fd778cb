"""Turns: the numbers of the events of a unit, and of the last of a kind of gate.

A unit's backward event comes in the order of the sweep, the youngest unit first; a gate's forward
event in the order of the rows.  Knows the stepper; moves nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from functools import cached_property

from gatenet.errors import RangeError, WiringError
from gatenet.record import Gate
from gatenet.stepper import Stepper
from gatenet.texts import count
from gatenet.unit import Unit
from gatenet.walk import reachable


class Turns:
    """When it is whose turn in a pass.

    >>> x = Unit(3.0, "x")
    >>> stepper = Stepper(x.tanh() * 2.0)
    >>> turns = Turns(stepper, str)
    >>> [stepper.goto(turns.of(x)).name, turns.last(x.tanh().gate)]
    ['x', 4]
    """

    def __init__(self, stepper: Stepper, label: Callable[[Unit], str]) -> None:
        self._stepper = stepper
        self._label = label

    @cached_property
    def _serials(self) -> list[int]:
        """The serials of the units that a gradient reaches, in ascending order."""
        return sorted(reachable(self._stepper.outputs))

    def reached(self, unit: Unit) -> bool:
        """Whether a gradient reaches a unit: one that was only compared has no backward event."""
        place = bisect_left(self._serials, unit.serial)
        return self._serials[place : place + 1] == [unit.serial]

    def of(self, unit: Unit) -> int:
        """The number of a unit's backward event.

        Raises WiringError for a unit that was only compared.
        """
        if not self.reached(unit):
            raise WiringError(f"no gradient reaches {self._label(unit)}: it has no event")
        return len(self._stepper) - bisect_left(self._serials, unit.serial)

    def last(self, gate: Gate) -> int:
        """The number of the last event of a kind of gate that the circuit has."""
        gates = [unit for unit in self._stepper.circuit.order if unit.gate is not None]
        for unit in gates:  # the oldest that a gradient reaches has its turn last
            if unit.gate is gate and self.reached(unit):
                return self.of(unit)
        return max(k for k, unit in enumerate(gates, 1) if unit.gate is gate)

    def check(self, gate: Gate) -> None:
        """See that a kind of gate has an event yet to come.

        Raises RangeError where its last one is done: going on would lead past everything.
        """
        last, position = self.last(gate), self._stepper.position
        if last <= position:
            raise RangeError(
                f"the turn of every {gate.name} is over: the last was event {count(last)}, and "
                f"{count(position)} are done. `goto {last}` leads there"
            )
