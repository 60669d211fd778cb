"""Law: shared or built again makes no difference, nor does the order of wiring."""

from hypothesis import assume, given
from hypothesis import strategies as st
from tapes import all_bits, leaves_of, play, tapes

from gatenet import gates, gradients

NAMES = ["add", "subtract", "multiply", "negate", "total", "dot", "absolute", "relu"]
WHOLE = tapes(NAMES, max_steps=8, inputs=3, values=st.integers(-3, 3).map(float))


def small(units):
    """Whether all numbers are small enough for whole-number arithmetic to be exact."""
    return all(abs(unit.value) < 2**20 for unit in units)


@given(WHOLE)
def test_a_shared_part_is_a_part_built_twice(tape):
    """f used twice gives the gradients of two copies of f, exactly on whole numbers."""
    leaves = leaves_of(tape)
    units = play(tape, leaves)
    assume(small(units))
    again = play(tape, leaves)
    shared = gradients([units[-1] * units[-1] + units[-1]], [1.0], leaves)
    apart = gradients([units[-1] * again[-1] + units[-1]], [1.0], leaves)

    assert shared == apart


@given(WHOLE, WHOLE)
def test_the_gradient_of_a_sum_is_the_sum(tape, other):
    """d(f + g) = df + dg, and d(3f) = 3 df, exactly on whole numbers."""
    leaves = leaves_of(tape)
    f, g = play(tape, leaves), play(other, leaves)
    assume(small(f) and small(g))
    df, dg = gradients([f[-1]], [1.0], leaves), gradients([g[-1]], [1.0], leaves)

    assert gradients([f[-1] + g[-1]], [1.0], leaves) == [a + b for a, b in zip(df, dg, strict=True)]
    assert gradients([3.0 * f[-1]], [1.0], leaves) == [3.0 * a for a in df]


@given(WHOLE, WHOLE)
def test_independent_parts_may_be_built_in_any_order(tape, other):
    """Building f before g or g before f gives the same gradients, exactly on whole numbers."""
    leaves = leaves_of(tape)
    mirror = leaves_of(tape)
    f, g = play(tape, leaves), play(other, leaves)
    g_first = play(other, mirror)
    f_then = play(tape, mirror)
    assume(small(f) and small(g))
    one = gates.dot([f[-1], g[-1]], [2.0, 5.0])
    two = gates.dot([f_then[-1], g_first[-1]], [2.0, 5.0])

    assert all_bits(gradients([one], [1.0], leaves)) == all_bits(gradients([two], [1.0], mirror))
