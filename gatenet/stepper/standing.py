"""Standing: where a stepper stands in its pass, for whoever looks and does not move.

Knows the timeline and events.
"""

from __future__ import annotations

from typing import Any

from gatenet.circuit import Circuit
from gatenet.explaining import Explanation, Genealogy, explain, genealogy
from gatenet.stepper.events import Event
from gatenet.stepper.facts import last_event
from gatenet.stepper.stops import Stops
from gatenet.stepper.timeline import Timeline
from gatenet.texts import shown
from gatenet.unit import Unit


class Standing:
    """The questions that a stepper answers about its pass; asking changes nothing.

    A unit is given by itself, or by its name in the circuit ("loss", "u17").
    """

    circuit: Circuit
    seed: Any
    _timeline: Timeline
    _stops: Stops

    @property
    def outputs(self) -> list[Unit]:
        """The units that the pass starts from."""
        return self.circuit.ends

    @property
    def position(self) -> int:
        """How many events are done."""
        return self._timeline.position

    @property
    def forwards(self) -> int:
        """How many events the forward half has."""
        return self._timeline.forwards

    def __len__(self) -> int:
        return len(self._timeline)

    @property
    def phase(self) -> str:
        """Which half the next event belongs to: "forward", "backward", or "finished"."""
        if self.position == len(self):
            return "finished"
        return "forward" if self.position < self.forwards else "backward"

    @property
    def event(self) -> Event | None:
        """The last event done; None at the very start."""
        return self._event() if self.position else None

    @property
    def upcoming(self) -> Event | None:
        """The event that `next` would do: done and taken back at once; None at the end."""
        if self.position == len(self):
            return None
        self._timeline.forth()
        event = self._event()
        self._timeline.back()
        return event

    def gradient(self, unit: Unit | str) -> float | None:
        """What a unit has gathered in this pass so far; None where no pull has come."""
        unit = self._unit(unit)
        if self.position <= self.forwards:
            return None
        seeded = any(unit is end for end in self.outputs)
        if not seeded and not self.gathered(unit)[0]:
            return None
        gathered: float = self._timeline.adjoints[unit._serial]
        return gathered

    def gathered(self, unit: Unit | str) -> tuple[int, int]:
        """How many pulls have been made into a unit so far, and how many there are."""
        unit = self._unit(unit)
        return self._timeline.counting.gathered(unit, self.position)

    def visited(self, unit: Unit | str) -> bool:
        """Whether a unit's turn in the backward pass has been: its gradient is complete."""
        unit = self._unit(unit)
        index = self._timeline.backward_index(unit)
        return 0 < index <= self.position

    def computed(self, unit: Unit | str) -> bool:
        """Whether a unit's value stands: always, but for gates still to come when replaying."""
        unit = self._unit(unit)
        return self._timeline.forward_index(unit) <= self.position

    def explain(self, unit: Unit | str, *, most: int = 10) -> Explanation:
        """Say why a unit's gradient is what the whole pass makes it; see `gatenet.explain`.

        >>> from gatenet import Stepper
        >>> x = Unit(2.0, "x")
        >>> Stepper(x * x).explain(x).count
        2
        """
        return explain(self.circuit, self._unit(unit), seed=self.seed, most=most)

    def genealogy(self, unit: Unit | str | None = None) -> Genealogy | None:
        """Find where the first nan or infinity behind a unit, or an output, was born.

        See `gatenet.genealogy`; None where everything is finite.
        """
        for one in self.circuit.ends if unit is None else [self._unit(unit)]:
            found = genealogy(one)
            if found is not None:
                return found
        return None

    def _unit(self, unit: Unit | str) -> Unit:
        """A unit of the circuit, given by itself or by its name.

        Raises WiringError for one that is not part of it.
        """
        if isinstance(unit, str):
            return self.circuit.find(unit)
        self.circuit.index(unit)
        return unit

    def _event(self) -> Event:
        watches = self._stops.watches.values()
        return last_event(self._timeline, [watch.unit for watch in watches])

    def _label(self, unit: Unit) -> str:
        return shown(self.circuit.label(self.circuit.index(unit)))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from gatenet.viz import bundle

        return bundle(self, include, exclude)

    def __repr__(self) -> str:
        here = f"<Stepper at event {self.position} of {len(self)}, {self.phase}"
        if self.phase == "finished":
            return here + ">"
        return f"{here}: next is {self._label(self._timeline.unit(self.position + 1))}>"
