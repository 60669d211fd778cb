"""Augmentation: rows changed a little each time a model learns from them.

Each function here makes a hook (row, rng) -> row for a trainer's `augment`; the row itself stays
as it is.  A picture is a flat row, line after line, of a known `width`; or an image as layers take
it, a list of channels of lines.  Knows randomness; does not know units or training.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from gatenet.errors import RangeError, WiringError
from gatenet.randomness import normal

#: A hook: it gets a row and a generator and gives another row.
Hook = Callable[[Any, random.Random], Any]
Channel = list[list[float]]


def noising(deviation: float) -> Hook:
    """Make a hook that adds normal noise of this standard deviation to every number.

    Raises RangeError for a negative deviation.

    >>> noising(0.0)([1.0, 2.0], random.Random(0))
    [1.0, 2.0]
    """
    if not deviation >= 0.0:
        raise RangeError(f"noising got deviation={deviation!r}: it is 0 or more")

    def noised(row: Any, rng: random.Random) -> Any:
        if isinstance(row, (list, tuple)):
            return [noised(part, rng) for part in row]
        return row + normal(rng, 0.0, deviation)

    return noised


def shifting(most: int = 1, *, width: int | None = None, fill: float = 0.0) -> Hook:
    """Make a hook that moves a picture by up to `most` pixels, down or up and left or right.

    Both moves are drawn evenly from -most to most; `fill` comes in at the edges.  A flat row needs
    the `width` of its picture.

    Raises RangeError when `most` is negative; the hook raises WiringError for a row that is no
    picture of that width.

    >>> shifting(1, width=2)([1.0, 2.0, 3.0, 4.0], random.Random(5))
    [0.0, 1.0, 0.0, 3.0]
    """
    if most < 0:
        raise RangeError(f"shifting got most={most!r}: a number of pixels is 0 or more")

    def shifted(row: Any, rng: random.Random) -> Any:
        down = int(rng.random() * (2 * most + 1)) - most
        right = int(rng.random() * (2 * most + 1)) - most

        def moved(lines: Channel) -> Channel:
            height, wide = len(lines), len(lines[0])
            return [
                [
                    lines[y - down][x - right]
                    if 0 <= y - down < height and 0 <= x - right < wide
                    else fill
                    for x in range(wide)
                ]
                for y in range(height)
            ]

        return _pictured("shifting", row, width, moved)

    return shifted


def flipping(share: float = 0.5, *, width: int | None = None) -> Hook:
    """Make a hook that mirrors a picture, left to right, in this share of the cases.

    A flat row needs the `width` of its picture.  (Digits are no digits in the mirror.)

    Raises RangeError for a share outside of 0 to 1; the hook raises WiringError for a row that is
    no picture of that width.

    >>> flipping(1.0, width=3)([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], random.Random(0))
    [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]
    """
    if not 0.0 <= share <= 1.0:
        raise RangeError(f"flipping got share={share!r}: it is from 0 to 1")

    def flipped(row: Any, rng: random.Random) -> Any:
        mirrored = rng.random() < share

        def moved(lines: Channel) -> Channel:
            return [line[::-1] if mirrored else line for line in lines]

        return _pictured("flipping", row, width, moved)

    return flipped


def chaining(*hooks: Hook) -> Hook:
    """Make one hook of several, one after the other.

    >>> both = chaining(flipping(1.0, width=2), noising(0.0))
    >>> both([1.0, 2.0], random.Random(0))
    [2.0, 1.0]
    """

    def chained(row: Any, rng: random.Random) -> Any:
        for hook in hooks:
            row = hook(row, rng)
        return row

    return chained


def _pictured(name: str, row: Any, width: int | None, change: Callable[[Channel], Channel]) -> Any:
    """Change every channel of a picture, and give it in the form it came in."""
    if isinstance(row[0], (list, tuple)):
        if not isinstance(row[0][0], (list, tuple)):
            raise WiringError(
                f"{name} got a list of lists: a picture is a flat row, or a list of channels, each "
                "a list of lines"
            )
        return [change([list(line) for line in channel]) for channel in row]
    if width is None or width < 1 or len(row) % width:
        raise WiringError(
            f"{name} got a row of {len(row)} numbers and width={width!r}: pass the width of the "
            "picture, 8 for the digits",
            width=width,
        )
    lines = [list(row[start : start + width]) for start in range(0, len(row), width)]
    return [pixel for line in change(lines) for pixel in line]
