"""Stepper: a cursor over the one sweep, that goes forwards and backwards.

Nothing is printed and nothing drawn here: a move gives an Event, and an Event's repr is the
sentence.  Knows the timeline, events and stops.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gatenet.circuit import Circuit
from gatenet.declaration import Gate, registry
from gatenet.errors import RangeError, WiringError
from gatenet.stepper.events import Event
from gatenet.stepper.facts import taken_back
from gatenet.stepper.standing import Standing
from gatenet.stepper.stops import BORN, Breakpoint, Glance, Stops, Test, Watch, test_of
from gatenet.stepper.timeline import Timeline
from gatenet.texts import counted
from gatenet.unit import Unit, describe


class Stepper(Standing):
    """A pass over a circuit, one gate at a time, in both directions.

    The timeline has a forward event for each gate (its value computed again) and then a backward
    event for each unit (a gate's pulls; a leaf's total).  A new stepper stands between the
    halves, where `backward()` would begin; `forward=True` puts it before the first gate.
    Stepped to its end, whatever was taken back or looked at in between, it leaves every gradient
    equal to `backward()`'s to the bit.

    >>> x = Unit(3.0, "x")
    >>> y = (x * x).log()
    >>> stepper = Stepper(y)
    >>> stepper.next()
    u2 = log(u1): upstream 1 (the seed). To u1: 1 × 0.111111 = 0.111111, gathered 0 → 0.111111
    (pull 1 of 1).
    >>> stepper.finish()
    x is an input: its 2 pulls brought 0.666667. x.grad 0 → 0.666667.
    >>> stepper.goto(3); x.grad
    u2 = log(u1): ...
    0.0
    >>> stepper
    <Stepper at event 3 of 5, backward: next is u1>

    `outputs` is a unit, a list of units or a Circuit, `seed` as in `backward`.

    Raises StaleCircuitError when a value is older than a write to something it depends on, unless
    `forward=True` (the forward half computes it), WiringError for a detached output.
    """

    def __init__(
        self,
        outputs: Unit | Sequence[Unit] | Circuit,
        seed: Any = 1.0,
        *,
        forward: bool = False,
    ) -> None:
        self.circuit = outputs if isinstance(outputs, Circuit) else Circuit(outputs)
        self.seed = seed
        self._timeline = Timeline(self.circuit, seed)
        self._stops = Stops()
        #: The breakpoint or watch that the last move stopped at; None if it came to its end.
        self.stop: Breakpoint | Watch | None = None
        if forward:
            while self._timeline.position:
                self._timeline.back()
        else:
            self._timeline.check()
        self.start = self._timeline.position

    # Moves.

    def next(self, n: int = 1) -> Event:
        """Do the next event, or the next n; give the last.

        Raises RangeError at the end, StaleCircuitError when a value was changed in mid-pass.
        """
        self._room(n, len(self) - self.position, "after")
        for _ in range(n):
            self._timeline.forth()
        return self._arrived()

    def back(self, n: int = 1) -> Event:
        """Take the last event back, or the last n, to the bit; give the last one taken back.

        Raises RangeError at the start, WiringError when a gradient was changed by somebody else.
        """
        self._room(n, self.position, "before")
        self.stop = None
        for _ in range(n - 1):
            self._timeline.back()
        event = self._event()
        self._timeline.back()
        return taken_back(event)

    def goto(self, index: int) -> Event | None:
        """Go to where `index` events are done, in either direction; give the last of them.

        Raises RangeError for a number that is none of them.
        """
        if not isinstance(index, int) or not 0 <= index <= len(self):
            raise RangeError(
                f"there is no event {index!r}: they are numbered from 1 to {len(self)}, and 0 is "
                "before the first",
                index=index,
            )
        while self.position > index:
            self._timeline.back()
        while self.position < index:
            self._timeline.forth()
        self.stop = None
        return self.event

    def reset(self) -> None:
        """Go back to where this stepper began; every gradient is what it was then."""
        self.goto(self.start)

    def finish(self) -> Event:
        """Do all that is left, past every stop, at the sweep's own speed; give the last event.

        Raises RangeError at the end.
        """
        self._room(1, len(self) - self.position, "after")
        self._timeline.run()
        return self._arrived()

    def until(self, target: Unit | Gate | Test | str) -> Event:
        """Go on until the next event of a unit or of a gate kind, or one that a function accepts.

        After a unit's event its gradient is complete.  A breakpoint on the way stops as well;
        without any it goes to the end.

        Raises RangeError when a unit's turn is over, WiringError when it is not in the circuit.
        """
        target = self._place(target)
        if isinstance(target, Unit):
            turns = (self._timeline.forward_index(target), self._timeline.backward_index(target))
            if max(turns) <= self.position:
                raise RangeError(
                    f"the turn of {describe(target)} is over: it was event {max(turns)}, and "
                    f"{self.position} are done. goto({max(turns)}) or back() leads there",
                    unit=target,
                )
        _, test, glance = test_of(target, None, self._label)
        return self._travel(test, glance)

    def resume(self) -> Event:
        """Go on to the next breakpoint or watched change, else to the end; `.stop` says which.

        Raises RangeError at the end.
        """
        return self._travel()

    def rewind(self) -> Event | None:
        """Go back to the previous breakpoint or watched change, else to the start.

        Gives the event it stands after; None before the first.

        Raises RangeError at the start.
        """
        self._room(1, self.position, "before")
        goal = self.start if self.position > self.start else 0
        self.stop = None
        while self.position > goal:
            self._timeline.back()
            if self.position > goal:
                event = self._event()
                self.stop = self._stops.met(event)
                if self.stop is not None:
                    return event
        return self.event

    def __iter__(self) -> Iterator[Event]:
        while self.position < len(self):
            yield self.next()

    # Stops.

    @property
    def breakpoints(self) -> dict[int, Breakpoint]:
        """The breakpoints by number."""
        return self._stops.breakpoints

    @property
    def watches(self) -> dict[int, Watch]:
        """The watches by number."""
        return self._stops.watches

    def break_at(
        self,
        where: Unit | Gate | str | Test | None = None,
        *,
        above: float | None = None,
        temporary: bool = False,
    ) -> Breakpoint:
        """Stop after the events of a unit or a gate kind, where a condition holds, or ...

        ... where a "nan", an "inf" or either ("nonfinite") is born, or where the size of a
        gradient comes to exceed `above`.  Other words are names of units, or of gates.  `resume`,
        `rewind` and `until` stop there.

        >>> from gatenet import relu
        >>> stepper = Stepper(Unit(2.0, "x").relu().exp())
        >>> stepper.break_at(relu)
        <breakpoint 1: at a gate relu>
        >>> stepper.resume().name, stepper.stop.number
        ('u1', 1)

        Raises WiringError for an unknown name, OperandError for what cannot be a place.
        """
        return self._stops.add(self._place(where), above, temporary, self._label)

    def clear(self, number: int | None = None) -> None:
        """Remove a breakpoint by its number, or all of them.

        Raises RangeError for a number that is none of theirs.
        """
        self._stops.clear(number)

    def watch(self, unit: Unit | str) -> Watch:
        """Report each change of a unit's value or gradient in `event.changes`, and stop there."""
        unit = self._unit(unit)
        return self._stops.watch(unit, self._label(unit))

    def unwatch(self, unit: Unit | str) -> None:
        """Watch a unit no more.

        Raises WiringError when it was not watched.
        """
        self._stops.unwatch(self._unit(unit))

    # How the moves are made.

    def _place(self, where: Any) -> Any:
        """A place to stop at, with a name looked up: a unit's first, then a gate's."""
        if isinstance(where, Unit):
            return self._unit(where)
        if not isinstance(where, str) or where in BORN:
            return where
        try:
            return self.circuit.find(where)
        except WiringError as error:
            if where in registry():
                return registry()[where]
            words = ", ".join(map(repr, BORN))
            raise WiringError(f"{error}. Or name a gate, or one of {words}", name=where) from None

    def _arrived(self) -> Event:
        self.stop = None
        return self._event()

    def _travel(self, test: Test | None = None, glance: Glance | None = None) -> Event:
        """Go on to the first event that a test accepts or that is a stop, else to the end."""
        self._room(1, len(self) - self.position, "after")
        self.stop = None
        if test is None and not self._stops:
            self._timeline.run()
            return self._event()
        sums = self._timeline.adjoints
        for index in range(self.position + 1, len(self) + 1):
            self._timeline.forth()
            unit = self._timeline.unit(index)
            wanted = glance is not None and glance(unit, sums)
            if index == len(self) or wanted or self._stops.glance(unit, sums):
                event = self._event()
                self.stop = self._stops.met(event)
                if self.stop is not None or (test is not None and test(event)):
                    break
        return event

    def _room(self, n: int, left: int, side: str) -> None:
        """Refuse a move that would leave the timeline."""
        if not isinstance(n, int) or n < 1:
            raise RangeError(f"a move of {n!r} events: it is a whole number from 1", n=n)
        if n > left:
            what = "no event" if not left else f"only {counted(left, 'event')}"
            raise RangeError(
                f"there is {what} {side} this one, which is event {self.position} of {len(self)}: "
                "goto(k), back() and reset() lead elsewhere",
                n=n,
            )
