"""Embedding: a learned vector for each number of a small set (characters, words)."""

from __future__ import annotations

import operator
import random
from collections.abc import Sequence
from typing import Any

from gatenet.errors import OperandError, RangeError
from gatenet.nn.initializers import Initializer, normal
from gatenet.nn.module import Module
from gatenet.nn.neuron import rows
from gatenet.nn.shapes import size
from gatenet.randomness import generator
from gatenet.unit import Unit


class Embedding(Module):
    """A table of vectors: number k gives row k, the parameters themselves and no gate.

    A list of numbers gives a list of vectors.  The table starts by `init`, by default the normal
    distribution of standard deviation 1; the initializer is asked for `num_embeddings` rows.

    Raises OperandError for what is no whole number, RangeError for one outside the table.

    >>> table = Embedding(10, 3, rng=0)
    >>> len(table(7)), len(table([1, 2, 3, 4])), table(7)[0] is table.weights[7][0]
    (3, 4, True)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        *,
        init: Initializer | None = None,
        rng: random.Random | int,
    ) -> None:
        count = size(num_embeddings, "num_embeddings")
        width = size(embedding_dim, "embedding_dim")
        drawn = rows(init or normal(), generator(rng), width, count)
        self.weights = [[Unit(value, role="parameter") for value in row] for row in drawn]

    def forward(self, inputs: int | Sequence[Any]) -> list[Any]:
        """Give the vector of a number, or the vectors of a list of numbers."""
        return self._rows(inputs)

    def _rows(self, inputs: Any) -> list[Any]:
        if isinstance(inputs, (list, tuple)):
            return [self._rows(part) for part in inputs]
        try:
            place = operator.index(inputs)
        except TypeError:
            place = None
        if place is None or isinstance(inputs, bool):
            raise OperandError(f"{self!r} got {inputs!r}: it takes whole numbers, or lists of them")
        if not 0 <= place < len(self.weights):
            raise RangeError(
                f"{self!r} got {place}: its rows are numbered from 0 to {len(self.weights) - 1}",
                value=place,
            )
        return list(self.weights[place])

    def __repr__(self) -> str:
        return f"Embedding({len(self.weights)}, {len(self.weights[0])})"
