"""Legend: a few lines below a picture that say what its shapes, marks and colours mean.

Only what the picture has is explained.  Knows shapes and the parts of a picture; wraps to the
picture's width.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .held import ELSEWHERE
from .labels import DASH, mono, width
from .markup import Markup, element, lines, pixels
from .outlines import outline, triangle
from .parts import Box, Scene
from .scale import STEPS, said_of
from .shapes import PAD, ROW, SMALL, TALL, chip

NARROWEST = 380.0
LINE = 24.0
SAMPLE = 22.0
KEY = 138.0
SIGNS = {"plus": "positive gradient", "minus": "negative gradient"}
STATES = {
    "forward": {"pending": f"{DASH} not yet computed"},
    "backward": {
        "partial": "gathering, not yet visited",
        "pending": f"{DASH} not yet visited",
    },
}
_SHAPES = {"output": "inner output", "folded": "folded inner", "done": "inner"}


class Entry(NamedTuple):
    """One entry: a sample of a role, sign or state, its text, and the chips (strength, text)."""

    sample: str
    text: str
    chips: tuple[tuple[int, str], ...] = ()


def legend(
    some: Sequence[Entry], compares: bool, x: float, y: float, room: float
) -> tuple[Markup, float]:
    """Return the legend's markup with its top left at (x, y), and its height."""
    rule = f"M{pixels(x)} {pixels(y)}h{pixels(room)}"
    parts: list[Markup] = [element("path", d=rule, class_="rule")]
    key = 2 * KEY if compares else KEY
    parts += _key(x, y + 38 + compares * ROW / 2, key, compares)
    start = x + key + 24
    at, row = start, y + 28
    for entry in some:
        takes = _sample_width(entry) + width(entry.text, SMALL) + 20
        takes += sum(_chip_width(text) + 4 for _, text in entry.chips) + 4 * bool(entry.chips)
        if at > start and at + takes > x + room:
            at, row = start, row + LINE
        parts += _entry(entry, at, row)
        at += takes
    return element("g", lines(parts), class_="legend"), max(row - y + 8, 59.0 + compares * ROW)


def entries(scenes: Sequence[Scene]) -> Iterator[Entry]:
    """List what the pictures of these scenes have to explain."""
    seen: dict[int, Box] = {id(box): box for scene in scenes for box in scene.boxes}
    boxes = list(seen.values())
    roles = {role for box in boxes for role in box.role.split()}
    last = scenes[-1]
    for role in ("input", "parameter", "constant"):
        if role in roles:
            yield Entry(role, role)
    if any(box.symbol and box.group is None for box in boxes):
        yield Entry("gate", "gate and its unit, first operand on top")
    if any(box.output for box in boxes):
        yield Entry("output", "output")
    if any(box.symbol and box.group is not None for box in boxes):
        yield Entry("sum", "chain of sums")
    if last.note:
        yield Entry("folded", last.note)
    yield from _states(scenes, {box.state for box in boxes})
    yield from _signs(boxes, last)
    if any(box.note == ELSEWHERE for box in boxes):
        yield Entry("", f"{ELSEWHERE}: other wires or passes added to this gradient")


def _states(scenes: Sequence[Scene], states: set[str]) -> Iterator[Entry]:
    """List the states that a step shows."""
    kinds = {scene.kind for scene in scenes}
    if "working" in states:
        yield Entry("working", "at work")
    if "largest" in states:
        yield Entry("working", "among the largest changes")
    for kind, said in STATES.items():
        if kind in kinds:
            at = {box.state for scene in scenes if scene.kind == kind for box in scene.boxes}
            for state, text in said.items():
                if state in at:
                    yield Entry(state, text)


