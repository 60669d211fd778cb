"""Dask: a team of the workers of a Dask cluster, which others may keep.

A program, a table or a source is the result of a task of its own, and so is each sum: what is
lost with a worker is made again elsewhere by the scheduler.  Only Dask's own protocol is spoken.
Knows teams and `distributed`, which is imported when a team is made.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any
from uuid import uuid4

from gatenet._version import __version__
from gatenet.cluster.connecting import LARGE, closed, connected, lacking
from gatenet.cluster.dasktroubles import failed, gone, late, mute, unread
from gatenet.cluster.keeping import keep, keep_recipe, keep_table
from gatenet.cluster.tasks import Recipe, Table, Task
from gatenet.cluster.teams import TIMEOUT, Team
from gatenet.cluster.troubles import said
from gatenet.cluster.work import perform
from gatenet.errors import ClusterError, OperandError


class DaskTeam(Team):
    """The workers of a Dask cluster, by a `distributed.Client` or a scheduler's address.

    A client that is given stays open; one that is made for an address is closed with the team.
    Workers may come and go.  `connect_timeout` are the seconds to reach a scheduler,
    `worker_timeout` those to wait for its first worker.

    Raises ClusterError for a scheduler that cannot be reached or has no workers, ToolMissing where
    Dask is not installed, OperandError for what is no client.
    """

    def __init__(
        self,
        client: Any,
        *,
        timeout: float = TIMEOUT,
        connect_timeout: float = 10.0,
        worker_timeout: float = 30.0,
    ) -> None:
        super().__init__(timeout)
        self._client, self._own = connected(client, connect_timeout, worker_timeout)
        #: The scheduler's address.
        self.address = str(self._client.scheduler.address)
        self._name = uuid4().hex
        self._call = 0
        self._kept: dict[str, Any] = {}
        self._futures: dict[int, Any] = {}
        self._jobs: dict[int, tuple[tuple[Any, ...], str, str]] = {}
        #: Shards whose workers ended again and again: each is done once more with none beside it,
        #: for the scheduler suspects all that a worker had, and one of them is to blame.
        self._suspects: deque[int] = deque()
        self._alone = -1
        self._tries = 0
        self._done: SimpleQueue[tuple[int, int]] = SimpleQueue()
        self._again = 0
        self._looked = 0.0
        self._threads: dict[str, int] = {}
        self._turns: list[str] = []
        #: Workers that have no gatenet, and what their Python says to it.
        self._without: dict[str, str] = {}
        #: Workers that did not answer when they were met: others are asked first.
        self._silent: set[str] = set()
        try:
            self._look(worker_timeout)
            self._check("connect")
            if self._silent and not self._turns:
                raise mute(self.address, self._silent)
        except BaseException:
            self.close()
            raise

    @property
    def retries(self) -> int:
        """Tasks that were done again since the team was made, because a worker was lost."""
        self._look()
        return self._again

    def _look(self, wait: float = 0.0) -> None:
        """See which workers there are, and what those that are gone had to do."""
        with suppress(Exception):  # trouble with the scheduler is told where answers are awaited
            ask, scheduler = self._client.sync, self._client.scheduler
            found = ask(scheduler.ncores, callback_timeout=10)
            before, self._threads = self._threads, found
            for address in before.keys() - found.keys():
                for _, told in ask(scheduler.events, topic=address, callback_timeout=10):
                    if told.get("action") == "remove-worker":
                        keys = [*told["processing-tasks"], *told["lost-computed-tasks"]]
                        self._again += sum(str(key).startswith(self._key) for key in keys)
            without, silent = lacking(self._client, found.keys() - before.keys(), wait)
            self._without.update(without)
            self._silent = (self._silent & found.keys()) | silent
            answering = {host: n for host, n in found.items() if host not in self._silent}
            self._turns = [host for host, threads in answering.items() for _ in range(threads)]
            self.workers = max(1, len(self._turns))
        self._looked = monotonic()

    def _check(self, step: str) -> None:
        """Raise ClusterError where a worker has no gatenet, or one without this room."""
        bad = {host: text for host, text in self._without.items() if host in self._threads}
        if bad:
            hosts = ", ".join(sorted(bad))
            raise ClusterError(
                f"{said(step)}the worker(s) at {hosts} cannot work: {min(bad.values())}. Install "
                f"gatenet {__version__} there and start them again, or retire them",
                host=hosts, step=step, shard=None,
            )  # fmt: skip

    @property
    def _key(self) -> str:
        return f"gatenet-sum-{self._name}"

    def _keep(self, handle: str, thing: Any) -> None:
        import dask

        making: Any = keep
        fields: Any = (thing,)
        if isinstance(thing, Recipe | Table):
            making, fields = (keep_recipe if isinstance(thing, Recipe) else keep_table), thing
        where: dict[str, Any] = {}
        if self._silent and self._turns:  # what all need is not to be made where nobody answers
            where = {"workers": self._turns, "allow_other_workers": True}
        key = f"gatenet-held-{self._name}-{handle}"
        try:
            with dask.config.set(LARGE):
                future = self._client.submit(making, *fields, key=key, pure=False, **where)
        except Exception as error:
            if self._client.status != "running":
                raise self._gone("") from error
            raise OperandError(f"{thing!r:.80} cannot be sent to workers: {error}") from None
        self._kept[handle] = future

    def _drop(self, handle: str) -> None:
        self._kept.pop(handle, None)

    def _submit(self, number: int, order: tuple[Any, ...], program: str, thing: str) -> None:
        self._jobs[number] = order, program, thing
        if self._suspects or self._alone >= 0:
            self._suspects.append(number)
        else:
            self._launch(number)

    def _launch(self, number: int) -> None:
        """Hand a job to the scheduler."""
        import dask

        order, program, thing = self._jobs[number]
        if monotonic() - self._looked > 1.0:
            self._look()
            self._check("")
        # The scheduler would send all to the worker that made the program.
        turn = [self._turns[number % len(self._turns)]] if self._turns else None
        self._tries += 1
        try:
            with dask.config.set(LARGE):
                future = self._client.submit(
                    perform, order, self._kept[program], self._kept.get(thing), pure=False,
                    key=f"{self._key}-{self._call}-{number}-{self._tries}", workers=turn,
                    allow_other_workers=turn is not None,
                )  # fmt: skip
            self._futures[number] = future
            self._listen(number)
        except Exception as error:
            raise self._gone("") from error

    def _listen(self, number: int) -> None:
        """Hear when a job is done."""
        call = self._call
        self._futures[number].add_done_callback(lambda _: self._done.put((call, number)))

    def _finished(
        self, under_way: dict[int, Task], step: str
    ) -> Iterable[tuple[int, tuple[Any, ...]]]:
        numbers: list[int] = []
        while not numbers:
            if not self._futures and self._suspects:
                self._alone = self._suspects.popleft()
                self._launch(self._alone)
            found = self._awaited(under_way, step)
            numbers = [number for number in found if self._is_done(number, under_way, step)]
        futures = [self._futures[number] for number in numbers]
        try:
            gather = partial(self._client.gather, futures, asynchronous=True)
            wires = self._client.sync(gather, callback_timeout=self.timeout)
        except TimeoutError:
            raise self._late(under_way, step) from None
        except Exception as error:
            if self._client.status != "running":
                raise self._gone(step) from None
            raise failed(error, under_way[numbers[0]], step, self.address) from None
        for number in numbers:
            self._forget(number)
        return [*zip(numbers, wires, strict=True)]

    def _is_done(self, number: int, under_way: dict[int, Task], step: str) -> bool:
        """Whether a job has an answer; one whose workers ended is done once more, alone."""
        future = self._futures[number]
        if future.status == "finished":
            return True
        if future.status in ("pending", "lost") and self._client.status == "running":
            self._listen(number)  # its worker went before anybody asked for the answer
            return False
        if future.status != "error":
            self._read(number, under_way[number], step)
            raise self._gone(step)
        try:
            error = future.exception(timeout=self.timeout)
        except TimeoutError:
            raise self._late(under_way, step) from None
        if type(error).__name__ != "KilledWorker" or number == self._alone:
            raise failed(error, under_way[number], step, self.address)
        self._again += 1
        self._suspects.append(number)
        del self._futures[number]
        return False

    def _read(self, number: int, task: Task, step: str) -> None:
        """Raise ClusterError where the scheduler could not read what a job needs."""
        for handle in self._jobs[number][1:]:
            future = self._kept.get(handle)
            if future is not None and future.status == "error":
                raise unread(task, step, self.address, self._held[handle].thing)

    def _forget(self, number: int) -> None:
        del self._futures[number], self._jobs[number]
        if number == self._alone:
            self._alone = -1

    def _awaited(self, under_way: dict[int, Task], step: str) -> list[int]:
        """Wait for the next task that is done, and take all that are."""
        try:
            found = [self._done.get(timeout=self.timeout)]
            with suppress(Empty):
                while True:
                    found.append(self._done.get_nowait())
        except Empty:
            raise self._late(under_way, step) from None
        return [number for call, number in found if call == self._call]

    def _abandon(self, under_way: dict[int, Task]) -> None:
        self._call += 1
        self._futures.clear()  # the scheduler forgets what nobody waits for
        self._jobs.clear()
        self._suspects.clear()
        self._alone = -1

    def _end(self) -> None:
        self._kept.clear()
        self._futures.clear()
        closed(self._own)

    def _gone(self, step: str) -> ClusterError:
        return gone(self.address, step)

    def _late(self, under_way: dict[int, Task], step: str) -> ClusterError:
        numbers = [task.shard.number for task in under_way.values()]
        return late(
            self._client, self.address, (self._key, self._call), numbers, self.timeout, step
        )
