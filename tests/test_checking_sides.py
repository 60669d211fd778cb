"""Kinds of points at their limits: sides that nearly meet, slopes that grow, shrink or settle."""

import math

import pytest

from gatenet import gates
from gatenet.checking import precise
from gatenet.checking.lines import KINK, SMOOTH, UNSTABLE, GateLine, Truth
from gatenet.checking.longdifferences import _kind as kind_of
from gatenet.checking.longdifferences import _Side as Side
from gatenet.checking.longdifferences import by_differences
from gatenet.checking.truth import truths
from gatenet.declaration import gate

INF, NAN = math.inf, math.nan
flint = precise.package("flint")
mpmath = precise.package("mpmath")
if flint is None or mpmath is None:
    pytest.skip("needs python-flint and mpmath", allow_module_level=True)


@gate(symbol="?", textbook="x + x * 2**-59 if x > 0 else x", partials=lambda z, x: 1)
def sides_bent(x):
    """A bend by 2**-59 at 0."""
    return x


@gate(symbol="?", textbook="x + x * 2**-61 if x > 0 else x", partials=lambda z, x: 1)
def sides_straight(x):
    """A bend by 2**-61 at 0."""
    return x


@gate(symbol="?", textbook="x * 0 + 2**-59 if x > 0 else x * 0", partials=lambda z, x: 0)
def sides_torn(x):
    """A jump by 2**-59 at 0."""
    return x


def truth_at_0(one, hidden=()):
    """The truth of a gate at 0, without some packages."""
    precise.HIDDEN = set(hidden)
    try:
        return truths(GateLine(one, [0.0], [1.0]))[0]
    finally:
        precise.HIDDEN = set()


def test_sides_that_nearly_meet():
    """Sides are one from the sixtieth bit on; a tie names its row."""
    assert truth_at_0(sides_bent).kind == KINK
    assert truth_at_0(sides_straight).kind == SMOOTH
    assert truth_at_0(sides_torn).kind == "jump"
    assert truth_at_0(gates.relu).ties == (0,)
    assert truth_at_0(gates.sin).ties == ()
    assert truth_at_0(gates.exp)[:4] == (SMOOTH, 1, 1, 1)
    bent = truth_at_0(gates.relu)
    assert (bent.value, bent.left, bent.right) == (0, 0, 1)
    assert truth_at_0(sides_bent, {"flint"}).kind == KINK
    assert truth_at_0(gates.sqrt, {"mpmath"}) == Truth(UNSTABLE)


class Curve:
    """A line for long differences: a function of mpmath's numbers at 0."""

    def __init__(self, f):
        self.f = f

    def wide(self, t):
        """The value at a distance."""
        found = self.f(t)
        return [None if found is None else mpmath.mpf(found)]

    def scale(self):
        """The size of what moves."""
        return 1.0


def side(*slopes, moves=(3, 2, 1)):
    """The slopes of one side over three shrinking steps."""
    return Side(tuple(map(mpmath.mpf, slopes)), tuple(map(mpmath.mpf, moves)))


#: (left, right) -> kind, signs of infinite slopes
SIDES = [
    (side(2, 2, 2), side(2, 2, 2), SMOOTH, (0, 0)),
    (side(2, 2, 2), side(2, 2, 2 + 2.0**-50), KINK, (0, 0)),
    (side(2, 2, 2), side(2 + 2.0**10, 2 + 2.0**-18, 2 + 2.0**-46), SMOOTH, (0, 0)),
    (side(2, 2, 2), side(2 + 2.0**8, 2 + 2.0**-18, 2 + 2.0**-46), KINK, (0, 0)),
    (side(1, 1, 1), side(1, 1, 1 + 2.0**-19), UNSTABLE, (0, 0)),
    (side(1, 1, 1), side(1, 1, 1 + 2.0**-21), KINK, (0, 0)),
    (side(1, 1, 1 + 2.0**-19), side(1, 1, 1), UNSTABLE, (0, 0)),
    (side(1, 2**10, 2**20), side(1, 1, 1), "vertical", (1, 0)),
    (side(1, 2**10 - 1, 2**21), side(1, 1, 1), UNSTABLE, (0, 0)),
    (side(1, 2**10, 2**20 - 1), side(1, 1, 1), UNSTABLE, (0, 0)),
    (side(1, 1, 1), side(-1, -(2**10), -(2**20)), "vertical", (0, -1)),
    (side(0, 1, 2), side(1, 1, 1), "vertical", (1, 0)),
    (side(0, 1, 1), side(5, 5, 5), KINK, (0, 0)),
    (side(0, 0, 1), side(5, 5, 5), UNSTABLE, (0, 0)),
    (side(1, 2**10, 2**20, moves=(4, 3, 2.1)), side(1, 1, 1), "jump", (1, 0)),
    (side(1, 2**10, 2**20, moves=(4, 3, 2)), side(1, 1, 1), "vertical", (1, 0)),
    (side(1, 2**10, 2**20, moves=(-4, -3, -3)), side(1, 1, 1), "jump", (1, 0)),
    (side(1, 1, 1), side(1, 2**10, 2**20, moves=(4, 3, 3)), "jump", (0, 1)),
    (None, side(5, 5, 5), "boundary", (0, 0)),
    (side(5, 5, 5), None, "boundary", (0, 0)),
    (None, side(1, 2, 3), UNSTABLE, (0, 0)),
    (None, side(-1, -(2**10), -(2**20)), "boundary", (0, -1)),
    (side(1, 2**10, 2**20), None, "boundary", (1, 0)),
    (None, None, "undefined", (0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right", "kind", "rising"), SIDES)
def test_kinds_from_the_slopes_of_both_sides(left, right, kind, rising):
    """What slopes do as steps shrink names the kind of point, on both sides of each limit."""
    assert kind_of([left, right]) == (kind, rising)


def test_slopes_that_go_to_nothing():
    """A slope that falls 2**8-fold from step to step is 0; one that falls less is what it is."""
    slow = by_differences(Curve(lambda t: mpmath.sign(t) * abs(t) ** mpmath.mpf("1.26")))
    fast = by_differences(Curve(lambda t: mpmath.sign(t) * abs(t) ** mpmath.mpf("1.28")))

    assert slow.right != 0
    assert (fast.kind, fast.left, fast.right, fast.value) == (SMOOTH, 0, 0, 0)
    restless = Curve(lambda t: (t if t > 0 else 0 * t) * mpmath.mp.prec)
    assert by_differences(restless) is None  # no two precisions say the same
    far = by_differences(Curve(lambda t: 7 + 3 * t))
    assert (far.value, far.slope, far.step, far.method) == (7, 3, 150, "long differences")
