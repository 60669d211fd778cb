"""The trainer: each setting does what its name says, and no more."""

from __future__ import annotations

import io
import math
import random
import re
from typing import Any

import pytest
from trainings import Decay

from gatenet import Unit
from gatenet.errors import DomainError, OperandError, RangeError, WiringError
from gatenet.losses import mse_loss
from gatenet.losses.penalties import l2_penalty
from gatenet.nn import MLP, BatchNorm, Layer, Linear, Module, Sequential
from gatenet.optim import LBFGS, SGD, Newton, Optimizer
from gatenet.optim.schedules import ReduceLROnPlateau
from gatenet.training import (
    Callback,
    EarlyStopping,
    Epoch,
    History,
    Step,
    Trainer,
    accuracy,
    fit,
)

ROWS = [[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]]
ANSWERS = [1.0, 3.0, 5.0, 7.0, 9.0, 11.0]


def trainer(model: Module | None = None, lr: float = 0.01, **options: Any) -> Trainer:
    """A quiet trainer of a line by gradient descent."""
    model = model or Layer(1, 1, None, rng=0)
    loss = options.pop("loss", mse_loss)
    optimizer = options.pop("optimizer", None) or SGD(model.parameters(), lr=lr)
    return Trainer(model, loss, optimizer, **{"rng": 0, "progress": False, **options})


def fitted(epochs: int = 2, **options: Any) -> list[float]:
    """The parameters after a short training."""
    found = trainer(**options)
    found.fit(ROWS, ANSWERS, epochs=epochs)
    return [unit.value for unit in found.model.parameters()]


def near(values: Any, other: Any) -> bool:
    """Whether two lists agree to the last digits."""
    return values == pytest.approx(other, rel=1e-12)


def test_accumulated_batches_are_one_batch() -> None:
    """Three batches of two that accumulate move the parameters as one batch of six."""
    assert near(fitted(batch_size=6), fitted(batch_size=2, accumulate=3))
    assert near(fitted(batch_size=6), fitted(batch_size=4, accumulate=2))
    assert not near(fitted(batch_size=6), fitted(batch_size=2))


def test_weights_repeat_rows() -> None:
    """A row of weight 2 counts as two such rows, one of weight 0 as none."""
    rows, answers = [[0.0], [1.0], [2.0]], [1.0, 4.0, 5.0]
    weighted = trainer(batch_size=9)
    weighted.fit(rows, answers, epochs=3, sample_weight=[2, 0, 1])
    repeated = trainer(batch_size=9)
    repeated.fit([[0.0], [0.0], [2.0]], [1.0, 1.0, 5.0], epochs=3)
    split = trainer(batch_size=1, accumulate=2)
    split.fit(rows, answers, epochs=3, sample_weight=[2, 0, 1])

    ours, theirs, parts = (t.model.state_dict().values() for t in (weighted, repeated, split))
    assert near(list(ours), list(theirs))
    assert near(list(ours), list(parts))


def test_wrong_weights() -> None:
    """Weights that are negative, all 0, too few, or not taken by the loss, are refused."""
    for weights, said in (([1, -1, 1, 1, 1, 1], "goes from -1"), ([0] * 6, "goes from 0.0 to 0.0"),
                          ([1], "1 values for 6 rows")):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            trainer().fit(ROWS, ANSWERS, epochs=1, sample_weight=weights)
    with pytest.raises(OperandError, match="takes no weights"):
        trainer(loss=lambda outputs, targets: mse_loss(outputs, targets)).fit(
            ROWS, ANSWERS, epochs=1, sample_weight=[1] * 6
        )


def test_penalty_is_part_of_the_objective() -> None:
    """A penalty moves parameters as if the loss held it, and is shown apart."""
    model = Layer(1, 1, None, rng=0)

    def with_penalty(outputs: Any, targets: Any) -> Any:
        return mse_loss(outputs, targets) + l2_penalty(model.parameters(), 0.1)

    inside = trainer(model, loss=with_penalty, batch_size=2)
    inside.fit(ROWS, ANSWERS, epochs=2)
    beside = trainer(penalty=lambda units: l2_penalty(units, 0.1), batch_size=2, accumulate=1)
    history = beside.fit(ROWS, ANSWERS, epochs=2)

    assert near(list(inside.model.state_dict().values()), list(beside.model.state_dict().values()))
    assert near([e.loss + e.penalty for e in history.epochs], inside.history.losses)
    with pytest.raises(WiringError, match=r"the penalty gave 0\.0 and not a unit"):
        trainer(penalty=lambda units: 0.0).fit(ROWS, ANSWERS, epochs=1)


