"""Flattening: derived gates inlined, equal parts one line, and nothing lost on the way."""

import math

from gatenet.flattening import Lines
from gatenet.formula import Constant, Symbol
from gatenet.gates import absolute, equal, exp, maximum, negate, sigmoid, total

x, y = Symbol("x"), Symbol("y")


def flat(*roots, size=None):
    """Flatten formulas of x and y; give the lines and where the roots are."""
    lines = Lines()
    bindings = {"x": lines.symbol("x0"), "y": lines.symbol("x1")}
    return lines, [lines.flatten(root, bindings) for root in roots]


def names(lines):
    """The gates of all lines, in order."""
    return [line.data.name for line in lines.lines if line.kind == "gate"]


def test_equal_parts_are_one_line():
    """exp(x) + exp(x) calls exp once; the roots of two formulas share as well."""
    lines, roots = flat(exp(x) + exp(x), exp(x) * y)

    assert names(lines) == ["exp", "add", "multiply"]
    assert lines.lines[roots[0]].args == (2, 2)


def test_derived_gates_are_inlined():
    """Only primitive gates remain, and sigmoid(x) and sigmoid(-x) share their exponential."""
    lines, _ = flat(sigmoid(x) * sigmoid(-x))

    assert all(line.data.primitive for line in lines.lines if line.kind == "gate")
    assert names(lines).count("exp") == 1


def test_what_is_the_same_to_the_bit_is_simplified():
    """1 * x is x, |-x| is |x|, and constants are folded; x + 0 and 0 * x are left alone."""
    lines, roots = flat(1.0 * x, absolute(negate(x)), absolute(x), exp(Constant(0.0)), x + 0, 0 * x)

    assert roots[0] == 0
    assert roots[1] == roots[2]
    assert lines.lines[roots[3]].data == 1.0
    assert [lines.lines[root].data.name for root in roots[4:]] == ["add", "multiply"]


def test_the_zeros_are_two_constants():
    """0.0 and -0.0 are never merged; nan is one line."""
    lines, roots = flat(Constant(0.0), Constant(-0.0), Constant(math.nan), Constant(math.nan))

    assert roots[0] != roots[1]
    assert roots[2] == roots[3]
    assert math.copysign(1.0, lines.lines[roots[1]].data) == -1.0


def test_gates_of_any_number_of_inputs_are_laid_out():
    """A gate of any number of inputs, given some one by one, is unrolled."""
    lines, _ = flat(total(x, y, x))

    assert names(lines) == ["add", "add"]
    lines, _ = flat(maximum(x, y))

    assert "where" in names(lines)


def test_a_comparison_of_a_thing_with_itself_stays():
    """x == x asks whether x is nan, and is not folded away."""
    lines, _ = flat(equal(x, x))

    assert names(lines) == ["equal"]
