"""Memory: no cyclic garbage, freed at once, flat over many steps, small units."""

import gc
import sys
import tracemalloc

import pytest

from gatenet import Circuit, Unit, detect_anomaly, gates, grad, gradients, no_grad, record
from gatenet.errors import DomainError
from gatenet.io import dumps, loads
from gatenet.storage import alive


@pytest.fixture
def without_collector():
    """Run with the cycle collector off, after it has cleaned up."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def step(x, w):
    """One step of everything a training loop does."""
    y = gates.total((x * w).tanh(), gates.maximum(x, w, 0.5), gates.dot([x, w], [w, 2.0]))
    loss = (y - 1.0) ** 2
    loss.backward()
    return loss


def everything(x, w):
    """One use of most of what a circuit can do."""
    loss = step(x, w)
    circuit = Circuit(loss)
    circuit.forward()
    circuit.backward()
    circuit.pprint()
    circuit.debugprint()
    loads(dumps(circuit)).backward()
    circuit.copy()
    gradients([loss], [1.0], [x, w], create_graph=True)
    grad(lambda u: u * u.exp())(0.5)
    with no_grad():
        step_value = (x * w).value
    with record() as recording:
        _ = x * 2.0 if x > -100.0 else w
    with detect_anomaly():
        y = x * w
    return step_value, len(recording), y.value


def garbage(action, tries=5):
    """What an action leaves to the collector: the least of some tries, since a thread of the
    test runner may drop something of its own in one of them."""
    found = []
    for _ in range(tries):
        gc.collect()
        action()
        found.append(gc.collect())
    return min(found)


@pytest.mark.usefixtures("without_collector")
def test_nothing_makes_cyclic_garbage():
    """Building, sweeping, replaying, printing, saving and copying leave no reference cycles."""
    x, w = Unit(0.5, "x"), Unit(-0.25, "w")
    everything(x, w)  # the first use prints functions and keeps them

    def ten():
        for _ in range(10):
            everything(x, w)

    assert garbage(ten) == 0


@pytest.mark.usefixtures("without_collector")
def test_errors_make_no_cyclic_garbage():
    """An error that keeps a unit lets go of the circuit when it is dropped."""

    def fails():
        try:
            with detect_anomaly():
                (Unit(0.0, "x") * 2.0).log()
        except DomainError as error:
            return str(error)
        return ""

    assert "log" in fails()
    assert garbage(fails) == 0


@pytest.mark.usefixtures("without_collector")
def test_a_dropped_circuit_is_freed_at_once():
    """When the last reference goes, every unit goes, without the collector."""

    before = alive()
    x = Unit(0.5)
    y = x
    for _ in range(1_000):
        y = (y * 1.01).tanh() + x
    assert alive() - before > 2_000
    y.backward()
    circuit = Circuit(y)
    circuit.rows  # noqa: B018
    del circuit
    assert alive() - before > 2_000
    del y
    assert alive() - before == 1
    del x

    assert alive() == before


def test_memory_is_flat_over_many_steps():
    """A thousand training steps take no more memory than fifty."""
    x, w = Unit(0.5), Unit(-0.25, role="parameter")
    for _ in range(50):
        step(x, w)
        w.value = w.value - 0.01 * w.grad
        w.zero_grad()
    grown = []
    tracemalloc.start()
    try:
        for _ in range(4):  # a thread of the test runner may keep something in one of them
            step(x, w)
            before = tracemalloc.get_traced_memory()[0]
            for _ in range(250):
                step(x, w)
                w.value = w.value - 0.01 * w.grad
                w.zero_grad()
            grown.append(tracemalloc.get_traced_memory()[0] - before)
    finally:
        tracemalloc.stop()

    assert min(grown) < 5_000


def test_a_unit_is_small():
    """A gate's output takes at most 200 bytes, its value, slopes and gradient included."""
    x, w = Unit(0.5), Unit(-0.25)
    count = 20_000
    ((x * w + x).tanh().relu()).backward()  # what is printed at the first use is not the units' own
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        y = x
        for _ in range(count // 4):
            y = ((y * w) + x).tanh().relu()
        y.backward()
        gc.collect()
        size = (tracemalloc.get_traced_memory()[0] - before) / count
    finally:
        tracemalloc.stop()

    assert y.visited
    assert size <= 200
    assert sys.getsizeof(y) <= 120


def test_inference_keeps_no_circuit():
    """Under no_grad() nothing of the inside stays, at whatever gate."""
    with no_grad():
        y = gates.maximum(gates.dot([Unit(1.0)], [2.0]), Unit(3.0).exp(), 1.0)

    assert y.inputs == ()
    assert len(Circuit(y)) == 1


def test_recordings_let_go_of_their_units():
    """A recording that nobody holds keeps no circuit alive."""
    gc.collect()
    x = Unit(1.0)
    before = alive()
    for _ in range(100):
        with record() as recording:
            y = x * 2.0 if x > 0 else x
        Circuit(y).forward()
    del y, recording

    assert alive() == before
