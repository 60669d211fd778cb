"""The smaller parts of the checker, each held against a table of what it must say."""

import math
import random

import pytest

from gatenet import Circuit, Unit, gates
from gatenet.checking import check_hessian, check_jvp, check_taylor, gradcheck
from gatenet.checking import directions as directing
from gatenet.checking.calls import along
from gatenet.checking.differences import slope
from gatenet.checking.directions import Direction, directions
from gatenet.checking.exact import Limits
from gatenet.checking.radii import Ball, ball_of, radii
from gatenet.checking.sampling import EXTREMES
from gatenet.checking.subjects import Sample, between
from gatenet.checking.taylor import _judged as rated
from gatenet.errors import OperandError, WiringError

NAN, INF = math.nan, math.inf


def test_directions_at_their_limits():
    """Two hundred inputs are checked one by one and one more is not; work counts as well."""
    rng = random.Random(3)
    names = [f"x{k}" for k in range(201)]
    each, projected = directions(names[:200], 2500, rng)
    assert (len(each), projected) == (200, False)
    assert each[7] == Direction("x7", ((7, 1.0),))
    assert directions(names[:200], 2501, rng)[1]
    found, projected = directions(names, 1, rng)
    assert projected
    assert [d.name for d in found[:20]] == [f"direction {k}" for k in range(1, 21)]
    assert all([k for k, _ in d.parts] == list(range(201)) for d in found[:20])
    assert {v for d in found[:20] for _, v in d.parts} == {-1.0, 1.0}
    assert len(found) == 30
    assert [d.alone for d in found[20:]] == sorted({d.alone for d in found[20:]})
    assert [d.alone for d in found[:20]] == [None] * 20
    assert directions(["x"], 10**9, rng, fast=True) == ([Direction("x", ((0, 1.0),))], False)
    assert len(directions(names[:2], 1, rng, fast=True)[0]) == 22


def test_work_is_inputs_times_gates(monkeypatch):
    """What counts is the size of the circuit; a function without one counts as one gate."""
    monkeypatch.setattr(directing, "WORK", 7)
    f = lambda x, y: x * y + x + y
    assert len(gradcheck(f, [2.0, 0.5], seed=1).entries) == 22
    pair = (lambda x, y: x * y, lambda x, y: (y, x))
    assert len(gradcheck(pair, [2.0, 0.5]).entries) == 2


def test_along_a_direction():
    """The gradient along a direction is summed exactly, and stays infinite or nan."""
    all_three = Direction("d", ((0, 1.0), (1, -1.0), (2, 1.0)))

    assert along([1e16, -1.0, -1e16], all_three) == 1.0
    assert along([INF, 1.0, 1.0], all_three) == INF
    assert math.isnan(along([INF, INF, 1.0], all_three))


def test_extremes_come_with_both_signs():
    """Every hard place is tried on both sides of 0, minus 0 and the subnormal numbers included."""
    bits = {x.hex() for x in EXTREMES}

    assert bits == {(-x).hex() for x in EXTREMES}
    assert len(bits) == len(EXTREMES)
    assert {(0.0).hex(), (5e-324).hex(), (1.0).hex()} <= bits
    assert max(EXTREMES) > 1e308
    assert sum(0 < abs(x) < 2.3e-308 for x in EXTREMES) == 2
    assert sum(abs(x) == 709.0 for x in EXTREMES) == 2


