"""Lines: a gate or a circuit as functions of one number, worked out on precise numbers.

A derivative in a direction is the slope of such a function at 0.  `Truth` is what can be said of
one point of it.  Knows precise numbers and circuits; does not know how slopes are found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

from gatenet.checking.kinds import Undecided, Wiring, function_of
from gatenet.checking.precise import Series, Wide, package
from gatenet.declaration import Gate

SMOOTH, KINK, JUMP, VERTICAL = "smooth", "kink", "jump", "vertical"
BOUNDARY, UNDEFINED, UNSTABLE = "boundary", "undefined", "unstable"


class Truth(NamedTuple):
    """What is so at a point: the kind of point, the value, the slope from each side.

    `kind` is "smooth", "kink", "jump", "vertical" (tangent), "boundary" (open on one side),
    "undefined" or "unstable" (the slope does not settle, as where a function oscillates).
    """

    kind: str
    value: Fraction | None = None
    left: Fraction | None = None
    right: Fraction | None = None
    #: How it was found: "balls" or "long differences"; the step of the latter, as a power of two.
    method: str = "balls"
    step: int = 0
    #: The rows where equal values were compared.
    ties: tuple[int, ...] = ()
    #: The sign of an infinite slope from each side, 0 where there is none.
    rising: tuple[int, int] = (0, 0)

    @property
    def slope(self) -> Fraction | None:
        """The slope where there is one alone: both sides', or that of the open side."""
        if self.kind == SMOOTH:
            return self.right
        return (self.right if self.left is None else self.left) if self.kind == BOUNDARY else None


class Line(Protocol):
    """Some functions of one number t, worked out on precise numbers."""

    def series(self, direction: int) -> tuple[list[Series], tuple[int, ...]]:
        """The functions just beyond t = 0 to one side (or at it), and the rows with ties."""

    def wide(self, t: Any) -> list[Any]:
        """The functions at t, a long float; None for one that is not real there."""

    def scale(self) -> float:
        """The size of what moves, at most 1; 0.0 where something moves away from 0."""


class GateLine:
    """A gate's value, as its operands move from a point in a direction."""

    def __init__(self, gate: Gate, point: Sequence[float], direction: Sequence[float]) -> None:
        self.gate, self.point, self.direction = gate, point, direction

    def series(self, direction: int) -> tuple[list[Series], tuple[int, ...]]:
        """The gate just beyond the point."""
        before = Series.ties
        operands = [Series.moving(x, direction * v) for x, v in self._pairs()]
        found = function_of(self.gate, Series)(operands)
        return [found], (0,) if Series.ties > before else ()

    def wide(self, t: Any) -> list[Any]:
        """The gate at a distance from the point."""
        operands = [Wide.of(x) + t * v for x, v in self._pairs()]
        return _reals(lambda: [function_of(self.gate, Wide)(operands)], 1)

    def scale(self) -> float:
        """The size of the smallest operand that moves."""
        return float(min([1.0, *[abs(x) for x, v in self._pairs() if v]]))

    def _pairs(self) -> Any:
        return zip(self.point, self.direction, strict=True)


class CircuitLine:
    """A circuit's outputs, as some of its leaves move from where they stand."""

    def __init__(self, wiring: Wiring, direction: dict[int, float], known: dict[Any, Any]) -> None:
        self.wiring, self.direction, self.known = wiring, direction, known
        self.moving = wiring.moved_by(list(direction))

    def series(self, direction: int) -> tuple[list[Series], tuple[int, ...]]:
        """The outputs just beyond the point; what stands still is worked out once a precision."""
        bits = package("flint").ctx.prec
        if bits not in self.known:
            self.known[bits] = self.wiring.run(Series, {})
        seen, ties = Series.ties, []

        def after(row: int) -> None:
            nonlocal seen
            if Series.ties > seen:
                seen = Series.ties
                ties.append(row)

        values = self.wiring.values
        leaves = {k: Series.moving(values[k], direction * v) for k, v in self.direction.items()}
        found = self.wiring.rerun(Series, self.known[bits], leaves, self.moving, after)
        return [found[k] for k in self.wiring.outputs], tuple(ties)

    def wide(self, t: Any) -> list[Any]:
        """The outputs at a distance from the point."""
        leaves = {k: Wide.of(self.wiring.values[k]) + t * v for k, v in self.direction.items()}
        outputs = self.wiring.outputs

        def run() -> list[Any]:
            found = self.wiring.run(Wide, leaves)
            return [found[k] for k in outputs]

        return _reals(run, len(outputs))

    def scale(self) -> float:
        """The size of the smallest leaf that moves."""
        return min([1.0, *[abs(self.wiring.values[k]) for k in self.direction]])


def _reals(run: Callable[[], list[Any]], count: int) -> list[Any]:
    try:
        return [v.inner if v.finite else None for v in run()]
    except (ArithmeticError, ValueError, Undecided):
        return [None] * count
