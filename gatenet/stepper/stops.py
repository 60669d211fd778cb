"""Stops: breakpoints and watches, and whether an event is one.

A stop looks at a finished event and says yes or no, in either direction of travel.  Knows
events; does not move anything.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gatenet.declaration import Gate
from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.real import number
from gatenet.stepper.events import Event
from gatenet.texts import figure
from gatenet.unit import Unit, describe

Test = Callable[[Event], bool]
Glance = Callable[[Unit, Mapping[Any, float]], bool]
"""Whether an event of this unit, which left these sums, can be a stop at all."""

BORN: dict[str, Callable[[float], bool]] = {
    "nan": math.isnan,
    "inf": math.isinf,
    "nonfinite": lambda x: not math.isfinite(x),
}
"""The words that stand for a number that was not there before."""


@dataclass(eq=False)
class Breakpoint:
    """Where to stop: at a unit, a gate kind, a condition, a number that is not finite, a bound.

    `ignore` is how many more times to pass by; `hits` how often it was met; `condition` a
    further test of the event; a `temporary` one is cleared when it stops.
    """

    number: int
    text: str
    test: Test
    glance: Glance = field(repr=False)
    temporary: bool = False
    enabled: bool = True
    ignore: int = 0
    hits: int = 0
    condition: Test | None = None

    def stops(self, event: Event) -> bool:
        """Whether to stop after this event; counts the meeting."""
        if not self.enabled or not self.test(event):
            return False
        if self.condition is not None and not self.condition(event):
            return False
        self.hits += 1
        if self.ignore:
            self.ignore -= 1
            return False
        return True

    def __repr__(self) -> str:
        kind = "temporary breakpoint" if self.temporary else "breakpoint"
        off = "" if self.enabled else ", disabled"
        met = f", met {self.hits} time{'' if self.hits == 1 else 's'}" if self.hits else ""
        return f"<{kind} {self.number}: {self.text}{met}{off}>"


@dataclass(eq=False)
class Watch:
    """A unit whose value and gradient are watched: an event that changes one is a stop."""

    number: int
    unit: Unit
    name: str

    def __repr__(self) -> str:
        return f"<watch {self.number}: {self.name}>"


class Stops:
    """The breakpoints and watches of one stepper, numbered together in the order they came."""

    def __init__(self) -> None:
        self.breakpoints: dict[int, Breakpoint] = {}
        self.watches: dict[int, Watch] = {}
        self._numbers = itertools.count(1)

    def __bool__(self) -> bool:
        return bool(self.breakpoints or self.watches)

    def add(
        self, where: Any, above: float | None, temporary: bool, label: Callable[[Unit], str]
    ) -> Breakpoint:
        """Make a breakpoint."""
        text, test, glance = test_of(where, above, label)
        made = Breakpoint(next(self._numbers), text, test, glance, temporary)
        self.breakpoints[made.number] = made
        return made

    def clear(self, number: int | None) -> None:
        """Remove one breakpoint or all.

        Raises RangeError for a number that is none of theirs.
        """
        if number is None:
            self.breakpoints.clear()
        elif self.breakpoints.pop(number, None) is None:
            known = ", ".join(map(str, self.breakpoints)) or "none"
            raise RangeError(
                f"there is no breakpoint {number!r}: there are: {known}", number=number
            )

    def watch(self, unit: Unit, name: str) -> Watch:
        """Watch a unit, once."""
        for watch in self.watches.values():
            if watch.unit is unit:
                return watch
        made = Watch(next(self._numbers), unit, name)
        self.watches[made.number] = made
        return made

    def unwatch(self, unit: Unit) -> None:
        """Watch a unit no more.

        Raises WiringError when it was not watched.
        """
        for key, watch in self.watches.items():
            if watch.unit is unit:
                del self.watches[key]
                return
        raise WiringError(f"{describe(unit)} is not watched", unit=unit)

    def glance(self, unit: Unit, sums: Mapping[Any, float]) -> bool:
        """Whether any stop could be met by an event of this unit; asked before there is one."""
        if self.watches:
            return True
        return any(one.enabled and one.glance(unit, sums) for one in self.breakpoints.values())

    def met(self, event: Event) -> Breakpoint | Watch | None:
        """The first stop that an event meets; every breakpoint counts its own meetings."""
        found: Breakpoint | Watch | None = None
        for breakpoint in list(self.breakpoints.values()):
            if breakpoint.stops(event):
                found = found or breakpoint
                if breakpoint.temporary:
                    del self.breakpoints[breakpoint.number]
        if found is None and event.changes:
            changed = {change.name for change in event.changes}
            found = next((w for w in self.watches.values() if w.name in changed), None)
        return found


def test_of(
    where: Any, above: float | None, label: Callable[[Unit], str]
) -> tuple[str, Test, Glance]:
    """The words of a breakpoint, its test, and a glance that says where the test is worth it.

    Raises OperandError for something that cannot be a place.
    """
    if above is not None:
        bound = number(above)
        text = f"|gradient| > {figure(bound)}"
        if where is None:
            return (
                text,
                lambda event: exceeds(event, bound),
                lambda unit, sums: any(abs(sum_) > bound for sum_ in _touched(unit, sums)),
            )
        words, test, glance = test_of(where, None, label)
        return f"{words}, {text}", lambda event: test(event) and exceeds(event, bound), glance
    if where is None:
        raise OperandError("a breakpoint needs a place: a unit, a gate, a condition, or above=")
    if isinstance(where, Unit):
        return (
            f"at {label(where)}",
            lambda event: event.unit is where,
            lambda unit, _: unit is where,
        )
    if isinstance(where, Gate):
        base = where.base
        return (
            f"at a gate {where.name}",
            lambda event: event.gate is base,
            lambda unit, _: unit.gate is base,
        )
    if isinstance(where, str) and where in BORN:
        born = BORN[where]
        what = "a number that is not finite" if where == "nonfinite" else where
        return (
            f"{what} is born",
            lambda event: any(born(now) and not born(was) for was, now in written(event)),
            lambda unit, sums: any(map(born, [unit.value, unit.grad, *_touched(unit, sums)])),
        )
    if callable(where):
        return f"if {getattr(where, '__name__', 'condition')}", where, lambda unit, sums: True
    raise OperandError(
        f"a breakpoint at {where!r}: give a unit, a gate such as gatenet.relu, a function of the "
        f"event, one of {', '.join(map(repr, BORN))}, or above=",
        where=where,
    )


def _touched(unit: Unit, sums: Mapping[Any, float]) -> list[float]:
    """What a unit and its operands have gathered."""
    found = [unit, *[op for op in unit.inputs if isinstance(op, Unit)]]
    return [sums[one._serial] for one in found if one._serial in sums]


def written(event: Event) -> list[tuple[float, float]]:
    """What an event read and what it wrote from it: (read, written) pairs.

    A number is born where it is written and was not read.
    """
    if event.phase == "forward":
        read = [op.value if isinstance(op, Unit) else op for op in event.unit.inputs]
        worst = next((x for x in read if not math.isfinite(x)), 0.0)
        return [(worst, float(event.after or 0.0))]
    upstream = float(event.upstream or 0.0)
    if event.gate is None:
        return [(upstream, float(event.after or 0.0))] if event.unit.requires_grad else []
    return [(upstream, pull.pull) for pull in event.pulls] + [
        (pull.pull if not math.isfinite(pull.pull) else pull.before, pull.after)
        for pull in event.pulls
    ]


def exceeds(event: Event, bound: float) -> bool:
    """Whether a gradient came to exceed a bound here, in size."""
    if event.phase == "forward":
        return False
    if event.is_output and abs(event.upstream or 0.0) > bound:
        return True
    return any(abs(pull.after) > bound >= abs(pull.before) for pull in event.pulls)
