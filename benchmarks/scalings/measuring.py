"""Measuring: what the machine, a message, the optimizer and a step on a cluster take.

CPU time where one process works alone (it suffers less from others than the clock on the wall
does), wall time where processes wait for each other.  The best of a few rounds is kept beside the
median: what others do can only make a round longer.

Knows gatenet.cluster and clocks; `fitting` makes coefficients of what is found here.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from gatenet import Circuit, Unit
from gatenet.cluster import (
    Chosen,
    Loaded,
    Sent,
    Shard,
    Table,
    Task,
    shards,
    summed,
    team_of,
    uniform_of,
)
from gatenet.optim import Adam
from scalings.workloads import FITTED, Network, Waiting


@dataclass
class Point:
    """One thing measured: sizes by name, the best and the median in seconds."""

    sizes: dict[str, Any]
    best: float
    median: float


def timed(run: Callable[[], object], rounds: int, clock: Callable[[], float]) -> list[float]:
    """The times of a few rounds, after one that is not counted."""
    run()
    found = []
    for _ in range(rounds):
        start = clock()
        run()
        found.append(clock() - start)
    return found


def point(times: list[float], per: int = 1, **sizes: Any) -> Point:
    """What a few rounds say, divided by how often each did the thing."""
    return Point(sizes, min(times) / per, statistics.median(times) / per)


def load() -> float:
    """How many processes wanted a core over the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def machine(rounds: int, networks: Iterable[Network] = FITTED, counts: Any = None) -> list[Point]:
    """CPU seconds of value and gradient summed over rows that lie packed, by network and rows."""
    points = []
    for network in networks:
        compiled = network.compiled()
        backend = compiled._ready("gradients")
        if hasattr(backend, "threads"):
            backend.threads = 1
        for count in counts or (128, 1024, 8192):
            rows = network.rows(count)
            times = timed(
                lambda c=compiled, r=rows: c.totals(r), rounds, time.process_time
            )  # fmt: skip
            points.append(
                point(times, calls=1, numbers=count * network.width, gates=count * network.gates)
            )
    return points


def packing(rounds: int, network: Network, count: int) -> dict[str, Point]:
    """CPU seconds to pack rows: lists of floats, a NumPy array, rows chosen from a held table."""
    packed = network.rows(count)
    lists = packed.tolist()
    table = bytes(packed.data)
    size = 8 * network.width
    places = [*range(count)]
    random.Random(0).shuffle(places)

    def chosen() -> bytes:
        view = memoryview(table)
        return b"".join([view[k * size : (k + 1) * size] for k in places])

    ways: dict[str, Callable[[], object]] = {
        "lists": lambda: Sent.of(lists, network.width),
        "chosen from a held table": chosen,
    }
    try:
        import numpy
    except ImportError:
        pass
    else:
        an_array = numpy.array(lists)
        ways["a NumPy array"] = lambda: Sent.of(an_array, network.width)
    return {
        way: point(timed(run, rounds, time.process_time), count, numbers=network.width)
        for way, run in ways.items()
    }


