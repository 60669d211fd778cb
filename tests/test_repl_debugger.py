"""The debugger command by command, in transcripts: what is typed, what is said, what it leaves."""

from __future__ import annotations

import io
import math
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gatenet
from gatenet import Circuit, Stepper, Unit
from gatenet.errors import StaleCircuitError
from gatenet.repl import commands
from gatenet.repl.debugger import Debugger


def neuron() -> tuple[Unit, dict[str, Unit]]:
    """The Hacker's guide's neuron, s = sigmoid(a x + b y + c), with names on its leaves."""
    values = {"a": 1.0, "b": 2.0, "c": -3.0, "x": -1.0, "y": 3.0}
    leaves = {name: Unit(value, name) for name, value in values.items()}
    a, b, c, x, y = leaves.values()
    s = (a * x + b * y + c).sigmoid()
    s.name = "s"
    return s, leaves


def transcript(loss: object, *lines: str, seed: float = 1.0) -> str:
    """What a session of these commands prints, without the greeting."""
    out = io.StringIO()
    gatenet.debug(loss, seed, names={}, stdout=out, script=list(lines))  # type: ignore[arg-type]
    assert out.getvalue().count("(gatenet) ") == len(lines)
    return out.getvalue().partition("\n(gatenet) ")[2]


def answer(loss: object, *lines: str) -> str:
    """What the last of these commands says."""
    said = transcript(loss, *lines).rpartition("(gatenet) ")[2].partition("\n")[2]
    return said.partition("\nLeft at ")[0].rstrip("\n")


def test_a_session() -> None:
    """A whole session: step, look, go back, break, go on, to the byte."""
    s, _ = neuron()
    out = io.StringIO()
    gatenet.debug(s, stdout=out, names={}, script="n\nl\nrn\nb multiply\nc\np b.grad\nw\nc\nc\nc")

    assert out.getvalue() == textwrap.dedent("""\
        s = 0.880797, from 5 gates and 5 leaves.
        n does the next gate, rn takes it back, c runs to the end, h helps, q leaves.
        (5 of 15, before the backward pass)
        (gatenet) n
        s = sigmoid(u8): upstream 1 (the seed).
            To u8: 1 × 0.104994 = 0.104994, gathered 0 → 0.104994 (pull 1 of 1).
        (6 of 15, backward)
        (gatenet) l
            row  unit                value  gradient
            u0   a (input)               1         –
            u1   b (input)               2         –
            u2   c (input)              -3         –
            u3   x (input)              -1         –
            u4   y (input)               3         –
            u5   u5 = a * x             -1         –
            u6   u6 = b * y              6         –
            u7   u7 = u5 + u6            5         –
            u8   u8 = u7 + c             2  0.104994
        ->  u9   s = sigmoid(u8)  0.880797         1
        (gatenet) rn
        Taken back: s = sigmoid(u8): upstream 1 (the seed).
            To u8: 1 × 0.104994 = 0.104994, gathered 0 → 0.104994 (pull 1 of 1).
        (5 of 15, before the backward pass)
        (gatenet) b multiply
        Breakpoint 1: at a gate multiply
        (gatenet) c
        Breakpoint 1: at a gate multiply
        u6 = b * y: upstream 0.104994.
            To b: 0.104994 × 3 = 0.314981, gathered 0 → 0.314981 (pull 1 of 1).
            To y: 0.104994 × 2 = 0.209987, gathered 0 → 0.209987 (pull 1 of 1).
        (9 of 15, backward)
        (gatenet) p b.grad
        0.0
        (gatenet) w
           unit                value   partial   product
           s = sigmoid(u8)  0.880797      seed         1
           u8 = u7 + c             2  0.104994  0.104994
           u7 = u5 + u6            5         1  0.104994
        >  u6 = b * y              6         1  0.104994
        The one path to u6 brings 1 × 0.104994 × 1 × 1 = 0.104994.
        (gatenet) c
        Breakpoint 1: at a gate multiply, met 2 times
        u5 = a * x: upstream 0.104994.
            To a: 0.104994 × -1 = -0.104994, gathered 0 → -0.104994 (pull 1 of 1).
            To x: 0.104994 × 1 = 0.104994, gathered 0 → 0.104994 (pull 1 of 1).
        (10 of 15, backward)
        (gatenet) c
        a is an input: its 1 pull brought -0.104994. a.grad 0 → -0.104994.
        (15 of 15, finished)
        The pass is complete: a.grad = -0.104994, b.grad = 0.314981, c.grad = 0.104994, \
x.grad = 0.104994, y.grad = 0.209987.
        (gatenet) c
        *** the pass is complete: rn goes back, restart begins it again, q leaves
        """)


def test_a_finished_session_is_a_backward_pass() -> None:
    """Stepped to its end, whatever was done in between, the gradients are those of backward()."""
    s, leaves = neuron()
    other, others = neuron()
    other.backward(2.0)

    said = transcript(
        s, "n 4", "rn 2", "l", "w", "why x", "goto 12", "rf", "n", "undo", "set a = 9",
        "n 3", "undo", "undo", "until y", "p s.partials", "finish", seed=2.0,
    )  # fmt: skip

    assert "The pass is complete" in said
    assert "***" not in said
    for name, leaf in leaves.items():
        assert leaf.grad.hex() == others[name].grad.hex()


def test_leaving_in_the_middle_leaves_nothing() -> None:
    """A half-done pass is taken back: gradients, also earlier ones, are what they were."""
    s, leaves = neuron()
    s.backward()
    before = {name: leaf.grad for name, leaf in leaves.items()}

    said = transcript(s, "n 7", "q")

    assert said.endswith(
        "Left at 12 of 15: the pass is taken back, every gradient is what it was before.\n"
    )
    assert {name: leaf.grad for name, leaf in leaves.items()} == before


