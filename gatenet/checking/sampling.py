"""Sampling: points of a gate's domain, with its kinks, its edges and the ends of float64."""

from __future__ import annotations

import math
import random
import struct

from gatenet.checking.domains import looker
from gatenet.declaration import Gate
from gatenet.errors import RangeError

#: Where formulas branch, overflow, round to 1 or lose their digits.
EXTREMES = (
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 5e-324, -5e-324, 2.3e-308, -2.3e-308,
    1e-160, -1e-160, 1e-16, -1e-16, 1e-8, -1e-8, 20.0, -20.0, 37.0, -37.0, 709.0, -709.0, 745.0,
    -745.0, 1e8, -1e8, 1e16, -1e16, 1e160, -1e160, 1.7e308, -1.7e308,
)  # fmt: skip


def points(gate: Gate, n: int, rng: random.Random) -> list[tuple[float, ...]]:
    """Draw n points inside a gate's domain: most of them ordinary, some at the hard places.

    Most are of ordinary size, one in five of any size, the rest kinks, edges (as far as they
    belong to the domain), their neighbours, ties between inputs, and extremes.  A
    gate of any number of inputs gets one to four of them.

    Raises RangeError when the domain is not found by drawing.

    >>> from gatenet.gates import log
    >>> all(x > 0 for (x,) in points(log, 100, random.Random(1)))
    True
    """
    found: list[tuple[float, ...]] = []
    look = looker(gate)
    for _ in range(100 * n + 1000):
        if len(found) >= n:
            return found
        size = rng.randint(1, 4) * gate.groups if gate.variadic else len(gate.inputs)
        point = _drawn(gate, size, rng)
        if look(point)[0]:
            found.append(point)
    raise RangeError(
        f"only {len(found)} of {n} points drawn for gate {gate.name!r} lie in its domain: "
        "check the condition in its declaration",
        gate=gate,
    )


def _drawn(gate: Gate, size: int, rng: random.Random) -> tuple[float, ...]:
    kind = rng.random()
    if kind < 0.2:
        point = [rng.choice((1, -1)) * 10.0 ** rng.uniform(-8, 8) for _ in range(size)]
    elif kind < 0.25:
        point = [rng.choice(EXTREMES) for _ in range(size)]
    elif kind < 0.4:
        point = [rng.uniform(-40.0, 40.0) for _ in range(size)]
    else:
        point = [rng.gauss(0.0, 2.0) for _ in range(size)]
    if size > 1 and rng.random() < 0.1:
        point[rng.randrange(size)] = rng.choice(point)
    if rng.random() < 0.2 and looker(gate)(point)[1]:
        point = _vanishing(gate, point, rng)
    return tuple(point)


def _vanishing(gate: Gate, point: list[float], rng: random.Random) -> list[float]:
    """Move one input onto a kink or an edge, or right beside it; stay where none is found."""
    look = looker(gate)
    k = rng.randrange(len(point))

    def signs(there: float) -> list[int]:
        return look([*point[:k], there, *point[k + 1 :]])[1]

    low = point[k]
    start = signs(low)
    candidates = [rng.gauss(0.0, 10.0 ** rng.uniform(-2, 3)) for _ in range(8)] + [0.0]
    high = next((t for t in candidates if signs(t) != start), None)
    if high is None:
        return [0.0] * len(point) if rng.random() < 0.2 else point
    below, above = _rank(low), _rank(high)
    while abs(above - below) > 1:
        middle = (below + above) // 2
        if signs(_ranked(middle)) == start:
            below = middle
        else:
            above = middle
    low, high = _ranked(below), _ranked(above)
    near = rng.choice((high, high, low, math.nextafter(high, math.inf), high + 1e-3))
    return [*point[:k], near, *point[k + 1 :]]


def _rank(x: float) -> int:
    """The place of a float among all floats, 0.0 at 0: bisecting it takes sixty-four steps."""
    bits: int = struct.unpack("<q", struct.pack("<d", x))[0]
    return bits if bits >= 0 else -(bits & (2**63 - 1))


def _ranked(rank: int) -> float:
    """The float of a place."""
    x: float = struct.unpack("<d", struct.pack("<q", abs(rank)))[0]
    return x if rank >= 0 else -x
