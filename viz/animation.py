"""Animation: a whole pass in one SVG that plays by itself, without a script.

Whatever changes is there in each of its forms, and a style sheet shows one at a time; what
stays is there once.  The picture rests while somebody points at it, and whoever asks for less
motion sees the end of the pass, standing still; the words of every event are in its
description.  Knows the series of frames and how they are painted.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

from gatenet.errors import RangeError
from gatenet.texts import counted

from .frames import Series, series
from .markup import Markup, element, lines
from .paint import MARGIN, boxes, caption, document, foot, named
from .picture import Picture, wrong_ending
from .strokes import pulls, strokes

MOST = 500
"""The most events of one animation unless more are asked for."""
HOLD = 2
"""How many events long the last frame stays, besides its own."""
WORDS = 200
"""The most events whose sentences the description has."""


def animate(
    what: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    seconds: float = 1.5,
    engine: str = "auto",
    max_units: int = 500,
    most: int = MOST,
) -> Picture:
    """Draw a whole pass as one animated SVG, and save it where a path is given.

    `what` is a Stepper, which is left where it stands, or a loss (or Circuit), whose gradients
    are left as they are; `seconds` is how long each event is shown.

    Raises:
        RangeError: if there are more than `most` events, or `seconds` is no number above 0 and
            below 3600.
        FormatError: if the ending of `path` is not .svg.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, Real) or not 0 < seconds < 3600:
        raise RangeError(
            f"seconds got {seconds!r}; it is how long an event is shown: give a number above 0 "
            "and below 3600, such as 1.5",
            seconds=seconds,
        )
    if path is not None and Path(path).suffix.lower() != ".svg":
        raise wrong_ending(path, Picture.endings)
    picture = Picture(animated(series(what, engine, max_units, most), float(seconds)))
    if path is not None:
        picture.save(path)
    return picture


def animated(pass_: Series, seconds: float) -> str:
    """Return the text of an animation of a series of scenes."""
    scenes = pass_.scenes
    nodes = [box.node for box in scenes[0].boxes]
    below, wide, tall = foot(scenes[-1], pass_.layout, pass_.room)
    slots = list(zip(*(_pieces(pass_, k, wide) for k in range(len(scenes))), strict=True))
    picture = named(repr(scenes), pass_.remark, str(seconds), below)
    plays: dict[tuple[int, ...], str] = {}
    first = len(slots) - 2 - len(nodes)  # boxes stand before the pulls and the caption
    parts = []
    for i, forms in enumerate(slots):
        shown = _forms(forms, picture, plays)
        if first <= i < len(slots) - 2:
            shown = element("g", shown, id=f"{picture}_{nodes[i - first]}")
        parts.append(shown)
    said = [" ".join(scene.caption) for scene in scenes[:WORDS]]
    more = [f"And {counted(len(scenes) - WORDS, 'more event')}."] if len(scenes) > WORDS else []
    events = counted(len(scenes), "event")
    return document(
        picture,
        lines([*[part for part in parts if part], below]),
        wide + 2 * MARGIN,
        pass_.layout.height + tall + 3 * MARGIN,
        title=f"A pass in {events}. {scenes[0].title.partition('. ')[2]}",
        description="\n".join(said + more),
        remark=f"{pass_.remark}; {events}, {seconds:g} s each",
        style=_sheet(picture, plays, len(scenes), seconds),
    )


def _pieces(pass_: Series, k: int, wide: float) -> Iterator[Markup]:
    """Return all parts of one frame, in the same places for every frame."""
    scene = pass_.scenes[k]
    yield from strokes(scene, pass_.layout)
    yield from boxes(scene, pass_.layout, pass_.room, "")
    yield lines(pulls(scene, pass_.layout, pass_.room))
    yield lines(caption(scene, pass_.layout, wide))


def _forms(forms: Sequence[Markup], picture: str, plays: dict[tuple[int, ...], str]) -> Markup:
    """Return a part of the picture in all its forms, each with the class that says when."""
    when: dict[Markup, list[int]] = {}
    for k, form in enumerate(forms):
        when.setdefault(form, []).append(k)
    if len(when) == 1:
        return forms[0]
    some = []
    for form, at in when.items():
        name = plays.setdefault(tuple(at), f"{picture}_k{len(plays)}")
        if form:
            some.append(element("g", form, class_=f"form {name}"))
    return lines(some)


def _sheet(picture: str, plays: dict[tuple[int, ...], str], n: int, seconds: float) -> str:
    """Return the rules that show each form in its frames; by themselves only the last show."""
    whole = n + HOLD
    rules = [
        f"#{picture} .form{{visibility:hidden;animation:{whole * seconds:g}s step-end infinite}}",
        f"#{picture}:hover .form{{animation-play-state:paused}}",
    ]
    for at, name in plays.items():
        last = "visibility:visible;" if at[-1] == n - 1 else ""
        rules.append(f"#{picture} .{name}{{{last}animation-name:{name}}}")
        rules.append(f"@keyframes {name}{{{''.join(_keys(set(at), n, whole))}}}")
    still = f"#{picture} .form{{animation:none}}"
    rules.append(f"@media (prefers-reduced-motion:reduce){{{still}}}")
    return "".join(rules)


def _keys(at: set[int], n: int, whole: int) -> Iterator[str]:
    """Return the moments at which a form appears and disappears."""
    was = None
    for k in range(n):
        now = "visible" if k in at else "hidden"
        if now != was:
            yield f"{100 * k / whole:.5g}%{{visibility:{now}}}"
            was = now
