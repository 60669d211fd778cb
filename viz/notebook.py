"""Notebook: what a notebook is offered when a cell ends in something of gatenet's.

`bundle` makes it for units, circuits, steppers, events, explanations and pictures: inline SVG
in text/html, where hover texts and themes work, and text/plain always.  The hooks
`_repr_mimebundle_` call it.  Whatever a picture needs and is not installed is done without.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from gatenet.circuit import Circuit
from gatenet.compiler.program import Program
from gatenet.stepper import Event, Stepper
from gatenet.texts import shown
from gatenet.unit import Unit

from .contributions import contributions
from .drawing import draw
from .folding import Folding
from .markup import element
from .moment import moment
from .picture import Picture, inline
from .scene import scene
from .svg import rendered

FORMS = ("text/html", "image/svg+xml", "text/plain")
"""The MIME types there are; JupyterLab shows the first of them that it knows."""
WIDEST = 40
"""The most operands of an event's gate that are drawn."""


def bundle(
    what: Any, include: Collection[str] | None = None, exclude: Collection[str] | None = None
) -> dict[str, str]:
    """Return the forms of anything that gatenet can draw, by MIME type.

    `include` and `exclude` name the types that are wanted, as notebooks ask.

    >>> list(bundle(Unit(2.0, "x") * 3.0))
    ['text/html', 'image/svg+xml', 'text/plain']
    """
    plain = repr(what)
    asked = {"text/html", "image/svg+xml"}.intersection(FORMS if include is None else include)
    asked.difference_update(exclude or ())
    found = {"text/plain": plain}
    if asked:
        svg = _svg(what)
        found["text/html"] = inline(svg) if svg else element("pre", _lines(plain))
        if svg:
            found["image/svg+xml"] = svg
    return {
        kind: found[kind]
        for kind in FORMS
        if kind in found and (kind in asked or kind == "text/plain")
    }


def _lines(text: str) -> str:
    """Return a text of several lines made safe to show, line by line."""
    return "\n".join(shown(line, 400) for line in text.split("\n"))


def _svg(what: Any) -> str:
    """Return the picture of something, "" where it has none."""
    if isinstance(what, Picture):
        return what.svg
    if isinstance(what, Event):
        return _event(what)
    if isinstance(what, Unit | Circuit | Program):
        return draw(what).svg
    if isinstance(what, Stepper):
        return _step(what)
    if hasattr(what, "paths") and hasattr(what, "causes"):
        return contributions(what).svg
    return ""


def _step(stepper: Stepper) -> str:
    """Return the picture of a stepper where it stands."""
    any_: Any = stepper
    return draw(any_).svg


def _event(event: Event) -> str:
    """Return the picture of one event: its gate and operands, the rest of the circuit left out."""
    rows = event.circuit.rows
    near = {event.row, *rows[event.row].operands}
    if len(near) > WIDEST:
        return ""
    owner = [row if row in near else -1 for row in range(len(rows))]
    some = scene(event.circuit, Folding(owner, {}), moment(event))
    return rendered(some, "builtin")[0]
