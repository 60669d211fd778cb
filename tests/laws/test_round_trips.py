"""Law: files, printed source, copies and pickles give the circuit back, to the bit."""

import copy
import pickle

from hypothesis import given
from tapes import all_bits, built, tapes

from gatenet import Circuit
from gatenet.io import dumps, loads, to_python


@given(tapes())
def test_saving_a_loaded_circuit_gives_the_same_bytes(tape):
    """save, load, save: the same bytes, the same values to the bit, the same gradients."""
    circuit = Circuit(built(tape)[1])
    text = dumps(circuit)
    twin = loads(text)
    circuit.backward()
    twin.backward()

    assert dumps(twin) == text
    assert all_bits(circuit.values) == all_bits(twin.values)
    assert all_bits(u.grad for u in circuit.units if u is not None) == all_bits(
        u.grad for u in twin.units if u is not None
    )


@given(tapes())
def test_printed_source_rebuilds_the_circuit(tape):
    """Running what `to_python` prints gives a circuit that saves to the same bytes."""
    circuit = Circuit(built(tape)[1])
    scope = {}
    exec(to_python(circuit), scope)

    assert dumps(scope["circuit"]) == dumps(circuit)


@given(tapes())
def test_copies_give_the_same_gradients_to_the_bit(tape):
    """Gradients through a copy and through a pickle are those of the original, bit for bit."""
    _, y = built(tape)
    twins = [twin(y) for twin in (copy.deepcopy, lambda thing: pickle.loads(pickle.dumps(thing)))]
    y.backward()
    expected = all_bits(unit.grad for unit in Circuit(y).units if unit is not None)
    for other in twins:
        other.backward()
        found = [unit for unit in Circuit(other).units if unit is not None]
        assert all_bits(unit.grad for unit in found) == expected
