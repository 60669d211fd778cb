"""Contributions: an explanation of a gradient as bars, one for each of its largest paths.

A bar's length is the size of what reached the unit along its path, its colour and triangle the
sign; the number stands beside it.  Knows explanations by their attributes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from gatenet.texts import ELLIPSIS, shown

from .labels import fitted, number, width
from .markup import Markup, element, lines, pixels
from .outlines import triangle
from .paint import document, named
from .picture import Picture
from .scale import sign_of
from .setting import wrapped
from .shapes import TEXT
from .strokes import MARGIN

LINE = 24.0
NAMES, BAR = 340.0, 260.0
"""The most pixels of a path's names, and the length of the longest bar."""
ENDS = 2
"""How many units of a long path are named at either end."""


def contributions(explanation: Any) -> Picture:
    """Draw what each path contributes to a gradient, and write the causes below."""
    title = f"why is {shown(explanation.name)}.grad {number(explanation.total)}?"
    rows = [(_way(path.labels), float(path.contribution)) for path in explanation.paths]
    if explanation.rest or explanation.count > len(rows) > 0:
        rows.append((f"{ELLIPSIS} all other paths", float(explanation.rest)))
    body, down = _bars(rows, MARGIN + 34)
    words = [shown(cause.text, 400) for cause in explanation.causes]
    wide = NAMES + BAR + 110.0
    for line in wrapped(words, wide, TEXT):
        body.append(element("text", line, x=MARGIN, y=down + 14, class_="said"))
        down += 18.0
    head = element("text", fitted(title, wide, 14.0), x=MARGIN, y=MARGIN + 12, class_="title")
    markup = lines([head, *body])
    said = "; ".join(f"{name}: {number(size)}" for name, size in rows)
    return Picture(
        document(
            named(markup, title),
            markup,
            wide + 2 * MARGIN,
            down + MARGIN,
            title=title,
            description=" ".join([f"By path: {said or 'none'}.", *words]),
            remark="contributions by path",
        )
    )


def _bars(rows: list[tuple[str, float]], top: float) -> tuple[list[Markup], float]:
    """Draw the bars from `top` downwards, and return where they end."""
    sizes = [abs(size) for _, size in rows if math.isfinite(size)]
    longest = max(sizes, default=0.0) or 1.0
    room = max((width(name, TEXT) for name, _ in rows), default=0.0)
    x = MARGIN + min(room, NAMES) + 12
    parts: list[Markup] = []
    for i, (name, size) in enumerate(rows):
        y = top + i * LINE + LINE / 2
        finite = abs(size) if math.isfinite(size) else longest
        parts += _bar(fitted(name, NAMES, TEXT), size, finite / longest * BAR, x, y)
    return parts, top + len(rows) * LINE


def _bar(name: str, size: float, long: float, x: float, y: float) -> Iterator[Markup]:
    """Draw one bar with its name before it and its number behind it."""
    sign = sign_of(size, size)
    text = number(size)
    yield element("text", name, x=MARGIN, y=y + 4, class_="said")
    yield element("path", d=f"M{pixels(x)} {pixels(y - 9)}v18", class_="rule")
    if long >= 0.5 and sign != "broken":
        yield element("rect", x=x, y=y - 7, width=long, height=14, rx=2, class_=f"bar {sign}")
    yield from triangle(sign, x + long + 10, y)
    at = x + long + (18 if sign in ("plus", "minus") else 8)
    yield element("text", text, x=at, y=y + 4, class_=f"num grad {sign}")


def _way(labels: tuple[str, ...]) -> str:
    """Name the units of a path from the output down; the middle of a long one is left out."""
    some = [shown(label, 40) for label in labels]
    if len(some) > 2 * ENDS:
        some = [*some[:ENDS], ELLIPSIS, *some[-ENDS:]]
    return " → ".join(some)
