"""Compiled training: the eager engine's losses and gradients to a few ULP, or a word why not."""

from __future__ import annotations

import math

import pytest
import trainings
from backends import available

from gatenet import optim
from gatenet.errors import CompileError, DomainError, RangeError
from gatenet.gates import total
from gatenet.losses import bce_with_logits, cross_entropy, half_squared_error, mse_loss, nll
from gatenet.nn import MLP, RNN, BatchNorm, Dropout, Embedding, Linear, Module, Sequential
from gatenet.training import EarlyStopping, Trainer, accuracy

ROWS = [[math.sin(k), math.cos(3.0 * k)] for k in range(150)]
NUMBERS = [[math.sin(2.0 * k)] for k in range(150)]
CLASSES = [k % 3 for k in range(150)]


def trained(compiled, loss=mse_loss, targets=NUMBERS, model=None, rows=ROWS, weights=None, **more):
    """The values of the parameters and the history after two epochs."""
    model = model or MLP(2, [4, 1 if targets is NUMBERS else 3], "tanh", rng=0)
    optimizer = optim.Adam(model.parameters(), lr=0.02)
    settings = {"rng": 0, "batch_size": 64, "progress": False, "compiled": compiled, **more}
    trainer = Trainer(model, loss, optimizer, **settings)
    history = trainer.fit(rows, targets, epochs=2, sample_weight=weights)
    return [unit.value for unit in model.parameters()], history


def ulps(found, expected):
    """The largest difference, in units in the last place of the largest number."""
    unit = math.ulp(max(map(abs, expected)))
    return max(abs(a - b) for a, b in zip(found, expected, strict=True)) / unit


LOSSES = [
    (mse_loss, NUMBERS), (half_squared_error, NUMBERS), (cross_entropy, CLASSES),
    (lambda y, t, **kw: cross_entropy(y, t, label_smoothing=0.1, **kw), CLASSES),
    (lambda y, t, **kw: mse_loss([a + b * c for a, b, c in y], t, **kw), CLASSES),
]  # fmt: skip


@pytest.mark.parametrize(("loss", "targets"), LOSSES)
def test_a_compiled_training_is_the_eager_one_to_a_few_ulp(loss, targets):
    """Means and sums, numbers and classes, with weights and without: within 64 ULP, six steps."""
    for weights in (None, [0.5 + k % 4 for k in range(150)]):
        expected, history = trained(False, loss, targets, weights=weights)
        found, compiled = trained("python", loss, targets, weights=weights)
        assert ulps(found, expected) <= 64
        assert ulps(compiled.losses, history.losses) <= 64


@pytest.mark.parametrize("targets", [NUMBERS, CLASSES])
def test_backends_train_the_same_bits(targets):
    """What runs the circuit changes no bit of any parameter, where NumPy's functions are libm's."""
    loss = mse_loss if targets is NUMBERS else lambda y, t: half_squared_error(y, onehot(t))
    found = [
        trained(name, loss, targets, model=MLP(2, [4, 1 if targets is NUMBERS else 3], rng=0))
        for name in available()
    ]

    assert len({repr(values) for values, _ in found}) == 1
    assert len({repr(history.losses) for _, history in found}) == 1


def onehot(classes):
    """Each class as a list of its columns."""
    return [[1.0 if k == c else 0.0 for k in range(3)] for c in classes]


def test_everything_round_a_step_works_as_before():
    """Metrics, schedules, penalties, noise, clipping, accumulation and early stopping."""

    def run(compiled):
        model = MLP(2, [4, 1], "tanh", rng=1)
        return trained(
            compiled, model=model, metrics={"error": trainings.error}, clip_norm=0.5,
            penalty=trainings.l2, grad_noise=0.01, weight_noise=0.01, accumulate=2,
            callbacks=[EarlyStopping(2)], augment=trainings.jitter,
        )  # fmt: skip

    values, history = run(False)
    found, compiled = run(True)
    assert ulps(found, values) <= 64
    assert ulps(compiled.losses, history.losses) <= 64
    assert ulps([e.metrics["error"] for e in compiled.epochs],
                [e.metrics["error"] for e in history.epochs]) <= 64  # fmt: skip


