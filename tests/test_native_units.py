"""The unit type in C: everything it does is what the pure engine does, to the bit."""

import gc
import math
import os
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import pytest
import unitparity
from sampling import points

from gatenet import Circuit, Unit, backward, block, custom_gradient, gates, no_grad, sweep
from gatenet import kernels as printing
from gatenet.errors import DetachError, OperandError, RangeError, StaleCircuitError, WiringError
from gatenet.kernels import maker, native_maker
from gatenet.storage import NATIVE, alive, tick

native = pytest.mark.skipif(NATIVE is None, reason="the unit type in C is not built, or refused")
ALL = [*gates.CATALOGUE.values(), *gates.SLOPES.values()]
ROOT = Path(__file__).resolve().parent.parent


@native
def test_random_circuits_are_the_same_in_both_engines():
    """Values, derivatives, gradients, replays and refusals of 120 circuits agree to the bit."""
    asked = [sys.executable, str(ROOT / "tests" / "unitparity.py"), "0", "120"]
    environment = {**os.environ, "GATENET_PURE": "1", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(asked, env=environment, capture_output=True, text=True, check=True)
    pure = ran.stdout.splitlines()

    assert pure[0] == "pure"
    for seed in range(120):
        assert pure[seed + 1] == "\t".join([str(seed), *unitparity.circuit(seed)])


@native
@pytest.mark.parametrize("gate", ALL, ids=repr)
def test_every_gate_has_the_kernel_that_its_declaration_prints(gate):
    """C and printed Python make the same unit of units and numbers, at hard points."""
    made = native_maker(gate)
    assert made is not None, "rebuild the extension: a gate was changed since it was built"
    for k, point in enumerate(points(gate, 12)):
        mask = tuple([not (k >> place & 1) or place == 0 for place in range(len(point))])
        row = [Unit(x) if unit else x for x, unit in zip(point, mask, strict=True)]
        if gate.variadic:
            ours = made.flat(tuple(row))
            theirs = printing._made(gate, None, "make")(tuple(row))
        else:
            ours, theirs = made(*row), printing._made(gate, mask, "make")(*row)

        assert unitparity.shown(ours) == unitparity.shown(theirs)
        assert ours.inputs == theirs.inputs
        theirs._value = 7.25
        made.replay(theirs)
        assert unitparity.shown(ours) == unitparity.shown(theirs)


@native
@pytest.mark.parametrize("seed", range(40))
def test_the_pass_in_c_is_the_generators(seed):
    """`backward` and the sweep that is watched leave the same gradients on the same circuit."""

    def grown():
        rng = unitparity.random.Random(seed)
        units = [Unit(rng.uniform(-2.0, 2.0)) for _ in range(4)]
        for _ in range(25):
            units.append(unitparity.step(rng, units))
        return units

    watched, plain = grown(), grown()
    for _ in range(2):
        for _ in sweep(watched[-1]):
            pass
        backward(plain[-1])

    assert [unitparity.shown(u) for u in plain] == [unitparity.shown(u) for u in watched]


@native
def test_serial_numbers_that_lie_far_apart_are_sorted_as_well():
    """Old units under new ones: the order is that of creation, and so are the gradients."""
    x = Unit(0.5)
    y = x
    for _ in range(40):
        y = (y * 1.5).tanh() + x
        for _ in range(3_000):
            tick()
    y.backward()
    plain = x.grad
    x.zero_grad()
    for _ in sweep(y):
        pass

    assert x.grad == plain
    order = Circuit(y).order
    assert [unit.serial for unit in order] == sorted(unit.serial for unit in order)


@native
def test_a_unit_takes_at_most_120_bytes():
    """Value, gradient, operands and derivatives included, and constants for nothing."""
    x, count = Unit(0.5), 8_000
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        y = x
        for k in range(count // 4):
            y = ((y * (0.9 + k % 7)) + x).tanh().relu()
        y.backward()
        size = (tracemalloc.get_traced_memory()[0] - before) / count
    finally:
        tracemalloc.stop()

    assert size <= 120


@native
def test_the_cycle_collector_knows_no_unit():
    """Units are freed by their counts alone, a row of operands too."""
    x = Unit(0.5)
    y = gates.dot([x, x], [1.0, x])

    assert not gc.is_tracked(x)
    assert not gc.is_tracked(y._a)


@native
def test_a_deep_circuit_is_freed_without_recursion():
    """A chain of 300,000 gates goes when its end goes."""
    before = alive()
    y = Unit(0.5)
    for _ in range(300_000):
        y = y * 1.0
    assert alive() == before + 300_001
    del y

    assert alive() == before


@native
def test_a_gate_that_was_changed_has_no_kernel(monkeypatch):
    """An extension built from another declaration is not asked: the gate is printed as Python."""
    gate = gates.softplus
    monkeypatch.setattr(gate, "made", {"digest": "of another text"})

    assert native_maker(gate) is None
    assert type(maker(gate, (True,))).__name__ == "function"
    assert maker(gate, (True,))(Unit(0.25))._value == gate.value(0.25)


@native
def test_what_cannot_be_stored_is_refused():
    """The descriptors keep what the sweep relies on, and change nothing when they refuse."""
    x = Unit(2.0)
    y, many = x * 3.0, gates.total(x, x)
    for unit, name, value, error in [
        (y, "_a", "text", TypeError),
        (y, "_a", (x, None), TypeError),
        (y, "_b", [1.0], TypeError),
        (y, "_pa", "text", TypeError),
        (y, "_pa", (1.0, 2.0), TypeError),
        (y, "_pb", 1.0, TypeError),
        (x, "_pa", 1.0, TypeError),
        (x, "_name", 3, TypeError),
        (x, "_value", None, TypeError),
        (x, "_serial", -1, OverflowError),
        (x, "_serial", 2**60, OverflowError),
        (many, "_b", 1.0, TypeError),
        (many, "_pa", (1.0,), TypeError),
    ]:
        before = unitparity.shown(unit)
        with pytest.raises(error):
            setattr(unit, name, value)
        assert unitparity.shown(unit) == before
    for name in ("_a", "_b", "_pa", "_pb", "_value", "_grad", "_gate", "_name", "_serial", "_time"):
        with pytest.raises(AttributeError):
            delattr(y, name)


@native
def test_a_maker_refuses_what_it_cannot_apply():
    """The pieces that Python builds on raise, and never crash."""
    x, made = Unit(2.0), native_maker(gates.dot)
    with pytest.raises(TypeError):
        made.flat([x, x])
    with pytest.raises(TypeError):
        made.flat((x, x, x))
    with pytest.raises(OperandError):
        made.flat((x, "text"))
    with pytest.raises(TypeError):
        made.replay(x)
    with pytest.raises(TypeError):
        native_maker(gates.add).wire(x)
    with pytest.raises(LookupError):
        NATIVE.Maker("nothing", gates.dot, False, (), print, print)
    with pytest.raises(ValueError, match="seed"):
        NATIVE.backward([x], [])
    with pytest.raises(TypeError):
        NATIVE.topological([x, 1.0])
    with pytest.raises(TypeError):
        NATIVE.adopt(Unit, (), {})


def test_operands_that_are_no_plain_numbers_go_through_python():
    """Whatever is no unit, float or int gets the words it always got."""
    x = Unit(2.0)
    with pytest.raises(RangeError, match="too large"):
        x * 10**400
    with pytest.raises(RangeError, match="too large"):
        10**400 + x
    with pytest.raises(OperandError, match="text"):
        x + "1"
    with pytest.raises(OperandError, match="real"):
        x - True
    with pytest.raises(TypeError):
        pow(x, 2, 3)
    with pytest.raises(WiringError, match="takes 1"):
        gates.exp(x, x)
    assert sum([x]) is x
    assert (x + 0, 0 + x) == (x, x)
    assert (x + 0.0).inputs == (x, 0.0)
    assert (3 * x).inputs == (3.0, x)


def test_numpys_numbers_are_constants_like_any():
    """A NumPy scalar on either side is a float in the circuit."""
    numpy = pytest.importorskip("numpy")
    x = Unit(2.0)
    made = [x * numpy.float64(3.0), numpy.float32(3.0) * x, gates.maximum(x, numpy.int64(3))]

    assert [unit.value for unit in made] == [6.0, 6.0, 3.0]
    assert {type(op) for unit in made for op in unit.inputs} == {Unit, float}


def test_nothing_is_changed_where_a_pass_is_refused():
    """A stale circuit, a detached output and a wrong seed leave every gradient as it was."""
    x, w = Unit(2.0), Unit(3.0)
    y = x * w + x
    y.backward()
    before = (x.grad, w.grad, y.grad)
    with pytest.raises(WiringError, match="seed"):
        backward([y], [1.0, 2.0])
    with pytest.raises(OperandError):
        backward(y, "1")
    with pytest.raises(WiringError, match="detached"):
        backward([y, y.detach()])
    w.value = 3.0
    with pytest.raises(StaleCircuitError):
        y.backward()

    assert before == (x.grad, w.grad, y.grad)


def test_blocks_and_rules_are_swept_as_ever():
    """What works its derivatives out when it is asked is left to the generator."""

    @block
    def inner(a, b):
        return (a * b).tanh() + a

    @custom_gradient(partials=lambda z, v: 2 * v)
    def squared(v):
        return v * v

    x, w = Unit(0.5), Unit(-1.5)
    y = inner(x, w) * squared(x) + inner(w, x)
    y.backward()
    again, weight = Unit(0.5), Unit(-1.5)
    plain = ((again * weight).tanh() + again) * again**2 + ((weight * again).tanh() + weight)
    plain.backward()

    assert math.isclose(x.grad, again.grad, rel_tol=1e-15)
    assert math.isclose(w.grad, weight.grad, rel_tol=1e-15)


def test_modes_see_every_unit():
    """no_grad cuts what C makes, of units and of numbers, by operator, method and function."""
    x = Unit(0.5)
    with no_grad():
        made = [x * x, x + 1.0, x.tanh(), gates.dot([x], [2.0]), -x, gates.maximum(x, 1.0)]

    assert [unit.inputs for unit in made] == [()] * 6
    with pytest.raises(DetachError):
        float(made[0])


def test_two_threads_lose_no_gradient():
    """Passes over circuits that share a leaf add up, whichever engine runs them."""
    x = Unit(1.0)

    def work():
        for _ in range(200):
            (x * 1.0).backward()
            for _ in sweep(x * 1.0):
                pass

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert x.grad == 1200.0
