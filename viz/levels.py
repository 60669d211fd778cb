"""Levels: the pictures of one page, from the most folded to the most open.

Folded boxes open by showing another picture, laid out beforehand: the page needs no layout of
its own.  It has a picture of modules, of layers, of neurons and of gates, as far as they differ;
a box that no small picture opens has one of its own, with its parts and its neighbours alone,
while there are few.
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
from .folding import Folding
from .parts import Box, Scene
from .scene import scene
from .svg import rendered

if TYPE_CHECKING:
    from gatenet.circuit import Circuit

    from .tape import Tape

SMALL = 40
"""Up to how many rows a circuit is drawn in one picture, with nothing folded."""
FIRST = 60
"""The most boxes of the picture that a page opens with, where there is a choice."""
ROWS = 5000
"""Up to how many rows the page says which of them each folded box holds."""
GLANCE = 100
"""A level of at most so many boxes is shown when a box of a coarser one is opened."""
OPENED, BOXES, WORK = 40, 1500, 200_000
"""The most pictures of single opened boxes, the most boxes in them together, and the most rows
that are folded anew for them."""
DEPTHS = (1, 2, 3, 4)
"""The depths of `draw` that are tried, the most folded first."""
NAMES = {"module": "Modules", "layer": "Layers", "neurons": "Neurons", "sum": "Parts"}
"""What a level is called by the largest kind of box in it."""


class Level(NamedTuple):
    """One picture to be: name, folding and depth; whose box it opens, as (picture, lead)."""

    title: str
    folding: Folding
    depth: int
    opens: tuple[int, int] | None = None

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
        return [Level("Gates", folding(rows, max_units, outputs), DEPTHS[-1])]
    found: list[Level] = []
    for depth in DEPTHS:
        folds = folding(rows, max_units, outputs, depth=depth)
        level = Level(_named(folds), folds, depth)
        last = found[-1] if found else None
        if last is not None and last.folding.owner == level.folding.owner:
            found.pop()
        if last is None or level.boxes >= last.boxes:
            found.append(level)
    return found + _opened(circuit, max_units, found)


def _named(folds: Folding) -> str:
    """Return what a level is called."""
    kinds = {group.kind for group in folds.groups.values()}
    if not any("neuron" in group.title for group in folds.groups.values()):
        kinds = kinds - {"neurons"} | ({"sum"} if "neurons" in kinds else set())
    known = [name for kind, name in NAMES.items() if kind in kinds]
    return known[0] if known else "Overview" if kinds else "Gates"


def first(some: Sequence[Level]) -> int:
    """Choose the picture that the page opens with: the finest that can be taken in at a glance."""
    few = [at for at, level in enumerate(some) if level.boxes <= FIRST and level.opens is None]
    return max(few, key=lambda at: some[at].boxes, default=0)


def _opened(circuit: Circuit, max_units: int, some: Sequence[Level]) -> list[Level]:
    """Return a picture for each box that no small level opens, while there are few."""
    found: list[Level] = []
    spare, most = BOXES, min(OPENED, WORK // len(circuit.rows))
    for at, level in enumerate(some):
        for lead, group in level.folding.groups.items():
            if most == 0 or opener(some, at, lead) >= 0:
                continue
            opened = _inside(circuit, max_units, level, lead, group.key)
            if opened is None:
                continue
            picture = Level(f"{shown(group.title, 40)} opened", opened, level.depth, (at, lead))
            spare -= picture.boxes
            if len(found) == most or spare < 0:
                return found
            found.append(picture)
    return found


def _inside(circuit: Circuit, max_units: int, of: Level, lead: int, key: str) -> Folding | None:
    """Return the folding with one box opened, without what is not joined to its parts."""
    rows = circuit.rows
    whole = folding(rows, max_units, circuit.outputs, depth=of.depth, opened=[key])
    inside = [one == lead for one in of.folding.owner]
    kept = {whole.owner[row] for row, within in enumerate(inside) if within}
    if len(kept) < 2:
        return None
    for head, wiring in enumerate(rows):
        for operand in wiring.operands:
            if inside[head] != inside[operand]:
                kept |= {whole.owner[head], whole.owner[operand]}
    owner = [one if one in kept else -1 for one in whole.owner]
    return Folding(owner, {one: group for one, group in whole.groups.items() if one in kept})


def opener(some: Sequence[Level], at: int, lead: int) -> int:
    """Find the picture that shows what is in a folded box by its parts; -1 if none does."""
    for place, level in enumerate(some):
        if level.opens == (at, lead):
            return place
    owner = some[at].folding.owner
    rows = [row for row, one in enumerate(owner) if one == lead]
    for place, level in enumerate(some[at + 1 :], at + 1):
        small = level.opens is None and level.boxes <= GLANCE
        if small and len({level.folding.owner[row] for row in rows}) > 1:
            return place
    return -1


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
        "listed": level.opens is None,
        "folds": [
            [lead, names[lead], members[lead], opener(some, place, lead), ranges.data()]
            for lead, ranges in folds.items()
        ],
    }