def test_decay_by_penalty_and_by_accumulation() -> None:
    """The penalty counts once in a step, however many batches accumulate."""
    penalty = lambda units: l2_penalty(units, 0.1)

    assert near(
        fitted(batch_size=6, penalty=penalty), fitted(batch_size=2, accumulate=3, penalty=penalty)
    )


def test_clipping() -> None:
    """Gradients are bounded by size or by norm before the step."""
    start = [unit.value for unit in trainer().model.parameters()]
    for options, size in (({"clip_value": 0.5}, 0.5), ({"clip_norm": 0.5}, None)):
        after = fitted(epochs=1, batch_size=6, lr=1.0, **options)
        moved = [abs(a - b) for a, b in zip(after, start, strict=True)]
        if size is not None:
            assert near(moved, [size, size])
        else:
            assert math.hypot(*moved) == pytest.approx(0.5, rel=1e-5)
            assert moved[0] > moved[1]


def test_gradient_noise() -> None:
    """Gradient noise moves the parameters by lr times a draw of its deviation."""
    before = [unit.value for unit in trainer().model.parameters()]
    loss = lambda outputs, targets: 0.0 * mse_loss(outputs, targets)
    moved = []
    for seed in range(100):
        after = fitted(epochs=1, batch_size=6, lr=1.0, loss=loss, grad_noise=0.1, rng=seed)
        moved += [a - b for a, b in zip(after, before, strict=True)]
    spread = math.sqrt(sum(x * x for x in moved) / len(moved))

    assert 0.085 < spread < 0.115


class Seeing(Module):
    """A line that notes the row and its own weight each time it is called."""

    def __init__(self) -> None:
        self.layer = Layer(1, 1, None, rng=0)
        self.rows: list[float] = []
        self.weights: list[float] = []

    def forward(self, row: list[float]) -> list[Unit]:
        """Note, and run the layer."""
        self.rows.append(row[0])
        self.weights.append(self.layer.neurons[0].weights[0].value)
        return self.layer(row)


def test_weight_noise() -> None:
    """Weight noise is there while the gradient is worked out, and gone before the step."""
    model = Seeing()
    before = model.layer.neurons[0].weights[0].value
    trainer(model, lr=0.0, weight_noise=0.1, batch_size=1).fit(ROWS, ANSWERS, epochs=1)

    assert before == model.layer.neurons[0].weights[0].value
    assert len({*model.weights, before}) == 7
    assert all(abs(x - before) < 0.6 for x in model.weights)


def test_augmentation() -> None:
    """Each row is changed anew each time it is learnt from, and never for evaluation."""

    def shift(row: list[float], rng: random.Random) -> list[float]:
        return [row[0] + 0.5 * rng.random()]

    model = Seeing()
    trainer(model, augment=shift).fit(ROWS, ANSWERS, epochs=2, validation=(ROWS, ANSWERS))
    first, checked, second = sorted(model.rows[:6]), model.rows[6:12], sorted(model.rows[12:18])

    assert checked == [row[0] for row in ROWS]
    assert [int(x) for x in first] == [int(x) for x in second] == [0, 1, 2, 3, 4, 5]
    assert first != second


def test_order_of_rows() -> None:
    """Without shuffling the rows come in their order; drop_last leaves a short batch out."""
    sizes: list[list[float]] = []

    def noting(outputs: Any, targets: Any) -> Any:
        sizes.append(list(targets))
        return mse_loss(outputs, targets)

    trainer(loss=noting, shuffle=False, batch_size=4).fit(ROWS, ANSWERS, epochs=1)
    assert sizes == [ANSWERS[:4], ANSWERS[4:]]
    sizes.clear()
    trainer(loss=noting, drop_last=True, batch_size=4).fit(ROWS, ANSWERS, epochs=2)
    assert [len(found) for found in sizes] == [4, 4]
    assert sizes[0] != sizes[1]
    with pytest.raises(WiringError, match="drop_last leaves nothing of 6 rows in batches of 7"):
        trainer(drop_last=True, batch_size=7).fit(ROWS, ANSWERS, epochs=1)


