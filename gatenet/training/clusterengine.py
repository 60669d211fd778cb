"""The cluster engine: each batch summed shard by shard on workers, with the sums of one process.

Workers hold the circuits and the packed rows, or read a source's rows themselves; a step sends
places and the parameters' present values, and gets sums back.  Knows teams and the compiled
engine; does not know optimizers.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from gatenet.cluster import Answer, Chosen, Part, Sent, Shard, Table, Task, Team, shards
from gatenet.compiler import Compiled
from gatenet.compiler.sums import added
from gatenet.compiler.tables import Packed
from gatenet.errors import ClusterError
from gatenet.training.batching import Rows
from gatenet.training.compiledengine import CompiledEngine
from gatenet.training.engines import Measured
from gatenet.training.streams import Run, Stream


@dataclass(frozen=True)
class Held:
    """Rows that workers hold: a table's handle and places in it."""

    table: str
    places: list[int]

    def part(self, shard: Shard) -> Chosen:
        """The rows of a shard, for a task."""
        return Chosen(self.table, self.places[shard.first : shard.last])

    def __len__(self) -> int:
        return len(self.places)


@dataclass(frozen=True)
class Read:
    """Rows `first` to `last` of a source, which workers read."""

    source: str
    first: int
    last: int

    def part(self, shard: Shard) -> Part:
        """The rows of a shard, for a task."""
        return Part(self.source, self.first + shard.first, self.first + shard.last)

    def __len__(self) -> int:
        return self.last - self.first


