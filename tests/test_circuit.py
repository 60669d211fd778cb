"""Circuits: rows, replay, staleness, recorded comparisons, text, the same in every process."""

import math
import os
import subprocess
import sys

import pytest
from tapes import Tape, built

from gatenet import Circuit, Unit, gates, record
from gatenet.circuit import Row
from gatenet.errors import (
    FlippedBranchError,
    OperandError,
    RangeError,
    StaleCircuitError,
    WiringError,
)
from gatenet.walk import topological


def pair():
    """x * w + 1 with its leaves."""
    x, w = Unit(2.0, "x"), Unit(3.0, "w", role="parameter")
    return x, w, x * w + 1.0


def test_rows_are_the_wiring_in_order():
    """Inputs before outputs in order of creation, a constant right before its gate."""
    x, w, y = pair()
    y.name = "y"
    circuit = Circuit(y)

    assert circuit.rows == [
        Row(None, (), {}, "input", "x"),
        Row(None, (), {}, "parameter", "w"),
        Row(gates.multiply, (0, 1), {}, "inner", None),
        Row(None, (), {}, "constant", None),
        Row(gates.add, (2, 3), {}, "inner", "y"),
    ]
    assert circuit.values == [2.0, 3.0, 6.0, 1.0, 7.0]
    assert circuit.units == [x, w, y.inputs[0], None, y]
    assert (circuit.inputs, circuit.parameters, circuit.constants) == ([0], [1], [3])
    assert circuit.outputs == [4]
    assert [circuit.label(k) for k in range(5)] == ["x", "w", "u2", "u3", "y"]
    assert len(circuit) == 5
    assert repr(circuit) == "<Circuit of 2 gates and 2 leaves; output unit 'y' (7.0)>"


def test_rows_hold_repeats_statics_and_only_what_is_reachable():
    """An operand used twice stands twice; what no output needs is not there."""
    x = Unit(2.0, "x")
    _unused = x.exp()
    y = gates.leaky_relu(x * x, slope=0.25)
    circuit = Circuit(y)

    assert [row.operands for row in circuit.rows] == [(), (0, 0), (1,)]
    assert circuit.rows[2].static == {"slope": 0.25}
    assert circuit.rows[2].gate is gates.leaky_relu


def test_a_name_given_later_is_seen():
    """Naming a unit after the rows were looked at names it in labels, text and files."""
    from gatenet.io import dumps, to_python

    _x, _w, y = pair()
    circuit = Circuit(y)
    assert circuit.rows[4].name is None
    y.name = "loss"

    assert circuit.label(4) == "loss"
    assert circuit.pprint() == Circuit(y).pprint()
    assert circuit.debugprint() == Circuit(y).debugprint()
    assert dumps(circuit) == dumps(Circuit(y))
    assert to_python(circuit) == to_python(Circuit(y))


def test_several_outputs():
    """A list of outputs gives lists, in its order, repeats included."""
    x, w, y = pair()
    circuit = Circuit([y, x, y])

    assert circuit.outputs == [4, 0, 4]
    assert circuit.forward() == [7.0, 2.0, 7.0]
    assert Circuit(iter([y])).forward() == [7.0]
    circuit.backward([1.0, 10.0, 100.0])
    assert (x.grad, w.grad) == (101 * 3.0 + 10.0, 101 * 2.0)


def test_what_is_no_circuit_is_refused():
    """Nothing, numbers, and lists with a number in them are errors that say so."""
    for wrong, error in [([], RangeError), (3.0, OperandError), ([Unit(1.0), 2.0], OperandError),
                         ("y", OperandError), (None, OperandError)]:  # fmt: skip
        with pytest.raises(error):
            Circuit(wrong)


def test_index_and_label_of_a_stranger():
    """A unit of another circuit has no row here."""
    _x, _w, y = pair()
    with pytest.raises(WiringError, match=r"'z' .* is not part of this circuit"):
        Circuit(y).index(Unit(1.0, "z"))


@pytest.mark.parametrize(
    "values",
    [
        lambda x, w: {"x": 5, "w": -1.0}, lambda x, w: {x: 5.0, w: -1.0},
        lambda x, w: {x: 5.0, "w": -1.0},
    ],
)  # fmt: skip
def test_forward_takes_values_by_name_or_unit(values):
    """Values go to leaves by name or by unit; the units themselves are written."""
    x, w, y = pair()

    assert Circuit(y).forward(values(x, w)) == -4.0
    assert (x.value, w.value, y.value) == (5.0, -1.0, -4.0)


