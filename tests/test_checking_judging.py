"""Judging: a derivative beside a numeric slope, and a gate's own ones beside the exact ones."""

import math
from fractions import Fraction

import pytest

from gatenet import gates
from gatenet.checking.differences import Slope
from gatenet.checking.judging import judged
from gatenet.checking.lines import (
    BOUNDARY,
    JUMP,
    KINK,
    SMOOTH,
    UNDEFINED,
    UNSTABLE,
    VERTICAL,
    Truth,
)
from gatenet.checking.ports import Port, bound_of, judged_port, port_names, ports
from gatenet.checking.ports import _loosened as loosened
from gatenet.checking.ports import _some as some
from gatenet.declaration import gate

NAN, INF, Q = math.nan, math.inf, Fraction


BOTH = Slope(2.0, 1e-9, "both", step=0.25)
KINKED = Slope(-1.0, 1e-9, "kink", -1.0, 3.0)
#: (analytic, slope, options) -> (verdict, reason, numeric, words of the note)
JUDGED = [
    (2.0, BOTH, {}, "pass", "", 2.0, ""),
    (2.0 + 2e-6, BOTH, {}, "pass", "", 2.0, ""),
    (2.1, BOTH, {}, "fail", "", 2.0, ""),
    (NAN, BOTH, {}, "fail", "", 2.0, ""),
    (2.0 + 1e-6, BOTH, {"given": False}, "inconclusive", "noise", 2.0, "1e+03 times the error"),
    (2.0 + 9.95e-8, BOTH, {"given": False}, "pass", "", 2.0, ""),
    (2.0 + 1.005e-7, BOTH, {"given": False}, "inconclusive", "noise", 2.0, "within the default"),
    (2.1, BOTH._replace(error=0.02), {}, "inconclusive", "noise", 2.0, "they differ by 1.0e-01"),
    (2.3, BOTH._replace(error=0.02), {}, "fail", "", 2.0, ""),
    (2.01, BOTH._replace(error=0.02), {}, "inconclusive", "noise", 2.0, "be off by 2.0e-02"),
    (2.0, BOTH._replace(error=2.1e-5), {}, "inconclusive", "noise", 2.0, "only 2.0e-06 is"),
    (2.0, BOTH._replace(error=1.9e-5), {}, "pass", "", 2.0, ""),
    (0.0, BOTH._replace(value=0.0, error=0.1), {}, "pass", "", 0.0, ""),
    (9.0, BOTH._replace(error=INF), {}, "inconclusive", "noise", 2.0, "be off by inf"),
    (9.0, BOTH._replace(near=(9.5, 0.1)), {}, "inconclusive", "noise", 2.0, "they differ"),
    (9.0, BOTH._replace(near=(9.5, 0.04)), {}, "fail", "", 2.0, ""),
    (2.0, Slope(NAN, INF, "none"), {}, "inconclusive", "noise", NAN, "no smooth run"),
    (0.5, KINKED, {}, "pass", "", 0.5, "at a kink: -1 from the left, 3 from the right"),
    (-1.0, KINKED, {}, "pass", "", -1.0, "at a kink"),
    (3.0, KINKED, {}, "pass", "", 3.0, "at a kink"),
    (4.0, KINKED, {}, "fail", "", 3.0, "at a kink"),
    (-2.0, KINKED, {}, "fail", "", -1.0, "at a kink"),
    (0.5, KINKED, {"allow_kinks": False}, "inconclusive", "kink", 0.5, "at a kink"),
    (NAN, KINKED, {}, "fail", "", -1.0, "at a kink"),
    (2.0, KINKED._replace(value=2.0, left=2.0, right=2.0 + 1e-9),
     {"allow_kinks": False}, "pass", "", 2.0, ""),
    (2.0, KINKED._replace(value=2.0, error=1e-6, left=2.0, right=2.0 + 3.9e-6),
     {"allow_kinks": False}, "pass", "", 2.0, ""),
    (2.0, KINKED._replace(value=2.0, error=1e-6, left=2.0, right=2.0 + 4.1e-6),
     {"allow_kinks": False}, "inconclusive", "kink", 2.0, "at a kink"),
    (2.0, BOTH._replace(side="left"), {}, "pass", "", 2.0, "from the left alone"),
    (2.0, BOTH._replace(side="right", closed=True), {}, "pass", "", 2.0, "from the right alone"),
    (2.0, BOTH._replace(side="right", closed=True), {"allow_kinks": False}, "inconclusive",
     "edge of the domain", 2.0, "from the right alone"),
    (INF, Slope(9.0, INF, "right", infinite=True), {}, "pass", "", 9.0, "from the right grow"),
    (-INF, Slope(9.0, INF, "right", infinite=True), {}, "inconclusive", "edge of the domain", 9.0,
     "from the right grow"),
    (-INF, Slope(-9.0, INF, "left", infinite=True), {}, "pass", "", -9.0, "from the left grow"),
    (5.0, Slope(9.0, INF, "left", infinite=True), {}, "inconclusive", "edge of the domain", 9.0,
     "from the left grow"),
    (5.0, Slope(9.0, 1.0, "kink", 9.0, 9.0, True), {}, "inconclusive", "discontinuity", 9.0,
     "at a kink grow without end"),
    (INF, Slope(9.0, 1.0, "kink", 9.0, 9.0, True), {}, "pass", "", 9.0, "at a kink grow"),
]  # fmt: skip


