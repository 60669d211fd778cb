"""Player: `player`, a whole pass as one page that plays in any browser, without Python.

The page holds the picture and everything that happens in it; it is one file, works offline,
and asks for nothing from anywhere.  Knows tapes, pictures and how the page is made.

>>> from gatenet import Unit
>>> from gatenet.viz import player
>>> a, b = Unit(2.0, "a"), Unit(-3.0, "b")
>>> player(a * b, engine="builtin")
<Player: 4 events, 1 picture>
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatenet.circuit import Circuit
from gatenet.errors import OperandError, RangeError
from gatenet.stepper import Stepper
from gatenet.texts import count, counted, shown

from .drawing import FEWEST
from .labels import escape
from .levels import first, levels, pictured
from .pagemaking import made
from .picture import Picture, wrong_ending
from .recording import recorded
from .routes import routes
from .scale import top_of
from .tape import Tape

if TYPE_CHECKING:
    from gatenet.unit import Unit

HEIGHT = 760
"""How many pixels a notebook gives the page."""


class Player(Picture):
    """A page that plays a pass: `.html` is its text, `.svg` its first picture.

    `.stops` is how many places its slider has after the first, `.events` how many events they
    stand for: the same, but in a circuit of very many.
    """

    endings = (".html", ".htm")

    def __init__(self, html: str, pictures: Sequence[str], stops: int, events: int) -> None:
        super().__init__(pictures[0])
        self.html = html
        self.pictures = len(pictures)
        self.stops = stops
        self.events = events

    def written(self, ending: str) -> str | None:
        """Return the page for .html and .htm."""
        return self.html if ending in self.endings else None

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Show the page in a notebook, in a frame of its own that may do nothing but run it."""
        frame = (
            f'<iframe srcdoc="{escape(self.html)}" sandbox="allow-scripts" '
            f'title="{escape(repr(self))}" width="100%" height="{HEIGHT}" '
            'style="border:0"></iframe>'
        )
        forms = {"text/html": frame, "text/plain": repr(self)}
        left_out = set(exclude or ())
        return {k: v for k, v in forms.items() if k in (include or forms) and k not in left_out}

    def __repr__(self) -> str:
        stops = "" if self.stops == self.events else f" in {counted(self.stops, 'stop')}"
        pictures = counted(self.pictures, "picture")
        return f"<Player: {counted(self.events, 'event')}{stops}, {pictures}>"


def player(
    what: Unit | Sequence[Unit] | Circuit | Stepper,
    path: str | os.PathLike[str] | None = None,
    *,
    max_units: int = 500,
    title: str | None = None,
    engine: str = "auto",
) -> Player:
    """Write a page that plays a pass over a circuit, forwards and backwards, event by event.

    `what` is the loss (or several outputs, or a Circuit), whose page opens before the first
    gate, or a Stepper, whose page opens where it stands.  Nothing of it is changed: the pass of
    a loss runs on a copy, a stepper is put back, and every value and gradient stays as it was.
    Numbers in the page have all their digits.  Past `max_units` the picture is folded, and its
    boxes open; past 5,000 events the page strides over those inside folded boxes, and says so.
    `engine` lays the pictures out, as in `draw`.

    Raises:
        OperandError: for a model (play the circuit of one call), or what is no unit.
        RangeError: if `max_units` is less than 4 or `engine` is unknown.
        FormatError: if the ending of `path` is neither .html nor .htm.
        WiringError: for an output that is detached.
    """
    if not isinstance(max_units, int) or max_units < FEWEST:
        raise RangeError(
            f"max_units got {max_units!r}; it is how many boxes a picture may have, "
            f"a whole number from {FEWEST}",
            max_units=max_units,
        )
    if path is not None and Path(path).suffix.lower() not in Player.endings:
        raise wrong_ending(path, Player.endings)
    _check_no_model(what)
    if isinstance(what, Stepper):
        stepper, start = what, what.position
    else:
        circuit = what if isinstance(what, Circuit) else Circuit(what)
        stepper, start = Stepper(circuit.copy(), forward=True), 0
    made_ = _made(stepper, start, max_units, title, engine)
    if path is not None:
        made_.save(path)
    return made_


def _check_no_model(what: object) -> None:
    """Refuse a model, and lists of them, without importing the room that has models."""
    room = sys.modules.get("gatenet.nn.module")
    if room is None:
        return
    for one in what if isinstance(what, list | tuple) else [what]:
        if isinstance(one, room.Module):
            raise OperandError(
                f"player got a model, {type(one).__name__}, and a pass runs over the circuit of a "
                "call. Call it first: player(model(row)[0]), or play a loss of it",
                given=one,
            )


def _made(stepper: Stepper, start: int, max_units: int, title: str | None, engine: str) -> Player:
    """Record the pass, draw the pictures, and put the page together."""
    some = levels(stepper.circuit, max_units)
    tape = recorded(stepper, [level.folding for level in some])
    drawn = pictured(stepper.circuit, some, tape, engine)
    seeds = [tape.seeds.get(row, 0.0) for row in stepper.circuit.outputs]
    data = {
        "start": sum(stop.through <= start for stop in tape.stops),
        "forwards": tape.forwards,
        "events": tape.events,
        "halfway": stepper.forwards,
        "top": top_of(tape.gradients),
        "numbers": tape.numbers.texts,
        "units": list(tape.units.items()),
        "paths": list(routes(stepper.circuit, seeds, tape.numbers)),
        "stops": [stop.data() for stop in tape.stops],
        "pictures": [picture.data for picture in drawn],
        "first": first(some),
    }
    names = [stepper.circuit.label(row) for row in stepper.circuit.outputs[:1]]
    heading = f"Backpropagation of {shown(names[0], 60)}" if title is None else shown(title)
    html = made(heading, _about(tape, drawn[0].said), [one.svg for one in drawn], data)
    return Player(html, [one.svg for one in drawn], len(tape.stops), tape.events)


def _about(tape: Tape, said: str) -> str:
    """Say what the page has, in the line below its title."""
    strides = sum(stop.row < 0 for stop in tape.stops)
    if not strides:
        return f"{said}. {counted(tape.events, 'event')}, forwards and then backwards."
    inside = tape.events - (len(tape.stops) - strides)
    return (
        f"{said}. Of {counted(tape.events, 'event')}, {count(inside)} are inside folded boxes: "
        f"they are played in {counted(strides, 'stride')}, each told as one."
    )
