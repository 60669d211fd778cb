"""Processes: a team of processes on this machine, by the standard library alone.

Each process has a thread here that sends it one task at a time and waits for the answer.  When a
process ends, its task is done again by another, at most `again` times; a new one takes its place.
Knows teams; the processes themselves run `serving`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, NamedTuple

from gatenet.cluster.serving import serve
from gatenet.cluster.tasks import Task
from gatenet.cluster.teams import RETRIES, TIMEOUT, Team
from gatenet.cluster.troubles import said
from gatenet.errors import ClusterError, OperandError, RangeError

#: What a script that starts processes has to mind.
GUARD = (
    "Each process imports the script first: put what the script itself does under "
    'if __name__ == "__main__": (a script that is read from the standard input has to be a file)'
)


class Job(NamedTuple):
    """A task under way, in a call of `answers`."""

    call: int
    number: int
    order: tuple[Any, ...]
    program: str
    thing: str


class Lost(NamedTuple):
    """A job's process ended."""

    pid: int | None
    code: int | None
    #: Whether it ended by itself before it answered anything: another would do the same.
    unstarted: bool = False


class Broken(NamedTuple):
    """What a thread here could not do with its process, other than that it ended."""

    error: Exception


class Processes(Team):
    """A team of processes on this machine; what a killed one had is done again.

    They are started when there is something to do, by the method `spawn`: a script that uses them
    keeps its own work under `if __name__ == "__main__":`.  A load function must be importable.

    Raises RangeError for no workers, ClusterError in a process that is itself being started: it
    reads the script of who started it, and would start others without end.
    """

    def __init__(
        self, workers: int | None = None, *, timeout: float = TIMEOUT, retries: int = RETRIES
    ) -> None:
        super().__init__(timeout)
        _refuse_starting()
        self.workers = counted("workers", cpus() if workers is None else workers, 1)
        #: How often one shard is done again.
        self.again = counted("retries", retries, 0)
        self._todo: SimpleQueue[Job | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[Job, Any]] = SimpleQueue()
        self._call = 0
        self._tries: dict[int, int] = {}
        self._hands = [_Hand(self) for _ in range(self.workers)]

    def _keep(self, handle: str, thing: Any) -> None:
        from multiprocessing.reduction import ForkingPickler

        try:
            ForkingPickler.dumps(thing)
        except Exception as error:
            raise OperandError(
                f"{thing!r:.80} cannot be sent to another process ({error}): define it at the top "
                "of a module that the workers can import"
            ) from None

    def _submit(self, number: int, order: tuple[Any, ...], program: str, thing: str) -> None:
        self._todo.put(Job(self._call, number, order, program, thing))

    def _finished(
        self, under_way: dict[int, Task], step: str
    ) -> Iterable[tuple[int, tuple[Any, ...]]]:
        while True:
            try:
                job, wire = self._done.get(timeout=self.timeout)
            except Empty:
                for hand in self._hands:
                    hand.kill()
                shards = ", ".join(str(task.shard.number) for task in [*under_way.values()][:8])
                raise ClusterError(
                    f"{said(step)}shard(s) {shards} on {self.workers} processes here: no answer "
                    f"for {self.timeout:g} s, so the processes were ended. Allow more with "
                    "timeout=, or take smaller shards",
                    host="this machine", step=step, shard=min(t.shard.number for t in
                                                              under_way.values()),
                ) from None  # fmt: skip
            if job.call != self._call:
                continue
            if isinstance(wire, Broken):
                self._fail(wire.error, under_way[job.number], step)
            if not isinstance(wire, Lost):
                return [(job.number, wire)]
            self._repeat(job, wire, under_way[job.number], step)

    def _fail(self, error: Exception, task: Task, step: str) -> None:
        raise ClusterError(
            f"{said(step)}{task.shard} on this machine: a process could not be started or spoken "
            f"to: {type(error).__name__}: {error}. Leave workers= out to work in this process",
            host="this machine", shard=task.shard.number, step=step,
        ) from error  # fmt: skip

    def _repeat(self, job: Job, lost: Lost, task: Task, step: str) -> None:
        if lost.unstarted:
            raise ClusterError(
                f"{said(step)}{task.shard} on this machine: process {lost.pid} ended with exit "
                f"code {lost.code} before it took any work; what it said stands on the standard "
                f"error. {GUARD}",
                host="this machine", pid=lost.pid, shard=task.shard.number, step=step,
            )  # fmt: skip
        tries = self._tries[job.number] = self._tries.get(job.number, 0) + 1
        if tries > self.again:
            code = lost.code
            ended = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
            raise ClusterError(
                f"{said(step)}{task.shard} on this machine: {tries} processes ended while they "
                f"did it, the last (process {lost.pid}) with {ended}. A shard may need more "
                "memory than there is",
                host="this machine", pid=lost.pid, shard=task.shard.number, step=step,
            )  # fmt: skip
        self._again += 1
        self._todo.put(job)

    def _abandon(self, under_way: dict[int, Task]) -> None:
        self._call += 1
        self._tries.clear()
        _drained(self._todo)

    def _end(self) -> None:
        _drained(self._todo)
        for _ in self._hands:
            self._todo.put(None)
        for hand in self._hands:
            hand.kill()
        for hand in self._hands:
            hand.thread.join(30)