class ClusterEngine(CompiledEngine):
    """Work out the loss and gradients of batches on the workers of a team.

    `opening` opens the team, when the first batch is to be worked out, and `close` closes it.  The
    sums are those of a `CompiledEngine` of the same `shard_size`, to the bit.

    Raises what CompiledEngine raises, ClusterError for a worker or a cluster that failed, and a
    DomainError that names host, shard and step where a worker found what is not finite.
    """

    def __init__(
        self, *settings: Any, opening: Callable[[], AbstractContextManager[Team]], **more: Any
    ) -> None:
        super().__init__(*settings, **more)
        assert self.shard_size is not None
        self._opening = opening
        self._open: AbstractContextManager[Team] | None = None
        self.team: Team | None = None
        self._handles: dict[Any, str] = {}
        #: Where each row of the training is held: its circuit, and its place in that table.
        self._stands: list[tuple[Any, int]] = []
        self._fault: ClusterError | None = None

    @property
    def retries(self) -> int:
        """How many shards were done again, because their worker was lost."""
        return 0 if self.team is None else self.team.retries

    def prepare(self, rows: Rows | Stream) -> None:
        """Record and compare the circuits here, then let the workers have them and the rows."""
        super().prepare(rows)
        self.close()
        self._open = self._opening()
        self.team = self._open.__enter__()
        for key in self._known:
            self._program(key)
        if isinstance(rows, Stream):
            self._handles["source"] = self.team.hold(self.laid_out)
            return
        tables: dict[Any, list[bytes]] = {}
        for key, packed in self.packed(rows.inputs, rows.targets, rows.weights):
            table = tables.setdefault(key, [])
            self._stands.append((key, len(table)))
            table.append(packed)
        for key, some in tables.items():
            width = len(self._known[key].loss.columns)
            self._handles["rows", key] = self.team.hold(Table(b"".join(some), width))

    def close(self) -> None:
        """Close the team, where it was opened here; a team or client of the user's stays open."""
        opened, self._open = self._open, None
        team, self.team = self.team, None
        handles, self._handles = self._handles, {}
        self._stands = []
        if opened is None:
            return
        try:
            if team is not None:
                for handle in handles.values():
                    team.release(handle)
        finally:
            opened.__exit__(None, None, None)

    def at(self, rows: Rows | Run) -> Measured:
        """The loss of a batch and its gradients, worked out in shards.

        Where a worker found something that is not finite the batch is wired eagerly, here.
        """
        self._fault = None
        found = super().at(rows)
        if self._fault is None:
            return found
        facts = {name: self._fault.facts[name] for name in ("host", "pid", "shard", "row", "step")}
        row = "" if facts["row"] is None else f", row {facts['row']} of the data"
        return found._replace(
            place=f", shard {facts['shard']} on {facts['host']}{row}", facts=facts
        )

    def groups(self, rows: Rows | Run) -> Iterable[tuple[Any, Any]]:
        """A batch's circuits, each with where its rows are, in the order in which they are met."""
        if isinstance(rows, Run):
            return [(self.only_key, Read(self._handles["source"], rows.first, rows.last))]
        if rows.places is None or not self._stands:
            return super().groups(rows)
        return self._held(rows.places).items()

    def _held(self, places: Sequence[int]) -> dict[Any, Held]:
        found: dict[Any, Held] = {}
        for place in places:
            key, at = self._stands[place]
            if key not in found:
                found[key] = Held(self._handles["rows", key], [])
            found[key].places.append(at)
        return found

    def sums(self, groups: Iterable[tuple[Any, Any]], seed: float) -> Iterator[tuple[Any, Any]]:
        """For each circuit with its rows, the sum over them of the loss and its gradients."""
        found: list[tuple[Any, list[Task]]] = []
        count = 0
        for key, rows in groups:
            compiled = self._known[key].loss.compiled
            some = self._tasks(key, rows, array("d", compiled._uniform(seed)), count)
            found.append((key, some))
            count += len(some)
        answers = self._answers([task for _, some in found for task in some])
        for key, some in found:
            try:
                yield key, added(answer.totals for answer in islice(answers, len(some)))
            except ClusterError as error:
                self._fault = self._odd(error, found)
                yield key, [math.nan] * (1 + len(self._places[key]))
                return

    def totals(
        self,
        rows: Packed,
        uniform: Any,
        *,
        places: Sequence[int] | None = None,
        compiled: Compiled | None = None,
    ) -> Any:
        """The sum over rows of the only circuit, by their places among those of the training.

        What is not finite is nan in all of it: `at` tells the rest.
        """
        given: Any = rows
        if places is not None and self._stands:
            (given,) = self._held(places).values()
        tasks = self._tasks(self.only_key, given, array("d", uniform), 0)
        try:
            return added(answer.totals for answer in self._answers(tasks))
        except ClusterError as error:
            self._odd(error, [])
            return array("d", [math.nan])

    def _tasks(self, key: Any, rows: Any, uniform: array[float], number: int) -> list[Task]:
        """The rows of one circuit as tasks, one a shard, which are numbered from `number` on."""
        assert self.shard_size is not None
        program = self._program(key)
        sent = uniform.tobytes()
        found = []
        for shard in shards(len(rows), self.shard_size):
            if isinstance(rows, Packed):
                part: Any = Sent.of(rows[shard.first : shard.last], rows.width)
            else:
                part = rows.part(shard)
            named = shard._replace(number=number + shard.number)
            found.append(Task(program, sent, part, named))
        return found

    def _program(self, key: Any) -> str:
        """The handle of a circuit that workers hold."""
        assert self.team is not None
        found = self._handles.get(("program", key))
        if found is None:
            found = self.team.hold(self._known[key].loss.compiled)
            self._handles["program", key] = found
        return found

    def _answers(self, tasks: Sequence[Task]) -> Iterator[Answer]:
        assert self.team is not None
        return self.team.answers(tasks, step=self.where)

    def _odd(self, error: ClusterError, found: list[tuple[Any, list[Task]]]) -> ClusterError:
        """Take up that a worker found what is not finite, and in which row; else raise it on."""
        if error.facts.get("stage") != "run" or error.facts.get("error") != "ClusterError":
            raise error
        row = error.facts["row"]
        tasks = [(key, task) for key, some in found for task in some]
        if row is not None and tasks:
            key, task = tasks[error.facts["shard"]]
            if isinstance(task.rows, Chosen):
                row = self._stands.index((key, row))
            elif isinstance(task.rows, Part):
                row += task.rows.first - task.shard.first
            else:
                row = None
        error.facts["row"] = row
        return error
