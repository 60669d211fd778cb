"""Levels: the pictures of one page, from the most folded to the most open.

Folded boxes open by showing another picture, laid out beforehand: the page needs no layout of
its own.  It has a picture of modules, of layers, of neurons and of gates, as far as each fits
and differs, and for boxes that none of them opens one picture each, while there are few.
Every picture is laid out for the longest texts of the whole pass, so that nothing moves or
overlaps while it plays.  Knows folding, scenes and tapes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from gatenet.texts import count, shown

from .fold import folding
from .parts import Box, Scene
from .scene import scene
from .svg import rendered

if TYPE_CHECKING:
    from gatenet.circuit import Circuit

    from .folding import Folding
    from .tape import Tape

SMALL = 40
"""Up to how many rows a circuit is drawn in one picture, with nothing folded."""
FIRST = 60
"""The most boxes of the picture that a page opens with, where there is a choice."""
ROWS = 5000
"""Up to how many rows the page says which of them each folded box holds."""
OPENED, BOXES = 24, 2000
"""The most pictures of single opened boxes, and the most boxes in them together."""
NAMES = {1: "Modules", 2: "Layers", 3: "Neurons", 4: "Gates"}
"""What the levels are called, by depth."""


class Level(NamedTuple):
    """One picture to be: what it is called and what it folds."""

    title: str
    folding: Folding

    @property
    def boxes(self) -> int:
        """How many boxes it has."""
        return len(set(self.folding.owner) - {-1})


class Pictured(NamedTuple):
    """One picture: its SVG, what it says of itself, and what the page must know of it."""

    svg: str
    said: str
    data: dict[str, Any]


def levels(circuit: Circuit, max_units: int) -> list[Level]:
    """Choose the pictures of a page."""
    rows, outputs = circuit.rows, circuit.outputs
    if len(rows) <= min(SMALL, max_units):
        return [Level("Gates", folding(rows, max_units, outputs))]
    found: list[Level] = []
    for depth, name in NAMES.items():
        level = Level(name, folding(rows, max_units, outputs, depth=depth))
        last = found[-1] if found else None
        if last is not None and last.folding.owner == level.folding.owner:
            found.pop()
        if last is None or level.boxes >= last.boxes:
            found.append(level)
    return found + _opened(circuit, max_units, found)


def first(some: Sequence[Level]) -> int:
    """Choose the picture that the page opens with: the finest that can be taken in at a glance."""
    few = [place for place, level in enumerate(some) if level.boxes <= FIRST and level.title]
    return max(few, key=lambda place: some[place].boxes, default=0)


def _opened(circuit: Circuit, max_units: int, some: Sequence[Level]) -> list[Level]:
    """Return a picture for each box that stays folded in the finest one, while there are few."""
    finest, room = some[-1].folding, BOXES
    found: list[Level] = []
    for group in list(finest.groups.values())[:OPENED]:
        level = Level(
            f"{shown(group.title, 40)} opened",
            folding(circuit.rows, max_units, circuit.outputs, opened=[group.key]),
        )
        room -= level.boxes
        if room < 0:
            break
        if level.folding.owner != finest.owner:
            found.append(level)
    return found


def pictured(circuit: Circuit, some: Sequence[Level], tape: Tape, engine: str) -> list[Pictured]:
    """Draw every level, with room for the longest texts of the pass."""
    found = []
    for place, level in enumerate(some):
        shown_ = scene(circuit, level.folding)
        boxes = tuple(_roomy(box, tape, place) for box in shown_.boxes)
        roomy = replace(shown_, boxes=boxes, kind="backward")  # a step: wires leave room for pulls
        svg, _, _ = rendered(roomy, engine)
        data = _data(some, shown_, tape, place)
        name = re.search(r'\bid="(\w+)"', svg)
        assert name is not None
        # Two pictures that look the same would have one id.
        data["id"] = f"p{place}{name[1]}"
        found.append(Pictured(svg.replace(name[1], data["id"]), shown_.title, data))
    return found


def _roomy(box: Box, tape: Tape, place: int) -> Box:
    """Give a box the longest texts it will show."""
    box = replace(box, note="", strength=0)
    if box.grad is None:
        return box
    ranges = tape.folds[place].get(box.number)
    if ranges is None:
        return replace(box, grad=tape.widest.get(box.number, box.grad), sign="plus")
    value, grad = ranges.widest
    return replace(box, value=value or box.value, grad=grad or box.grad, sign="plus")


def _data(some: Sequence[Level], shown_: Scene, tape: Tape, place: int) -> dict[str, Any]:
    """Say what the page must know of a picture."""
    level, folds = some[place], tape.folds[place]
    members: dict[int, list[int]] = {lead: [] for lead in folds}
    if len(level.folding.owner) <= ROWS:
        for row, lead in enumerate(level.folding.owner):
            if lead in members:
                members[lead].append(row)
    names = {box.number: box.name for box in shown_.boxes}
    return {
        "title": f"{level.title}, {count(level.boxes)} boxes",
        "folds": [
            [lead, names[lead], members[lead], _opens(some, place, lead), ranges.data()]
            for lead, ranges in folds.items()
        ],
    }


def _opens(some: Sequence[Level], place: int, lead: int) -> int:
    """Find the picture that shows what is in a folded box by its parts; -1 if none does."""
    owner = some[place].folding.owner
    rows = [row for row, one in enumerate(owner) if one == lead]
    best, fewest = -1, 0
    for at, level in enumerate(some):
        other = level.folding.owner
        parts = {other[row] for row in rows}
        finer = len(parts) > 1 and (fewest == 0 or level.boxes < fewest)
        if at != place and finer and level.boxes > some[place].boxes:
            best, fewest = at, level.boxes
    return best
