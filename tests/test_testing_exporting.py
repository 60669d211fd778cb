"""Export: circuits as functions of other frameworks compute and differentiate alike."""

import ast
import math
from dataclasses import replace

import pytest
from hypothesis import assume, given
from mpmath import mp, mpf

from gatenet import Circuit, Unit, custom_gradient, gates
from gatenet.errors import FormatError, ToolMissing, WiringError
from gatenet.gates import CATALOGUE, SLOPES
from gatenet.testing import LANGUAGES, Tape, as_function, tapes, to_source
from gatenet.testing.assertions import same

ALL = {**CATALOGUE, **SLOPES}
#: An ordinary point for each gate: inside every domain but two.
POINTS = {"acosh": [1.25], "where": [1.0, 0.5, 0.25]}


def ordinary(name):
    """A tape of one gate at an ordinary point."""
    one = ALL[name]
    size = 2 * one.groups if one.variadic else len(one.inputs)
    point = POINTS.get(name, [0.4, 0.75, 1.5, 0.6][:size])
    return Tape(point, [(one, *range(size))])


@pytest.mark.parametrize("form", ["formula", "textbook"])
@pytest.mark.parametrize("name", ALL)
def test_every_gate_in_numpy_and_mpmath(name, form):
    """Printed from its formula or its textbook line, a gate has its value, by numbers not ours."""
    tape = ordinary(name)
    expected = tape.play(tape.leaves)[-1]
    pytest.importorskip("numpy")

    assert float(as_function(tape, "numpy", form=form)(*tape.leaves)) == pytest.approx(expected)
    with mp.workprec(200):
        exact = as_function(tape, "mpmath", form=form)(*tape.leaves)
        assert float(exact) == pytest.approx(expected, rel=1e-14)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["torch", "jax", "sympy"])
def test_every_gate_is_differentiated_alike(language):
    """Another framework's own derivative of a gate is the one declared, for every fifth gate."""
    pytest.importorskip(language)
    for name in list(CATALOGUE)[:: 1 if language == "sympy" else 5]:
        tape = ordinary(name)
        value = tape.play(tape.leaves)[-1]
        found = tape.to(language).gradients(*tape.leaves)
        for got, expected in zip(found, ALL[name].partials(value, *tape.leaves), strict=True):
            assert same(float(got), expected, 1e-9, 1e-12), name


@pytest.mark.parametrize("language", list(LANGUAGES))
@given(tape=tapes(list(ALL), max_gates=4, static=True))
def test_every_circuit_prints_as_python_without_an_import(language, tape):
    """Printing needs no framework and gives a module that parses, in both forms."""
    for form in ("formula", "textbook"):
        tree = ast.parse(to_source(tape, language, form=form))
        names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]

        assert "f" in names
        assert ("gradients" in names) == bool(LANGUAGES[language].gradients)


@given(tapes(["add", "multiply", "tanh", "total", "dot", "negate", "softplus", "maximum"]))
def test_a_circuit_exports_as_its_tape_does(tape):
    """From a circuit or from the tape it was wired from: the same function."""
    assume(all(map(math.isfinite, tape.play(tape.leaves))))
    with mp.workprec(100):
        first = as_function(tape, "mpmath")(*tape.leaves)
        second = as_function(tape.circuit(), "mpmath")(*tape.leaves)

    assert first == second


def test_what_is_printed_is_readable():
    """One line per primitive, the gate's name above where it takes several, constants in place."""
    tape = Tape([1.0, 2.0], [("sigmoid", 0), ("multiply", 2, -3.0), ("maximum", 3, 1, 0.5)])
    body = to_source(tape, "numpy", form="textbook").partition("def f")[2]

    assert body == (
        "(x0, x1):\n"
        "    x0 = np.asarray(x0, dtype=np.float64)\n"
        "    x1 = np.asarray(x1, dtype=np.float64)\n"
        "    # sigmoid\n"
        "    t0 = -x0\n"
        "    t1 = np.exp(t0)\n"
        "    t2 = 1.0 + t1\n"
        "    u2 = 1.0 / t2\n"
        "    u3 = u2 * (-3.0)\n"
        "    # maximum\n"
        "    t5 = np.maximum(u3, x1)\n"
        "    u4 = np.maximum(t5, np.float64(0.5))\n"
        "    return u4\n"
    )


