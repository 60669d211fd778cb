"""Law: what an output does not depend on changes nothing about it."""

from hypothesis import given
from tapes import all_bits, built, leaves_of, play, tapes

from gatenet import Circuit, gradients, record


@given(tapes(inputs=3), tapes(inputs=3))
def test_unused_units_change_nothing(tape, other):
    """Units built beside a circuit, on the same leaves, change no bit of its gradients."""
    leaves, y = built(tape)
    plain = all_bits(gradients([y], [1.0], leaves))
    again = leaves_of(tape)
    play(other, again)
    z = play(tape, again)[-1]
    play(other, [*again[1:], z])

    assert all_bits(gradients([z], [1.0], again)) == plain
    assert len(Circuit(z)) == len(Circuit(y))


@given(tapes())
def test_sweeping_something_else_first_changes_nothing(tape):
    """A pass over another output of the same circuit leaves no trace in a pure gradient."""
    leaves, y = built(tape)
    plain = all_bits(gradients([y], [1.0], leaves))
    (y * 2.0).backward()
    y.backward(seed=3.0)

    assert all_bits(gradients([y], [1.0], leaves)) == plain


@given(tapes())
def test_looking_changes_nothing(tape):
    """Listing, comparing under record() and copying leave values and gradients alone."""
    leaves, y = built(tape)
    circuit = Circuit(y)
    y.backward()
    values, grads = all_bits(circuit.values), all_bits(leaf.grad for leaf in leaves)
    circuit.pprint()
    circuit.debugprint()
    circuit.copy().backward()
    with record() as recording:
        _ = y > leaves[0]

    assert len(recording) == 1
    assert all_bits(circuit.values) == values
    assert all_bits(leaf.grad for leaf in leaves) == grads
