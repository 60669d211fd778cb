"""Fitting: training in one call, for when there is nothing to set."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, TextIO

from gatenet.nn.module import Module
from gatenet.training.evaluation import Loss
from gatenet.training.history import History
from gatenet.training.trainer import Trainer


def fit(
    model: Module,
    inputs: Sequence[Any],
    targets: Sequence[Any],
    *,
    loss: Loss,
    optimizer: Any,
    epochs: int,
    rng: random.Random | int,
    batch_size: int = 32,
    validation: Any = None,
    progress: TextIO | bool = True,
) -> History:
    """Train a model on rows of inputs and their targets, in shuffled mini-batches.

    `loss(outputs, targets)` gets a list of the model's outputs and a list of targets and gives a
    unit.  `validation` is a pair of inputs and targets, evaluated after each epoch.  `progress` is
    where the progress goes: True for the standard error, False for nowhere, or an open stream.
    Parameters that the loss does not reach are named in a warning and in the history.  A `Trainer`
    does the same and knows more.

    Raises WiringError when the lengths differ or the loss gives no unit, RangeError for sizes
    below 1, DomainError when the loss or a gradient is not finite (the parameters then are as the
    last good step left them).

    >>> from gatenet.losses import mse_loss
    >>> from gatenet.nn import MLP
    >>> from gatenet.optim import SGD
    >>> line = MLP(1, [1], rng=0)
    >>> rows, answers = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
    >>> history = fit(line, rows, answers, loss=mse_loss, optimizer=SGD(line.parameters(), lr=0.2),
    ...               epochs=100, rng=0, progress=False)
    >>> [round(unit.value, 3) for unit in line.parameters()]
    [2.0, 1.0]
    """
    trainer = Trainer(model, loss, optimizer, rng=rng, batch_size=batch_size, progress=progress)
    return trainer.fit(inputs, targets, epochs=epochs, validation=validation)
