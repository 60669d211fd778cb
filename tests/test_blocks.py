"""Blocks around nested circuits, and choices of which one branch is evaluated."""

import math
import pickle

import pytest
from hypothesis import given
from tapes import SMOOTH, leaves_of, play, tapes

import gatenet as gn
from gatenet import (
    Block,
    Circuit,
    Unit,
    block,
    grad,
    ifelse,
    jvp,
    scan,
)
from gatenet.blocks import rebuilt
from gatenet.errors import (
    FlippedBranchError,
    OperandError,
    WiringError,
)
from gatenet.gates import exp, greater, less, log, tanh, total


def test_a_block_of_a_circuit_is_a_gate():
    """As many operands as leaves, one output, every order; the circuit it came from is left."""
    a, b = Unit(2.0, "a"), Unit(3.0, "b")
    inner = Circuit(a * b + a.exp())
    cell = Block(inner, name="cell")
    x = Unit(0.5)
    y = cell(x, cell(x, x))

    assert cell.inputs == ("a", "b")
    assert y.value == 0.5 * (0.25 + math.exp(0.5)) + math.exp(0.5)
    assert cell(0.5, 2.0) == 1.0 + math.exp(0.5)
    assert cell.partials(0.0, 0.5, 2.0) == (2.0 + math.exp(0.5), 0.5)
    y.backward()
    assert (a.value, b.value, a.visited, inner.stale) == (2.0, 3.0, False, False)
    plain = lambda x: x * (x * x + exp(x)) + exp(x)
    assert x.grad == pytest.approx(grad(plain)(0.5), rel=1e-15)
    nested = lambda x: cell(x, cell(x, x))
    assert grad(grad(nested))(0.5) == pytest.approx(grad(grad(plain))(0.5), rel=1e-14)
    with pytest.raises(WiringError, match=r"got 1 operand\(s\); it takes 2"):
        cell(x)
    with pytest.raises(WiringError, match="one output; this circuit has 2"):
        Block(Circuit([a, b]))


def test_a_block_keeps_values_alone():
    """A scan of a block is one row per output and step, however much the block does."""
    cell = block(lambda h, x: (tanh(h * x + total([h] * 20)), h))
    h, ys = scan(cell, Unit(0.1), [0.1, 0.2, 0.3])

    assert len([row for row in Circuit([h, *ys]).rows if row.gate]) == 6


@given(tapes(SMOOTH, hard=False))
def test_a_block_is_equal_to_its_inside(tape):
    """Values are the same bits; gradients the same up to the order of additions."""
    leaves, twins = leaves_of(tape), leaves_of(tape)
    inside = lambda *x: play(tape, x)[-1]
    plain, kept = inside(*leaves), block(inside)(*twins)
    plain.backward()
    kept.backward()

    assert kept.value == plain.value
    assert [u.grad for u in twins] == pytest.approx([u.grad for u in leaves], rel=1e-9, abs=1e-12)


def test_blocks_come_back_from_pickles_and_files():
    """Kind, circuits, slots and size say all there is to a block; comparisons stay promised."""
    x, unused = Unit(2.0, "x"), Unit(9.0, "unused")
    y = block(lambda u, x: x * x if x > 1 else x * 3)(unused, x)
    gate = y.gate
    again = rebuilt(gate.kind, gate.circuits, gate.slots, gate.size, name=gate.name)

    assert (gate.kind, gate.slots, gate.size) == ("block", ((1,),), 2)
    for twin in (again, pickle.loads(pickle.dumps(gate))):
        assert twin(0.0, 4.0) == 16.0
        assert twin.partials(16.0, 0.0, 4.0) == (0.0, 8.0)
        with pytest.raises(FlippedBranchError, match=r"inside a block, 0.5 > 1.0, held"):
            twin(0.0, 0.5)
    with pytest.raises(OperandError, match="unknown kind of block: 'loop'"):
        rebuilt("loop", (), (), 0)


def test_each_way_through_a_block_is_traced_once():
    """Going back and forth between branches calls the function no third time."""
    ran = []
    x = Unit(2.0, "x")
    circuit = Circuit(block(lambda x: ran.append(x.value) or (x * x if x > 0 else -x))(x))
    values = [circuit.forward({"x": value}) for value in (3.0, -1.0, 4.0, -2.0, 5.0)]

    assert values == [9.0, 1.0, 16.0, 2.0, 25.0]
    assert ran == [2.0, -1.0]


def test_a_way_that_cannot_be_traced_is_an_error_each_time():
    """A copy's closure still holds the original: a branch on it cannot be taken the other way."""
    x, w = Unit(2.0, "x"), Unit(3.0, "w")
    circuit = Circuit(block(lambda x: x * w if w > 0 else x)(x)).copy()

    assert circuit.forward({"x": 5.0}) == 15.0
    for _ in range(2):
        with pytest.raises(FlippedBranchError):
            circuit.forward({"w": -1.0})
    assert len(circuit.rows[-1].gate.branches[0].variants) == 1


