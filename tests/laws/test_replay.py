"""Law: a replay is the recording over again, at the old values and at new ones, to the bit."""

from hypothesis import given
from tapes import all_bits, built, leaves_of, play, tapes, with_steps

from gatenet import Circuit


@given(tapes())
def test_replay_equals_record_to_the_bit(tape):
    """Replaying at other values and back gives the recorded values and gradients, bit for bit."""
    leaves, y = built(tape)
    circuit = Circuit(y)
    reached = [leaf for leaf in leaves if leaf not in circuit.unreached(leaves)]
    values = [leaf.value for leaf in reached]
    circuit.backward()
    expected = all_bits(circuit.values), all_bits(leaf.grad for leaf in leaves)
    circuit.forward(dict.fromkeys(reached, 0.25))
    circuit.forward(dict(zip(reached, values, strict=True)))
    for leaf in leaves:
        leaf.zero_grad()
    circuit.backward()

    assert (all_bits(circuit.values), all_bits(leaf.grad for leaf in leaves)) == expected


@given(tapes(inputs=3), tapes(inputs=3))
def test_replay_at_new_values_equals_building_anew(tape, other):
    """A replay at any values is what building the circuit at those values gives."""
    fresh = with_steps(other, tape)
    leaves, y = built(tape)
    circuit = Circuit([*leaves, y])
    circuit.forward(dict(zip(leaves, fresh.leaves, strict=True)))
    again = leaves_of(fresh)
    twin = Circuit([*again, play(fresh, again)[-1]])

    assert all_bits(circuit.values) == all_bits(twin.values)
