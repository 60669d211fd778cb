"""Exact sums: the logic of a circuit on long floats, rounded constants, pulls added up."""

import math
import random

import pytest

from gatenet import Circuit, Unit, custom_gradient, gates
from gatenet.checking import logic, precise
from gatenet.checking.kinds import Wiring
from gatenet.checking.precise import Wide
from gatenet.declaration import gate
from gatenet.formula import Constant, Symbol

INF = math.inf


@custom_gradient(partials=lambda z, x: 2 * x)
def sums_square(x):
    """A square; its derivative is exact and asks only x."""
    return x * x


def compared(*outputs, seed=1):
    """The logic of a circuit."""
    circuit = Circuit(list(outputs))
    return logic.compared(Wiring(circuit, circuit.inputs), circuit, random.Random(seed))


@gate(symbol="!", textbook="x * y", partials=lambda z, x, y: (y, 1.5 * x))
def sums_wrong(x, y):
    """A product with a wrong derivative in its second operand."""
    return x * y


def test_the_logic_weighs_every_output_and_every_leaf():
    """The slope along the direction is the seeds' and weights' sum, in one number and the other."""
    pytest.importorskip("mpmath")
    x, y = Unit(3.0), Unit(-0.25)
    for out in ([x * y], [x * y, x + y], [x * 2.0, x * 2.0], [x], [x.exp(), y.sin() * x]):
        found = compared(*out)
        assert found.right
        assert found.apart < 1e-18 <= 1e-15
        assert found.sweep == pytest.approx(found.differences, rel=1e-14)
        assert found.bits == 1600
    for number in range(1, 7):
        rng = random.Random(number)
        seed, weight = [rng.uniform(0.5, 1.0) * rng.choice((-1.0, 1.0)) for _ in range(2)]
        for at, size in ((4.0, 1.0), (0.5, 0.5), (-0.25, 0.25)):
            found = compared(Unit(at) * 3.0, seed=number)
            assert found.sweep == pytest.approx(seed * weight * size * 3.0, rel=1e-14)
    wrong = compared(sums_wrong(x, y))
    assert not wrong.right
    assert wrong.apart > 0.01
    zero = Unit(0.0)
    assert compared(zero * 3.0 + x).right
    assert not compared(sums_wrong(Unit(2.0), zero)).right
    assert compared(zero * 3.0).right
    assert compared(x * 0.0).right


def test_which_derivatives_hold_rounded_constants():
    """Ours are exact but for constants like 1 / log(2); a user's formulas are trusted less."""
    for one, share in [
        (gates.multiply, 0.0), (gates.exp, 0.0), (gates.log2, 2.0**-51), (gates.erf, 2.0**-51),
        (gates.clip, 0.0), (gates.mean, 2.0**-51), (sums_wrong, 2.0**-50),
        (gates.leaky_relu, 0.0), (gates.leaky_relu.bind(slope=0.1), 0.0),
    ]:  # fmt: skip
        assert logic.roughness(one) == share, one


def test_which_constants_are_rounded_numbers():
    """Up to thirty bits above and below the line a constant is meant as it stands."""
    for value, rounded in [
        (2.0**30 - 1, False), (2.0**30, True), (-(2.0**30), True), (0.1, True), (2.0**-29, False),
        (2.0**-30, True), (INF, False), (0.0, False),
    ]:  # fmt: skip
        assert logic._rounded(gates.add, Constant(value)) is rounded
    x, s = Symbol("x"), Symbol("s")
    assert not logic._rounded(gates.add, x * 2 + 1)
    assert logic._rounded(gates.add, x * (Constant(1.0) / 3.0))
    assert not logic._rounded(sums_static, s * x)
    assert logic._rounded(sums_static, (s + 1) * x)
    assert logic._rounded(sums_static, sums_static(x))


@gate(symbol="!", partials=lambda z, x, s: s)
def sums_static(x, *, s=0.5):
    """A gate with a static parameter and no textbook."""
    return s * x


def test_a_leaf_at_0_needs_all_bits(monkeypatch):
    """Few bits do not hold the step away from 0, so a big circuit of such leaves is run on many."""
    pytest.importorskip("mpmath")
    monkeypatch.setattr(logic, "MANY_ROWS", 2)
    assert compared(Unit(0.0) * 3.0 + 1.0).bits == 1600
    assert compared(Unit(2.0) * 3.0 + 1.0).bits == 500
    monkeypatch.setattr(logic, "MANY_ROWS", 5)
    assert compared(Unit(2.0) * 3.0 + 1.0).bits == 1600


def test_what_was_added_up_wrongly_is_found(monkeypatch):
    """A sum that is off by more than its rounding is given with the right one, last unit first."""
    pytest.importorskip("mpmath")
    x, y = Unit(3.0), Unit(0.1)
    out = x * y + x * 7.0
    assert list(logic.misadded([out], [x, y])) == []
    right = logic.gradients
    monkeypatch.setattr(logic, "gradients", lambda *a: [g * (1 + 1e-12) for g in right(*a)])
    assert [unit for unit, *_ in logic.misadded([out], [x, y])] == [y, x]
    (one, got, exact) = next(logic.misadded([out], [x]))
    assert (one, got, exact) == (x, 7.1 * (1 + 1e-12), 7.1)
    monkeypatch.setattr(logic, "gradients", lambda *a: [g + math.ulp(g) for g in right(*a)])
    assert list(logic.misadded([out], [x])) == []
    monkeypatch.setattr(logic, "gradients", lambda *a: [math.nan for _ in right(*a)])
    assert list(logic.misadded([out], [x])) == []
    monkeypatch.setattr(precise, "HIDDEN", {"mpmath"})
    assert list(logic.misadded([out], [x])) == []


def test_declared_slopes_on_long_floats():
    """The declared derivatives of a gate or a rule, in exact arithmetic; not finite is an error."""
    pytest.importorskip("mpmath")
    with precise.wide_bits(200):
        two, five = Wide.of(2.0), Wide.of(5.0)
        ten = Wide.of(10.0)
        assert logic.declared_slopes(gates.multiply, [two, five], ten, [True, True]) == [5, 2]
        assert logic.declared_slopes(gates.total, [two, five], ten, [True, True]) == [1, 1]
        assert logic.declared_slopes(gates.dot, [two, five, ten, two], ten, [True] * 4) == [
            10, 2, 2, 5]  # fmt: skip
        assert logic.declared_slopes(sums_square, [two], ten, [True]) == [4]
        zero = Wide.of(0.0)
        with pytest.raises(ValueError, match="not finite"):
            logic.declared_slopes(gates.log, [zero], ten, [True])
        logic.declared_slopes(gates.log, [zero], ten, [False])
