"""Dask's troubles: what its client and scheduler say, as one error with host, shard and step.

Knows clients by what they answer; raises nothing by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from gatenet.cluster.connecting import heard
from gatenet.cluster.tasks import Task
from gatenet.cluster.troubles import said
from gatenet.errors import ClusterError


def failed(error: Any, task: Task, step: str, address: str) -> ClusterError:
    """What Dask itself says about a task, as one error with host, shard and step."""
    kind = type(error).__name__
    host = str(getattr(getattr(error, "last_worker", None), "address", "")) or "a worker"
    where = f"{said(step)}{task.shard} on {host}"
    if kind == "KilledWorker":
        text = (
            f"{where}: {error.allowed_failures + 1} worker(s) ended while they did it, the last "
            "one with nothing else to do. It may need more memory than there is (take smaller "
            "shards), or what loads it cannot be imported there: look at the workers' logs"
        )
    elif isinstance(error, ImportError | AttributeError):
        text = (
            f"{where}: it cannot read what it was sent ({kind}: {error}). Install the same "
            "gatenet there, and what loads the rows, and start it again"
        )
    elif "deserializ" in str(error):
        host = address
        text = (
            f"{said(step)}{task.shard}: the scheduler at {address} cannot read what it was sent. "
            "It needs the same gatenet as its workers, though it computes nothing: install it "
            "there and start the scheduler again"
        )
    else:
        text = f"{where}: {kind}: {error}"
    return ClusterError(text, host=host, shard=task.shard.number, step=step, error=kind)


def unread(task: Task, step: str, address: str, thing: Any) -> ClusterError:
    """The scheduler, through which all passes, cannot import what a task needs."""
    module = str(getattr(thing, "__module__", ""))
    if module.partition(".")[0] in ("", "gatenet"):
        said_so = RuntimeError("Error during deserialization")
        return failed(said_so, task, step, address)
    return ClusterError(
        f"{said(step)}{task.shard}: the scheduler at {address} cannot read {thing!r:.80}, which "
        f"passes through it: it has to be able to import the module {module!r} and what that "
        "imports, as the workers have. Install it there, or start scheduler and workers with its "
        "folder on PYTHONPATH",
        host=address, shard=task.shard.number, step=step,
    )  # fmt: skip


def gone(address: str, step: str) -> ClusterError:
    """The connection to the scheduler is lost."""
    return ClusterError(
        f"{said(step)}the scheduler at {address} is gone: the connection to it was lost. Start it "
        "and its workers again, and go on from the last checkpoint",
        host=address, step=step, shard=None,
    )  # fmt: skip


def mute(address: str, workers: Iterable[str]) -> ClusterError:
    """There are workers, and none of them answers."""
    hosts = ", ".join(sorted(workers)[:8])
    return ClusterError(
        f"connect, none of the workers of the scheduler at {address} answers ({hosts}): they stand "
        "still, or do what lets nothing else run. Look at their logs and start them again, or "
        "allow more time with worker_timeout=",
        host=hosts, step="connect", shard=None,
    )  # fmt: skip


def executing(dask_worker: Any) -> list[str]:
    """The keys of what a worker's threads are doing, also of what nobody waits for any more."""
    return [str(task.key) for task in dask_worker.state.executing]


def late(
    client: Any, address: str, call: tuple[str, int], shards: Sequence[int], limit: float, step: str
) -> ClusterError:
    """Nothing came in time: say who has what; `call` is how the names of these tasks begin."""
    host = f"the cluster of {address}"
    key, before = call[0], ""
    with suppress(Exception):
        busy = client.sync(client.scheduler.processing, callback_timeout=5)
        named = [
            worker for worker, keys in busy.items() if any(str(k).startswith(key) for k in keys)
        ]
        host = ", ".join(named) if named else host if busy else f"{host}, which has no workers"
        told = heard(client, [*busy], executing).values()
        own = f"{key}-{call[1]}-"
        others = sum(not k.startswith(own) for keys in told for k in keys)
        if others:
            before = (
                f". The workers are still busy with {others} task(s) that are not of this call; "
                "those of a call that was given up go on until they end, for Dask cannot "
                "interrupt them: wait for them, or start the workers again"
            )
    some = ", ".join(map(str, shards[:8]))
    return ClusterError(
        f"{said(step)}shard(s) {some} on {host}: no answer for {limit:g} s{before}. Allow more "
        "with timeout=, take smaller shards, or look at the workers' logs",
        host=host, step=step, shard=min(shards),
    )  # fmt: skip
