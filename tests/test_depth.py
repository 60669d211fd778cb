"""Depth: a million gates in a row, and sixty doublings, under the default recursion limit."""

import copy
import pickle
import subprocess
import sys
import threading

import pytest

from gatenet import Circuit, Stepper, Unit, gates, gradients, no_grad
from gatenet.circuit import topological
from gatenet.errors import StaleCircuitError
from gatenet.io import dumps, loads, to_python

MILLION = 1_000_000
DEEP = 20_000


def chain(length):
    """A chain of an even number of sign changes: its value and its gradient are exactly 1."""
    x = Unit(1.0, "x")
    y = x
    for _ in range(length):
        y = -y
    return x, y


@pytest.fixture(scope="module")
def million():
    """One chain of a million gates for the tests of this file."""
    return chain(MILLION)


def test_the_recursion_limit_is_pythons_own():
    """Nothing here, and nothing in gatenet, has raised the recursion limit."""
    assert sys.getrecursionlimit() <= 3_000


@pytest.mark.slow
def test_a_million_gates_run_backward(million):
    """A chain of a million gates is swept, and its gradient is exact."""
    x, y = million
    x.zero_grad()
    y.backward()

    assert x.grad == 1.0
    assert y.value == 1.0


@pytest.mark.slow
def test_a_million_gates_are_stepped(million):
    """A pass over a million gates is stepped forth, back and to its end, with events on the way."""
    x, y = million
    x.zero_grad()
    stepper = Stepper(y)
    assert stepper.next().pulls[0].pull == -1.0
    assert stepper.goto(stepper.forwards + MILLION // 2).upstream == -1.0
    assert stepper.back(1000).undone
    assert stepper.finish().after == 1.0
    assert x.grad == 1.0


@pytest.mark.slow
def test_a_million_gates_replay(million):
    """A chain of a million gates is replayed at another value and back."""
    circuit = Circuit(million[1])

    assert circuit.forward([3.0]) == 3.0
    assert circuit.forward([1.0]) == 1.0


@pytest.mark.slow
def test_a_million_gates_pickle(million):
    """A chain of a million gates goes through pickle."""
    twin = pickle.loads(pickle.dumps(million[1]))
    (x,) = [unit for unit in topological([twin]) if unit.gate is None]
    x.zero_grad()
    twin.backward(5.0)

    assert x.grad == 5.0


@pytest.mark.slow
def test_a_million_gates_copy(million):
    """A chain of a million gates is deep-copied, and the copy swept."""
    twin = copy.deepcopy(million[1])
    (x,) = [unit for unit in topological([twin]) if unit.gate is None]
    x.zero_grad()
    twin.backward(5.0)

    assert x.grad == 5.0
    assert million[1].grad != 5.0


@pytest.mark.slow
def test_a_deep_chain_goes_into_a_file():
    """A chain of two hundred thousand gates is saved as JSON and loaded again."""
    circuit = Circuit(chain(MILLION // 5)[1])
    twin = loads(dumps(circuit))

    assert len(twin) == MILLION // 5 + 1
    assert twin.forward([2.0]) == 2.0


@pytest.mark.slow
def test_a_million_gates_are_listed(million):
    """Text of a chain of a million gates is cut to what was asked for."""
    circuit = Circuit(million[1])

    assert len(circuit.debugprint(max_lines=50).splitlines()) == 51
    assert len(circuit.pprint(max_lines=50).splitlines()) == 51
    assert len(repr(circuit)) < 200
    assert not circuit.stale


@pytest.mark.slow
def test_a_million_gates_are_freed():
    """Dropping the end of a chain frees it all, in a process with an ordinary stack."""
    code = f"""if True:
        from gatenet import Circuit, Unit
        u = Unit(1.0)
        for _ in range({MILLION}):
            u = u + 1.0
        u.backward()
        circuit = Circuit(u)
        del u
        del circuit
        print("freed")
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "freed\n")


def smallest_stack() -> int:
    """The least stack, in bytes, in which the interpreter itself can free a deep linked list.

    CPython 3.13 frees nested objects of any kind up to ten thousand levels by recursion in C,
    whatever stack the thread has; a plain linked list crashes a small thread there as well.
    """
    return (1024 if sys.version_info[:2] == (3, 13) else 256) * 1024


def test_a_deep_chain_in_a_small_thread():
    """A thread with a small stack sweeps, pickles, copies, replays, saves and frees."""
    found = []

    def run():
        x, y = chain(DEEP)
        y.backward()
        twins = [copy.deepcopy(y), pickle.loads(pickle.dumps(y))]
        circuit = Circuit(y)
        found.extend([x.grad, *[twin.value for twin in twins], circuit.forward([2.0])])
        found.append(loads(dumps(circuit)).values == circuit.values)
        del x, y, twins, circuit

    before = threading.stack_size(smallest_stack())
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert found == [1.0, 1.0, 1.0, 2.0, True]


def test_a_deep_chain_as_python():
    """Printed source is one short line a gate: Python compiles it at any depth."""
    scope = {}
    exec(to_python(Circuit(chain(DEEP)[1])), scope)

    assert scope["circuit"].forward([2.0]) == 2.0


def test_a_deep_chain_of_derivatives():
    """Second derivatives through a deep chain are wired without recursion."""
    x = Unit(1.0)
    y = x
    for _ in range(DEEP // 4):
        y = y * 1.0
    y = y * y
    (first,) = gradients([y], [1.0], [x], create_graph=True)
    (second,) = gradients([first], [1.0], [x])

    assert (first.value, second) == (2.0, 2.0)


def test_a_deep_stale_chain_is_found_stale():
    """The search for stale values is no recursion either."""
    x, y = chain(DEEP)
    x.value = 2.0

    with pytest.raises(StaleCircuitError):
        y.backward()
    assert Circuit(y).forward() == 2.0


def test_sixty_doublings():
    """A diamond of sixty doublings is exact; who walks its 2**60 paths never comes back."""
    x = y = Unit(1.0, "x")
    for _ in range(60):
        y = y + y
    y.backward()
    circuit = Circuit(y)
    text = circuit.pprint() + circuit.debugprint() + dumps(circuit)
    twins = [copy.deepcopy(y), pickle.loads(pickle.dumps(y)), loads(dumps(circuit)).units[-1]]
    again = circuit.forward([2.0])

    assert (y.value, x.grad) == (2.0**61, 2.0**60)
    assert again == 2.0**61
    assert [twin.value for twin in twins] == [2.0**60] * 3
    assert len(text) < 20_000


def test_a_wide_gate():
    """A gate of a hundred thousand operands is one row."""
    xs = [Unit(1.0) for _ in range(100_000)]
    y = gates.total(xs)
    y.backward()

    assert y.value == 100_000.0
    assert {x.grad for x in xs} == {1.0}
    assert sum(xs[:5_000]).value == 5_000.0


def test_inference_of_any_length_holds_no_circuit():
    """Under no_grad() a long chain keeps nothing but its last value."""
    with no_grad():
        y = Unit(1.0)
        for _ in range(DEEP):
            y = y * 1.0

    assert len(Circuit(y)) == 1
