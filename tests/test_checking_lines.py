"""Lines and numbers: kinds of points, functions and powers of every kind of number, and ULP."""

import cmath
import math
from fractions import Fraction

import pytest

from gatenet import Circuit, Unit, gates
from gatenet.checking import precise
from gatenet.checking.complexstep import Step
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
)
from gatenet.checking.longdifferences import by_differences
from gatenet.checking.precise import Series, Wide, scaled
from gatenet.checking.ulps import as_float, ulps

NAN, INF = math.nan, math.inf


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