@pytest.mark.parametrize(("analytic", "found", "options", "verdict", "reason", "numeric", "note"),
                         JUDGED)  # fmt: skip
def test_judging_by_differences(analytic, found, options, verdict, reason, numeric, note):
    """Verdict, reason, number and note of each kind of slope."""
    entry = judged("x", 1.5, analytic, found, 1e-12, 1e-6, 2, **options)

    assert (entry.verdict, entry.reason) == (verdict, reason)
    assert (entry.name, entry.at, entry.output, entry.error) == ("x", 1.5, 2, found.error)
    assert entry.numeric == numeric or math.isnan(numeric)
    assert note in entry.note if note else entry.note == ""
    assert entry.at_kink == ("kink" in note and found.side == "kink")
    assert entry.step in (0.0, found.step)
    if note == "" and not found.infinite:
        assert entry.tolerance == 1e-12 + 1e-6 * abs(numeric)


#: (recorded, truth, bound, radius) -> right
T = Fraction
PORTS = [
    (2.0, Truth(SMOOTH, T(0), T(2), T(2)), 4.0, 0.0, True),
    (2.0 + 16 * 2.0**-52, Truth(SMOOTH, T(0), T(2), T(2)), 4.0, 0.0, False),
    (2.0 + 8 * 2.0**-52, Truth(SMOOTH, T(0), T(2), T(2)), 4.0, 0.0, True),
    (2.0 + 16 * 2.0**-52, Truth(SMOOTH, T(0), T(2), T(2)), 10.0, 0.0, True),
    (2.0 + 1e-9, Truth(SMOOTH, T(0), T(2), T(2)), None, 1e-9, True),
    (2.0 + 5e-9, Truth(SMOOTH, T(0), T(2), T(2)), None, 1e-9, False),
    (2.0 + 5e-9, Truth(SMOOTH, T(0), T(2), T(2)), 4.0, 1e-9, False),
    (2.0 + 1e-5, Truth(SMOOTH, T(0), T(2), T(2)), None, 1e-5, None),
    (2.0, Truth(SMOOTH, T(0), T(2), T(2)), None, 1e-5, True),
    (3.0, Truth(SMOOTH, T(0), T(2), T(2)), None, INF, None),
    (3.0, Truth(SMOOTH, T(0), T(2), T(2)), None, 1e-5, False),
    (NAN, Truth(SMOOTH, T(0), T(2), T(2)), 4.0, 0.0, False),
    (5.0, Truth(BOUNDARY, T(0), None, T(5)), 4.0, 0.0, True),
    (4.0, Truth(BOUNDARY, T(0), T(5), None), 4.0, 0.0, False),
    (0.0, Truth(KINK, T(0), T(-1), T(1)), 4.0, 0.0, True),
    (-1.0, Truth(KINK, T(0), T(1), T(-1)), 4.0, 0.0, True),
    (1.0, Truth(KINK, T(0), T(-1), T(1)), 4.0, 0.0, True),
    (1.5, Truth(KINK, T(0), T(-1), T(1)), 4.0, 0.0, False),
    (-1.5, Truth(KINK, T(0), T(-1), T(1)), 4.0, 0.0, False),
    (1.0 + 1e-9, Truth(KINK, T(0), T(-1), T(1)), None, 1e-9, True),
    (-1.0 - 1e-9, Truth(KINK, T(0), T(-1), T(1)), None, 1e-9, True),
    (1.0 + 5e-9, Truth(KINK, T(0), T(-1), T(1)), None, 1e-9, False),
    (NAN, Truth(KINK, T(0), T(-1), T(1)), 4.0, 0.0, False),
    (INF, Truth(BOUNDARY, T(0), rising=(0, 1)), 4.0, 0.0, True),
    (-INF, Truth(BOUNDARY, T(0), rising=(0, 1)), 4.0, 0.0, None),
    (-INF, Truth(VERTICAL, T(0), rising=(-1, -1)), 4.0, 0.0, True),
    (INF, Truth(VERTICAL, T(0), rising=(-1, -1)), 4.0, 0.0, None),
    (7.0, Truth(VERTICAL, T(0), rising=(1, 1)), 4.0, 0.0, None),
    (0.0, Truth(JUMP, T(0)), 4.0, 0.0, None),
    (0.0, Truth(UNDEFINED), 4.0, 0.0, None),
    (0.0, Truth(UNSTABLE), 4.0, 0.0, None),
]  # fmt: skip


