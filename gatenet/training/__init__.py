"""Training: a small loop that says what it does.

`fit` wires each mini-batch anew, sweeps it, and lets the optimizer step.  Its parts (batches,
progress, evaluation) stand alone, so that a larger trainer can be put together from them.  Knows
modules and optimizers by what they do; losses are functions of (outputs, targets).
"""

from __future__ import annotations

import math
import random
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TextIO, TypeVar

from gatenet.errors import DomainError, RangeError, WiringError
from gatenet.modes import no_grad
from gatenet.nn.module import Module
from gatenet.randomness import generator, shuffled
from gatenet.unit import Unit

Item = TypeVar("Item")
Loss = Callable[[list[Any], list[Any]], Any]


class Steps(Protocol):
    """What `fit` asks of an optimizer."""

    def step(self) -> None:
        """Move the parameters."""


class Epoch(NamedTuple):
    """One pass over the rows.

    `loss` is the mean over the rows, each batch taken just before its own step; `validation` is
    the loss on the validation rows after the epoch, None where there are none.
    """

    number: int
    loss: float
    validation: float | None
    seconds: float


@dataclass
class History:
    """What `fit` did: its epochs, and the parameters that the loss never reached, by name."""

    epochs: list[Epoch] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)

    @property
    def losses(self) -> list[float]:
        """The loss of each epoch, for a curve."""
        return [epoch.loss for epoch in self.epochs]

    @property
    def validations(self) -> list[float]:
        """The validation loss after each epoch; empty where there were no validation rows."""
        return [epoch.validation for epoch in self.epochs if epoch.validation is not None]


