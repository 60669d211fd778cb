"""The form of a data set: rows of inputs, a target for each, and what they are called.

Knows nothing of where rows come from and nothing of units.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Dataset:
    """Rows of inputs with their targets; `X, y = dataset` takes the two apart.

    A target is the number of a class, and `target_names` says what the classes are called; or it is
    a float, the number to predict, and `target_names` holds the name of that quantity.
    `description` says in a sentence or two what the rows are, `source` where they come from.

    >>> inputs, targets = Dataset([[0.0, 1.0]], [1])
    >>> inputs, targets
    ([[0.0, 1.0]], [1])
    """

    inputs: list[list[float]]
    targets: list[Any]
    feature_names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    source: str = ""
    description: str = ""

    def __iter__(self) -> Iterator[list[Any]]:
        yield self.inputs
        yield self.targets

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.inputs)

    def __repr__(self) -> str:
        features = len(self.inputs[0]) if self.inputs else 0
        if any(isinstance(target, float) for target in self.targets):
            what = f"targets {min(self.targets):.6g} to {max(self.targets):.6g}"
        else:
            what = f"{len(set(self.targets))} classes"
        return f"<Dataset of {len(self.inputs)} rows, {features} features, {what}>"