def test_schedule() -> None:
    """A schedule moves after each epoch, or each step; the history tells the lr."""
    for every, wanted in (("epoch", [0.05, 0.045, 0.0405]), ("batch", [0.0405, 0.032805])):
        model = Layer(1, 1, None, rng=0)
        optimizer = SGD(model.parameters(), lr=0.05)
        schedule = Decay(optimizer)
        found = trainer(
            model, optimizer=optimizer, schedule=schedule, schedule_every=every, batch_size=3
        )
        epochs = found.fit(ROWS, ANSWERS, epochs=len(wanted)).epochs

        assert [epoch.lr for epoch in epochs] == pytest.approx(wanted, rel=1e-12)
        assert schedule.steps == (3 if every == "epoch" else 4)


def test_schedule_that_watches() -> None:
    """A schedule that needs a figure gets the validation loss, or else the loss."""
    for validation, figure in ((None, 0.0), (([[1.0]], [3.0]), 9.0)):
        model = Layer(1, 1, None, init=lambda rng, nin, nout: [[0.0]], rng=0)
        optimizer = SGD(model.parameters(), lr=0.0)
        schedule = ReduceLROnPlateau(optimizer)
        trainer(model, optimizer=optimizer, schedule=schedule).fit(
            [[1.0]], [0.0], epochs=1, validation=validation
        )
        assert schedule.best == figure


def test_metrics() -> None:
    """Metrics get plain numbers; those of the training are means over its rows."""

    def distance(outputs: Any, targets: Any) -> float:
        assert type(outputs[0][0]) is float
        return sum(abs(y[0] - t) for y, t in zip(outputs, targets, strict=True)) / len(targets)

    found = trainer(metrics={"distance": distance}, lr=0.0, batch_size=4)
    whole = found.evaluate(ROWS, ANSWERS)
    (epoch,) = found.fit(ROWS, ANSWERS, epochs=1, validation=(ROWS[:2], ANSWERS[:2])).epochs

    assert epoch.metrics["distance"] == pytest.approx(whole["distance"], rel=1e-12)
    assert epoch.loss == pytest.approx(whole["loss"], rel=1e-12)
    assert epoch.validation_metrics == {
        "distance": found.evaluate(ROWS[:2], ANSWERS[:2])["distance"]
    }


