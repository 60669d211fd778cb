"""The parts of the checker, each held against a table of what it must say."""

import cmath
import math
import random
from fractions import Fraction

import pytest

from gatenet import Circuit, Unit, gates
from gatenet.checking import check_hessian, check_jvp, check_taylor, gradcheck, precise
from gatenet.checking import directions as directing
from gatenet.checking.calls import along
from gatenet.checking.complexstep import Step
from gatenet.checking.differences import Slope, slope
from gatenet.checking.directions import Direction, directions
from gatenet.checking.exact import Limits
from gatenet.checking.judging import judged
from gatenet.checking.kinds import DERIVED, NoFormula, Undecided, Wiring
from gatenet.checking.lines import (
    BOUNDARY,
    JUMP,
    KINK,
    SMOOTH,
    UNDEFINED,
    UNSTABLE,
    VERTICAL,
    CircuitLine,
    GateLine,
    Truth,
)
from gatenet.checking.longdifferences import by_differences
from gatenet.checking.ports import judged_port, port_names
from gatenet.checking.precise import Series, Wide, scaled
from gatenet.checking.radii import Ball, ball_of, radii
from gatenet.checking.sampling import EXTREMES
from gatenet.checking.subjects import Sample, between
from gatenet.checking.taylor import _judged as rated
from gatenet.checking.ulps import as_float, ulps
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


class Curve:
    """A line for long differences: a function of mpmath's numbers, around a point."""

    def __init__(self, f, size=1.0):
        self.f, self.size = f, size

    def wide(self, t):
        """The value at a distance, None where it is not real."""
        found = self.f(t)
        return [7, None if found is None else precise.package("mpmath").mpf(found)]

    def scale(self):
        """The size of what moves."""
        return self.size


def wedge(a, b):
    """A function with one slope on each side."""
    return lambda t: 3 + (b if t > 0 else a) * t


#: (function, size) -> (kind, slope from the left, from the right, signs of infinite ones)
CURVES = [
    (wedge(2, 2), 1.0, SMOOTH, 2, 2, (0, 0)),
    (lambda t: 3 + 2 * t + t * t, 1.0, SMOOTH, 2, 2, (0, 0)),
    (lambda t: t * t, 0.0, SMOOTH, 0, 0, (0, 0)),
    (lambda t: t * t * t, 1.0, SMOOTH, 0, 0, (0, 0)),
    (lambda t: 3, 1.0, SMOOTH, 0, 0, (0, 0)),
    (wedge(-1, 1), 0.0, KINK, -1, 1, (0, 0)),
    (wedge(2, 2 + 2.0**-50), 1.0, KINK, 2, 2 + 2.0**-50, (0, 0)),
    (lambda t: t if t > 0 else 0 * t, 1.0, KINK, 0, 1, (0, 0)),
    (lambda t: 3 + (t > 0), 1.0, JUMP, None, None, (0, 1)),
    (lambda t: 3 - (t < 0), 1.0, JUMP, None, None, (1, 0)),
    (lambda t: 3 - (t > 0), 1.0, JUMP, None, None, (0, -1)),
    (lambda t: abs(t) ** 0.5 * (1 if t > 0 else -1), 0.0, VERTICAL, None, None, (1, 1)),
    (lambda t: -(abs(t) ** 0.5), 0.0, VERTICAL, None, None, (1, -1)),
    (lambda t: None if t < 0 else t**0.5, 0.0, BOUNDARY, None, None, (0, 1)),
    (lambda t: None if t > 0 else -((-t) ** 0.5), 0.0, BOUNDARY, None, None, (1, 0)),
    (lambda t: None if t < 0 else 5 * t, 1.0, BOUNDARY, None, 5, (0, 0)),
    (lambda t: None if t > 0 else 5 * t, 1.0, BOUNDARY, 5, None, (0, 0)),
    (lambda t: None, 1.0, UNDEFINED, None, None, (0, 0)),
    (lambda t: None if t else t, 1.0, UNDEFINED, None, None, (0, 0)),
]


@pytest.mark.parametrize(("f", "size", "kind", "left", "right", "rising"), CURVES)
def test_kinds_of_points_by_long_differences(f, size, kind, left, right, rising):
    """Each kind of point is told from values alone, with its slopes and their signs."""
    pytest.importorskip("mpmath")
    found = by_differences(Curve(f, size), 1)

    assert (found.kind, found.rising) == (kind, rising)
    for slope_found, expected in ((found.left, left), (found.right, right)):
        if expected is None or slope_found is None:
            assert slope_found is expected
        else:
            assert abs(slope_found - Fraction(expected)) < Fraction(1, 2**80)
    assert found.method == "long differences"
    assert found.step in ((150 if size else 1230), 0)


