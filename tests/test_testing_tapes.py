"""Tapes: data that prints as it can be pasted, builds circuits, and runs other libraries."""

import math
import operator
import pickle

import pytest
from hypothesis import given

from gatenet import Circuit, Unit, gates
from gatenet.errors import OperandError, WiringError
from gatenet.testing import Tape, all_bits, numbers, origin, tapes, wire

EVERY = tapes(values=numbers(nonfinite=True), static=True)


@given(EVERY)
def test_what_a_tape_prints_can_be_pasted(tape):
    """Evaluating a tape's repr gives an equal tape, and so does a pickle."""
    again = eval(repr(tape), {"Tape": Tape})

    assert again == tape
    assert hash(again) == hash(tape)
    assert pickle.loads(pickle.dumps(tape)) == tape
    assert all_bits(again.circuit().values) == all_bits(tape.circuit().values)


@given(EVERY)
def test_playing_numbers_gives_the_values_of_the_units(tape):
    """A tape run on plain numbers gives what its circuit holds, to the bit."""
    assert all_bits(tape.play(tape.leaves)) == all_bits(unit.value for unit in tape.units())


@given(EVERY)
def test_the_printed_python_builds_the_same_circuit(tape):
    """Running `to_python` gives a circuit of the same rows, values and bits."""
    scope = {}
    exec(tape.to_python(), scope)

    assert scope["circuit"].rows == tape.circuit().rows
    assert all_bits(scope["circuit"].values) == all_bits(tape.circuit().values)


def test_a_tape_read_by_hand():
    """Ints are rows, floats constants, a dict static parameters; the last row is the output."""
    tape = Tape([2.0, 3.0], [("multiply", 0, 1), ("dot", 2, 1, 10.0, 1), ("clip", 3, {"high": 7})])
    x, y = Unit(2.0, "x"), Unit(3.0, "y")
    units = tape.units([x, y])

    assert [unit.value for unit in units] == [2.0, 3.0, 6.0, 69.0, 7.0]
    assert units[2].inputs == (x, y)
    assert units[3].inputs == (units[2], y, 10.0, y)
    assert units[4].static == {"low": -math.inf, "high": 7.0}
    assert len(tape) == 3
    assert Tape([2.0, 3.0], [(gates.multiply, 0, 1)]) == Tape([2.0, 3.0], [("multiply", 0, 1)])


def test_numbers_that_python_has_no_word_for():
    """Infinities and nan are printed so that they can be read again."""
    tape = Tape([math.inf, math.nan], [("add", 0, -math.inf), ("add", 1, 2)])

    assert repr(tape) == (
        'Tape([float("inf"), float("nan")], [("add", 0, float("-inf")), ("add", 1, 2)])'
    )
    assert eval(repr(tape)) == tape


def test_another_library_plays_a_tape_by_its_own_rules():
    """With rules, no gate of gatenet is called: strings add up to their own formula."""
    tape = Tape([1.0, 2.0], [("add", 0, 1), ("multiply", 2, 2), ("leaky_relu", 3)])
    rules = {
        "add": lambda a, b: f"({a}+{b})",
        "multiply": lambda a, b: f"{a}*{b}",
        "leaky_relu": lambda a, slope: f"l({a},{slope})",
    }

    assert tape.play(["x", "y"], rules)[-1] == "l((x+y)*(x+y),0.01)"
    with pytest.raises(WiringError, match="no rule for the gate 'leaky_relu'"):
        tape.play([1, 2], {"add": operator.add, "multiply": operator.mul})
    with pytest.raises(WiringError, match="got 1 leaves for a tape of 2"):
        tape.play([1])


def test_pruning_keeps_what_the_output_needs():
    """Dead steps and leaves go, rows are numbered anew; some leaves can be kept."""
    steps = [("exp", 0), ("multiply", 1, 2), ("add", 2, 2), ("subtract", 5, 2)]
    tape = Tape([1.0, 2.0, 3.0], steps)

    assert tape.pruned() == Tape([3.0], [("add", 0, 0), ("subtract", 1, 0)])
    assert tape.pruned(leaves=2) == Tape([1.0, 3.0], [("add", 1, 1), ("subtract", 2, 1)])
    assert tape.pruned().units()[-1].value == tape.units()[-1].value


def test_a_circuit_remembers_its_tape():
    """`origin` gives the tape of a circuit that was wired from one, None for others."""
    tape = Tape([2.0], [("square", 0)])

    assert origin(wire(tape)) is tape
    assert origin(tape.circuit()) is tape
    assert origin(Circuit(Unit(2.0) * 3.0)) is None
    assert tape.at([5.0]).circuit().values == [5.0, 25.0]


@pytest.mark.parametrize(
    ("leaves", "steps", "error", "said"),
    [
        ([], [], WiringError, "at least one leaf"),
        (["1"], [], TypeError, "str"),
        ([1.0], [("no such gate", 0)], WiringError, "unknown gate 'no such gate'"),
        ([1.0], [(len, 0)], OperandError, "begins with a gate or its name"),
        ([1.0], [("add", 0)], WiringError, "add got 1 operand"),
        ([1.0], [("dot", 0, 0, 0)], WiringError, "dot got 3 operand"),
        ([1.0], [("total",)], WiringError, "total got 0 operand"),
        ([1.0], [("add", 0, 1)], WiringError, "uses row 1, and 1 row.* written as a float: 1.0"),
        ([1.0], [("add", -1, 0)], WiringError, "uses row -1"),
        ([1.0], [("exp", 1.0)], WiringError, "constants alone"),
        ([1.0], [("exp", 0, {"slope": 1.0})], WiringError, "no static parameter 'slope'"),
    ],
)
def test_a_tape_that_makes_no_sense_is_refused(leaves, steps, error, said):
    """What is wrong is said with the gate, the row and the mend."""
    with pytest.raises(error, match=said):
        Tape(leaves, steps)
