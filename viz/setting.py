"""Setting: what the pictures of one series share, so that nothing moves from one to the next.

Every box is as wide as its widest text in any of them, the caption has the lines of the
longest, and the legend explains what occurs in any.  A single picture is a series of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from .labels import fitted, width
from .legend import Entry, entries
from .parts import Scene
from .shapes import USUAL, body


class Setting(NamedTuple):
    """Widths of the boxes, entries of the legend, and every caption there is."""

    widths: tuple[float, ...]
    entries: tuple[Entry, ...]
    captions: tuple[tuple[str, ...], ...]


def setting(scenes: Sequence[Scene]) -> Setting:
    """Return what pictures of these scenes share; they have the same boxes."""
    widths = [0.0] * len(scenes[0].boxes)
    last: list[object] = [None] * len(widths)
    for scene in scenes:
        for i, box in enumerate(scene.boxes):
            if box is not last[i]:
                last[i] = box
                widths[i] = max(widths[i], body(box))
    usual = USUAL * 1.5 if scenes[0].kind == "comparison" else USUAL
    least = min(max(widths, default=0.0), usual)
    constant = [box.role == "constant" for box in scenes[0].boxes]
    return Setting(
        tuple(w if fixed else max(w, least) for w, fixed in zip(widths, constant, strict=True)),
        tuple(entries(scenes)),
        tuple(dict.fromkeys(scene.caption for scene in scenes)),
    )


@lru_cache(maxsize=16)
def caption_lines(captions: tuple[tuple[str, ...], ...], room: float, size: float) -> int:
    """Return how many lines the longest of the captions of a series takes."""
    return max((len(wrapped(one, room, size)) for one in captions), default=0)


def wrapped(caption: Sequence[str], room: float, size: float) -> list[str]:
    """Break the lines of a caption where they are wider than `room` pixels.

    >>> wrapped(["one two three"], 70, 12)
    ['one two', 'three']
    """
    found = []
    for line in caption:
        begun = ""
        for word in line.split(" "):
            longer = f"{begun} {word}" if begun else word
            if begun and width(longer, size) > room:
                found.append(begun)
                longer = word
            begun = longer if width(longer, size) <= room else fitted(longer, room, size)
        found.append(begun)
    return found
