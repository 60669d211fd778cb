"""The two oracles against each other, and the slow one against what is known on paper."""

import math
from fractions import Fraction

import pytest
from balls import derivatives
from measuring import PARTIAL_BOUND, VALUE_BOUND, VALUE_BOUNDS
from mpmath import mp, mpf
from oracle import distance, slope, ulps, value
from sampling import points

from gatenet.gates import CATALOGUE, SLOPES

SMOOTH = [
    gate
    for gate in [*CATALOGUE.values(), *SLOPES.values()]
    if not gate.variadic and gate.symbol not in set("<≤>≥=≠?")
]


def ordinary(gate, number):
    """Points inside the domain, away from kinks and edges, of no extreme size."""
    found = []
    for operands in points(gate, 40 * number):
        names = {**gate.static, **dict(zip(gate.inputs, operands, strict=True))}
        tame = all(1e-30 < abs(x) < 40 for x in operands)
        if tame and gate.domain.contains(names) and not gate.domain.at_kink(names):
            found.append(operands)
        if len(found) == number:
            break
    return found


@pytest.mark.parametrize("gate", SMOOTH, ids=str)
def test_the_slow_oracle_agrees_with_the_fast_one_and_with_the_gate(gate):
    """Differences at 1,600 bits give what power series give, and the gate is within its bounds."""
    tried = ordinary(gate, 10)
    for operands in tried:
        exact = value(gate, operands)
        got = gate.value(*operands)

        assert ulps(got, exact) <= VALUE_BOUNDS.get(gate.name, VALUE_BOUND), operands
        for k, partial in enumerate(gate.partials(got, *operands)):
            balls = derivatives(gate, operands, k)
            if balls is None:
                continue
            truth = slope(gate, operands, k)
            with mp.workprec(200):
                middle = mpf(balls[1].mid().str(60, radius=False))

                assert truth.smooth, operands
                assert abs(truth.left - middle) <= abs(middle) * mpf(2) ** -60, operands
            if gate.name in CATALOGUE:
                assert ulps(partial, truth.left) <= PARTIAL_BOUND, operands

    assert len(tried) == 10


@pytest.mark.parametrize(
    ("name", "left", "right"),
    [
        ("relu", 0, 1), ("absolute", -1, 1), ("leaky_relu", 0.01, 1), ("elu", 1, 1),
        ("selu", 1.0507009873554805 * 1.6732632423543772, 1.0507009873554805), ("softsign", 1, 1),
    ],
)  # fmt: skip
def test_one_sided_slopes_at_a_kink(name, left, right):
    """At 0 the slow oracle gives both one-sided slopes, and the gate returns one of them or 0."""
    gate = CATALOGUE[name]
    found = slope(gate, (0.0,), 0)

    assert float(found.left) == pytest.approx(left, rel=1e-15)
    assert float(found.right) == pytest.approx(right, rel=1e-15)
    assert (left == right) == found.smooth
    (returned,) = gate.partials(gate.value(0.0), 0.0)
    assert left <= returned <= right or right <= returned <= left


def test_the_slow_oracle_knows_where_a_formula_ends():
    """Outside the domain there is no value; at an edge there is no slope on the far side."""
    assert value(CATALOGUE["log"], (-1.0,)) is None
    assert value(CATALOGUE["power"], (-2.0, 0.5)) is None
    assert slope(CATALOGUE["sqrt"], (0.0,), 0).left is None


def test_fifty_digits_would_not_have_been_enough():
    """At 50 digits the textbook's softplus of -200 is 0; the oracle's is exp(-200)."""
    with mp.workdps(50):
        assert mp.log(1 + mp.exp(-200)) == 0
    exact = value(CATALOGUE["softplus"], (-200.0,))

    assert float(exact) == pytest.approx(math.exp(-200.0), rel=1e-15)


def test_distances_in_ulp():
    """ULP are those of the exact number, also among the least of all and at the overflow."""
    assert distance(1.0, Fraction(1)) == 0
    assert distance(1.0, Fraction(1) + Fraction(2) ** -53) == 0.5
    assert distance(math.nextafter(2.0, 0.0), Fraction(2)) == 0.5
    assert distance(5e-324, Fraction(2) ** -1075) == 0.5
    assert distance(0.0, Fraction(2) ** -1074) == 1
    assert distance(math.inf, Fraction(2) ** 1024) == 0
    assert distance(math.inf, Fraction(2) ** 1024 - Fraction(2) ** 971) == 0.5
    assert distance(-math.inf, Fraction(2) ** 1024) == math.inf
    assert ulps(math.nan, mpf(1)) == math.inf
