"""Axes: a frame with ticks, and lines drawn in it.

A line breaks where its number is not finite and is cut at the upper and lower edge of the
frame.  Lines differ in dashes as well as in colour.  Knows numbers and elements; does not
know what is plotted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatenet.texts import shown

from .labels import fitted, number, width
from .markup import Markup, element, lines, pixels
from .paint import document, named
from .picture import Picture

WIDE, TALL = 640.0, 400.0
LARGEST = 1e300
"""The largest number that has a place on an axis."""
MOST = 2000
"""The most points of one line that are drawn; past it, the extremes of each stretch are."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its name in the legend and its points; nan breaks it."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: the range of its numbers, onto a range of pixels."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, x: float) -> float:
        """Return the pixel of a number; nan for one that has no place."""
        if self.log:
            x = math.log10(x) if x > 0 else math.nan
        return self.start + (self.end - self.start) * ((x - self.low) / (self.high - self.low))

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """Return the pixels and labels of round numbers along the axis, about `most`."""
        if not self.log:
            return [(self(x), number(x)) for x in round_numbers(self.low, self.high, most)]
        first, last = math.floor(self.low), min(math.ceil(self.high), 307)
        step = max(-(-(last - first) // most), 1)
        digits = (1, 2, 5) if (last - first) * 3 <= most + 2 else (1,)
        powers = [k for k in range(first, last + 1) if k % step == 0]
        some = [float(f"{digit}e{k}") for k in powers for digit in digits]
        fit = [x for x in some if x and self.low <= math.log10(x) <= self.high]
        if len(fit) < 2:
            fit = [10.0**x for x in round_numbers(self.low, min(self.high, 308.0), most)]
        return [(self(x), number(x)) for x in fit if x]


def round_numbers(low: float, high: float, most: int) -> list[float]:
    """Return multiples of 1, 2 or 5 times a power of ten from low to high, at most `most`.

    >>> round_numbers(-3.0, 3.0, 8)
    [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0]
    """
    rough = (high - low) / max(most - 1, 1)
    power = math.floor(math.log10(rough)) if rough > 0 else 0
    unit = f"e{power}"
    step = next(f for f in (1, 2, 5, 10) if f * float("1" + unit) >= rough * (1 - 1e-9))
    size = float(f"{step}{unit}")
    first, last = math.ceil(low / size - 1e-6), math.floor(high / size + 1e-6)
    return [float(f"{k * step}{unit}") for k in range(first, last + 1)]


def axis(values: Sequence[float], start: float, end: float, *, log: bool = False) -> Axis:
    """Return an axis that holds the finite ones of some numbers, with a little room.

    Past 1e300 it ends, so that no difference overflows.
    """
    some = [min(max(x, -LARGEST), LARGEST) for x in values if math.isfinite(x)]
    fit = [math.log10(x) if log else x for x in some if x > 0 or not log]
    low, high = (min(fit), max(fit)) if fit else (0.0, 1.0)
    room = 0.04 * (high - low)
    if room <= 1e-12 * max(abs(low), abs(high)):
        room = max(abs(low), 1e-300 if fit and low else 1.0) * 0.1
    return Axis(low - room, high + room, start, end, log)


def plotted(
    drawn: Sequence[Line], x: Axis, y: Axis, *, title: str, x_label: str, y_label: str
) -> Picture:
    """Return the picture of lines in a frame with these axes."""
    parts = [*_frame(x, y), *_words(x, y, title, x_label, y_label)]
    parts += [part for i, line in enumerate(drawn) for part in _drawn(line, style(i), x, y)]
    parts += _names(drawn, x, y)
    body = lines(parts)
    what = shown(title) or "Plot"
    said = "; ".join(_said(line) for line in drawn)
    return Picture(
        document(
            named(body, what, said), body, WIDE, TALL, title=what, description=said, remark="plot"
        )
    )


def style(i: int) -> str:
    """Return the classes of the i-th line: sixteen pairs of colour and dashes."""
    return f"line c{i % 4} d{(i + i // 4) % 4}"


def room_for(labels: Sequence[str]) -> float:
    """Return the width that tick labels take."""
    return max((width(label, 12) for label in labels), default=0.0)


def _frame(x: Axis, y: Axis) -> Iterator[Markup]:
    """Draw grid, ticks and axes."""
    for at, label in x.ticks(8):
        yield element("path", d=f"M{pixels(at)} {pixels(y.end)}V{pixels(y.start)}", class_="grid")
        yield element("text", label, x=at, y=y.start + 18, class_="middle quiet")
    for at, label in y.ticks(7):
        yield element("path", d=f"M{pixels(x.start)} {pixels(at)}H{pixels(x.end)}", class_="grid")
        yield element("text", label, x=x.start - 8, y=at + 4, class_="end quiet")
    corner = f"M{pixels(x.start)} {pixels(y.end)}V{pixels(y.start)}H{pixels(x.end)}"
    yield element("path", d=corner, class_="axis")


def _words(x: Axis, y: Axis, title: str, x_label: str, y_label: str) -> Iterator[Markup]:
    """Write the title and the labels of the axes; the y label stands above its axis."""
    room = x.end - x.start
    texts = [(title, x.start, 26.0, "title"), (y_label, x.start, 48.0, "quiet")]
    texts.append((x_label, x.end, TALL - 14, "end quiet"))
    for text, at, down, kind in texts:
        if text:
            size = 14.0 if kind == "title" else 12.0
            yield element("text", fitted(shown(text), room, size), x=at, y=down, class_=kind)


def _drawn(line: Line, kind: str, x: Axis, y: Axis) -> Iterator[Markup]:
    """Draw one line as the pieces between its breaks; a lone point becomes a dot."""
    pieces = list(_pieces([(x(a), y(b)) for a, b in _thinned(line)], y.end, y.start))
    dots = [piece[0] for piece in pieces if len(piece) == 1]
    for at, down in dots:
        yield element("circle", cx=at, cy=down, r=2.5, class_=kind)
    paths = ["M" + "L".join(f"{pixels(a)} {pixels(b)}" for a, b in p) for p in pieces if p[1:]]
    if paths:
        yield element("path", element("title", shown(line.name)), d="".join(paths), class_=kind)


def _pieces(
    points: Sequence[tuple[float, float]], top: float, bottom: float
) -> Iterator[list[tuple[float, float]]]:
    """Cut a line into its pieces between breaks and within the frame."""
    piece: list[tuple[float, float]] = []
    for i, (x, y) in enumerate(points):
        within = top - 0.05 <= y <= bottom + 0.05
        before = points[i - 1] if i else (math.nan, math.nan)
        joined = math.isfinite(before[1]) and math.isfinite(y)
        was = top - 0.05 <= before[1] <= bottom + 0.05
        if joined and within != was:
            edge = top if min(y, before[1]) < top else bottom
            part = (edge - before[1]) / (y - before[1])
            piece.append((before[0] + part * (x - before[0]), edge))
        if piece and not (within and (joined or not i)):
            yield piece
            piece = []
        if within:
            piece.append((x, y))
    if piece:
        yield piece


def _thinned(line: Line) -> list[tuple[float, float]]:
    """Return the points of a line, only the extremes of each stretch where they are too many."""
    points = list(zip(line.xs, line.ys, strict=True))
    if len(points) <= MOST:
        return points
    size = -(-len(points) * 4 // MOST)
    kept: list[tuple[float, float]] = []
    for start in range(0, len(points), size):
        stretch = points[start : start + size]
        finite = [i for i, (_, y) in enumerate(stretch) if math.isfinite(y)]
        marks = {0, len(stretch) - 1}
        marks.update(i for i, (_, y) in enumerate(stretch) if not math.isfinite(y))
        if finite:
            marks.add(min(finite, key=lambda i: stretch[i][1]))
            marks.add(max(finite, key=lambda i: stretch[i][1]))
        kept += [stretch[i] for i in sorted(marks)]
    return kept


def _names(drawn: Sequence[Line], x: Axis, y: Axis) -> Iterator[Markup]:
    """Draw the legend of the named lines, right-aligned above the frame."""
    named_ = [(i, fitted(shown(line.name), 140, 12)) for i, line in enumerate(drawn) if line.name]
    at = x.end
    for i, name in reversed(named_):
        at -= width(name, 12) + 10
        if at < x.start + 160:
            return
        yield element("text", name, x=at, y=48, class_="quiet")
        yield element("path", d=f"M{pixels(at - 30)} 44h24", class_=style(i))
        at -= 42


def _said(line: Line) -> str:
    """Describe a line in words: its name, its ends and its range."""
    name = shown(line.name) or "line"
    finite = [y for y in line.ys if math.isfinite(y)]
    if not finite:
        return f"{name}: no finite value"
    ends = f"from {number(finite[0])} to {number(finite[-1])}"
    return f"{name}: {len(line.ys)} points, {ends}, least {number(min(finite))}"