def test_the_greeting_says_what_is_there_already() -> None:
    """Earlier gradients, which the pass adds to, are named; so is a loss that is not finite."""
    s, leaves = neuron()
    s.backward()
    leaves["b"].zero_grad()
    out = io.StringIO()
    gatenet.debug(s, names={}, stdout=out, script=[])
    p = Unit(0.0, "p")
    log = io.StringIO()
    gatenet.debug(p.log(), names={}, stdout=log, script=[])

    assert (
        "There is a gradient already, and this pass adds to it: a.grad = -0.104994, c.grad = "
        "0.104994, x.grad = 0.104994, y.grad = 0.209987.\n" in out.getvalue()
    )
    assert "u1 = -inf, from 1 gate and 1 leaf." in log.getvalue()
    assert "u1 is -inf: `genealogy` tells where that was born." in log.getvalue()


def test_the_caller_s_variables_give_names() -> None:
    """debug(loss) calls nameless units as the caller does, and takes the names back at the end."""
    weight, inputs = Unit(3.0), [Unit(1.0), Unit(2.0)]
    loss = weight * inputs[1] + inputs[0]
    out = io.StringIO()
    gatenet.debug(loss, stdout=out, script=["l", "p inputs[1].value"])

    assert "loss = u3 + inputs[0]" in out.getvalue()
    assert "u3 = weight * inputs[1]" in out.getvalue()
    assert out.getvalue().endswith("(gatenet) p inputs[1].value\n2.0\n")
    assert [unit.name for unit in (weight, *inputs, loss)] == [None] * 4


def test_a_stepper_goes_on_where_it_stands() -> None:
    """debug takes a stepper, a circuit or several outputs as well as a unit."""
    s, leaves = neuron()
    stepper = Stepper(s, 3.0)
    stepper.next(2)

    assert transcript(stepper, "rn").startswith("rn\nTaken back: u8 = u7 + c: upstream 0.314981.")
    assert "(6 of 15, backward)" in transcript(Circuit(s), "n")
    two = answer([leaves["a"] * 3.0, leaves["b"] * 3.0], "info circuit")
    assert two.endswith("Output: u3 = a * 3: value 3, gradient –, u5 = b * 3: value 6, gradient –.")


def test_a_stale_loss_is_refused_before_anything_is_said() -> None:
    """A loss older than a write to its leaves raises what the stepper raises."""
    s, leaves = neuron()
    leaves["a"].value = 5.0
    out = io.StringIO()

    with pytest.raises(StaleCircuitError):
        gatenet.debug(s, stdout=out, script=["n"])
    assert out.getvalue() == ""


# Moving.


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["n"], "(6 of 15, backward)"),
        (["s"], "(6 of 15, backward)"),
        (["step 3"], "(8 of 15, backward)"),
        (["next 10"], "(15 of 15, finished)"),
        (["n 3", "rn"], "(7 of 15, backward)"),
        (["n 3", "back 2"], "(6 of 15, backward)"),
        (["n 3", "reverse-next 3"], "(5 of 15, before the backward pass)"),
        (["n 3", "rc"], "(5 of 15, before the backward pass)"),
        (["rn"], "(4 of 15, forward)"),
        (["rc"], "(0 of 15, before the forward half)"),
        (["rf", "n"], "(1 of 15, forward)"),
        (["rf", "finish"], "(5 of 15, before the backward pass)"),
        (["rf", "c"], "(15 of 15, finished)"),
        (["finish"], "(15 of 15, finished)"),
        (["until x"], "(12 of 15, backward)"),
        (["until add"], "(7 of 15, backward)"),
        (["until +"], "(7 of 15, backward)"),
        (["until pull > 0.3"], "(9 of 15, backward)"),
        (["until multiply if value < 0"], "(10 of 15, backward)"),
        (["f y", "until"], "(11 of 15, backward)"),
        (["goto 8"], "(8 of 15, backward)"),
        (["goto 0"], "(0 of 15, before the forward half)"),
        (["goto u6"], "(9 of 15, backward)"),
        (["finish", "goto s"], "(6 of 15, backward)"),
        (["n 4", "restart"], "(5 of 15, before the backward pass)"),
        (["n 4", "goto 12", "undo"], "(9 of 15, backward)"),
        (["n 4", "goto 12", "undo", "undo"], "(5 of 15, before the backward pass)"),
        (["n 4", "l", "p x", "undo"], "(5 of 15, before the backward pass)"),
        (["n", "", "", ""], "(9 of 15, backward)"),
    ],
    ids=str,
)
def test_moves(lines: list[str], expected: str) -> None:
    """Each move leads where pdb's and gdb's letters say."""
    s, _ = neuron()

    assert expected == position(s, lines)


def position(loss: Unit, lines: list[str]) -> str:
    """The last position line of a session over a pipe, where an empty line counts."""
    out = io.StringIO()
    source = io.StringIO("\n".join(lines) + "\n")
    gatenet.debug(loss, names={}, stdin=source, stdout=out)
    said = [line for line in out.getvalue().splitlines() if line.startswith("(")]
    return [line for line in said if " of " in line][-1]


def test_many_events_at_once() -> None:
    """A few events of one `n 3` are each said; of very many the last alone."""
    unit = Unit(1.0, "x")
    for _ in range(50):
        unit = -unit

    few = answer(unit, "n 3").splitlines()
    many = answer(unit, "n 20").splitlines()

    assert [line.split()[0] for line in few] == ["u50", "To", "u49", "To", "u48", "To", "(53"]
    assert many[0] == "20 events done; the last of them:"
    assert many[1] == "u31 = -u30: upstream -1."
    assert len(many) == 4


