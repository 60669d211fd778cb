"""Paint: a laid-out scene as one SVG document.

The document stands alone: no script, no link, no reference to anything outside it or, by id,
inside it.  Its own id is made from what it shows, so the same picture is the same text in
every process, and two pictures on one page do not share ids.  Knows scenes, coordinates and
shapes; does not know who laid them out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from .layout import Layout
from .legend import NARROWEST, legend
from .markup import Markup, comment, element, lines, pixels
from .parts import Scene
from .setting import Setting, caption_lines, setting, wrapped
from .shapes import TEXT, drawn
from .strokes import MARGIN as MARGIN
from .strokes import pulls, strokes
from .style import sheet

LINE = 18.0
"""The distance of two lines of the caption."""


def painted(scene: Scene, layout: Layout, remark: str, room: Setting | None = None) -> str:
    """Return the SVG document of a scene; the remark stands in it as a comment."""
    room = setting([scene]) if room is None else room
    wires = lines(part for part in strokes(scene, layout) if part)
    places = " ".join(pixels(x) for place in layout.places for x in place)
    picture = named(wires, places, repr(scene), remark)
    parts = [wires, *boxes(scene, layout, room, picture), *pulls(scene, layout, room)]
    below, wide, tall = foot(scene, layout, room)
    return document(
        picture,
        lines([*parts, *caption(scene, layout, wide), below]),
        wide + 2 * MARGIN,
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
    style: str = "",
) -> str:
    """Wrap a body into a document with its title, description, style and paper."""
    parts = [
        comment(remark),
        element("title", title, id=f"{picture}_title"),
        element("desc", description, id=f"{picture}_desc"),
        element("style", Markup(sheet(picture) + style)),
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


def foot(scene: Scene, layout: Layout, room: Setting) -> tuple[Markup, float, float]:
    """Return the legend, and the width and height that caption and legend take below."""
    wide = max(layout.width, NARROWEST)
    said = caption_lines(room.captions, wide, TEXT)
    down = said * LINE + (8 if said else 0)
    top = layout.height + 2 * MARGIN + down
    below, tall = legend(room.entries, scene.kind == "comparison", MARGIN, top, wide)
    return below, wide, tall + down


def caption(scene: Scene, layout: Layout, wide: float) -> Iterator[Markup]:
    """Write in words what the picture shows, below its boxes."""
    base = layout.height + 2 * MARGIN + 4
    said = wrapped(scene.caption, wide, TEXT)
    if said:
        headed = scene.title.startswith(said[0])  # else there are only remarks
        texts = [
            element("text", line, x=MARGIN, y=base + i * LINE, class_=kind)
            for i, line in enumerate(said)
            for kind in ["name" if headed and not i else "said"]
        ]
        yield element("g", *texts, class_="caption")


def boxes(scene: Scene, layout: Layout, room: Setting, picture: str) -> Iterator[Markup]:
    """Draw the boxes; without a picture's id they have none."""
    for box, (x, y), wide in zip(scene.boxes, layout.places, room.widths, strict=True):
        group = f"{picture}_{box.node}" if picture else ""
        yield drawn(box, x + MARGIN, y + MARGIN, group, wide)
