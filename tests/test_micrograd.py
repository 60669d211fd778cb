"""The names of micrograd: its published example, its habits, and its own gradients."""

from __future__ import annotations

import random
from typing import Any

import pytest

from gatenet import Unit
from gatenet import micrograd as ours
from gatenet.datasets import moons
from gatenet.micrograd import MLP, Layer, Module, Neuron, Value


def test_published_example() -> None:
    """The example in micrograd's README gives the numbers printed there."""
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()

    assert f"{g.data:.4f} {a.grad:.4f} {b.grad:.4f}" == "24.7041 138.8338 645.5773"


def test_value_is_a_unit() -> None:
    """`Value` is the unit itself: `.data` can be read and written, `.grad` as well."""
    a = Value(1.5)
    a.data -= 0.5
    a.grad = 0

    assert Value is Unit
    assert (a.data, a.value, a.grad) == (1.0, 1.0, 0.0)


def test_habits() -> None:
    """A layer of one neuron gives a bare unit, a wider one a list; the last layer is linear."""
    random.seed(1)
    model = MLP(2, [3, 1])

    assert type(model([1.0, 2.0])) is Unit
    assert [type(unit) for unit in Layer(2, 3)([1.0, 2.0])] == [Unit] * 3
    assert [layer.neurons[0].nonlin for layer in model.layers] == [True, False]
    assert Neuron(1, nonlin=False)([-5.0]).gate.name == "add"
    assert Module().parameters() == []


def test_repr() -> None:
    """Modules read as micrograd's."""
    expected = "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(2)]]"

    assert repr(MLP(2, [2, 1])) == expected


def test_random_order() -> None:
    """Weights come from the global generator between -1 and 1, neuron by neuron; biases are 0."""
    random.seed(5)
    drawn = [p.data for p in MLP(2, [2, 1]).parameters()]
    random.seed(5)
    w = [random.uniform(-1, 1) for _ in range(6)]

    assert drawn == [w[0], w[1], 0.0, w[2], w[3], 0.0, w[4], w[5], 0.0]


def test_zero_grad() -> None:
    """zero_grad() sets every gradient back to 0."""
    neuron = Neuron(2)
    neuron([1.0, 2.0]).backward()
    neuron.zero_grad()

    assert [p.grad for p in neuron.parameters()] == [0.0] * 3


def test_wrong_number_of_inputs() -> None:
    """Too few inputs are an error and not cut off in silence."""
    with pytest.raises(ValueError, match="shorter"):
        Neuron(3)([1.0, 2.0])


def demo_step(nn: Any, value: Any) -> tuple[Any, Any]:
    """One step of micrograd's demo: two moons, hinge loss, L2; the loss and the model."""
    inputs, labels = moons(30, noise=0.1, rng=1)
    random.seed(1337)
    model = nn.MLP(2, [8, 8, 1])
    scores = [model(list(map(value, row))) for row in inputs]
    pairs = zip(labels, scores, strict=True)
    losses = [(1 + -(2 * label - 1) * score).relu() for label, score in pairs]
    loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
    model.zero_grad()
    loss.backward()
    return loss, model


def test_equal_to_micrograd() -> None:
    """On the two-moons demo the loss and every gradient equal micrograd's own to 1e-12."""
    engine = pytest.importorskip("micrograd.engine", reason="micrograd is not installed")
    theirs = pytest.importorskip("micrograd.nn")
    expected_loss, expected = demo_step(theirs, engine.Value)
    loss, model = demo_step(ours, Value)

    assert abs(loss.data - expected_loss.data) <= 1e-12
    assert len(model.parameters()) == len(expected.parameters()) == 105
    assert any(abs(p.grad) > 0.01 for p in model.parameters())
    for p, q in zip(model.parameters(), expected.parameters(), strict=True):
        assert p.data == q.data
        assert abs(p.grad - q.grad) <= 1e-12 * max(1.0, abs(q.grad))


def test_micrograd_s_own_module_names_lead_here() -> None:
    """`micrograd.engine` and `micrograd.nn` exist under gatenet.micrograd."""
    from gatenet import micrograd
    from gatenet.micrograd import engine, nn

    assert engine.Value is micrograd.Value
    assert [nn.MLP, nn.Layer, nn.Neuron, nn.Module] == [
        micrograd.MLP, micrograd.Layer, micrograd.Neuron, micrograd.Module,
    ]  # fmt: skip