def test_the_forward_half_says_values() -> None:
    """Stepped forwards, a gate says its formula with numbers."""
    s, _ = neuron()

    assert answer(s, "rf", "n 2").splitlines() == [
        "u5 = a * x = 1 * (-1) = -1.", "u6 = b * y = 2 * 3 = 6.", "(2 of 15, forward)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("n 0", "how many times: a whole number from 1, not '0'"),
        ("n -1", "how many times"),
        ("n x", "how many times"),
        ("n 99", "only 10 events left: `finish` does them all"),
        ("n 9", None),
        ("rn 99", "only 5 events before this one"),
        ("c now", "this takes nothing further: not 'now'"),
        ("goto", "goto where: a number from 0 to 15, or a unit"),
        ("goto 16", "there is no event 16"),
        ("goto nowhere", "nothing here is called 'nowhere'"),
        ("until nowhere", "'nowhere' is no place here"),
        ("until nan", "until takes no 'nan': `b nan`, then c"),
        ("until tanh", "no gate of this circuit is of the kind tanh; there are: add, multiply"),
        ("undo", "nothing has moved yet"),
        ("tbreak", "tbreak where?"),
        ("b", None),
        ("b 7", "'7' is no place here"),
        ("b x if", "'x if' is no place here"),
        ("b x if lambda: 1", "only names and arithmetic"),
        ("b above x", "above what size: a number"),
        ("b 2 * x", "'2 * x' is no place here"),
        ("cl 1", "there is no breakpoint '1'; there are: none"),
        ("enable", "which breakpoint: a number; there are: none"),
        ("ignore", "which breakpoint"),
        ("condition 3 value > 1", "there is no breakpoint '3'"),
        ("watch 1.5", "nothing here is called '1.5'"),
        ("unwatch x", "is not watched"),
        ("undisplay 1", "'1' is not displayed"),
        ("display nope", "nothing here is called 'nope'"),
        ("p", None),
        ("p nope", "nothing here is called 'nope'"),
        ("p __import__('os')", "only gates can be called here"),
        ("l 99, 100", "rows 99 to 100 hold no unit"),
        ("l nope", "nothing here is called 'nope'"),
        ("u", "cannot go up 1: this is the output"),
        ("d 9", "has no inputs: nothing is below it"),
        ("d y", "is no operand of unit 's'"),
        ("f", "select which unit? name it"),
        ("why nope", "nothing here is called 'nope'"),
        ("info nope", "no info 'nope'; there are: position, circuit, breakpoints"),
        ("set", "set what? `set x = 2`"),
        ("set x", "set what?"),
        ("set x = ", "set what?"),
        ("set x = 'x'.name", "a unit's value is a number"),
        ("set u6 = 2", "u6 is the output of a gate, b * y: its value follows from b and y"),
        ("set nope = 2", "nothing here is called 'nope'"),
        ("save", "save where?"),
        ("save x.txt", ".json for the circuit, .html to play the pass, .svg or .dot"),
        ("save circuit", ".json for the circuit, .html to play the pass, .svg or .dot"),
        ("save x.json around u8", "only a picture, .svg or .dot, can be of what is around"),
        ("save no/x.json", "no/x.json cannot be written, there is no folder no"),
        ("save no/x.html", "no/x.html cannot be written, there is no folder no"),
        ("draw no/such/x.svg", "there is no folder no/such: choose a place that can be written"),
        ("draw x.svg arround u8", "'arround' says nothing here (did you mean around?)"),
        ("draw 'my picture.svg' aroud u8", "'aroud' says nothing here (did you mean around?)"),
        ("draw arround u8", "'arround' says nothing here (did you mean around?)"),
        ("draw x.svg near u8", "'near' says nothing here: FILE around UNIT"),
        ("save x.svg around", "around which unit?"),
        ("draw x.txt", "its ending says the form"),
        ("b wieght", "'wieght' is no place here"),
        ("b multply", "did you mean multiply?"),
        ("b multply if grad > 1", "did you mean multiply?"),
        ("b nonfinit", "did you mean nonfinite?"),
        (
            "b x if abs(grd) > 1",
            "did you mean grad? (a condition knows grad, upstream, value, pull",
        ),
        ("b if nope > 1", "there are a, b, c, s, x, y (a condition knows grad, upstream, value"),
        ("until sigmid", "did you mean sigmoid?"),
        ("nonsense", "'nonsense' is neither a command nor a unit"),
        ("nexy", "did you mean next"),
        ("h nonsense", "there is no command 'nonsense'"),
        ("x y", "'x' is neither a command nor a unit"),
    ],
)
def test_mistakes(line: str, message: str | None) -> None:
    """A mistake is one line that begins with three stars and says the mend; nothing has moved."""
    s, leaves = neuron()
    said = answer(s, line)

    if message is None:
        assert "***" not in said
    else:
        assert said.startswith("*** ")
        assert message in said
        assert "\n" not in said
    assert leaves["x"].value == -1.0
    assert s.value == pytest.approx(0.8807970779778823, abs=0.0)


def test_names_that_come_near_are_asked_after() -> None:
    """A misspelt unit is asked after by every command alike."""
    weight = Unit(2.0, "weight")
    loss = weight.tanh() * weight

    assert answer(loss, "p wieght") == "*** nothing here is called 'wieght'; did you mean weight?"
    for line in ("b wieght", "tbreak wieght", "until wieght", "b wieght if grad > 1"):
        assert answer(loss, line) == "*** 'wieght' is no place here; did you mean weight?"


def test_until_a_kind_of_gate_whose_turns_are_over() -> None:
    """Past the last event of a kind `until` refuses and says which it was; nothing has moved."""
    s, _ = neuron()
    over = "*** the turn of every sigmoid is over: the last was event 6, and 6 are done."

    assert answer(s, "n", "until sigmoid").startswith(over)
    assert answer(s, "n", "until σ if grad > 0").startswith(over)
    assert answer(s, "rf", "n", "until sigmoid") == "(5 of 15, before the backward pass)"
    assert answer(s, "until sigmoid").startswith("s = sigmoid(u8): upstream 1")
    assert answer(s, "goto 9", "until multiply").startswith("u5 = a * x: upstream")
    assert "the last was event 10, and 10 are done" in answer(s, "goto 10", "until multiply")