class _Hand:
    """One process, and the thread here that works with it."""

    def __init__(self, team: Processes) -> None:
        self.team = team
        self.process: Any = None
        self.pipe: Any = None
        self.sent: set[str] = set()
        self.answered = False
        self.lock = Lock()
        self.thread = Thread(target=self._run, name="gatenet-process", daemon=True)
        self.thread.start()

    def kill(self) -> None:
        """End the process, whatever it does."""
        with self.lock:
            if self.process is not None:
                self.process.kill()

    def _run(self) -> None:
        while (job := self.team._todo.get()) is not None:
            wire: Any
            try:
                self._start()
                wire = self._done(job)
            except (EOFError, OSError, ValueError) as error:
                wire = self._lost(error)
            except Exception as error:  # told where it is awaited; nobody sees it here
                self._lost(None)
                wire = Broken(error)
            self.team._done.put((job, wire))
        self._lost(None)

    def _start(self) -> None:
        from multiprocessing import get_context

        with self.lock:
            if self.process is not None:
                return
            if self.team._closed:
                raise EOFError
            context = get_context("spawn")
            self.pipe, theirs = context.Pipe()
            process = context.Process(target=serve, args=(theirs,), daemon=True)
            process.start()
            self.process = process
            self.sent = set()
            self.answered = False
            theirs.close()

    def _done(self, job: Job) -> Any:
        held = self.team._held
        for handle in self.sent.difference(held):
            self.pipe.send(("drop", handle))
            self.sent.discard(handle)
        for handle in (job.program, job.thing):
            if handle and handle not in self.sent:
                found = held.get(handle)
                self.pipe.send(("hold", handle, None if found is None else found.thing))
                trouble = self.pipe.recv()
                self.answered = True
                if trouble is not None:
                    return trouble
                self.sent.add(handle)
        self.pipe.send(("do", job.order, job.program, job.thing))
        return self.pipe.recv()

    def _lost(self, error: Exception | None) -> Lost:
        """See the process off, and say how it ended."""
        with self.lock:
            process, self.process = self.process, None
            if process is None:
                return Lost(None, None)
            self.pipe.close()
            process.join(5 if error is not None else 0)
            process.kill()
            process.join(10)
            code = process.exitcode
            unstarted = not self.answered and code is not None and code > 0
            found = Lost(process.pid, code, unstarted)
            if process.exitcode is not None:
                process.close()
            return found


def counted(name: str, value: Any, least: int) -> int:
    """A whole number of something.

    Raises RangeError for anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise RangeError(f"{name} is {value!r}: it is a whole number, at least {least}")
    return value


def _refuse_starting() -> None:
    """Raise ClusterError in a process that is being started, and reads the script before it works.

    The same sign is what the standard library goes by; it raises in a thread, which helps nobody.
    """
    from multiprocessing import current_process

    if getattr(current_process(), "_inheriting", False):
        raise ClusterError(f"this process is being started, and starts no others. {GUARD}")


def cpus() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _drained(queue: SimpleQueue[Any]) -> None:
    try:
        while True:
            queue.get_nowait()
    except Empty:
        pass
