"""The form of a data set: rows of inputs, a target for each, and what they are called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Dataset:
    """Rows of inputs with their targets; `X, y = dataset` takes the two apart.

    A target is the number of a class; `target_names` says what the classes are called.  `source`
    says where the rows come from.

    >>> inputs, targets = Dataset([[0.0, 1.0]], [1])
    >>> inputs, targets
    ([[0.0, 1.0]], [1])
    """

    inputs: list[list[float]]
    targets: list[int]
    feature_names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    source: str = ""

    def __iter__(self) -> Iterator[list[list[float]] | list[int]]:
        yield self.inputs
        yield self.targets

    def __repr__(self) -> str:
        features = len(self.inputs[0]) if self.inputs else 0
        classes = len(set(self.targets))
        return f"<Dataset of {len(self.inputs)} rows, {features} features, {classes} classes>"