def test_lines_say_how_large_what_moves_is():
    """The size of the smallest number that moves, at most 1; 0 where one moves away from 0."""
    for point, direction, size in [([4.0, 8.0], [1.0, 1.0], 1.0), ([0.25, 0.125], [1.0, 0.0], 0.25),
                                   ([-0.5, 3.0], [1.0, -1.0], 0.5), ([0.0, 3.0], [1.0, 1.0], 0.0),
                                   ([0.0, 3.0], [0.0, 1.0], 1.0)]:  # fmt: skip
        assert GateLine(gates.multiply, point, direction).scale() == size
        leaves = [Unit(x) for x in point]
        circuit = Circuit(leaves[0] * leaves[1])
        moving = {circuit.index(u): v for u, v in zip(leaves, direction, strict=True) if v}
        wiring = Wiring(circuit, circuit.inputs)
        assert CircuitLine(wiring, moving, {}).scale() == size


def test_a_circuit_moves_along_a_line():
    """The values of a circuit at a distance, and its slopes, are those of its formulas."""
    x, y = Unit(3.0), Unit(2.0)
    circuit = Circuit([x * y, y + 1.0, x - y])
    wiring = Wiring(circuit, circuit.inputs)
    line = CircuitLine(wiring, {circuit.index(x): 1.0, circuit.index(y): -0.5}, {})

    assert wiring.moved_by([circuit.index(x)]) == [
        k for k, row in enumerate(circuit.rows) if row.gate and row.gate.name != "add"
    ]
    with precise.wide_bits(100), precise.series_bits(100):
        assert [float(v) for v in line.wide(precise.package("mpmath").mpf(2))] == [5.0, 2.0, 4.0]
        values, ties = line.series(1)
        assert [(float(v.term(0)), float(v.term(1))) for v in values] == [
            (6.0, 0.5), (3.0, -0.5), (1.0, 1.5)]  # fmt: skip
        assert ties == ()
        assert [float(v.term(1)) for v in line.series(-1)[0]] == [-0.5, 0.5, -1.5]
        assert [float(v.term(1)) for v in line.series(0)[0]] == [0.0, 0.0, 0.0]
    gone = CircuitLine(Wiring(Circuit(x.log()), []), {0: -4.0}, {})
    with precise.wide_bits(100):
        assert gone.wide(precise.package("mpmath").mpf(1)) == [None]


def test_signs_of_complex_steps():
    """The sign of the real part; at 0 it is unknown where the number moves."""
    assert [Step.of(x).sign() for x in (3.0, -2.0, 0.0)] == [1, -1, 0]
    with pytest.raises(Undecided):
        Step(complex(0.0, 1.0)).sign()
    for name, operands in (("atan2", (1.0, 2.0)), ("erf", (1.0,)), ("erfc", (1.0,))):
        with pytest.raises(NoFormula, match="without a complex form"):
            Step.functions[name](*map(Step.of, operands))


def test_what_never_settles_is_said():
    """A function that oscillates faster and faster has no slope at any precision."""
    mpmath = pytest.importorskip("mpmath")
    wild = Curve(lambda t: t * mpmath.sin(1 / t) if t else t, 1.0)
    found = by_differences(wild, 1)

    assert found is None or found.kind == UNSTABLE
    one_sided = Curve(lambda t: None if t < 0 else t * mpmath.sin(1 / t) if t else t, 1.0)
    found = by_differences(one_sided, 1)
    assert found is None or found.kind == UNSTABLE


FUNCTIONS = ["exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "tanh", "erf",
             "sinh", "cosh", "expm1", "log1p", "erfc"]  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("kind", [Series, Wide, Step])
def test_functions_of_every_kind(kind, name):
    """What a textbook may call is there for balls, long floats and complex steps, and is right."""
    if kind is Step and name in ("erf", "erfc"):
        pytest.skip("no complex form")
    expected = getattr(math, name)(0.3)
    with precise.wide_bits(200), precise.series_bits(200):
        found = kind.functions[name](kind.of(0.3))
        if kind is Step:
            value = found.inner.real
        else:
            value = float(found.term(0) if kind is Series else found.exact)
    assert abs(value - expected) <= 4e-16
    if kind is Series:  # and its slope, by the kind of plain complex numbers
        with precise.series_bits(200):
            slope_found = float(Series.functions[name](Series.moving(0.3, 2.0)).term(1))
        if name not in ("erf", "erfc"):
            step = 2.0**-200
            own = {"expm1": lambda z: cmath.exp(z) - 1, "log1p": lambda z: cmath.log(1 + z)}
            moved = own.get(name, getattr(cmath, name, None))(complex(0.3, step))
            assert slope_found == pytest.approx(2 * moved.imag / step, rel=1e-13)
        else:
            sign = 1 if name == "erf" else -1
            expected = sign * 2 * 2 / math.sqrt(math.pi) * math.exp(-0.09)
            assert slope_found == pytest.approx(expected, rel=1e-14)
    assert set(DERIVED) <= set(FUNCTIONS)


