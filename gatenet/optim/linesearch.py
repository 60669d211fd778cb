"""The line search: how far to go in a direction, by the strong Wolfe conditions.

A point t on the line is accepted when f(t) <= f(0) + c1 · t · f'(0) (enough is gained) and
|f'(t)| <= c2 · |f'(0)| (the slope has flattened).  First the interval of such points is bracketed,
then it is narrowed, by cubic interpolation, as J. Nocedal and S. Wright describe in "Numerical
optimization", 2nd edition, algorithms 3.5 and 3.6 and equation 3.59.  The bounds of the
interpolation and the stops are those of M. Schmidt's minFunc (2005), which PyTorch follows, so
that both find the same points.  Knows numbers; does not know units or optimizers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from gatenet.optim.vectors import Vector, dot, largest


class Wolfe(NamedTuple):
    """What a search is told: the two constants, and when to give up."""

    c1: float = 1e-4
    c2: float = 0.9
    tolerance_change: float = 1e-9
    max_iter: int = 25


class Point(NamedTuple):
    """A point on the line: the loss there, its slope along the line, and the whole gradient."""

    t: float
    loss: float
    slope: float
    grad: Vector

    @property
    def finite(self) -> bool:
        """Whether loss and slope are numbers to reckon with."""
        return math.isfinite(self.loss) and math.isfinite(self.slope)


Measure = Callable[[float], tuple[float, Vector]]


class LineSearch:
    """One search: `measure` gives loss and gradient at a t; `evaluations` counts its calls."""

    def __init__(self, measure: Measure, direction: Vector, start: Point, wolfe: Wolfe) -> None:
        self.measure = measure
        self.direction = direction
        self.start = start
        self.wolfe = wolfe
        self.evaluations = 0

    def at(self, t: float) -> Point:
        """Measure a point of the line."""
        self.evaluations += 1
        loss, grad = self.measure(t)
        return Point(t, loss, dot(grad, self.direction), grad)

    def run(self, t: float) -> Point:
        """Search from a first t; give the start itself where no point was any better."""
        ends, tries = self._bracketed(t)
        if len(ends) == 1:
            return ends[0]
        if not all(end.finite for end in ends):
            return self.start
        return self._zoomed(ends, tries)

    def _gains_too_little(self, point: Point) -> bool:
        """Whether the first condition fails."""
        return not point.loss <= self.start.loss + self.wolfe.c1 * point.t * self.start.slope

    def _is_flat(self, point: Point) -> bool:
        """Whether the second condition holds."""
        return abs(point.slope) <= -self.wolfe.c2 * self.start.slope

    def _bracketed(self, t: float) -> tuple[list[Point], int]:
        """The ends of an interval that holds acceptable points, or one point that is acceptable."""
        before, point = self.start, self._finite(t, 0.0)
        for tries in range(self.wolfe.max_iter):
            if self._gains_too_little(point) or (tries > 1 and point.loss >= before.loss):
                return [before, point], tries
            if self._is_flat(point):
                return [point], tries
            if point.slope >= 0.0:
                return [before, point], tries
            nearest, farthest = point.t + 0.01 * (point.t - before.t), 10.0 * point.t
            further = interpolated(before, point, nearest, farthest)
            before, point = point, self._finite(further, point.t)
        return [self.start, point], self.wolfe.max_iter

    def _finite(self, t: float, known: float) -> Point:
        """Measure at t, or as far from `known` towards t as the loss is finite."""
        point = self.at(t)
        for _ in range(self.wolfe.max_iter):
            if point.finite:
                break
            t = known + 0.5 * (t - known)
            point = self.at(t)
        return point

    def _zoomed(self, ends: list[Point], tries: int) -> Point:
        """Narrow the interval until its better end is acceptable, or nothing more is gained."""
        size = largest(self.direction)
        low = 0 if ends[0].loss <= ends[1].loss else 1  # which end has the smaller loss
        stalled = False
        while tries < self.wolfe.max_iter:
            first, last = sorted((ends[0].t, ends[1].t))
            if (last - first) * size < self.wolfe.tolerance_change:
                break
            t = interpolated(ends[0], ends[1], first, last)
            margin = 0.1 * (last - first)
            near = min(last - t, t - first) < margin
            # near an end once is fine; twice in a row, or on the end itself, gains too little
            if near and (stalled or not first < t < last):
                t = last - margin if abs(t - last) < abs(t - first) else first + margin
                near = False
            stalled = near
            point = self.at(t)
            tries += 1
            if self._gains_too_little(point) or point.loss >= ends[low].loss:
                ends[1 - low] = point
                low = 0 if ends[0].loss <= ends[1].loss or not ends[1].finite else 1
                if not point.finite:  # no number to interpolate with: halve the way
                    ends[1 - low] = self._finite(0.5 * (ends[low].t + t), ends[low].t)
                continue
            if self._is_flat(point):
                return point
            if point.slope * (ends[1 - low].t - ends[low].t) >= 0.0:
                ends[1 - low] = ends[low]
            ends[low] = point
        return ends[low]


def interpolated(one: Point, other: Point, low: float, high: float) -> float:
    """The minimum of the cubic through two points with their slopes, kept from `low` to `high`.

    The middle of the bounds where that cubic has no minimum.

    >>> parabola = [Point(t, (t - 1.0) ** 2, 2.0 * (t - 1.0), []) for t in (0.0, 3.0)]
    >>> interpolated(*parabola, 0.0, 3.0)
    1.0
    """
    if one.t > other.t:
        one, other = other, one
    width = other.t - one.t
    if width > 0.0:
        d1 = one.slope + other.slope - 3.0 * (one.loss - other.loss) / (one.t - other.t)
        square = d1 * d1 - one.slope * other.slope
        if 0.0 <= square < math.inf:
            d2 = math.sqrt(square)
            below = other.slope - one.slope + 2.0 * d2
            if below:
                t = other.t - width * ((other.slope + d2 - d1) / below)
                return min(max(t, low), high)
    return (low + high) / 2.0
