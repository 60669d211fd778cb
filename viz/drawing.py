"""Drawing: `draw`, the one call that makes a picture of a circuit.

>>> from gatenet import Unit
>>> from gatenet.viz import draw
>>> a, b = Unit(2.0, "a"), Unit(-3.0, "b")
>>> draw(a * b, engine="builtin")
<Drawing: 3 boxes, 2 wires, engine 'builtin'>
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gatenet.circuit import Circuit
from gatenet.errors import RangeError

from .dot import source
from .fold import folding
from .picture import Picture, wrong_ending
from .scene import Scene, scene
from .svg import rendered

if TYPE_CHECKING:
    from gatenet.unit import Unit

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
    what: Unit | Sequence[Unit] | Circuit,
    path: str | os.PathLike[str] | None = None,
    *,
    engine: str = "auto",
    max_units: int = 500,
) -> Drawing:
    """Draw the circuit that ends in a unit or units, and save it where a path is given.

    Each unit is shown with its name, value and gradient, each gate with its symbol; a unit
    that backward has not visited shows a dash for its gradient.  `engine` is "auto" (the `dot`
    program where it is found, else pygraphviz, else the built-in layout), or one of them by
    name; one that is missing, fails or takes too long is replaced by the built-in layout, and
    the picture says so.  Past `max_units` the middle of the circuit is folded.

    Raises:
        RangeError: if `engine` is unknown or `max_units` is less than 4.
        FormatError: if the ending of `path` is none of .svg, .dot and .gv.
    """
    if not isinstance(max_units, int) or max_units < FEWEST:
        raise RangeError(
            f"max_units got {max_units!r}; it is how many boxes a picture may have, "
            f"a whole number from {FEWEST}",
            max_units=max_units,
        )
    if path is not None and Path(path).suffix.lower() not in Drawing.endings:
        raise wrong_ending(path, Drawing.endings)
    circuit = what if isinstance(what, Circuit) else Circuit(what)
    drawing = Drawing(scene(circuit, folding(circuit.rows, max_units)), engine)
    if path is not None:
        drawing.save(path)
    return drawing