def test_forward_takes_a_list_for_the_inputs():
    """A list, or one number for one input, is written to the inputs in order of creation."""
    x, w = Unit(1.0), Unit(2.0)
    y = w - x
    circuit = Circuit(y)

    assert circuit.forward([10.0, 30.0]) == 20.0
    assert circuit.forward(v for v in (1.0, 2.0)) == 1.0
    assert Circuit(x * 2.0).forward(7) == 14.0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"q": 1.0}, ["0 units", "'q'", "x", "w"]), ({"y": 1.0}, ["'y'", "gate's output"]),
        ([1.0, 2.0], ["2 value(s)", "1 input(s)", "x"]), ([], ["0 value(s)"]),
        ({"x": "5"}, ["'5'", "str"]), ({"x": None}, ["NoneType"]), ({"x": True}, ["bool"]),
        ({"x": 1.0, "w": [2.0]}, ["list"]), ([None], ["NoneType"]), ({0: 1.0}, ["named 0"]),
        ({"x": 10**400}, ["bits"]),
    ],
)  # fmt: skip
def test_wrong_values_change_nothing(values, words):
    """Everything is checked before anything is written: a refused replay leaves no trace."""
    x, w, y = pair()
    y.name = "y"
    circuit = Circuit(y)
    circuit.backward()
    with pytest.raises((WiringError, OperandError, RangeError)) as caught:
        circuit.forward(values)

    assert all(word in str(caught.value) for word in words)
    assert circuit.values == [2.0, 3.0, 6.0, 1.0, 7.0]
    assert not circuit.stale
    circuit.backward()
    assert (x.grad, w.grad) == (6.0, 4.0)


def test_a_stranger_takes_no_value_here():
    """A unit that is not part of the circuit is refused as a key, and is not written."""
    _x, _w, y = pair()
    stranger = Unit(1.0, "stranger")

    with pytest.raises(WiringError, match=r"'stranger' .* not part of this circuit"):
        Circuit(y).forward({stranger: 5.0})
    assert stranger.value == 1.0


def test_two_leaves_of_one_name_are_told_apart_by_unit():
    """A name that two leaves share is refused; the units themselves still work."""
    first, second = Unit(1.0, "x"), Unit(2.0, "x")
    circuit = Circuit(first - second)

    with pytest.raises(WiringError, match="2 units of this circuit are named 'x'"):
        circuit.forward({"x": 1.0})
    assert circuit.forward({second: 5.0}) == -4.0


def test_backward_after_a_replay_uses_the_new_values():
    """Replay renews values and derivatives: gradients are those of the new point."""
    x, w, y = pair()
    circuit = Circuit(y)
    circuit.forward({"x": 10.0})
    circuit.backward(2.0)

    assert (x.grad, w.grad) == (6.0, 20.0)


def test_writing_a_leaf_makes_the_circuit_stale_until_replayed():
    """A write is seen by `stale` and backward; forward() with no values replays it."""
    x, w, y = pair()
    circuit = Circuit(y)
    assert not circuit.stale
    x.value = 2.0
    assert circuit.stale
    with pytest.raises(StaleCircuitError):
        circuit.backward()
    assert circuit.forward() == 7.0
    assert not circuit.stale
    circuit.backward()
    assert w.grad == 2.0


def test_replaying_a_part_makes_the_rest_stale():
    """Units that hang on a replayed part, and were not replayed with it, are stale."""
    y = pair()[2]
    product = y.inputs[0]
    Circuit(product).forward({"x": 5.0})

    assert product.value == 15.0
    assert not Circuit(product).stale
    with pytest.raises(StaleCircuitError, match="was replayed"):
        y.backward()
    assert Circuit(y).forward() == 16.0


def test_a_shared_leaf_written_by_one_replay_makes_the_other_stale():
    """Replaying one circuit with new values is a write to the leaves it shares."""
    x, w = Unit(2.0, "x"), Unit(3.0)
    one, other, apart = x * w, x + w, w * w
    Circuit(one).forward({"x": 5.0})

    assert Circuit(other).stale
    assert not Circuit(apart).stale
    apart.backward()
    with pytest.raises(StaleCircuitError):
        other.backward()


def test_unreached_parameters_are_reported():
    """Parameters that no output depends on come back in order, from a list or a mapping."""
    x, w, y = pair()
    lost, also = Unit(1.0, "lost", role="parameter"), Unit(2.0, "also", role="parameter")
    circuit = Circuit(y)

    assert circuit.unreached([w, lost, x, also]) == [lost, also]
    assert circuit.unreached({"w": w, "lost": lost}) == [lost]
    assert circuit.unreached([]) == []
    assert circuit.unreached(lost) == [lost]


def test_a_parameter_that_is_only_compared_is_unreached():
    """A comparison sends no gradient: what only it depends on is not reached."""
    x, limit = Unit(2.0, "x"), Unit(1.0, "limit", role="parameter")
    with record() as recording:
        y = x * 2.0 if x > limit else x
    circuit = Circuit(y)

    assert len(recording) == 1
    assert circuit.unreached([limit]) == [limit]
    assert limit in circuit.units


