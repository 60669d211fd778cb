"""Dask: a team of the workers of a Dask cluster, which others may keep.

A program, a table or a source is the result of a task of its own, and so is each sum: what is
lost with a worker is made again elsewhere by the scheduler.  Only Dask's own protocol is spoken.
Knows teams and `distributed`, which is imported when a team is made.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any
from uuid import uuid4

from gatenet.cluster.connecting import LARGE, connected, local, no_gatenet
from gatenet.cluster.processes import counted, cpus
from gatenet.cluster.tasks import Recipe, Table, Task
from gatenet.cluster.teams import RETRIES, TIMEOUT, Team
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
        self._done: SimpleQueue[tuple[int, int]] = SimpleQueue()
        self._again = 0
        self._looked = 0.0
        self._threads: dict[str, int] = {}
        self._turns: list[str] = []
        self._look()

    @property
    def retries(self) -> int:
        """Tasks that were done again since the team was made, because a worker was lost."""
        self._look()
        return self._again

    def _look(self) -> None:
        """See which workers there are, and what those that are gone had to do."""
        with suppress(Exception):  # trouble with the scheduler is told where answers are awaited
            ask = self._client.sync
            scheduler = self._client.scheduler
            found = ask(scheduler.ncores, callback_timeout=10)
            for address in self._threads.keys() - found.keys():
                for _, told in ask(scheduler.events, topic=address, callback_timeout=10):
                    if told.get("action") == "remove-worker":
                        keys = [*told["processing-tasks"], *told["lost-computed-tasks"]]
                        self._again += sum(str(key).startswith(self._key) for key in keys)
            self._threads = found
            self.workers = max(1, sum(found.values()))
            self._turns = [address for address, threads in found.items() for _ in range(threads)]
        self._looked = monotonic()

    @property
    def _key(self) -> str:
        return f"gatenet-sum-{self._name}"

    def _keep(self, handle: str, thing: Any) -> None:
        import dask

        making: Any = keep
        fields: Any = (thing,)
        if isinstance(thing, Recipe | Table):
            making, fields = (keep_recipe if isinstance(thing, Recipe) else keep_table), thing
        key = f"gatenet-held-{self._name}-{handle}"
        try:
            with dask.config.set(LARGE):
                future = self._client.submit(making, *fields, key=key, pure=False)
        except Exception as error:
            if self._client.status != "running":
                raise self._gone("") from error
            raise OperandError(f"{thing!r:.80} cannot be sent to workers: {error}") from None
        self._kept[handle] = future

    def _drop(self, handle: str) -> None:
        self._kept.pop(handle, None)

    def _submit(self, number: int, order: tuple[Any, ...], program: str, thing: str) -> None:
        import dask

        call = self._call
        if monotonic() - self._looked > 1.0:
            self._look()
        # The scheduler would send all to the worker that made the program.
        turn = [self._turns[number % len(self._turns)]] if self._turns else None
        try:
            with dask.config.set(LARGE):
                future = self._client.submit(
                    perform, order, self._kept[program], self._kept.get(thing), pure=False,
                    key=f"{self._key}-{call}-{number}", workers=turn,
                    allow_other_workers=turn is not None,
                )  # fmt: skip
            self._futures[number] = future
            future.add_done_callback(lambda _: self._done.put((call, number)))
        except Exception as error:
            raise self._gone("") from error

    def _finished(
        self, under_way: dict[int, Task], step: str
    ) -> Iterable[tuple[int, tuple[Any, ...]]]:
        numbers: list[int] = []
        while not numbers:
            numbers = self._awaited(under_way, step)
        for number in numbers:
            future = self._futures[number]
            if future.status == "error":
                raise self._failed(future.exception(timeout=30), under_way[number], step)
            if future.status != "finished":
                raise self._gone(step)
        futures = [self._futures[number] for number in numbers]
        try:
            gather = partial(self._client.gather, futures, asynchronous=True)
            wires = self._client.sync(gather, callback_timeout=self.timeout)
        except TimeoutError:
            raise self._late(under_way, step) from None
        except Exception as error:
            if self._client.status != "running":
                raise self._gone(step) from None
            raise self._failed(error, under_way[numbers[0]], step) from None
        for number in numbers:
            del self._futures[number]
        return [*zip(numbers, wires, strict=True)]

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

    def _end(self) -> None:
        self._kept.clear()
        self._futures.clear()
        for one in self._own:
            with suppress(Exception):
                one.close(timeout=10)

    def _failed(self, error: Any, task: Task, step: str) -> ClusterError:
        """What Dask itself says about a task."""
        last = getattr(error, "last_worker", None)
        host = str(getattr(last, "address", "")) or "a worker"
        where = f"{said(step)}{task.shard} on {host}"
        if type(error).__name__ == "KilledWorker":
            text = (
                f"{where}: {error.allowed_failures + 1} workers ended while they did it. It may "
                "need more memory than they have: take smaller shards, or look at their logs"
            )
        elif isinstance(error, ImportError | AttributeError):
            host = no_gatenet(self._client) or host
            text = (
                f"{said(step)}{task.shard} on {host}: a worker cannot read what it was sent "
                f"({type(error).__name__}: {error}). Install the same gatenet there, and what "
                "loads the rows, and start it again"
            )
        else:
            text = f"{where}: {type(error).__name__}: {error}"
        return ClusterError(
            text, host=host, shard=task.shard.number, step=step, error=type(error).__name__
        )

    def _gone(self, step: str) -> ClusterError:
        return ClusterError(
            f"{said(step)}the scheduler at {self.address} is gone: the connection to it was lost. "
            "Start it and its workers again, and go on from the last checkpoint",
            host=self.address, step=step, shard=None,
        )  # fmt: skip

    def _late(self, under_way: dict[int, Task], step: str) -> ClusterError:
        """Nothing came: say who has what."""
        busy: dict[str, Any] = {}
        host = f"the cluster of {self.address}"
        with suppress(Exception):
            busy = self._client.sync(self._client.scheduler.processing, callback_timeout=5)
            named = [
                worker for worker, keys in busy.items()
                if any(str(key).startswith(self._key) for key in keys)
            ]  # fmt: skip
            host = ", ".join(named) if named else host if busy else f"{host}, which has no workers"
        some = ", ".join(str(task.shard.number) for task in [*under_way.values()][:8])
        return ClusterError(
            f"{said(step)}shard(s) {some} on {host}: no answer for {self.timeout:g} s. Allow more "
            "with timeout=, take smaller shards, or look at the workers' logs",
            host=host, step=step, shard=min(task.shard.number for task in under_way.values()),
        )  # fmt: skip


def local_team(
    workers: int | None = None,
    *,
    timeout: float = TIMEOUT,
    retries: int = RETRIES,
    worker_timeout: float = 30.0,
) -> DaskTeam:
    """A team of a Dask cluster of its own: processes on this machine, on loopback alone."""
    counted("retries", retries, 0)
    if workers is None:
        workers = cpus()
    cluster, client = local(counted("workers", workers, 1), retries, worker_timeout)
    try:
        team = DaskTeam(client, timeout=timeout, worker_timeout=worker_timeout)
    except BaseException:
        client.close(timeout=10)
        cluster.close(timeout=10)
        raise
    team._own = [client, cluster]
    return team


def keep_recipe(*fields: Any) -> Recipe:
    """A task's result: a program as it travels."""
    return Recipe(*fields)


def keep_table(data: bytes, width: int) -> Table:
    """A task's result: rows that workers hold."""
    return Table(data, width)


def keep(thing: Any) -> Any:
    """A task's result: a source, or a load function."""
    return thing
