"""Training on flat buffers: one native call a step, and not a bit of anything is another."""

from __future__ import annotations

import math
from array import array

import pytest
from backends import refused

from gatenet import Circuit, Unit, optim
from gatenet.compiler import machine
from gatenet.errors import CompileError, DomainError
from gatenet.losses import mse_loss
from gatenet.nn import MLP
from gatenet.optim.schedules import CosineAnnealingLR
from gatenet.optim.traced import TracedRule
from gatenet.training import Callback, Trainer
from gatenet.training.compiledengine import CompiledEngine
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
        [unit.value.hex() for unit in units],
        [None if unit._grad is None else unit._grad.hex() for unit in units],
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


@pytest.fixture
def calls(monkeypatch):
    """What each step was made by: one native call, or totals and then the rules."""
    made = []

    def counted(name):
        inner = getattr(FlatStepping, name)

        def wrapped(self, places, slabs):
            found = inner(self, places, slabs)
            made.append(name if found is not None else "none")
            return found

        monkeypatch.setattr(FlatStepping, name, wrapped)

    counted("_at_once")
    counted("_after")
    return made


class OwnEngine(CompiledEngine):
    """An engine that works its totals out by itself."""

    def totals(self, rows, uniform, *, places=None, compiled=None):
        """Sum what the circuit gives, as another machine would."""
        assert len(places) == len(rows)
        return list(super().totals(rows, uniform, places=places, compiled=compiled))


@pytest.mark.parametrize("name", RULES)
def test_a_hundred_steps_are_those_of_the_optimizer_to_the_bit(name, calls):
    """Values, gradients, memory and history after 100 steps, on buffers and on units."""
    flat = trainer_of(RULES[name])
    flat.fit(ROWS, TARGETS, epochs=20)
    assert calls == ["_at_once"] * 100

    plain = trainer_of(RULES[name], Watching())
    plain.fit(ROWS, TARGETS, epochs=20)
    assert len(calls) == 100
    assert everything(flat) == everything(plain)


@pytest.mark.parametrize("name", ["adam", "groups", "nesterov"])
@pytest.mark.parametrize(
    "more",
    [{"clip_norm": 0.05}, {"clip_value": 0.01}, {"clip_norm": 0.03, "clip_value": 0.02},
     {"clip_norm": 1e9}],
)  # fmt: skip
def test_clipped_steps_are_those_of_the_optimizer_to_the_bit(name, more, calls):
    """The norm is over all gradients, whatever group moves them; the gradients kept are clipped."""

    def run(*callbacks):
        trainer = trainer_of(RULES[name], *callbacks, **more)
        trainer.fit(ROWS, TARGETS, epochs=2)
        return everything(trainer)

    found = run()
    assert calls == ["_after"] * 10
    assert found == run(Watching())
    if more.get("clip_norm") != 1e9:
        free = trainer_of(RULES[name])
        free.fit(ROWS, TARGETS, epochs=2)
        assert found != everything(free)


@pytest.mark.parametrize("name", ["adam", "groups", "amsgrad"])
def test_an_engine_may_give_its_own_totals(name, calls, monkeypatch):
    """Then the rules follow in a call of their own, with the same bits."""
    expected = trainer_of(RULES[name])
    expected.fit(ROWS, TARGETS, epochs=2)
    prepare = FlatStepping.prepare

    def prepared(self, rows):
        self.engine.__class__ = OwnEngine
        prepare(self, rows)

    monkeypatch.setattr(FlatStepping, "prepare", prepared)
    found = trainer_of(RULES[name])
    found.fit(ROWS, TARGETS, epochs=2)
    assert calls == ["_at_once"] * 10 + ["_after"] * 10
    assert everything(found) == everything(expected)


def test_batches_of_several_blocks_are_summed_block_by_block(calls):
    """More rows than 128, and a rest that fills no block, come to the same sums."""
    rows = [[math.sin(0.1 * k), math.cos(0.3 * k)] for k in range(700)]
    targets = [[math.sin(0.2 * k)] for k in range(700)]

    def run(*callbacks):
        trainer = trainer_of(RULES["adam"], *callbacks, batch_size=300)
        trainer.fit(rows, targets, epochs=2)
        return everything(trainer)

    assert run() == run(Watching())
    assert calls == ["_at_once"] * 6


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