@pytest.mark.parametrize(("recorded", "truth", "bound", "radius", "right"), PORTS)
def test_judging_a_local_derivative(recorded, truth, bound, radius, right):
    """Each kind of point lets pass what it may, and no more."""
    found = judged_port(3, "y", recorded, truth, bound, radius)

    assert found.right is right
    assert (found.place, found.name, found.truth) == (3, "y", truth)
    assert found.tolerance == 4.0 * radius
    smooth = truth.kind in (SMOOTH, BOUNDARY) and truth.slope is not None
    assert math.isnan(found.ulps) != smooth


def test_the_number_beside_a_local_derivative():
    """What is printed as the right one: the slope, the nearer side of a kink, an infinity."""
    for recorded, truth, numeric in [
        (2.5, Truth(SMOOTH, T(0), T(2), T(2)), 2.0), (2.5, Truth(BOUNDARY, T(0), None, T(5)), 5.0),
        (0.5, Truth(KINK, T(0), T(1), T(-1)), 0.5), (2.5, Truth(KINK, T(0), T(1), T(-1)), 1.0),
        (-2.5, Truth(KINK, T(0), T(1), T(-1)), -1.0), (NAN, Truth(KINK, T(0), T(1), T(-1)), -1.0),
        (0.0, Truth(VERTICAL, T(0), rising=(-1, -1)), -INF),
        (0.0, Truth(BOUNDARY, T(0), rising=(0, 1)), INF), (0.0, Truth(JUMP, T(0)), NAN),
    ]:  # fmt: skip
        found = judged_port(0, "x", recorded, truth, 4.0, 0.0).numeric
        assert repr(found) == repr(numeric)


def test_names_of_ports():
    """Operands are named; those of a gate of any number are counted, group by group."""
    assert port_names(gates.power, 2) == ["a", "b"]
    assert port_names(gates.total, 3) == ["x[0]", "x[1]", "x[2]"]
    assert port_names(gates.dot, 4) == ["x[0]", "x[1]", "w[0]", "w[1]"]


@gate(symbol="2", textbook="x * 1", partials=lambda z, x: 1)
def judging_theirs(x):
    """A gate that is not gatenet's."""
    return x * 1.0


def port(kind, recorded, right, **more):
    """A port at which a slope of 2 is right."""
    truth = Truth(kind, Q(0), Q(2), Q(2), **more)
    return Port(1, "y", recorded, truth, right, 3.0, 0.25)


def test_ports_that_are_looked_at():
    """All of twelve operands, twelve of more; those that are wanted; ties along all of them."""
    assert list(some(range(12))) == list(range(12))
    assert list(some(range(24))) == list(range(0, 24, 2))
    assert len(some(range(13))) == 12
    values = [float(k) for k in range(30)]
    assert [one.place for one in ports(gates.total, values)] == some(range(30))
    assert [one.place for one in ports(gates.multiply, [2.0, 3.0], wanted=[1])] == [1]
    found = list(ports(gates.multiply, [2.0, 3.0], [3.0, 2.5]))
    assert [(one.name, one.recorded, one.right) for one in found] == [
        ("a", 3.0, True), ("b", 2.5, False)]  # fmt: skip
    slightly = [3.0, 2.0 * (1 + 2.0**-51)]
    assert [p.right for p in ports(gates.multiply, [2.0, 3.0], slightly, ulp=1.0)] == [True, False]
    for partials, right in (([0.5, 0.5], True), ([1.0, 1.0], False), ([0.25, 0.5], False)):
        *_, whole = ports(gates.maximum, [2.0, 2.0], partials)
        assert (whole.name, whole.place, whole.right) == ("all inputs", 0, right)
        assert whole.recorded == sum(partials)
    *_, whole = ports(gates.maximum, [1.0, 2.0, 2.0], [0.0, 0.5, 0.5])
    assert (whole.name, whole.place) == ("all inputs", 1)
    assert len(list(ports(gates.relu, [0.0]))) == 1
    assert len(list(ports(gates.maximum, [1.0, 2.0]))) == 2


def test_a_rounded_sum_at_a_tie_is_not_refused():
    """A sum beside the exact one by what its terms round passes, by more it does not."""
    wrong = port(SMOOTH, 2.0 + 2.0**-40, False)
    assert loosened(wrong, 2.0**-40).right is True
    assert loosened(wrong, 2.0**-41).right is False
    assert loosened(wrong._replace(recorded=2.0 - 2.0**-40), 2.0**-40).right is True
    assert loosened(wrong._replace(recorded=NAN), 1.0).right is False
    assert loosened(wrong._replace(truth=Truth("jump")), 1.0).right is False
    assert loosened(wrong._replace(right=None), 1.0).right is None
    one_side = wrong._replace(truth=Truth("boundary", Q(0), None, Q(2)))
    assert loosened(one_side, 1.0).right is True


def test_how_far_off_a_gate_may_be():
    """Four ULP for ours of a fixed number of inputs, bound or not; what is given goes first."""
    assert bound_of(gates.tanh, None) == 4.0
    assert bound_of(gates.clip.bind(low=0.0), None) == 4.0
    assert bound_of(gates.total, None) is None
    assert bound_of(judging_theirs, None) is None
    assert bound_of(judging_theirs, 7.0) == 7.0
    assert bound_of(gates.tanh, 0.0) == 0.0
