"""Initializers: the variance of the paper, the same draws everywhere, rows at right angles."""

from __future__ import annotations

import math
import random

import pytest

from gatenet.nn import initializers
from gatenet.nn.shapes import flat

#: Each with the deviation that its paper asks for, at 40 inputs and 30 outputs.
DEVIATIONS = {
    "xavier_uniform": math.sqrt(2 / 70),
    "xavier_normal": math.sqrt(2 / 70),
    "he_uniform": math.sqrt(2 / 40),
    "he_normal": math.sqrt(2 / 40),
    "lecun_uniform": math.sqrt(1 / 40),
    "lecun_normal": math.sqrt(1 / 40),
    "orthogonal": math.sqrt(1 / 40),
    "nguyen_widrow": 0.7 * 30 ** (1 / 40) / math.sqrt(40),
    "zeros": 0.0,
}
#: The first weight of the second row of two, at seed 1.
RECORDED = {
    "xavier_normal": -0.7857770578913712,
    "orthogonal": 0.17260663126089185,
    "nguyen_widrow": 0.7254321121344574,
}


@pytest.mark.parametrize("name", DEVIATIONS)
def test_deviation(name: str) -> None:
    """Weights have mean 0 and the variance of the paper, and come nout rows of nin."""
    draw = getattr(initializers, name)
    rows = draw(random.Random(3), 40, 30)
    weights = [weight for row in rows for weight in row]
    expected = DEVIATIONS[name]

    assert {40} == {len(row) for row in rows}
    assert len(rows) == 30
    assert abs(math.fsum(weights) / 1200) <= 3.5 * expected / math.sqrt(1200)
    assert math.sqrt(math.fsum(w * w for w in weights) / 1200) == pytest.approx(expected, rel=0.06)


def test_recorded() -> None:
    """One seed gives one network everywhere; uniform draws to the last bit."""
    assert initializers.he_uniform(random.Random(1), 2, 1) == [
        [-1.2665994125223445, 1.2035457692776133]
    ]
    found = {
        name: getattr(initializers, name)(random.Random(1), 2, 2)[1][0]
        for name in ("xavier_normal", "orthogonal", "nguyen_widrow")
    }
    assert found == pytest.approx(RECORDED, rel=1e-12)


@pytest.mark.parametrize(("nin", "nout"), [(1, 1), (4, 4), (9, 3), (3, 9), (40, 30)])
def test_orthogonal(nin: int, nout: int) -> None:
    """Rows, or columns where there are fewer, are orthonormal to a few ULP."""
    rows = initializers.orthogonal(random.Random(0), nin, nout)
    lines = rows if nout <= nin else list(zip(*rows, strict=True))

    assert (len(rows), len(rows[0])) == (nout, nin)
    for i, a in enumerate(lines):
        for j, b in enumerate(lines):
            inner = math.fsum(x * y for x, y in zip(a, b, strict=True))
            assert abs(inner - (i == j)) < 1e-15


def test_constant_and_normal() -> None:
    """`constant` and `normal` make initializers of the numbers given."""
    assert [[2.0, 2.0]] == initializers.constant(2)(random.Random(0), 2, 1)
    rows = initializers.normal(0.5, 3.0)(random.Random(0), 50, 40)
    weights = list(flat(rows))
    mean = math.fsum(weights) / 2000

    assert mean == pytest.approx(3.0, abs=0.04)
    assert math.fsum((w - mean) ** 2 for w in weights) / 2000 == pytest.approx(0.25, rel=0.1)
