"""Batching: the rows of a training, checked once, and the order in which they are learnt from."""

from __future__ import annotations

import inspect
import math
import random
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from gatenet import tabular
from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.randomness import shuffled
from gatenet.training.evaluation import Loss

Item = TypeVar("Item")


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


class Rows(NamedTuple):
    """Inputs with a target for each, and a weight for each where they are weighted.

    `places` says where rows that were picked stood before.
    """

    inputs: list[Any]
    targets: list[Any]
    weights: list[float] | None = None
    places: Sequence[int] | None = None

    def pick(self, places: Sequence[int]) -> Rows:
        """Give the rows at some places."""
        weights = None if self.weights is None else [self.weights[k] for k in places]
        inputs, targets = self.inputs, self.targets
        return Rows([inputs[k] for k in places], [targets[k] for k in places], weights, places)

    @property
    def length(self) -> int:
        """How many rows there are."""
        return len(self.inputs)

    @property
    def weight(self) -> float:
        """What the rows count for together: their weights, or how many they are."""
        return float(len(self.inputs)) if self.weights is None else math.fsum(self.weights)


def read(inputs: Any, targets: Any, sample_weight: Any, loss: Loss) -> Rows:
    """Check the rows of a training; those of weight 0 are left out.

    Targets in lists may be nan, for a loss that knows what that means.

    Raises WiringError when the lengths differ, RangeError for no rows, nan or infinity among the
    inputs or negative weights, OperandError where the loss takes no weights.
    """
    rows = pair(inputs, targets)
    tabular.check_finite(rows.inputs, "inputs")
    if sample_weight is None:
        return rows
    weights = tabular.numbers(sample_weight, name="sample_weight", count=len(rows.inputs))
    if min(weights) < 0.0 or max(weights) == 0.0:
        raise RangeError(
            f"sample_weight goes from {min(weights)!r} to {max(weights)!r}: a weight is 0 or more, "
            "and one at least is more"
        )
    if not _takes_weights(loss):
        name = getattr(loss, "__name__", type(loss).__name__)
        raise OperandError(
            f"the loss {name} takes no weights: write it with a keyword sample_weight=None"
        )
    counting = [k for k, weight in enumerate(weights) if weight > 0.0]
    return Rows(rows.inputs, rows.targets, weights).pick(counting)


def pair(inputs: Any, targets: Any, name: str = "") -> Rows:
    """Check inputs with their targets; arrays and frames become lists.

    Raises WiringError when the lengths differ, RangeError for no rows.
    """
    found = Rows(tabular.samples(inputs, name=f"{name}inputs"),
                 tabular.samples(targets, name=f"{name}targets"))  # fmt: skip
    if len(found.inputs) != len(found.targets):
        raise WiringError(
            f"got {len(found.inputs)} rows of {name}inputs and {len(found.targets)} targets: each "
            "row needs one"
        )
    return found


def pair_of(validation: Any) -> Rows:
    """Check validation rows: a pair of inputs and targets, or a data set.

    Raises OperandError for something else, and what `pair` raises.
    """
    try:
        inputs, targets = validation
    except (TypeError, ValueError):
        raise OperandError(
            f"validation is of type {type(validation).__name__}: pass (inputs, targets)"
        ) from None
    return pair(inputs, targets, "validation ")


def _takes_weights(loss: Loss) -> bool:
    try:
        asked = inspect.signature(loss).parameters.values()
    except (TypeError, ValueError):  # a callable that cannot be asked
        return True
    return any(p.name == "sample_weight" or p.kind is p.VAR_KEYWORD for p in asked)
