"""Strokes: the wires of a laid-out scene, and the numbers that stand beside them.

Each wire is a group: what is drawn, and over it a wide invisible stroke that is easy to point
at.  In a step the pulls stand on their wires where nothing is in the way, with a tip towards
the unit that gets them.  Knows scenes and layouts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from .labels import mono, width
from .layers import FEW
from .layout import Layout, Path, Point
from .markup import Markup, element, pixels
from .parts import Scene, Wire
from .setting import Setting
from .shapes import height, pill

MARGIN = 24.0
CROWD = 64
"""Past so many wires, and three a box, each is drawn thin, so that one can see through them."""
SMALL = 11.0
"""The size of a pull's number."""
TRIED = (0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78, 0.15)
"""Where along its wire a number is tried, from its tail to its head; of many, near the tails."""


class Span(NamedTuple):
    """A rectangle: left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: Span) -> float:
        """Return the area that two rectangles share."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        tall = min(self.bottom, other.bottom) - max(self.top, other.top)
        return wide * tall if wide > 0 and tall > 0 else 0.0


def strokes(scene: Scene, layout: Layout) -> Iterator[Markup]:
    """Draw trunks and wires, then the counts of the folded ones above them.

    A count that would lie on another is left to the hover text.  That of a wire with a pull is
    left empty, so that each step has as many parts.
    """
    waiting: dict[int, bool] = {}
    for wire in scene.wires:
        waiting[wire.tail] = waiting.get(wire.tail, True) and wire.state == "pending"
    for tail, path in layout.trunks.items():
        kinds = "trunk pending" if waiting.get(tail) else "trunk"
        yield element("path", d=data(path), class_=f"{kinds} from_{scene.boxes[tail].node}")
    crowded = len(scene.wires) > max(CROWD, 3 * len(scene.boxes))
    for wire, path in zip(scene.wires, layout.routes, strict=True):
        yield _wire(scene, layout, wire, path, crowded)
    kept: list[Span] = []
    for wire, path in zip(scene.wires, layout.routes, strict=True):
        if wire.count > 1:
            text = f"×{wire.count:,}"
            (x, y), half = _between(path), width(text, 12.0) / 2 + 3
            span = Span(x - half, y - 9, x + half, y + 9)
            free = not any(span.overlap(other) for other in kept)
            if free:
                kept.append(span)
            said = _label([text], "middle quiet", (x, y), width(text, 12.0), "count")
            yield said if free and not wire.pull else Markup()


def data(path: Path) -> str:
    """Return path data for a start and cubic curves, moved into the margin."""
    points = [f"{pixels(x + MARGIN)} {pixels(y + MARGIN)}" for x, y in path]
    curves = ["C" + " ".join(points[i : i + 3]) for i in range(1, len(points), 3)]
    return "".join(["M", points[0], *curves])


def pulls(scene: Scene, layout: Layout, room: Setting) -> Iterator[Markup]:
    """Write the pulls of a step beside their wires; those between the same two boxes together."""
    said: dict[tuple[int, int], list[tuple[Wire, Path]]] = {}
    for wire, path in zip(scene.wires, layout.routes, strict=True):
        if wire.pull:
            said.setdefault((wire.tail, wire.head), []).append((wire, path))
    if not said:
        return
    taken = [
        Span(x - 2, y - height(box) / 2 - 2, x + pill(box) + wide + 2, y + height(box) / 2 + 2)
        for box, (x, y), wide in zip(scene.boxes, layout.places, room.widths, strict=True)
    ]
    tried = TRIED if len(said) <= FEW else sorted(TRIED)
    for some in said.values():
        texts = _gathered([wire.pull for wire, _ in some])
        signs = {wire.sign for wire, _ in some}
        wide = max(mono(text, SMALL) for text in texts)
        half, tall = wide / 2 + 5, 8.0 * len(texts) + 1
        spots = [_along(some[0][1], t) for t in tried]
        spans = [Span(x - half, y - tall, x + half, y + tall) for x, y in spots]
        crowding = [sum(span.overlap(other) for other in taken) for span in spans]
        best = crowding.index(min(crowding))
        taken.append(spans[best])
        kind = f"num middle {signs.pop()}" if len(signs) == 1 else "num middle"
        yield _label(texts, kind, spots[best], wide, "pull")


def _gathered(texts: list[str]) -> list[str]:
    """Return the lines that say several pulls between two boxes: equal ones once, counted."""
    counts = Counter(texts)
    return [text if n == 1 else f"{n}×{text}" for text, n in counts.items()]


def _wire(scene: Scene, layout: Layout, wire: Wire, path: Path, crowded: bool) -> Markup:
    """Draw one wire with its hover area; a working one shows its part of a trunk as well."""
    tail, head = scene.boxes[wire.tail].node, scene.boxes[wire.head].node
    many = "thin" if crowded else "many" if wire.count > 1 else ""
    some = ["wire", many, f"from_{tail}", f"to_{head}", wire.state]
    if wire.pull:
        some.append(wire.sign)
    whole = _trunk(layout, wire, path) + path if wire.state == "working" else path
    parts = [element("title", "\n".join(wire.hover))] if wire.hover else []
    parts.append(element("path", d=data(whole)))
    if wire.pull:
        parts.append(_tip(whole[0]))
    if wire.hover:
        parts.append(element("path", d=data(path), class_="hit"))
    return element("g", *parts, class_=" ".join(filter(None, some)))


def _trunk(layout: Layout, wire: Wire, path: Path) -> Path:
    """Return the part of its box's trunk that a wire runs on before its own branch."""
    trunk = layout.trunks.get(wire.tail, [])
    return trunk[: trunk.index(path[0])] if path[0] in trunk[3::3] else []


def _tip(at: Point) -> Markup:
    """Draw the tip of a pull, pointing at the unit on its left."""
    x, y = at[0] + MARGIN, at[1] + MARGIN
    shape = f"M{pixels(x + 1)} {pixels(y)}l8 -4.5v9z"
    return element("path", d=shape, class_="tip")


def _along(path: Path, t: float) -> Point:
    """Return the point at a part of the way along the curves of a path, in the margin."""
    curves = (len(path) - 1) // 3
    i = min(int(t * curves), curves - 1)
    s = t * curves - i
    weights = ((1 - s) ** 3, 3 * s * (1 - s) ** 2, 3 * s * s * (1 - s), s**3)
    four = path[3 * i : 3 * i + 4]
    x = sum(w * p[0] for w, p in zip(weights, four, strict=True))
    y = sum(w * p[1] for w, p in zip(weights, four, strict=True))
    return x, y


def _between(path: Path) -> Point:
    """Return the middle of a path's ends."""
    return (path[0][0] + path[-1][0]) / 2, (path[0][1] + path[-1][1]) / 2


def _label(texts: list[str], kind: str, at: Point, wide: float, group: str) -> Markup:
    """Write lines of a known width on paper of their own, their middle at a point."""
    x, y = at[0] + MARGIN, at[1] + MARGIN
    half, top = wide / 2 + 3, y - 8 * len(texts)
    tall = 16.0 * len(texts)
    ground = element("rect", x=x - half, y=top, width=2 * half, height=tall, rx=8, class_="paper")
    said = [
        element("text", text, x=x, y=top + 12 + 16 * i, class_=kind) for i, text in enumerate(texts)
    ]
    return element("g", ground, *said, class_=group)
