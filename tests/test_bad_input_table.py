"""The hard places: kinks, edges, overflow, infinities and nan, row by row.

One row per decision of the conventions: a gate, its operands, the value, the local derivatives.
"""

import math

import pytest

from gatenet import Unit, gates
from gatenet.gates import CATALOGUE, SLOPES

inf, nan = math.inf, math.nan
HALF_PI, LEAST = math.pi / 2, 5e-324

#: Kinks and edges: what is returned where a derivative is not unique, or is infinite.
KINKS = [
    ("relu", (0.0,), 0.0, (0.0,)),
    ("relu", (-0.0,), 0.0, (0.0,)),
    ("relu", (LEAST,), LEAST, (1.0,)),
    ("leaky_relu", (0.0,), 0.0, (0.01,)),
    ("elu", (0.0,), 0.0, (1.0,)),
    ("selu", (0.0,), 0.0, (1.7580993408473766,)),
    ("absolute", (0.0,), 0.0, (0.0,)),
    ("absolute", (-0.0,), 0.0, (0.0,)),
    ("sign", (0.0,), 0.0, (0.0,)),
    ("sign", (-2.0,), -1.0, (0.0,)),
    ("heaviside", (0.0,), 0.0, (0.0,)),
    ("heaviside", (LEAST,), 1.0, (0.0,)),
    ("hard_tanh", (1.0,), 1.0, (0.0,)),
    ("hard_tanh", (-1.0,), -1.0, (0.0,)),
    ("hard_tanh", (math.nextafter(1.0, 0.0),), math.nextafter(1.0, 0.0), (1.0,)),
    ("softsign", (0.0,), 0.0, (1.0,)),
    ("maximum", (1.0, 1.0), 1.0, (0.5, 0.5)),
    ("maximum", (2.0, 2.0, 2.0), 2.0, (1 / 3, 1 / 3, 1 / 3)),
    ("maximum", (0.0, -0.0), 0.0, (0.5, 0.5)),
    ("maximum", (3.0, 1.0, 3.0, 2.0), 3.0, (0.5, 0.0, 0.5, 0.0)),
    ("minimum", (1.0, 1.0), 1.0, (0.5, 0.5)),
    ("minimum", (2.0, 1.0, 1.0), 1.0, (0.0, 0.5, 0.5)),
    ("hypot", (0.0, 0.0), 0.0, (0.0, 0.0)),
    ("atan2", (0.0, 0.0), 0.0, (0.0, 0.0)),
    ("atan2", (0.0, -1.0), math.pi, (-1.0, 0.0)),
    ("equal", (1.0, 1.0), 1.0, (0.0, 0.0)),
    ("less", (1.0, 1.0), 0.0, (0.0, 0.0)),
    ("where", (0.0, 2.0, 3.0), 3.0, (0.0, 0.0, 1.0)),
    ("where", (-0.0, 2.0, 3.0), 3.0, (0.0, 0.0, 1.0)),
    ("where", (-0.5, 2.0, nan), 2.0, (0.0, 1.0, 0.0)),
]

