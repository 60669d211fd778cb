"""Callbacks: what else happens while a model is trained.

A callback is called between the trainer's own moves.  Whatever it must remember over a restart it
gives as plain data in `state_dict`; the trainer keeps that in checkpoints beside its own state.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from gatenet.errors import RangeError, WiringError
from gatenet.training.history import Epoch

if TYPE_CHECKING:
    from gatenet.training.trainer import Trainer


class Step(NamedTuple):
    """One step, for callbacks: its epoch, its number there, and what was found before it.

    `loss` and `penalty` are means over the step's rows.
    """

    epoch: int
    number: int
    rows: int
    loss: float
    penalty: float


class Callback:
    """The base of callbacks: write the methods that you need.

    `trainer.stop()` ends the training after the epoch; an exception ends it at once, and leaves
    the trainer where the last whole step left it.

    >>> from gatenet.losses import mse_loss
    >>> from gatenet.nn import MLP
    >>> from gatenet.optim import SGD
    >>> from gatenet.training import Trainer
    >>> class Enough(Callback):
    ...     def on_epoch_end(self, trainer, epoch):
    ...         if epoch.loss < 0.01:
    ...             trainer.stop()
    >>> line = MLP(1, [1], rng=0)
    >>> trainer = Trainer(line, mse_loss, SGD(line.parameters(), lr=0.2), rng=0, progress=False,
    ...                   callbacks=[Enough()])
    >>> len(trainer.fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], epochs=1000).epochs)
    6
    """

    def on_train_begin(self, trainer: Trainer) -> None:
        """Before the first epoch; not again when a training is resumed."""

    def on_epoch_begin(self, trainer: Trainer) -> None:
        """Before an epoch's first step."""

    def on_batch_end(self, trainer: Trainer, step: Step) -> None:
        """After the optimizer moved; `step` says what was found before."""

    def on_epoch_end(self, trainer: Trainer, epoch: Epoch) -> None:
        """After an epoch and its validation, before the schedule moves."""

    def on_train_end(self, trainer: Trainer) -> None:
        """After the last epoch."""

    def ending(self) -> str:
        """What there is to say where the progress says that the training was stopped; or ""."""
        return ""

    def state_dict(self) -> dict[str, Any]:
        """What is remembered, as plain data: a new dict at each call."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Remember what `state_dict` gave."""


class EarlyStopping(Callback):
    """Stop when `patience` epochs in a row were no better than the best one.

    `monitor` is "validation", which falls back on the loss where there are no validation rows,
    "loss", or the name of a metric (of the validation rows where there are any).  Less is better
    unless `largest`; better is better by more than `min_delta`.  With `restore_best` the model
    ends as it was after the best epoch.

    Source: L. Prechelt, "Early stopping, but when?", 1998.

    Raises RangeError for a patience below 1 or a negative min_delta.
    """

    def __init__(
        self,
        patience: int = 10,
        *,
        min_delta: float = 0.0,
        monitor: str = "validation",
        largest: bool = False,
        restore_best: bool = True,
    ) -> None:
        if patience < 1 or not min_delta >= 0.0:
            raise RangeError(
                f"patience is {patience!r} and min_delta {min_delta!r}: at least 1, and 0 or more"
            )
        self.patience = patience
        self.min_delta = min_delta
        self.monitor = monitor
        self.largest = largest
        self.restore_best = restore_best
        self.best = math.inf
        self.best_epoch = 0
        self.kept: dict[str, float] | None = None

    def on_train_begin(self, trainer: Trainer) -> None:
        """Start anew."""
        self.best, self.best_epoch, self.kept = math.inf, 0, None

    def on_epoch_end(self, trainer: Trainer, epoch: Epoch) -> None:
        """Keep the best epoch in mind, and stop when it was too long ago."""
        value = watched(epoch, self.monitor) * (-1.0 if self.largest else 1.0)
        if value < self.best - (self.min_delta if self.best < math.inf else 0.0):
            self.best, self.best_epoch = value, epoch.number
            self.kept = trainer.model.state_dict() if self.restore_best else None
        elif epoch.number - self.best_epoch >= self.patience:
            trainer.stop()

    def on_train_end(self, trainer: Trainer) -> None:
        """Give the model back as it was after its best epoch."""
        if self.restore_best and self.kept is not None:
            trainer.model.load_state_dict(self.kept)

    def ending(self) -> str:
        """Which epoch was the best, and whether the model is now as it was then."""
        best = f"the best {self.monitor} was that of epoch {self.best_epoch}"
        return f"{best}, which the model is back at" if self.kept is not None else best

    def state_dict(self) -> dict[str, Any]:
        """The best figure, when that was, and the model as it was then."""
        return {"best": self.best, "best_epoch": self.best_epoch, "kept": self.kept}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Remember what `state_dict` gave."""
        self.best, self.best_epoch = float(state["best"]), int(state["best_epoch"])
        self.kept = None if state["kept"] is None else dict(state["kept"])


def watched(epoch: Epoch, monitor: str) -> float:
    """The figure of an epoch that somebody watches.

    Raises WiringError when it has none of that name.

    >>> watched(Epoch(1, 0.9, None, 0.1), "validation")
    0.9
    """
    if monitor == "loss" or (monitor == "validation" and epoch.validation is None):
        return epoch.loss
    known = {"validation": epoch.validation, **epoch.metrics, **epoch.validation_metrics}
    found = known.get(monitor)
    if found is None:
        names = ["loss", *(name for name, value in known.items() if value is not None)]
        raise WiringError(
            f"monitor is {monitor!r}, and an epoch has no such figure: it has {', '.join(names)}"
        )
    return found
