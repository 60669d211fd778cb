"""Strides: many events inside folded boxes, told as one.

Knows events; does not know pictures.
"""

from __future__ import annotations

import math
from typing import Any

from gatenet.texts import count, counted

from .wording import between, extent


class Stride:
    """A run of events that no picture draws one by one.

    `pulls` keeps by operand row the last pull into each unit that is drawn: what it has
    gathered when the stride ends.
    """

    def __init__(self, first: int) -> None:
        self.first = self.last = first
        self.phase = ""
        self.seen: list[float] = []
        self.pulls: dict[int, tuple[int, Any]] = {}

    @property
    def events(self) -> int:
        """How many events it has taken in."""
        return len(self.seen)

    def add(self, event: Any) -> None:
        """Take one event in."""
        self.last, self.phase = event.index, event.phase
        number = event.after if event.phase == "forward" else event.upstream
        self.seen.append(float(number))

    def pulled(self, row: int, pulls: list[Any]) -> None:
        """Note pulls out of a folded box into units that are drawn."""
        for pull in pulls:
            self.pulls[pull.row] = (row, pull)

    def sentence(self) -> str:
        """Say what happened inside the boxes."""
        n = self.events
        span = f"Event {count(self.first)}" if n == 1 else (
            f"Events {count(self.first)} to {count(self.last)}"
        )  # fmt: skip
        forward = self.phase == "forward"
        what = counted(n, "gate") if forward else counted(n, "unit")
        did = "computed" if forward else "visited"
        tail = _range("value" if forward else "gradient", self.seen)
        arrived = f" {counted(len(self.pulls), 'unit')} outside gathered pulls." * bool(self.pulls)
        return f"{span}: {what} inside folded boxes {did}{tail}.{arrived}"


def _range(what: str, seen: list[float]) -> str:
    """Say between what the numbers lie."""
    if not seen:
        return ""
    low, high = extent(seen)
    if math.isnan(low):
        return f", a {what} among them nan"
    if low == high:
        return f", {what} {between(low, high)}"
    return f", {what}s from {between(low, low)} to {between(high, high)}"
