"""Scene: what a picture shows, in words, before anybody asks where it stands.

A box is a unit with the gate that made it, or a folded group of them; a wire joins two boxes.
All texts are decided here and made safe with `labels.shown`; layout asks for sizes, the
painters for texts, so every engine shows the same.  Knows circuits, foldings and overlays;
does not know coordinates or markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from gatenet.texts import count, counted

from .boxes import group_box, unit_box
from .overlay import Overlay, plain
from .parts import Box as Box
from .parts import Change as Change
from .parts import Scene as Scene
from .parts import Wire as Wire
from .scale import top_of
from .wires import wires
from .wording import Reading, said

if TYPE_CHECKING:
    from .folding import Folding


class Recorded(Protocol):
    """What can be drawn: a Circuit, or a snapshot of one."""

    @property
    def rows(self) -> Sequence[Any]:
        """Every wire in topological order."""

    @property
    def units(self) -> Sequence[Any]:
        """The unit of each row, or None."""

    @property
    def values(self) -> Sequence[float]:
        """The value of each row."""

    @property
    def outputs(self) -> Sequence[int]:
        """The rows of the outputs."""


def scene(of: Recorded, folding: Folding, overlay: Overlay | None = None) -> Scene:
    """Say what a picture of the circuit shows, its rows in boxes as `folding` has them.

    Without an overlay the gradients are those the units hold, as far as they belong here.
    """
    circuit = Reading(of.rows, of.units, of.values, of.outputs)
    overlay = plain(circuit) if overlay is None else overlay
    owner = folding.owner
    places: dict[int, int] = {}
    members: list[list[int]] = []
    for row, lead in enumerate(owner):
        if lead >= 0:
            if lead not in places:
                places[lead] = len(members)
                members.append([])
            members[places[lead]].append(row)
    outputs = frozenset(circuit.outputs)
    top = top_of(overlay.gradients.values()) if overlay.top is None else overlay.top
    leaving = outputs if len(places) == len(owner) else outputs | _leaving(circuit, owner)
    boxes = []
    for lead, some in zip(places, members, strict=True):
        group = folding.groups.get(lead)
        if group is None:
            boxes.append(unit_box(circuit, overlay, lead, top, lead in outputs))
            continue
        results = [row for row in some if row in leaving] if group.kind != "run" else some
        boxes.append(group_box(circuit, overlay, lead, group, some, results or some, top))
    alone = [lead not in folding.groups for lead in places]
    note = _note(owner, boxes)
    title, description = said(circuit, note)
    caption = (overlay.title, *overlay.sentence.split("\n")) if overlay.title else ()
    if overlay.title:
        said_first = overlay.sentence.replace("\n", " ")
        title, description = f"{overlay.title}. {title}", f"{said_first} {description}"
    return Scene(
        boxes=tuple(boxes),
        wires=tuple(wires(circuit, overlay, owner, places, alone)),
        title=title,
        description=" ".join([description.strip(), *overlay.asides]),
        note=note,
        caption=(*caption, *overlay.asides),
        top=top,
        kind=overlay.kind,
    )


def _leaving(circuit: Reading, owner: Sequence[int]) -> set[int]:
    """Return the rows that a gate in another box takes."""
    return {
        operand
        for head, row in enumerate(circuit.rows)
        for operand in row.operands
        if owner[operand] != owner[head]
    }


def _note(owner: Sequence[int], boxes: Sequence[Box]) -> str:
    """Say how much of the circuit is folded, or left out."""
    hidden = sum(box.count for box in boxes if box.count > 1)
    left_out = sum(lead < 0 for lead in owner)
    parts = [f"{count(hidden)} of {counted(len(owner), 'unit')} folded"] if hidden else []
    if left_out:
        parts.append(f"{count(left_out)} of {counted(len(owner), 'unit')} not drawn")
    return ", ".join(parts)
