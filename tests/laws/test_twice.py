"""Law: a second backward() adds exactly one more gradient to every leaf."""

from hypothesis import given
from tapes import all_bits, built, tapes

from gatenet import Circuit


@given(tapes())
def test_backward_twice_is_exactly_double(tape):
    """After two passes each leaf holds twice what it held after one, to the bit."""
    leaves, y = built(tape)
    y.backward()
    once = [leaf.grad for leaf in leaves]
    inner = [u.grad for u in Circuit(y).units if u is not None and u.gate is not None]
    y.backward()

    assert all_bits(leaf.grad for leaf in leaves) == all_bits(2 * grad for grad in once)
    again = [u.grad for u in Circuit(y).units if u is not None and u.gate is not None]
    assert all_bits(again) == all_bits(inner)


@given(tapes())
def test_zeroing_forgets_everything(tape):
    """After zero_grad() a pass gives what the first one gave."""
    leaves, y = built(tape)
    y.backward()
    once = all_bits(leaf.grad for leaf in leaves)
    for leaf in leaves:
        leaf.zero_grad()
    y.backward()

    assert all_bits(leaf.grad for leaf in leaves) == once
