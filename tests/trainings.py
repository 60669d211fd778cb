"""A small training with everything that must survive a restart: noise, norms, early stopping."""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from gatenet import optim
from gatenet.losses import mse_loss
from gatenet.losses.penalties import l2_penalty
from gatenet.nn import MLP, BatchNorm, Dropout, GaussianNoise, Linear, Module, Sequential
from gatenet.training import EarlyStopping, Trainer

ROWS = [[0.1 * k, (k * k) % 7 / 7.0] for k in range(11)]
TARGETS = [[row[0] * row[1]] for row in ROWS]
VALIDATION = ([[0.05, 0.3], [0.55, 0.9]], [[0.015], [0.495]])
EPOCHS = 3


class Decay:
    """A schedule: each step takes a tenth off the lr."""

    def __init__(self, optimizer: Any) -> None:
        self.optimizer = optimizer
        self.steps = 0

    def step(self) -> None:
        """Take a tenth off."""
        self.steps += 1
        self.optimizer.lr = 0.05 * 0.9**self.steps

    def state_dict(self) -> dict[str, Any]:
        """How often it was called."""
        return {"steps": self.steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Remember that."""
        self.steps = state["steps"]


def error(outputs: list[Any], targets: list[Any]) -> float:
    """The largest error, as a metric."""
    return max(abs(y[0] - t[0]) for y, t in zip(outputs, targets, strict=True))


def jitter(row: list[float], rng: random.Random) -> list[float]:
    """Move a row a little: an augmentation that draws."""
    return [x + 0.01 * rng.random() for x in row]


def network() -> Module:
    """A network with buffers and two generators of its own."""
    rng = random.Random(5)
    return Sequential(
        GaussianNoise(0.01, rng=3), Linear(2, 3, rng=rng), BatchNorm(3), Dropout(0.3, rng=rng),
        MLP(3, [3, 1], "tanh", rng=rng),
    )  # fmt: skip


def full(path: Any = None, **options: Any) -> Trainer:
    """A trainer of everything, with a checkpoint after every step where a path is given."""
    model = network()
    optimizer = optim.Adam(model.parameters(), lr=0.05)
    settings: dict[str, Any] = dict(
        rng=1, batch_size=3, drop_last=True, accumulate=2, schedule=Decay(optimizer),
        metrics={"error": error}, callbacks=[EarlyStopping(2)], penalty=l2, augment=jitter,
        clip_norm=0.5, weight_noise=0.01, grad_noise=0.01, progress=False,
    )  # fmt: skip
    if path is not None:
        settings |= {"checkpoint": path, "checkpoint_every": 1}
    return Trainer(model, mse_loss, optimizer, **{**settings, **options})


def l2(parameters: list[Any]) -> Any:
    """A penalty that keeps every parameter small."""
    return l2_penalty(parameters, 1e-3)


def run(trainer: Trainer) -> Any:
    """Train to the end; give the history."""
    return trainer.fit(ROWS, TARGETS, epochs=EPOCHS, validation=VALIDATION)


def bits(trainer: Trainer) -> list[str]:
    """Everything that must be equal, to the bit: parameters, buffers and the figures."""
    state = [f"{name} {value.hex()}" for name, value in trainer.model.state_dict().items()]
    epochs = [repr(epoch._replace(seconds=0.0)) for epoch in trainer.history.epochs]
    return [*state, repr(trainer.rng.getstate()), repr(trainer.optimizer.state_dict()), *epochs]


class LineCounter:
    """Counts the lines that run in the trainer, the optimizers and the writer of files.

    At line `last` it calls `act`.
    """

    def __init__(self, last: int, act: Any) -> None:
        self.last = last
        self.act = act
        self.count = 0

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Follow a frame where it belongs to these rooms."""
        name = frame.f_globals.get("__name__", "")
        if not name.startswith(("gatenet.training", "gatenet.optim", "gatenet.io")):
            return None
        if event == "line":
            self.count += 1
            if self.count == self.last:
                self.act()
        return self


def traced(trainer: Trainer, last: int, act: Any) -> int:
    """Train while lines are counted; give how many there were."""
    counter = LineCounter(last, act)
    before = sys.gettrace()
    sys.settrace(counter)
    try:
        run(trainer)
    finally:
        sys.settrace(before)
    return counter.count


def killed_at(line: int, path: Path) -> bool:
    """Train in a child process that kills itself (SIGKILL) at a line; whether it died of that."""
    child = os.fork()
    if not child:
        try:
            traced(full(path), line, lambda: os.kill(os.getpid(), signal.SIGKILL))
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def main(folder: Path, moments: int) -> None:
    """Kill trainings at many moments, resume each, and print how many ended in other bits."""
    lines = traced(full(folder / "lines.json"), -1, None)
    run_through = full()
    run(run_through)
    wrong = started = 0
    for k in range(moments):
        path = folder / f"{k}.json"
        line = 1 + (lines - 1) * k // moments + k * 7919 % (lines // moments)
        assert killed_at(line, path), f"line {line} was not reached"
        resumed = full(path)
        if path.exists():
            resumed.resume(path)
            started += 1
        run(resumed)
        wrong += bits(resumed) != bits(run_through)
    print(f"{moments} killed, {started} resumed, {wrong} wrong")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
