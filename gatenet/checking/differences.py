"""Differences: the slope of a function of one number, with an honest error, from its values alone.

Differences over steps that halve are extrapolated to a step of zero (Richardson, Ridders); the
error of an estimate is how far it moved plus what rounding can have done to it.  A wide step is
accurate but may jump over what the function does in between, so estimates start from several
widths, down to the spacing of floats at x, and a wider one is believed only as far as it agrees
with the narrower ones.  Steps are powers of two, so that x + h and x - h are exact, and never
reach over a kink, an edge or a value that is not finite: where one side is closed the other one
serves; on a kink both do, each alone.  Knows nothing of units and gates.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

Function = Callable[[float], float]

#: Exponents of the widest step, as a fraction of the size of x, and between two starting widths.
_WIDEST, _APART = -4, 14
#: How often a step is halved, from the widest start and from the others.
_HALVINGS, _FEW = 12, 3


class Slope(NamedTuple):
    """The numeric slope at a point: from both sides, from one, or one for each side of a kink."""

    value: float
    error: float
    #: "both", "left", "right"; "kink" with `left` and `right`; "none" where nothing can be said.
    side: str
    left: float = math.nan
    right: float = math.nan
    #: Whether the differences grow without end, as at the root of a square root, or at a jump.
    infinite: bool = False
    #: What steps no wider than the way to the closed side allow: a value and its error.
    near: tuple[float, float] = (math.nan, 0.0)
    #: Whether the other side is closed right beside the point.
    closed: bool = False
    #: The widest step that was taken.
    step: float = 0.0


NONE = Slope(math.nan, math.inf, "none")
#: What rounding does to the smallest numbers.
_SMALLEST = 2.0**-1072


class _Estimate(NamedTuple):
    value: float
    error: float
    grows: bool = False


def slope(
    f: Function,
    x: float,
    *,
    crossed: Callable[[float], bool] | None = None,
    kink: bool = False,
    noise: float = 0.0,
    eps: float | None = None,
) -> Slope:
    """Estimate f'(x) from values of f.

    `crossed(t)` says whether a kink or an edge lies between x and t, `kink` whether x stands on
    one itself; `noise` is what rounding inside f may do to its values.  `eps` fixes the step.

    >>> found = slope(lambda t: t**3, 2.0)
    >>> abs(found.value - 12.0) < 1e-11, found.error < 1e-10, found.side
    (True, True, 'both')
    >>> slope(abs, 0.0, kink=True)[2:5]
    ('kink', -1.0, 1.0)
    """
    here = f(x)
    if not math.isfinite(here):
        return NONE
    noise = max(noise, _SMALLEST)
    passing = None if kink else crossed
    left = _open(f, x, -1.0, passing, eps)
    right = _open(f, x, 1.0, passing, eps)
    narrow, wide = min(left, right), max(left, right)
    if not kink and narrow and (64 * narrow >= wide or 256 * narrow >= abs(x) > 0):
        if _rough(f, x, (-2, -1, 0, 1, 2), noise):
            return NONE
        both = _estimated(_central(f, x), x, narrow, 4.0, noise, eps)
        return Slope(both.value, both.error, "both", step=narrow)
    sides = []
    for sign, h, other in ((-1.0, left, right), (1.0, right, left)):
        places = (0, 0.5 * sign, sign, 1.5 * sign, 2 * sign)
        if h and (kink or not _rough(f, x, places, noise)):
            difference = _one_sided(f, x, sign, here)
            found = _estimated(difference, x, h, 2.0, noise, eps)
            close = _extrapolated(difference, min(h, 16 * max(other, _finest(x))), 2.0, noise, _FEW)
            sides.append((h, "left" if sign < 0 else "right", found, close[:2]))
    if kink and len(sides) == 2:
        a, b = sides[0][2], sides[1][2]
        found = a if a.grows else b
        error = max(a.error, b.error)
        return Slope(found.value, error, "kink", a.value, b.value, a.grows or b.grows, step=wide)
    if not sides:
        return NONE
    step, side, found, near = max(sides)
    return Slope(
        found.value,
        found.error,
        side,
        infinite=found.grows,
        near=near,
        closed=narrow == 0.0,
        step=step,
    )


def _open(
    f: Function,
    x: float,
    sign: float,
    crossed: Callable[[float], bool] | None,
    eps: float | None,
) -> float:
    """The widest step to one side that crosses nothing and stays finite; 0.0 for a closed side."""

    def clear(h: float) -> bool:
        there = x + sign * h
        return there != x and not (crossed and crossed(there)) and math.isfinite(f(there))

    if eps is not None:
        return eps if clear(eps) else 0.0
    if not clear(_finest(x)):
        return 0.0
    size = math.frexp(max(abs(x), 1.0))[1] - 1
    narrowest = math.frexp(_finest(x))[1]
    exponents = [*range(size + _WIDEST, size - 64, -4), *range(size - 64, narrowest, -32)]
    steps = (math.ldexp(1.0, exponent) for exponent in exponents if exponent > narrowest)
    return next(
        (h for h in steps if clear(h)), 4.0 * _finest(x) if clear(4.0 * _finest(x)) else 0.0
    )


def _finest(x: float) -> float:
    """The narrowest step that still says something: a few floats away from x."""
    return max(16.0 * math.ulp(x), 2.0**-46 if x == 0 else 2.0**-1060)


def _rough(f: Function, x: float, places: tuple[float, ...], noise: float) -> bool:
    """Whether f is no smooth function at the spacing of floats, as sin is at 1e20.

    At 0 floats have no spacing to speak of, and the slope of a square turns round there.
    """
    if x == 0:
        return False
    h = 0.5 * _finest(x)
    values = [f(x + place * h) for place in places]
    steps = [b - a for a, b in pairwise(values)]
    return not max(steps) - min(steps) <= 0.25 * max(map(abs, steps)) + 16 * noise


def _central(f: Function, x: float) -> Function:
    def difference(h: float) -> float:
        above, below = x + h, x - h
        return (f(above) - f(below)) / (above - below)

    return difference


def _one_sided(f: Function, x: float, sign: float, here: float) -> Function:
    def difference(h: float) -> float:
        there = x + sign * h
        return (f(there) - here) / (there - x)

    return difference


def _estimated(
    difference: Function, x: float, widest: float, base: float, noise: float, eps: float | None
) -> _Estimate:
    """Extrapolate from several widths; go from the narrowest up while they agree."""
    if eps is not None:
        return _extrapolated(difference, eps, base, noise, 2)
    narrow = 4.0 * _finest(x)
    best = _extrapolated(difference, widest, base, noise, _HALVINGS)
    inner = _extrapolated(difference, max(widest * 2.0**-22, narrow), base, noise, _FEW)
    sure = inner.error <= 1e-3 * abs(inner.value) and best.error <= 1e-8 * abs(best.value)
    if sure and _agree(best, inner):
        return best._replace(grows=False)
    widths = [widest]
    while widths[-1] > narrow:
        widths.append(max(widths[-1] * 2.0**-_APART, narrow))
    found = [_extrapolated(difference, h, base, noise, _FEW) for h in reversed(widths[1:])]
    found.append(best)
    grows = all(one.grows for one in found)
    best, confirmed = found[0], False
    for wider in found[1:]:
        if not _agree(wider, best):
            break
        confirmed = True
        best = min(wider, best, key=lambda one: one.error)
    return _Estimate(best.value, best.error if confirmed else math.inf, grows)


def _agree(wide: _Estimate, narrow: _Estimate) -> bool:
    """Whether a wide estimate is what a narrow one, which misses nothing, allows."""
    return abs(wide.value - narrow.value) <= wide.error + 2.0 * narrow.error


def _extrapolated(
    difference: Function, h: float, base: float, noise: float, halvings: int
) -> _Estimate:
    """Ridders' table: differences over h, h/2, h/4 ..., each column one order better."""
    best = _Estimate(math.nan, math.inf)
    before: list[float] = []
    firsts: list[float] = []
    for _ in range(halvings):
        try:
            row = [difference(h)]
        except ZeroDivisionError:  # the step is lost in x
            break
        if not math.isfinite(row[0]):
            break
        firsts.append(abs(row[0]))
        rounding = 2.0 * noise / h
        factor = base
        for old in before[:6]:
            better = row[-1] + (row[-1] - old) / (factor - 1.0)
            error = max(abs(better - row[-1]), abs(better - old)) + rounding
            if error <= best.error:
                best = _Estimate(better, error)
            row.append(better)
            factor *= base
        if rounding > best.error or best.error <= 2.0**-46 * abs(best.value):
            break
        before = row
        h *= 0.5
    grows = len(firsts) > 2 and all(b > 1.05 * a for a, b in pairwise(firsts))
    return best._replace(grows=grows)
