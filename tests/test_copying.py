"""Copies and pickles: flat, sharing what is shared, and as stale as what they copy."""

import copy
import itertools
import pickle
import threading

import pytest

from gatenet import Circuit, Unit, gates, record
from gatenet.errors import FlippedBranchError, OperandError, StaleCircuitError

WAYS = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda thing: pickle.loads(pickle.dumps(thing)),
    "pickle, oldest protocol": lambda thing: pickle.loads(pickle.dumps(thing, protocol=0)),
    "pickle in Python": lambda thing: pickle.loads(pickle._dumps(thing)),
}
every_way = pytest.mark.parametrize("twin", WAYS.values(), ids=WAYS.keys())


@every_way
def test_a_copy_stands_alone(twin):
    """A copy has the values, names, roles and gradients, and its own units."""
    x, w = Unit(3.0, "x"), Unit(-2.0, "w", role="parameter")
    y = gates.total(x * w, x, 1.0)
    y.name = "y"
    y.backward()
    other = twin(y)
    other.backward()
    rows = Circuit(other).rows

    assert rows == Circuit(y).rows
    assert (x.grad, w.grad) == (-1.0, 3.0)
    assert [unit.grad for unit in Circuit(other).units if unit is not None] == [-2.0, 6.0, 1.0, 1.0]
    assert all(unit is not x for unit in Circuit(other).units)


@every_way
def test_a_unit_nobody_visited_stays_so(twin):
    """Not visited, detached and frozen survive a copy."""
    plain, frozen = twin([Unit(1.0), Unit(2.0).detach()])

    assert not plain.visited
    assert plain.requires_grad
    assert not frozen.requires_grad


@every_way
def test_what_is_shared_stays_shared(twin):
    """Two outputs of one circuit, copied together, still share their units."""
    x = Unit(2.0)
    square = x * x
    twins = twin({"a": square + 1.0, "b": [square * 3.0, square], "x": x})
    twins["a"].backward()
    twins["b"][0].backward()

    assert twins["b"][0].inputs[0] is twins["b"][1]
    assert twins["a"].inputs[0] is twins["b"][1]
    assert twins["x"].grad == 4.0 + 12.0
    assert not x.visited


@every_way
def test_outputs_in_any_order(twin):
    """An output copied before what it is made of, and after, gives the same wiring."""
    x = Unit(2.0)
    chain = [x]
    for _ in range(5):
        chain.append(chain[-1] * x)
    for order in (chain, chain[::-1]):
        twins = twin(order)
        by_value = sorted(twins, key=lambda unit: unit.value)
        assert [unit.value for unit in by_value] == [2.0, 4.0, 8.0, 16.0, 32.0, 64.0]
        assert all(b.inputs[0] is a for a, b in itertools.pairwise(by_value))


@every_way
def test_a_stale_circuit_stays_stale(twin):
    """A copy mixes old values and new derivatives no more than the original does."""
    x = Unit(2.0)
    square = x * x
    y = square + 1.0
    x.value = 5.0
    other = twin(y)

    with pytest.raises(StaleCircuitError):
        other.backward()
    assert Circuit(other).stale
    assert Circuit(twin(other)).stale
    assert Circuit(other).forward() == 26.0
    other.backward()
    assert Circuit(other).units[0].grad == 10.0


@every_way
def test_a_half_replayed_circuit_stays_stale(twin):
    """An output whose inner unit was replayed without it is stale, and so is its copy."""
    x = Unit(2.0)
    square = x * x
    y = square + 1.0
    Circuit(square).forward([5.0])

    assert not Circuit(twin(square)).stale
    with pytest.raises(StaleCircuitError):
        twin(y).backward()


def test_copying_what_is_fresh_leaves_it_fresh():
    """Copies of a fresh circuit, and circuits around it, can be swept at once."""
    x = Unit(2.0)
    y = x * x
    for twin in WAYS.values():
        twin(y).backward()
    y.backward()

    assert x.grad == 4.0


@every_way
def test_a_copied_circuit_knows_its_own_units(twin):
    """A Circuit copied after its rows were looked at numbers its own units, not the old ones."""
    x, w = Unit(2.0, "x"), Unit(3.0, "w", role="parameter")
    circuit = Circuit([x * w, x + w])
    assert len(circuit.rows) == 4
    other = twin(circuit)

    assert other.rows == circuit.rows
    assert [other.index(unit) for unit in other.units] == [0, 1, 2, 3]
    assert other.forward([5.0]) == [15.0, 8.0]
    assert circuit.values == [2.0, 3.0, 6.0, 5.0]
    with pytest.raises(ValueError, match="not part of this circuit"):
        other.index(x)


def test_circuit_copy_keeps_the_order_of_rows():
    """`copy` numbers rows as the original does, whichever output comes first."""
    x = Unit(2.0, "x")
    early = x * 3.0
    late = x.exp()
    circuit = Circuit([late, early])

    assert circuit.copy().rows == circuit.rows
    assert circuit.copy().outputs == circuit.outputs


@every_way
def test_recorded_comparisons_are_copied(twin):
    """A copied circuit refuses a flipped comparison on its own units."""
    x = Unit(2.0, "x")
    with record() as recording:
        y = x * 2.0 if x > 1.0 else x
    other = twin(Circuit(y))
    assert len(recording) == 1
    x.value = -1.0

    assert other.forward({"x": 4.0}) == 8.0
    with pytest.raises(FlippedBranchError, match=r"x > 1\.0"):
        other.forward({"x": 0.0})


def test_copy_copy_is_refused():
    """A shallow copy would share half a circuit: the error names deepcopy and detach()."""
    for unit in (Unit(1.0, "x"), Unit(1.0) + 1.0):
        with pytest.raises(OperandError, match=r"deepcopy.*detach\(\)") as caught:
            copy.copy(unit)
        assert isinstance(caught.value, TypeError)


def test_copying_a_list_of_a_chains_units_is_not_quadratic():
    """All hidden states of a long run are copied in one walk, not in one walk each."""
    units = [Unit(0.5)]
    for _ in range(20_000):
        units.append(units[-1] * 0.5)
    twins = copy.deepcopy(units)

    assert twins[-1].inputs[0] is twins[-2]
    assert len({id(unit) for unit in twins}) == 20_001


def test_threads_pickle_their_own_circuits():
    """Pickling in several threads at once leads each pickler through its own circuit."""
    chains = []
    for k in range(4):
        unit = Unit(float(k))
        for _ in range(2_000):
            unit = unit + 1.0
        chains.append(unit)
    found = {}

    def run(k):
        found[k] = pickle.loads(pickle.dumps(chains[k]))

    threads = [threading.Thread(target=run, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[k].value for k in range(4)] == [2000.0, 2001.0, 2002.0, 2003.0]
    assert all(len(Circuit(found[k])) == 4001 for k in range(4))
