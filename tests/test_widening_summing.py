"""Products that are only summed over samples: not stored, and summed to the same bits."""

from __future__ import annotations

import math
import random
from array import array

import pytest
from test_widening import bits, drawn, leaves_of, runner
from test_widening_native import native

from gatenet import Circuit, Unit
from gatenet.compiler.sums import added, block_sum
from gatenet.compiler.widening import WideBackend, widen
from gatenet.compiler.widening.native import MachineRunner
from gatenet.compiler.widening.summing import only_summed
from gatenet.losses import mse_loss
from gatenet.nn import MLP


def network(sizes=(5, 9, 3)):
    """The wide program of a network's loss in its weights, and the values of these."""
    model = MLP(sizes[0], list(sizes[1:]), "relu", rng=0)
    x = [Unit(0.5, f"x{k}", role="input") for k in range(sizes[0])]
    circuit = Circuit(mse_loss(model(x), [0.5] * sizes[-1]))
    inputs, shared = leaves_of(circuit)
    return widen(circuit, inputs, shared, shared), [*[unit.value for unit in shared], 1.0]


def in_order(columns, count):
    """The sums of columns, block by block, as gatenet.compiler.sums defines them."""
    starts = range(0, count, 128)
    return added([[block_sum(column[k : k + 128]) for column in columns] for k in starts])


def test_the_weights_gradients_are_only_summed():
    """Every weight of both layers, and no bias, whose gradient is read for what is before it."""
    program, _ = network((9, 20, 10))
    words, slots = only_summed(program)
    assert len(slots) == 9 * 20 + 20 * 10
    assert sorted(word[:2] for word in words.values()) == [[10, 20], [20, 9]]


@pytest.mark.parametrize("hard", [False, True])
def test_sums_are_those_of_the_stored_products(hard):
    """On every instruction set, for whole, short and several blocks, with nan and infinities."""
    program, uniform = network()
    rng = random.Random(1)
    for path in runner("machine").paths:
        machine = MachineRunner(program, path)
        for count in (1, 2, 3, 7, 8, 9, 16, 17, 24, 25, 33, 100, 128, 130, 300):
            rows = [[drawn(rng) if hard else rng.gauss(0.0, 1.0) for _ in range(5)]
                    for _ in range(count)]  # fmt: skip
            columns = [list(column) for column in machine.columns(uniform, rows)]
            expected = bits(in_order(columns, count))
            assert bits(machine.totals(uniform, rows)) == expected, (path, count)
            assert bits(added(machine.block_sums(uniform, rows))) == expected, (path, count)


def test_a_sum_of_negative_zeros_is_no_negative_zero():
    """A gradient starts from 0.0, as the sweep's does."""
    runner("machine")
    x, w = Unit(0.0, "x", role="input"), Unit(1.0, "w", role="parameter")
    backend = WideBackend(widen(Circuit((x * w) * x), [x], [w], [w]), "machine")
    for count in (3, 128):
        total = backend.totals([-1.0, 1.0], [[-0.0]] * count)
        assert math.copysign(1.0, total[1]) == 1.0


def test_products_that_somebody_reads_or_asks_for_twice_are_stored():
    """A gradient that is an output's as well, or a product of numbers that samples share."""
    x, w, v = Unit(2.0, "x", role="input"), Unit(3.0, "w"), Unit(5.0, "v")
    circuit = Circuit(x * w + v)
    assert only_summed(widen(circuit, [x], [w, v], [w, w]))[1] == {}
    assert only_summed(widen(Circuit(w * v * x), [x], [w, v], [w]))[1] == {}


PRODUCTS = [2, 1, 0, 3, 4, 1, 2]  # slots 0 and 3 times slot 4, to results 1 and 2


def machine_of(words, **changed):
    """A machine of 128 lanes that only sums products, results 1 and 2."""
    sizes = dict(given=1, constants=array("d"), shared=8, slots=16, columns=5, results=3, plain=1,
                 lanes=128)  # fmt: skip
    sizes.update(changed)
    code = array("i", [*words, 1, -1, -1][: len(words) + sizes["results"]])
    return native().Wide(code=code, once=0, body=0, summed=len(words), **sizes)


def test_words_of_products_are_checked():
    """Each slot and result is there, and a result that is summed is no slot."""
    assert machine_of(PRODUCTS)
    for place, wrong in ((0, 0), (0, 3), (1, 0), (1, 2), (0, 1 << 30), (2, 16), (3, -1), (4, 99),
                         (5, 0), (6, 3), (6, -1)):  # fmt: skip
        code = [*PRODUCTS]
        code[place] = wrong
        with pytest.raises(ValueError, match="what is not there"):
            machine_of(code)
    for length in range(1, len(PRODUCTS)):
        with pytest.raises(ValueError, match="what is not there"):
            machine_of(PRODUCTS[:length])
    with pytest.raises(ValueError, match="what is not there"):
        machine_of([])


def test_a_machine_that_only_sums_gives_no_columns():
    """Nor the sums of part of a block."""
    rows, sums = array("d", [1.0] * 5 * 128), array("d", [0.0] * 3)
    machine = machine_of(PRODUCTS)
    machine.run(array("d", [2.0]), rows, 128, None, sums)
    assert list(sums) == [256.0, 128.0, 128.0]
    with pytest.raises(ValueError, match="sums alone"):
        machine.run(array("d", [2.0]), rows, 128, array("d", [0.0] * 384), sums)
    with pytest.raises(ValueError, match="sums alone"):
        machine_of(PRODUCTS, lanes=64).run(array("d", [2.0]), rows, 128, None, sums)