@pytest.mark.parametrize("more", [{}, {"clip_norm": 1.0}])
@pytest.mark.parametrize("stop", [0, 3, 5, 8])
def test_an_interrupted_training_goes_on_where_it_stood(stop, more, monkeypatch, tmp_path):
    """After Ctrl-C in any step the units are those of the last whole step, and the rest follows."""
    through = trainer_of(RULES["adam"], **more)
    through.fit(ROWS, TARGETS, epochs=2)

    path = tmp_path / "run.json"
    trainer = trainer_of(RULES["adam"], checkpoint=path, **more)
    count, ruled = [], FlatStepping._ruled

    def interrupted(self, slab):
        count.append(1)
        if len(count) == stop + 1:
            raise KeyboardInterrupt
        return ruled(self, slab)

    monkeypatch.setattr(FlatStepping, "_ruled", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(ROWS, TARGETS, epochs=2)
    assert trainer.optimizer.state[0]["step"] == [stop] * 17
    values = trainer.model.state_dict()
    resumed = trainer_of(RULES["adam"], checkpoint=path, **more).resume(path)
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
        assert everything(found) == everything(expected)


def test_a_branch_that_flips_stops_the_step_before_anything_moved():
    """The error is the one of the steps on units, and so is everything that stands then."""

    def sided(outputs, targets):
        sides = [
            o[0] - t[0] if o[0] > t[0] else 2.0 * (t[0] - o[0])
            for o, t in zip(outputs, targets, strict=True)
        ]
        return sum(sides) / len(sides)

    def run(*callbacks):
        model = MLP(1, [1], "linear", init=lambda rng, nin, nout: [[2.0]], rng=0)
        optimizer = optim.SGD(model.parameters(), 0.05)
        trainer = Trainer(
            model, sided, optimizer, callbacks=callbacks, rng=0, batch_size=5, progress=False,
            compiled=True,
        )  # fmt: skip
        with pytest.raises(CompileError, match="another way") as caught:
            trainer.fit([[1.0 + 0.1 * k] for k in range(10)], [[0.5]] * 10, epochs=50)
        state = optimizer.state_dict()
        return str(caught.value), [u.value.hex() for u in model.parameters()], state

    message, values, state = run()
    assert (message, values, state) == run(Watching())
    assert state["state"][0]["step"][0] > 3


def whole(native, backend):
    """What one step is made of, all fitting."""
    optimizer = optim.SGD([Unit(1.0)], 0.1)
    (group,), names = optimizer.param_groups, list(optimizer.REMEMBERED)
    shared = optimizer.coefficients(group, 1)
    rule = TracedRule(optimizer, shared, names, names)
    found, after = array("d", bytes(8 * 3)), array("d", bytes(8 * 4))
    group = [rule.whole, rule.picked, rule.shared(shared), 0, array("d", [0, 0, 1, 2]), after]
    uniform, table = array("d", [1.0, 2.0, 1.0]), array("d", [3.0, 4.0])
    return [backend.whole(), uniform, table, [0, 1], 0, found, [tuple(group)]], after


@pytest.mark.parametrize(
    ("place", "wrong", "kind"),
    [
        (0, None, TypeError), (1, array("d", [1.0]), ValueError), (1, bytes(24), BufferError),
        (2, array("f", [1.0, 2.0]), ValueError), (2, array("d"), IndexError), (3, [2], IndexError),
        (3, [-1], IndexError), (3, ["a"], TypeError), (3, [], ValueError), (3, (0,), TypeError),
        (4, -1, ValueError), (4, 9, ValueError), (5, array("d"), ValueError),
        (5, bytes(24), BufferError), (6, (), TypeError), (6, [None], TypeError),
        (6, [()], TypeError), (6, "first", ValueError), (6, "far", ValueError),
        (6, "before", ValueError), (6, "after", ValueError), (6, "picked", ValueError),
        (6, "shared", ValueError), (6, "itself", RuntimeError),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)  # fmt: skip
def test_a_step_that_does_not_fit_is_refused(place, wrong, kind):
    """What is too short, of another type or out of range is an error; nothing is written."""
    native = machine.native()
    w, b = (Unit(1.0, role="parameter") for _ in range(2))
    x = Unit(0.5)
    backend = machine.MachineBackend(Circuit((w * x + b) ** 2).compile([x]).program)
    call, after = whole(native, backend)
    assert native.step(*call) is True
    group = list(call[6][0])
    changed = {
        "first": (3, -1), "far": (3, 1), "before": (4, array("d", [1.0, 2.0])),
        "after": (5, array("d", [1.0] * 3)), "picked": (1, array("d", [0.0, 7.0])),
        "shared": (2, array("d")), "itself": (0, call[0]),
    }  # fmt: skip
    if isinstance(wrong, str):
        at, value = changed[wrong]
        group[at] = value
        if wrong == "itself":
            group[1:3] = [array("d", [0.0]), call[1]]
            group[5] = array("d", bytes(8 * 6))
        wrong = [tuple(group)]
    kept = after.tolist()
    call[place] = wrong
    with pytest.raises(kind):
        native.step(*call)
    assert after.tolist() == kept


def test_a_step_is_that_of_gradient_descent():
    """Two rows of (w x + b)², by hand: the loss, its gradients, and the move against them."""
    native = machine.native()
    w, b = (Unit(1.0, role="parameter") for _ in range(2))
    x = Unit(0.5)
    compiled = Circuit((w * x + b) ** 2).compile([x])
    assert [unit is other for unit, other in zip(compiled.wrt, (w, b), strict=True)] == [True] * 2
    call, after = whole(native, machine.MachineBackend(compiled.program))
    assert native.step(*call)
    ends = [1.0 * 3.0 + 2.0, 1.0 * 4.0 + 2.0]  # w = 1 and b = 2 stand in the planes
    slopes = [2 * ends[0] * 3.0 + 2 * ends[1] * 4.0, 2 * ends[0] + 2 * ends[1]]
    assert call[5].tolist() == [ends[0] ** 2 + ends[1] ** 2, *slopes]
    assert after.tolist() == [*slopes, 1.0 - 0.1 * slopes[0], 2.0 - 0.1 * slopes[1]]
