"""Scene: what a picture shows, in words, before anybody asks where it stands.

A box is a unit with the gate that made it, or a folded run of them; a wire joins two boxes.
All texts are decided here and made safe with `labels.shown`; layout asks for sizes, the
painters for texts, so every engine shows the same.  Knows circuits and folding; does not know
coordinates or markup.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatenet.texts import ELLIPSIS, count, counted

from .fold import KINDS, kind
from .labels import DASH, number
from .wording import Reading, between, extent, hover_of, said, sign_of, symbol_of, wire_hover

if TYPE_CHECKING:
    from gatenet.circuit import Circuit

    from .folding import Folding


@dataclass(frozen=True, slots=True)
class Box:
    """A unit and its gate, or a folded run: `number` is the (first) row it stands for.

    `grad` is None where a gradient has no meaning (constants); `sign` is "plus", "minus",
    "zero", "broken" (not finite), "mixed" or "unvisited".
    """

    number: int
    role: str
    output: bool
    name: str
    named: bool
    value: str
    grad: str | None
    sign: str
    symbol: str
    hover: tuple[str, ...]
    count: int = 1

    @property
    def node(self) -> str:
        """The box's own name in DOT and in ids: n17 for row 17."""
        return f"n{self.number}"


@dataclass(frozen=True, slots=True)
class Wire:
    """A wire between two boxes, by their places in the scene; `count` of them where folded."""

    tail: int
    head: int
    count: int
    hover: str


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a picture shows."""

    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]
    title: str
    description: str
    note: str


def scene(of: Circuit, folding: Folding) -> Scene:
    """Say what a picture of the circuit shows, its rows in boxes as `folding` has them."""
    circuit = Reading(of.rows, of.units, of.values, of.outputs)
    owner = folding.owner
    places: dict[int, int] = {}
    members: list[list[int]] = []
    for row, lead in enumerate(owner):
        if lead < 0:
            continue
        if lead not in places:
            places[lead] = len(members)
            members.append([])
        members[places[lead]].append(row)
    outputs = frozenset(circuit.outputs)
    boxes = tuple(
        _unit_box(circuit, some[0], some[0] in outputs)
        if len(some) == 1
        else _folded_box(circuit, owner[some[0]], some, outputs)
        for some in members
    )
    wires = tuple(_wires(circuit, owner, places, members))
    hidden = sum(box.count for box in boxes if box.count > 1)
    note = f"{count(hidden)} of {counted(len(owner), 'unit')} folded" if hidden else ""
    title, description = said(circuit, note)
    return Scene(boxes, wires, title, description, note)


def _unit_box(circuit: Reading, row: int, output: bool) -> Box:
    """Describe the box of a single unit."""
    wiring, unit = circuit.rows[row], circuit.units[row]
    value = float(circuit.values[row])
    role = KINDS[kind(wiring)]
    name = circuit.label(row)
    if role == "constant":
        hover = (f"constant {value!r}",)
        return Box(row, role, output, "", False, number(value, 9), None, "zero", "", hover)
    grad = float(unit.grad) if unit is not None and unit.visited else None
    return Box(
        number=row,
        role=role,
        output=output,
        name=name,
        named=bool(wiring.name),
        value=number(value),
        grad=DASH if grad is None else number(grad),
        sign=sign_of(grad, grad),
        symbol=symbol_of(wiring),
        hover=hover_of(circuit, row, role, name, grad),
    )


def _folded_box(circuit: Reading, lead: int, rows: list[int], outputs: frozenset[int]) -> Box:
    """Describe a folded run of units by their count and the range of their numbers."""
    role = KINDS[kind(circuit.rows[lead])]
    what = counted(len(rows), "gate" if role == "inner" else role)
    within = sum(row in outputs for row in rows)
    values = extent([float(circuit.values[row]) for row in rows])
    units = [circuit.units[row] for row in rows]
    grads = extent([float(u.grad) for u in units if u is not None and u.visited])
    hover = [f"{what}, folded", "value " + between(*values)]
    if role != "constant":
        hover.append("gradient " + (between(*grads) if grads else "not visited by backward"))
    if within:
        hover.append(f"{counted(within, 'output')} among them")
    return Box(
        number=lead,
        role="folded " + role,
        output=within > 0,
        name=f"{ELLIPSIS} {what} {ELLIPSIS}",
        named=True,
        value=between(*values),
        grad=None if role == "constant" else between(*grads) if grads else DASH,
        sign=sign_of(*grads) if grads else "unvisited",
        symbol="",
        hover=tuple(hover),
        count=len(rows),
    )


def _wires(
    circuit: Reading, owner: list[int], places: dict[int, int], members: list[list[int]]
) -> list[Wire]:
    """List the wires in the order of the rows; those of a folded run are one, counted."""
    wires: list[Wire] = []
    merged: dict[tuple[int, int], list[int]] = {}
    for head, row in enumerate(circuit.rows):
        if owner[head] < 0:
            continue
        to = places[owner[head]]
        alone = len(members[to]) == 1 and row.operands
        unit = circuit.units[head] if alone else None
        partials = () if unit is None else unit.partials
        for port, operand in enumerate(row.operands):
            start = places.get(owner[operand], to)
            if start == to:
                continue
            if alone and len(members[start]) == 1:
                hover = wire_hover(circuit, operand, head, partials, port)
                wires.append(Wire(start, to, 1, hover))
            elif (start, to) in merged:
                merged[start, to][1] += 1
            else:
                merged[start, to] = [len(wires), 1]
                wires.append(Wire(start, to, 1, ""))
    for (start, to), (at, n) in merged.items():
        wires[at] = Wire(start, to, n, counted(n, "wire"))
    return wires