def fit(
    model: Module,
    inputs: Sequence[Any],
    targets: Sequence[Any],
    *,
    loss: Loss,
    optimizer: Steps,
    epochs: int,
    rng: random.Random | int,
    batch_size: int = 32,
    validation: tuple[Sequence[Any], Sequence[Any]] | None = None,
    progress: TextIO | bool = True,
) -> History:
    """Train a model on rows of inputs and their targets, in shuffled mini-batches.

    `loss(outputs, targets)` gets a list of the model's outputs and a list of targets and gives a
    unit.  `progress` is where the progress lines go: True for the standard error, False for
    nowhere, or an open stream.  Parameters that the loss does not reach are named in a warning
    and in the history.

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
    if len(inputs) != len(targets):
        raise WiringError(f"got {len(inputs)} rows of inputs and {len(targets)} targets")
    if epochs < 1:
        raise RangeError(f"epochs is {epochs!r}: training takes at least 1", epochs=epochs)
    rng = generator(rng)
    history = History()
    report = Progress(_stream(progress), epochs)
    started = time.perf_counter()
    model.train()
    try:
        for number in range(1, epochs + 1):
            gathered = 0.0
            for batch in batches(range(len(inputs)), batch_size, rng):
                outputs = [model(inputs[k]) for k in batch]
                value = loss(outputs, [targets[k] for k in batch])
                _check_loss(value, number)
                model.zero_grad()
                value.backward()
                if not history.epochs and not gathered:
                    history.unreached = _unreached(model)
                optimizer.step()
                gathered += value.value * len(batch)
            checked = None if validation is None else evaluate(model, *validation, loss=loss)
            spent = time.perf_counter() - started
            history.epochs.append(Epoch(number, gathered / len(inputs), checked, spent))
            report.show(history.epochs[-1], rows=number * len(inputs))
    finally:
        report.close()
    return history


def batches(items: Sequence[Item], size: int, rng: random.Random) -> Iterator[list[Item]]:
    """Cut the items, in a random order, into lists of `size`; the last may be shorter.

    Raises RangeError when there are no items or the size is below 1.

    >>> [len(batch) for batch in batches("abcde", 2, random.Random(0))]
    [2, 2, 1]
    """
    if size < 1 or not items:
        raise RangeError(
            f"cannot cut {len(items)} rows into batches of {size!r}: both are 1 or more"
        )
    order = shuffled(items, rng)
    for start in range(0, len(order), size):
        yield order[start : start + size]


def predict(model: Module, inputs: Sequence[Any]) -> list[Any]:
    """Run a model on rows in evaluation mode and give plain numbers, shaped as its outputs."""
    was_training = model.training
    model.eval()
    try:
        with no_grad():
            return [_plain(model(row)) for row in inputs]
    finally:
        model.train(was_training)


def evaluate(model: Module, inputs: Sequence[Any], targets: Sequence[Any], *, loss: Loss) -> float:
    """Give the loss of a model on rows it is not trained on."""
    value = loss(predict(model, inputs), list(targets))
    return value.value if type(value) is Unit else float(value)


def accuracy(outputs: Sequence[Any], targets: Sequence[int]) -> float:
    """The share of rows whose class is right.

    A row of several outputs votes for the largest (the first on a tie), a row of one output for
    class 1 where it is above 0.

    >>> accuracy([[0.1, 0.9], [2.0, 1.0]], [1, 1])
    0.5
    """
    if len(outputs) != len(targets) or not targets:
        raise WiringError(f"got {len(outputs)} outputs and {len(targets)} targets to compare")
    right = sum(_voted(row) == target for row, target in zip(outputs, targets, strict=True))
    return right / len(targets)


class Progress:
    """The progress lines: one that is rewritten in a terminal, about ten in a file."""

    def __init__(self, stream: TextIO | None, epochs: int) -> None:
        self.stream = stream
        self.epochs = epochs
        self.rewrites = stream is not None and stream.isatty()

    def show(self, epoch: Epoch, rows: int) -> None:
        """Show an epoch; `rows` is how many rows have been learnt from so far."""
        every = max(1, self.epochs // 10)
        last = epoch.number == self.epochs
        if self.stream is None or not (self.rewrites or last or epoch.number % every == 0):
            return
        text = f"epoch {epoch.number:>{len(str(self.epochs))}}/{self.epochs}  loss {epoch.loss:.4f}"
        if epoch.validation is not None:
            text += f"  validation {epoch.validation:.4f}"
        text += f"  {rows / max(epoch.seconds, 1e-9):,.0f} rows/s"
        self.stream.write(f"\r\x1b[K{text}" if self.rewrites else f"{text}\n")
        self.stream.flush()

    def close(self) -> None:
        """End a line that was being rewritten."""
        if self.stream is not None and self.rewrites:
            self.stream.write("\n")
            self.stream.flush()


def _stream(progress: TextIO | bool) -> TextIO | None:
    if isinstance(progress, bool):
        return sys.stderr if progress else None
    return progress


def _check_loss(value: Any, epoch: int) -> None:
    if type(value) is not Unit:
        raise WiringError(f"the loss gave {value!r} and not a unit: nothing could be trained")
    if not math.isfinite(value.value):
        raise DomainError(
            f"the loss is {value.value!r} in epoch {epoch}: lower lr, scale the inputs, or train "
            "under gatenet.detect_anomaly() to find the first gate that is not finite",
            unit=value,
        )


def _unreached(model: Module) -> list[str]:
    """Name the parameters that the first pass did not visit, and warn of them."""
    found = [
        name for name, unit in model.named_parameters() if unit.requires_grad and not unit.visited
    ]
    if found:
        shown = ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
        warnings.warn(
            f"the loss does not reach {len(found)} of the model's parameters, which will not be "
            f"trained: {shown}",
            stacklevel=3,
        )
    return found


def _plain(output: Any) -> Any:
    if isinstance(output, list | tuple):
        return [_plain(item) for item in output]
    return output.value if type(output) is Unit else output


def _voted(row: Any) -> int:
    values = list(row) if isinstance(row, list | tuple) else [row]
    if len(values) == 1:
        return int(values[0] > 0.0)
    return max(range(len(values)), key=values.__getitem__)
