"""The checker's oracle: exact slopes and kinds of points, held against the tests' own oracles."""

import math
import random
from fractions import Fraction

import oracle
import pytest

from gatenet import gates
from gatenet.checking import points, precise
from gatenet.checking.kinds import NoFormula, function_of
from gatenet.checking.lines import GateLine
from gatenet.checking.longdifferences import by_differences
from gatenet.checking.precise import Series, Wide
from gatenet.checking.truth import truths
from gatenet.checking.ulps import ulps
from gatenet.declaration import gate, libm
from gatenet.gates import CATALOGUE


def along_first(one, point):
    """A gate as its first operand moves."""
    return GateLine(one, point, [1.0] + [0.0] * (len(point) - 1))


def close(exact, other):
    """Whether two exact numbers agree to twenty digits."""
    if exact is None or other is None:
        return exact is other
    sign, mantissa, exponent, _ = other._mpf_
    other = (-1) ** sign * int(mantissa) * Fraction(2) ** int(exponent)
    return abs(exact - other) <= abs(other) / 10**20 + Fraction(2) ** -1300


@pytest.mark.parametrize("name", ["exp", "sigmoid", "softplus", "gelu", "power", "atan2", "hypot",
                                  "logsumexp", "mish", "asin", "erfc", "log1p"])  # fmt: skip
def test_balls_and_long_differences_agree_with_the_slow_oracle(name):
    """Both ways give the slope that the tests' own oracle, written apart from them, gives."""
    one = CATALOGUE[name]
    drawn = [p for p in points(one, 60, random.Random(5)) if all(1e-300 < abs(x) < 1e6 for x in p)]
    for point in drawn[:4]:
        expected = oracle.slope(one, point, 0)
        found = truths(along_first(one, point))[0]
        if not expected.smooth:
            continue
        assert found.kind == "smooth"
        assert close(found.slope, expected.right), (point, found)
        assert close(by_differences(along_first(one, point)).slope, expected.right)


@pytest.mark.parametrize(
    ("one", "point", "kind"),
    [(gates.relu, [0.0], "kink"), (gates.relu, [5e-324], "smooth"), (gates.sqrt, [0.0], "boundary"),
     (gates.heaviside, [0.0], "jump"), (gates.reciprocal, [0.0], "undefined"),
     (gates.maximum, [1.0, 1.0], "kink"), (gates.power, [0.0, 1.5], "boundary"),
     (gates.hypot, [0.0, 0.0], "kink"), (gates.softsign, [0.0], "smooth"),
     (gates.elu, [0.0], "smooth"), (gates.atan2, [0.0, -1.0], "jump")],
)  # fmt: skip
def test_points_are_classified_alike_by_both_ways(one, point, kind):
    """Balls, where they can tell, and long differences name the same kind of point."""
    assert truths(along_first(one, point))[0].kind == kind
    assert by_differences(along_first(one, point)).kind == kind


def declared(name, textbook):
    """A gate with a textbook alone, to be classified."""

    def body(x):
        """For a special point."""
        return x

    body.__name__ = f"oracle_{name}"
    return gate(symbol="?", textbook=textbook, partials=lambda z, x: 1)(body)


@pytest.mark.parametrize(
    ("name", "textbook", "kind"),
    [("wave", "x * sin(1 / x) if x != 0 else 0", "unstable"),
     ("cusp", "sqrt(abs(x))", "vertical"), ("smooth", "x * abs(x)", "smooth"),
     ("cubed", "abs(x) ** 3", "smooth"), ("ramps", "max(0, x) - max(0, -x)", "smooth"),
     ("gap", "x if x > 0 else x - 1", "jump"), ("bend", "x if x > 0 else 2 * x", "kink")],
)  # fmt: skip
def test_kinds_of_points_at_0(name, textbook, kind):
    """Oscillation, cusps, gaps and bends are told apart."""
    assert truths(along_first(declared(name, textbook), [0.0]))[0].kind == kind


def test_a_slope_of_both_sides():
    """At a kink the truth has the slope of each side."""
    truth = truths(along_first(gates.leaky_relu.bind(slope=0.25), [0.0]))[0]

    assert (truth.left, truth.right, truth.slope) == (Fraction(1, 4), Fraction(1), None)


def test_an_infinite_slope_has_a_sign():
    """A slope that grows without end says from which side and to where."""
    assert truths(along_first(gates.acos, [1.0]))[0].rising == (-1, 0)
    assert truths(along_first(gates.sqrt, [0.0]))[0].rising == (0, 1)


@pytest.mark.parametrize(
    ("got", "exact", "expected"),
    [(1.0, Fraction(1), 0.0), (1.0 + 2.0**-52, Fraction(1), 1.0), (1 - 2.0**-53, Fraction(1), 0.5),
     (0.0, Fraction(2) ** -1074, 1.0), (0.0, Fraction(0), 0.0), (5e-324, Fraction(0), 1.0),
     (math.inf, Fraction(2) ** 1024, 0.0), (-math.inf, Fraction(2) ** 1024, math.inf),
     (math.nan, Fraction(1), math.inf), (1.0, Fraction(2) ** 1025, math.inf),
     (3.0, Fraction(1), 2.0**53), (-1.0, Fraction(1), 2.0**53)],
)  # fmt: skip
def test_ulps(got, exact, expected):
    """Distances are in units in the last place of the exact number."""
    assert ulps(got, exact) == expected


def test_without_a_formula_there_is_no_oracle():
    """A primitive gate without a textbook cannot be worked out on other numbers, and says so."""

    @gate(symbol="?", partials=lambda z, x: 1, primitive=libm("cbrt", raises=False))
    def oracle_primitive(x):
        """A primitive with no textbook."""

    with pytest.raises(NoFormula, match="no textbook"):
        function_of(oracle_primitive, Series)
    with pytest.raises(NoFormula, match="textbook"):
        unlisted = declared("unlisted", "x")
        unlisted.textbook = "sum(x)"  # no declaration lets this pass
        truths(along_first(unlisted, [1.0]))


def test_without_packages_there_is_no_oracle(monkeypatch):
    """With neither package the truth is not to be had; with one of them it is."""
    line = along_first(gates.tanh, [0.5])
    exact = truths(line)[0].slope
    monkeypatch.setattr(precise, "HIDDEN", {"flint"})
    assert truths(line)[0].method == "long differences"
    assert abs(truths(line)[0].slope - exact) <= abs(exact) / 10**20
    monkeypatch.setattr(precise, "HIDDEN", {"flint", "mpmath"})
    with pytest.raises(NoFormula, match="neither"):
        truths(line)


@pytest.mark.parametrize("kind", [Series, Wide])
def test_numbers_of_each_kind_combine_and_compare(kind):
    """Arithmetic between a kind's numbers and plain ones gives the kind's numbers."""
    with precise.wide_bits(200), precise.series_bits(200):
        two = kind.of(2.0)
        for found, expected in [
            (two + 1, 3), (1 + two, 3), (two - 1, 1), (1 - two, -1), (two * 3, 6), (3 / two, 1.5),
            (two / 4, 0.5), (-two, -2), (+two, 2), (abs(-two), 2), (two**3, 8), (two**-1, 0.5),
            (two**two, 4), (3**two, 9), (kind.of(-2.0) ** 3.0, -8), (kind.pi(), math.pi),
        ]:  # fmt: skip
            value = found.term(0) if kind is Series else found.exact
            assert abs(value - Fraction(expected)) < Fraction(1, 2**50), expected
        assert two > 1
        assert two >= 2
        assert two <= 2
        assert two == 2
        assert not two < 1
        assert two != 3
