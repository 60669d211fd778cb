"""Circuits as SymPy's expressions and as LaTeX: what they mean, and names that do no harm."""

import re
import sys

import pytest
from exportable import ODD

from gatenet import Circuit, Unit, custom_gradient, gates
from gatenet.errors import FormatError, OperandError, RangeError, ToolMissing
from gatenet.exporting import to_latex, to_sympy
from gatenet.exporting.symbolic import different


def example():
    """An expression of some gates, over two leaves of one name."""
    x, w, b = Unit(1.25, "x"), Unit(0.5, "w", role="parameter"), Unit(-0.75, "w")
    return x, w, b, (w * x - b).tanh() ** 2 / (1 + (-x).exp()) + gates.sqrt(abs(x)) * b.sigmoid()


def test_an_expression_has_the_value_and_the_derivatives_of_the_circuit():
    """SymPy's own numbers, at the values the units have."""
    sympy = pytest.importorskip("sympy")
    x, w, b, y = example()
    y.backward()
    found = Circuit(y).to_sympy()
    at = dict(zip(sympy.symbols("x w w_2", real=True), (1.25, 0.5, -0.75), strict=True))

    assert found.free_symbols == {*at}
    assert float(found.subs(at)) == pytest.approx(y.value, rel=1e-14)
    for symbol, unit in zip(at, (x, w, b), strict=True):
        assert float(found.diff(symbol).subs(at)) == pytest.approx(unit.grad, rel=1e-13)


def test_several_outputs_share_their_symbols():
    """A list of expressions over one set of symbols; an output may be a leaf."""
    sympy = pytest.importorskip("sympy")
    x, y = Unit(1.0, "x"), Unit(2.0)
    found = to_sympy(Circuit([x * y, y - 1, x]))
    a, b = sympy.Symbol("x", real=True), sympy.Symbol("u1", real=True)

    assert found == [a * b, b - 1, a]


def test_a_number_is_exactly_what_it_was():
    """0.1 is the fraction that a float of 64 bits is."""
    sympy = pytest.importorskip("sympy")
    x = Unit(1.0, "x")

    assert to_sympy(Circuit(x + 0.1)) - sympy.Symbol("x", real=True) == sympy.Rational(
        3602879701896397, 36028797018963968
    )


def test_sympy_is_asked_for_where_it_is_missing(monkeypatch):
    """Nothing else needs it."""
    monkeypatch.setitem(sys.modules, "sympy", None)
    with pytest.raises(ToolMissing, match="pip install sympy"):
        to_sympy(Circuit(Unit(1.0) * 2))


def test_latex_reads_as_a_book_writes_it():
    """Fractions, powers, roots, brackets where they are needed and nowhere else."""
    assert Circuit(example()[3]).to_latex() == (
        "\\begin{aligned}\n"
        r"u_{17} &= \frac{{\tanh\left(w \, x - w_{2}\right)}^{2}}{1 + \exp\left(-x\right)} + "
        r"\sqrt{\left|x\right|} \, \operatorname{sigmoid}\left(w_{2}\right)"
        "\n\\end{aligned}"
    )


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda x, y: x - (y - 1), r"x - \left(y - 1\right)"),
        (lambda x, y: (x - y) * (x + y), r"\left(x - y\right) \, \left(x + y\right)"),
        (lambda x, y: -(x + y), r"-\left(x + y\right)"),
        (lambda x, y: x * 3, r"x \cdot 3"),
        (lambda x, y: x * -2.5, r"x \, \left(-2.5\right)"),
        (lambda x, y: (x * y) ** 3, r"{\left(x \, y\right)}^{3}"),
        (lambda x, y: gates.power(gates.power(x, y), 2), r"{\left({x}^{y}\right)}^{2}"),
        (lambda x, y: x * 1e-20, r"x \cdot 1 \cdot 10^{-20}"),
        (lambda x, y: gates.less_equal(x, y) + 1, r"\left[x \le y\right] + 1"),
        (lambda x, y: gates.maximum(x, y, 0), r"\operatorname{maximum}\left(x, y, 0\right)"),
        (lambda x, y: x.leaky_relu(slope=0.5),
         r"\operatorname{leaky\_relu}\left(x, \mathrm{slope} = 0.5\right)"),
    ],
)  # fmt: skip
def test_each_gate_is_written_in_its_way(made, expected):
    """Signs by how Python writes the gate, other gates by their names."""
    found = to_latex(Circuit(made(Unit(1.0, "x"), Unit(2.0, "y"))))

    assert found.splitlines()[1].partition("&= ")[2] == expected


def test_shared_and_named_units_have_equations_of_their_own():
    """What is used twice stands once, and what has a name is called by it."""
    x = Unit(1.0, "x")
    h = x.exp()
    y = h * h
    y.name = "out"
    lines = to_latex(Circuit([y, x])).splitlines()

    assert lines[1:-1] == [
        r"u_{1} &= \exp\left(x\right) \\",
        r"\mathrm{out} &= u_{1} \, u_{1} \\",
        "y &= x",
    ]


@pytest.mark.parametrize("name", [*ODD, "\\input{/etc/passwd}", "a&b\\\\", "$x$", "%", "x^2", "~"])
def test_names_are_escaped_letter_by_letter(name):
    """No name opens, closes or runs anything: commands are ours, braces go in pairs."""
    x = Unit(1.0, name)
    found = to_latex(Circuit(x * Unit(2.0, name) + 1))
    body = found.splitlines()[1].removesuffix(r" \\")

    assert not re.search(r"(?<!\\)[%$#~]", body)
    assert len(re.findall(r"(?<!\\)&", body)) == 1
    bare = re.sub(r"\\[\\{}]", "", body)
    assert bare.count("{") == bare.count("}")
    known = {"mathrm", "backslash", "hat", "sim", "times", "cdot", "left", "right"}
    assert {*re.findall(r"\\([a-zA-Z]+)", body)} <= known
    if "sympy" in sys.modules or pytest.importorskip("sympy"):
        symbols = sorted(str(one) for one in to_sympy(Circuit(x + Unit(2.0, name))).free_symbols)
        assert symbols == sorted([name, f"{name}_2"])


def test_names_are_made_different():
    """Also from names that look like those that are made."""
    assert different(["a", "a_2", "a", "a"]) == ["a", "a_2", "a_3", "a_4"]


@pytest.mark.parametrize("form", [to_sympy, to_latex])
def test_what_nobody_could_read_is_refused(form):
    """A limit that can be raised, and only circuits."""
    outputs = [Unit(1.0)]
    for _ in range(101):
        outputs[0] = outputs[0] * 2

    with pytest.raises(RangeError, match="gates, too many for a formula"):
        form(Circuit(outputs), max_gates=100)
    with pytest.raises(OperandError, match="only a Circuit has a formula"):
        form(outputs[0])


def test_a_rule_in_python_has_a_name_and_no_formula():
    """LaTeX writes its name; SymPy would have to know what it does."""
    pytest.importorskip("sympy")

    @custom_gradient(partials=lambda z, x: 2.0)
    def twice(x):
        return 2 * x

    circuit = Circuit(twice(Unit(1.0, "x")))
    assert "twice" in to_latex(circuit)
    with pytest.raises(FormatError):
        to_sympy(circuit)