def test_until_a_kind_of_gate_that_no_gradient_reaches() -> None:
    """A gate that was only compared has a forward event alone, and after it none."""
    x = Unit(3.0, "x")
    with gatenet.record() as recording:
        loss = x * x if x.exp() > 1.0 else -x
    circuit = Circuit(loss, recording=recording)
    said = answer(circuit, "until exp")

    assert "the turn of every exp is over: the last was event " in said
    assert "exp(x)" in answer(circuit, "rf", "until exp")


def test_at_both_ends() -> None:
    """Past the end and before the beginning the debugger says what can be done."""
    s, _ = neuron()

    for line in ("n", "c", "finish", "until x"):
        assert answer(s, "c", line).startswith("*** the pass is complete: rn goes back")
    for line in ("rn", "rc"):
        assert answer(s, "rf", line).startswith("*** this is the very beginning")


# Stopping.


def test_breakpoints_of_every_kind() -> None:
    """Units, gates, conditions, bounds and words stop where they say, and are listed."""
    s, _ = neuron()
    said = transcript(
        s, "b x", "tbreak sigmoid", "b multiply if value > 0", "b abs(pull) > 0.3", "b above 0.5",
        "b nan", "b s, upstream < 0", "b if value == 5", "c", "b", "c", "c", "disable 1", "c",
    )  # fmt: skip

    assert (
        textwrap.dedent("""\
        (gatenet) b
        number  kept  on   met  where
             1  yes   yes    0  at x
             3  yes   yes    0  at a gate multiply if value > 0
             4  yes   yes    0  if abs(pull) > 0.3
             5  yes   yes    1  |gradient| > 0.5
             6  yes   yes    0  nan is born
             7  yes   yes    0  at s if upstream < 0
             8  yes   yes    0  if value == 5
        """)
        in said
    )
    stops = [line for line in said.splitlines() if line.startswith(("Breakpoint", "Temporary"))]
    assert stops[8:] == [
        "Temporary breakpoint 2: at a gate sigmoid",
        "Breakpoint 8: if value == 5",
        "Breakpoint 3: at a gate multiply if value > 0",
    ]
    assert said.endswith("y.grad = 0.209987.\n")


def test_breakpoints_are_changed_by_number() -> None:
    """disable, enable, ignore, condition and clear work on the breakpoints that they number."""
    s, _ = neuron()

    assert answer(s, "b multiply", "disable 1", "c").startswith("a is an input")
    assert answer(s, "b multiply", "disable 1", "enable 1", "c").startswith("Breakpoint 1")
    assert "u5 = a * x" in answer(s, "b multiply", "ignore 1 1", "c")
    assert "u6 = b * y" in answer(s, "b multiply", "ignore 1 1", "ignore 1", "c")
    assert "u5 = a * x" in answer(s, "b multiply", "condition 1 value < 0", "c")
    assert "u6 = b * y" in answer(s, "b multiply", "condition 1 value < 0", "condition 1", "c")
    assert answer(s, "b x", "b y", "cl 1 2") == (
        "Cleared breakpoint 1: at x\nCleared breakpoint 2: at y"
    )
    assert answer(s, "b x", "b y", "cl") == "Cleared 2 breakpoints."
    assert answer(s, "b x", "cl 1 9", "b").startswith("number")  # all of them or none


def test_backwards_to_a_breakpoint() -> None:
    """rc goes back to where a breakpoint stops, and further back from there."""
    s, _ = neuron()

    assert "(9 of 15, backward)" in answer(s, "b u6", "finish", "rc")
    assert "before the backward pass" in answer(s, "b u6", "finish", "rc", "rc")


def test_a_nan_is_stopped_at_and_its_birth_told() -> None:
    """At the event where a nan is born the debugger says so and points to genealogy."""
    x = Unit(0.0, "x")
    loss = (x * x).sqrt() * 2.0
    stop = answer(loss, "b nan", "c")

    assert stop.startswith("Breakpoint 1: nan is born\nu1 = x * x: upstream inf.\n")
    assert stop.endswith("(6 of 7, backward)  nan here: `genealogy` tells where it was born")
    assert "sqrt" in answer(loss, "b nan", "c", "genealogy").splitlines()[0]
    assert "the edge x = 0" in answer(loss, "nan")
    assert answer(x * 2.0, "nan") == "Every value and gradient is finite."


def test_watches() -> None:
    """A watched unit stops the pass at each change of its value or gradient."""
    a, b = Unit(2.0, "a"), Unit(3.0, "b")
    loss = a * b + a
    said = transcript(loss, "watch a", "c", "c", "c", "watch", "unwatch a", "watch")

    assert said.count("Watch 1: a changed\n") == 3
    assert "    Watched: the gradient of a – → 1.\n" in said
    assert "    Watched: the gradient of a 1 → 4.\n" in said
    assert "    Watched: the .grad of a 0 → 4.\n" in said
    assert "No longer watched: a.\n" in said
    assert "Nothing is watched; `watch UNIT` stops at each change.\n" in said


def test_displays() -> None:
    """A displayed expression is shown at each stop, with what it was if it changed."""
    s, _ = neuron()
    said = transcript(
        s, "display u8.grad", "display x + 1", "n", "n", "display", "undisplay 1", "n",
        "undisplay", "n", "display",
    )  # fmt: skip

    assert said.startswith("display u8.grad\n  1: u8.grad = 0.0\n(gatenet) display x + 1\n")
    assert "  1: u8.grad = 0.10499358540350649  [was 0.0]\n  2: x + 1 = 0.0\n(7 of" in said
    assert said.count("  1: u8.grad") == 4
    assert "No longer displayed: 1.\n" in said
    assert "Nothing is displayed.\n" in said


# Looking.


