"""A cluster at work, event by event: one parent, workers, shards, a line between them, a death.

A discrete-event simulation in the plainest form.  The future is a heap of (time, number, action);
the clock jumps from event to event, and an action may put further events on the heap.  Whoever
does one thing at a time, the parent and each direction of its line, is a `Queue`: it is known at
once when a thing will be done, so nobody has to wait in the program for it.

The story of a step: the parent sends each worker `ahead` shards, in turn, so that one lies ready
while another is computed.  A shard travels, waits at the worker, is computed; its result travels
back and is taken by the parent, which keeps it until the results of all shards before it have been
added (the sum has one order, whoever was first) and sends that worker the next shard.  When the
last result is added comes the optimizer's turn, and then the next step.

When a worker dies, everything it held is lost.  The parent hears of it `notice` seconds later and
puts the shards it had given it in front of those still to be sent.

Knows `costs`; does not know what is computed, nor any clock but its own.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from scalings.costs import Costs, Step


@dataclass
class Run:
    """What happened: when each step was over, and who did how much."""

    workers: int
    ends: list[float] = field(default_factory=list)
    computed: list[list[tuple[int, int]]] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    added: list[tuple[int, int]] = field(default_factory=list)
    redone: list[tuple[int, int]] = field(default_factory=list)
    parent: float = 0.0
    messages: int = 0

    @property
    def seconds(self) -> float:
        """From the beginning to the end of the last step."""
        return self.ends[-1]

    @property
    def step(self) -> float:
        """Seconds of a step, on average."""
        return self.seconds / len(self.ends)


class Queue:
    """Somebody who does one thing at a time, in the order of asking."""

    def __init__(self) -> None:
        self.free = self.busy = 0.0

    def ask(self, now: float, seconds: float) -> float:
        """Take a thing that lasts `seconds`; give the time when it will be done."""
        self.free = max(now, self.free) + seconds
        self.busy += seconds
        return self.free


class Worker:
    """A worker: shards that lie ready, the one it computes, those the parent thinks it has."""

    def __init__(self) -> None:
        self.alive = True
        self.ready: deque[tuple[int, int]] = deque()
        self.computing: tuple[int, int] | None = None
        self.given: list[tuple[int, int]] = []
        self.told = -1  # the last step whose broadcast was sent
        self.mourned = False  # the parent has heard of its death


class Simulation:
    """`steps` steps on `workers` workers.  `cores` are shared by the workers where it is given.

    `deaths` are pairs (worker, time).  Raises RuntimeError where shards are left and no worker is.
    """

    def __init__(
        self, costs: Costs, step: Step, workers: int, *, steps: int = 1, ahead: int = 2,
        cores: int | None = None, deaths: tuple[tuple[int, float], ...] = (), notice: float = 0.0,
    ) -> None:  # fmt: skip
        self.costs, self.step, self.steps, self.ahead, self.notice = (
            costs, step, steps, ahead, notice,
        )  # fmt: skip
        self.now, self.number = 0.0, 0
        self.events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self.parent, self.down, self.up = Queue(), Queue(), Queue()
        self.workers = [Worker() for _ in range(workers)]
        self.cores = workers if cores is None else cores
        self.waiting: deque[int] = deque()  # workers with a shard and without a core
        self.to_send: deque[int] = deque()
        self.held: set[int] = set()  # results taken, whose turn to be added has not come
        self.next = 0  # the shard whose result is added next
        self.run = Run(workers, computed=[[] for _ in range(workers)], busy=[0.0] * workers)
        for worker, when in deaths:
            self.at(when, self.die, worker)

    def at(self, when: float, action: Callable[..., None], *facts: Any) -> None:
        """Have something happen at a time; of two at one time the first asked for is first."""
        self.number += 1
        heapq.heappush(self.events, (when, self.number, action, facts))

    def play(self) -> Run:
        """Let everything happen, in order."""
        self.begin()
        while self.events and len(self.run.ends) < self.steps:
            self.now, _, action, facts = heapq.heappop(self.events)
            action(*facts)
        if len(self.run.ends) < self.steps:
            raise RuntimeError(f"shards are left in step {len(self.run.ends)} and no worker is")
        self.run.parent = self.parent.busy
        return self.run

    # The parent.

    def begin(self) -> None:
        """A step begins: every shard is to be sent, a few to each worker at once."""
        self.to_send.extend(range(len(self.step.shards)))
        self.next = 0
        for _ in range(self.ahead):
            for worker in range(len(self.workers)):
                self.send(worker)

    def send(self, worker: int) -> None:
        """Give a worker its next shard, if there is one and it has room for it."""
        one = self.workers[worker]
        if not self.to_send or len(one.given) >= self.ahead or one.mourned:
            return
        shard = (len(self.run.ends), self.to_send.popleft())
        one.given.append(shard)
        weight = self.step.down
        if one.told < shard[0]:
            one.told = shard[0]
            weight += self.step.broadcast
        made = self.parent.ask(self.now, self.costs.send)
        self.at(made, self.travel, self.down, weight, self.arrive, worker, shard)

    def travel(self, line: Queue, weight: float, then: Callable[..., None], *facts: Any) -> None:
        """A message goes on the line once those before it are gone, and then its way."""
        self.run.messages += 1
        gone = line.ask(self.now, weight / self.costs.bandwidth)
        self.at(gone + self.costs.latency, then, *facts)

    def receive(self, worker: int, shard: tuple[int, int]) -> None:
        """A result has come: it is taken when the parent has time."""
        self.at(self.parent.ask(self.now, self.costs.take), self.taken, worker, shard)

    def taken(self, worker: int, shard: tuple[int, int]) -> None:
        """Add what can be added in order; send the worker another shard, or end the step."""
        given = self.workers[worker].given
        if shard not in given:
            return  # it was declared lost, and is being done by somebody else
        given.remove(shard)
        self.held.add(shard[1])
        while self.next in self.held:
            self.held.remove(self.next)
            self.run.added.append((shard[0], self.next))
            self.next += 1
        self.send(worker)
        if self.next == len(self.step.shards):
            self.at(self.parent.ask(self.now, self.costs.step), self.over)

    def over(self) -> None:
        """A step is over."""
        self.run.ends.append(self.now)
        if len(self.run.ends) < self.steps:
            self.begin()

    # The workers.

    def arrive(self, worker: int, shard: tuple[int, int]) -> None:
        """A shard lies ready."""
        one = self.workers[worker]
        if one.alive:
            one.ready.append(shard)
            self.want(worker)

    def want(self, worker: int) -> None:
        """Compute the next shard, once there is a core."""
        one = self.workers[worker]
        if one.computing is None and one.ready and worker not in self.waiting:
            self.waiting.append(worker)
        while self.cores and self.waiting:
            self.cores -= 1
            self.compute(self.waiting.popleft())

    def compute(self, worker: int) -> None:
        """Begin with a shard."""
        one = self.workers[worker]
        one.computing = shard = one.ready.popleft()
        seconds = self.costs.worker(self.step.shards[shard[1]])
        self.at(self.now + seconds, self.done, worker, shard, self.now)

    def done(self, worker: int, shard: tuple[int, int], since: float) -> None:
        """A shard is computed: its result goes to the parent, the core to the next."""
        one = self.workers[worker]
        if not one.alive:
            return
        self.run.computed[worker].append(shard)
        self.run.busy[worker] += self.now - since
        one.computing = None
        self.travel(self.up, self.step.up, self.receive, worker, shard)
        self.cores += 1
        self.want(worker)

    # Death.

    def die(self, worker: int) -> None:
        """A worker is gone with what it held; the parent hears of it later."""
        one = self.workers[worker]
        one.alive = False
        if worker in self.waiting:
            self.waiting.remove(worker)
        if one.computing is not None:
            self.cores += 1
        one.ready.clear()
        self.at(self.now + self.notice, self.mourn, worker)
        self.want(worker)

    def mourn(self, worker: int) -> None:
        """The parent hears: what it had given to the dead is given to others, first of all."""
        one = self.workers[worker]
        self.run.redone += one.given
        self.to_send.extendleft(shard for _, shard in reversed(one.given))
        one.given.clear()
        one.mourned = True
        for other in range(len(self.workers)):
            for _ in range(self.ahead):
                self.send(other)


def simulate(costs: Costs, step: Step, workers: int, **options: Any) -> Run:
    """Play `steps` steps and tell what happened; see `Simulation`."""
    return Simulation(costs, step, workers, **options).play()
