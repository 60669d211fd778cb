"""Drawing: `draw`, the one call that makes a picture of a circuit.

>>> from gatenet import Unit
>>> from gatenet.viz import draw
>>> a, b = Unit(2.0, "a"), Unit(-3.0, "b")
>>> draw(a * b, engine="builtin")
<Drawing: 3 boxes, 2 wires, engine 'builtin'>
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatenet.errors import RangeError
from gatenet.texts import counted

from .around import cut_wires, near, part
from .asides import on_folding, staleness
from .dot import source
from .fold import DEPTHS, folding
from .folding import Folding
from .overlay import Overlay, overlay_of, plain
from .picture import Picture, wrong_ending
from .programs import Laid
from .scene import Scene, scene
from .subject import PLACEHOLDER, Subject, subject
from .svg import rendered
from .titles import MODEL
from .wording import Reading

if TYPE_CHECKING:
    from gatenet.circuit import Circuit
    from gatenet.compiler.program import Program
    from gatenet.nn.module import Module
    from gatenet.stepper import Stepper
    from gatenet.unit import Unit

LARGEST = 500
"""`max_units` unless it is given."""
READABLE = 150
"""The most boxes where nothing is asked for: about what a page shows and an eye can follow."""
FEWEST = 4
"""The least `max_units`: a circuit folded as far as it goes has a box per role."""


class Drawing(Picture):
    """A drawn circuit.

    `.svg` is the picture, `.source` its DOT text, `.engine` the engine that laid it out and
    `.reason` why it was not another ("" if nothing was missing); `.scene` is what it shows.
    """

    endings = (".svg", ".dot", ".gv")

    def __init__(self, scene: Scene, engine: str = "auto") -> None:
        self.scene = scene
        svg, self.engine, self.reason = rendered(scene, engine)
        super().__init__(svg)

    @cached_property
    def source(self) -> str:
        """The DOT text of the picture, for Graphviz and for comparing: byte-stable."""
        return source(self.scene)

    def written(self, ending: str) -> str | None:
        """Return SVG for .svg and DOT for .dot and .gv."""
        return self.source if ending in (".dot", ".gv") else super().written(ending)

    def __repr__(self) -> str:
        boxes, wires = len(self.scene.boxes), len(self.scene.wires)
        return f"<Drawing: {boxes} boxes, {wires} wires, engine {self.engine!r}>"


def draw(
    what: Unit | Sequence[Unit] | Circuit | Stepper | Module | Program,
    path: str | os.PathLike[str] | None = None,
    *,
    engine: str = "auto",
    max_units: int | None = None,
    depth: int | None = None,
    around: Unit | str | None = None,
    radius: int = 3,
    open: str | Unit | Sequence[str | Unit] = (),
    names: Module | Mapping[str, Any] | None = None,
) -> Drawing:
    """Draw the circuit that ends in a unit or units, and save it where a path is given.

    Each unit is shown with its name, value and gradient, each gate with its symbol; a unit
    that backward has not visited shows a dash for its gradient.  A stepper is drawn where it
    stands; a model by one forward pass on placeholders of 1; a compiled program by its operations,
    without values.  `engine` is "auto" (the `dot`
    program where it is found, else pygraphviz, else the built-in layout), or one of them by
    name; one that is missing, fails or takes too long is replaced by the built-in layout, and
    the picture says so.

    Past `max_units` boxes the circuit is folded: sums into Σ, then into neurons, layers and
    modules, as far as it must.  That is past 500 with `depth` or `around`, and past 150, which
    is about what can be read, where neither these nor `max_units` are given; the picture then
    says how to have every gate.  `depth` chooses: 1 draws modules, 2 layers, 3 neurons, 4 gates.
    `open` names folded boxes to draw by their parts, by title or by the key that the hover text
    shows, or units to draw for themselves.  `around` draws what is within `radius` gates above
    and below a unit.  `names` gives labels that the units do not have: a model's parameters, or
    a mapping from names to units, models and lists of them; the units are not changed.

    Values that are older than a write to something they depend on are drawn, and the picture
    says so: `Circuit(unit).forward()` replays them.

    Raises:
        RangeError: if `engine` or `depth` is unknown, `max_units` less than 4, `radius` less
            than 0.
        WiringError: if `around` or `open` is not in the circuit, or a model's number of inputs
            is not known.
        FormatError: if the ending of `path` is none of .svg, .dot and .gv.

    >>> from gatenet.nn import MLP
    >>> draw(MLP(2, [16, 16, 1], rng=0), depth=2, engine="builtin")
    <Drawing: 5 boxes, 4 wires, engine 'builtin'>
    """
    _check(LARGEST if max_units is None else max_units, depth, radius)
    if path is not None and Path(path).suffix.lower() not in Drawing.endings:
        raise wrong_ending(path, Drawing.endings)
    of = subject(what, names)
    opened: list[Any] = (
        [open] if not isinstance(open, Sequence) or isinstance(open, str) else [*open]
    )
    free = max_units is None and depth is None and around is None
    readable = free and len(of.circuit.rows) > READABLE
    most = READABLE if readable else LARGEST if max_units is None else max_units
    folds = _folds(of, most, depth, around, radius, opened)
    idle = bool(opened) and not folds.groups
    idle = idle and not _folds(of, most, depth, around, radius, []).groups
    readable = readable and len(of.circuit.rows) <= LARGEST
    asides = on_folding(folds, most, depth, readable=readable, idle=idle)
    drawing = Drawing(scene(of.circuit, folds, _overlay(of, folds, asides)), engine)
    if path is not None:
        drawing.save(path)
    return drawing


def _check(max_units: Any, depth: Any, radius: Any) -> None:
    """Refuse numbers that mean nothing."""
    if not _whole(max_units) or max_units < FEWEST:
        raise RangeError(
            f"max_units got {max_units!r}; it is how many boxes a picture may have, "
            f"a whole number from {FEWEST}",
            max_units=max_units,
        )
    if depth is not None and (not _whole(depth) or depth not in DEPTHS):
        raise RangeError(
            f"depth got {depth!r}; it is 1 for modules, 2 for layers, 3 for neurons, 4 for gates, "
            "or None for the finest that fits",
            depth=depth,
        )
    if not _whole(radius) or radius < 0:
        raise RangeError(
            f"radius got {radius!r}; it is how many gates away from `around` is drawn, "
            "a whole number from 0",
            radius=radius,
        )


def _whole(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _folds(
    of: Subject, max_units: int, depth: int | None, around: Any, radius: int, opened: list[Any]
) -> Folding:
    """Say which rows share a box, and which are not drawn."""
    rows, outputs, model = of.circuit.rows, of.circuit.outputs, of.model or MODEL
    units = {i: of.row(one, "open") for i, one in enumerate(opened) if not isinstance(one, str)}
    some = [units.get(i, one) for i, one in enumerate(opened)]
    if around is None:
        return folding(rows, max_units, outputs, depth=depth, opened=some, model=model)
    kept = near(rows, of.row(around, "around"), radius)
    inside = part(rows, outputs, kept)
    place = {row: at for at, row in enumerate(kept)}
    some = [place.get(one, -1) if isinstance(one, int) else one for one in some]
    found = folding(
        inside.rows,
        max_units,
        inside.outputs,
        depth=depth,
        opened=[one for one in some if one != -1],
        numbers=inside.numbers,
        model=model,
    )
    owner = [-1] * len(rows)
    for at, lead in enumerate(found.owner):
        owner[kept[at]] = kept[lead]
    return Folding(owner, {kept[lead]: group for lead, group in found.groups.items()})


def _overlay(of: Subject, folds: Folding, asides: Iterable[str]) -> Overlay:
    """Say what is shown of a pass, that a model's inputs stand for others, what wires leave."""
    circuit = of.circuit
    reading = Reading(circuit.rows, circuit.units, circuit.values, circuit.outputs)
    leaving = cut_wires(circuit.rows, folds.owner)
    if isinstance(circuit, Laid):
        found, old = circuit.overlay, ""
    else:
        found = plain(reading) if of.stepper is None else overlay_of(of.stepper)
        old = "" if found.kind == "forward" else staleness(reading)  # a forward half replays
    if of.placeholders:
        found = replace(found, title=f"{of.model} on placeholders of {PLACEHOLDER:g}")
    notes, remarks = dict(found.notes), dict(found.remarks)
    for row, (into, out) in leaving.items():
        said = " and ".join(f"{n} {way}" for n, way in ((into, "in"), (out, "out")) if n)
        notes[row] = " ".join(filter(None, [notes.get(row), f"+{said}"]))
        wires = counted(into + out, "wire")
        remarks[row] = "\n".join(filter(None, [remarks.get(row), f"{wires} not drawn: {said}"]))
    return replace(found, notes=notes, remarks=remarks, asides=tuple(filter(None, [old, *asides])))
