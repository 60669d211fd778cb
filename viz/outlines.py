"""Outlines: the shapes that tell roles and signs apart without colour.

Inputs point to the right, parameters have cut corners, constants are pills, and what a gate
makes is a rounded box; a triangle points up for plus and down for minus.  Coordinates alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from .markup import Markup, element, pixels


def outline(role: str, x: float, y: float, wide: float, tall: float) -> str:
    """Return the outline of a box by its role, as path data; (x, y) is its left middle.

    Inputs point to the right, parameters have cut corners, constants are pills, and what a
    gate makes is a rounded box.
    """
    top, bottom, right = y - tall / 2, y + tall / 2, x + wide
    if role.endswith("input"):
        tip = min(12.0, tall * 0.4)
        points = [(x, top), (right - tip, top), (right, y), (right - tip, bottom), (x, bottom)]
        return _polygon(points)
    if role.endswith("parameter"):
        cut = min(8.0, tall * 0.25)
        points = [(x + cut, top), (right - cut, top), (right, top + cut), (right, bottom - cut)]
        points += [(right - cut, bottom), (x + cut, bottom), (x, bottom - cut), (x, top + cut)]
        return _polygon(points)
    round_ = tall / 2 if role.endswith("constant") else 7.0
    across, down = pixels(wide - 2 * round_), pixels(tall - 2 * round_)
    r = pixels(round_)
    return (
        f"M{pixels(x + round_)} {pixels(top)}h{across}a{r} {r} 0 0 1 {r} {r}v{down}"
        f"a{r} {r} 0 0 1 -{r} {r}h-{across}a{r} {r} 0 0 1 -{r} -{r}v-{down}"
        f"a{r} {r} 0 0 1 {r} -{r}z"
    )


def triangle(sign: str, x: float, y: float) -> Iterator[Markup]:
    """Draw the mark of a gradient's sign around (x, y): up for plus, down for minus."""
    up = 3.5 if sign == "plus" else -3.5
    if sign in ("plus", "minus"):
        points = [(x - 4, y + up), (x + 4, y + up), (x, y - up)]
        yield element("path", d=_polygon(points), class_=f"mark {sign}")


def _polygon(points: list[tuple[float, float]]) -> str:
    """Return a closed path through points."""
    return "M" + "L".join(f"{pixels(x)} {pixels(y)}" for x, y in points) + "z"
