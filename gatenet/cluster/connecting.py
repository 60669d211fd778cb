"""Connecting: a client of a Dask scheduler, with time limits for all that may not answer.

Knows `distributed`, which is imported when it is needed.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from threading import Event
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from gatenet.errors import ClusterError, OperandError, RangeError, ToolMissing

#: Dask warns of tasks with much data: here they are meant, so that they can be done again.
LARGE = {"distributed.admin.large-graph-warning-threshold": "16GB"}
#: How the addresses of Dask's schedulers begin.
SCHEMES = ("tcp", "tls", "ws", "wss", "ucx", "ucxx")
#: Seconds in which a worker that is met says what it can import.
ANSWER = 5.0


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
        address = _address(client)
        try:
            _greeted(address, limit)
            client = dask.Client(address, timeout=limit, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            if isinstance(error, socket.gaierror):
                text = f"no machine of the name in {address} is known here ({error.strerror})"
                text += ": look at how it is written, or give its number in the network"
            else:
                text = (
                    f"no scheduler answers at {address} within {limit:g} s "
                    f"({type(error).__name__}): start one with `dask scheduler --host HOST`, or "
                    "give the address that it printed"
                )
            raise ClusterError(text, host=address, shard=None, step="connect") from None
        own.append(client)
    elif not isinstance(client, dask.Client):
        raise OperandError(
            f"client is {client!r:.80}: give a distributed.Client or a scheduler's address, like "
            '"tcp://127.0.0.1:8786"'
        )
    elif client.asynchronous:
        raise OperandError("this Dask client is asynchronous: give one that is not")
    try:
        _wait_for_workers(client, limit, wait)
    except BaseException:
        closed(own)
        raise
    return client, own


def _address(text: str) -> str:
    """A scheduler's address.

    Raises OperandError for what is none: without a host or a port, or of another protocol.
    """
    try:
        split = urlsplit(text if "://" in text else f"tcp://{text}")
        whole = split.scheme in SCHEMES and bool(split.hostname and split.port)
    except ValueError:
        whole = False
    if not whole:
        raise OperandError(
            f"client is {text!r:.80}: a scheduler's address is like 'tcp://host:8786', with "
            "tcp:// or tls://, a host and a port; give the one that `dask scheduler` printed"
        )
    return text


def _greeted(address: str, limit: float) -> None:
    """Raise OSError where nobody speaks first at an address, as Dask's listeners do.

    Dask's own client may wait for ever for one who accepts and says nothing.
    """
    split = urlsplit(address if "://" in address else f"tcp://{address}")
    if split.scheme in ("tcp", "tls"):
        with socket.create_connection((split.hostname, split.port), limit) as found:
            if split.scheme == "tcp" and not found.recv(1):
                raise ConnectionError(f"{address} closed the connection")


def _wait_for_workers(client: Any, limit: float, wait: float) -> None:
    """Wait until the scheduler has a worker.

    Raises ClusterError when it does not answer, or has none in time.
    """
    address = str(getattr(client.scheduler, "address", "an unknown address"))
    facts = {"host": address, "shard": None, "step": "connect"}
    if client.status != "running":
        raise ClusterError(f"the client of {address} is {client.status}: connect it again", **facts)
    pause, end = Event(), monotonic() + wait
    try:
        while not client.sync(client.scheduler.ncores, callback_timeout=limit):
            if monotonic() > end:
                raise ClusterError(
                    f"the scheduler at {address} has had no workers for {wait:g} s: start some "
                    f"with `dask worker {address} --nthreads 1`",
                    **facts,
                )
            pause.wait(0.05)
    except (TimeoutError, OSError) as error:
        raise ClusterError(
            f"the scheduler at {address} does not answer within {limit:g} s "
            f"({type(error).__name__}): see whether it runs",
            **facts,
        ) from None


def lacking(client: Any, workers: Iterable[str], wait: float) -> tuple[dict[str, str], set[str]]:
    """The workers that cannot import what does the work, and why; and those that do not answer.

    Each has `ANSWER` seconds, so that one that stands still does not hold up the others.  Where
    nobody answers they are asked again, until `wait` seconds are over.
    """
    asked = [*workers]
    end = monotonic() + wait
    found = heard(client, asked, import_module, "gatenet.cluster.work")
    while asked and not found and monotonic() < end:
        found = heard(client, asked, import_module, "gatenet.cluster.work")
    return {
        host: f"{type(told).__name__}: {told}"
        for host, told in found.items()
        if isinstance(told, ImportError)
    }, {*asked} - found.keys()


def heard(client: Any, workers: Sequence[str], function: Any, *given: Any) -> dict[str, Any]:
    """What a function gives or raises on each worker, of those who answer in time."""
    run = partial(client.run, function, *given, on_error="return", asynchronous=True)
    try:
        found = client.sync(partial(run, workers=workers), callback_timeout=ANSWER)
    except TimeoutError:
        found = client.sync(partial(_each, run, workers))
    return {host: told for host, told in found.items() if not isinstance(told, OSError)}


async def _each(run: Any, workers: Iterable[str]) -> dict[str, Any]:
    """Ask each worker by itself; what those say who answer in time."""
    found: dict[str, Any] = {}
    at_once = asyncio.Semaphore(64)  # each holds a connection to the scheduler

    async def ask(host: str) -> None:
        async with at_once:
            with suppress(TimeoutError):
                found.update(await asyncio.wait_for(run(workers=[host]), ANSWER))

    await asyncio.gather(*map(ask, workers))
    return found


def closed(some: list[Any]) -> None:
    """Close clients and clusters, whatever state they are in."""
    for one in some:
        with suppress(Exception):
            one.close(timeout=10)
