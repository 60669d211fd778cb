"""The truth: the exact slopes of exact formulas along a line.

Balls (python-flint) give value and slope with a rigorous bound in microseconds; where they cannot,
long differences (mpmath) say what kind of point it is.  Knows lines; does not know what they are
lines of.
"""

from __future__ import annotations

from fractions import Fraction

from gatenet.checking.kinds import NoFormula, Undecided
from gatenet.checking.lines import JUMP, KINK, SMOOTH, UNSTABLE, Line, Truth
from gatenet.checking.longdifferences import by_differences
from gatenet.checking.precise import Series, package, series_bits

#: Bits to start with and the most that are tried.
FIRST, MOST = 200, 6400


def truths(line: Line, count: int = 1) -> list[Truth]:
    """What is so of each of a line's functions at t = 0.

    Raises NoFormula where neither package is there, or a gate has no formula.
    """
    found: list[Truth | None] = [None] * count
    if package("flint"):
        found = _by_balls(line, count)
    if None in found and package("mpmath"):
        for k in range(count):
            found[k] = found[k] or by_differences(line, k)
    if not package("flint") and not package("mpmath"):
        raise NoFormula("neither python-flint nor mpmath is installed")
    return [Truth(UNSTABLE) if one is None else one for one in found]


def _by_balls(line: Line, count: int) -> list[Truth | None]:
    bits, sides = FIRST, None
    while bits <= MOST:
        with series_bits(bits):
            try:
                sides, ties = line.series(1)
                if all(one.settled for one in sides):
                    return _sided(line, sides, ties)
            except (Undecided, ZeroDivisionError, ValueError):
                sides = None
        bits *= 2
    return [None] * count


def _sided(line: Line, right: list[Series], ties: tuple[int, ...]) -> list[Truth | None]:
    """Join what both sides say; the other side is asked only where something was tied."""
    if not ties:
        return [Truth(SMOOTH, one.term(0), one.term(1), one.term(1)) for one in right]
    left, more = line.series(-1)
    here, _ = line.series(0)
    ties = tuple(sorted({*ties, *more}))
    found: list[Truth | None] = []
    for one, other, middle in zip(right, left, here, strict=True):
        if not (other.settled and middle.settled):
            found.append(None)
            continue
        a, b = -other.term(1), one.term(1)
        values = (other.term(0), middle.term(0), one.term(0))
        kind = SMOOTH if _near(a, b) else KINK
        if not (_near(values[0], values[1]) and _near(values[1], values[2])):
            kind = JUMP
        found.append(Truth(kind, values[1], a, b, ties=ties))
    return found


def _near(a: Fraction, b: Fraction) -> bool:
    return abs(a - b) <= max(abs(a), abs(b)) / 2**60