def test_sympy_gets_exact_numbers_and_symbols():
    """A circuit as a SymPy expression, with its derivative as one."""
    sympy = pytest.importorskip("sympy")
    f = Tape([0.5], [("sin", 0), ("multiply", 1, 0.25)]).to("sympy")
    x = sympy.Symbol("x")

    assert f(x) == sympy.sin(x) / 4
    assert f.gradients(0.5) == [sympy.cos(sympy.Rational(1, 2)) / 4]
    clipped = Tape([1.0], [("clip", 0, {"low": 0.0})]).to("sympy")
    assert clipped(sympy.Integer(3)) == 3


def test_the_framework_s_own_functions_are_used_on_request():
    """`native` calls the function of that name in the framework, and imports its module."""
    pytest.importorskip("numpy")
    tape = Tape([3.0], [("square", 0)])

    assert "u1 = x0 * x0" in to_source(tape, "numpy")
    assert "u1 = numpy.square(x0)" in to_source(tape, "numpy", native=["square"])
    assert float(as_function(tape, "numpy", native=["square"])(3.0)) == 9.0
    with pytest.raises(WiringError, match="numpy has no function 'softplus' in numpy"):
        to_source(tape, "numpy", native=["softplus"])


def test_a_language_of_your_own():
    """A language is data: a word for each primitive, and nothing else."""
    shouting = replace(
        LANGUAGES["mpmath"], name="shouting", words={"multiply": "TIMES({}, {})"}, number="{}",
        leaf="{}", head="TIMES = lambda a, b: a * b + 0.5",
    )  # fmt: skip
    f = as_function(Tape([3.0], [("square", 0)]), shouting)

    assert f(3.0) == 9.5
    with pytest.raises(FormatError, match="shouting has no word for the primitive gate 'exp'"):
        to_source(Tape([3.0], [("exp", 0)]), shouting)


def test_an_output_that_is_an_operand_passed_on():
    """The identity writes a line of its own, in every form."""
    f = as_function(Tape([3.0], [("identity", 0), ("identity", 1)]), "mpmath")

    assert f(mpf(7)) == 7
    assert "u1 = x0\n    u2 = u1" in f.source


def test_export_of_what_cannot_be_exported():
    """Unknown words, rules, several outputs and wrong numbers of leaves are said with a mend."""
    tape = Tape([1.0], [("exp", 0)])

    @custom_gradient(partials=lambda z, x: 2.0)
    def twice(x):
        """Double a number."""
        return 2.0 * x

    with pytest.raises(WiringError, match="unknown language 'tensorflow': there are torch, jax"):
        to_source(tape, "tensorflow")
    with pytest.raises(WiringError, match="unknown form 'naive'"):
        to_source(tape, "numpy", form="naive")
    with pytest.raises(FormatError, match="'twice' is a block or a rule"):
        to_source(Circuit(twice(Unit(1.0))), "numpy")
    x = Unit(1.0)
    with pytest.raises(FormatError, match="one output at a time"):
        to_source(Circuit([x.exp(), x.sin()]), "numpy")
    with pytest.raises(WiringError, match=r"got 2 value\(s\) for a circuit of 1 leaves"):
        as_function(tape, "mpmath")(1.0, 2.0)
    with pytest.raises(FormatError, match="mpmath does not differentiate"):
        as_function(tape, "mpmath").gradients(1.0)


def test_a_framework_that_is_not_installed(monkeypatch):
    """Printing works without it; whatever needs it says what is missing."""
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    f = as_function(Tape([1.0], [("exp", 0)]), "torch")

    assert "torch.exp(x0)" in f.source
    with pytest.raises(ToolMissing, match="a circuit exported to torch needs it installed"):
        f(1.0)
    with pytest.raises(ToolMissing, match="native='exp' looks into torch, which is not installed"):
        to_source(Tape([1.0], [("exp", 0)]), "torch", native=["exp"])


def test_parameters_are_leaves_too():
    """A circuit's inputs and parameters are the arguments, in the order of creation."""
    w, x = Unit(2.0, "w", role="parameter"), Unit(3.0, "x")
    f = as_function(Circuit(gates.subtract(x * 10.0, w)), "mpmath")

    assert f.leaves == 2
    assert f(1.0, 4.0) == 39
    assert repr(f) == "<circuit as a function of 2 mpmath number(s)>"