def test_listing() -> None:
    """l goes on when repeated, `.` returns, a unit centres, two numbers say from where to where."""
    unit = Unit(1.0, "x")
    for _ in range(40):
        unit = unit.exp() if unit.value > 1 else -unit
    last = unit
    rows = [
        [line.split()[0] for line in answer(last, *lines).splitlines()[1:]]
        for lines in (["l"], ["l u5"], ["l u5", "l"], ["l u5", "l", "l ."], ["l 3, 5"], ["l u38,2"])
    ]

    assert rows[0] == [*[f"u{k}" for k in range(30, 40)], "->"]
    assert rows[1] == [f"u{k}" for k in range(11)]
    assert rows[2] == [f"u{k}" for k in range(11, 22)]
    assert rows[3] == rows[0]
    assert rows[4] == ["u3", "u4", "u5"]
    assert rows[5] == ["u38", "u39"]
    assert answer(last, "l", "l") == "[the end of the circuit]"


def test_long_names_are_shortened_and_rows_are_not() -> None:
    """In 80 columns a listing of long names still says which row each is, with whole numbers."""
    units = [Unit(-1.2345678e-5, f"encoder.layers.{k}.neurons.0.weights.0") for k in range(2)]
    lines = answer(units[0] * units[1], "n", "l").splitlines()

    assert lines[0].split() == ["row", "unit", "value", "gradient"]
    assert [line.removeprefix("->").split()[0] for line in lines[1:]] == ["u0", "u1", "u2"]
    assert max(map(len, lines)) <= 80
    assert "…" in lines[3]
    assert lines[3].split()[-2:] == ["1.52416e-10", "1"]


def test_marks_in_a_listing() -> None:
    """The gate at work has an arrow, the selected unit an angle, a breakpoint its B."""
    s, _ = neuron()
    lines = answer(s, "b multiply", "b s", "c", "d", "d", "l").splitlines()
    marks = {line.split("u", 1)[1].split()[0]: line[:4].strip() for line in lines[1:]}

    assert marks["9"] == "B->"
    assert marks["7"] == ">"
    assert marks["6"] == marks["5"] == "B"
    assert marks["0"] == ""


def test_a_gradient_that_is_still_gathering() -> None:
    """A gradient says how many pulls have come of how many, until they all have."""
    x = Unit(2.0, "x")
    loss = x * 3.0 + x * 4.0

    assert answer(loss, "n 2", "x") == "x (input): value 2, gradient 4 (1 of 2)"
    assert answer(loss, "n 3", "x") == "x (input): value 2, gradient 7"
    assert answer(loss, "x") == "x (input): value 2, gradient –"
    assert answer(loss, "rf", "u4") == "u4 = x * 4: value not computed yet, gradient –"


def test_printing() -> None:
    """p prints numbers in full and units with their facts; pp prints all there is."""
    s, _ = neuron()

    assert answer(s, "p s.value") == "0.8807970779778823"
    assert answer(s, "p u5.inputs") == "(a, x)"
    assert answer(s, "p s.partials") == "(0.10499358540350649,)"
    assert answer(s, "p s.gate") == "sigmoid (σ)"
    assert answer(s, "p x.name") == "'x'"
    assert answer(s, "p") == "s = sigmoid(u8): value 0.880797, gradient –"
    assert answer(s, "x > -2") == "True"
    assert answer(s, "!x + 1") == "0.0"
    assert answer(s, "?q").startswith("q(uit) | exit")
    assert answer(s, "n 2", "pp u8").splitlines() == [
        "u8 = u7 + c: value 2, gradient 0.104994",
        "operand  unit  value  partial      pull",
        "a        u7        5        1  0.104994",
        "b        c        -3        1  0.104994",
        "  used by s",
    ]
    assert "d/dx     z * sigmoid(-x)" in answer(s, "pp s.gate")
    assert answer(s, "pp u5.inputs").splitlines()[0].startswith("a (input)")
    assert answer(s, "pp 1 + 1") == "2.0"


def test_the_card_of_a_gate_without_a_pull() -> None:
    """An upstream of 0 makes no pull at an edge; constants and many operands are shown as such."""
    x = Unit(0.0, "x")
    loss = x.sqrt() * 0.0
    many = gatenet.total([x * float(k) for k in range(30)])

    assert answer(loss, "n", "pp u1").splitlines()[2].split() == ["x", "x", "0", "inf", "–"]
    assert answer(loss, "pp").splitlines()[3].split() == ["b", "(constant)", "0"]
    assert "  and 10 more operands" in answer(many, "pp").splitlines()


def test_units_whose_names_are_commands() -> None:
    """A unit called n is reached by `p n`, `!n`, `n.value` and `n * 2`; `n` itself steps."""
    n = Unit(4.0, "n")
    loss = n * 2.0

    for line in ("p n", "!n"):
        assert answer(loss, line) == "n (input): value 4, gradient –"
    assert answer(loss, "n.value") == "4.0"
    assert answer(loss, "n*2") == "8.0"
    assert answer(loss, "n").startswith("u2 = n * 2")
    assert answer(loss, "n = 5").startswith("Replayed: n 4 → 5")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("n * 2", "8.0"), ("n + c", "7.0"), ("c - 1", "2.0"), ("n -1", "3.0"), ("n / 2", "2.0"),
        ("n ** 2", "16.0"), ("n < 2", "False"), ("n >= 4", "True"), ("c == 3", "True"),
        ("c != 3", "False"), ("p - 1", "0.5"), ("p -n", "-4.0"), ("p / n", "0.375"),
        ("next * 2", "4.0"), ("n 1", "u9 = u8 + next: upstream 1"), ("p n", "n (input)"),
        ("b × if value > 1", "Breakpoint 1: at a gate multiply if value > 1"),
        ("b + if value > 1", "Breakpoint 1: at a gate add if value > 1"),
        ("b + 1", "10.0"), ("b > 1", "True"), ("b +", "Breakpoint 1: at a gate add"),
        ("b +, grad > 1", "Breakpoint 1: at a gate add if grad > 1"),
        ("c = 5", "Replayed: c 3 → 5"),
    ],
)  # fmt: skip
def test_an_operator_after_a_command_s_letter(line: str, expected: str) -> None:
    """A letter that is a unit's name and a command's, with an operator after it, is the unit's."""
    values = {"n": 4.0, "c": 3.0, "b": 9.0, "p": 1.5, "next": 2.0}
    n, c, b, p, following = (Unit(value, name) for name, value in values.items())
    said = answer(n * c + b + p * following + following, line)

    assert said.startswith(expected)


