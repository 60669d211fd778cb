"""Averaging: models that are asked together.  Knows modules; does not know training."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.gates import dot, mean
from gatenet.nn.module import Module
from gatenet.real import number

#: A module, or a function from one sample to an output.
Member = Callable[[Any], Any]


class Averaging(Module):
    """Models that are asked together: each output is the mean of the members' outputs.

    `weights` makes it a weighted mean (they are divided by their sum).  `through`, a function or a
    module such as nn.Softmax(), is applied to each member's output first: the mean of
    probabilities is another thing than that of scores.  As a module it has its members'
    parameters, and is trained, saved and evaluated like any other.

    Raises RangeError without members and for weights below 0 or of sum 0, WiringError for a wrong
    number of them, OperandError for a member that cannot be called.

    >>> Averaging([lambda x: [x, 1.0], lambda x: [3 * x, 2.0]])(5.0)
    [10.0, 1.5]
    >>> Averaging([lambda x: [x], lambda x: [3 * x]], weights=[3, 1])(5.0)
    [7.5]
    """

    def __init__(
        self,
        models: Iterable[Member],
        *,
        weights: Sequence[float] | None = None,
        through: Callable[[Any], Any] | None = None,
    ) -> None:
        self.models = [member(model, k) for k, model in enumerate(models)]
        if not self.models:
            raise RangeError(f"{type(self).__name__} got no models: it asks at least one")
        self.through = through
        self.shares = None if weights is None else _shares(weights, len(self.models))

    def forward(self, inputs: Any) -> Any:
        """Ask every member about one sample, and give the mean."""
        return self._together([model(inputs) for model in self.models])

    def batch(self, samples: Sequence[Any]) -> list[Any]:
        """Ask every member about a whole batch."""
        answers = [
            model.batch(samples) if isinstance(model, Module) else [model(x) for x in samples]
            for model in self.models
        ]
        return [self._together(list(outputs)) for outputs in zip(*answers, strict=True)]

    def _together(self, outputs: list[Any]) -> Any:
        if self.through is not None:
            outputs = [self.through(output) for output in outputs]
        return mixed(outputs, self.shares)


def member(model: Any, place: int) -> Member:
    """Check that something can be a member: a module or a function of one sample."""
    if not callable(model):
        raise OperandError(
            f"member {place} of an ensemble is {model!r}: a member is a module or a function of "
            "one sample",
            value=model,
        )
    return model  # type: ignore[no-any-return]


def _shares(weights: Sequence[float], count: int) -> list[float]:
    found = [number(weight) for weight in weights]
    if len(found) != count:
        raise WiringError(f"got {len(found)} weights and {count} models: each model needs one")
    whole = math.fsum(found)
    if not all(0.0 <= weight < math.inf for weight in found) or whole == 0.0:
        raise RangeError(f"got the weights {found}: they are 0 or more and not all 0")
    return [weight / whole for weight in found]


def mixed(outputs: list[Any], shares: list[float] | None) -> Any:
    """The mean of outputs of one shape, number by number."""
    first = outputs[0]
    if not isinstance(first, (list, tuple)):
        return mean(outputs) if shares is None else dot(outputs, shares)
    sizes = [len(output) if isinstance(output, (list, tuple)) else 0 for output in outputs]
    if len(set(sizes)) > 1:
        raise WiringError(f"the members' outputs have {sizes} items: they need one shape")
    return [mixed(list(parts), shares) for parts in zip(*outputs, strict=True)]
