"""Facts: what the last event of a timeline did, read from the timeline.

Knows timelines, events and watches; does not move anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from gatenet.stepper.events import Change, Event, same
from gatenet.stepper.timeline import Timeline
from gatenet.texts import shown
from gatenet.unit import Unit


def last_event(timeline: Timeline, watched: Iterable[Unit] = ()) -> Event:
    """The last event that was done, with the changes of the watched units."""
    index = timeline.position
    unit = timeline.unit(index)
    if index <= timeline.forwards:
        event = Event(
            timeline.circuit, timeline.counting, index, "forward", unit,
            before=timeline.replaced(), after=unit._value,
        )  # fmt: skip
    else:
        event = _backward(timeline, index, unit)
    changes = [change for one in watched for change in _changes(event, one)]
    return replace(event, changes=tuple(changes)) if changes else event


def taken_back(event: Event) -> Event:
    """The same event, as one that was taken back: changes run the other way."""
    changes = tuple(replace(one, before=one.after, after=one.before) for one in event.changes)
    return replace(event, undone=True, changes=changes)


def _backward(timeline: Timeline, index: int, unit: Unit) -> Event:
    grad, gathered = timeline.overwrote()
    upstream = timeline.adjoints[unit._serial]
    gate: Any = unit._gate
    if unit._a is None:
        return Event(
            timeline.circuit, timeline.counting, index, "backward", unit,
            upstream, before=0.0 if grad is None else grad, after=unit.grad,
        )  # fmt: skip
    afterwards: dict[int, float] | None = None
    if gate.opaque:  # such a gate may add in an order of its own, or later
        afterwards = {key: timeline.adjoints[key] for key in gathered if type(key) is int}
    return Event(
        timeline.circuit, timeline.counting, index, "backward", unit,
        upstream, partials=unit.partials, gathered=gathered, afterwards=afterwards,
    )  # fmt: skip


def _changes(event: Event, unit: Unit) -> list[Change]:
    """What an event changed of a unit: its value, what it has gathered, or a leaf's `.grad`."""
    name = shown(event.circuit.label(event.circuit.index(unit)))
    changes = []
    if event.unit is unit and event.before is not None and event.after is not None:
        if not same(event.before, event.after):
            what = "value" if event.phase == "forward" else ".grad"
            changes.append(Change(name, what, event.before, event.after))
    elif event.unit is unit and event.is_output and not event.paths:
        changes.append(Change(name, "gradient", None, event.upstream))
    pulls = [pull for pull in event.pulls if pull.unit is unit]
    if pulls:
        first, last = pulls[0], pulls[-1]
        fresh = first.path == 1 and not any(unit is end for end in event.circuit.ends)
        if fresh or not same(first.before, last.after):
            changes.append(Change(name, "gradient", None if fresh else first.before, last.after))
    return changes
