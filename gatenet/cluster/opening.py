"""Opening: a team for what the user names: a Dask client or address, a kind of cluster, a number.

Knows the teams.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from gatenet.cluster.processes import Processes
from gatenet.cluster.teams import RETRIES, TIMEOUT, Serial, Team
from gatenet.errors import RangeError

#: Seconds to reach a scheduler.
CONNECT = 10.0
#: Seconds to wait for a first worker.
WAIT = 30.0
CLUSTERS = ("local", "processes", "serial")


def team_of(
    client: Any = None,
    cluster: str | None = None,
    workers: int | None = None,
    *,
    timeout: float = TIMEOUT,
    retries: int = RETRIES,
    connect_timeout: float = CONNECT,
    worker_timeout: float = WAIT,
) -> AbstractContextManager[Team]:
    """A team, to be used in a `with` statement, which closes what was opened here.

    `client` is a `distributed.Client` or the address of a scheduler ("tcp://host:8786"); a Team
    is taken as it is, and stays open.  `cluster` is "local", a Dask cluster of processes on this
    machine; "processes", processes of the standard library; or "serial", this process.  `workers`
    are how many, by default as many as there are processors; given alone, "processes" is meant.
    With nothing given it is this process.

    `timeout` are the seconds without any answer, after which waiting ends; `retries` how often a
    shard is done again whose worker was lost (on a scheduler that others keep, its own setting
    `distributed.scheduler.allowed-failures` counts); `connect_timeout` the seconds to reach a
    scheduler; `worker_timeout` those to wait for its first worker.

    Raises RangeError for names and numbers that mean nothing, ToolMissing where Dask is not
    installed, ClusterError for a scheduler that cannot be reached or has no workers.

    >>> with team_of() as team:
    ...     team.workers
    1
    """
    if client is not None and (cluster is not None or workers is not None):
        raise RangeError("client= names a cluster already: leave cluster= and workers= out")
    if isinstance(client, Team):
        return nullcontext(client)
    if cluster not in (None, *CLUSTERS):
        raise RangeError(
            f"cluster is {cluster!r}: it is {', '.join(map(repr, CLUSTERS))}; an address is given "
            "as client="
        )
    if cluster == "serial" and workers not in (None, 1):
        raise RangeError(
            f"workers is {workers!r}, and cluster='serial' is this process alone: leave one of "
            "them out"
        )
    if client is None and cluster in (None, "serial") and (workers is None or cluster):
        return Serial(timeout)
    if client is None and cluster != "local":
        return Processes(workers, timeout=timeout, retries=retries)
    from gatenet.cluster.daskteam import DaskTeam
    from gatenet.cluster.localdask import local_team

    if client is None:
        return local_team(workers, timeout=timeout, retries=retries, worker_timeout=worker_timeout)
    return DaskTeam(
        client, timeout=timeout, connect_timeout=connect_timeout, worker_timeout=worker_timeout
    )
