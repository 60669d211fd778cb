"""Formulas printed as Python: the same bits as the formula, and no work for what is not needed."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sampling import points

from gatenet import printing
from gatenet.calculation import laid_out, statements
from gatenet.declaration import gate
from gatenet.formula import evaluate
from gatenet.gates import CATALOGUE, SLOPES, absolute, exp, log, sqrt, where
from gatenet.printing import compiled, guarded_block, number

GATES = [*CATALOGUE.values(), *SLOPES.values()]


def same(one, other):
    """Whether two floats are equal, or both nan."""
    return one == other or (math.isnan(one) and math.isnan(other))


@pytest.mark.parametrize("gate", GATES, ids=str)
def test_printed_code_gives_the_bits_of_the_formula(gate):
    """Value and partials as printed are those of the formula worked out step by step."""
    for operands in points(gate, 150):
        z = gate.value(*operands)
        rows = [list(row) for row in gate.split(operands)] if gate.variadic else operands
        names = {**gate.static, **dict(zip(gate.inputs, rows, strict=True)), "z": z}
        if gate.primitive is None:
            assert same(z, evaluate([gate.formula], names)[0]), operands
        stepwise = []
        for found in evaluate(gate.partial_formulas, names):
            every = len(rows[0]) if gate.variadic else 1
            stepwise += found if isinstance(found, list) else [found] * every
        assert all(map(same, gate.partials(z, *operands), stepwise)), operands


@pytest.fixture
def calls(monkeypatch):
    """Count the calls that printed code makes to exp, log and sqrt."""
    counted = Counter()

    def watched(name):
        def call(x):
            counted[name] += 1
            return getattr(math, name)(x)

        return call

    for name in ("exp", "log", "sqrt"):
        monkeypatch.setitem(printing.NAMESPACE, name, watched(name))
    return counted


@pytest.fixture
def forms():
    """A gate of three forms, with parts that two places of one form share."""

    def far(x):
        return log(x) * log(x)

    @gate(symbol="t", textbook="x", partials=lambda z, x: where(x > 0, 2 * far(x), exp(x)))
    def printed_in_forms(x):
        "Choose between a shared logarithm and a shared exponential."
        return where(x > 0, far(x) + log(x), where(x > -1, exp(x) * exp(x), sqrt(-x) + sqrt(-x)))

    return printed_in_forms


@pytest.mark.parametrize(
    ("x", "expected"),
    [(2.0, {"log": 1}), (-0.5, {"exp": 1}), (-4.0, {"sqrt": 1, "exp": 1})],
)
def test_only_the_form_that_is_met_is_worked_out(calls, forms, x, expected):
    """What one branch needs is computed there, once, also for the value and a slope together."""
    lines, roots = laid_out(forms)
    body = statements(lines, roots, ["z", "p"])
    text = "\n    ".join(["def both(x0):", *body, "return z, p"])
    compiled(text, "both")(x)

    assert dict(calls) == expected


def test_conditions_joined_by_a_product_are_one_test():
    """(a > 0) * (b > 0) under a where prints as `and`."""

    @gate(symbol="b", textbook="a", partials=lambda z, a, b: (1, 0))
    def printed_with_and(a, b):
        "Choose by two conditions."
        return where((a > 0) * (b > 0), a, b)

    lines, roots = laid_out(printed_with_and, needed=[False, False])

    assert "if x0 > 0.0 and x1 > 0.0 else" in statements(lines, roots[:1], ["z"])[0]
    assert printed_with_and(1.0, 2.0) == 1.0
    assert printed_with_and(1.0, -2.0) == -2.0


def test_a_chain_deeper_than_the_parser_is_broken_up():
    """A formula of 1,000 nested gates is printed in statements that Python can read."""

    @gate(symbol="d", textbook="x", partials=lambda z, x: 1)
    def printed_deep(x):
        "Add 1 a thousand times."
        for _ in range(1000):
            x = absolute(x) + 1
        return x

    assert printed_deep(-1.0) == 1001.0


@given(st.floats())
def test_numbers_are_printed_to_the_bit(x):
    """Reading a printed number gives the same float, the sign of zero included."""
    again = eval(number(x), {"inf": math.inf, "nan": math.nan})

    assert same(again, x)
    assert math.copysign(1.0, again) == math.copysign(1.0, x) or math.isnan(x)


def test_numbers_are_printed_as_people_write_them():
    """Brackets stand round what begins with a sign alone."""
    printed = [number(x) for x in (0.5, 0.0, -0.0, -0.5, math.inf, -math.inf, math.nan)]

    assert printed == ["0.5", "0.0", "(-0.0)", "(-0.5)", "inf", "(-inf)", "nan"]


def test_a_comparison_of_names_is_asked_again():
    """A test that compares names and numbers is printed where it is asked; one of more is kept."""

    @gate(symbol="a", partials=lambda z, x: 0 * x)
    def printing_twice(x):
        """Ask the same of a name twice."""
        asked = x > 1.5
        return where(asked, x, 2.0) + where(asked, 3.0, x) * asked

    @gate(symbol="b", partials=lambda z, x: 0 * x)
    def printing_kept(x):
        """Ask the same of a product twice."""
        asked = x * x > 1.5
        return where(asked, x, 2.0) + where(asked, 3.0, x) * asked

    assert (printing_twice(2.0), printing_twice(1.0)) == (5.0, 2.0)
    assert (printing_kept(2.0), printing_kept(1.0)) == (5.0, 2.0)
    texts = []
    for one in (printing_twice, printing_kept):
        lines, roots = laid_out(one, needed=[False])
        texts.append("\n".join(statements(lines, roots[:1], ["z"])))
    again, kept = texts
    assert again.count("x0 > 1.5") == 3
    assert kept.count("> 1.5") == 1


def test_code_that_cannot_raise_has_no_second_style():
    """Where both styles are the same text, there is no try."""
    assert guarded_block(["z = x0 + 1.0"], ["z = x0 + 1.0"]) == ["z = x0 + 1.0"]
    assert guarded_block(["z = 1.0 / x0"], ["z = ieee.divide(1.0, x0)"])[0] == "try:"
