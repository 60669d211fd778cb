"""Paint: a laid-out scene as one SVG document.

The document stands alone: no script, no link, no reference to anything outside it or, by id,
inside it.  Its own id is made from what it shows, so the same picture is the same text in
every process, and two pictures on one page do not share ids.  Knows scenes, coordinates and
shapes; does not know who laid them out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from .labels import width
from .layout import Layout, Path
from .legend import legend
from .markup import Markup, comment, element, lines, pixels
from .scene import Scene, Wire
from .shapes import drawn, usual
from .style import sheet

MARGIN = 24.0


def painted(scene: Scene, layout: Layout, remark: str) -> str:
    """Return the SVG document of a scene; the remark stands in it as a comment."""
    wires = lines(_wires(scene, layout))
    below, wide, tall = legend(scene, MARGIN, layout.height + 2 * MARGIN, layout.width)
    places = " ".join(pixels(x) for place in layout.places for x in place)
    picture = named(wires, places, repr(scene), remark)
    body = lines([wires, *_boxes(scene, layout, picture)])
    return document(
        picture,
        lines([body, below]),
        max(layout.width, wide) + 2 * MARGIN,
        layout.height + tall + 3 * MARGIN,
        title=scene.title,
        description=scene.description,
        remark=remark,
    )


def named(*parts: str) -> str:
    """Return the id of a picture with these contents."""
    return "g" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]


def document(
    picture: str,
    body: Markup,
    wide: float,
    tall: float,
    *,
    title: str,
    description: str,
    remark: str,
) -> str:
    """Wrap a body into a document with its title, description, style and paper."""
    parts = [
        comment(remark),
        element("title", title, id=f"{picture}_title"),
        element("desc", description, id=f"{picture}_desc"),
        element("style", Markup(sheet(picture))),
        element("rect", width=wide, height=tall, rx=10, class_="paper"),
        body,
    ]
    root = element(
        "svg",
        Markup("\n" + lines(parts) + "\n"),
        xmlns="http://www.w3.org/2000/svg",
        id=picture,
        class_="gatenet",
        role="img",
        aria_labelledby=f"{picture}_title {picture}_desc",
        viewBox=f"0 0 {pixels(wide)} {pixels(tall)}",
        width=wide,
        height=tall,
    )
    return root + "\n"


def data(path: Path) -> str:
    """Return path data for a start and cubic curves, moved into the margin."""
    points = [f"{pixels(x + MARGIN)} {pixels(y + MARGIN)}" for x, y in path]
    curves = ["C" + " ".join(points[i : i + 3]) for i in range(1, len(points), 3)]
    return "".join(["M", points[0], *curves])


def _wires(scene: Scene, layout: Layout) -> Iterator[Markup]:
    """Draw trunks and wires, then the counts of the folded ones above them."""
    for tail, path in layout.trunks.items():
        node = scene.boxes[tail].node
        yield element("path", d=data(path), class_=f"trunk from_{node}")
    for wire, path in zip(scene.wires, layout.routes, strict=True):
        ends = f"from_{scene.boxes[wire.tail].node} to_{scene.boxes[wire.head].node}"
        many = " many" if wire.count > 1 else ""
        yield element(
            "path", element("title", wire.hover), d=data(path), class_=f"wire{many} {ends}"
        )
    for wire, path in zip(scene.wires, layout.routes, strict=True):
        if wire.count > 1:
            yield _count(wire, path)


def _count(wire: Wire, path: Path) -> Markup:
    """Write how many wires one folded wire stands for, at its middle."""
    (x0, y0), (x1, y1) = path[0], path[-1]
    x, y = (x0 + x1) / 2 + MARGIN, (y0 + y1) / 2 + MARGIN
    text = f"×{wire.count:,}"
    half = width(text, 12) / 2 + 3
    ground = element("rect", x=x - half, y=y - 8, width=2 * half, height=16, rx=8, class_="paper")
    return element("g", ground, element("text", text, x=x, y=y + 4, class_="middle quiet"))


def _boxes(scene: Scene, layout: Layout, picture: str) -> Iterator[Markup]:
    """Draw the boxes."""
    least = usual(scene.boxes)
    for box, (x, y) in zip(scene.boxes, layout.places, strict=True):
        yield drawn(box, x + MARGIN, y + MARGIN, f"{picture}_{box.node}", least)
