"""Every layer: gradients are right, copies compute the same, wide sums equal single ones."""

from __future__ import annotations

import copy
import pickle
import random
from collections.abc import Callable
from typing import Any

import pytest

from gatenet import Circuit, Unit, gates, gradcheck, nn
from gatenet.nn.shapes import flat, mapped

IMAGE = [[[0.3, -1.1, 0.8], [0.5, 0.2, -0.6], [1.4, -0.3, 0.7]],
         [[-0.2, 0.9, 0.1], [1.2, -0.8, 0.4], [-0.5, 0.6, 1.1]]]  # fmt: skip
ROWS = [[0.3, -1.1, 0.8, 0.5, 0.2], [-0.6, 1.4, -0.3, 0.7, -0.2]]
WORDS = [[0.3, -1.1], [0.8, 0.5], [0.2, -0.6]]
VECTOR = [0.3, -1.1, 0.8, 0.5]

#: Each layer by name: how it is made, and what it is given.
LAYERS: dict[str, tuple[Callable[[], nn.Module], Any]] = {
    "Neuron": (lambda: nn.Neuron(4, "tanh", rng=1), VECTOR),
    "Layer": (lambda: nn.Layer(4, 2, "sigmoid", rng=1), VECTOR),
    "MLP": (lambda: nn.MLP(4, [3, 2], "tanh", rng=1), VECTOR),
    "Linear": (lambda: nn.Linear(4, 3, rng=1), VECTOR),
    "Linear without bias": (lambda: nn.Linear(2, 3, bias=False, rng=1), WORDS),
    "Softmax": (lambda: nn.Softmax(), VECTOR),
    "LogSoftmax": (lambda: nn.LogSoftmax(), WORDS),
    "Residual": (lambda: nn.Residual(nn.Sequential(nn.Linear(4, 4, rng=1), "tanh")), VECTOR),
    "LayerNorm": (lambda: nn.LayerNorm(4), VECTOR),
    "LayerNorm, plain": (lambda: nn.LayerNorm(2, elementwise_affine=False), WORDS),
    "RMSNorm": (lambda: nn.RMSNorm(4), VECTOR),
    "BatchNorm": (lambda: nn.BatchNorm(4).eval(), VECTOR),
    "Attention": (lambda: nn.Attention(2, 3, causal=True, rng=1), WORDS),
    "MultiHeadAttention": (lambda: nn.MultiHeadAttention(2, 2, rng=1), WORDS),
    "Conv1d": (lambda: nn.Conv1d(2, 2, 3, stride=2, padding=1, rng=1), ROWS),
    "Conv1d, dilated": (lambda: nn.Conv1d(2, 2, 2, dilation=2, bias=False, rng=1), ROWS),
    "Conv2d": (lambda: nn.Conv2d(2, 2, 2, rng=1), IMAGE),
    "Conv2d, oblong": (lambda: nn.Conv2d(2, 1, (3, 1), (2, 1), (1, 0), rng=1), IMAGE),
    "MaxPool1d": (lambda: nn.MaxPool1d(3, 1, 1), ROWS),
    "MaxPool2d": (lambda: nn.MaxPool2d(2, 1), IMAGE),
    "AvgPool1d": (lambda: nn.AvgPool1d(2, padding=1), ROWS),
    "AvgPool2d": (lambda: nn.AvgPool2d((3, 2), 1), IMAGE),
    "Flatten": (lambda: nn.Flatten(), IMAGE),
    "Reshape": (lambda: nn.Reshape(2, 2), VECTOR),
    "Last": (lambda: nn.Last(), WORDS),
    "RNN": (lambda: nn.RNN(2, 2, rng=1), WORDS),
    "RNN, another activation": (lambda: nn.RNN(2, 2, "softplus", bias=False, rng=1), WORDS),
    "LSTM": (lambda: nn.LSTM(2, 2, rng=1), WORDS[:2]),
    "GRU": (lambda: nn.GRU(2, 2, rng=1), WORDS[:2]),
    "Dropout": (lambda: nn.Dropout(0.4, rng=1), VECTOR),
    "GaussianNoise": (lambda: nn.GaussianNoise(0.1, rng=1), VECTOR),
}
EXPANDING = {
    "Linear": lambda expand: nn.Linear(2, 3, expand=expand, rng=1),
    "Linear without bias": lambda expand: nn.Linear(2, 3, bias=False, expand=expand, rng=1),
    "Attention": lambda expand: nn.Attention(2, bias=True, expand=expand, rng=1),
    "MultiHeadAttention": lambda expand: nn.MultiHeadAttention(2, 2, expand=expand, rng=1),
    "RNN": lambda expand: nn.RNN(2, 3, expand=expand, rng=1),
    "LSTM": lambda expand: nn.LSTM(2, 3, expand=expand, rng=1),
    "GRU": lambda expand: nn.GRU(2, 3, expand=expand, rng=1),
}