@pytest.mark.parametrize(("value", "sign"), [(-1.0, "x > 0.0 held"), (9.0, "x <= 5.0 held")])
def test_a_flipped_comparison_is_never_silent(value, sign):
    """A replay in which a recorded comparison flips is an error that changes nothing."""
    x = Unit(2.0, "x")
    with record() as recording:
        y = x * x if x > 0 and x <= 5.0 else -x
    circuit = Circuit(y)
    with pytest.raises(FlippedBranchError, match=sign) as caught:
        circuit.forward({"x": value})

    assert "test_circuit.py" in str(caught.value)
    assert caught.value.comparison in recording.comparisons
    assert isinstance(caught.value, StaleCircuitError)
    assert circuit.values == [2.0, 4.0]
    assert circuit.forward({"x": value}, force=True) == value * value
    assert circuit.forward({"x": 3.0}) == 9.0


def test_comparisons_inside_are_checked_at_the_new_values():
    """A comparison of inner units is asked again after their replay."""
    x = Unit(2.0, "x")
    with record() as recording:
        square = x * x
        y = square + 1.0 if square < 10.0 else square - 1.0
    circuit = Circuit(y)

    assert len(recording) == 1
    assert circuit.forward({"x": -3.0}) == 10.0
    with pytest.raises(FlippedBranchError, match=r"u1 < 10.0 held"):
        circuit.forward({"x": 4.0})


def test_a_comparison_with_another_leaf_is_watched():
    """A unit that the output does not depend on, but a comparison asked, is part of it."""
    x, limit = Unit(2.0, "x"), Unit(5.0, "limit")
    with record() as recording:
        y = x * 2.0 if x < limit else x * 3.0
    circuit = Circuit(y)

    assert len(recording) == 1
    assert circuit.forward({"x": 4.0}) == 8.0
    with pytest.raises(FlippedBranchError, match="x < limit"):
        circuit.forward({"limit": 1.0})
    assert circuit.forward({"limit": 4.5}) == 8.0


def test_comparing_values_is_outside_the_promise():
    """`.value` is a plain number: comparing it is seen by nobody."""
    x = Unit(2.0, "x")
    with record() as recording:
        y = x * x if x.value > 0 else -x

    assert len(recording) == 0
    assert Circuit(y).forward({"x": -3.0}) == 9.0


def test_copy_stands_alone():
    """A copied circuit has its own units; replaying it leaves the original alone."""
    x, _w, y = pair()
    circuit = Circuit(y)
    twin = circuit.copy()
    twin.forward({"x": 10.0})
    twin.backward()

    assert (circuit.values, y.value, x.visited) == ([2.0, 3.0, 6.0, 1.0, 7.0], 7.0, False)
    assert twin.values == [10.0, 3.0, 30.0, 1.0, 31.0]
    assert twin.rows == circuit.rows


def test_pprint_is_infix():
    """One line for each unit that is an output, has a name or is used twice."""
    y = pair()[2]
    hidden = (y * y).tanh()
    hidden.name = "hidden"
    out = gates.leaky_relu(-hidden / 4.0, slope=0.5)

    assert Circuit(out).pprint().splitlines() == [
        "u4 = (x * w) + 1",
        "hidden = tanh((u4 * u4))",
        "u10 = leaky_relu((-hidden / 4), slope=0.5)",
    ]


def test_a_name_cannot_break_a_listing():
    """A name with a line break or an escape code in it stays on its line, escaped."""
    x = Unit(1.0, "a\n└ u9")
    y = (x * x).exp()
    y.name = "\x1b[31mred"

    assert Circuit(y).pprint() == "'\\x1b[31mred' = exp(('a\\n└ u9' * 'a\\n└ u9'))"
    assert len(Circuit(y).debugprint().splitlines()) == 4
    assert "\x1b" not in Circuit(y).debugprint()