#: Powers, roots, logarithms, division.
POWERS = [
    ("power", (0.0, 0.0), 1.0, (0.0, 0.0)),
    ("power", (0.0, 0.5), 0.0, (inf, 0.0)),
    ("power", (0.0, 1.0), 0.0, (1.0, 0.0)),
    ("power", (0.0, 2.0), 0.0, (0.0, 0.0)),
    ("power", (0.0, -1.0), inf, (-inf, -inf)),
    ("power", (-0.0, -1.0), -inf, (-inf, -inf)),
    ("power", (-0.0, -2.0), inf, (inf, -inf)),
    ("power", (-0.0, 3.0), -0.0, (0.0, 0.0)),
    ("power", (-2.0, 3.0), -8.0, (12.0, nan)),
    ("power", (-2.0, -3.0), -0.125, (-0.1875, nan)),
    ("power", (-2.0, 0.5), nan, (nan, nan)),
    ("power", (-2.0, 1e-20), nan, (nan, nan)),
    ("power", (-2.0, 0.0), 1.0, (0.0, nan)),
    ("power", (-1.0, 2.0**54), 1.0, (-(2.0**54), nan)),
    ("power", (1.0, 7.0), 1.0, (7.0, 0.0)),
    ("power", (10.0, 400.0), inf, (inf, inf)),
    ("power", (1e-200, 2.0), 0.0, (2e-200, 0.0)),
    ("power", (1e-320, 1e-300), 1.0, (1e-300 / 1e-320, math.log(1e-320))),
    ("power", (inf, 2.0), inf, (inf, inf)),
    ("power", (inf, -1.0), 0.0, (-0.0, 0.0)),
    ("power", (inf, 0.25), inf, (0.0, inf)),
    ("power", (nan, 0.0), 1.0, (nan, nan)),
    ("power", (1.0, nan), 1.0, (nan, nan)),
    ("power", (nan, 2.0), nan, (nan, nan)),
    ("sqrt", (0.0,), 0.0, (inf,)),
    ("sqrt", (-0.0,), -0.0, (inf,)),
    ("sqrt", (-1.0,), nan, (nan,)),
    ("log", (0.0,), -inf, (inf,)),
    ("log", (-0.0,), -inf, (-inf,)),
    ("log", (-1.0,), nan, (nan,)),
    ("log", (LEAST,), -744.4400719213812, (inf,)),
    ("log2", (0.0,), -inf, (inf,)),
    ("log2", (-1.0,), nan, (nan,)),
    ("log10", (0.0,), -inf, (inf,)),
    ("log10", (-1.0,), nan, (nan,)),
    ("log1p", (-1.0,), -inf, (inf,)),
    ("log1p", (-2.0,), nan, (nan,)),
    ("divide", (1.0, 0.0), inf, (inf, -inf)),
    ("divide", (1.0, -0.0), -inf, (-inf, -inf)),
    ("divide", (0.0, 0.0), nan, (inf, nan)),
    ("divide", (1e308, 1e-308), inf, (1e308, -inf)),
    ("divide", (3 * LEAST, 0.0011), 1.3474e-320, (909.0909090909091, -1.2248972e-317)),
    ("reciprocal", (0.0,), inf, (-inf,)),
    ("asin", (1.0,), HALF_PI, (inf,)),
    ("asin", (1.5,), nan, (nan,)),
    ("acos", (-1.0,), math.pi, (-inf,)),
    ("acos", (-1.5,), nan, (nan,)),
    ("acosh", (1.0,), 0.0, (inf,)),
    ("acosh", (0.5,), nan, (nan,)),
    ("acosh", (-2.0,), nan, (nan,)),
    ("atanh", (1.0,), inf, (inf,)),
    ("atanh", (-1.0,), -inf, (inf,)),
    ("atanh", (2.0,), nan, (nan,)),
]

#: Overflow and underflow: saturated values keep honest gradients.
OVERFLOW = [
    ("exp", (710.0,), inf, (inf,)),
    ("exp", (-745.0,), LEAST, (LEAST,)),
    ("expm1", (710.0,), inf, (inf,)),
    ("expm1", (-800.0,), -1.0, (0.0,)),
    ("sinh", (-711.0,), -inf, (inf,)),
    ("cosh", (711.0,), inf, (inf,)),
    ("cosh", (-711.0,), inf, (-inf,)),
    ("sigmoid", (800.0,), 1.0, (0.0,)),
    ("sigmoid", (-800.0,), 0.0, (0.0,)),
    ("sigmoid", (-745.0,), LEAST, (LEAST,)),
    ("sigmoid", (40.0,), 1.0, (4.248354255291589e-18,)),
    ("tanh", (20.0,), 1.0, (1.6993417021166355e-17,)),
    ("tanh", (-400.0,), -1.0, (0.0,)),
    ("softplus", (800.0,), 800.0, (1.0,)),
    ("softplus", (25.0,), 25.000000000013888, (0.9999999999861121,)),
    ("log_sigmoid", (-800.0,), -800.0, (1.0,)),
    ("silu", (-800.0,), 0.0, (0.0,)),
    ("mish", (-800.0,), 0.0, (0.0,)),
    ("gelu", (-40.0,), 0.0, (0.0,)),
    ("gaussian", (1e200,), 0.0, (0.0,)),
    ("square", (1e200,), inf, (2e200,)),
    ("hypot", (3e307, 4e307), 5e307, (0.6, 0.8)),
    ("hypot", (LEAST, 0.0), LEAST, (1.0, 0.0)),
    ("atan2", (1e-320, 1e-320), math.pi / 4, (inf, -inf)),
    ("atan2", (1e300, 1e-300), HALF_PI, (0.0, -1e-300)),
    ("atan", (1e200,), HALF_PI, (0.0,)),
    ("asinh", (1e300,), 691.4686750787736, (1e-300,)),
    ("product", (1e200, 1e200, 0.0), inf * 0, (0.0, 0.0, inf)),
    ("logsumexp", (1000.0, 1000.0), 1000.6931471805599, (0.5, 0.5)),
    ("logsumexp", (-1000.0, -1000.0), -999.3068528194401, (0.5, 0.5)),
    ("logsumexp", (1000.0, -1000.0), 1000.0, (1.0, 0.0)),
    ("logsumexp", (-inf, -inf), -inf, (0.5, 0.5)),
    ("logsumexp", (inf, 0.0), inf, (1.0, 0.0)),
    ("logsumexp", (0.0, -inf), 0.0, (1.0, 0.0)),
]

