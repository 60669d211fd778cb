"""Long differences: slopes from values alone, at 1,600 bits and more (mpmath).

No rule of differentiation enters them.  Slopes over three shrinking steps on each side tell smooth
points from kinks, jumps, vertical tangents, edges, and from points where nothing settles.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from gatenet.checking.lines import (
    BOUNDARY,
    JUMP,
    KINK,
    SMOOTH,
    UNDEFINED,
    UNSTABLE,
    VERTICAL,
    Line,
    Truth,
)
from gatenet.checking.precise import Wide, package, wide_bits

#: Bits to start with and the most that are tried.
FIRST, MOST = 1600, 12800
#: Steps as powers of two: of the size of the point, and at 0.
STEPS, STEPS_AT_ZERO = (90, 120, 150), (1170, 1200, 1230)


class _Side(NamedTuple):
    """Difference quotients over three shrinking steps, and the differences themselves."""

    slopes: tuple[Any, Any, Any]
    moves: tuple[Any, Any, Any]


def by_differences(line: Line, at: int = 0) -> Truth | None:
    """Classify a point from values at 1,600 bits and more; None where no precision settles it."""
    bits, previous = FIRST, None
    while bits <= MOST:
        with wide_bits(bits):
            found, key = _classified(line, at)
            if previous is not None and _repeats(previous, key):
                return found
        previous = key
        bits *= 2
    return None


def _repeats(one: Sequence[Any], other: Sequence[Any]) -> bool:
    for a, b in zip(one, other, strict=True):
        if isinstance(a, str) or a is None or b is None:
            if a != b:
                return False
        elif abs(a - b) > abs(a) / 2**80:
            return False
    return True


def _classified(line: Line, at: int) -> tuple[Truth, list[Any]]:
    mpf = package("mpmath").mpf
    scale = line.scale()
    steps = [mpf(scale) / 2**k if scale else mpf(2) ** -k
             for k in (STEPS if scale else STEPS_AT_ZERO)]  # fmt: skip
    middle = line.wide(mpf(0))[at]
    if middle is None:
        return Truth(UNDEFINED, method="long differences"), [UNDEFINED]
    sides = [_side(line, at, middle, [sign * h for h in steps]) for sign in (-1, 1)]
    exact = [None if s is None else Wide(s.slopes[2]).exact for s in sides]
    made = Truth(SMOOTH, Wide(middle).exact, exact[0], exact[1], "long differences",
                 (STEPS if scale else STEPS_AT_ZERO)[2])  # fmt: skip
    kind, rising = _kind(sides)
    key = [kind, *[None if s is None or kind == UNSTABLE else s.slopes[2] for s in sides]]
    if kind in (VERTICAL, JUMP):
        key = [kind]
        made = made._replace(left=None, right=None, rising=rising)
    if kind == SMOOTH:
        assert sides[0] is not None and sides[1] is not None
        both = (sides[0].slopes[2] + sides[1].slopes[2]) / 2
        key, slope = [kind, both], Wide(both).exact
        made = made._replace(left=slope, right=slope)
    if kind == BOUNDARY and rising != (0, 0):
        made, key = made._replace(left=None, right=None, rising=rising), [kind]
    return made._replace(kind=kind), key


def _side(line: Line, at: int, middle: Any, steps: Sequence[Any]) -> _Side | None:
    moves = []
    for h in steps:
        there = line.wide(h)[at]
        if there is None:
            return None
        moves.append(there - middle)
    a, b, c = (move / h for move, h in zip(moves, steps, strict=True))
    if abs(b) <= abs(a) / 2**8 and abs(c) <= abs(b) / 2**8:
        a = b = c = 0 * c  # the slope goes to nothing, as that of a power does at 0
    slopes = (a, b, c)
    return _Side(slopes, tuple(moves))


def _kind(sides: Sequence[_Side | None]) -> tuple[str, tuple[int, int]]:
    """Tell the kind of point from what the slopes of both sides do as the steps shrink."""
    grows = [s is not None and _grows(s) for s in sides]
    rising = tuple(0 if s is None or not g else (1 if s.slopes[2] > 0 else -1)
                   for s, g in zip(sides, grows, strict=True))  # fmt: skip
    if None in sides:
        known = [s for s in sides if s is not None]
        if not known:
            return UNDEFINED, (0, 0)
        settles = _settles(known[0]) or any(grows)
        return (BOUNDARY if settles else UNSTABLE), rising  # type: ignore[return-value]
    left, right = sides
    assert left is not None and right is not None
    if any(grows):
        jumps = [g and abs(s.moves[2]) > abs(s.moves[0]) / 2
                 for s, g in zip((left, right), grows, strict=True)]  # fmt: skip
        return (JUMP if any(jumps) else VERTICAL), rising  # type: ignore[return-value]
    apart = [abs(r - s) for r, s in zip(right.slopes, left.slopes, strict=True)]
    size = max(abs(right.slopes[2]), abs(left.slopes[2]))
    if apart[2] <= size / 2**60 or (apart[0] and apart[2] <= apart[0] / 2**55):
        return SMOOTH, (0, 0)
    return (KINK if _settles(left) and _settles(right) else UNSTABLE), (0, 0)


def _grows(side: _Side) -> bool:
    a, b, c = (abs(s) for s in side.slopes)
    return bool(b >= a * 2**10 and c >= b * 2**10 and a > 0) or bool(a == 0 and c > b > 0)


def _settles(side: _Side) -> bool:
    a, b, c = side.slopes
    return bool(abs(c - b) <= max(abs(c), abs(a)) / 2**20)
