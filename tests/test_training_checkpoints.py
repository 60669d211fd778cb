"""Checkpoints: what was interrupted, at whatever moment, ends in the same bits."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from trainings import EPOCHS, ROWS, TARGETS, bits, full, network, run, traced

from gatenet import optim
from gatenet.errors import FormatError, OperandError, WiringError
from gatenet.losses import mse_loss
from gatenet.nn import MLP
from gatenet.optim import SGD, Adam, schedules
from gatenet.training import Callback, EarlyStopping, Trainer

HERE = Path(__file__).parent
STEPS = 2 * EPOCHS


@pytest.fixture(scope="module")
def whole() -> list[str]:
    """The bits of a training that nothing interrupted."""
    trainer = full()
    run(trainer)
    return bits(trainer)


class Raise(Callback):
    """Raises at a step; draws from no generator and keeps no state."""

    def __init__(self, last: int, error: type[BaseException]) -> None:
        self.left = last
        self.error = error

    def on_batch_end(self, trainer: Trainer, step: Any) -> None:
        """Count down."""
        self.left -= 1
        if self.left == 0:
            raise self.error("stop here")


def interrupted(last: int, error: type[BaseException] = KeyboardInterrupt) -> Trainer:
    """A trainer that was interrupted in its step number `last`."""
    trainer = full(callbacks=[Raise(last, error), EarlyStopping(2)])
    with pytest.raises(error):
        run(trainer)
    return trainer


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_resumed_at_every_step(step: int, whole: list[str], tmp_path: Path) -> None:
    """A training that is saved before a step and resumed by a new trainer ends in equal bits."""
    path = tmp_path / "run.json"
    interrupted(step, ValueError).save(path)
    resumed = full().resume(path)
    history = run(resumed)

    assert whole == bits(resumed)
    assert len(history.epochs) == EPOCHS


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_goes_on_in_memory(error: type[BaseException], whole: list[str]) -> None:
    """After an interrupt or an error the same trainer goes on and ends in equal bits."""
    trainer = interrupted(3, error)
    run(trainer)

    assert whole == bits(trainer)


def test_interrupt_at_any_line(whole: list[str]) -> None:
    """A KeyboardInterrupt at any line of the trainer or the optimizer leaves whole state."""

    def stop() -> None:
        raise KeyboardInterrupt

    lines = traced(full(), -1, None)
    for k in range(20):
        trainer = full()
        with pytest.raises(KeyboardInterrupt):
            traced(trainer, 1 + lines * k // 20, stop)
        run(trainer)

        assert whole == bits(trainer), f"line {1 + lines * k // 20} of {lines}"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills children that it forks")
def test_killed_at_any_line(tmp_path: Path) -> None:
    """A process killed with SIGKILL at any line, a file's writing included, resumes to the bit."""
    done = subprocess.run(
        [sys.executable, str(HERE / "trainings.py"), str(tmp_path), "8"],
        env={**os.environ, "PYTHONPATH": str(HERE.parent)}, capture_output=True, text=True,
    )  # fmt: skip

    assert done.stderr == ""
    assert done.stdout.startswith("8 killed, ") and done.stdout.endswith(" 0 wrong\n")
    assert int(done.stdout.split()[2]) > 4


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("name", ["SIGKILL", "SIGINT"])
def test_stopped_from_outside(name: str, whole: list[str], tmp_path: Path) -> None:
    """A process that another one kills, or stops with Ctrl-C, in its work resumes to the bit."""
    path = tmp_path / "run.json"
    code = (
        "import signal, sys, trainings\n"
        # What a shell runs in the background, tests too, is started deaf to Ctrl-C.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "trainings.run(trainings.full(sys.argv[1], progress=sys.stdout))\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE)])},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline().startswith("epoch 1/3  loss ")
        while process.poll() is None:  # an interrupt may fall where Python lets none through
            process.send_signal(getattr(signal, name))
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
    resumed = full().resume(path)
    run(resumed)

    assert process.returncode == -getattr(signal, name)
    assert whole == bits(resumed)


def test_interrupt_saves_and_says_how(tmp_path: Path, whole: list[str]) -> None:
    """Ctrl-C writes the checkpoint of the last whole step, and says what to type."""
    path = tmp_path / "run.json"
    trainer = full(checkpoint=path, callbacks=[Raise(3, KeyboardInterrupt)])
    with pytest.raises(KeyboardInterrupt) as caught:
        run(trainer)
    (note,) = caught.value.__notes__

    assert note.startswith("interrupted in epoch 2, after step 0, and saved in ")
    assert f"trainer.resume({str(path)!r})" in note
    assert full(callbacks=[]).resume(path).position.step == 0


def test_interrupt_without_a_file() -> None:
    """Without a checkpoint Ctrl-C says that fit goes on, and how to keep the training."""
    trainer = full(callbacks=[Raise(3, KeyboardInterrupt)])
    with pytest.raises(KeyboardInterrupt) as caught:
        run(trainer)

    assert "call fit again" in caught.value.__notes__[0]
    assert "trainer.save(" in caught.value.__notes__[0]


def test_where_no_file_can_be_written(tmp_path: Path) -> None:
    """A folder that is not there is said before training; one that goes, with the interrupt."""
    with pytest.raises(WiringError, match="is no folder: make it"):
        run(full(tmp_path / "none" / "run.json"))
    folder = tmp_path / "folder"
    folder.mkdir()

    class Remove(Raise):
        def on_batch_end(self, trainer: Trainer, step: Any) -> None:
            """Take the folder away as well."""
            folder.rmdir()
            super().on_batch_end(trainer, step)

    with pytest.raises(KeyboardInterrupt) as caught:
        run(full(checkpoint=folder / "run.json", callbacks=[Remove(1, KeyboardInterrupt)]))
    assert caught.value.__notes__[0].startswith("the checkpoint could not be written: ")
    assert "call fit again" in caught.value.__notes__[1]


def test_finished_training(tmp_path: Path, whole: list[str]) -> None:
    """A finished training that is resumed does nothing more, or goes on when asked for more."""
    path = tmp_path / "run.json"
    run(full(path))
    resumed = full().resume(path)
    run(resumed)
    assert whole == bits(resumed)

    longer = full(callbacks=[]).fit(ROWS, TARGETS, epochs=5)
    short = full(callbacks=[])
    short.fit(ROWS, TARGETS, epochs=2)
    short.save(path)
    more = full(callbacks=[]).resume(path).fit(ROWS, TARGETS, epochs=5)
    assert longer.losses == more.losses


def test_a_second_fit_begins_anew() -> None:
    """After a training that ended, fit begins a new one with a history of its own."""
    trainer = full(callbacks=[])
    trainer.fit(ROWS, TARGETS, epochs=2)
    history = trainer.fit(ROWS, TARGETS, epochs=1)

    assert [epoch.number for epoch in history.epochs] == [1]


def test_other_rows_are_refused() -> None:
    """An interrupted training goes on with as many rows as it had, or is begun anew."""
    trainer = interrupted(3)
    with pytest.raises(WiringError, match="in the middle of 11 rows, and these are 9"):
        trainer.fit(ROWS[:9], TARGETS[:9], epochs=3)

    assert len(trainer.restart().fit(ROWS[:9], TARGETS[:9], epochs=1).epochs) == 1


def changed(path: Path, change: Any) -> bytes:
    """A checkpoint's text after a change of what it says."""
    document = json.loads(path.read_text())
    change(document)
    return json.dumps(document).encode()


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of a whole training."""
    path = tmp_path_factory.mktemp("saved") / "run.json"
    run(full(path))
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: b"", "not JSON"),
        (lambda path: path.read_bytes()[:-1000], "not JSON"),
        (lambda path: path.read_bytes()[: 40], "not JSON"),
        (lambda path: path.read_bytes().replace(b'"lr":0.0', b'"lr":0.1', 1), "damaged"),
        (lambda path: b"\x80\x04\x95pickled", "not UTF-8"),
        (lambda path: b"[1, 2]", "a checkpoint is a JSON object, not a list of 2"),
        (lambda path: b'{"format": "gatenet.circuit"}', "no checkpoint of gatenet"),
        (lambda path: b'{"a": NaN}', "NaN is not JSON"),
        (lambda path: b"[" * 100_000, "nested too deep for a checkpoint"),
        (lambda path: changed(path, lambda d: d.update(version=2)), "later gatenet wrote it"),
        (lambda path: changed(path, lambda d: d.update(version=0)), "version is 0"),
        (lambda path: changed(path, lambda d: d.update(more=1)), "unknown key 'more'"),
        (lambda path: changed(path, lambda d: d.pop("digest")), "'digest' is missing"),
        (lambda path: changed(path, lambda d: d["training"].pop("position")), "damaged"),
        (lambda path: changed(path, lambda d: d["training"].update(buffers=[1e5])), "damaged"),
    ],
)  # fmt: skip
def test_refused_files(make: Any, said: str, saved: Path, tmp_path: Path) -> None:
    """A file that is no whole checkpoint of this version is one error, and changes nothing."""
    path = tmp_path / "bad.json"
    path.write_bytes(make(saved))
    trainer = full()
    before = bits(trainer)
    with pytest.raises(FormatError, match=r"bad\.json cannot be resumed from: ") as caught:
        trainer.resume(path)

    assert said in str(caught.value)
    assert before == bits(trainer)


def test_every_cut_is_refused(saved: Path, tmp_path: Path) -> None:
    """A file cut off anywhere is refused, as is one with any byte changed."""
    path, data, trainer = tmp_path / "bad.json", saved.read_bytes(), full()
    for k in range(0, len(data) - 2, len(data) // 25):
        for bad in (data[:k], data[:k] + bytes([data[k] ^ 1]) + data[k + 1 :]):
            path.write_bytes(bad)
            with pytest.raises(FormatError, match="cannot be resumed from"):
                trainer.resume(path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"batch_size": 4}, "made with batch_size=3, and this trainer has batch_size=4"),
        ({"metrics": {}}, "metrics=['error']"),
        ({"callbacks": []}, "it has besides 1 (EarlyStopping)"),
        ({"schedule": None}, "its schedule is Decay, and this trainer's None"),
    ],
)
def test_another_trainer(options: dict[str, Any], said: str, saved: Path) -> None:
    """A checkpoint of a trainer that was made otherwise is refused with what differs."""
    with pytest.raises(FormatError) as caught:
        full(**options).resume(saved)

    assert said in str(caught.value)


def test_another_model_or_optimizer(saved: Path) -> None:
    """A model or an optimizer of another make is refused by name, and nothing changes."""
    trainer = full()
    trainer.model = MLP(2, [3, 1], rng=0)
    with pytest.raises(FormatError, match=r"parameters are not this trainer's: it lacks \d+ \("):
        trainer.resume(saved)
    trainer = full()
    trainer.optimizer = SGD(trainer.model.parameters(), lr=0.1)
    with pytest.raises(FormatError, match="its optimizer is Adam, and this trainer's SGD"):
        trainer.resume(saved)
    trainer = full()
    trainer.optimizer = Adam([{"params": [unit]} for unit in trainer.model.parameters()], lr=0.1)
    before = bits(trainer)
    with pytest.raises(FormatError, match="its states do not fit this trainer"):
        trainer.resume(saved)
    assert before == bits(trainer)


def test_what_cannot_be_saved(tmp_path: Path) -> None:
    """An optimizer without a state and a generator that cannot be asked are said at once."""
    import random

    class Fixed:
        def step(self) -> None:
            """Do nothing."""

    model = network()
    with pytest.raises(WiringError, match=r"the optimizer Fixed has no state_dict\(\)"):
        Trainer(
            model, mse_loss, Fixed(), rng=0, checkpoint=tmp_path / "x.json", progress=False
        ).fit(ROWS, TARGETS, epochs=1)
    with pytest.raises(OperandError, match="SystemRandom, which cannot be asked"):
        full(rng=random.SystemRandom()).fit(ROWS, TARGETS, epochs=1)
    trainer = full()
    trainer.callbacks[0].kept = {1: 2.0}
    with pytest.raises(WiringError, match=r"callbacks\.EarlyStopping\.kept has the key 1"):
        trainer.save(tmp_path / "x.json")
    assert list(tmp_path.iterdir()) == []


def test_callbacks_by_their_kind(tmp_path: Path) -> None:
    """Callbacks that remember something keep it, each its own; the others may come and go."""

    def made(*callbacks: Callback) -> Trainer:
        return full(callbacks=callbacks)

    first = made(EarlyStopping(2), Raise(3, ValueError), EarlyStopping(1, monitor="loss"))
    with pytest.raises(ValueError, match="stop here"):
        run(first)
    first.save(tmp_path / "run.json")
    one, two = EarlyStopping(2), EarlyStopping(1, monitor="loss")
    made(one, two).resume(tmp_path / "run.json")

    assert [one.best, two.best] == [first.callbacks[0].best, first.callbacks[2].best]
    assert one.best != two.best


def test_plain_text(saved: Path) -> None:
    """A checkpoint is JSON that says what it is, with every parameter by its name."""
    document = json.loads(saved.read_text())

    assert (document["format"], document["version"]) == ("gatenet.checkpoint", 1)
    assert document["training"]["parameters"].keys() >= {
        "layers.1.weights.0.0",
        "layers.4.layers.1.neurons.0.bias",
    }
    assert len(document["training"]["position"]["epochs"]) == EPOCHS


OPTIMIZERS = sorted(
    name
    for name in optim.__all__
    if isinstance(getattr(optim, name), type) and name not in ("Optimizer", "SGD", "Adam")
)


@pytest.mark.filterwarnings("ignore:.*searches along a line")  # batches on purpose
@pytest.mark.parametrize("name", ["SGD", "Adam", *OPTIMIZERS])
def test_every_optimizer_resumes(name: str, tmp_path: Path) -> None:
    """A training by any optimizer, saved in its middle and resumed, ends in the same bits."""
    kind = getattr(optim, name)
    extra: dict[str, Any] = {
        "SGD": {"lr": 0.01, "momentum": 0.9},
        "RandomSearch": {"rng": 7},
        "LBFGS": {"max_iter": 4},
    }.get(name, {})

    def made(*callbacks: Callback) -> Trainer:
        model = MLP(2, [2, 1], "tanh", rng=1)
        optimizer = kind(model.parameters(), **extra)
        return Trainer(
            model, mse_loss, optimizer, rng=0, batch_size=6, progress=False, callbacks=callbacks
        )

    through, stopped = made(), made(Raise(4, ValueError))
    through.fit(ROWS, TARGETS, epochs=3)
    with pytest.raises(ValueError, match="stop here"):
        stopped.fit(ROWS, TARGETS, epochs=3)
    stopped.save(tmp_path / "run.json")
    resumed = made().resume(tmp_path / "run.json")
    resumed.fit(ROWS, TARGETS, epochs=3)

    assert bits(through) == bits(resumed)
    assert through.model.state_dict() != made().model.state_dict()


@pytest.mark.parametrize(
    "make",
    [
        lambda optimizer: schedules.StepLR(optimizer, 2),
        lambda optimizer: schedules.OneCycleLR(optimizer, 0.1, total_steps=9),
        lambda optimizer: schedules.CosineAnnealingLR(optimizer, 6),
        lambda optimizer: schedules.LinearWarmup(optimizer, 4),
        lambda optimizer: schedules.ReduceLROnPlateau(optimizer, patience=0, threshold=0.5),
        lambda optimizer: schedules.LambdaLR(optimizer, lambda k: 1.0 / (1.0 + k)),
    ],
)
def test_every_schedule_resumes(make: Any, tmp_path: Path) -> None:
    """A training by any schedule, saved in its middle and resumed, ends in the same bits."""

    def made(*callbacks: Callback) -> Trainer:
        model = MLP(2, [2, 1], "tanh", rng=1)
        optimizer = Adam(model.parameters(), lr=0.05)
        return Trainer(
            model, mse_loss, optimizer, rng=0, batch_size=6, progress=False, callbacks=callbacks,
            schedule=make(optimizer), schedule_every="batch",
        )  # fmt: skip

    through, stopped = made(), made(Raise(4, ValueError))
    lrs = [epoch.lr for epoch in through.fit(ROWS, TARGETS, epochs=3).epochs]
    with pytest.raises(ValueError, match="stop here"):
        stopped.fit(ROWS, TARGETS, epochs=3)
    stopped.save(tmp_path / "run.json")
    resumed = made().resume(tmp_path / "run.json")
    resumed.fit(ROWS, TARGETS, epochs=3)

    assert bits(through) == bits(resumed)
    assert len(set(lrs)) > 1
