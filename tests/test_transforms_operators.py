"""grad, Lop and Rop on recorded units, as in Theano."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tapes import SMOOTH, leaves_of, play, tapes

from gatenet import Circuit, Lop, Rop, Unit, grad
from gatenet.errors import OperandError, RangeError, StaleCircuitError, WiringError
from gatenet.gates import dot, exp
from gatenet.transforms.forward import path_units, pushed


def test_grad_of_a_unit_is_a_unit_that_replays():
    """T.grad(y, x): wired, replayable with other values, differentiable again."""
    x = Unit(4.0, "x")
    slope = grad(x**2, x)

    assert slope.value == 8.0
    assert Circuit(slope).forward({"x": 94.2}) == pytest.approx(188.4, rel=1e-15)
    assert grad(slope, x).value == 2.0


def test_grad_of_a_unit_in_a_tree_of_units():
    """The result is nested as wrt; what y does not depend on has the gradient 0."""
    w, b, other = Unit(2.0), Unit(3.0), Unit(5.0)
    found = grad(w * b + b, {"w": w, "rest": [b, other]})

    assert (found["w"].value, [u.value for u in found["rest"]]) == (3.0, [3.0, 0.0])


def test_grad_in_an_inner_unit_takes_everything_that_passes_through_it():
    """wrt may be the output of a gate; other ways to y do not count."""
    x = Unit(3.0)
    h = x * x
    y = h * x

    assert grad(y, h).value == 3.0
    assert [u.value for u in grad(y, [h, x])] == [3.0, 27.0]


def test_the_operators_of_the_tutorial():
    """Rop and Lop of a product of a vector and a matrix, with Theano's figures."""
    x = [Unit(0.0), Unit(1.0)]
    w = [[Unit(1.0), Unit(1.0)], [Unit(1.0), Unit(1.0)]]
    y = [dot(x, [row[k] for row in w]) for k in range(2)]
    values = lambda tree: [u.value if type(u) is Unit else values(u) for u in tree]

    assert values(Rop(y, w, [[2.0, 2.0], [2.0, 2.0]])) == [2.0, 2.0]
    assert values(Lop(y, w, [2.0, 2.0])) == [[0.0, 0.0], [2.0, 2.0]]


@given(tapes(SMOOTH, hard=False, max_steps=8), st.data())
def test_lop_and_rop_are_adjoint_at_any_units(tape, data):
    """<Lop(y, wrt, v), w> = <v, Rop(y, wrt, w)>, also where one of wrt depends on another."""
    units = play(tape, leaves_of(tape))
    picks = st.lists(st.sampled_from(range(len(units))), min_size=1, max_size=3, unique=True)
    wrt = [units[k] for k in data.draw(picks)]
    ys = [units[k] for k in data.draw(picks)]
    v = data.draw(st.lists(st.floats(-1, 1), min_size=len(ys), max_size=len(ys)))
    w = data.draw(st.lists(st.floats(-1, 1), min_size=len(wrt), max_size=len(wrt)))
    left = [g.value * one for g, one in zip(Lop(ys, wrt, v), w, strict=True)]
    right = [one * t.value for one, t in zip(v, Rop(ys, wrt, w), strict=True)]

    assert sum(left) == pytest.approx(sum(right), rel=1e-9, abs=1e-9 * max(map(abs, left + right)))


def test_v_may_be_units_and_is_differentiated_too():
    """Lop and Rop are linear in v: their derivative in v is the Jacobian."""
    x, v = Unit(3.0), Unit(10.0)
    y = x * x

    assert grad(Rop(y, x, v), v).value == 6.0
    assert grad(Lop(y, x, v), x).value == 20.0


def test_rop_of_a_gradient_is_a_hessian_product():
    """Theano's Rop(grad(cost, x), x, v), and its replay at another point."""
    x = [Unit(4.0, "a"), Unit(4.0, "b")]
    cost = x[0] ** 2 * x[1] + exp(x[1])
    product = Rop(grad(cost, x), x, [1.0, 0.0])

    assert [u.value for u in product] == [8.0, 8.0]
    assert Circuit(product).forward({"a": 1.0, "b": 2.0}) == [4.0, 2.0]


def test_the_same_unit_twice_moves_twice():
    """A unit listed twice in wrt moves by the sum of its two tangents."""
    x = Unit(3.0)

    assert Rop(x * x, [x, x], [1.0, 2.0]).value == 18.0


def test_a_push_of_floats_adds_at_a_unit_that_moves_by_itself():
    """The same in plain numbers: a unit's own tangent and what reaches it from others add up."""
    x = Unit(3.0)
    h = x * x
    tangents = {x.serial: 1.0, h.serial: 10.0}
    pushed(path_units([h * 2], [x]), tangents, create_graph=False)

    assert tangents[h.serial] == 16.0
    assert [u.value for u in Rop([h], [x, h], [1.0, 10.0])] == [16.0]


def test_stale_units_are_refused():
    """Lop and Rop do not mix old values with new ones."""
    x = Unit(3.0)
    y = x * x
    x.value = 4.0

    for operator in (Lop, Rop):
        with pytest.raises(StaleCircuitError):
            operator(y, x, 1.0)


@pytest.mark.parametrize(
    ("mistake", "kind", "message"),
    [
        (lambda x: grad([x], x), OperandError, r"one unit; it got \[Unit"),
        (lambda x: grad(x, 3.0), OperandError, "wrt: 3.0 of type float is no unit"),
        (lambda x: grad(x, []), RangeError, r"wrt is \[\]: it holds no unit"),
        (lambda x: Lop([x], x, 1.0), WiringError, "v must be nested as y"),
        (lambda x: Lop([x, 1.0], x, [1.0, 1.0]), OperandError, r"y at \[1\]: 1.0"),
        (lambda x: Rop(x, x, [1.0]), WiringError, "v must be nested as wrt"),
        (lambda x: Rop(x, x, None), OperandError, "v: None of type NoneType"),
    ],
)
def test_mistakes_are_named(mistake, kind, message):
    """Each wrong use says what it got."""
    with pytest.raises(kind, match=message):
        mistake(Unit(2.0))
