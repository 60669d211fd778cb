"""Legend: one line below a picture that says what its shapes and marks mean.

Only what the picture has is explained.  Knows shapes and scenes; wraps to the picture's width.
"""

from __future__ import annotations

from collections.abc import Iterator

from .labels import DASH, width
from .markup import Markup, element, lines, pixels
from .scene import Scene
from .shapes import PAD, TALL, outline, triangle

NARROWEST = 380.0
ROW = 24.0
SAMPLE = 22.0
KEY = 138.0


def legend(scene: Scene, x: float, y: float, room: float) -> tuple[Markup, float, float]:
    """Return the legend's markup with its top left at (x, y), its width and its height."""
    room = max(room, NARROWEST)
    rule = f"M{pixels(x)} {pixels(y)}h{pixels(room)}"
    parts: list[Markup] = [element("path", d=rule, class_="rule")]
    parts += _key(x, y + 38)
    start = x + KEY + 24
    at, row = start, y + 28
    for role, sign, text in _entries(scene):
        takes = (SAMPLE + 8 if role or sign else 0) + width(text, 10.5) + 20
        if at > start and at + takes > x + room:
            at, row = start, row + ROW
        parts += _entry(role, sign, text, at, row)
        at += takes
    return element("g", lines(parts), class_="legend"), room, max(row - y + 8, 59.0)


def _key(x: float, y: float) -> Iterator[Markup]:
    """Draw a sample box that says what its three texts are; its left middle is at (x, y)."""
    edge = element("path", d=outline("inner", x, y, KEY, TALL), class_="edge")
    yield element("g", edge, class_="inner")
    yield element("text", "name", x=x + PAD, y=y - 5, class_="name")
    yield element("text", "value", x=x + PAD, y=y + 13, class_="num")
    yield element("text", "gradient", x=x + KEY - PAD, y=y + 13, class_="num end")


def _entries(scene: Scene) -> Iterator[tuple[str, str, str]]:
    """List (role, sign, text) for what the picture shows."""
    roles = {role for box in scene.boxes for role in box.role.split()}
    signs = {box.sign for box in scene.boxes if box.grad is not None}
    for role in ("input", "parameter", "constant"):
        if role in roles:
            yield role, "", role
    if any(box.symbol for box in scene.boxes):
        yield "gate", "", "gate and its unit, first operand on top"
    if any(box.output for box in scene.boxes):
        yield "output", "", "output"
    if scene.note:
        yield "folded", "", scene.note
    if "plus" in signs:
        yield "", "plus", "positive gradient"
    if "minus" in signs:
        yield "", "minus", "negative gradient"
    if "broken" in signs:
        yield "", "", "nan, ∞: not a finite gradient"
    if "unvisited" in signs:
        yield "", "", f"{DASH} not visited by backward"


def _entry(role: str, sign: str, text: str, x: float, y: float) -> Iterator[Markup]:
    """Draw one entry with its left at x and its middle at y."""
    indent = 14.0 if sign else SAMPLE + 8 if role else 0.0
    if role == "gate":
        yield element("path", d=f"M{pixels(x)} {pixels(y)}h{pixels(SAMPLE)}", class_="stub")
        yield element("rect", x=x - 4, y=y - 7, width=14, height=14, rx=7, class_="gate")
        shape = outline("inner", x + 14, y, 16, 14)
        yield element("g", element("path", d=shape, class_="edge"), class_="inner")
        indent += 6
    elif role:
        shape = outline({"output": "inner", "folded": "inner"}.get(role, role), x, y, SAMPLE, 14)
        parts = [element("path", d=shape, class_="edge")]
        if role == "output":
            ring = outline("inner", x - 3, y, SAMPLE + 6, 20)
            parts.insert(0, element("path", d=ring, class_="ring"))
        kinds = {"output": "inner output", "folded": "folded inner"}.get(role, role)
        yield element("g", *parts, class_=kinds)
    yield from triangle(sign, x + 5, y)
    yield element("text", text, x=x + indent, y=y + 4, class_="quiet")
