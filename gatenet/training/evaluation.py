"""Evaluation: what a model gives for rows that it is not trained on, and how good that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gatenet.errors import WiringError
from gatenet.modes import no_grad
from gatenet.nn.module import Module
from gatenet.unit import Unit

#: A function of (outputs, targets) that gives a unit: gatenet.losses has many.
Loss = Callable[..., Any]
#: A function of (outputs, targets), plain numbers both, that gives a number.
Metric = Callable[[list[Any], list[Any]], float]


def predict(model: Module, inputs: Sequence[Any]) -> list[Any]:
    """Run a model on rows in evaluation mode and give plain numbers, shaped as its outputs."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with no_grad():
            return [plain(output) for output in model.batch(list(inputs))]
    finally:
        for module, training in modes:
            module.training = training


def evaluate(model: Module, inputs: Sequence[Any], targets: Sequence[Any], *, loss: Loss) -> float:
    """Give the loss of a model on rows it is not trained on."""
    return number_of(loss(predict(model, inputs), list(targets)))


def accuracy(outputs: Sequence[Any], targets: Sequence[int]) -> float:
    """The share of rows whose class is right.

    A row of several outputs votes for the largest (the first on a tie), a row of one output for
    class 1 where it is above 0.

    >>> accuracy([[0.1, 0.9], [2.0, 1.0]], [1, 1])
    0.5
    """
    if len(outputs) != len(targets) or not targets:
        raise WiringError(f"got {len(outputs)} outputs and {len(targets)} targets to compare")
    right = sum(voted(row) == target for row, target in zip(outputs, targets, strict=True))
    return right / len(targets)


def voted(row: Any) -> int:
    """The class that a row of outputs votes for."""
    values = list(row) if isinstance(row, list | tuple) else [row]
    if len(values) == 1:
        return int(values[0] > 0.0)
    return max(range(len(values)), key=values.__getitem__)


def plain(output: Any) -> Any:
    """The numbers of an output in its own shape: units become their values."""
    if isinstance(output, list | tuple):
        return [plain(item) for item in output]
    return output.value if type(output) is Unit else output


def number_of(value: Any) -> float:
    """The number that a loss or a metric gave, as a unit or plain."""
    return value.value if type(value) is Unit else float(value)
