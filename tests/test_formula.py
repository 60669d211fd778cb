"""Formulas: building, reading as text, evaluating on anything the gates accept."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatenet import Unit
from gatenet.errors import DeclarationError
from gatenet.formula import (
    FOLDED,
    ITEM,
    Apply,
    Constant,
    Symbol,
    children,
    count,
    evaluate,
    exclusive,
    fold,
    lift,
    ordered,
    others,
    to_text,
)
from gatenet.gates import (
    CATALOGUE,
    absolute,
    add,
    exp,
    leaky_relu,
    less,
    maximum,
    multiply,
    negate,
    relu,
    where,
)

x, y = Symbol("x"), Symbol("y")
v = Symbol("v", vector=True)


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (x + y * 2, "x + y * 2"),
        ((x + y) * 2, "(x + y) * 2"),
        (x - (y - 1), "x - (y - 1)"),
        (x - y - 1, "x - y - 1"),
        (x / (y * 2), "x / (y * 2)"),
        (x / y / 2, "x / y / 2"),
        (2**x**y, "2 ** (x ** y)"),
        ((2**x) ** y, "(2 ** x) ** y"),
        (-x, "-x"),
        (-(x + y), "-(x + y)"),
        (-x * y, "-x * y"),
        (x + -y, "x + -y"),
        (-(x**2), "-x ** 2"),
        ((-x) ** 2, "(-x) ** 2"),
        (x * -2, "x * -2"),
        (x**-1, "x ** (-1)"),
        (abs(x), "absolute(x)"),
        (+x, "x"),
        (x + 0.1, "x + 0.1"),
        (1 - x, "1 - x"),
        (where(x > 0, x, y), "where(x > 0, x, y)"),
        (where(x <= y + 1, 1, 0), "where(x <= y + 1, 1, 0)"),
        (exp(x) >= 1e20, "exp(x) >= 1e+20"),
        (fold(add, v), "fold[a + b](v)"),
        (others(multiply, v * v, empty=1), "others[a * b](v * v)"),
        (1 / count(v), "1 / n"),
        (count(v) ** 2, "n ** 2"),
        (exp(x) ** 2, "exp(x) ** 2"),
        (2 ** exp(x), "2 ** exp(x)"),
        (fold(add, v) ** 2, "fold[a + b](v) ** 2"),
        (-exp(x), "-exp(x)"),
        (-count(v), "-n"),
        (-(x / y), "-(x / y)"),
        (x / -2, "x / -2"),
        (-2 / x, "-2 / x"),
        ((-2) ** x, "(-2) ** x"),
        (-negate(x), "--x"),
        ((x < y) + 1, "(x < y) + 1"),
        (leaky_relu(x, slope=0.25), "leaky_relu(x, slope=0.25)"),
        (leaky_relu(x, slope=y + 1), "leaky_relu(x, slope=y + 1)"),
        (fold(lambda a, b: a - 2 * b, v), "fold[a - 2 * b](v)"),
        (x * 1e15, "x * 1000000000000000.0"),
        (x * 999999999999999.0, "x * 999999999999999"),
        (x * float("inf"), "x * inf"),
    ],
)
def test_a_formula_prints_as_people_write_it(formula, text):
    """Brackets stand where they are needed to read the formula back, and hardly elsewhere."""
    assert to_text(formula) == text
    assert repr(formula) == text


TERMS = st.recursive(
    st.sampled_from([x, y]) | st.integers(-3, 3).map(lambda k: lift(float(k))),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from("+-*/"), inner, inner).map(
            lambda t: {"+": t[1] + t[2], "-": t[1] - t[2], "*": t[1] * t[2], "/": t[1] / t[2]}[t[0]]
        ),
        inner.map(lambda t: -t),
        inner.map(lambda t: t**2),
    ),
    max_leaves=8,
)


@given(TERMS)
def test_the_text_of_a_formula_means_the_formula(formula):
    """Python reads the printed text back to the same value: no bracket is missing."""
    try:
        read = eval(to_text(formula), {"x": Fraction(3, 7), "y": Fraction(-5, 11)})
    except ZeroDivisionError:
        return
    assert evaluate([formula], {"x": 3 / 7, "y": -5 / 11})[0] == pytest.approx(
        float(read), rel=1e-9, abs=1e-9
    )


def test_evaluate_on_floats_units_and_formulas():
    """One formula, evaluated on floats, on units, and on other formulas."""
    formula = relu(x * y) + 1.0
    a, b = Unit(2.0), Unit(3.0)
    (on_units,) = evaluate([formula], {"x": a, "y": b})
    on_units.backward()

    assert evaluate([formula], {"x": 2.0, "y": 3.0}) == [7.0]
    assert on_units.value == 7.0
    assert (a.grad, b.grad) == (3.0, 2.0)
    assert to_text(evaluate([formula], {"x": y, "y": y + 1})[0]) == "relu(y * (y + 1)) + 1"


OPERATORS = [
    (lambda a, b: a + b, "add"), (lambda a, b: a - b, "subtract"),
    (lambda a, b: a * b, "multiply"), (lambda a, b: a / b, "divide"),
    (lambda a, b: a**b, "power"), (lambda a, b: a < b, "less"),
    (lambda a, b: a <= b, "less_equal"), (lambda a, b: a > b, "greater"),
    (lambda a, b: a >= b, "greater_equal"),
]  # fmt: skip
MIRRORED = {"less": "greater", "greater": "less", "less_equal": "greater_equal",
            "greater_equal": "less_equal"}  # fmt: skip


@pytest.mark.parametrize(("operation", "name"), OPERATORS)
def test_an_operator_builds_its_gate_with_its_operands_in_order(operation, name):
    """Two formulas, a formula and a number, a number and a formula: gate, order, no parameters."""
    both, right, left = operation(x, y), operation(x, 2.0), operation(2.0, x)
    turned = MIRRORED.get(name, name)

    assert (both.gate, both.args, both.static) == (CATALOGUE[name], (x, y), {})
    assert (right.gate.name, right.args[0] is x, right.args[1].value) == (name, True, 2.0)
    assert left.gate.name == turned
    ends = left.args if turned == name else left.args[::-1]
    assert (ends[0].value, ends[1] is x) == (2.0, True)
    assert left.static == right.static == {}
    for formula in (both, right, left):
        assert formula.vector is False
    assert operation(v, 2.0).vector is True
    assert operation(2.0, v).vector is True


def test_signs_of_one_formula():
    """Minus and abs build their gates of the formula alone; plus is the formula itself."""
    minus, size = -x, abs(x)

    assert (minus.gate, minus.args, minus.static) == (CATALOGUE["negate"], (x,), {})
    assert (size.gate, size.args, size.static) == (absolute, (x,), {})
    assert +x is x


def test_static_parameters_of_a_formula_reach_the_gate():
    """A static parameter inside a formula counts for single values and for vectors."""
    assert evaluate([leaky_relu(x, slope=0.5)], {"x": -2.0}) == [-1.0]
    assert evaluate([leaky_relu(v, slope=0.5)], {"v": [-2.0, 3.0]}) == [[-1.0, 3.0]]
    assert evaluate([leaky_relu(x, slope=y)], {"x": -2.0, "y": 0.25}) == [-0.5]
    assert leaky_relu(x, slope=y).static == {"slope": y}


def test_what_is_a_vector_and_what_is_not():
    """Symbols say it, n-ary gates and folds end it, `others` keeps it."""
    vectors = [v, v + x, exp(v), others(add, v, empty=0)]
    singles = [x, x + 1, maximum(v), fold(add, v), count(v), lift(1.0)]

    assert [formula.vector for formula in vectors] == [True] * 4
    assert [formula.vector for formula in singles] == [False] * 6


def test_a_vector_formula_is_worked_out_element_by_element():
    """Folds reduce, other gates map, and a scalar beside a vector is spread."""
    bindings = {"v": [1.0, 2.0, 4.0], "x": 10.0}

    assert evaluate([fold(add, v * x)], bindings) == [70.0]
    assert evaluate([v * v + x], bindings) == [[11.0, 14.0, 26.0]]
    assert evaluate([others(multiply, v, empty=1)], bindings) == [[8.0, 4.0, 2.0]]
    assert evaluate([count(v)], bindings) == [3.0]
    assert evaluate([maximum(v) * 2], bindings) == [8.0]
    assert evaluate([fold(lambda a, b: where(less(a, b), b, a), v)], bindings) == [4.0]


@given(st.lists(st.integers(-9, 9), max_size=8))
def test_exclusive_folds_all_the_others(items):
    """Each result is the fold of the other items, from left to right, in linear work."""
    calls = []

    def combine(left, right):
        calls.append(1)
        return f"{left}{right}"

    names = [chr(97 + k) for k in range(len(items))]
    expected = ["".join(names[:k] + names[k + 1 :]) for k in range(len(items))]
    assert exclusive(combine, names, "") == expected
    assert len(calls) <= 3 * len(items)


def test_ordered_gives_parts_before_wholes_each_once():
    """A shared part is visited once, and before what is made of it."""
    shared = x * y
    formula = (shared + 1) * shared
    seen = list(ordered([formula, shared]))

    assert len(seen) == len({id(expr) for expr in seen})
    for k, expr in enumerate(seen):
        assert all(any(part is before for before in seen[:k]) for part in children(expr))
    assert sum(expr is shared for expr in seen) == 1


def test_a_formula_of_any_depth_is_walked():
    """No walk over a formula is a recursion."""
    formula = x
    for _ in range(20_000):
        formula = formula + 1.0

    assert evaluate([formula], {"x": 0.0}) == [20_000.0]


def test_lift_takes_numbers_and_formulas_alone():
    """A bool, text or a list cannot stand in a formula."""
    assert isinstance(lift(3), Constant)
    assert lift(x) is x
    for thing in [True, "x", None, [1.0], 1j]:
        with pytest.raises(DeclarationError, match="cannot stand in a gate's formula"):
            lift(thing)
        with pytest.raises(DeclarationError):
            x + thing


@pytest.mark.parametrize(
    "question",
    [
        lambda: bool(x), lambda: float(x), lambda: int(x), lambda: [1, 2][x], lambda: x == 0,
        lambda: x != y, lambda: x > 0 and y > 0, lambda: not x, lambda: 0 < x < 1,
    ],
)  # fmt: skip
def test_a_formula_has_no_value_yet(question):
    """What Python would answer at once is an error: no branch is taken in silence."""
    with pytest.raises(DeclarationError, match="formula"):
        question()


def test_fold_needs_a_vector():
    """fold, others and count of a single input say what they need."""
    for wrong in [lambda: fold(add, x), lambda: others(add, 1.0, empty=0), lambda: count(x)]:
        with pytest.raises(DeclarationError, match="n-ary"):
            wrong()


def test_a_fold_combines_its_two_values_alone():
    """A fold whose formula uses anything but the two values is refused with the mend."""
    for wrong in [lambda a, b: a + x * b, lambda a, b: a + count(v), lambda a, b: a * fold(add, v)]:
        with pytest.raises(DeclarationError, match=r"map first, as in fold\(add, s \* x\)"):
            fold(wrong, v)
        with pytest.raises(DeclarationError, match="these two alone"):
            others(wrong, v, empty=0)


def test_applying_a_gate_to_formulas_gives_a_formula():
    """Gates, operators and reflected operators all build expressions."""
    assert isinstance(multiply(x, 2.0), Apply)
    assert isinstance(absolute(x), Apply)
    assert multiply(x, 2.0).gate is multiply
    for formula in [2 + x, 2 - x, 2 * x, 2 / x, 2**x, x < 1, x >= 1]:
        assert isinstance(formula, Apply)
        assert len(children(formula)) == 2
    assert FOLDED.name != ITEM.name