class Noting(Callback):
    """Notes what was called, in order."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def on_train_begin(self, trainer: Trainer) -> None:
        """Note it."""
        self.calls.append("begin")

    def on_epoch_begin(self, trainer: Trainer) -> None:
        """Note it."""
        self.calls.append("epoch")

    def on_batch_end(self, trainer: Trainer, step: Step) -> None:
        """Note it."""
        self.calls.append((step.epoch, step.number, step.rows))

    def on_epoch_end(self, trainer: Trainer, epoch: Epoch) -> None:
        """Note it."""
        self.calls.append(epoch.number)
        if epoch.number == 2:
            trainer.stop()

    def on_train_end(self, trainer: Trainer) -> None:
        """Note it."""
        self.calls.append("end")


def test_callbacks() -> None:
    """Callbacks are called in their places; one can stop the training after an epoch."""
    noting = Noting()
    trainer(callbacks=[noting], batch_size=4).fit(ROWS, ANSWERS, epochs=9)

    assert noting.calls == [
        "begin", "epoch", (1, 1, 4), (1, 2, 2), 1, "epoch", (2, 1, 4), (2, 2, 2), 2, "end",
    ]  # fmt: skip


class Worse(Callback):
    """Writes a weight at each epoch: 0 at the third, further away before and after."""

    def on_epoch_begin(self, trainer: Trainer) -> None:
        """Write it."""
        weight = trainer.model.parameters()[0]
        weight.value = abs(len(trainer.history.epochs) - 2.0)


def test_early_stopping() -> None:
    """After `patience` epochs that are no better the training stops, the best model restored."""
    for restore, weight in ((True, 0.0), (False, 3.0)):
        stopping = EarlyStopping(3, restore_best=restore)
        found = trainer(callbacks=[Worse(), stopping], lr=0.0)
        history = found.fit([[1.0]], [0.0], epochs=50, validation=([[1.0]], [0.0]))

        assert len(history.epochs) == 6
        assert (stopping.best, stopping.best_epoch) == (0.0, 3)
        assert found.model.parameters()[0].value == weight
        assert history.best is not None and history.best.number == 3


def test_stopping_is_said() -> None:
    """In a file the progress shows the epoch it stopped at, and says which one is restored."""
    said = {}
    for restore in (True, False):
        stream = io.StringIO()
        stopping = EarlyStopping(3, monitor="loss", restore_best=restore)
        options = {"callbacks": [Worse(), stopping], "lr": 0.0, "progress": stream}
        trainer(**options).fit([[1.0]], [0.0], epochs=90)
        said[restore] = stream.getvalue().splitlines()
    best = "stopped after epoch 6; the best loss was that of epoch 3"

    assert said[True][0].startswith("epoch  6/90  loss ")
    assert said[True][1:] == [f"{best}, which the model is back at"]
    assert said[False][1:] == [best]


def test_early_stopping_settings() -> None:
    """It watches what it is told, in the direction it is told, by more than min_delta."""
    up = EarlyStopping(1, monitor="size", largest=True)
    metric = {"size": lambda outputs, targets: abs(outputs[0][0])}
    history = trainer(callbacks=[Worse(), up], lr=0.0, metrics=metric).fit([[1.0]], [0.0], epochs=9)
    assert (up.best_epoch, len(history.epochs)) == (1, 2)
    coarse = EarlyStopping(1, min_delta=3.5, monitor="loss")
    assert (
        len(trainer(callbacks=[Worse(), coarse], lr=0.0).fit([[1.0]], [0.0], epochs=9).epochs) == 2
    )
    with pytest.raises(WiringError, match="'score', and an epoch has no such figure: it has loss"):
        trainer(callbacks=[EarlyStopping(monitor="score")]).fit(ROWS, ANSWERS, epochs=1)
    for wrong in ({"patience": 0}, {"min_delta": -1.0}, {"min_delta": math.nan}):
        with pytest.raises(RangeError):
            EarlyStopping(**wrong)


def test_batches_go_through_whole() -> None:
    """A model that looks at whole batches gets them, in training and in evaluation."""
    model = Sequential(Linear(1, 2, rng=0), BatchNorm(2), Linear(2, 1, rng=1))
    found = trainer(model, lr=0.1, batch_size=3)
    history = found.fit(ROWS, ANSWERS, epochs=30, validation=(ROWS, ANSWERS))

    assert history.losses[-1] < 10.0 < 20.0 < history.losses[0]
    assert found.predict(ROWS) == [[u.value for u in model.eval()(row)] for row in ROWS]


class Searching(Optimizer):
    """Asks for the loss at a lower and a higher parameter, and keeps the better."""

    needs_closure = True

    def __init__(self, parameters: Any) -> None:
        super().__init__(parameters, 0.1)
        self.asked: list[tuple[float, float]] = []

    def step(self, closure: Any = None) -> Any:
        """Try both sides of the first parameter."""
        (unit,) = self.parameters
        start, found = unit.value, []
        for move in (0.0, -0.5, 0.5):
            unit.value = start + move
            found.append((closure().value, unit.value))
            self.asked.append((found[-1][0], unit.grad))
        unit.value = min(found)[1]


def test_closures() -> None:
    """An optimizer that searches gets loss and gradient as often as it asks for them."""
    model = Layer(1, 1, None, bias=False, init=lambda rng, nin, nout: [[0.0]], rng=0)
    optimizer = Searching(model.parameters())
    found = trainer(model, optimizer=optimizer, batch_size=6)
    history = found.fit(ROWS, [2.0 * row[0] for row in ROWS], epochs=4)
    mean = sum(row[0] ** 2 for row in ROWS) / 6

    assert model.parameters()[0].value == 2.0
    assert history.losses == pytest.approx([mean * w * w for w in (2.0, 1.5, 1.0, 0.5)])
    assert optimizer.asked[1] == pytest.approx((mean * 6.25, mean * 2 * -2.5))


def test_line_searches() -> None:
    """Newton's method and L-BFGS solve least squares in a few steps, batches and penalty summed."""
    rows, answers = [[x, x * x] for (x,) in ROWS], [3.0 * x * x - x + 1.0 for (x,) in ROWS]
    strength = 0.1
    found = {}
    for kind, options in ((Newton, {}), (LBFGS, {"line_search_fn": "strong_wolfe"})):
        model = Layer(2, 1, None, rng=0)
        trained = trainer(
            model, optimizer=kind(model.parameters(), **options), batch_size=2, accumulate=3,
            penalty=lambda units: l2_penalty(units, strength),
        )  # fmt: skip
        trained.fit(rows, answers, epochs=2)
        found[kind] = [unit.value for unit in model.parameters()]
        for k, unit in enumerate(model.parameters()):  # the normal equations hold
            column = [1.0] * 6 if unit.name.endswith("bias") else [row[k] for row in rows]
            errors = [y[0] - t for y, t in zip(trained.predict(rows), answers, strict=True)]
            slope = sum(2.0 * e * x for e, x in zip(errors, column, strict=True)) / 6
            assert slope + 2.0 * strength * unit.value == pytest.approx(0.0, abs=1e-3)

    assert found[Newton] == pytest.approx(found[LBFGS], abs=1e-4)