#: At the infinities: the limit, or nan where there is none.
INFINITIES = [
    *[(name, (x,), y, (p,)) for name, left, right in [
        ("exp", (0.0, 0.0), (inf, inf)),
        ("expm1", (-1.0, 0.0), (inf, inf)),
        ("log", (nan, nan), (inf, 0.0)),
        ("log1p", (nan, nan), (inf, 0.0)),
        ("log2", (nan, nan), (inf, 0.0)),
        ("log10", (nan, nan), (inf, 0.0)),
        ("sqrt", (nan, nan), (inf, 0.0)),
        ("square", (inf, -inf), (inf, inf)),
        ("reciprocal", (-0.0, 0.0), (0.0, 0.0)),
        ("absolute", (inf, -1.0), (inf, 1.0)),
        ("sign", (-1.0, 0.0), (1.0, 0.0)),
        ("heaviside", (0.0, 0.0), (1.0, 0.0)),
        ("sin", (nan, nan), (nan, nan)),
        ("cos", (nan, nan), (nan, nan)),
        ("tan", (nan, nan), (nan, nan)),
        ("asin", (nan, nan), (nan, nan)),
        ("acos", (nan, nan), (nan, nan)),
        ("atan", (-HALF_PI, 0.0), (HALF_PI, 0.0)),
        ("sinh", (-inf, inf), (inf, inf)),
        ("cosh", (inf, -inf), (inf, inf)),
        ("tanh", (-1.0, 0.0), (1.0, 0.0)),
        ("asinh", (-inf, 0.0), (inf, 0.0)),
        ("acosh", (nan, nan), (inf, 0.0)),
        ("atanh", (nan, nan), (nan, nan)),
        ("erf", (-1.0, 0.0), (1.0, 0.0)),
        ("erfc", (2.0, 0.0), (0.0, 0.0)),
        ("gaussian", (0.0, 0.0), (0.0, 0.0)),
        ("sigmoid", (0.0, 0.0), (1.0, 0.0)),
        ("log_sigmoid", (-inf, 1.0), (0.0, 0.0)),
        ("softplus", (0.0, 0.0), (inf, 1.0)),
        ("softsign", (-1.0, 0.0), (1.0, 0.0)),
        ("symmetric_sigmoid", (-1.7159, 0.0), (1.7159, 0.0)),
        ("relu", (0.0, 0.0), (inf, 1.0)),
        ("leaky_relu", (-inf, 0.01), (inf, 1.0)),
        ("elu", (-1.0, 0.0), (inf, 1.0)),
        ("selu", (-1.7580993408473766, 0.0), (inf, 1.0507009873554805)),
        ("hard_tanh", (-1.0, 0.0), (1.0, 0.0)),
        ("silu", (0.0, 0.0), (inf, 1.0)),
        ("gelu", (0.0, 0.0), (inf, 1.0)),
        ("mish", (0.0, 0.0), (inf, 1.0)),
    ] for x, (y, p) in ((-inf, left), (inf, right))],
    ("hypot", (-inf, 1.0), inf, (-1.0, 0.0)),
    ("hypot", (1.0, inf), inf, (0.0, 1.0)),
    ("hypot", (inf, nan), nan, (nan, nan)),
    ("atan2", (1.0, inf), 0.0, (0.0, 0.0)),
    ("atan2", (inf, inf), math.pi / 4, (0.0, 0.0)),
    ("multiply", (inf, 0.0), nan, (0.0, inf)),
    ("subtract", (inf, inf), nan, (1.0, -1.0)),
    ("divide", (1.0, inf), 0.0, (0.0, 0.0)),
    ("maximum", (inf, 1.0), inf, (1.0, 0.0)),
    ("maximum", (inf, inf), inf, (0.5, 0.5)),
    ("minimum", (-inf, 1.0), -inf, (1.0, 0.0)),
]  # fmt: skip


def _same(got, expected):
    return got == expected or (math.isnan(got) and math.isnan(expected))


@pytest.mark.parametrize(
    ("name", "operands", "value", "partials"), [*KINKS, *POWERS, *OVERFLOW, *INFINITIES]
)
def test_a_row(name, operands, value, partials):
    """The gate's value and local derivatives are those of the table."""
    gate = CATALOGUE[name]
    got = gate.value(*operands)

    assert _same(got, value) or got == pytest.approx(value, rel=1e-15)
    for slope, expected in zip(gate.partials(got, *operands), partials, strict=True):
        assert _same(slope, expected) or slope == pytest.approx(expected, rel=4e-16)


