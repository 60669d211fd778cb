"""Training: each row once an epoch, honest figures, and trouble named."""

from __future__ import annotations

import io
import math
import sys
from typing import Any

import pytest

from gatenet import Unit
from gatenet.datasets import moons
from gatenet.errors import DomainError, OperandError, RangeError, WiringError
from gatenet.losses import bce_with_logits, mse_loss
from gatenet.nn import MLP, Layer, Module
from gatenet.optim import SGD, Adam
from gatenet.randomness import generator
from gatenet.training import accuracy, batches, evaluate, fit, predict

ROWS = [[0.0], [1.0], [2.0], [3.0], [4.0]]
ANSWERS = [1.0, 3.0, 5.0, 7.0, 9.0]


class Recording(Module):
    """A line that remembers the rows it saw and the mode it was in."""

    def __init__(self) -> None:
        self.layer = Layer(1, 1, None, rng=0)
        self.seen: list[tuple[float, bool]] = []

    def forward(self, row: list[float]) -> list[Unit]:
        """Run the layer."""
        self.seen.append((row[0], self.training))
        return self.layer(row)


def train(model: Module, **options: Any) -> Any:
    """Fit a model to the line, quietly, with small defaults."""
    settings = dict(
        loss=mse_loss, optimizer=SGD(model.parameters(), lr=0.01), epochs=2, rng=0, progress=False
    )
    return fit(model, ROWS, ANSWERS, **{**settings, **options})


def test_learns_moons() -> None:
    """A small network separates two moons, on points it has not seen as well."""
    model = MLP(2, [8, 1], "tanh", rng=2)
    train_set, test_set = moons(60, noise=0.1, rng=0), moons(60, noise=0.1, rng=1)
    optimizer = Adam(model.parameters(), lr=0.05)
    history = fit(
        model, *train_set, loss=bce_with_logits, optimizer=optimizer, epochs=40, batch_size=10,
        rng=0, progress=False,
    )  # fmt: skip

    assert history.losses[-1] < 0.1 < 0.4 < history.losses[0]
    assert accuracy(predict(model, test_set.inputs), test_set.targets) >= 0.95


def test_each_row_once_an_epoch() -> None:
    """Every epoch sees every row once, shuffled anew, in batches of the size asked for."""
    model = Recording()
    sizes = []

    def counting(outputs: list[Any], targets: list[Any]) -> Any:
        sizes.append(len(outputs))
        return mse_loss(outputs, targets)

    train(model, loss=counting, batch_size=2, epochs=3)
    seen = [row for row, _ in model.seen]

    assert sizes == [2, 2, 1] * 3
    assert [sorted(seen[k : k + 5]) for k in (0, 5, 10)] == [[0.0, 1.0, 2.0, 3.0, 4.0]] * 3
    assert len({tuple(seen[k : k + 5]) for k in (0, 5, 10)}) > 1


def test_epoch_loss() -> None:
    """An epoch's loss is the mean over the rows before each batch's own step."""
    model = Layer(1, 1, None, rng=0)
    start = evaluate(model, ROWS, ANSWERS, loss=mse_loss)
    history = train(model, epochs=1, batch_size=5)

    assert history.losses == [pytest.approx(start, rel=1e-14)]


def test_steps_are_gradient_descent() -> None:
    """With one batch, fit takes the steps that gradient descent takes, to the bit of rounding."""
    model = Layer(1, 1, None, rng=0)
    w, b = (unit.value for unit in model.parameters())
    train(model, epochs=20, batch_size=5)
    for _ in range(20):
        errors = [w * x + b - t for (x,), t in zip(ROWS, ANSWERS, strict=True)]
        slopes = [2 * e * x / 5 for e, (x,) in zip(errors, ROWS, strict=True)]
        w, b = w - 0.01 * sum(slopes), b - 0.01 * sum(2 * e / 5 for e in errors)

    assert [unit.value for unit in model.parameters()] == pytest.approx([w, b], rel=1e-12)


def test_seed() -> None:
    """The same seed ends in the same bits."""
    results = []
    for seed in (0, 0, 1):
        model = MLP(1, [3, 1], "tanh", rng=0)
        train(model, batch_size=2, epochs=3, rng=seed)
        results.append(model.state_dict())

    assert results[0] == results[1] != results[2]


def test_unreached_parameters_are_named() -> None:
    """Parameters that the loss does not reach are named in a warning and in the history."""
    model = Recording()
    model.spare = Layer(1, 2, None, bias=False, rng=0)
    with pytest.warns(
        UserWarning, match=r"does not reach 2 .*spare\.neurons\.0\.weights\.0"
    ) as caught:
        history = train(model)

    assert [warning.filename for warning in caught] == [__file__]

    assert history.unreached == ["spare.neurons.0.weights.0", "spare.neurons.1.weights.0"]