def test_search_past_what_is_finite() -> None:
    """A search may look where the loss is not finite; it comes back to where it is."""
    model = Layer(1, 1, None, bias=False, init=lambda rng, nin, nout: [[0.5]], rng=0)

    def steep(outputs: Any, targets: Any) -> Any:
        return (1.0 - outputs[0][0]) + 0.001 / (1.0 - outputs[0][0]).sqrt()

    found = trainer(model, loss=steep, optimizer=Newton(model.parameters(), lr=1e4), clip_norm=1e9)
    history = found.fit([[1.0]], [0.0], epochs=2)

    assert history.losses[1] < history.losses[0] < 0.6
    assert 0.5 < model.parameters()[0].value < 1.0


def test_arrays_and_frames() -> None:
    """NumPy arrays and pandas frames train as the lists that they hold."""
    numpy, pandas = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    wanted = fitted()
    arrays = numpy.array(ROWS), numpy.array(ANSWERS)
    for rows, answers in (arrays, (pandas.DataFrame(ROWS), pandas.Series(ANSWERS))):
        found = trainer()
        found.fit(rows, answers, epochs=2, validation=(rows, answers))
        assert wanted == [unit.value for unit in found.model.parameters()]
        assert len(found.predict(rows)) == 6


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"batch_size": 0}, "batch_size is 0"),
        ({"batch_size": 2.5}, "batch_size is 2.5"),
        ({"accumulate": 0}, "accumulate is 0"),
        ({"clip_norm": 0.0}, "clip_norm is 0.0"),
        ({"clip_value": math.nan}, "clip_value is nan"),
        ({"weight_noise": -1.0}, "weight_noise is -1.0"),
        ({"schedule_every": "hour"}, "schedule_every is 'hour'"),
        ({"loss": "mse"}, "the loss is 'mse'"),
        ({"metrics": [accuracy]}, "metrics is of type list: give each a name"),
        ({"metrics": {"accuracy": 0.5}}, "the metric 'accuracy' is 0.5"),
        ({"callbacks": [EarlyStopping]}, r"the class EarlyStopping: make one, EarlyStopping\(\)"),
        ({"callbacks": EarlyStopping}, "a callback is the class EarlyStopping"),
        ({"callbacks": [print]}, "of type builtin_function_or_method: derive its class"),
        ({"optimizer": SGD}, r"the class SGD: make one, SGD\(model.parameters\(\)\)"),
        ({"optimizer": "sgd"}, r"the optimizer is 'sgd', which has no step\(\)"),
        ({"schedule": "cosine"}, r"the schedule is 'cosine', which has no step\(\)"),
        ({"schedule": ReduceLROnPlateau}, "the schedule is <class"),
        ({"penalty": 0.1}, r"the penalty is 0.1: pass a function of \(parameters\)"),
        ({"augment": "flip"}, r"the augment is 'flip': pass a function of \(sample, rng\)"),
        ({"checkpoint_every": 5}, "needs a file to write"),
        ({"rng": "seed"}, "rng is 'seed'"),
    ],
)
def test_wrong_settings(options: dict[str, Any], said: str) -> None:
    """A setting that cannot work is refused by name and value when the trainer is made."""
    with pytest.raises((RangeError, OperandError, WiringError), match=said):
        trainer(**options)


def test_one_callback() -> None:
    """One callback alone is a list of one."""
    stopping = EarlyStopping(2)

    assert trainer(callbacks=stopping).callbacks == (stopping,)


