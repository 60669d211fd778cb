"""What `p` and conditions may say: arithmetic of units, and nothing that could do harm."""

from __future__ import annotations

import ast
import math
from pathlib import Path

import pytest

import gatenet.repl
from gatenet import Circuit, Unit
from gatenet.errors import GatenetError, OperandError, RangeError, WiringError
from gatenet.gates import CATALOGUE, tanh
from gatenet.repl.expressions import Expression
from gatenet.repl.names import Names


@pytest.fixture(scope="module")
def names() -> Names:
    """The names of a small circuit: x = 3, w[0] = 2, loss = tanh(x * w[0] - 5), with gradients."""
    x, w = Unit(3.0, "x"), Unit(2.0, "w[0]")
    odd = Unit(0.0, "a unit, with words")
    loss = (x * w - 5.0 + odd).tanh()
    loss.name = "loss"
    loss.backward()
    return Names(Circuit(loss))


def value(text: str, names: Names) -> object:
    """What a text comes to."""
    return Expression(text, names).value()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", 3.0),
        ("u0", 3.0),
        ("-x + 2 * 4 / 5 - 1", -3.0 + 2 * 4 / 5 - 1),
        ("2 ** 3 ** 2", 512.0),
        ("w[0] * 2", 4.0),
        ("'a unit, with words' + 1", 1.0),
        ("'w[0]'.value", 2.0),
        ("loss.value", math.tanh(1.0)),
        ("x.grad", 2 * (1 - math.tanh(1.0) ** 2)),
        ("loss.partials[0]", 1 - math.tanh(1.0) ** 2),
        ("u3.inputs[0].value + u3.inputs[-1].value", 5.0),
        ("abs(-x)", 3.0),
        ("max(1, x, 2) + min(1, x)", 4.0),
        ("sum(u3.partials)", 5.0),
        ("leaky_relu(-1, slope=0.5)", -0.5),
        ("tanh(1)", math.tanh(1.0)),
        ("1e999", math.inf),
        ("1 / 0", math.inf),
        ("pi", math.pi),
        ("9**9**7", math.inf),
        ("2 .value", 2.0),
        ("000", 0.0),
    ],
)
def test_arithmetic(text: str, expected: float, names: Names) -> None:
    """Names, attributes, numbers, operators and gates come to what they say."""
    found = value(text, names)
    number = found.value if isinstance(found, Unit) else found

    assert expected == pytest.approx(number, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 < x < 5", True),
        ("1 < x > 5", False),
        ("x == 3 and w[0] != 2", False),
        ("not x", False),
        ("x or nan", True),
        ("nan == nan", False),
        ("loss.gate == tanh", True),
        ("loss.gate != tanh", False),
        ("x.name == 'x'", True),
        ("True", True),
    ],
)
def test_questions(text: str, expected: bool, names: Names) -> None:
    """Comparisons and their combinations are true or false."""
    assert value(text, names) is expected


def test_things(names: Names) -> None:
    """A name alone is the unit or the gate it names, an attribute what the unit has."""
    unit = value("loss", names)

    assert isinstance(unit, Unit)
    assert unit.name == "loss"
    assert value("loss.gate", names) is tanh
    assert value("tanh", names) is tanh
    assert value("loss.name", names) == "loss"
    assert math.isnan(Expression("(-8) ** 0.5", names).value())


