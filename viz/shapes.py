"""Shapes: what one box looks like, and how large it is.

A gate is a dark pill with its symbol, its unit the box it feeds: the name above, the value
below it on the left, the gradient on the right with a triangle for its sign.  Each role has
its own outline, so that none is told by colour alone.  Coordinates come in; knows the texts
of a `scene.Box` and how to write elements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .labels import fitted, fitted_name, mono, width
from .markup import Markup, element, pixels
from .scene import Box

TEXT = 12.0
TALL = 42.0
"""Height of a unit's box; a constant's is `FLAT`."""
FLAT = 24.0
NAME_ROOM = 170.0
"""The most pixels a name takes before it is cut; the hover text has all of it."""
PILL = 26.0
STUB = 10.0
"""Length of the wire from a gate to its unit."""
PAD = 10.0
USUAL = 170.0
"""Up to this width, the widest box of a picture sets the width of all."""


def usual(boxes: Sequence[Box]) -> float:
    """Return the width that most boxes of a picture share, so that columns line up."""
    return min(max((body(box) for box in boxes), default=0.0), USUAL)


def size(box: Box, least: float = 0.0) -> tuple[float, float]:
    """Return the width and height a box takes, its gate included."""
    return pill(box) + body(box, least), FLAT if box.role == "constant" else TALL


def pill(box: Box) -> float:
    """Return the width of the box's gate and of the stub that joins them; 0 without a gate."""
    if not box.symbol:
        return 0.0
    return max(PILL, width(fitted(box.symbol, 90.0, TEXT), TEXT) + 16) + STUB


def body(box: Box, least: float = 0.0) -> float:
    """Return the width of the box itself; a constant's is its own, others share a least one."""
    numbers = mono(box.value, TEXT)
    if box.role == "constant":
        return max(numbers + 2 * PAD, 34.0)
    if box.grad is not None:
        numbers += 14 + _grad_width(box)
    name = width(short(box), TEXT)
    tip = 10.0 if box.role.endswith("input") else 0.0
    return max(max(name, numbers) + 2 * PAD + tip, least)


def short(box: Box) -> str:
    """Return as much of the box's name as is written in it."""
    return fitted_name(box.name, NAME_ROOM if box.count == 1 else 2 * NAME_ROOM, TEXT)


def drawn(box: Box, x: float, y: float, group: str, least: float) -> Markup:
    """Draw a box and its gate with their left middle at (x, y), as one group with this id."""
    kinds = f"unit {box.role} output" if box.output else f"unit {box.role}"
    parts = [element("title", "\n".join(box.hover)), *_gate(box, x, y)]
    x, wide = x + pill(box), body(box, least)
    parts += [*_outlines(box, x, y, wide), *_texts(box, x, y, wide)]
    return element("g", *parts, id=group, class_=f"{kinds} {box.sign}")


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


def _grad_width(box: Box) -> float:
    """Return the width of the gradient with the room for its triangle."""
    return mono(box.grad or "", TEXT) + (11 if box.sign in ("plus", "minus") else 0)


def _gate(box: Box, x: float, y: float) -> Iterator[Markup]:
    """Draw the gate and its stub, if the box has one."""
    if not box.symbol:
        return
    wide = pill(box) - STUB
    stub = f"M{pixels(x + wide)} {pixels(y)}h{pixels(STUB)}"
    yield element("path", d=stub, class_="stub")
    yield element("rect", x=x, y=y - PILL / 2, width=wide, height=PILL, rx=PILL / 2, class_="gate")
    symbol = fitted(box.symbol, 90.0, TEXT)
    large = {"font_size": "16"} if len(symbol) == 1 else {}
    drop = 5.5 if large else 4.2
    yield element("text", symbol, x=x + wide / 2, y=y + drop, class_="symbol", **large)


def _outlines(box: Box, x: float, y: float, wide: float) -> Iterator[Markup]:
    """Draw the box's outline; a folded run is a stack, an output has a ring."""
    tall = size(box)[1]
    if box.count > 1:
        for away in (6.0, 3.0):
            shape = outline(box.role, x + away, y - away, wide, tall)
            yield element("path", d=shape, class_="edge")
    if box.output:
        ring = outline(box.role, x - 3.5, y, wide + 7, tall + 7)
        yield element("path", d=ring, class_="ring")
    yield element("path", d=outline(box.role, x, y, wide, tall), class_="edge")


def _texts(box: Box, x: float, y: float, wide: float) -> Iterator[Markup]:
    """Write the box's name, value and gradient."""
    if box.role == "constant":
        middle = x + wide / 2
        yield element("text", box.value, x=middle, y=y + 4.2, class_="num middle")
        return
    right = x + wide - PAD - (8 if box.role.endswith("input") else 0)
    kind = "name" if box.named else "name quiet"
    yield element("text", short(box), x=x + PAD, y=y - 5, class_=kind)
    yield element("text", box.value, x=x + PAD, y=y + 13, class_="num")
    if box.grad is not None:
        yield element("text", box.grad, x=right, y=y + 13, class_=f"num end grad {box.sign}")
        yield from triangle(box.sign, right - mono(box.grad, TEXT) - 6, y + 9)