def test_balls():
    """A ball adds radii and half an ULP of the sum; a gate adds what it rounds."""
    one = Ball(1.0, 0.25) + Ball(2.0, 0.5)
    assert (one.middle, one.size) == (3.0, 3.0)
    assert one.radius == 0.75 + 3.0 * 2.0**-53
    assert (Ball(-3.0).radius, Ball(-3.0).size, Ball(-3.0, 0.0, 7.0).size) == (0.0, 3.0, 7.0)
    product = ball_of(gates.multiply, [Ball(3.0, 0.5), Ball(-2.0, 0.25)])
    assert (product.middle, product.radius) == (-6.0, 6.0 * 2.0**-52 + 1.0 + 0.75 + 5e-324)
    assert ball_of(gates.exp, [Ball(1000.0)]).radius == INF
    assert ball_of(gates.log, [Ball(-1.0)]).radius == 0.0
    assert ball_of(gates.log, [Ball(-1.0, INF)]).radius == INF
    assert ball_of(gates.less, [Ball(1.0, 5.0), Ball(2.0)]).radius == 0.0
    assert ball_of(gates.sigmoid, [Ball(0.0)]).radius == 0.5 * 2.0**-51 + 5e-324
    assert ball_of(gates.identity, [Ball(0.0)]).radius > 0.0
    x = Unit(3.0)
    found = radii([x * x], [2.0])
    assert found.gradients[x.serial].middle == 12.0
    assert 0 < found.gradients[x.serial].radius < 1e-14
    assert found.gradients[x.serial].size == 12.0


def test_samples_apart():
    """Another wiring, other constants or a sign that changes lie between two samples."""
    here = Sample([1.0], "a", [2.0], [[1, -1], [1]])
    assert not between(here, here)
    assert between(here, here._replace(wiring="b"))
    assert between(here, here._replace(constants=[3.0]))
    assert not between(here, here._replace(constants=[3.0]), following=True)
    assert between(here, here._replace(signs=[[1, 1], [1]]))
    assert between(here, here._replace(signs=[[1, -1], [0]]))


#: (remainders as (power, logarithm), noise, kinked) -> verdict, reason, slope
RATES = [
    ([(2, -4.0), (4, -8.0), (6, -12.0)], 0.0, False, "pass", "", 2.0),
    ([(2, -2.0), (4, -4.0), (6, -6.0)], 0.0, False, "fail", "", 1.0),
    ([(2, -2.0), (4, -4.0), (6, -6.0)], 0.0, True, "inconclusive", "kink", 1.0),
    ([(2, -4.0), (4, -8.0), (6, -12.0), (8, -14.0)], 0.0, False, "fail", "", 2.0),
    ([(2, -3.0), (4, -6.0), (6, -9.0)], 0.0, False, "inconclusive", "noise", 1.5),
    ([(2, -4.0), (4, -8.0)], 0.0, False, "pass", "", 2.0),
    ([(2, -4.0), (4, -8.0), (6, -9.0)], 2.0**-15, False, "pass", "", 2.0),
    ([(2, -4.0), (4, -20.0)], 2.0**-16, False, "inconclusive", "noise", NAN),
    ([(2, -30.0), (4, -30.0)], 2.0**-16, False, "pass", "", 2.0),
    ([(2, -math.inf), (4, -math.inf)], 0.0, False, "pass", "", 2.0),
    ([(2, NAN), (4, NAN)], 0.0, False, "pass", "", 2.0),
    ([], 0.0, False, "inconclusive", "noise", NAN),
]  # fmt: skip


@pytest.mark.parametrize(("left", "floor", "kinked", "verdict", "reason", "rate"), RATES)
def test_rates_of_remainders(left, floor, kinked, verdict, reason, rate):
    """Slope two passes, one fails, at a kink and in noise nothing is decided."""
    entry = rated("direction 1", 0.5, left, floor, 1, kinked)

    assert (entry.verdict, entry.reason) == (verdict, reason)
    assert entry.numeric == rate or (math.isnan(rate) and math.isnan(entry.numeric))
    assert (entry.name, entry.analytic, entry.output) == ("direction 1", 0.5, 1)
    assert entry.method == "Taylor remainders"