def test_optimizer_of_another_model() -> None:
    """An optimizer that moves nothing of the model is refused; one that moves a part is not."""
    model = MLP(1, [2, 1], rng=0)
    old = SGD(MLP(1, [2, 1], rng=0).parameters(), lr=0.1)
    said = r"none of the 7 parameters .* make the optimizer from model\.parameters\(\)"
    with pytest.raises(WiringError, match=said):
        trainer(model, optimizer=old)
    with pytest.raises(WiringError, match=said):
        fit(model, ROWS, ANSWERS, loss=mse_loss, optimizer=old, epochs=1, rng=0, progress=False)

    assert trainer(model, optimizer=SGD(model.parameters()[:1], lr=0.1)).model is model


def test_wrong_rows() -> None:
    """Rows that do not fit, or are not there, are refused before anything moves."""
    found = trainer()
    before = found.model.state_dict()
    for inputs, targets, options, said in (
        (ROWS, ANSWERS[:2], {}, "6 rows of inputs and 2 targets"),
        ([], [], {}, "inputs has no rows"),
        ([[1.0, 2.0], (3.0, math.nan)], [0.0, 0.0], {}, r"inputs\[1\]\[1\] is nan: drop or fill"),
        (ROWS, ANSWERS, {"epochs": 0}, "epochs is 0"),
        (ROWS, ANSWERS, {"epochs": True}, "epochs is True"),
        (ROWS, ANSWERS, {"validation": 0.2}, r"of type float: pass \(inputs, targets\)"),
        (ROWS, ANSWERS, {"validation": ([[1.0]], [])}, "validation targets has no rows"),
    ):
        with pytest.raises((ValueError, TypeError), match=said):
            found.fit(inputs, targets, **{"epochs": 1, **options})
    assert before == found.model.state_dict()


def test_bad_step_is_undone() -> None:
    """A step that runs into nan leaves the parameters as the last good step left them."""
    found = trainer(lr=0.01, batch_size=6)
    once = fitted(epochs=1, batch_size=6)
    found.fit(ROWS, ANSWERS, epochs=1)
    with pytest.raises(DomainError, match=r"the loss is nan in epoch 1, step 1"):
        found.fit(ROWS, [math.nan] * 6, epochs=1)

    assert once == [unit.value for unit in found.model.parameters()]
    assert all(not unit.visited for unit in found.model.parameters())


def test_progress_with_tqdm() -> None:
    """In a terminal tqdm's bar shows the epoch, the loss, and rows by the second."""
    pytest.importorskip("tqdm")

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            """Say yes."""
            return True

    stream = Terminal()
    options = {"progress": stream, "metrics": {"half": lambda outputs, targets: 0.5}}
    trainer(**options).fit(ROWS, ANSWERS, epochs=3, validation=(ROWS, ANSWERS))
    last = stream.getvalue().rstrip().rpartition("\r")[2]

    assert last.startswith("epoch 3/3: 100%")
    assert "18.0/18.0" in last and "rows/s" in last
    assert "loss " in last and "validation " in last and "validation half 0.5000" in last


def test_history(tmp_path: Any) -> None:
    """A history is plain data and back, a table, and a picture with a line for each loss."""
    found = trainer(metrics={"right": lambda y, t: accuracy(y, [int(x > 4) for x in t])})
    history = found.fit(ROWS, ANSWERS, epochs=2, validation=(ROWS, ANSWERS))
    path = tmp_path / "loss.svg"
    history.plot(path)
    table = str(history).splitlines()

    assert History.from_dict(history.to_dict()) == history
    assert table[0].split()[:3] == ["epoch", "loss", "validation"]
    assert len(table) == 3
    assert all(name in path.read_text() for name in ("validation", "loss"))
    marks = re.findall(r"<text[^>]*>([^<]*)", path.read_text())
    assert marks[0] == "1" and "2" in marks and "epoch" in marks
    assert history.curves().keys() == {"loss", "validation", "right", "validation right"}
    with pytest.raises(ValueError, match="no history of a training"):
        History.from_dict({"epochs": [{"loss": 1.0}], "unreached": []})
    assert str(History()) == "no epochs"


def test_units_stay_plain() -> None:
    """After training no circuit hangs on the parameters: they are leaves with plain values."""
    found = trainer(MLP(1, [2, 1], "tanh", rng=0))
    found.fit(ROWS, ANSWERS, epochs=1)

    assert all(type(u) is Unit and u.gate is None for u in found.model.parameters())
