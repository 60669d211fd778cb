"""Scopes: which module of a model each gate belongs to."""

from __future__ import annotations

from typing import Any

import pytest
from gatenet.viz.cones import used
from gatenet.viz.scopes import NOWHERE, Scopes, adds, layer_of, model_of, multiplies, steps_of
from viz_samples import PAYLOADS

from gatenet import Circuit, Unit, gates
from gatenet.declaration import gate
from gatenet.nn import MLP


def _ways(circuit: Circuit) -> list[str]:
    """Return the module of each gate, "-" for none."""
    uses = used(circuit.rows, circuit.outputs)
    scopes = Scopes(circuit.rows, uses, frozenset(circuit.outputs))
    return [
        "-" if scopes.of[i] == NOWHERE else ".".join(scopes.ways[scopes.of[i]])
        for i, row in enumerate(circuit.rows)
        if row.gate is not None
    ]


@pytest.mark.parametrize(
    ("name", "layer", "model"),
    [
        ("layers.0.neurons.3.weights.1", ("layers.0",), ()),
        ("encoder.layers.2.neurons.0.bias", ("encoder", "layers.2"), ("encoder",)),
        ("cell.w.0", ("cell",), ("cell",)),
        ("blocks.1.attention.query.neurons.5.bias", ("blocks.1", "attention", "query"),
         ("blocks.1", "attention")),
        ("grid.0.1.w", (), ()),
    ],
)  # fmt: skip
def test_a_name_says_layer_and_module(
    name: str, layer: tuple[str, ...], model: tuple[str, ...]
) -> None:
    """What holds the list a module is picked from is its layer; around that is the module."""
    assert (layer, model) == (layer_of(steps_of(name)), model_of(layer_of(steps_of(name))))


def test_every_text_is_some_name() -> None:
    """Names that no module has are read without an error, and hold no way of more than text."""
    assert all(isinstance(step, str) for name in PAYLOADS for step in steps_of(name))
    assert ("",) == steps_of(".x")


@pytest.mark.parametrize("expand", [False, True])
def test_a_neuron_owns_its_gates_and_a_loss_is_nowhere(expand: bool) -> None:
    """Sums and activations between layers belong to their neuron, what follows the last to none."""
    score = MLP(2, [2, 1], "tanh", rng=0, expand=expand)([Unit(1.0), Unit(2.0)])[0]
    ways = _ways(Circuit((score - 1.0) ** 2))
    n = 5 if expand else 2

    neurons = ["layers.0.neurons.0"] * n + ["layers.0.neurons.1"] * n
    assert neurons == ways[: 2 * n]
    assert {"layers.1.neurons.0"} == set(ways[2 * n : -2])
    assert ["-", "-"] == ways[-2:]


def test_an_activation_of_the_output_belongs_to_it() -> None:
    """Drawn without a loss, the last activation is part of the last neuron."""
    out = MLP(1, [1], "relu", output_activation="tanh", rng=0)([Unit(1.0)])

    assert ["layers.0.neurons.0"] * 2 == _ways(Circuit(out))


def test_additions_and_products_are_known_by_their_declarations() -> None:
    """No name is looked at: a gate of one's own that adds is an addition."""
    found = {name for name, one in gates.CATALOGUE.items() if adds(one)}

    @gate(symbol="⊕", textbook="p + q", partials=lambda z, p, q: (1, 1))
    def scopes_plus(p: Any, q: Any) -> Any:
        """Add."""
        return p + q

    assert found == {"add"}
    assert adds(scopes_plus)
    assert multiplies(gates.multiply)
    assert not any(map(multiplies, (gates.add, gates.divide, gates.dot, gates.exp)))
