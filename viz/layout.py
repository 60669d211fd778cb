"""Layout: where the boxes of a picture stand and how its wires run, left to right.

`Layout` is also what the `dot` program's answer is read into, so the
painter does not know who laid a picture out.  Sizes come in,
coordinates go out, in pixels; knows `layers`, `crossings` and `vertical`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .crossings import ordered
from .layers import FEW, Layers, Wires, layered
from .vertical import middles

Point = tuple[float, float]
Path = list[Point]
"""A start and then three points for each cubic curve that follows."""

BETWEEN = 44.0
"""The least distance of two columns."""
STEEP = 2.0
"""From this many times its width in height on, a wire is drawn straighter."""
CROWD, CROWDED, MOST = 40, 0.6, 150.0
"""From how many wires between two columns on, and by how much for each, the gap grows."""
PORT = 4.0
"""How far under the gate's outline a wire ends."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A picture's coordinates: the left middle of each box, and curves for the wires.

    `routes` has one path per wire; a wire that runs on a rail has there only its own branch,
    and `trunks` has the shared part once per box.
    """

    width: float
    height: float
    places: list[Point]
    routes: list[Path]
    trunks: dict[int, Path]


def lay_out(
    sizes: Sequence[Point], wires: Wires, between: float = BETWEEN, loose: Collection[int] = ()
) -> Layout:
    """Lay out boxes of given (width, height) joined by wires of (tail, head).

    `between` is the least distance of two columns.  The wires into `loose` boxes, which are
    folded ones, enter as they come; those into a gate enter in the order of its operands.

    Cost: about n log n in boxes, wires and rail points together; rail points are bounded.

    Raises:
        WiringError: if the wires close a circle.

    >>> lay_out([(50, 20), (50, 20)], [(0, 1)]).places
    [(0.0, 10.0), (94.0, 10.0)]
    """
    layers = layered(len(sizes), wires, loose)
    columns = ordered(layers)
    points = len(layers.column) - len(sizes)
    wide = [size[0] for size in sizes] + [0.0] * points
    tall = [size[1] for size in sizes] + [0.0] * points
    middle = middles(layers, columns, tall)
    left, breadth = _edges(layers, columns, wide, middle, between)
    places = [
        (left[layers.column[box]] + breadth[layers.column[box]] - wide[box], middle[box])
        for box in range(len(sizes))
    ]
    trunks = {tail: _trunk(layers, tail, left, breadth, middle) for tail in layers.rails}
    routes = _routes(layers, wires, places, wide, left, breadth, middle, loose)
    width = left[-1] + breadth[-1] if left else 0.0
    height = max((middle[box] + tall[box] / 2 for box in range(len(middle))), default=0.0)
    return Layout(width, height, places, routes, trunks)


def curve(start: Point, end: Point) -> Path:
    """Return the curve between two points that leaves and arrives level.

    The steeper it is the sooner it turns, so that many steep wires do not all stand upright in
    the middle between two columns.
    """
    across, rise = end[0] - start[0], abs(end[1] - start[1])
    bend = across * (0.5 if rise <= STEEP * across else max(0.5 * STEEP * across / rise, 0.12))
    return [(start[0] + bend, start[1]), (end[0] - bend, end[1]), end]


def _edges(
    layers: Layers,
    columns: list[list[int]],
    wide: list[float],
    middle: list[float],
    between: float,
) -> tuple[list[float], list[float]]:
    """Return the left edge and the breadth of each column; steep wires get a wider gap."""
    left: list[float] = []
    breadth: list[float] = []
    x = 0.0
    for column in columns:
        left.append(x)
        breadth.append(max(wide[box] for box in column))
        rises = [abs(middle[box] - middle[head]) for box in column for head in layers.after[box]]
        steep = min(max(rises, default=0.0) * 0.12, 66.0)
        x += breadth[-1] + between + max(steep, min((len(rises) - CROWD) * CROWDED, MOST))
    return left, breadth


def _trunk(
    layers: Layers, tail: int, left: list[float], breadth: list[float], middle: list[float]
) -> Path:
    """Return the shared part of a box's wires: from the box to the end of its rail."""
    at = layers.column[tail]
    path = [(left[at] + breadth[at], middle[tail])]
    for point in layers.rails[tail]:
        at += 1
        path += curve(path[-1], (left[at], middle[point]))
        path += curve(path[-1], (left[at] + breadth[at], middle[point]))
    return path


def _routes(
    layers: Layers,
    wires: Wires,
    places: list[Point],
    wide: list[float],
    left: list[float],
    breadth: list[float],
    middle: list[float],
    loose: Collection[int],
) -> list[Path]:
    """Return each wire's own branch; few operands enter a gate in their order, top first."""
    starts: list[Point] = []
    arriving: list[list[int]] = [[] for _ in places]
    for wire, (tail, head) in enumerate(wires):
        passed = layers.column[head] - layers.column[tail] - 1
        if passed and tail in layers.rails:
            at = layers.column[head] - 1
            starts.append((left[at] + breadth[at], middle[layers.rails[tail][passed - 1]]))
        else:
            starts.append((places[tail][0] + wide[tail], middle[tail]))
        arriving[head].append(wire)
    routes: list[Path] = [[] for _ in wires]
    for head, some in enumerate(arriving):
        if len(some) > FEW or head in loose:
            some.sort(key=lambda wire: starts[wire][1])
        x, y = places[head]
        for wire, shift in zip(some, spread(len(some)), strict=True):
            routes[wire] = [starts[wire], *curve(starts[wire], (x + PORT, y + shift))]
    return routes


def spread(n: int) -> list[float]:
    """Return how far from the middle each of n wires enters a gate, top first.

    >>> spread(2)
    [-2.5, 2.5]
    """
    step = min(5.0, 16.0 / max(n - 1, 1))
    return [(rank - (n - 1) / 2) * step for rank in range(n)]
