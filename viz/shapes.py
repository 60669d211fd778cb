"""Shapes: what one box looks like, and how large it is.

A gate is a dark pill with its symbol, its unit the box it feeds: the name above, the value
below it on the left, the gradient on the right on a chip, with a triangle for its sign.  A
comparison has a line for the value and one for the gradient, each with its change on a chip.
What is at work has a frame of its own, what waits a broken outline.  Coordinates come in;
knows the texts of a `parts.Box`, `outlines`, and how to write elements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gatenet.texts import shown

from .labels import fitted, fitted_name, mono, width
from .markup import Markup, element, pixels
from .outlines import outline, triangle
from .parts import Box

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
SMALL = 10.5
"""The size of the note beside a name."""
ROW = 18.0
"""What a comparison is taller than another box."""
FRAME = 5.5
"""How far outside of a box its frame runs; two frames still fit between two boxes."""
USUAL = 170.0
"""Up to this width, the widest box of a picture sets the width of all."""


def usual(boxes: Sequence[Box]) -> float:
    """Return the width that most boxes of a picture share, so that columns line up."""
    return min(max((body(box) for box in boxes), default=0.0), USUAL)


def size(box: Box, least: float = 0.0) -> tuple[float, float]:
    """Return the width and height a box takes, its gate included."""
    return pill(box) + body(box, least), height(box)


def height(box: Box) -> float:
    """Return the height of a box."""
    return FLAT if box.role == "constant" else TALL + ROW * bool(box.changes)


def pill(box: Box) -> float:
    """Return the width of the box's gate and of the stub that joins them; 0 without a gate."""
    if not box.symbol:
        return 0.0
    return max(PILL, width(fitted(box.symbol, 90.0, TEXT), TEXT) + 16) + STUB


def body(box: Box, least: float = 0.0) -> float:
    """Return the width of the box itself; a constant's is its own, others share a least one."""
    if box.role == "constant":
        return max(mono(box.value, TEXT) + 2 * PAD, 34.0)
    name = width(short(box), TEXT) + (width(box.note, SMALL) + 10 if box.note else 0.0)
    numbers = max(
        mono(text, TEXT) + (18 + _chip_width(chip, sign) if chip is not None else 0.0)
        for text, chip, sign, _ in _lines(box)
    )
    tip = 10.0 if box.role.endswith("input") else 0.0
    return max(max(name, numbers) + 2 * PAD + tip, least)


def short(box: Box) -> str:
    """Return as much of the box's name as is written in it."""
    return fitted_name(box.name, NAME_ROOM if box.count == 1 else 2 * NAME_ROOM, TEXT)


def drawn(box: Box, x: float, y: float, group: str, least: float) -> Markup:
    """Draw a box and its gate with their left middle at (x, y), as one group with this id.

    The group's classes are `box.classes`; a folded one has its key in `data-group`.
    """
    parts = [element("title", "\n".join(box.hover)), *_frame(box, x, y, least), *_gate(box, x, y)]
    x, wide = x + pill(box), body(box, least)
    parts += [*_outlines(box, x, y, wide), *_texts(box, x, y, wide)]
    said = {"id": group} if group else {}
    if box.group is not None:
        said["data_group"] = shown(box.group.key)
    return element("g", *parts, class_=box.classes, **said)


def chip(sign: str, strength: int, x: float, y: float, wide: float) -> Iterator[Markup]:
    """Draw the ground of a gradient by sign and strength; both colours where both signs are."""
    if not strength:
        return
    kinds = {"mixed": ("minus", "plus")}.get(sign, (sign,))
    for i, kind in enumerate(kinds):
        part = wide / len(kinds)
        yield element(
            "rect",
            x=x + i * part,
            y=y - 8,
            width=part,
            height=16,
            rx=0 if kinds[1:] else 4,
            class_=f"chip {kind} s{strength}",
        )


def _lines(box: Box) -> list[tuple[str, str | None, str, int]]:
    """Return (text, chip's text, its sign, its strength) for each line of numbers."""
    if not box.changes:
        return [(box.value, box.grad, box.sign, box.strength)]
    return [(text or "", *c) for text, c in zip((box.value, box.grad), box.changes, strict=True)]


def _chip_width(text: str, sign: str) -> float:
    """Return the width of a number with the room for its triangle."""
    return mono(text, TEXT) + (11 if sign in ("plus", "minus") else 0)


def _frame(box: Box, x: float, y: float, least: float) -> Iterator[Markup]:
    """Draw the frame round the box at work, or round one of the largest changes."""
    if box.state in ("working", "largest"):
        wide, tall = size(box, least)
        stack = 6.0 if _stacked(box) else 0.0
        yield element(
            "rect",
            x=x - FRAME,
            y=y - tall / 2 - FRAME - stack,
            width=wide + 2 * FRAME + stack,
            height=tall + 2 * FRAME + stack,
            rx=11,
            class_="frame",
        )


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


def _stacked(box: Box) -> bool:
    """Say whether a box is drawn as a stack: a folded one that is not one sum."""
    return box.count > 1 and not box.symbol


def _outlines(box: Box, x: float, y: float, wide: float) -> Iterator[Markup]:
    """Draw the box's outline; a folded group is a stack, an output has a ring."""
    tall = height(box)
    if _stacked(box):
        for away in (6.0, 3.0):
            shape = outline(box.role, x + away, y - away, wide, tall)
            yield element("path", d=shape, class_="edge")
    if box.output:
        ring = outline(box.role, x - 3.5, y, wide + 7, tall + 7)
        yield element("path", d=ring, class_="ring")
    yield element("path", d=outline(box.role, x, y, wide, tall), class_="edge")


def _texts(box: Box, x: float, y: float, wide: float) -> Iterator[Markup]:
    """Write the box's name and note, its value and gradient."""
    if box.role == "constant":
        middle = x + wide / 2
        yield element("text", box.value, x=middle, y=y + 4.2, class_="num middle")
        return
    right = x + wide - PAD - (8 if box.role.endswith("input") else 0)
    top = y - height(box) / 2
    kind = "name" if box.named else "name quiet"
    yield element("text", short(box), x=x + PAD, y=top + 16, class_=kind)
    if box.note:
        yield element("text", box.note, x=right, y=top + 16, class_="note end")
    for i, (text, said, sign, strength) in enumerate(_lines(box)):
        base = top + 34 + i * ROW
        yield element("text", text, x=x + PAD, y=base, class_="num")
        if said is not None:
            takes = _chip_width(said, sign)
            yield from chip(sign, strength, right - takes - 4, base - 4.2, takes + 8)
            yield element("text", said, x=right, y=base, class_=f"num end grad {sign}")
            yield from triangle(sign, right - mono(said, TEXT) - 6, base - 4)