def messages(team: Any, rounds: int, sizes: Iterable[int]) -> list[Point]:
    """Round trips of one task at a time, by the bytes that go there: wall, less the work itself.

    The program is a square, so that the work is next to nothing; its own time is taken off.
    """
    x = Unit(0.5, "x")
    compiled = Circuit(x * x).compile([x])
    program, uniform = team.hold(compiled), uniform_of(compiled)
    points = []
    for size in sizes:
        count = max(1, size // 8)
        rows = Sent(array("d", [0.5]).tobytes() * count, count)
        task = Task(program, uniform, rows, Shard(0, 0, count))
        [*team.answers([task])]
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            (answer,) = team.answers([task])
            times.append(time.perf_counter() - start - answer.seconds)
        points.append(point(times, messages=1, bytes=8 * count))
    team.release(program)
    return points


def serial(team: Any, rounds: int, network: Network, tasks: int) -> dict[str, Point]:
    """A stream of tasks that hold next to no work: what a message costs where nothing else binds.

    Parameters and gradients of `network` go along.  "wall" is the time between two answers, "cpu"
    what this process spends on each, the scheduler included where it lives here.
    """
    compiled = network.compiled()
    program, uniform = team.hold(compiled), uniform_of(compiled)
    rows = network.rows(1)
    task = Task(program, uniform, Sent.of(rows, network.width), Shard(0, 0, 1))
    [*team.answers([task] * 2 * team.workers)]
    walls, cpus = [], []
    for _ in range(rounds):
        start, used = time.perf_counter(), time.process_time()
        for _answer in team.answers([task] * tasks):
            pass
        walls.append(time.perf_counter() - start)
        cpus.append(time.process_time() - used)
    team.release(program)
    size = len(uniform) + 8 * network.width
    return {
        "wall": point(walls, tasks, bytes=size), "cpu": point(cpus, tasks, bytes=size)
    }  # fmt: skip


def per_step(rounds: int, network: Network, count: int = 64) -> dict[str, Point]:
    """What a step has once, on CPU: Adam over all parameters; and adding up an answer."""
    compiled = network.compiled()
    optimizer = Adam(compiled.wrt, lr=1e-3)
    for unit in compiled.wrt:
        unit.grad = 0.5
    parts = [array("d", [0.5]) * (len(compiled.wrt) + 1) for _ in range(count)]

    class Part:
        def __init__(self, totals: Any) -> None:
            self.totals = totals

    answers = [Part(totals) for totals in parts]
    parameters = len(compiled.wrt)
    return {
        "Adam, all parameters": point(
            timed(optimizer.step, rounds, time.process_time), parameters=parameters
        ),
        "adding an answer": point(
            timed(lambda: summed(answers), rounds, time.process_time), count, parameters=parameters
        ),
        "writing the parameters as bytes": point(
            timed(lambda: uniform_of(compiled), rounds, time.process_time), parameters=parameters
        ),
    }


class Stepping:
    """A team at work on steps: rows chosen from a table that its workers hold, sums, Adam.

    All that a step of the trainer has is in it, but for the trainer's own bookkeeping.
    """

    def __init__(self, team: Any, network: Network, table: Any) -> None:
        self.team = team
        self.compiled = network.compiled()
        self.optimizer = Adam(self.compiled.wrt, lr=1e-3)
        self.program = team.hold(self.compiled)
        self.held = team.hold(Table(bytes(table.data), network.width))
        self.places = [*range(len(table))]
        random.Random(1).shuffle(self.places)

    def step(self, batch: int, shard_size: int) -> tuple[float, float]:
        """Make one step; give its wall seconds and those the workers computed."""
        start = time.perf_counter()
        uniform = uniform_of(self.compiled)
        places = self.places
        answers = [
            *self.team.answers(
                Task(self.program, uniform, Chosen(self.held, places[s.first : s.last]), s)
                for s in shards(batch, shard_size)
            )
        ]
        totals = summed(answers)
        for unit, total in zip(self.compiled.wrt, totals[1:], strict=False):
            unit.grad = total / batch
        self.optimizer.step()
        return time.perf_counter() - start, sum(answer.seconds for answer in answers)


def curve(
    kind: str, counts: Iterable[int], rounds: int, network: Network,
    batches: Iterable[tuple[int, int]],
) -> list[Point]:  # fmt: skip
    """Wall seconds of a step for each number of workers, batch and size of a shard.

    All teams of a kind are open at once and have their steps in turn, so that whatever else the
    machine does meets them alike.
    """
    batches = [*batches]
    table = network.rows(max(batch for batch, _ in batches))
    with ExitStack() as opened:
        steppings = [
            Stepping(opened.enter_context(team_of(cluster=kind, workers=count)), network, table)
            for count in counts
        ]
        found: dict[tuple[int, int, int], list[tuple[float, float]]] = {}
        for number in range(rounds + 1):
            for one in steppings:
                for batch, shard_size in batches:
                    took = one.step(batch, shard_size)
                    if number:  # in the first round programs and tables travel
                        found.setdefault((one.team.workers, batch, shard_size), []).append(took)
    return [
        point([wall for wall, _ in times], workers=key[0], batch=key[1], shard_size=key[2],
              work=statistics.median(work for _, work in times))
        for key, times in found.items()
    ]  # fmt: skip


def waiting(
    kind: str, counts: Iterable[int], rounds: int, network: Network, count: int, pause: float
) -> list[Point]:
    """Wall seconds of a step of `count` shards that only wait, `pause` seconds each.

    A worker that waits needs no core, so that many of them can be tried on a machine of few: what
    is left of a real cluster are its messages, of the network's parameters and gradients.  With
    Dask the workers are threads of one process.  "between" is the wall time between two answers
    of a stream that does not wait, in the same rounds.
    """
    compiled = network.compiled()
    points = []
    for workers in counts:
        with waiters(kind, workers) as team:
            program = team.hold(compiled)
            held = [team.hold(Waiting(wait, network.width)) for wait in (0.0, pause)]
            uniform = uniform_of(compiled)
            walls: list[list[float]] = [[], []]
            for number in range(rounds + 1):
                for k, load_ in enumerate(held):
                    tasks = [
                        Task(program, uniform, Loaded(load_, shard), Shard(shard, 0, 0))
                        for shard in range(count)
                    ]
                    start = time.perf_counter()
                    summed(team.answers(tasks))
                    if number:
                        walls[k].append(time.perf_counter() - start)
            points.append(point(walls[1], workers=workers, shards=count, pause=pause,
                                between=statistics.median(walls[0]) / count))  # fmt: skip
    return points


@contextmanager
def waiters(kind: str, workers: int) -> Iterator[Any]:
    """A team whose workers have nothing to compute: processes, or threads of a Dask worker."""
    if kind == "processes":
        with team_of(workers=workers) as team:
            yield team
        return
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=1, threads_per_worker=workers, host="127.0.0.1",
                     dashboard_address=None) as cluster,
        Client(cluster, set_as_default=False) as client,
        team_of(client=client) as team,
    ):  # fmt: skip
        yield team