@pytest.mark.parametrize(
    ("name", "operands", "value", "partials"), [*KINKS, *POWERS, *OVERFLOW, *INFINITIES]
)
def test_a_row_on_units(name, operands, value, partials):
    """Units give the same bits as plain numbers, value and derivatives."""
    gate = CATALOGUE[name]
    unit = gate(*[Unit(operand) for operand in operands])

    assert _same(unit.value, gate.value(*operands))
    assert len(unit.partials) == len(partials)
    for slope, expected in zip(unit.partials, gate.partials(unit.value, *operands), strict=True):
        assert _same(slope, expected)


#: Gates whose partials do not depend on the operands, and those that only compare.
LINEAR = {"add", "subtract", "negate", "identity", "total", "mean"}
COMPARING = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "where"}


@pytest.mark.parametrize(
    "gate",
    # a comparison with nan is an answer
    [gate for gate in [*CATALOGUE.values(), *SLOPES.values()] if gate.name not in COMPARING],
    ids=str,
)
def test_nan_is_never_dropped(gate):
    """nan for any operand gives nan, and a nan gradient to the one it came from."""
    count = 3 * gate.groups if gate.variadic else len(gate.inputs)
    for at in range(count):
        operands = [0.5] * count
        operands[at] = nan
        value = gate.value(*operands)
        partials = gate.partials(value, *operands)

        assert math.isnan(value)
        if gate.name in {"multiply", "divide", "divide_slope", "dot", "product"}:
            assert any(map(math.isnan, partials))
        elif gate.name not in LINEAR:
            assert math.isnan(partials[at])


@pytest.mark.parametrize("name", sorted(COMPARING - {"where"}))
def test_a_comparison_with_nan_is_false(name):
    """Comparisons follow IEEE 754: nan is neither less nor equal nor greater."""
    expected = 1.0 if name == "not_equal" else 0.0

    assert expected == CATALOGUE[name].value(nan, 1.0) == CATALOGUE[name].value(1.0, nan)


def test_a_blocked_edge_receives_nothing():
    """max(x, log(y)) at y = 0, with x the winner, sends y 0 and not nan."""
    x, y = Unit(1.0), Unit(0.0)
    gates.maximum(x, gates.log(y)).backward()

    assert (x.grad, y.grad) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("name", "operands"),
    [
        ("log", (0.0,)), ("log2", (0.0,)), ("log10", (0.0,)), ("log1p", (-1.0,)),
        ("sqrt", (0.0,)), ("reciprocal", (0.0,)), ("divide", (1.0, 0.0)), ("power", (0.0, 0.5)),
        ("asin", (1.0,)), ("acos", (1.0,)), ("acosh", (1.0,)), ("atanh", (1.0,)),
        ("exp", (800.0,)), ("expm1", (800.0,)), ("sinh", (800.0,)), ("cosh", (800.0,)),
        ("square", (1e308,)), ("product", (1e200, 1e200, 1.0)), ("atan2", (LEAST, LEAST)),
    ],
)  # fmt: skip
def test_a_gate_with_an_infinite_slope_makes_no_pull_from_nothing(name, operands):
    """An infinite local derivative times an upstream of 0 is no pull, not nan."""
    gate = CATALOGUE[name]
    units = [Unit(operand) for operand in operands]
    out = gate(*units)
    out.backward(seed=0.0)

    assert any(math.isinf(partial) for partial in out.partials)
    assert gate.guarded
    assert [unit.grad for unit in units] == [0.0] * len(units)


def test_the_unselected_branch_of_where_leaks_no_nan():
    """where(c, a, log(b)) with a selected leaves b's gradient 0 at b = 0, and at b < 0."""
    for bad in (0.0, -1.0):
        a, b = Unit(2.0), Unit(bad)
        gates.where(1.0, a, gates.log(b)).backward()

        assert (a.grad, b.grad) == (1.0, 0.0)


def test_two_relus_back_to_back_at_the_kink():
    """relu(z) - relu(-z) is z, and at 0 its gradient here is 0: a known limit of every engine."""
    z = Unit(0.0)
    (z.relu() - (-z).relu()).backward()

    assert z.grad == 0.0


@pytest.mark.parametrize("power", [2.0, 3.0, 4.0, 1.0])
def test_constant_integer_powers_are_exact_at_zero_and_below(power):
    """A constant exponent gives no gradient and leaves the base's right at negative numbers."""
    for base in (-3.0, 0.0, 2.0):
        x = Unit(base)
        (x**power).backward()

        assert x.grad == power * base ** (power - 1)
