"""Engines: who works out the loss and the gradients of one batch.

A trainer asks for nothing but `gradients` of a batch at the parameters' present values, so that
another way of working them out can take the eager engine's place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from gatenet.errors import WiringError
from gatenet.nn.module import Module
from gatenet.training.batching import Rows
from gatenet.training.evaluation import Loss, plain
from gatenet.training.streams import Stream
from gatenet.unit import Unit


class Measured(NamedTuple):
    """What an engine found for one batch.

    `gradients` stand in the order of the parameters, None for one that the loss does not reach.
    `unit` is the loss as the end of its circuit, where there is one to ask about trouble; `place`
    says for messages where it was worked out, where that was not here, and `facts` for programs.
    """

    loss: float
    outputs: list[Any]
    gradients: list[float | None]
    unit: Unit | None = None
    place: str = ""
    facts: Mapping[str, Any] = MappingProxyType({})


class Engine(Protocol):
    """What a trainer asks of an engine."""

    def prepare(self, rows: Rows | Stream) -> None:
        """Look at the rows of a training before its first step."""

    def gradients(
        self, inputs: Sequence[Any], targets: Sequence[Any], weights: Sequence[float] | None
    ) -> Measured:
        """Give the loss of a batch, the outputs, and the gradient in each parameter."""


class EagerEngine:
    """Wire each batch anew and sweep it.

    >>> from gatenet.losses import mse_loss
    >>> from gatenet.nn import MLP
    >>> line = MLP(1, [1], bias=False, init=lambda rng, nin, nout: [[2.0]], rng=0)
    >>> EagerEngine(line, mse_loss, line.parameters()).gradients([[3.0]], [5.0], None)[:3]
    (1.0, [[6.0]], [6.0])
    """

    def __init__(self, model: Module, loss: Loss, parameters: Sequence[Unit]) -> None:
        self.model = model
        self.loss = loss
        self.parameters = parameters

    def prepare(self, rows: Rows | Stream) -> None:
        """There is nothing to prepare."""

    def gradients(
        self, inputs: Sequence[Any], targets: Sequence[Any], weights: Sequence[float] | None
    ) -> Measured:
        """Give the loss of a batch, the outputs, and the gradient in each parameter.

        Raises WiringError when the loss gives no unit.
        """
        for unit in self.parameters:
            unit._grad = None
        outputs = self.model.batch(list(inputs))
        value = objective(self.loss, outputs, targets, weights)
        if type(value) is not Unit:
            raise WiringError(f"the loss gave {value!r} and not a unit: nothing could be trained")
        value.backward()
        found = [unit._grad for unit in self.parameters]
        return Measured(value.value, [plain(output) for output in outputs], found, value)


def objective(
    loss: Loss, outputs: list[Any], targets: Sequence[Any], weights: Sequence[float] | None
) -> Any:
    """Ask a loss, with the weights of the samples where there are any."""
    if weights is None:
        return loss(outputs, list(targets))
    return loss(outputs, list(targets), sample_weight=list(weights))