def test_pprint_cuts_long_listings():
    """A long listing shows its beginning, its end and how much is left out."""
    x = Unit(1.0, "x")
    outputs = [x + float(k) for k in range(100)]
    circuit = Circuit(outputs)

    assert len(circuit.pprint().splitlines()) == 100
    for limit in (0, 1, 2, 7, 99):
        lines = circuit.pprint(max_lines=limit).splitlines()
        assert len(lines) == 2 * (limit // 2) + 1
        assert f"{100 - 2 * (limit // 2)} more lines" in lines[limit // 2]
    assert circuit.pprint(max_lines=100) == circuit.pprint()


def test_debugprint_is_a_tree_with_ids():
    """Each unit once with number, gate and value; met again by its number."""
    x, _w, y = pair()

    assert Circuit(y * x).debugprint().splitlines() == [
        "u5 multiply = 14.0",
        "├ u4 add = 7.0",
        "│ ├ u2 multiply = 6.0",
        "│ │ ├ u0 'x' input = 2.0",
        "│ │ └ u1 'w' parameter = 3.0",
        "│ └ u3 constant = 1.0",
        "└ u0 ···",
    ]


def test_debugprint_cuts_long_trees():
    """A tree of more lines than asked for ends with the number of units left out."""
    x = Unit(1.0)
    for _ in range(50):
        x = x.tanh()
    lines = Circuit(x).debugprint(max_lines=10).splitlines()

    assert len(lines) == 11
    assert lines[-1] == "... 41 more units"


def test_text_is_linear_in_shared_circuits():
    """Sixty doublings print in sixty lines, not in two to the sixtieth."""
    x = Unit(1.0, "x")
    y = x
    for _ in range(60):
        y = y + y

    assert len(Circuit(y).pprint().splitlines()) == 60
    assert len(Circuit(y).debugprint().splitlines()) == 121
    assert y.value == 2.0**60


def test_topological_order_is_the_order_of_creation():
    """Serial numbers sort the units; every operand comes before its gate."""
    leaves, y = built(Tape([0.5, 0.25], [("add", 0, 1), ("multiply", 2, 0)]))
    order = topological([y])

    assert [unit.serial for unit in order] == sorted(unit.serial for unit in order)
    assert order == [*leaves, y.inputs[0], y]


def test_the_order_is_the_same_in_every_process():
    """Rows, text and gradients do not depend on hashes or addresses of this process."""
    code = """if True:
        import gatenet, random
        from gatenet import Circuit, Unit, gates
        from gatenet.io import dumps
        rng = random.Random(7)
        units = [Unit(rng.gauss(0, 1), name) for name in "abcdefgh"]
        for k in range(300):
            a, b = rng.choice(units), rng.choice(units)
            units.append(rng.choice([a + b, a * b, a.tanh(), gates.maximum(a, b), a - b]).tanh())
        circuit = Circuit(units[-5:])
        circuit.backward()
        print(dumps(circuit), circuit.debugprint(), [u.grad for u in units])
    """
    outputs = set()
    for seed in ("0", "1", "4242"):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )  # fmt: skip
        outputs.add(done.stdout)

    assert len(outputs) == 1
    assert len(outputs.pop()) > 10_000


def test_a_circuit_of_a_leaf_alone():
    """A leaf is a circuit of one row."""
    x = Unit(math.pi, "x")
    circuit = Circuit(x)

    assert circuit.forward([2.0]) == 2.0
    assert circuit.outputs == circuit.inputs == [0]
    circuit.backward()
    assert x.grad == 1.0


def test_a_leaf_without_a_name_is_known_by_its_number():
    """The u0 that listings and pictures show is a key of forward()."""
    circuit = Circuit(Unit(1.0) * Unit(2.0))

    assert circuit.forward({"u0": 5.0}) == 10.0
    with pytest.raises(WiringError, match=r"leaves are: u0, u1\. The unit itself can be the key"):
        circuit.forward({"u7": 5.0})


def test_find_gives_the_unit_of_a_name_or_a_number():
    """A name, or u and the number of a row."""
    x, w = Unit(2.0, "x"), Unit(3.0)
    y = x * 3.0 + w
    circuit = Circuit(y)

    assert circuit.find("x") is x
    assert circuit.find(f"u{circuit.index(w)}") is w
    assert circuit.find(f"u{circuit.index(x)}") is x
    assert circuit.find(f"u{circuit.index(y)}") is y


NAMELESS = "its units are named by Unit(value, name) or unit.name, or u0, u1 ... by row"


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("lost", "no unit of this circuit is named 'lost': did you mean 'loss'?"),
        ("alph", "no unit of this circuit is named 'alph': did you mean 'alpha' or 'alphabet'?"),
        ("u1", f"no unit of this circuit is named 'u1': {NAMELESS}"),
        ("u99", f"no unit of this circuit is named 'u99': {NAMELESS}"),
        ("u", f"no unit of this circuit is named 'u': {NAMELESS}"),
        ("", f"no unit of this circuit is named '': {NAMELESS}"),
        ("v0", f"no unit of this circuit is named 'v0': {NAMELESS}"),
        ("two", "2 units of this circuit are named 'two': give one"),
    ],
)
def test_find_says_what_there_is(label, words):
    """A name that nobody has, or that two have, is an error with names that come near."""
    a, b = Unit(2.0, "alpha"), Unit(3.0, "alphabet")
    loss = ((a * 3.0 + b) * Unit(1.0, "two")) * Unit(1.0, "two")
    loss.name = "loss"
    circuit = Circuit(loss)
    constant = circuit.constants[0]
    asked = label.replace("u1", f"u{constant}") if label == "u1" else label
    with pytest.raises(WiringError) as caught:
        circuit.find(asked)

    assert str(caught.value) == words.replace("'u1'", f"'u{constant}'")
