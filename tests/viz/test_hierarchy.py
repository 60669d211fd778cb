"""Hierarchy: each level is made of the boxes of the one before."""

from __future__ import annotations

from itertools import pairwise

from gatenet.viz.hierarchy import CONES, GATES, LAYERS, MODULES, NEURONS, SUMS, Hierarchy
from hypothesis import given
from wirings import is_acyclic, wirings

from gatenet import Circuit, Unit
from gatenet.circuit import Row
from gatenet.gates import dot
from gatenet.nn import MLP


@given(wirings())
def test_levels_are_nested_and_free_of_circles(rows: list[Row]) -> None:
    """Rows that share a box share it at every coarser level, and no level closes a circle."""
    owners = Hierarchy(rows, [len(rows) - 1]).owners

    assert 6 == len(owners)
    for fine, coarse in pairwise(owners):
        assert len(set(zip(fine, coarse, strict=True))) == len(set(fine))
    assert all(is_acyclic(rows, owner) for owner in owners)


@given(wirings())
def test_a_box_is_known_by_its_last_gate(rows: list[Row]) -> None:
    """Or, where it holds only leaves, by the last of them."""
    for owner in Hierarchy(rows, [len(rows) - 1]).owners:
        members: dict[int, list[int]] = {}
        for row, lead in enumerate(owner):
            members.setdefault(lead, []).append(row)
        for lead, some in members.items():
            assert lead == max([row for row in some if rows[row].gate is not None] or some)


def test_a_network_of_samples_has_every_level() -> None:
    """Gates, sums, one neuron per sample, the neuron of all samples, layers, the model."""
    model = MLP(3, [4, 2], rng=0, expand=True)
    outputs = [out for k in range(5) for out in model([float(k), 1.0, 2.0])]
    circuit = Circuit(outputs)
    of = Hierarchy(circuit.rows, circuit.outputs)
    gates = [
        len({lead for lead, row in zip(of.owners[level], of.rows, strict=True) if row.gate})
        for level in (GATES, SUMS, CONES, NEURONS, LAYERS, MODULES)
    ]

    assert [5 * (4 * 7 + 2 * 8), 5 * (4 * 2 + 2), 5 * 6, 6, 2, 1] == gates


def test_equal_neurons_without_names_are_found() -> None:
    """Layers of a network nobody named are its equal neurons at one height."""
    x = [Unit(float(k)) for k in range(3)]
    layers = [x]
    for _ in range(2):
        layers.append(
            [dot(layers[-1], [Unit(0.5, role="parameter") for _ in range(3)]).tanh() for _ in x]
        )
    circuit = Circuit(layers[-1])
    owner = Hierarchy(circuit.rows, circuit.outputs).owners[LAYERS]
    found = [{owner[circuit.index(unit)] for unit in layer} for layer in layers[1:]]

    assert [1, 1] == [len(leads) for leads in found]
    assert found[0] != found[1]


def test_an_output_that_is_a_leaf_stays_itself() -> None:
    """What was asked for is drawn, also where it would go with its gate."""
    w = Unit(1.0, "w", role="parameter")
    circuit = Circuit([dot([1.0, 2.0, 3.0], [w, Unit(2.0), Unit(3.0)]), w])
    of = Hierarchy(circuit.rows, circuit.outputs)

    assert {circuit.index(w)} == {owner[circuit.index(w)] for owner in of.owners}