@pytest.mark.parametrize("line", ["l = 3", "n=4", "continue = 1", "l =-2"])
def test_an_assignment_to_a_command_says_that_there_is_no_such_unit(line: str) -> None:
    """`l = 3` where no unit is called l is about the unit that is missing."""
    s, _ = neuron()
    word = line.split("=")[0].strip()

    assert answer(s, line).startswith(f"*** there is no unit {word} to write to")
    assert answer(s, "lis = 3").startswith("*** nothing here is called 'lis'")


def test_a_unit_s_name_comes_before_a_guess() -> None:
    """The beginning of a command is enough, unless a unit is called that."""
    s, _ = neuron()
    cond = Unit(1.0, "cond")

    assert answer(s, "geneal") == "Every value and gradient is finite."
    assert answer(cond * 2.0, "cond") == "cond (input): value 1, gradient –"


def test_walking_the_path() -> None:
    """u and d walk the path as pdb walks frames; w shows it with the product along it."""
    s, leaves = neuron()
    walked = answer(s, "d", "d", "d u5", "d x", "w")

    assert answer(s, "d") == "> u8 = u7 + c: value 2, gradient –"
    assert answer(s, "d 4", "u 2").startswith("> u7 = u5 + u6")
    assert answer(s, "d 4", "u 2", "d").startswith("> u5 = a * x")
    assert walked.splitlines()[-2].split() == [">", "x", "(input)", "-1", "1", "0.104994"]
    assert walked.endswith("The one path to x brings 1 × 0.104994 × 1 × 1 × 1 = 0.104994.")
    assert leaves["x"].grad == 0.0


def test_of_several_paths_the_largest_is_shown() -> None:
    """w shows the path that contributes most, unless another was walked, and counts the others."""
    x = Unit(2.0, "x")
    big, small = x * 100.0, x * 3.0
    big.name, small.name = "big", "small"
    loss = big + small

    largest = answer(loss, "w x")
    walked = answer(loss, "d small", "d", "w")

    assert "big = x * 100" in largest
    assert "The largest of 2 paths to x brings 1 × 1 × 100 = 100;" in largest
    assert "small = x * 3" in walked
    assert "This path of 2 paths to x brings 1 × 1 × 3 = 3;" in walked


def test_a_long_path_is_shown_by_its_ends() -> None:
    """Of a path of a thousand gates the first and the last are shown, and the product of all."""
    x = Unit(1.0, "x")
    loss = x
    for _ in range(1000):
        loss = loss * 1.001
    lines = answer(loss, "w x").splitlines()

    assert len(lines) == 27
    assert lines[13].strip() == "... 977 gates more"
    assert lines[-1].endswith(f"= {1.001**1000:.6g}.")


def test_reasons() -> None:
    """why explains a gradient as gatenet.explain does, of the selected unit or a named one."""
    s, leaves = neuron()
    done = "goto 15"

    assert answer(s, done, "why x") == str(gatenet.explain(s, leaves["x"]))
    assert answer(s, done, "why x 3") == str(gatenet.explain(s, leaves["x"], most=3))
    assert answer(s, done, "f x", "explain") == str(gatenet.explain(s, leaves["x"]))


def test_reasons_of_a_gradient_that_is_not_there_yet() -> None:
    """Until a gradient is gathered, and a leaf's total is in its .grad, why says when it is so."""
    s, _ = neuron()

    def head(*lines: str) -> str:
        return answer(s, *lines).splitlines()[0]

    assert head("why y") == "why is y.grad 0.209987? (when the pass is complete)"
    assert head("goto u6", "why y") == "why is y.grad 0.209987? (when the pass is complete)"
    assert head("goto y", "why y") == "why is y.grad 0.209987?"
    assert head("why u8") == "why is u8.grad 0.104994? (when the pass is complete)"
    assert head("n", "why u8") == "why is u8.grad 0.104994?"


def test_source_lines() -> None:
    """source shows the line that built a unit, where lines were noted, and says so where not."""
    with gatenet.detect_anomaly(check_nan=False) as lines:
        x = Unit(2.0, "x")
        loss = x * x  # the line to be found
    said = answer(loss, "src").splitlines()

    assert lines.places
    built = [line for line in said if line[4:8] == " -> "]
    assert [line.partition("->")[2].strip() for line in built] == [
        "loss = x * x  # the line to be found"
    ]
    assert "test_repl_debugger.py:" in said[0]
    assert "was not noted" in answer(neuron()[0], "src")
    assert "  built at " in answer(loss, "pp")


def test_info() -> None:
    """info says how things stand, all of it or one part."""
    s, _ = neuron()

    assert answer(s, "info circuit") == (
        "5 gates, 5 inputs, 0 parameters, 0 constants. Output: s = sigmoid(u8): value 0.880797, "
        "gradient –."
    )
    assert answer(s, "n", "i pos").startswith("6 of 15 events are done, of which the first 5 are")
    whole = answer(s, "b x", "watch y", "display a", "info")
    for part in ("5 gates", "at x", "Watch 2: y (input)", "1: a = a (input)"):
        assert part in whole


# Doing.