@pytest.mark.parametrize(("y", "x"), [(1.0, 2.0), (2.0, 1.0), (-1.0, -2.0), (1.0, -3.0),
                                      (-3.0, 0.5), (2.0, 0.0)])  # fmt: skip
def test_the_angle_of_two_numbers(y, x):
    """The angle and its slopes are right in every quadrant."""
    with precise.series_bits(200):
        turn = Series.functions["atan2"]
        angle = turn(Series.moving(y, 1.0), Series.of(x))
        other = turn(Series.of(y), Series.moving(x, 1.0))
        assert float(angle.term(0)) == pytest.approx(math.atan2(y, x), rel=1e-15)
        assert float(angle.term(1)) == pytest.approx(x / (x * x + y * y), rel=1e-15)
        assert float(other.term(1)) == pytest.approx(-y / (x * x + y * y), rel=1e-15)
    with precise.wide_bits(200):
        wide = Wide.functions["atan2"](Wide.of(y), Wide.of(x))
        assert float(wide.exact) == pytest.approx(math.atan2(y, x), rel=1e-15)


#: (base, exponent) -> value, None where it is not real
POWERS = [(2.0, 0.5, math.sqrt(2.0)), (-2.0, 3.0, -8.0), (-2.0, 4.0, 16.0), (-2.0, -3.0, -0.125),
          (0.0, 3.0, 0.0), (0.0, 0.0, 1.0), (-2.0, 0.5, None), (0.0, 0.5, None), (0.0, -1.0, None),
          (2.0, 100.0, 2.0**100), (-2.0, 101.0, -(2.0**101))]  # fmt: skip


@pytest.mark.parametrize(("base", "exponent", "value"), POWERS)
def test_powers_of_balls(base, exponent, value):
    """Powers are real ones: of negative numbers for whole exponents alone."""
    with precise.series_bits(200):
        a, b = Series.of(base), Series.of(exponent)
        if value is None:
            with pytest.raises((ValueError, ZeroDivisionError)):
                a.power(b)
        else:
            assert float(a.power(b).term(0)) == pytest.approx(value, rel=1e-15)
        if base < 0:
            with pytest.raises(ValueError, match="not real"):
                a.power(Series.moving(exponent, 1.0))  # an exponent that moves


def test_signs_beyond_a_point():
    """A series is as large as it is just beyond the point; ties are counted."""
    with precise.series_bits(200):
        before = Series.ties
        assert Series.moving(0.0, 1.0).sign() == 1
        assert Series.moving(0.0, -2.0).sign() == -1
        assert Series.ties == before + 2
        assert Series.moving(-3.0, 1.0).sign() == -1
        assert Series.moving(3.0, -1.0).sign() == 1
        assert Series.of(0.0).sign() == 0
        assert Series.ties == before + 2
        assert Series.of(0.5).settled
        assert not Series.of(NAN).settled
        assert not Series(Series.of(1e300).inner + precise.package("flint").arb(0, 1e295)).settled


def test_exact_numbers():
    """Mantissa and exponent make a fraction; too large a one is an infinite float."""
    assert scaled(3, -2) == Fraction(3, 4)
    assert scaled(-5, 3) == -40
    assert not scaled(1, -20002)
    assert scaled(1, -19999)
    assert as_float(Fraction(10) ** 400) == INF
    assert as_float(-(Fraction(10) ** 400)) == -INF
    assert as_float(Fraction(1, 3)) == 1 / 3


@pytest.mark.parametrize(
    ("got", "exact", "expected"),
    [(1.0, 1, 0.0), (-1.0, 1, 2.0**53), (1.0 + 2.0**-52, 1, 1.0), (NAN, 1, INF), (INF, 1, INF),
     (2.0 - 2.0**-52, 2, 0.5), (0.0, Fraction(1, 2**1075), 0.5), (5e-324, 0, 1.0),
     (0.0, 0, 0.0), (INF, Fraction(2) ** 1024, 0.0), (-INF, Fraction(2) ** 1024, INF),
     (1.7976931348623157e308, Fraction(2) ** 1025, INF), (1e308, Fraction(2) ** 1024, INF),
     (INF, Fraction(2) ** 1024 - Fraction(2) ** 971, 0.5),
     (-INF, Fraction(2) ** 972 - Fraction(2) ** 1024, 1.5),
     (1e-310, Fraction(1e-310) + Fraction(3, 2**1074), 3.0)],
)  # fmt: skip
def test_distances_in_ulp(got, exact, expected):
    """Distances count in units of the exact number, also at the ends of the floats."""
    assert ulps(got, Fraction(exact)) == expected


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
    """As many directions are tried as are asked for."""
    f = lambda x, y: x * x * y
    for check in (check_jvp, check_hessian, check_taylor):
        assert len(check(f, [2.0, 0.5], directions=2).entries) == 2


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