def test_frozen_parameters_are_not_unreached() -> None:
    """A parameter that was frozen on purpose is neither trained nor complained about."""
    model = Layer(1, 1, None, rng=0)
    model.neurons[0].bias.requires_grad = False
    history = train(model)

    assert history.unreached == []
    assert model.neurons[0].bias.value == 0.0


def test_validation() -> None:
    """Validation rows are evaluated after each epoch, in evaluation mode."""
    model = Recording()
    history = train(model, validation=([[10.0]], [21.0]), epochs=2, batch_size=5)
    modes = [training for _, training in model.seen]

    assert modes == [True] * 5 + [False] + [True] * 5 + [False]
    assert history.validations[-1] == evaluate(model, [[10.0]], [21.0], loss=mse_loss)
    assert model.training


def test_loss_that_is_not_finite() -> None:
    """A loss that runs away stops the training and says in which epoch."""
    model = Layer(1, 1, None, rng=0)
    with pytest.raises(
        DomainError, match=r"the loss is (inf|nan) in epoch \d+, step \d+: lower lr"
    ):
        train(model, optimizer=SGD(model.parameters(), lr=1e6), epochs=100)


def test_wrong_arguments() -> None:
    """What cannot be trained is refused before anything moves."""
    model = Layer(1, 1, None, rng=0)
    before = model.state_dict()
    with pytest.raises(WiringError, match="5 rows of inputs and 4 targets"):
        fit(model, ROWS, ANSWERS[:4], loss=mse_loss, optimizer=SGD(model.parameters()), epochs=1,
            rng=0)  # fmt: skip
    for wrong, error in (
        ({"epochs": 0}, RangeError),
        ({"batch_size": 0}, RangeError),
        ({"rng": None}, OperandError),
        ({"loss": lambda outputs, targets: 1.0}, WiringError),
    ):
        with pytest.raises(error):
            train(model, **wrong)
    with pytest.raises(RangeError, match="cannot cut 0 rows"):
        list(batches([], 3, generator(0)))
    assert before == model.state_dict()


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


def test_progress_in_a_file() -> None:
    """In a file there are about ten whole lines, the last one included."""
    stream = io.StringIO()
    train(Layer(1, 1, None, rng=0), epochs=25, progress=stream, validation=(ROWS, ANSWERS))
    lines = stream.getvalue().splitlines()

    assert [line.split()[1] for line in lines] == [f"{k}/25" for k in [*range(2, 25, 2), 25]]
    assert all(" loss " in line and " validation " in line and "rows/s" in line for line in lines)
    assert "\r" not in stream.getvalue()


def test_progress_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a terminal without tqdm one line is rewritten, and ended when the training ends."""
    monkeypatch.setitem(sys.modules, "tqdm", None)
    stream = Terminal()
    train(Layer(1, 1, None, rng=0), epochs=3, progress=stream)

    assert stream.getvalue().count("\r") == 3
    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().endswith("rows/s\n")


def test_progress_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """By default progress goes to the standard error, nothing to the standard output."""
    train(Layer(1, 1, None, rng=0), epochs=1, progress=True)
    captured = capsys.readouterr()

    assert captured.out == ""
    assert captured.err.startswith("epoch 1/1  loss ")


def test_predict() -> None:
    """predict() gives plain numbers, in evaluation mode, and sets the mode back."""
    model = Recording()
    found = predict(model, ROWS)

    assert [[model.layer(row)[0].value] for row in ROWS] == found
    assert {training for _, training in model.seen} == {False}
    assert model.training


@pytest.mark.parametrize(
    ("outputs", "targets", "share"),
    [
        ([[0.1, 0.9, 0.0], [2.0, 1.0, 1.5], [0.0, 0.0, 1.0]], [1, 1, 2], 2 / 3),
        ([[0.5, 0.5]], [0], 1.0),
        ([[0.1], [-0.1], [0.0]], [1, 0, 0], 1.0),
        ([3.0, -3.0], [0, 0], 0.5),
    ],
)
def test_accuracy(outputs: list[Any], targets: list[int], share: float) -> None:
    """The largest output wins, the first on a tie; a single output votes by its sign."""
    assert math.isclose(accuracy(outputs, targets), share)


def test_accuracy_needs_rows() -> None:
    """Nothing to compare, or different lengths, is an error."""
    with pytest.raises(WiringError, match="0 outputs and 0 targets"):
        accuracy([], [])
    with pytest.raises(WiringError, match="1 outputs and 2 targets"):
        accuracy([[1.0]], [1, 0])