def test_set_replays_and_undo_takes_it_back() -> None:
    """set writes a leaf and replays; undo gives back values, gradients and position, to the bit."""
    s, leaves = neuron()
    value = s.value
    out = io.StringIO()
    debugger = Debugger(Stepper(s), stdin=io.StringIO(), stdout=out)
    debugger.obey(["n 6", "set x = 2 * a + 1"])
    replayed = s.value
    debugger.obey(["n 2", "undo", "undo"])

    assert replayed == 1 / (1 + math.exp(-(3.0 + 6.0 - 3.0)))
    assert "Replayed: x -1 → 3, s 0.880797 → 0.997527.\n(5 of 15, before" in out.getvalue()
    assert (s.value.hex(), leaves["x"].value) == (value.hex(), -1.0)
    assert debugger.stepper.position == 11
    assert leaves["y"].grad == pytest.approx(0.2099871708)


def test_an_assignment_alone_sets() -> None:
    """`x = 3` is `set x = 3`, also with a unit as the value."""
    s, leaves = neuron()

    assert answer(s, "x = 3").startswith("Replayed: x -1 → 3")
    assert answer(s, "x = y").startswith("Replayed: x 3 → 3")
    assert leaves["x"].value == 3.0


def test_a_flipped_branch_refuses_the_new_value() -> None:
    """A value that would turn a recorded comparison is refused, and everything is as it was."""
    x = Unit(2.0, "x")
    with gatenet.record() as recording:
        loss = x * x if x > 0 else -x
    said = answer(Circuit(loss, recording=recording), "n", "set x = -1")

    assert said.startswith("*** ")
    assert "held when this circuit was recorded" in said
    assert (x.value, loss.value) == (2.0, 4.0)


def test_breakpoints_outlive_a_new_value() -> None:
    """After set and restart the breakpoints, watches and displays are still there."""
    s, _ = neuron()

    assert answer(s, "b multiply", "set x = 2", "c").startswith("Breakpoint 1: at a gate multiply")
    assert answer(s, "b multiply", "c", "c", "restart", "c").startswith("Breakpoint 1")


def test_drawing_and_saving(tmp_path, monkeypatch) -> None:
    """draw and save write what the ending says, and say where."""
    monkeypatch.chdir(tmp_path)
    s, _ = neuron()
    said = transcript(
        s, "n 2", "draw", "draw 'my picture.svg' around x", "save c.json", "save p.html"
    )

    assert "wrote step-7.svg: Drawing: " in said
    assert {path.name for path in tmp_path.iterdir()} == {
        "step-7.svg", "my picture.svg", "c.json", "p.html",
    }  # fmt: skip
    assert gatenet.load(tmp_path / "c.json").forward() == s.value
    assert (
        (tmp_path / "step-7.svg").read_text(encoding="utf-8").lstrip().startswith(("<svg", "<?xml"))
    )


