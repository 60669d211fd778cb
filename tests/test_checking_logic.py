"""The logic of a check: the sweep on long floats, opened blocks, Python rules, exact sums."""

import math
import random

import pytest

from gatenet import Circuit, Unit, custom_gradient, gates
from gatenet.blocks import block, checkpoint, ifelse
from gatenet.checking import gradcheck, logic
from gatenet.checking.inlining import inlined
from gatenet.checking.kinds import NoFormula, Wiring
from gatenet.checking.precise import Wide
from gatenet.checking.pythonrules import slopes_of, value_of_rule
from gatenet.declaration import gate
from gatenet.gates import CATALOGUE, SLOPES

#: Every gate, slopes that are gates included.
MANY = {**CATALOGUE, **SLOPES}


@gate(symbol="!", textbook="sin(x)", partials=lambda z, x: 1.000001 * gates.cos(x))
def logic_sloppy(x):
    """A sine with a derivative that is a millionth too large."""
    return gates.sin(x)


def run(output):
    """The logic of the circuit behind an output."""
    circuit = Circuit(output)
    return logic.compared(Wiring(circuit, circuit.inputs), circuit, random.Random(1))


@pytest.mark.parametrize("name", [n for n in MANY if not MANY[n].variadic])
def test_each_declared_derivative_is_the_slope_of_the_textbook_in_exact_arithmetic(name):
    """On long floats a gate's declared derivatives are its textbook's slope to 16 digits or more:
    what is left are constants that are rounded themselves."""
    one = MANY[name]
    leaves = [Unit(x) for x in (0.37, 0.61, 0.13)[: len(one.inputs)]]
    if name == "acosh":
        leaves = [Unit(1.37)]
    found = run(one(*leaves) + sum(leaf * 0.5 for leaf in leaves))

    assert found is not None
    assert found.right
    assert found.apart < (2.0**-50 if logic.roughness(one) else 1e-40)


def test_where_rounding_hides_everything_the_logic_is_still_judged():
    """A point where float64 has no digit right is inconclusive, and its logic is right."""
    report = gradcheck(lambda x: ((x + 1e13) - 1e13 - x).exp() * (x * 1e17).sin(), [0.1],
                       raise_exception=False)  # fmt: skip

    assert report.reason == "ill-conditioned"
    assert report.logic.right
    assert report.logic.apart < 1e-30
    assert "the sweep at 1600 bits agrees" in str(report)


def test_a_wrong_rule_shows_in_the_logic():
    """A gate that is a millionth off parts the sweep from the differences by a millionth."""
    found = run(logic_sloppy(Unit(0.7)) * 3.0)

    assert not found.right
    assert found.apart == pytest.approx(1e-6, rel=1e-3)
    assert "differs from" in str(found)


def test_a_wrong_logic_fails_a_report(monkeypatch):
    """When the two disagree the verdict is a failure, whatever the floats say."""
    wrong = logic.Logic(1.0, 2.0, 0.5, 1e-18)
    monkeypatch.setattr(logic, "compared", lambda *_: wrong)
    report = gradcheck(lambda x: x * x, [3.0], raise_exception=False)

    assert report.verdict == "fail"
    assert str(wrong) in str(report)
    assert gradcheck(lambda x: x * x, [3.0], rtol=1e-3).logic is None


def test_the_logic_is_left_out_where_it_cannot_be_run():
    """Both sides of a kink, a value that is not finite, no outputs: nothing is compared."""
    x = Unit(0.0)

    assert run(x.relu() + x) is None
    assert run((x - 1.0).log() + x) is None
    assert run(x.sign() + x) is None
    assert gradcheck(lambda x: x.relu() * x, [0.0]).logic is None


def test_big_circuits_take_fewer_bits(monkeypatch):
    """A circuit of many rows is tried with fewer bits, and what they find wrong with all."""
    monkeypatch.setattr(logic, "MANY_ROWS", 2)
    x = Unit(0.3)

    assert run(x.sin() * x).bits == logic.FEWER_BITS
    assert run((x * 3e3 - 2e3).softplus() + x).right
    assert run(logic_sloppy(x) * 2.0).bits == logic.BITS
    monkeypatch.setattr(logic, "MOST_ROWS", 2)
    assert run(x.sin() * x) is None


def test_sums_of_pulls_are_exact_but_for_their_rounding():
    """What the sweep gathered is held against exact sums of the recorded derivatives."""
    x = Unit(0.1)
    out = (x * 1e16 + x) * 3.0 - x * 3e16
    assert list(logic.misadded([out], [x])) == []


@block
def right_cell(x, h):
    """Two gates in a block."""
    return (x + h).tanh() * x


@block
def wrong_cell(x, h):
    """A block with a wrong gate inside."""
    return (x + h).tanh() * logic_sloppy(x)


W = Unit(1.5, "w")


@pytest.mark.parametrize(
    ("f", "inputs"),
    [(lambda x: right_cell(x, right_cell(x, 0.5)) * 2.0, [0.3]),
     (lambda x: checkpoint(lambda a: (a * a).tanh() + a)(x) * 2.0, [0.5]),
     (lambda x, _: checkpoint(lambda a: (a * W).tanh() + a)(x) * 2.0, [Unit(0.5), W]),
     (lambda x: sum(checkpoint(lambda a: [a * a, a.sin()])(x)), [0.5]),
     (lambda x: ifelse(gates.less(x, 0), lambda a: -a, lambda a: a.exp(), x) * x, [-2.0]),
     (lambda x: ifelse(gates.less(x, 0), lambda a: a, lambda a: a.log(), x), [-2.0])],
    ids=["block", "checkpoint", "closure", "two outputs", "choice", "untaken"],
)  # fmt: skip
def test_blocks_are_judged_exactly(f, inputs):
    """What stands in a block, a checkpoint or a choice is worked out like any other gate."""
    report = gradcheck(f, inputs)

    assert {entry.method for entry in report.entries} == {"balls"}
    assert report.logic.right


