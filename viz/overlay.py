"""Overlay: what a picture shows of a pass, laid over what its circuit is.

A circuit says how it is wired; an overlay says which numbers stand on the wires, what has been
visited and what is at work.  `plain` reads it off the units, `overlay_of` off a stepper; a
comparison has the overlay before inside the overlay after.  Knows rows and numbers; does not
know boxes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from gatenet.texts import counted, shown

from .held import ELSEWHERE, held
from .labels import number
from .scale import sign_of
from .wording import Reading

T = TypeVar("T")
LONGEST = 2000
"""The most characters of a sentence that are ever written."""


class Pulled(NamedTuple):
    """A pull of the current step: its text beside the wire, its sign and a line about it."""

    text: str
    sign: str
    hover: str


@dataclass(frozen=True, slots=True)
class Overlay:
    """What to show of each row, by row number.

    `gradients` has what to show as gradient (None or absent: a dash) and `values` the values
    that are not the circuit's own (None: a dash).  `states` are "working", "done", "partial" or
    "pending"; `notes` stand beside the name; `remarks` are further lines of hover text.
    `pulls` are those of the current step by (operand row, row, port).  `sentence` says what
    happens, `title` what the picture is of, `kind` is "circuit", "forward", "backward" or
    "comparison".  `top` is the decade that the strengths of gradients begin at, unless the
    picture's own largest says it.  `before` is what a comparison compares with, `names` what
    the two are called, and `tops` the decades of the largest changes of value and gradient.
    `memory` keeps boxes and wires from one picture of a series to the next.  `asides` are what
    the picture has to say about itself, a sentence each.
    """

    gradients: Mapping[int, float | None]
    values: Mapping[int, float | None] = field(default_factory=dict)
    states: Mapping[int, str] = field(default_factory=dict)
    notes: Mapping[int, str] = field(default_factory=dict)
    remarks: Mapping[int, str] = field(default_factory=dict)
    pulls: Mapping[tuple[int, int, int], Pulled] = field(default_factory=dict)
    working: int = -1
    sentence: str = ""
    title: str = ""
    kind: str = "circuit"
    before: Overlay | None = None
    names: tuple[str, str] = ("before", "after")
    top: int | None = None
    tops: tuple[int, int] = (0, 0)
    memory: dict[Any, Any] | None = None
    asides: tuple[str, ...] = ()

    def value(self, circuit: Reading, row: int) -> float | None:
        """Return the value to show for a row; None for a dash."""
        found = self.values.get(row, circuit.values[row])
        return None if found is None else float(found)

    def once(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        """Make a part of a picture, or remember the one that was made for the same numbers."""
        if self.memory is None:
            return make()
        if key not in self.memory:
            self.memory[key] = make()
        found: T = self.memory[key]
        return found


def plain(circuit: Reading) -> Overlay:
    """Return the overlay of what the units hold, as far as it belongs to this circuit."""
    found = held(circuit)
    return Overlay(
        gradients=dict(enumerate(found.gradients)),
        notes=dict.fromkeys(found.elsewhere, ELSEWHERE),
        remarks=found.remarks,
    )


def overlay_of(
    stepper: Any, top: int | None = None, memory: dict[Any, Any] | None = None
) -> Overlay:
    """Return the overlay of a stepper where it stands; the stepper is not moved.

    `top` fixes the decade that strengths begin at, so that all pictures of a pass share it, and
    `memory` spares the making of what did not change from one to the next.
    """
    event = stepper.event
    forward = event is None or event.phase == "forward"
    gradients: dict[int, float | None] = {}
    values: dict[int, float | None] = {}
    states: dict[int, str] = {}
    notes: dict[int, str] = {}
    for row, unit in enumerate(stepper.circuit.units):
        if unit is None:
            continue
        if forward:
            states[row] = "done" if stepper.computed(unit) else "pending"
            if states[row] == "pending":
                values[row] = None
            continue
        gradients[row] = stepper.gradient(unit)
        states[row], note = _gathered(stepper, unit, gradients[row])
        if note:
            notes[row] = note
    remarks: dict[int, str] = {}
    if event is not None:
        states[event.row] = "working"
        notes[event.row] = "at work"
    return Overlay(
        gradients=gradients,
        values=values,
        states=states,
        notes=notes,
        remarks=remarks,
        pulls=pulled(event),
        working=-1 if event is None else event.row,
        sentence="" if event is None else shown(event.sentence, LONGEST),
        title=_title(stepper),
        kind="forward" if forward else "backward",
        top=top,
        memory=memory,
    )


def pulled(event: Any) -> dict[tuple[int, int, int], Pulled]:
    """Return the pulls that an event made."""
    found = {}
    for pull in () if event is None or event.phase == "forward" else event.pulls:
        size = float(pull.pull)
        text = "no pull" if pull.blocked else number(size)
        sign = "zero" if pull.blocked else sign_of(size, size)
        said = f"pull {pull.path} of {pull.paths} into {shown(str(pull.name), 40)}"
        found[pull.row, event.row, pull.port] = Pulled(text, sign, said)
    return found


def _gathered(stepper: Any, unit: Any, gradient: float | None) -> tuple[str, str]:
    """Return the state of a unit in the backward half, and the note beside its name."""
    if stepper.visited(unit):
        return "done", ""
    pulls, there_are = stepper.gathered(unit)
    if pulls:
        return "partial", f"{pulls} of {counted(there_are, 'pull')}"
    return ("pending", "") if gradient is None else ("partial", "seed")


def _title(stepper: Any) -> str:
    """Say where a stepper stands."""
    of = f"of {len(stepper):,}"
    if not stepper.position:
        return f"Before event 1 {of}"
    return f"Event {stepper.position:,} {of}, {stepper.event.phase}"
