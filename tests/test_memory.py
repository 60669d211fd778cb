"""Memory: no cycles, so circuits are freed at once and the garbage collector finds nothing."""

import gc
import tracemalloc

from gatenet import Circuit, Unit, no_grad
from gatenet.gates import dot, maximum


def build(size):
    """A circuit of every layout: one operand, two, constants, tuples."""
    x, y = Unit(0.5), Unit(0.25)
    unit = x
    for _ in range(size // 5):
        unit = maximum(dot([unit, y], [x, 2.0]), (unit * 0.5 + y).tanh())
    return unit


def test_a_dropped_circuit_leaves_no_garbage():
    """With the collector off, everything is freed by reference counts alone."""
    gc.collect()
    gc.disable()
    try:
        unit = build(1000)
        unit.backward()
        Circuit(unit).forward()
        del unit
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_dropped_circuit_gives_its_memory_back_at_once():
    """Allocated memory returns to where it was, without a collection."""
    build(100).backward()  # printed functions are kept
    gc.disable()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        unit = build(20_000)
        unit.backward()
        held = tracemalloc.get_traced_memory()[0] - before
        del unit
        kept = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
        gc.enable()

    assert held > 1_000_000
    assert kept < held / 10  # what is left are the interpreter's free lists


def test_a_unit_takes_at_most_two_hundred_bytes():
    """A chain of adds, multiplies, tanh and relu, after a backward pass."""
    x = Unit(0.5)
    size = 20_000
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        unit = x
        for _ in range(size // 4):
            unit = ((unit + x) * x).tanh().relu()
        unit.backward()
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert taken / size <= 200


def test_inference_keeps_no_circuit():
    """Under no_grad nothing of the inside stays."""
    with no_grad():
        unit = build(1000)

    assert unit.inputs == ()
    assert len(Circuit(unit)) == 1
