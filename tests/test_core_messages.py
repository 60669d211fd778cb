"""What the core says when it refuses: every message whole, and the facts it carries."""

import copy
import math

import pytest

from gatenet import Circuit, Stepper, Unit, detect_anomaly, formula, record
from gatenet.declaration import gate
from gatenet.errors import (
    DeclarationError,
    DetachError,
    DomainError,
    FlippedBranchError,
    OperandError,
    RangeError,
    StaleCircuitError,
    UnfinishedPassError,
    WiringError,
)
from gatenet.formula import Symbol, count, fold, lift
from gatenet.gates import add, clip, dot, leaky_relu, maximum, mean, multiply, relu
from gatenet.sweep import check_finished
from gatenet.unit import as_units

x, v = Symbol("x"), Symbol("v", vector=True)


def declared(function, **said):
    """Declare a gate, with partials that fit one input unless others are given."""
    return gate(**{"symbol": "g", "partials": lambda z, x: 1, **said})(function)


def named(name, function):
    """The function by another name."""
    function.__name__ = name
    return function


def nothing(x):
    """Return no formula."""


def text(x):
    """Return what is no formula."""
    return "a"


def pair(x):
    """Return two formulas."""
    return x, x


def method(x):
    """Call a method that formulas have not."""
    return x.exp()


def mathy(x):
    """Call a function of plain numbers."""
    return math.exp(x)


def future(x):
    """Use a gate that is nowhere."""
    return not_there(x)  # noqa: F821


def no_default(x, *, slope):
    """Have a static parameter that must be given."""
    return slope * x


def bad_default(x, *, slope="a"):
    """Have a static parameter that is no number."""
    return slope * x


def star(*x):
    """Take any number of inputs in Python's way."""
    return x[0]


def keywords(x, **y):
    """Take any static parameter."""
    return x


def two(a, b):
    """Take two inputs."""
    return a + b


def no_input():
    """Take nothing."""
    return 1


def z_taken(z):
    """Take the output's name for an input."""
    return z


def same_name(x):
    """Have the name of a gate of another module."""
    return x


same_name.__name__, same_name.__module__ = "relu", "elsewhere"

IS_A_FORMULA = "it is a formula, with no value yet: "
PLAIN = IS_A_FORMULA + "use the gates (gatenet.gates.exp, not math.exp)"
ASKED = ", which Python answers at once: use the gates equal(a, b) and not_equal(a, b)"
READ = " cannot be read as a formula: "

