"""Teams: those who do tasks.  `Team` keeps order, bounds what is under way and tells of trouble.

Knows tasks and answers; how a task reaches a worker is each team's own.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any, NamedTuple

from gatenet._version import __version__
from gatenet.cluster.progress import Shown
from gatenet.cluster.tasks import (
    Answer,
    Chosen,
    Loaded,
    Part,
    Sent,
    Table,
    Task,
    recipe_of,
    result_names,
)
from gatenet.cluster.troubles import trouble
from gatenet.cluster.work import Ready, perform
from gatenet.compiler.compiled import Compiled
from gatenet.compiler.sums import added
from gatenet.errors import ClusterError, OperandError, RangeError, WiringError

#: Seconds without any answer, after which waiting ends.
TIMEOUT = 600.0
#: How often a shard whose worker was lost is done again.
RETRIES = 3


class Held(NamedTuple):
    """Something that workers hold: what it is, and its results' names where it is a program."""

    thing: Any
    names: list[str]


class Team:
    """What all teams have: `hold`, `release`, `answers`, `totals`, `close`."""

    #: How many work side by side, as far as is known.
    workers: int = 1
    _again: int = 0

    def __init__(self, timeout: float = TIMEOUT) -> None:
        if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout > 0:
            raise RangeError(f"timeout is {timeout!r}: it is a number of seconds above 0")
        #: Seconds without any answer, after which `answers` ends with ClusterError.
        self.timeout = float(timeout)
        self._held: dict[str, Held] = {}
        self._numbers = count()
        self._busy = False
        self._closed = False

    @property
    def retries(self) -> int:
        """Tasks that were done again since the team was made, because a worker was lost."""
        return self._again

    def hold(self, thing: Any) -> str:
        """Let the workers hold something: a compiled circuit, a Table, a source, a load function.

        Gives its handle, for tasks.  It is sent where it is needed, once for each worker.

        Raises CompileError or FormatError for a circuit that cannot travel, OperandError for what
        is none of these or cannot be pickled.
        """
        names: list[str] = []
        if isinstance(thing, Compiled):
            names = result_names(thing)
            thing = self._program(thing)
        elif not (isinstance(thing, Table) or hasattr(thing, "part") or callable(thing)):
            raise OperandError(
                f"{thing!r:.80} cannot be held: give a compiled circuit, a Table, a source with "
                "part(first, last), or a function"
            )
        handle = f"{type(thing).__name__}-{next(self._numbers)}"
        self._keep(handle, thing)
        self._held[handle] = Held(thing, names)
        return handle

    def release(self, handle: str) -> None:
        """Forget what is held; workers forget it as well."""
        if self._held.pop(handle, None) is not None:
            self._drop(handle)

    def answers(
        self, tasks: Iterable[Task], *, step: str = "", progress: Any = None
    ) -> Iterator[Answer]:
        """Do tasks and yield their answers in the order given.

        Tasks are read as they can be done: a few for each worker are under way at a time.  `step`
        says in messages what is being done.  `progress` is a function of `Progress`, a stream or
        True for the standard error.

        Raises ClusterError naming host, shard and step for whatever goes wrong (where several
        shards cannot be done, for the first of them), FlippedBranchError where a recorded
        comparison went the other way; what reading `tasks` raises goes on.
        """
        if self._busy:
            raise ClusterError("this team is at work: end that call of answers() first")
        if self._closed:
            raise ClusterError("this team was closed: make another")
        shown = Shown(progress)
        coming = enumerate(tasks)
        under_way: dict[int, Task] = {}
        ready: dict[int, tuple[Task, tuple[Any, ...]]] = {}
        due, more = 0, True
        self._busy = True
        try:
            while True:
                while more and len(under_way) + len(ready) < max(8, 4 * self.workers):
                    number, task = next(coming, (-1, None))
                    more = task is not None
                    if task is not None:
                        order, program, thing = self._order(task)
                        under_way[number] = task
                        self._submit(number, order, program, thing)
                if not under_way and not ready:
                    break
                while due in ready:
                    yield self._answer(*ready.pop(due), step)
                    due += 1
                if due in under_way:
                    for number, wire in self._finished(under_way, step):
                        ready[number] = under_way.pop(number), wire
                        if wire[0] == "sum":
                            shown.done(wire[2], self)
            shown.end(self)
        finally:
            self._busy = False
            self._abandon(under_way)

    def totals(
        self, tasks: Iterable[Task], *, step: str = "", progress: Any = None
    ) -> list[Answer]:
        """The answers as a list."""
        return [*self.answers(tasks, step=step, progress=progress)]

    def close(self) -> None:
        """Let the workers go, and forget what they hold."""
        if not self._closed:
            self._closed = True
            self._held.clear()
            self._end()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _order(self, task: Task) -> tuple[tuple[Any, ...], str, str]:
        """A task as it travels, and the handles of its program and of what its rows need."""
        rows: Any = task.rows
        thing = ""
        kind: tuple[Any, ...]
        if isinstance(rows, Sent):
            kind = "sent", rows.data, rows.rows
        elif isinstance(rows, Chosen):
            thing, kind = rows.table, ("chosen", array("q", rows.places).tobytes())
        elif isinstance(rows, Part):
            thing, kind = rows.source, ("part", int(rows.first), int(rows.last))
        elif isinstance(rows, Loaded):
            thing, kind = rows.load, ("loaded", int(rows.number))
        else:
            raise OperandError(f"rows are Sent, Chosen, Part or Loaded, not {rows!r:.80}")
        for handle in (task.program, thing):
            if handle and handle not in self._held:
                raise WiringError(f"this team holds no {handle!r}: hold() gives a handle")
        return (__version__, task.uniform, *kind), task.program, thing

    def _answer(self, task: Task, wire: tuple[Any, ...], step: str) -> Answer:
        if wire[0] != "sum":
            source = self._held.get(task.rows.source) if isinstance(task.rows, Part) else None
            names = self._held[task.program].names
            raise trouble(wire, task, step, names, source and source.thing)
        _, data, rows, seconds, host, pid = wire
        return Answer(array("d", data), rows, seconds, host, pid, task.shard)

    def _program(self, compiled: Compiled) -> Any:
        return recipe_of(compiled)

    # What each team does in its own way.

    def _keep(self, handle: str, thing: Any) -> None:
        """Take what is to be held."""

    def _drop(self, handle: str) -> None:
        """Forget what was held."""

    def _submit(self, number: int, order: tuple[Any, ...], program: str, thing: str) -> None:
        """Begin a task."""
        raise NotImplementedError

    def _finished(
        self, under_way: dict[int, Task], step: str
    ) -> Iterable[tuple[int, tuple[Any, ...]]]:
        """Wait until at least one task is done; give those that are."""
        raise NotImplementedError

    def _abandon(self, under_way: dict[int, Task]) -> None:
        """Give up what is under way: nobody waits for it."""

    def _end(self) -> None:
        """Let the workers go."""


class Serial(Team):
    """Do tasks here, one after the other, on the compiled circuit as it is.

    `timeout` is not used: who waits is who works.
    """

    def __init__(self, timeout: float = TIMEOUT) -> None:
        super().__init__(timeout)
        self._waiting: list[tuple[int, tuple[Any, ...], str, str]] = []

    def _program(self, compiled: Compiled) -> Any:
        return Ready.of(compiled.program, compiled._ready("gradients"))

    def _submit(self, number: int, order: tuple[Any, ...], program: str, thing: str) -> None:
        self._waiting.append((number, order, program, thing))

    def _finished(
        self, under_way: dict[int, Task], step: str
    ) -> Iterable[tuple[int, tuple[Any, ...]]]:
        number, order, program, thing = self._waiting.pop(0)
        held = self._held[thing].thing if thing else None
        yield number, perform(order, self._held[program].thing, held)

    def _abandon(self, under_way: dict[int, Task]) -> None:
        self._waiting = []


def summed(answers: Iterable[Answer]) -> list[float]:
    """The sum of the answers' totals, from left to right: outputs, gradients, checks."""
    return added(answer.totals for answer in answers)
