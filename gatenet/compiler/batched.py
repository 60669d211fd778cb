"""Batches past one process: the method of compiled circuits that hands them to a cluster.

The room `cluster`, which does the work, is imported when it is asked for.
"""

from __future__ import annotations

from typing import Any


class Batched:
    """Sums over data that a process, or a machine, is too small for."""

    def map_batches(
        self,
        data: Any = None,
        *,
        shards: int | None = None,
        client: Any = None,
        cluster: str | None = None,
        workers: int | None = None,
        shard_size: int = 1024,
        seed: Any = 1.0,
        timeout: float = 600.0,
        retries: int = 3,
        progress: Any = False,
    ) -> tuple[list[float], list[float]]:
        """Outputs and gradients summed over all rows, shard by shard, here or on workers.

        `data` is one of: rows (lists, an array, a NumPy memory map); a source, which has `rows`
        and `part(first, last)` and is read on the workers; an iterator of tables of rows, read as
        it is needed; or a function `load(number)` that gives shard `number` of `shards`, called
        on the workers.

        Where: nothing is this process; `workers=2` are processes of the standard library;
        `cluster="local"` a Dask cluster of processes on this machine; `client` a
        `distributed.Client`, a scheduler's address, or a team of `gatenet.cluster.team_of`.

        The rows are cut into shards of `shard_size`, a whole number of blocks of 128 (a load
        function cuts them itself); blocks are added left to right within a shard, and shards left
        to right.  So the sums are the same bits wherever and however often a shard is done, and
        those of `sums` where there is one shard.

        `timeout` are the seconds without any answer, after which waiting ends; `retries` how often
        a shard is done again whose worker was lost; `progress` a function, a stream, or True for
        the standard error: shards done, rows a second, shards done again.

        Raises ClusterError naming host, shard and step for a cluster that cannot be reached, has
        no workers or does not answer, a shard that cannot be loaded, a worker of another gatenet,
        and a sum that is not finite (with the first row that gives it); FlippedBranchError where
        a recorded comparison goes the other way; RangeError for a `shard_size` that is no whole
        number of blocks; WiringError or OperandError for wrong rows; ToolMissing without Dask.

        >>> from gatenet import Circuit, Unit
        >>> x, w = Unit(0.0, "x"), Unit(0.5, "w", role="parameter")
        >>> Circuit(w * x).compile([x]).map_batches([[2.0], [4.0]])
        ([3.0], [6.0])
        """
        from gatenet.cluster.batches import map_batches

        return map_batches(
            self, data, shards=shards, client=client, cluster=cluster, workers=workers,  # type: ignore[arg-type]
            shard_size=shard_size, seed=seed, timeout=timeout, retries=retries, progress=progress,
        )  # fmt: skip