DECLARING = [
    (lambda: x == 1.5, f"a gate's formula asked whether x == 1.5{ASKED}"),
    (lambda: x != 1.5, f"a gate's formula asked whether x == 1.5{ASKED}"),
    (
        lambda: bool(x * 2),
        f"a gate's formula asked whether x * 2 is true; {IS_A_FORMULA}write "
        "where(condition, a, b) instead of `if`, `and`, `or` or `not`",
    ),
    (
        lambda: float(x + 1),
        f"a gate's formula passed x + 1 to a function of plain numbers; {PLAIN}",
    ),
    (lambda: int(x), f"a gate's formula passed x to a function of plain numbers; {PLAIN}"),
    (
        lambda: lift("a"),
        "'a' of type str cannot stand in a gate's formula: use numbers, the gate's inputs, and "
        "other gates",
    ),
    (
        lambda: fold(add, x),
        "fold, others and count need the inputs of an n-ary gate, declared as f(*x), but got x",
    ),
    (
        lambda: count(1.0),
        "fold, others and count need the inputs of an n-ary gate, declared as f(*x), but got 1.0",
    ),
    (
        lambda: fold(lambda a, b: a + x, v),
        "a fold combines two values by a formula of these two alone, and this one uses x: map "
        "first, as in fold(add, s * x)",
    ),
    (
        lambda: declared(two, flat=3),
        "gate 'two': flat is 3; it is a word or two, as in flat='saturated'",
    ),
    (
        lambda: declared(named("g", lambda x: x), partials=lambda z, x: (1, 2)),
        "gate 'g': 1 input(s) but 2 partial(s)",
    ),
    (
        lambda: declared(nothing),
        "gate 'nothing': the function returned nothing; return its formula",
    ),
    (
        lambda: declared(pair),
        "gate 'pair': its body gave 2 formulas, and a gate has one value",
    ),
    (
        lambda: declared(method),
        f"gate 'method'{READ}'Symbol' object has no attribute 'exp'. Gates are functions there: "
        "write exp(x), not x.exp()",
    ),
    (
        lambda: declared(mathy),
        f"gate 'mathy': a gate's formula passed x to a function of plain numbers; {PLAIN}",
    ),
    (
        lambda: declared(text),
        "gate 'text': 'a' of type str cannot stand in a gate's formula: use numbers, the gate's "
        "inputs, and other gates",
    ),
    (lambda: declared(future), "gate 'future': in its body, name 'not_there' is not defined"),
    (
        lambda: declared(no_default),
        "gate 'no_default': static parameter 'slope' needs a default",
    ),
    (
        lambda: declared(bad_default),
        "gate 'bad_default': static parameter 'slope': 'a' of type str is text: convert it with "
        "float(...) first",
    ),
    (
        lambda: declared(star),
        "gate 'star': write one argument 'x' and groups=1 for any number of inputs",
    ),
    (
        lambda: declared(keywords),
        "gate 'keywords': write one argument 'y' and groups=1 for any number of inputs",
    ),
    (lambda: declared(no_input), "gate 'no_input' has no input"),
    (lambda: declared(two, groups=1), "gate 'two': groups=1 but 2 argument(s)"),
    (
        lambda: declared(z_taken),
        "gate 'z_taken': z is the output's name; call the input otherwise",
    ),
    (
        lambda: declared(same_name),
        "a gate named 'relu' is declared already, in gatenet.gates.rectifiers; give the one in "
        "elsewhere another name",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("act", "message"), DECLARING)
def test_a_declaration_is_refused_in_these_words(act, message):
    """What a declaration cannot be is said with the gate, the reason and the mend."""
    with pytest.raises(DeclarationError) as caught:
        act()

    assert str(caught.value) == message


def leaf():
    """An input named x."""
    return Unit(2.0, "x")


def double():
    """The output of a gate."""
    return leaf() * 3.0


GATES = [
    (WiringError, lambda: multiply(1.0), multiply,
     "gate 'multiply' got 1 operand(s); it takes 2: a, b"),
    (WiringError, lambda: leaky_relu(1.0, 0.1), leaky_relu,
     "gate 'leaky_relu' got 2 operand(s); it takes 1: x; slope= is given by name"),
    (WiringError, lambda: clip(1.0, 2.0), clip,
     "gate 'clip' got 2 operand(s); it takes 1: x; low= is given by name; high= is given by name"),
    (WiringError, lambda: dot(1.0, 2.0), dot,
     "gate 'dot' takes 2 sequences (x, w) of one length; got 2 operand(s)"),
    (WiringError, lambda: dot([1.0]), dot,
     "gate 'dot' takes 2 sequences (x, w) of one length; got 1 operand(s)"),
    (WiringError, lambda: dot([1.0], 2.0), dot,
     "gate 'dot' takes 2 sequences (x, w) of one length; got 2 operand(s)"),
    (WiringError, lambda: dot([1.0], [1.0, 2.0]), dot,
     "gate 'dot' takes sequences of one length; x, w have lengths 1, 2"),
    (WiringError, lambda: relu.bind(slope=1.0), relu,
     "gate 'relu' has no static parameter 'slope'; it has: none"),
    (WiringError, lambda: leaky_relu.bind(alpha=1.0), leaky_relu,
     "gate 'leaky_relu' has no static parameter 'alpha'; it has: slope"),
    (OperandError, lambda: leaky_relu(1.0, slope=leaf()), leaky_relu,
     "'slope' of gate 'leaky_relu' is a static parameter: a plain number that gets no gradient; "
     "got Unit(2.0, name='x'). Pass its .value, or wire the formula from gates whose operands "
     "are units"),
    (WiringError, lambda: dot.value(1.0, 2.0, 3.0), dot, "gate 'dot' got 3 numbers"),
    (RangeError, lambda: maximum.value(), maximum, "gate 'maximum' needs at least one operand"),
    (RangeError, lambda: mean([]), mean, "gate 'mean' needs at least one operand"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "act", "fact", "message"), GATES)
def test_a_gate_refuses_in_these_words(kind, act, fact, message):
    """What a gate is not made for is said with its name, and the gate is a fact of the error."""
    with pytest.raises(kind) as caught:
        act()

    assert str(caught.value) == message
    assert caught.value.gate is fact


X = "unit 'x' (2.0)"
OUTPUT = "the output of multiply (6.0)"

UNITS = [
    (DetachError, leaf, float,
     f"float({X}) would cut it off from its gradient: use gatenet's function (gatenet.exp(u), not "
     "math.exp(u)), or .value for the plain number"),
    (DetachError, leaf, int,
     f"int({X}) would cut it off from its gradient: int(u.value) says so (a compiled function "
     "takes it as it is when it is listed in static_argnums)"),
    (DetachError, double, bool,
     f"whether {OUTPUT} is true is not a question a circuit can replay: compare it (`u > 0`), "
     "choose with gatenet.where(u, a, b), or ask for u.value != 0"),
    (OperandError, leaf, copy.copy,
     f"copy.copy({X}) would share half a circuit: use copy.deepcopy for a circuit of its own, or "
     "detach() for a new leaf of this value"),
    (WiringError, double, lambda u: setattr(u, "value", 1.0),
     f"{OUTPUT} is the output of the gate multiply: its value follows from its inputs. Write "
     "theirs, then call Circuit(...).forward()"),
    (WiringError, double, lambda u: setattr(u, "requires_grad", False),
     f"{OUTPUT} is a gate's output; use detach() to cut it off"),
    (OperandError, leaf, lambda u: setattr(u, "name", 3), "a unit's name is text or None, not 3"),
    (WiringError, lambda: leaf().detach(), lambda u: u.backward(),
     f"{X} is detached (made under no_grad(), by detach(), or with requires_grad=False): there is "
     "nothing to differentiate"),
    (WiringError, leaf, lambda u: Circuit(double()).index(u), f"{X} is not part of this circuit"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "make", "act", "message"), UNITS)
def test_a_unit_refuses_in_these_words(kind, make, act, message):
    """What a unit is not made for is said with its name and value; the unit is a fact."""
    unit = make()
    with pytest.raises(kind) as caught:
        act(unit)

    assert str(caught.value) == message
    assert caught.value.unit is unit


OTHERS = [
    (NameError, lambda: formula._operator("nothing"), "gate 'nothing' is not declared yet"),
    (WiringError, lambda: Unit(1.0, role="w"),
     "unknown role 'w': a leaf is an 'input' or a 'parameter'"),
    (TypeError, lambda: type("V", (Unit,), {}),
     "Unit is final: declare a gate or write functions of units instead"),
    (OperandError, lambda: as_units(3), "expected a unit or a list of units, got 3"),
    (OperandError, lambda: as_units(len),
     "expected a unit or a list of units, got <built-in function len>: call it first, and give "
     "what it returns"),
    (OperandError, lambda: as_units([leaf(), 3]), "expected a list of units; item 1 is 3"),
    (RangeError, lambda: as_units([]), "expected at least one unit, got an empty list"),
    (WiringError, lambda: Circuit([double()]).backward([1.0, 2.0]),
     "got 2 seed(s) for 1 output(s)"),
    (WiringError, lambda: Circuit(double()).forward([1.0, 2.0]),
     "got 2 value(s) for a circuit of 1 input(s): x"),
    (WiringError, lambda: Circuit(Unit(1.0, role="parameter")).forward([1.0]),
     "got 1 value(s) for a circuit of 0 input(s): none"),
    (WiringError, lambda: Circuit(leaf() * Unit(1.0, "y")).forward([1.0]),
     "got 1 value(s) for a circuit of 2 input(s): x, y"),
    (WiringError, lambda: Circuit(double()).forward({"q": 1.0}),
     "0 units of this circuit are named 'q'; its leaves are: x. The unit itself can be the key as "
     "well"),
    (WiringError, lambda: Circuit(leaf() * Unit(1.0, "x")).forward({"x": 1.0}),
     "2 units of this circuit are named 'x'; its leaves are: x, x. The unit itself can be the key "
     "as well"),
    (WiringError, lambda: Circuit(double()).forward({"u2": 1.0}),
     f"{OUTPUT} is a gate's output; only leaves take values"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "act", "message"), OTHERS)
def test_what_makes_no_sense_is_refused_in_these_words(kind, act, message):
    """The rest of what units, circuits and the sweep refuse, word for word."""
    with pytest.raises(kind) as caught:
        act()

    assert str(caught.value) == message


def test_a_list_with_a_stranger_carries_it_as_a_fact():
    """The item that is no unit can be read from the error."""
    with pytest.raises(OperandError) as caught:
        as_units([leaf(), 3])

    assert caught.value.item == 3


def test_an_unfinished_pass_says_where_it_stands():
    """A pass that stands in the middle is named by its unit, its event and their number."""
    a, b = Unit(2.0, "x"), Unit(1.0, "b")
    stepper = Stepper(a * a)
    stepper.next()
    check_finished([b])
    with pytest.raises(UnfinishedPassError) as caught:
        check_finished([b, a])

    assert str(caught.value) == (
        "a pass that unit 'x' (2.0) is part of stands at event 2 of 3: its gradients are not "
        "complete. finish() the stepper, or reset() it"
    )
    assert caught.value.unit is a
    stepper.finish()
    check_finished([b, a])


def test_a_stale_output_names_both_sides():
    """The unit that is too old and the leaf that was written are said and are facts."""
    a = leaf()
    y = a * a
    a.value = 3.0
    with pytest.raises(StaleCircuitError) as caught:
        y.backward()

    assert str(caught.value) == (
        "the output of multiply (4.0) was computed before unit 'x' (3.0) was written: its gradient "
        "would mix old and new values. Replay it with Circuit(loss).forward(), loss being the "
        "output that you differentiate, or build it again"
    )
    assert (caught.value.unit, caught.value.source) == (y, a)


def test_an_infinite_gradient_carries_its_facts():
    """Under detect_anomaly the unit, its gate, its operands and the line are facts of the error."""
    a = Unit(0.0, "q")
    with detect_anomaly():
        root = a**0.5
        with pytest.raises(DomainError) as caught:
            root.backward()

    found = caught.value
    assert str(found) == (
        "the gradient is not finite at power: upstream 1.0 times the local derivatives (inf, 0.0) "
        f"at a=0.0 (unit 'q'), b=0.5; built at {found.place}"
    )
    assert (found.unit, found.gate, found.inputs) == (root, root.gate, (a, 0.5))
    assert "root = a**0.5" in found.place


def test_a_gradient_past_float64_carries_its_facts():
    """A leaf whose pulls add up to an infinity is named with the sum and what it held."""
    with detect_anomaly():
        a = Unit(0.25, "q")
        both = a * 1e308 + a * 1e308
        with pytest.raises(DomainError) as caught:
            both.backward()

    found = caught.value
    assert str(found) == (
        "the gradient is not finite at unit 'q' (0.25): its pulls add up to inf, on a gradient of "
        f"0.0; built at {found.place}"
    )
    assert found.unit is a


def test_a_comparison_that_did_not_hold_says_so_when_it_does():
    """The message tells both ways apart: what was false when recorded and is true now."""
    with record() as recording:
        x = Unit(-1.0, "x")
        y = x * 2.0 if x > 0.0 else x * 3.0
    circuit = Circuit(y, recording=recording)

    with pytest.raises(FlippedBranchError, match=r"^x > 0\.0 did not hold when .* and does now"):
        circuit.forward({"x": 1.0})


def test_a_copy_answers_in_the_shape_of_its_original():
    """One output gives a number, a list of outputs a list, of one as well."""
    x = Unit(2.0, "x")

    assert Circuit(x * x).copy().forward() == 4.0
    assert Circuit([x * x]).copy().forward() == [4.0]
