"""Troubles: what went wrong on a worker, as one error that names host, shard and step.

Knows what `work.perform` tells; raises nothing by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gatenet.cluster.tasks import Chosen, Part, Task
from gatenet.errors import ClusterError, FlippedBranchError, GatenetError

_MENDS = {
    "version": "install the same gatenet on every worker, and start them again",
    "compile": "a gate of one's own has to be imported on every worker before",
    "load": "the shard's rows could not be read there: mend the data or what loads it",
}
#: The step of `map_batches`, which trains nothing.
SUMMING = "map_batches"


def trouble(
    wire: Sequence[Any], task: Task, step: str, names: Sequence[str], source: Any = None
) -> GatenetError:
    """The error for an answer that is none, with its facts: host, pid, shard, step, stage, row.

    `source` is what the task's rows are a part of; it may know where a row stands.
    """
    _, stage, kind, text, row, result, host, pid = wire
    place = _place(task, row)
    named = _row(task, place) + _found(task, row, source)
    where = f"{said(step)}{task.shard} on {host} (process {pid})"
    facts = {
        "host": host, "pid": pid, "shard": task.shard.number, "step": step, "stage": stage,
        "row": place, "error": kind,
    }  # fmt: skip
    if kind == "FlippedBranchError" and result is not None:
        return FlippedBranchError(
            f"{where}: {named}: {text} when this circuit was recorded, goes the other "
            "way here, so the wiring may be another. Use gatenet.where, or record a circuit for "
            "such rows as well",
            **facts,
        )
    if stage == "version":
        return ClusterError(f"{where}: the worker {text}: {_MENDS[stage]}", **facts)
    if result is not None:
        name = names[result] if result < len(names) else f"result {result}"
        first = f"the first row to give it is {named}: {text}"
        if place is None:
            first = f"each row's is, but their sum is {text}"
        mend = "and at the parameters" if step == SUMMING else "or train with a smaller step"
        return ClusterError(
            f"{where}: the sum of {name} is not finite; {first}. Look at this row, {mend}",
            **facts,
        )
    return ClusterError(
        f"{where}: {stage} raised {kind}: {text}" + (f" ({_MENDS[stage]})" * (stage != "run")),
        **facts,
    )


def said(step: str) -> str:
    """A step as a message begins with it."""
    return f"{step}, " if step else ""


def _place(task: Task, row: int | None) -> int | None:
    """The number of a shard's row among all rows."""
    if row is None:
        return None
    rows = task.rows
    return int(rows.places[row]) if isinstance(rows, Chosen) else task.shard.first + row


def _found(task: Task, row: int | None, source: Any) -> str:
    """Where a shard's row stands in the source it was read from, in brackets."""
    if row is None or not isinstance(task.rows, Part) or not hasattr(source, "where"):
        return ""
    try:
        return f" ({source.where(task.rows.first + row)})"
    except (GatenetError, OSError):  # the file is another by now: the row's number has to do
        return ""


def _row(task: Task, place: int | None) -> str:
    """A row as a message names it."""
    return f"row {place}" + (" of the shard" if task.shard.last == 0 else "")
