"""Reports: dead units by their place, nan at its birth, parameters that nothing reaches."""

from __future__ import annotations

import math
import warnings

import pytest

from gatenet import Unit
from gatenet.declaration import gate
from gatenet.errors import DomainError
from gatenet.gates import maximum
from gatenet.losses import mse_loss
from gatenet.nn import MLP, BatchNorm, Conv1d, Linear, Module, ReLU, Sequential, Sigmoid
from gatenet.optim import LBFGS, SGD
from gatenet.training import Trainer, dead_units

ROWS = [[0.5, 1.0], [2.0, -1.0], [1.0, 0.5]]


def negative(rng: object, nin: int, nout: int) -> list[list[float]]:
    """Weights of a layer whose second neuron is far below 0 for inputs that sum to more than 0."""
    return [[-9.0 if k == 1 else 1.0] * nin for k in range(nout)]


def test_dead_relu() -> None:
    """A relu that is flat for every row is named by its neuron; one that lives for one is not."""
    model = MLP(2, [3, 1], init=negative, rng=0)
    found = dead_units(model, ROWS)

    assert [str(unit) for unit in found] == ["layers.0.neurons.1: its relu is dead for every row"]
    assert dead_units(model, [*ROWS, [-3.0, 0.0]]) == []
    assert model.training


def test_dead_units_of_layers() -> None:
    """Units of a linear layer and of a norm are named by the parameters that feed them."""
    model = Sequential(Linear(2, 2, init=negative, rng=0), ReLU())
    assert [unit.name for unit in dead_units(model, ROWS)] == ["layers.0.bias.1"]
    norm = BatchNorm(2)
    norm.bias[0].value = -100.0
    model = Sequential(Linear(2, 2, rng=0), norm, ReLU())
    assert [unit.name for unit in dead_units(model, ROWS)] == ["layers.1.bias.0"]


def test_dead_channel() -> None:
    """A channel counts as one unit: dead where it is flat at every place of every row."""
    model = Sequential(Conv1d(1, 2, 2, rng=0), ReLU())
    state = dict.fromkeys(model.state_dict(), 1.0)
    model.load_state_dict({**state, "layers.0.bias.1": -50.0})
    rows = [[[1.0, 2.0, 3.0]], [[0.0, 1.0, 0.0]]]

    assert [unit.name for unit in dead_units(model, rows)] == ["layers.0.bias.1"]


def test_saturated_by_its_own_word() -> None:
    """The word is the declaration's: a sigmoid is saturated, within the size that is asked for."""
    model = Sequential(Linear(2, 1, rng=0), Sigmoid())
    model.load_state_dict({"layers.0.weights.0.0": 0.0, "layers.0.weights.0.1": 0.0,
                           "layers.0.bias.0": 20.0})  # fmt: skip

    assert dead_units(model, ROWS) == []
    (unit,) = dead_units(model, ROWS, faint=1e-6)
    assert (unit.gate, unit.word) == ("sigmoid", "saturated")


def test_a_gate_of_the_user() -> None:
    """A gate that somebody declares is reported by its own name and word; a step is not."""

    @gate(
        symbol="⌐", textbook="max(x - 1, 0)", flat="asleep", kinks=lambda x: x - 1,
        partials=lambda z, x: (x - 1 > 0) * 1.0,
    )  # fmt: skip
    def example_threshold(x):  # type: ignore[no-untyped-def]
        """Let through what is above 1."""
        return maximum(x - 1, 0.0)

    for activation, names in ((example_threshold, ["example_threshold"]), ("heaviside", [])):
        model = MLP(2, [2, 1], activation, init=negative, rng=0)
        assert [unit.gate for unit in dead_units(model, ROWS)] == names


class Root(Module):
    """A model that takes the root of its one parameter times the input."""

    def __init__(self, start: float) -> None:
        self.weight = Unit(start, role="parameter")

    def forward(self, row: list[float]) -> list[Unit]:
        """Wire it."""
        return [(self.weight * row[0]).sqrt()]


def train(model: Module, row: float) -> None:
    """Train a model on one row."""
    Trainer(model, mse_loss, SGD(model.parameters(), lr=0.1), rng=0, progress=False).fit(
        [[row]], [1.0], epochs=1
    )


def test_nan_at_its_birth() -> None:
    """A loss that is nan is told with the gate that made the first nan, and how to mend it."""
    with pytest.raises(DomainError) as caught:
        train(Root(4.0), -1.0)
    story = caught.value.genealogy

    assert str(caught.value).startswith("the loss is nan in epoch 1, step 1: lower lr, ")
    assert story.what in str(caught.value)
    assert (story.gate.name, story.phase, story.born.value != story.born.value) == (
        "sqrt", "forward", True,
    )  # fmt: skip


def test_gradient_at_its_birth() -> None:
    """A gradient that is infinite names the parameter and the gate whose slope was."""
    model = Root(0.0)
    with pytest.raises(DomainError) as caught:
        train(model, 1.0)

    assert str(caught.value).startswith("the gradient of weight is -inf in epoch 1, step 1")
    assert (caught.value.genealogy.gate.name, caught.value.genealogy.phase) == ("sqrt", "backward")
    assert math.isfinite(model.weight.value)


def test_unreached_is_said_once() -> None:
    """Parameters that the loss does not reach are named once, and stand in the history."""

    class Half(Module):
        def __init__(self) -> None:
            self.used, self.spare = Linear(1, 1, rng=0), Linear(1, 2, rng=0)

        def forward(self, row: list[float]) -> list[Unit]:
            """Use one of the two."""
            return self.used(row)

    model = Half()
    trainer = Trainer(
        model, mse_loss, SGD(model.parameters(), lr=0.1), rng=0, batch_size=1, progress=False
    )
    with pytest.warns(UserWarning, match=r"does not reach 4 .*spare\.weights\.0\.0") as caught:
        history = trainer.fit([[0.0], [1.0]], [0.0, 1.0], epochs=2)

    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert len(history.unreached) == 4 and "spare.bias.1" in history.unreached


def test_search_on_batches_is_warned_of() -> None:
    """A search along a line is warned of once where a step does not see all rows."""
    rows, answers = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]

    def run(**options: int) -> list[str]:
        line = MLP(1, [1], rng=0)
        optimizer = LBFGS(line.parameters(), line_search_fn="strong_wolfe")
        trainer = Trainer(line, mse_loss, optimizer, rng=0, progress=False, **options)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            trainer.fit(rows, answers, epochs=2)
        assert all(warning.filename == __file__ for warning in caught)
        return [str(warning.message) for warning in caught]

    assert run(batch_size=3) == run() == run(batch_size=1, accumulate=3) == []
    (said,) = run(batch_size=2)
    assert said.startswith("LBFGS searches along a line, and 2 of 3 rows")
    assert said.endswith("batch_size=len(X)")