def _signs(boxes: Sequence[Box], scene: Scene) -> Iterator[Entry]:
    """List the signs and strengths of gradients, or of changes."""
    if scene.kind == "comparison":
        both = [change for box in boxes for change in box.changes]
        shown = {(change.sign, change.strength) for change in both}
        words = {"plus": "increase", "minus": "decrease"}
    else:
        shown = {(box.sign, box.strength) for box in boxes if box.grad is not None}
        words = SIGNS
    for sign, text in words.items():
        some = [s for s in STEPS if (sign, s) in shown or ("mixed", s) in shown]
        if some or (sign, 0) in shown:
            if scene.kind == "comparison":  # value and gradient have a scale each
                said = {4: "most", 3: "÷10", 2: "÷100", 1: "less"}
            else:
                said = {s: said_of(s, scene.top) for s in STEPS}
            yield Entry(sign, text, tuple((s, said[s]) for s in some))
    signs = {sign for sign, _ in shown}
    if "broken" in signs:
        yield Entry("", "nan, ∞: not a finite gradient")
    if "unvisited" in signs and scene.kind == "circuit":
        yield Entry("", f"{DASH} not visited by backward")
    if scene.kind == "program":
        yield Entry("", f"{DASH} worked out for each row")


def _key(x: float, y: float, wide: float, compares: bool) -> Iterator[Markup]:
    """Draw a sample box that says what its texts are; its left middle is at (x, y)."""
    tall = TALL + ROW * compares
    top = y - tall / 2
    edge = element("path", d=outline("inner", x, y, wide, tall), class_="edge")
    yield element("g", edge, class_="inner")
    yield element("text", "name", x=x + PAD, y=top + 16, class_="name")
    right = x + wide - PAD
    said = [("value", "gradient")]
    if compares:
        said = [("value before → after", "change"), ("gradient before → after", "change")]
    for i, (one, other) in enumerate(said):
        yield element("text", one, x=x + PAD, y=top + 34 + i * ROW, class_="num")
        yield element("text", other, x=right, y=top + 34 + i * ROW, class_="num end")


def _chip_width(text: str) -> float:
    """Return the width of a chip with its text."""
    return mono(text, SMALL) + 10


def _sample_width(entry: Entry) -> float:
    """Return the room that an entry's sample takes before its text."""
    if entry.sample in SIGNS:
        return 14.0
    return {"": 0.0, "gate": SAMPLE + 14, "sum": SAMPLE + 14}.get(entry.sample, SAMPLE + 8)


def _entry(entry: Entry, x: float, y: float) -> Iterator[Markup]:
    """Draw one entry with its left at x and its middle at y."""
    if entry.sample in SIGNS:
        yield from triangle(entry.sample, x + 5, y)
    elif entry.sample in ("gate", "sum"):
        yield from _gate(entry.sample, x, y)
    elif entry.sample:
        yield _sample(entry.sample, x, y)
    x += _sample_width(entry)
    for strength, text in entry.chips:
        wide = _chip_width(text)
        yield from chip(entry.sample, strength, x, y, wide)
        yield element("text", text, x=x + wide / 2, y=y + 4, class_="num middle")
        x += wide + 4
    yield element("text", entry.text, x=x + 2 * bool(entry.chips), y=y + 4, class_="quiet")


def _gate(sample: str, x: float, y: float) -> Iterator[Markup]:
    """Draw a gate and its unit, small."""
    yield element("path", d=f"M{pixels(x)} {pixels(y)}h{pixels(SAMPLE)}", class_="stub")
    yield element("rect", x=x - 4, y=y - 7, width=14, height=14, rx=7, class_="gate")
    if sample == "sum":
        yield element("text", "Σ", x=x + 3, y=y + 3.8, class_="symbol")
    kinds = "folded inner" if sample == "sum" else "inner"
    edge = element("path", d=outline("inner", x + 14, y, 16, 14), class_="edge")
    yield element("g", edge, class_=kinds)


def _sample(sample: str, x: float, y: float) -> Markup:
    """Draw the outline of a role or a state, small."""
    role = sample if sample in ("input", "parameter", "constant") else "inner"
    parts = [element("path", d=outline(role, x, y, SAMPLE, 14), class_="edge")]
    if sample == "output":
        ring = outline("inner", x - 3, y, SAMPLE + 6, 20)
        parts.insert(0, element("path", d=ring, class_="ring"))
    if sample == "working":
        frame = element(
            "rect", x=x - 3.5, y=y - 10.5, width=SAMPLE + 7, height=21, rx=8, class_="frame"
        )
        parts.insert(0, frame)
    kinds = _SHAPES.get(sample, f"inner {sample}" if role == "inner" else role)
    return element("g", *parts, class_=kinds)
