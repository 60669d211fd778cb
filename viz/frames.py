"""Frames: a pass as a series of pictures, one for each event, in which nothing moves.

All share one layout with room for the longest text of any, one legend and one scale of
gradients.  `frames` writes them to files; `animation` puts them into one.  Knows steppers,
scenes and layouts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gatenet.errors import RangeError
from gatenet.stepper import Stepper

from .fold import folding
from .layout import Layout
from .overlay import overlay_of
from .paint import painted
from .parts import Scene
from .scale import top_of
from .scene import scene
from .setting import Setting, setting
from .svg import laid_out, remark

MOST = 2000
"""The most events of which pictures are made unless more are asked for."""


@dataclass(frozen=True, slots=True)
class Series:
    """The scenes of a pass with what they share."""

    scenes: tuple[Scene, ...]
    layout: Layout
    room: Setting
    remark: str


def frames(
    what: Any,
    folder: str | os.PathLike[str],
    *,
    engine: str = "auto",
    max_units: int = 500,
    most: int = MOST,
) -> list[Path]:
    """Write one SVG for each event of a pass into a folder, and return their paths in order.

    `what` is a Stepper, which is left where it stands, or a loss (or Circuit), whose gradients
    are left as they are.  The folder is made where there is none.

    Raises:
        RangeError: if there are more than `most` events.
    """
    found = series(what, engine, max_units, most)
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    digits = len(str(len(found.scenes)))
    paths = []
    for k, one in enumerate(found.scenes, 1):
        paths.append(target / f"event-{k:0{digits}}.svg")
        text = painted(one, found.layout, found.remark, found.room)
        paths[-1].write_text(text, encoding="utf-8", newline="\n")
    return paths


def series(what: Any, engine: str = "auto", max_units: int = 500, most: int = MOST) -> Series:
    """Return the scenes of all events of a pass and their common layout.

    Raises:
        RangeError: if there are more than `most` events.
    """
    stepper = what if isinstance(what, Stepper) else Stepper(what)
    if len(stepper) > most:
        raise RangeError(
            f"a pass of {len(stepper):,} events is longer than the {most:,} that pictures are "
            "made of: give most= for more, or use viz.player, which has them all in one page",
            most=most,
        )
    scenes = tuple(_scenes(stepper, max_units))
    room = setting(scenes)
    widest = replace(scenes[-1], kind="backward")
    layout, name, why = laid_out(widest, room, engine)
    return Series(scenes, layout, room, remark(name, why))


@contextmanager
def left_as_it_was(stepper: Stepper) -> Iterator[None]:
    """Bring a stepper back, at the end, to where it stands."""
    position, stop = stepper.position, stepper.stop
    try:
        yield
    finally:
        stepper.goto(position)
        stepper.stop = stop


def _scenes(stepper: Stepper, max_units: int) -> Iterator[Scene]:
    """Show each event in turn; what did not change is the same object as before."""
    folds = folding(stepper.circuit.rows, max_units)
    memory: dict[Any, Any] = {}
    with left_as_it_was(stepper):
        stepper.goto(len(stepper))
        units = [unit for unit in stepper.circuit.units if unit is not None]
        top = top_of(stepper.gradient(unit) for unit in units)
        for k in range(1, len(stepper) + 1):
            stepper.goto(k)
            yield scene(stepper.circuit, folds, overlay_of(stepper, top, memory))
