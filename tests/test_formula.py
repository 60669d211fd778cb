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
from gatenet.gates import absolute, add, exp, less, maximum, multiply, relu, where

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