def test_only_the_branch_that_is_taken_is_evaluated():
    """Neither at first nor at a replay does the other branch run."""
    ran = []

    def then(x):
        ran.append("then")
        return x * 2

    def otherwise(x):
        ran.append("otherwise")
        return log(x) * 0.5

    x = Unit(3.0, "x")
    y = ifelse(greater(x, 1), then, otherwise, x)
    assert (y.value, ran) == (6.0, ["then"])
    circuit = Circuit(y)
    assert (circuit.forward({"x": 5.0}), ran) == (10.0, ["then"])
    assert (circuit.forward({"x": 0.5}), ran) == (0.5 * math.log(0.5), ["then", "otherwise"])
    circuit.backward()
    assert x.grad == 1.0
    assert len([row for row in circuit.rows if row.gate]) == 2


def test_the_branch_not_taken_is_never_even_wired():
    """A choice may recurse: the branch that ends it is taken in the end."""
    fall = lambda n: ifelse(greater(n, 0), lambda n: n * fall(n - 1), lambda n: 1.0, n)
    n = Unit(5.0, "n")
    circuit = Circuit(fall(n))

    assert circuit.forward() == 120.0
    assert circuit.forward({"n": 3.0}) == 6.0
    assert circuit.forward({"n": 7.0}) == 5040.0


def test_choices_take_units_from_their_closures():
    """Units around either branch are operands, so that a replay may turn to the other one."""
    a, b, switch = Unit(2.0, "a"), [Unit(3.0, "b")], Unit(1.0, "s")
    circuit = Circuit(ifelse(switch, lambda: a * a, lambda: b[0] * 10))

    assert circuit.forward() == 4.0
    assert circuit.forward({"s": 0.0, "b": 4.0}) == 40.0
    circuit.backward()
    assert (a.grad, b[0].grad, switch.grad) == (0.0, 10.0, 0.0)


def test_a_unit_hidden_from_the_closure_is_an_error_at_the_replay_that_needs_it():
    """Behind an attribute a unit is not seen; the message says to pass it."""

    class Holder:
        b = Unit(3.0, "b")

    s = Unit(1.0, "s")
    circuit = Circuit(ifelse(s, lambda: 1.0, lambda: Holder.b * 10))

    with pytest.raises(WiringError, match=r"uses unit 'b'.*pass it as an operand"):
        circuit.forward({"s": 0.0})
    assert circuit.forward({"s": 2.0}) == 1.0


def test_choices_have_every_order_and_give_containers():
    """Second derivatives through the branch taken; results nested, one row for each."""
    f = lambda x: ifelse(less(x, 0), lambda x: {"y": [exp(x)]}, lambda x: {"y": [x**3]}, x)["y"][0]

    assert grad(grad(f))(2.0) == 12.0
    assert grad(grad(f))(-1.0) == math.exp(-1.0)
    assert jvp(grad(f), (2.0,), (1.0,)) == (12.0, 12.0)


def test_a_choice_between_units_is_where():
    """Both are there already; numbers and units may stand beside functions, too."""
    s, a = Unit(1.0, "s"), Unit(2.0, "a")

    assert ifelse(s, a, 5.0).gate.name == "where"
    assert gn.switch is ifelse
    circuit = Circuit(ifelse(s, a, lambda: a * 10))
    assert (circuit.forward(), circuit.forward({"s": 0.0})) == (2.0, 20.0)


def test_a_constant_condition_needs_no_row():
    """With a number, or under no_grad, the branch is simply called."""
    x = Unit(2.0)

    assert ifelse(1, lambda x: x, lambda x: -x, x) is x
    with gn.no_grad():
        assert ifelse(x, lambda x: x * 2, lambda x: -x, x).inputs == ()


def test_choices_pickle_with_both_branches():
    """A pickled choice needs no functions; the branch not taken was traced for it."""
    x = Unit(2.0, "x")
    y = pickle.loads(pickle.dumps(ifelse(greater(x, 0), lambda x: x * 3, lambda x: exp(x), x)))

    assert Circuit(y).forward({"x": -1.0}) == math.exp(-1.0)
    assert [len(c.rows) for c in y.gate.circuits] == [3, 2]


@pytest.mark.parametrize(
    ("mistake", "kind", "message"),
    [
        (lambda x: ifelse(x > 1, 1.0, 2.0), OperandError, r"True, a plain bool.*gates\.less"),
        (lambda x: ifelse("a", 1.0, 2.0), OperandError, "'a' of type str"),
        (lambda x: ifelse(x, lambda: None, lambda: 1.0), OperandError, "is a `return` missing"),
        (lambda x: ifelse(x, lambda x: x, lambda x: x, "a"), OperandError, "operand of ifelse"),
        (
            lambda x: Circuit(ifelse(x, lambda: 1.0, lambda: [1.0])).forward([0.0]),
            WiringError,
            r"returned \[\*\] where \* was expected",
        ),
    ],
)
def test_mistakes_with_choices_are_named(mistake, kind, message):
    """Bools, results that are no numbers, and branches of different structure."""
    with pytest.raises(kind, match=message):
        mistake(Unit(2.0))
