"""Depth: a million gates in a row, under the default recursion limit; sharing without explosion."""

import copy
import pickle
import subprocess
import sys
import time

import pytest

from gatenet import Circuit, Unit, io
from gatenet.walk import topological

DEEP = 1_000_000


def chain(length):
    """A leaf and the end of a chain of gates on it."""
    x = unit = Unit(1.0, "x")
    for _ in range(length):
        unit = unit * 1.000001
    return x, unit


@pytest.fixture(scope="module")
def deep():
    """One chain of a million gates for the tests of this file."""
    return chain(DEEP)


def test_a_million_gates_run_backward_and_replay(deep):
    """Build, backward and replay do not recurse; the gradient is the product of all factors."""
    x, y = deep
    x.zero_grad()
    y.backward()

    assert x.grad == pytest.approx(2.718280469319377, rel=1e-9)
    assert Circuit(y).forward([2.0]) == pytest.approx(2 * x.grad, rel=1e-12)
    assert sys.getrecursionlimit() <= 10_000


def test_a_million_gates_are_copied_and_pickled(deep):
    """Copy and pickle go through the flat order; both give the same bits."""
    x, y = deep
    x.zero_grad()
    copied = copy.deepcopy(y)
    pickled = pickle.loads(pickle.dumps(y))

    assert copied.value == pickled.value == y.value
    for twin in (copied, pickled):
        twin.backward()
        assert topological([twin])[0].grad == pytest.approx(2.718280469319377, rel=1e-9)


def test_deep_circuits_are_listed_saved_and_loaded():
    """Text forms are cut to size; a file of a deep circuit loads to the same value."""
    _, y = chain(100_000)
    circuit = Circuit(y)

    assert len(circuit.debugprint(max_lines=100).splitlines()) == 101
    assert "more lines" in circuit.pprint(max_lines=10)
    assert io.loads(io.dumps(circuit)).forward() == y.value


def test_freeing_a_million_gates_does_not_overflow_the_stack():
    """Dropping the end of a chain frees it all, in a process with an ordinary stack."""
    program = (
        "from gatenet import Unit\n"
        "u = Unit(1.0)\n"
        f"for _ in range({DEEP}):\n"
        "    u = u + 1.0\n"
        "u.backward()\n"
        "del u\n"
        "print('freed')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "freed\n")


def test_sixty_doublings_of_a_diamond_are_exact_and_quick():
    """2 to the 60th paths, 60 gates: each is visited once."""
    x = unit = Unit(1.0)
    for _ in range(60):
        unit = unit + unit
    start = time.perf_counter()
    unit.backward()

    assert x.grad == 2.0**60
    assert time.perf_counter() - start < 1.0  # 2 to the 60th visits would take centuries
