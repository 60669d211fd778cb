"""Moment: the overlay of a single event, from the event alone, whatever has happened since.

Knows events; does not know steppers or boxes.
"""

from __future__ import annotations

from typing import Any

from gatenet.texts import counted, shown

from .overlay import LONGEST, Overlay, pulled


def moment(event: Any) -> Overlay:
    """Return what a picture of one event shows: the gate at work, and what its operands got."""
    forward = event.phase == "forward"
    gradients: dict[int, float | None] = {}
    notes = {event.row: "at work"}
    states = {event.row: "working"}
    if not forward:
        gradients[event.row] = event.upstream
        for pull in event.pulls:
            gradients[pull.row] = float(pull.after)
            states[pull.row] = "partial"
            notes[pull.row] = f"{pull.path} of {counted(pull.paths, 'pull')}"
    return Overlay(
        gradients=gradients,
        states=states,
        notes=notes,
        pulls=pulled(event),
        working=event.row,
        sentence=shown(event.sentence, LONGEST),
        title=f"Event {event.index:,}, {event.phase}" + (", taken back" if event.undone else ""),
        kind=event.phase,
    )