def test_samples_of_several_shapes_have_a_circuit_each():
    """Sequences of two lengths, and tokens that are looked up, are trained as eagerly."""

    class Tagger(Module):
        def __init__(self):
            self.table = Embedding(3, 2, rng=0)
            self.cell = RNN(2, 2, rng=0)
            self.out = Linear(2, 3, rng=0)

        def forward(self, tokens):
            return self.out(self.cell(self.table(tokens))[-1])

    rows = [[k % 3] * (1 + k % 2) for k in range(12)]
    expected, _ = trained(False, cross_entropy, CLASSES[:12], Tagger(), rows, batch_size=5)
    found, _ = trained(True, cross_entropy, CLASSES[:12], Tagger(), rows, batch_size=5)
    assert ulps(found, expected) <= 64


def drawing():
    """A model that draws in training."""
    return Sequential(Linear(2, 3, rng=0), Dropout(0.5, rng=0), Linear(3, 1, rng=0))


class Peeking(Module):
    """A model that asks for plain numbers."""

    def __init__(self):
        self.w = Linear(2, 1, rng=0)

    def forward(self, x):
        """Choose by a value."""
        value = x[0] if type(x[0]) is float else x[0].value
        (y,) = self.w(x)
        return [y if value < 0.5 else -y]


def centred(outputs, targets):
    """A loss that is no mean over samples."""
    middle = total([y[0] for y in outputs]) / len(outputs)
    return mse_loss([[y[0] - middle] for y in outputs], targets)


BAD = [
    (drawing(), mse_loss, "draws from .*compiled=False"),
    (Sequential(Linear(2, 1, rng=0), BatchNorm(1)), mse_loss, "compiled=False"),
    (Peeking(), mse_loss, "asks for plain numbers.*gatenet.where"),
    (MLP(2, [1], rng=0), centred, "centred of a batch is .*compiled=False"),
    (MLP(2, [3], rng=0), lambda y, t: cross_entropy(y, [int(x[0] > 0) for x in t],
                                                    class_weight=[1.0, 2.0, 3.0]), "compiled"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "loss", "words"), BAD)
def test_what_cannot_be_compiled_says_so(model, loss, words):
    """Nothing is trained silently wrong: the error says to train eagerly, and nothing moved."""
    before = model.state_dict()
    with pytest.raises(CompileError, match=words):
        trained("python", loss, NUMBERS, model)
    assert model.state_dict() == before


def test_the_mistakes_of_a_training_are_those_of_an_eager_one():
    """Bad targets, bad backends and losses that are not finite raise what they raise eagerly."""
    with pytest.raises(RangeError, match="class 7"):
        trained("python", cross_entropy, [7, *CLASSES[1:]])
    with pytest.raises(RangeError, match="compiled is 'gpu'"):
        trained("gpu")
    with pytest.raises(DomainError, match="epoch 1, step 1"):
        trained("python", lambda y, t: mse_loss([[(a - a).log()] for (a,) in y], t))


def test_accuracy_of_a_compiled_training_is_that_of_its_outputs():
    """Metrics see the outputs in their own shape."""
    labels = [int(row[0] > 0) for row in ROWS]
    expected = trained(False, bce_with_logits, labels, MLP(2, [1], rng=0),
                       metrics={"accuracy": accuracy})[1]  # fmt: skip
    found = trained(True, bce_with_logits, labels, MLP(2, [1], rng=0),
                    metrics={"accuracy": accuracy})[1]  # fmt: skip
    assert [e.metrics for e in found.epochs] == [e.metrics for e in expected.epochs]


def test_a_class_may_be_chosen_by_columns():
    """nll takes the log-probability of the class that its columns say."""
    from gatenet.losses.choices import Choice

    assert nll([[-0.5, -1.5, -2.0]], [Choice(2)]).value == 2.0


def test_sequences_may_have_a_target_at_each_place():
    """Outputs and classes place by place, of two lengths: the sum over samples, as eagerly."""

    class Each(Module):
        def __init__(self):
            self.out = Linear(1, 3, rng=0)

        def forward(self, sequence):
            return [self.out([x]) for x in sequence]

    def summed(outputs, targets):
        return cross_entropy(outputs, targets, reduction="sum")

    rows = [[math.sin(k + j) for j in range(2 + k % 2)] for k in range(10)]
    targets = [[(k + j) % 3 for j in range(2 + k % 2)] for k in range(10)]
    expected, _ = trained(False, summed, targets, Each(), rows, batch_size=4)
    found, _ = trained(True, summed, targets, Each(), rows, batch_size=4)
    assert ulps(found, expected) <= 64
    with pytest.raises(CompileError, match="neither"):
        trained(True, cross_entropy, targets, Each(), rows)
