"""Connecting: a client of a Dask scheduler, and a Dask cluster of processes on this machine.

All of it listens on loopback alone.  Knows `distributed`, imported when it is needed.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial
from typing import Any

from gatenet.errors import ClusterError, OperandError, RangeError, ToolMissing

#: Dask warns of tasks with much data: here they are meant, so that they can be done again.
LARGE = {"distributed.admin.large-graph-warning-threshold": "16GB"}


def distributed() -> Any:
    """The package.

    Raises ToolMissing where it is not installed.
    """
    try:
        import distributed as found
    except ImportError as error:
        raise ToolMissing(
            "Dask distributed is not installed: pip install 'gatenet-circuits[cluster]', or take "
            "cluster='processes', which needs nothing"
        ) from error
    return found


def seconds(name: str, value: Any) -> float:
    """A time limit.

    Raises RangeError for what is no number of seconds above 0.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise RangeError(f"{name} is {value!r}: it is a number of seconds above 0")
    return float(value)


def connected(client: Any, connect: float, wait: float) -> tuple[Any, list[Any]]:
    """A client that is connected and has workers, and what is to be closed with it.

    Raises ClusterError, naming the address, for a scheduler that cannot be reached or has no
    workers, OperandError for what is no client.
    """
    limit, wait = seconds("connect_timeout", connect), seconds("worker_timeout", wait)
    dask = distributed()
    own: list[Any] = []
    if isinstance(client, str):
        address = client
        try:
            client = dask.Client(address, timeout=limit, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise ClusterError(
                f"no scheduler answers at {address} within {limit:g} s "
                f"({type(error).__name__}): start one with `dask scheduler --host HOST`, or give "
                "the address that it printed",
                host=address, shard=None, step="connect",
            ) from None  # fmt: skip
        own.append(client)
    elif not isinstance(client, dask.Client):
        raise OperandError(
            f"client is {client!r:.80}: give a distributed.Client or a scheduler's address, like "
            '"tcp://127.0.0.1:8786"'
        )
    elif client.asynchronous:
        raise OperandError("this Dask client is asynchronous: give one that is not")
    address = str(getattr(client.scheduler, "address", "an unknown address"))
    try:
        if client.status != "running":
            raise ClusterError(
                f"the client of {address} is {client.status}: connect it again",
                host=address, shard=None, step="connect",
            )  # fmt: skip
        client.wait_for_workers(1, timeout=wait)
        return client, own
    except TimeoutError:
        _closed(own)
        raise ClusterError(
            f"the scheduler at {address} has had no workers for {wait:g} s: start some with `dask "
            f"worker {address} --nthreads 1`",
            host=address, shard=None, step="connect",
        ) from None  # fmt: skip
    except BaseException:
        _closed(own)
        raise


def local(workers: int | None, retries: int, wait: float) -> tuple[Any, Any]:
    """A Dask cluster of processes of one thread on loopback, without dashboard; and its client."""
    package = distributed()
    import dask

    with dask.config.set({"distributed.scheduler.allowed-failures": retries}):
        cluster = package.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # None would be the well-known port
            scheduler_kwargs={"dashboard": False},
            silence_logs=logging.CRITICAL,
        )
    try:
        return cluster, package.Client(cluster, timeout=wait, set_as_default=False)
    except BaseException:
        _closed([cluster])
        raise


def no_gatenet(client: Any) -> str:
    """The workers that have no gatenet, by their addresses."""
    from importlib.util import find_spec

    with suppress(Exception):
        asked = partial(client.run, find_spec, "gatenet", on_error="return", asynchronous=True)
        found = client.sync(asked, callback_timeout=10)
        return ", ".join(sorted(host for host, spec in found.items() if spec is None))
    return ""


def _closed(some: list[Any]) -> None:
    for one in some:
        with suppress(Exception):
            one.close(timeout=10)
