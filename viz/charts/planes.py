"""Planes: a plane through the space of the parameters, on which a loss can be drawn.

Plain vectors of numbers.  Knows randomness and numbers; nothing of units or pictures.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from gatenet.errors import RangeError
from gatenet.randomness import normal

Vector = Sequence[float]


@dataclass(frozen=True)
class Plane:
    """A point, and two directions at right angles of length 1."""

    origin: Vector
    first: Vector
    second: Vector

    def point(self, a: float, b: float) -> list[float]:
        """Return the point that lies a and b along the directions.

        >>> Plane([1.0, 2.0], [1.0, 0.0], [0.0, 1.0]).point(0.5, -2.0)
        [1.5, 0.0]
        """
        rows = zip(self.origin, self.first, self.second, strict=True)
        return [o + a * u + b * v for o, u, v in rows]

    def shadow(self, point: Vector) -> tuple[float, float]:
        """Return where a point stands in the plane, seen from straight above."""
        away = _difference(point, self.origin)
        return _dot(away, self.first), _dot(away, self.second)


def random_plane(origin: Vector, rng: random.Random) -> Plane:
    """Return a plane through a point in two random directions, each as likely as any other."""
    first = _unit([normal(rng, 0.0, 1.0) for _ in origin])
    while True:
        second = _across([normal(rng, 0.0, 1.0) for _ in origin], first)
        if _length(second) > 1e-6:
            return Plane(origin, first, _unit(second))


def plane_of(path: Sequence[Vector]) -> Plane:
    """Return the plane through the end of a path, its start, and its point farthest from both.

    The first direction leads from the end back to the start; these three points lie in the plane
    exactly.

    Raises:
        RangeError: if the path does not move.
    """
    start, end = path[0], path[-1]
    away = [_difference(point, end) for point in path]
    first = _difference(start, end)
    if not _length(first):  # a path that comes back: take its farthest point for the start
        first = max(away, key=_length)
    if not _length(first):
        raise RangeError("the path does not move: all its points are equal")
    first = _unit(first)
    second = max((_across(v, first) for v in away), key=_length)
    if _length(second) <= 1e-9 * max(map(_length, away)):  # a straight path: any way across it
        axes = ([float(i == k) for i in range(len(end))] for k in range(len(end)))
        second = max((_across(axis, first) for axis in axes), key=_length)
    return Plane(end, first, _unit(second))


def _dot(a: Vector, b: Vector) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


def _length(a: Vector) -> float:
    return math.hypot(*a)


def _unit(a: Vector) -> list[float]:
    length = _length(a)
    return [x / length for x in a]


def _difference(a: Vector, b: Vector) -> list[float]:
    return [x - y for x, y in zip(a, b, strict=True)]


def _across(a: Vector, first: Vector) -> list[float]:
    """Return what is left of a vector when its part along a direction is taken off."""
    along = _dot(a, first)
    return [x - along * u for x, u in zip(a, first, strict=True)]