def scrambled(model: nn.Module, seed: int = 3) -> nn.Module:
    """Give every parameter a number of its own, biases and scales too."""
    rng = random.Random(seed)
    for unit in model.parameters():
        unit.value = 2.0 * rng.random() - 0.8
    return model


def mixed(outputs: Any) -> Unit:
    """One unit that every output moves in its own way."""
    return gates.total([(0.3 + 0.7 * k) * unit for k, unit in enumerate(flat(outputs))])


@pytest.mark.parametrize("name", LAYERS)
def test_gradients(name: str) -> None:
    """The gradient in every input and parameter passes the exact checker."""
    make, sample = LAYERS[name]
    inputs = mapped(Unit, sample)
    model = scrambled(make())
    circuit = Circuit(mixed(model(inputs)))
    leaves = [row for row in circuit.rows if row.role in ("input", "parameter")]

    report = gradcheck(circuit)
    assert report.verdict == "pass"
    assert len(report.entries) == len(leaves)
    assert len(leaves) == len(model.parameters()) + (2 if name == "Last" else count(sample))


def test_gradients_of_a_batch() -> None:
    """The gradient through the statistics of a batch passes the exact checker, images too."""
    for rows in ([VECTOR, VECTOR[::-1], [0.1, 0.2, 0.3, -0.4]], [IMAGE, IMAGE[::-1]]):
        inputs = mapped(Unit, rows)
        outputs = scrambled(nn.BatchNorm(len(rows[0]))).batch(inputs)

        assert gradcheck(Circuit(mixed(outputs))).verdict == "pass"


@pytest.mark.parametrize("name", nn.ACTIVATIONS)
def test_gradients_of_activations(name: str) -> None:
    """Each activation wires its gate, once for each unit, and keeps the shape."""
    layer = nn.ACTIVATIONS[name]()
    inputs = [[Unit(1.25), Unit(1.5)], [Unit(1.75), Unit(1.125)]]
    outputs = layer(inputs)

    assert [[layer.gate.value(x.value) for x in row] for row in inputs] == mapped(
        lambda unit: unit.value, outputs
    ) or name in ("Acos", "Asin", "Atanh")  # nan there, which equals nothing
    assert all(unit.gate is layer.gate for unit in flat(outputs))


@pytest.mark.parametrize("name", EXPANDING)
def test_single_gates_equal_wide_ones(name: str) -> None:
    """With `expand=True` values and gradients are the same to the bit, and no `dot` is left."""
    found = []
    for expand in (False, True):
        model = scrambled(EXPANDING[name](expand))
        inputs = mapped(Unit, WORDS)
        loss = mixed(model(inputs))
        loss.backward()
        leaves = [*flat(inputs), *model.parameters()]
        found.append([loss.value, *[unit.grad for unit in leaves]])
        kinds = {row.gate.name for row in Circuit(loss).rows if row.gate is not None}
        assert expand is not ("dot" in kinds)

    assert found[0] == found[1]


def test_single_gates_of_convolutions() -> None:
    """Convolutions too are the same to the bit, in one dimension and in two."""
    for kind, sample in ((nn.Conv1d, ROWS), (nn.Conv2d, IMAGE)):
        found = []
        for expand in (False, True):
            model = scrambled(kind(2, 2, 2, padding=1, expand=expand, rng=1))
            inputs = mapped(Unit, sample)
            loss = mixed(model(inputs))
            loss.backward()
            found.append([loss.value, *[u.grad for u in (*flat(inputs), *model.parameters())]])

        assert found[0] == found[1]


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_travels(name: str) -> None:
    """A copy, a pickle and a state loaded elsewhere compute the same; a batch is its samples."""
    make, sample = LAYERS[name]
    model = scrambled(make()).eval()
    expected = values(model(sample))
    other = make().eval()
    other.load_state_dict(model.state_dict())

    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), other):
        assert expected == values(twin(sample))
        assert repr(twin) == repr(model)
    assert [expected, expected] == values(model.batch([sample, sample]))


def count(sample: Any) -> int:
    """How many numbers there are in a sample."""
    return len(list(flat(sample)))


def values(outputs: Any) -> Any:
    """The plain numbers of outputs."""
    return mapped(lambda unit: unit.value if isinstance(unit, Unit) else unit, outputs)
