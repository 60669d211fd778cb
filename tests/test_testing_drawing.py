"""Random circuits: they share, stay where they are told, and shrink to the smallest wrong one."""

import math
import re

import pytest
from hypothesis import find, given, settings

from gatenet import Circuit, Unit, gates, gradients
from gatenet.declaration import gate
from gatenet.gates import CATALOGUE, where
from gatenet.testing import Tape, assert_same_gradients, circuits, numbers, origin, tapes, wire
from gatenet.testing.places import ordinary


def sizes(strategy, number=120):
    """What a strategy of tapes draws."""
    found = []

    @settings(max_examples=number)
    @given(strategy)
    def draw(tape):
        found.append(tape)

    draw()
    return found


def test_circuits_share():
    """A fifth of the circuits drawn use a row more than once, and a third have several gates."""
    found = sizes(tapes())
    rows = [[p for _, picks in tape.steps for p in picks if isinstance(p, int)] for tape in found]

    assert sum(len(set(picks)) < len(picks) for picks in rows) > 0.2 * len(found)
    assert sum(len(tape) > 1 for tape in found) > 0.33 * len(found)
    assert len({gate.name for tape in found for gate, _ in tape.steps}) > 30


@given(tapes())
def test_nothing_drawn_is_dead(tape):
    """Every leaf and every step of a tape reaches its output."""
    assert tape.pruned() == tape
    assert len(tape.circuit().units) >= len(tape.leaves) + len(tape)


@given(tapes(domain_safe=True))
def test_safe_circuits_are_safe(tape):
    """Each gate stands inside its domain, off kinks and edges, with finite numbers all over."""
    rows = tape.play(tape.leaves)
    for (one, picks), value in zip(tape.steps, rows[len(tape.leaves) :], strict=True):
        point = [rows[p] if isinstance(p, int) else p for p in picks]
        assert ordinary(one, point)
        assert all(map(math.isfinite, [value, *one.partials(value, *point)]))


@given(tapes(["relu", "tanh", "maximum", "add"], smooth=True, inputs=2, constants=False))
def test_smooth_circuits_of_two_inputs(tape):
    """Kinked gates are left out, both leaves are there, and no operand is a constant."""
    assert {one.name for one, _ in tape.steps} <= {"tanh", "add"}
    assert len(tape.leaves) == 2
    assert all(isinstance(p, int) for _, picks in tape.steps for p in picks)


@given(circuits(max_gates=3, inputs=(2, 3), values=numbers(hard=False)))
def test_circuits_are_wired_from_tapes(circuit):
    """A circuit has at most so many gates and one output, and knows its tape."""
    tape = origin(circuit)

    assert isinstance(circuit, Circuit)
    assert circuit.single
    assert 1 <= len(tape) <= 3
    assert 1 <= len(circuit.inputs) <= 3


class Forgetful:
    """A number of an engine of somebody's, where a second pull replaces the first."""

    def __init__(self, value, parts=()):
        self.value, self.parts, self.grad = value, parts, 0.0

    def __add__(self, other):
        return Forgetful(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        parts = ((self, other.value), (other, self.value))
        return Forgetful(self.value * other.value, parts)

    def backward(self, order):
        """Sweep from here; `=` stands where `+=` should."""
        self.grad = 1.0
        for one in reversed(order):
            for part, slope in one.parts:
                part.grad = one.grad * slope


def forgotten(tape):
    """Whether the forgetful engine gets a tape's gradients wrong."""
    rules = {"add": Forgetful.__add__, "multiply": Forgetful.__mul__}
    rows = tape.play([Forgetful(x) for x in tape.leaves], rules)
    rows[-1].backward(rows)
    try:
        assert_same_gradients(tape, [row.grad for row in rows[: len(tape.leaves)]])
    except AssertionError:
        return True
    return False


def test_assigning_for_adding_shrinks_to_one_addition():
    """grad = for grad +=: the smallest circuit that shows it is x + x."""
    found = find(tapes(["add", "multiply"], constants=False, max_gates=4, inputs=(1, 2)), forgotten)

    assert repr(found) == 'Tape([0.0], [("add", 0, 0)])'


@gate(symbol="×", textbook="a * b", partials=lambda z, a, b: (a, b))
def swapped_testing(a, b):
    """Multiply, with the partials the wrong way round."""
    return a * b


@gate(symbol="b", textbook="max(0, x)", partials=lambda z, x: where(x >= 0, 1, 0))
def branch_testing(x):
    """Rectify, with the wrong branch for the slope at 0."""
    return where(x <= 0, 0, x)


@pytest.mark.parametrize(
    ("wrong", "right", "smallest"),
    [
        (swapped_testing, gates.multiply, 'Tape([0.0, 1.0], [("swapped_testing", 0, 1)])'),
        (branch_testing, gates.relu, 'Tape([0.0], [("branch_testing", 0)])'),
    ],
)
def test_a_wrong_gate_shrinks_to_itself(wrong, right, smallest):
    """Among other gates, the smallest circuit is the wrong gate alone, at the simplest numbers."""

    def differs(tape):
        leaves = [Unit(x) for x in tape.leaves]
        table = {name: one.__call__ for name, one in CATALOGUE.items()} | {wrong.name: right}
        other = tape.play(leaves, table)[-1]
        try:
            assert_same_gradients(tape, gradients([other], [1.0], leaves))
        except AssertionError:
            return True
        return False

    mixed = ["add", "multiply", "tanh", "negate", wrong]
    strategy = tapes(mixed, constants=False, max_gates=4, inputs=(1, 2))

    assert repr(find(strategy, differs)) == smallest


def test_a_failing_circuit_is_printed_as_a_call():
    """hypothesis shows a failing circuit as Python that wires it."""

    @given(circuits(["add", "multiply"], constants=False))
    def never_deep(circuit):
        assert len(circuit) < 3

    with pytest.raises(AssertionError) as caught:
        never_deep()
    told = "".join(caught.value.__notes__)
    printed = re.search(r"wire\(Tape\(.*?\]\)\)", told, re.S).group()
    again = eval(printed, {"wire": wire, "Tape": Tape})

    assert printed.startswith("wire(Tape([0.0")
    assert len(again) == 3