def test_a_wrong_gate_inside_a_block_is_named():
    """The guilty gate is the one inside, with its own operand."""
    for f in (lambda x: wrong_cell(x, 0.2) * 3.0,
              lambda x: checkpoint(lambda a: logic_sloppy(a) * a)(x)):  # fmt: skip
        report = gradcheck(f, [0.3], raise_exception=False)
        assert report.guilty.gate is logic_sloppy
        assert report.guilty.operands == (0.3,)
        assert "<svg" in report.draw().svg


def test_a_choice_at_its_edge_is_a_jump():
    """Where the two branches meet and part there is no slope, and the comparison is named."""
    f = lambda x: ifelse(gates.less(x, 0), lambda a: -a, lambda a: a.exp(), x)
    report = gradcheck(f, [0.0], raise_exception=False)

    assert (report.verdict, report.reason) == ("inconclusive", "discontinuity")


def test_a_circuit_with_blocks_is_checked_as_it_is_replayed():
    """A circuit's blocks are opened on the same leaves, and moved with it."""
    circuit = Circuit(right_cell(Unit(0.3, "x"), Unit(0.2, "h")) + 1.0)
    opened, moved = inlined(circuit)

    assert "tanh" in [row.gate.name for row in opened.rows if row.gate]
    assert len(moved) == 2
    assert gradcheck(circuit, {"x": 0.9}).logic.right
    assert inlined(opened) == (opened, {})


def test_a_python_rule_is_run_on_exact_numbers():
    """A rule of arithmetic and gates is judged to the last digits, a loop of fixed length too."""

    @custom_gradient(partials=lambda z, a: 1 / (2 * z))
    def newton(a):
        z = 1.0
        for _ in range(60):
            z = (z + a / z) / 2
        return z

    @custom_gradient(partials=lambda z, x: 2 * x * (1 + 1e-9))
    def squared(x):
        return x * x

    report = gradcheck(lambda a: newton(a) * a, [3.0])
    assert report.entries[0].method == "balls"
    assert report.logic.apart < 1e-40
    wrong = gradcheck(lambda x: squared(x) + x.sin(), [1.5], raise_exception=False)
    assert wrong.guilty.gate is squared
    assert wrong.guilty.right == 3.0


def test_a_naive_rule_is_not_blamed_for_rounding():
    """1 - z² far out loses its digits by rounding alone: right, or ill-conditioned, never wrong."""

    @custom_gradient(partials=lambda z, x: 1 - z * z)
    def plain_tanh(x):
        return gates.tanh(x)

    for x in (0.3, 5.0, 15.5, 18.0):
        report = gradcheck(lambda x: plain_tanh(x) * x, [x], raise_exception=False)
        assert report.verdict != "fail", x


def test_python_that_takes_floats_alone_is_left_to_differences():
    """`math`, and branches on values, do not run on exact numbers; the report says so."""

    @custom_gradient(partials=lambda z, x: math.exp(x))
    def by_math(x):
        return math.exp(x)

    @custom_gradient(partials=lambda z, x: 1.0 if x > 0 else 0.0)
    def by_branch(x):
        return x if x > 0 else 0.0 * x

    for rule, why in ((by_math, "takes floats alone"), (by_branch, "branches on its values")):
        report = gradcheck(lambda x, rule=rule: rule(x) * 2.0, [0.5])
        assert report.entries[0].method == "differences"
        assert why in str(report)
        with pytest.raises(NoFormula, match=why):
            value_of_rule(rule, Wide, [Wide.of(0.5)])
    with pytest.raises(NoFormula, match="takes floats alone"):
        slopes_of(by_math, Wide, [Wide.of(0.5)], Wide.of(0.5))


def test_the_picture_of_a_failure_stands_at_the_guilty_gate():
    """The pass stands at the wrong gate with its pull; leaves are no outputs, units untouched."""
    x = Unit(0.3, "x")
    report = gradcheck(lambda x: logic_sloppy(x * x) + x, [x], raise_exception=False)
    picture = report.draw(engine="builtin").svg

    assert "at work" in picture
    assert "logic_sloppy(u1)" in picture
    assert x.grad is None or x.grad == 0.0
    right = gradcheck(lambda x: x * x, [0.5]).draw(engine="builtin").svg
    assert "inputs[0]" in right
    assert right.count(">output<") <= 1


def test_a_gradient_that_runs_through_the_subnormal_numbers_is_not_refused():
    """Digits lost below the normal numbers on the way back are rounding, not a mistake."""
    leaf = lambda x: ((x * 1e-160) * 1e-160) * 1e3 * (x.sin() + 2.0)

    assert gradcheck(leaf, [1.37], raise_exception=False).verdict != "fail"
    assert gradcheck(lambda x: (x * 1.7e3) * 1e-160 * 1e-160, [1.37],
                     raise_exception=False).verdict != "fail"  # fmt: skip
