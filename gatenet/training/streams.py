"""Streams: a source, read in parts, as the rows of a training.

A batch is a run of rows as they stand in the source, so that it is read in one go; what is
shuffled is the order of the batches.  Nothing is held but what a step needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from gatenet.cluster.sourcesbase import Source, chosen
from gatenet.cluster.sourceschunks import Chunks
from gatenet.cluster.sourcesmarked import Marked, refuse_odd
from gatenet.errors import OperandError, WiringError
from gatenet.training.batching import Rows
from gatenet.training.recording import Table

#: Rows that are looked at before a training: a few, from places all over the source.
LOOKED_AT = 512
#: They are read in so many runs.
RUNS = 4


class Stream:
    """Batches of a source: which columns are targets, the others in their order being inputs.

    `targets` is a column's name or place, and a target then a number; or a list of them, and a
    target then a list.  Targets that are whole numbers may be classes.

    Raises OperandError for an iterator, which goes by once, WiringError for columns there are not.
    """

    def __init__(self, source: Source, targets: Any, size: int) -> None:
        if isinstance(source, Chunks):
            raise OperandError(
                f"{source!r} goes by once, and a training goes over its rows again and again: "
                "write them to a file, and train on that"
            )
        if not isinstance(targets, (str, int, list, tuple)) or isinstance(targets, bool):
            raise OperandError(
                f"targets is {targets!r:.60}: beside a source it names its columns of targets, "
                "as in fit(source, 'price', epochs=10)"
            )
        self.source = source
        self.size = size
        self.length = source.rows
        self.single = isinstance(targets, (str, int))
        self.targets = chosen(targets, source.columns, repr(source))
        self.inputs = [k for k in range(len(source.columns)) if k not in self.targets]
        if not self.inputs:
            raise WiringError(f"all columns of {source!r} are targets: one at least is an input")
        #: Always None: the rows of a source count alike.
        self.weights = None

    @property
    def batches(self) -> int:
        """How many batches there are, the last of which may be shorter."""
        return -(-self.length // self.size)

    def run(self, number: int) -> Run:
        """The rows of a batch, by its number."""
        return Run(self, number * self.size, min(self.length, (number + 1) * self.size))

    def sample(self) -> Rows:
        """Some rows, to look at before a training."""
        size = -(-LOOKED_AT // RUNS)
        if self.length <= LOOKED_AT:
            return self.rows(0, self.length)
        firsts = [(self.length - size) * k // (RUNS - 1) for k in range(RUNS)]
        parts = [self.rows(first, first + size) for first in firsts]
        return Rows([x for part in parts for x in part.inputs],
                    [t for part in parts for t in part.targets])  # fmt: skip

    def rows(self, first: int, last: int) -> Rows:
        """Read rows as inputs and targets.  Raises RangeError for nan and infinity among them."""
        part = self.source.part(first, last)
        refuse_odd(part, self.source, first)
        table = part.tolist()
        inputs = [[row[k] for k in self.inputs] for row in table]
        targets = [[whole(row[k]) for k in self.targets] for row in table]
        return Rows(inputs, [row[0] for row in targets] if self.single else targets)

    def laid_out(self, table: Table) -> Marked:
        """The source as the columns of a circuit that was recorded of its rows."""
        leaves = [*self.inputs, *self.targets]
        return Marked(self.source, [(leaves[k], kind) for k, kind in table.columns])


class Run:
    """Rows that follow one another in a source; read when they are asked for, and once."""

    weights: list[float] | None = None
    places: Sequence[int] | None = None

    def __init__(self, stream: Stream, first: int, last: int) -> None:
        self.stream = stream
        self.first = first
        self.last = last
        self.length = last - first
        self.weight = float(self.length)

    @cached_property
    def _rows(self) -> Rows:
        return self.stream.rows(self.first, self.last)

    @property
    def inputs(self) -> list[Any]:
        """The inputs of each row."""
        return self._rows.inputs

    @property
    def targets(self) -> list[Any]:
        """The target of each row."""
        return self._rows.targets


def whole(number: float) -> float | int:
    """A whole number as an int, which may be a class's; others as they are."""
    return int(number) if number.is_integer() else number