def test_seeds_are_said_where_none_is_given():
    """Without a seed one is drawn and printed; with it the same directions come again."""
    f = lambda x, y: x * x * y
    for check in (check_jvp, check_hessian, check_taylor):
        first, second = check(f, [2.0, 0.5]), check(f, [2.0, 0.5])
        assert "seed=" in first.remarks[0]
        assert first.remarks != second.remarks
        again = check(f, [2.0, 0.5], seed=int(first.remarks[0].partition("seed=")[2]))
        assert repr(again.entries) == repr(first.entries)  # an entry may hold nan


def test_numbers_of_directions():
    """As many directions are tried as are asked for, and the report keeps the circuit."""
    f = lambda x, y: x * x * y
    for check in (check_jvp, check_hessian, check_taylor):
        report = check(f, [2.0, 0.5], directions=2)
        assert len(report.entries) == 2
        assert len(report.circuit.rows) == 4


def test_limits():
    """What a user allows: so much, and so much of the size; of infinities the first alone."""
    assert Limits(0.5, 0.25).of(-2.0) == 1.0
    assert Limits(0.5, 0.25).of(INF) == 0.5
    assert Limits().of(3.0) == 0.0


def test_reports_keep_the_tolerances():
    """A report keeps what was allowed, and the circuit."""
    report = gradcheck(Circuit(Unit(2.0, "x") * 3.0), atol=0.5, rtol=0.25)

    assert (report.atol, report.rtol) == (0.5, 0.25)
    assert len(report.circuit.rows) == 3


#: (function, point, options) -> side, value
SLOPES = [
    (lambda t: t * t, 3.0, {}, "both", 6.0),
    (lambda t: t * t, 3.0, {"eps": 0.5}, "both", 6.0),
    (lambda t: abs(t - 1), 1.0, {"kink": True}, "kink", 1.0),
    (lambda t: t**3, 0.0, {}, "both", 0.0),
    (lambda t: math.sqrt(t) if t >= 0 else NAN, 0.0, {}, "right", None),
    (lambda t: 2 * t if t <= 1 else NAN, 1.0, {}, "left", 2.0),
    (lambda t: 2 * t if t >= 1 else NAN, 1.0, {}, "right", 2.0),
    (lambda t: 5 * t, 1.0, {"crossed": lambda there: there > 1.0}, "left", 5.0),
    (lambda t: 5 * t, 1.0, {"crossed": lambda there: there != 1.0}, "none", None),
    (lambda t: NAN, 1.0, {}, "none", None),
    (lambda t: 7.0, 1.0, {"eps": 0.25}, "both", 0.0),
    (lambda t: 2 * t if t <= 1 else NAN, 1.0, {"eps": 0.25}, "left", 2.0),
]


@pytest.mark.parametrize(("f", "x", "options", "side", "value"), SLOPES)
def test_sides_of_a_slope(f, x, options, side, value):
    """The side that is open is taken, both where both are, and none where none is."""
    found = slope(f, x, **options)

    assert found.side == side
    if value is not None:
        assert abs(found.value - value) <= found.error + 1e-9
        assert found.error < 1e-6
        assert found.step == options.get("eps", found.step) > 0
    assert found.infinite == (side == "right" and value is None)
    assert found.closed == (side in ("left", "right"))


def test_what_cannot_be_checked_is_refused():
    """Something that is no function, and a pair of too many outputs, are errors that say so."""
    with pytest.raises(OperandError, match=r"gradcheck got 3\.0: give a function of units"):
        gradcheck(3.0, [1.0])
    with pytest.raises(WiringError, match="one output; f gave 2"):
        gradcheck((lambda x: [x, x], lambda x: 1.0), [1.0])
    with pytest.raises(WiringError, match="has one output; f gave 2"):
        gradcheck((lambda x: [x, x], lambda x: 1.0), [Unit(1.0)])
    with pytest.raises(WiringError, match=r"the gradient has 2 number\(s\) for 1 input\(s\)"):
        gradcheck((lambda x: x, lambda x: [1.0, 2.0]), [1.0])
    with pytest.raises(OperandError, match="is the output of a gate"):
        gradcheck(lambda x: x, [Unit(1.0) * 2.0])
