"""Snapshots: one training that leaves several models.  Knows the trainer's callbacks."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from typing import Any

from gatenet.ensembles.averaging import Averaging
from gatenet.errors import RangeError
from gatenet.nn.module import Module
from gatenet.training.callbacks import Callback
from gatenet.training.history import Epoch


class Snapshots(Callback):
    """Keep the model as it is after every `every` epochs, and make an ensemble of these states.

    As a callback of a Trainer it needs a learning rate that falls to 0 and starts again each
    `every` epochs: `optim.schedules.LambdaLR(optimizer, cosine_cycles(every))`.  Each fall ends in
    another valley, and the ensemble costs one training.  `take(model)` does it by hand.

    Raises RangeError for `every` below 1.

    Source: G. Huang, Y. Li, G. Pleiss and others, Snapshot ensembles: train 1, get M for free,
    2017.

    >>> from gatenet.nn import Linear
    >>> model, snapshots = Linear(1, 1, bias=False, rng=0), Snapshots(every=5)
    >>> for weight in (1.0, 2.0, 6.0):
    ...     model.parameters()[0].value = weight
    ...     snapshots.take(model)
    >>> snapshots.ensemble(model)([10.0])[0].value
    30.0
    """

    def __init__(self, every: int) -> None:
        if every < 1:
            raise RangeError(f"Snapshots got every={every!r}: a cycle has at least 1 epoch")
        self.every = every
        self.states: list[dict[str, float]] = []

    def take(self, model: Module) -> None:
        """Remember the model as it is now."""
        self.states.append(model.state_dict())

    def ensemble(
        self, model: Module, *, last: int | None = None, through: Callable[[Any], Any] | None = None
    ) -> Averaging:
        """Make an ensemble of copies of the model in its remembered states, the `last` or all.

        Raises RangeError when nothing was remembered.
        """
        states = self.states if last is None else self.states[-last:] if last > 0 else []
        if not states:
            raise RangeError(
                f"{len(self.states)} states were kept and last={last!r}: no model is left. Train "
                f"for at least {self.every} epochs with this callback, or call take(model)"
            )
        copies = []
        for state in states:
            twin = copy.deepcopy(model)
            twin.load_state_dict(state)
            copies.append(twin)
        return Averaging(copies, through=through)

    def on_train_begin(self, trainer: Any) -> None:
        """Start anew."""
        self.states = []

    def on_epoch_end(self, trainer: Any, epoch: Epoch) -> None:
        """Remember the model where a cycle ends."""
        if epoch.number % self.every == 0:
            self.take(trainer.model)

    def state_dict(self) -> dict[str, Any]:
        """The remembered states."""
        return {"states": [dict(state) for state in self.states]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Remember what `state_dict` gave."""
        self.states = [dict(one) for one in state["states"]]


def cosine_cycles(length: int) -> Callable[[int], float]:
    """Give the factor of the learning rate at each step: half a cosine down, again and again.

    The factor of step k is (1 + cos(π (k mod length) / length)) / 2.

    Raises RangeError for a length below 1.

    >>> [round(cosine_cycles(4)(k), 3) for k in range(6)]
    [1.0, 0.854, 0.5, 0.146, 1.0, 0.854]
    """
    if length < 1:
        raise RangeError(f"cosine_cycles got length={length!r}: a cycle has at least 1 step")
    return lambda step: 0.5 * (1.0 + math.cos(math.pi * (step % length) / length))
