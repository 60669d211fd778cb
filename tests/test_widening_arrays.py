"""Wide programs run by NumPy: chains folded, sums cut, copies gathered, and every bit kept."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from test_widening import bits, compare

from gatenet import Circuit, Unit, nn
from gatenet.compiler.widening import WideBackend, widen
from gatenet.compiler.widening.folding import folded
from gatenet.gates import maximum, minimum
from gatenet.losses import cross_entropy

np = pytest.importorskip("numpy", reason="NumPy is not there")
HARD = (0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan)


def of_circuit(circuit):
    """The wide program of a circuit whose leaves are all shared."""
    leaves = [unit for unit in circuit.order if unit.gate is None]
    return widen(circuit, [], leaves, leaves)


@pytest.mark.parametrize("choose", [maximum, minimum])
def test_a_choice_among_many_is_one_step_and_the_first_of_equal_ones(choose):
    """Zeros of either sign, infinities and nan in every order: the bits of the chain."""
    x = [Unit(0.0, f"x{k}", role="input") for k in range(4)]
    circuit = Circuit(choose(x))
    rows = [list(row) for row in itertools.product(HARD, repeat=4)]
    program = widen(circuit, x, [], [])
    found = WideBackend(program, "numpy").columns([1.0], rows)[0]
    expected = [circuit.forward(dict(zip(x, row, strict=True))) for row in rows]

    assert bits(found.tolist()) == bits(expected)
    single = [WideBackend(program, "numpy").columns([1.0], [row])[0][0] for row in rows[::41]]
    assert bits(single) == bits(expected[::41])
    assert [one.step.terms for one in folded(program, np)] == [4]


def test_chains_of_unlike_lengths_are_folded_together():
    """Rows of two to six numbers, their largest each: folded into few steps, with their slopes."""
    rng = random.Random(2)
    leaves = [Unit(rng.gauss(0.0, 1.0), role="parameter") for _ in range(20)]
    parts = [leaves[:2], leaves[2:5], leaves[5:9], leaves[9:14], leaves[14:]]
    circuit = Circuit(sum((maximum(part) for part in parts[1:]), maximum(parts[0])))
    inputs = [unit for unit in circuit.order if unit.gate is None]
    program = compare(circuit, "numpy", [[]], [1.0])

    assert len(inputs) == 20
    choices = [one for one in folded(program, np) if one.choice]
    assert sum(one.step.size for one in choices) == 5
    assert len(folded(program, np)) < len(program.steps)


def test_what_somebody_reads_inside_a_chain_stays_there():
    """The largest of three, of which the largest of the first two is an output as well."""
    a, b, c = (Unit(x, role="parameter") for x in (1.0, 3.0, 2.0))
    inner = maximum([a, b])
    for outer in (maximum([inner, c]), minimum([inner, c]), maximum([c, inner])):
        compare(Circuit([outer, inner]), "numpy", [[]], [1.0, 0.5])
        compare(Circuit(outer), "numpy", [[]], [1.0])


def test_a_large_layer_is_cut_and_gathered_to_the_same_bits():
    """Attention wide enough that its sums are cut apart where other steps made their terms."""
    rng = random.Random(4)
    layers = [
        nn.Embedding(5, 16, rng=rng),
        nn.Residual(nn.MultiHeadAttention(16, 4, bias=False, causal=True, rng=rng)),
        nn.Residual(nn.Sequential(nn.Linear(16, 32, rng=rng), nn.Linear(32, 16, rng=rng))),
        nn.Linear(16, 5, bias=False, rng=rng),
    ]
    model = nn.Sequential(*layers)
    letters = [k % 5 for k in range(4)]
    circuit = Circuit(cross_entropy(model(letters), [*letters[1:], 2]))
    program = compare(circuit, "numpy", [[]], [1.0])
    loose = WideBackend(
        widen(circuit, [], *[[u for u in circuit.order if u.gate is None]] * 2, reassociate=True),
        "numpy",
    )
    uniform = [u.value for u in circuit.order if u.gate is None]
    found = [float(x) for x in loose.columns([*uniform, 1.0], [[]])[:, 0]]
    exact = WideBackend(program, "numpy").columns([*uniform, 1.0], [[]])[:, 0]
    assert found == pytest.approx(exact.tolist(), rel=1e-9, abs=1e-12)


def test_sums_of_infinities_warn_of_nothing():
    """A few samples whose sum is nan give nan and no warning."""
    x = Unit(0.0, "x", role="input")
    program = widen(Circuit(x * 2.0), [x], [], [x])
    (sums,) = WideBackend(program, "numpy").block_sums([1.0], [[math.inf], [-math.inf], [0.0]])
    assert bits(sums) == bits([math.nan, 6.0])


def test_functions_that_raise_in_python_are_those_that_never_raise():
    """exp beyond its range and log of what it has none for, among numbers that raise nothing."""
    x = [Unit(1.0, f"x{k}", role="input") for k in range(3)]
    circuit = Circuit([x[0].exp(), x[1].exp(), x[2].log()])
    compare(circuit, "numpy", [[1.0, 800.0, 2.0], [0.5, 1.0, 0.0], [1.0, 2.0, -3.0]], [1.0] * 3)