def test_a_second_picture_of_a_place_is_another_file(tmp_path, monkeypatch) -> None:
    """draw without a file overwrites no picture that is there; with one it writes that one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "step-5-2.svg").write_text("mine", encoding="utf-8")
    s, _ = neuron()
    said = transcript(s, "draw", "draw around x", "draw", "save one.svg around x")

    assert [line.split()[1] for line in said.splitlines() if line.startswith("wrote")] == [
        "step-5.svg:", "step-5-3.svg:", "step-5-4.svg:", "one.svg:",
    ]  # fmt: skip
    assert (tmp_path / "step-5-2.svg").read_text(encoding="utf-8") == "mine"
    around = (tmp_path / "step-5-3.svg").read_text(encoding="utf-8")
    assert len(around) < len((tmp_path / "step-5.svg").read_text(encoding="utf-8"))


# Help and manners.


@pytest.mark.parametrize("name", commands.ALL)
def test_every_command_is_listed_and_has_help(name: str) -> None:
    """Each command has a line in the list that fits 80 columns, and a page for every name."""
    s, _ = neuron()
    line = [part for part in answer(s, "h").splitlines() if part.startswith("  ")
            and name in part[:24].split()]  # fmt: skip
    page = answer(s, f"help {name}")

    assert len(line) == 1
    assert len(line[0]) <= 80
    assert "***" not in page
    assert len(page.splitlines()) > 1
    for short in commands.shorts(name):
        assert answer(s, f"h {short}") == page


def test_every_method_is_a_command_of_a_group() -> None:
    """No command is left out of the list, and none is listed that does not exist."""
    methods = {
        name.removeprefix("do_").replace("_", "-") for name in dir(Debugger) if name[:3] == "do_"
    }

    assert methods - {"EOF"} == set(commands.ALL)
    assert set(commands.SHORT.values()) <= set(commands.ALL)
    assert not set(commands.SHORT) & set(commands.ALL)


def test_comments_and_blank_lines_of_a_script() -> None:
    """A script may have blank lines and comments; they are passed over and not echoed."""
    s, _ = neuron()
    out = io.StringIO()
    gatenet.debug(s, names={}, stdout=out, script="# step\n\nn\n   # more\n  n  \nq\nn\n")

    assert out.getvalue().count("(gatenet) ") == 3
    assert "Left at 7 of 15" in out.getvalue()


def test_over_a_pipe_commands_are_echoed() -> None:
    """A transcript over a pipe reads like a session, and its end of file leaves."""
    s, _ = neuron()
    out = io.StringIO()
    gatenet.debug(s, names={}, stdin=io.StringIO("n\n\nx\n# nothing"), stdout=out)

    assert "(gatenet) n\ns = sigmoid(u8)" in out.getvalue()
    assert "(gatenet) \nu8 = u7 + c" in out.getvalue()
    assert out.getvalue().endswith(
        "(gatenet) # nothing\n(gatenet) \nLeft at 7 of 15: the pass is taken back, every gradient "
        "is what it was before.\n"
    )


def test_a_broken_gate_does_not_end_the_session(monkeypatch) -> None:
    """Whatever goes wrong inside a command is a line, and the session goes on."""
    s, _ = neuron()

    def fails(self: object, argument: str) -> None:
        raise KeyError("inside")

    monkeypatch.setattr(Debugger, "do_where", fails)

    assert "*** KeyError: 'inside'\n(gatenet) n\ns = sigmoid" in transcript(s, "w", "n")


def test_an_interrupt_of_a_script_is_the_caller_s(monkeypatch) -> None:
    """Ctrl-C while a script runs is not swallowed, and the half-done pass is taken back."""
    s, leaves = neuron()

    def interrupted(self: object, argument: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Debugger, "do_where", interrupted)

    with pytest.raises(KeyboardInterrupt):
        gatenet.debug(s, names={}, stdout=io.StringIO(), script=["finish", "rn", "w"])
    assert all(leaf.grad == 0.0 for leaf in leaves.values())


HOSTILE = (
    "\x1b[2J", "a\nb", "\u202egnp", "x" * 500, "", " ", "*", "'", '"', "n", "u0", "\ud800",
)  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_hostile_names(name: str) -> None:
    """Names of any kind are shown as text in one line, in every command."""
    x = Unit(2.0, name)
    loss = x * x + 1.0
    said = transcript(loss, "n", "l", "w u0", "pp u0", "b u0", "b", "watch u0", "info", "c", "c",
                      "why u0", "display u0", "d")  # fmt: skip

    assert "*** " not in said.replace("*** unit", "")
    assert all(line.isprintable() for line in said.splitlines())
    assert "\n(gatenet) d\n" in said


def completed(loss: Unit, line: str) -> list[str]:
    """What the tab key offers at the end of a line, as cmd asks for it."""
    debugger = Debugger(Stepper(loss), stdin=io.StringIO(), stdout=io.StringIO())
    debugger.do_break("x")
    begin = max(line.rfind(" "), line.rfind("\t")) + 1
    text = line[begin:]
    if begin == 0:
        return debugger.completenames(text)
    return debugger.completedefault(text, line, begin, len(line))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("re", ["restart", "return", "reverse-continue", "reverse-next", "reverse-step"]),
        ("gen", ["genealogy"]),
        ("p u5", ["u5"]),
        ("p s.p", ["s.partials"]),
        ("p 2*s.v", ["2*s.value"]),
        ("p sigmo", ["sigmoid("]),
        ("b mul", ["multiply"]),
        ("b n", ["nan", "nonfinite"]),
        ("b s if upst", ["upstream"]),
        ("until si", ["sigmoid"]),
        ("cl ", ["1"]),
        ("condition 1 upst", ["upstream"]),
        ("h und", ["undisplay", "undo"]),
        ("info w", ["watches"]),
        ("set u", ["u0", "u1", "u2", "u3", "u4"]),
        ("watch x", ["x"]),
        ("why u9", ["u9"]),
        ("p nothing", []),
    ],
)
def test_completion(line: str, expected: list[str]) -> None:
    """The tab key offers commands, then what the command takes."""
    s, _ = neuron()

    assert completed(s, line) == expected


def test_values_that_were_set_stay_and_that_is_said() -> None:
    """Leaving does not take `set` back; what was undone is not among what stays."""
    s, leaves = neuron()

    assert transcript(s, "x = 3", "y = 4", "undo", "n", "q").endswith(
        "(gatenet) q\nValues that were set stay: x = 3.\n"
        "Left at 6 of 15: the pass is taken back, every gradient is what it was before.\n"
    )
    assert (leaves["x"].value, leaves["y"].value) == (3.0, 3.0)


def test_names_of_modules_are_completed_in_quotes() -> None:
    """In an expression a name that is no word is offered in quotes, elsewhere as it is."""
    loss = Unit(1.0, "stack.0.bias") * Unit(2.0, "x")

    assert completed(loss, "p stack") == ["'stack.0.bias'"]
    assert completed(loss, "p 2*'stack.0") == ["2*'stack.0.bias'"]
    assert completed(loss, "watch stack") == ["stack.0.bias"]
    assert answer(loss, "p 'stack.0.bias' * 2") == "2.0"
    assert answer(loss, "stack.0.bias.value") == "1.0"


WORDS = (
    "n", "n 2", "rn", "rn 3", "c", "rc", "finish", "restart", "rf", "undo", "goto 3", "goto a",
    "until", "until add", "until grad > 0", "b a", "b multiply", "b nan", "b above 1", "tbreak b",
    "cl", "cl 1", "disable 1", "ignore 1 2", "condition 1 value > 1", "watch a", "unwatch a", "l",
    "w", "u", "d", "d 2", "f b", "p a.grad", "pp", "why b", "genealogy", "display a", "undisplay",
    "info", "a = 2", "b = 0", "set a = b + 1", "", "x", "nonsense", "1 + 1",
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.sampled_from(WORDS), max_size=25), st.booleans())
def test_any_commands_in_any_order(lines: list[str], ends: bool) -> None:
    """Whatever was done, leaving in the middle leaves no gradient and the end is backward()'s."""

    def circuit() -> tuple[Unit, Unit, Unit]:
        a, b = Unit(2.0, "a"), Unit(-3.0, "b")
        return (a * b + (a / b).sqrt()) * a + b.tanh(), a, b

    loss, a, b = circuit()
    out = io.StringIO()
    debugger = Debugger(Stepper(loss), stdin=io.StringIO("\n".join(lines)), stdout=out)
    debugger.converse()
    if ends and debugger.stepper.phase != "finished":
        debugger.obey(["restart", "finish"])
    debugger.leave()
    other, *leaves = circuit()
    for leaf, value in zip(leaves, (a.value, b.value), strict=True):
        leaf.value = value
    Circuit(other).forward()
    if debugger.stepper.phase == "finished":
        other.backward()

    assert [repr(a.grad), repr(b.grad)] == [repr(leaf.grad) for leaf in leaves]
    assert repr(loss.value) == repr(other.value)
    assert "Error" not in out.getvalue()
