"""Local: a Dask cluster of processes on this machine, made for one team and closed with it.

All of it listens on loopback alone.  Knows Dask teams and `distributed`.
"""

from __future__ import annotations

import logging
from typing import Any

from gatenet.cluster.connecting import closed, distributed
from gatenet.cluster.daskteam import DaskTeam
from gatenet.cluster.processes import counted, cpus
from gatenet.cluster.teams import RETRIES, TIMEOUT
from gatenet.errors import ClusterError


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


def local(workers: int | None, retries: int, wait: float) -> tuple[Any, Any]:
    """A Dask cluster of processes of one thread on loopback, without dashboard; and its client.

    Raises ClusterError where its processes do not start.
    """
    package = distributed()
    import dask

    try:
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
    except (RuntimeError, OSError) as error:
        raise ClusterError(
            f"the local cluster of {workers} worker(s) did not start ({error}): a script that "
            "starts processes keeps its own work under `if __name__ == '__main__':`, for each of "
            "them imports it; where it does, see whether there is memory for so many",
            host="127.0.0.1", shard=None, step="connect",
        ) from error  # fmt: skip
    try:
        return cluster, package.Client(cluster, timeout=wait, set_as_default=False)
    except BaseException:
        closed([cluster])
        raise
