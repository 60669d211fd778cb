"""Training on flat buffers: two native calls a step, and not a bit of anything is another."""

from __future__ import annotations

import math

import pytest
from backends import refused

from gatenet import optim
from gatenet.errors import DomainError
from gatenet.losses import mse_loss
from gatenet.nn import MLP
from gatenet.optim.schedules import CosineAnnealingLR
from gatenet.training import Callback, Trainer
from gatenet.training.flat import FlatStepping

pytestmark = pytest.mark.skipif(bool(refused()), reason=refused() or "it is there")

ROWS = [[math.sin(k), math.cos(3.0 * k)] for k in range(100)]
TARGETS = [[math.sin(2.0 * k)] for k in range(100)]


class Watching(Callback):
    """A callback after each batch: with it every step is made on the units themselves."""

    def on_batch_end(self, trainer, step):
        """Do nothing."""


def everything(trainer):
    """Whatever a training changes, with every bit."""
    units = trainer.model.parameters()
    epochs = [repr(epoch._replace(seconds=0.0)) for epoch in trainer.history.epochs]
    return (
        [unit.value.hex() for unit in units], [unit.grad.hex() for unit in units],
        repr(trainer.optimizer.state_dict()), repr(trainer.rng.getstate()), epochs,
    )  # fmt: skip


def trainer_of(make, *callbacks, schedule=None, **more):
    """A compiled trainer of a small network."""
    model = MLP(2, [4, 1], "tanh", rng=0)
    optimizer = make(model)
    settings = {"rng": 0, "batch_size": 20, "progress": False, "compiled": True, **more}
    if schedule is not None:
        settings["schedule"] = schedule(optimizer)
    return Trainer(model, mse_loss, optimizer, callbacks=callbacks, **settings)


RULES = {
    "sgd": lambda m: optim.SGD(m.parameters(), 0.1),
    "momentum": lambda m: optim.SGD(m.parameters(), 0.1, momentum=0.9, dampening=0.1),
    "nesterov": lambda m: optim.SGD(
        m.parameters(), 0.1, momentum=0.9, nesterov=True, weight_decay=0.01
    ),
    "adam": lambda m: optim.Adam(m.parameters(), 0.1),
    "amsgrad": lambda m: optim.Adam(m.parameters(), 0.1, amsgrad=True, weight_decay=0.1, eps=0.0),
    "adamw": lambda m: optim.AdamW(m.parameters(), 0.1),
    "rmsprop": lambda m: optim.RMSprop(m.parameters(), momentum=0.5, centered=True),
    "adagrad": lambda m: optim.Adagrad(m.parameters(), lr_decay=0.1),
    "adadelta": lambda m: optim.Adadelta(m.parameters()),
    "groups": lambda m: optim.Adam(
        [{"params": m.layers[0].parameters(), "lr": 0.1}, {"params": m.layers[1].parameters()}]
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_a_hundred_steps_are_those_of_the_optimizer_to_the_bit(name, monkeypatch):
    """Values, gradients, memory and history after 100 steps, on buffers and on units."""
    made = []
    step = FlatStepping._step

    def counted(self, rows):
        found = step(self, rows)
        made.append(found is not None)
        return found

    monkeypatch.setattr(FlatStepping, "_step", counted)
    flat = trainer_of(RULES[name])
    flat.fit(ROWS, TARGETS, epochs=20)
    assert made == [True] * 100

    plain = trainer_of(RULES[name], Watching())
    plain.fit(ROWS, TARGETS, epochs=20)
    assert len(made) == 100
    assert everything(flat) == everything(plain)


def test_a_schedule_by_batches_is_followed():
    """The lr of each step is the one that the schedule set."""

    def run(*callbacks):
        trainer = trainer_of(
            RULES["adam"], *callbacks, schedule=lambda o: CosineAnnealingLR(o, 10),
            schedule_every="batch",
        )  # fmt: skip
        trainer.fit(ROWS, TARGETS, epochs=2)
        return everything(trainer)

    assert run() == run(Watching())


@pytest.mark.parametrize("stop", [0, 3, 5, 8])
def test_an_interrupted_training_goes_on_where_it_stood(stop, monkeypatch, tmp_path):
    """After Ctrl-C in any step the units are those of the last whole step, and the rest follows."""
    through = trainer_of(RULES["adam"])
    through.fit(ROWS, TARGETS, epochs=2)

    path = tmp_path / "run.json"
    trainer = trainer_of(RULES["adam"], checkpoint=path)
    count, moved = [], FlatStepping._moved

    def interrupted(self, slab):
        count.append(1)
        if len(count) == stop + 1:
            raise KeyboardInterrupt
        return moved(self, slab)

    monkeypatch.setattr(FlatStepping, "_moved", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(ROWS, TARGETS, epochs=2)
    assert trainer.optimizer.state[0]["step"] == [stop] * 17
    values = trainer.model.state_dict()
    resumed = trainer_of(RULES["adam"], checkpoint=path).resume(path)
    assert resumed.model.state_dict() == values
    for one in (trainer, resumed):
        one.fit(ROWS, TARGETS, epochs=2)
        assert everything(one) == everything(through)


def test_units_are_written_before_anybody_looks():
    """Callbacks at the end of an epoch and validation see the present numbers."""
    seen = []

    class Looking(Callback):
        def on_epoch_end(self, trainer, epoch):
            seen.append((trainer.model.state_dict(), epoch.validation))

    def run(*callbacks):
        seen.clear()
        trainer = trainer_of(RULES["adam"], Looking(), *callbacks)
        trainer.fit(ROWS, TARGETS, epochs=3, validation=(ROWS[:9], TARGETS[:9]))
        return list(seen)

    assert run() == run(Watching())


def test_a_step_that_leads_nowhere_finite_is_not_made():
    """The error is the eager one, and the parameters are those of the last whole step."""

    def run(*callbacks):
        trainer = trainer_of(lambda m: optim.SGD(m.parameters(), 1e200), *callbacks)
        with pytest.raises(DomainError) as caught:
            trainer.fit(ROWS, TARGETS, epochs=3)
        return str(caught.value), trainer.model.state_dict(), trainer.optimizer.state_dict()

    assert run() == run(Watching())


def test_frozen_and_foreign_parameters_stay():
    """A frozen layer, and one that the optimizer does not move, keep their values."""

    def head(model):
        model.layers[0].requires_grad_(False)
        return optim.Adam(model.layers[1].parameters(), 0.1)

    def second(model):
        return optim.Adam(model.layers[1].parameters(), 0.1)

    for make in (head, second):
        found = trainer_of(make)
        before = found.model.layers[0].state_dict()
        found.fit(ROWS, TARGETS, epochs=2)
        expected = trainer_of(make, Watching())
        expected.fit(ROWS, TARGETS, epochs=2)
        assert found.model.layers[0].state_dict() == before
        assert found.model.state_dict() == expected.model.state_dict()
