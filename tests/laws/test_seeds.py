"""Law: gradients are linear in the seed."""

from hypothesis import assume, given
from hypothesis import strategies as st
from tapes import SMOOTH, all_bits, built, tapes

from gatenet import Circuit, gradients


@given(tapes(SMOOTH, hard=False), st.sampled_from([-1.0, 2.0, -4.0, 0.5, 2.0**40, 2.0**-40]))
def test_a_seed_of_a_power_of_two_scales_exactly(tape, seed):
    """Doubling, halving or negating the seed does the same to every gradient, bit for bit."""
    leaves, y = built(tape)
    plain = gradients([y], [1.0], leaves)
    units = [unit for unit in Circuit(y).units if unit is not None]
    assume(all(g == 0 or abs(g) > 1e-250 for g in gradients([y], [1.0], units)))  # no underflow

    assert all_bits(gradients([y], [seed], leaves)) == all_bits(seed * g + 0.0 for g in plain)


@given(tapes(SMOOTH, hard=False), st.floats(-3, 3), st.floats(-3, 3))
def test_seeds_add(tape, first, second):
    """The gradient for the sum of two seeds is the sum of the gradients, up to rounding."""
    leaves, y = built(tape)
    sums = gradients([y], [first + second], leaves)
    parts = zip(gradients([y], [first], leaves), gradients([y], [second], leaves), strict=True)
    ones = gradients([y], [1.0], leaves)
    for total, (a, b), one in zip(sums, parts, ones, strict=True):
        size = (abs(first) + abs(second)) * max(abs(one), abs(a), abs(b), abs(total), 1e-3)
        assert abs(total - (a + b)) <= 1e-9 * size + 1e-12


@given(tapes(SMOOTH, hard=False))
def test_several_outputs_add(tape):
    """Sweeping two outputs at once gives the sum of sweeping each, up to rounding."""
    leaves, y = built(tape)
    z = y * 0.5 + leaves[0]
    both = gradients([y, z], [1.0, 1.0], leaves)
    apart = zip(gradients([y], [1.0], leaves), gradients([z], [1.0], leaves), strict=True)
    for total, (a, b) in zip(both, apart, strict=True):
        assert abs(total - (a + b)) <= 1e-9 * (1.0 + abs(a) + abs(b))