ATTACKS = [
    "__import__('os').system('true')",
    "().__class__.__bases__[0].__subclasses__()",
    "x.__class__",
    "x._value",
    "x.backward()",
    "x.value.__class__",
    "loss.gate.value_kernel",
    "loss.gate.made",
    "eval('1')",
    "exec('1')",
    "print(1)",
    "open('/etc/passwd')",
    "tanh.__globals__",
    "tanh(1)(2)",
    "[c for c in ()]",
    "{}",
    "{1: 2}",
    "{*()}",
    "(1, 2)",
    "lambda: 1",
    "f'{x}'",
    "x if x else x",
    "(x := 1)",
    "*x",
    "await x",
    "yield",
    "x; x",
    "x\nx",
    "import os",
    "x = 1",
    "x[0:1]",
    "x[0]",
    "x.inputs['0']",
    "x @ x",
    "x // 2",
    "x % 2",
    "x << 1000000",
    "x & 1",
    "~1",
    "x is x",
    "x in x",
    "1j",
    "b'a'",
    "...",
    "None",
    "leaky_relu(-1, **{})",
    "leaky_relu(*x)",
    "__builtins__",
    "\x00",
    "\ud800",
    "'\\x'",
    "",
    "   ",
    "x.name < 'x'",
    "x.name + 1",
    "x.inputs[9]",
    "u5.inputs[0.5]",
    "u99",
    "u01",
    "nothing",
    "'nothing'",
    "tanh()",
    "tanh(1, 2)",
    "tanh(1, slope=2)",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_everything_else_is_refused(text: str, names: Names) -> None:
    """Whatever is not arithmetic of units is an error of ours, in one line that harms nothing."""
    with pytest.raises(GatenetError) as caught:
        value(text, names)

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "text",
    [
        "-" * 100_000 + "1",
        "1+" * 100_000 + "1",
        "-" * 499 + "1",
        "1+" * 400 + "1",
        "(" * 300 + "1" + ")" * 300,
        "not " * 2_400 + "1",
        "lambda:" * 1_400 + "1",
        "1 if 1 else " * 800 + "1",
        "x" + ".value" * 1_600,
        "x" + "[0]" * 400,
        "abs(" * 150 + "1" + ")" * 150,
        "1" * 9_000,
        "1" * 100_000,
        "x" * 10_001,
    ],
    ids=lambda text: f"{text[:8]}*{len(text)}",
)
def test_what_is_too_long_or_too_deep_is_refused(text: str, names: Names) -> None:
    """Length, nesting and the number of operators have caps, so no parser is ever exhausted."""
    with pytest.raises((RangeError, OperandError)) as caught:
        value(text, names)

    assert len(str(caught.value)) < 400


def test_depth_counts_every_level(names: Names) -> None:
    """A sum of 99 terms is worked out, one of 101 is said to be too deep."""
    assert value("+".join(["1"] * 99), names) == 99.0
    with pytest.raises(RangeError, match="nested more than 100 deep"):
        value("+".join(["1"] * 101), names)


def test_no_gate_can_be_made_to_work_for_long(names: Names) -> None:
    """Every gate of the catalogue answers extreme numbers with a float, or refuses them."""
    extremes = ["1e308", "-1e308", "1e-320", "inf", "nan", "0.0", "-0.0"]
    for name, gate in CATALOGUE.items():  # not what other tests declared, some on purpose wrongly
        for extreme in extremes:
            text = f"{name}({', '.join([extreme] * len(gate.inputs))})"
            try:
                assert isinstance(value(text, names), float)
            except GatenetError:
                assert gate.variadic  # lists are asked for


def test_facts_stand_before_units() -> None:
    """In a condition `grad` is the event's, also where a unit has that name."""
    grad = Unit(5.0, "grad")
    names = Names(Circuit(grad * 2.0))

    assert Expression("grad", names, {"grad"}).value({"grad": 7.0}) == 7.0
    assert value("grad + 0", names) == 5.0
    assert Expression("grad > u0", names, {"grad"}).holds({"grad": 7.0})
    assert not Expression("value > 1", names, {"value"}).holds({"value": math.nan})


def test_mistakes_are_found_when_typed(names: Names) -> None:
    """A name that stands for nothing is refused when the expression is made, with a near one."""
    with pytest.raises(WiringError, match="did you mean loss"):
        Expression("lss > 1", names)
    with pytest.raises(OperandError, match="nothing to work out"):
        Expression("", names)


def test_nothing_is_evaluated_by_python() -> None:
    """The room calls neither eval, exec nor compile, and parses expressions in one place."""
    folder = Path(gatenet.repl.__file__ or "").parent
    called = [
        (path.name, ast.unparse(node.func))
        for path in sorted(folder.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]

    assert not {"eval", "exec", "compile", "__import__"} & {name for _, name in called}
    assert [path for path, name in called if name == "ast.parse"] == ["parsing.py"]


def test_a_name_that_is_no_word_is_a_name_as_it_stands() -> None:
    """A module's `layers.0.bias` needs no quotes, alone or with an attribute; numbers stay."""
    bias, label, number = Unit(2.0, "layers.0.bias"), Unit(3.0, "x1*w1"), Unit(4.0, "1")
    names = Names(Circuit(bias * label * number))

    assert value("layers.0.bias", names) is bias
    assert value("layers.0.bias.value", names) == 2.0
    assert value("'layers.0.bias' * 2", names) == 4.0
    assert value("x1*w1", names) is label
    assert value("1", names) == 1.0
    assert value("'1'", names) is number
