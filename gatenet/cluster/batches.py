"""Batches: data of any kind as tasks, and their sum: what `Compiled.map_batches` does.

Knows compiled circuits, teams and tables; a source is known by its `rows` and `part`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from os import PathLike, fspath
from typing import Any

from gatenet.cluster.opening import team_of
from gatenet.cluster.processes import counted
from gatenet.cluster.shards import SHARD_SIZE, Shard, check_shard_size, shards
from gatenet.cluster.tasks import Loaded, Part, Sent, Task, packed, uniform_of
from gatenet.cluster.teams import RETRIES, TIMEOUT, Team, summed
from gatenet.compiler.compiled import Compiled
from gatenet.compiler.tables import checked_rows
from gatenet.errors import OperandError, WiringError


def map_batches(
    compiled: Compiled,
    data: Any = None,
    *,
    shards: int | None = None,
    client: Any = None,
    cluster: str | None = None,
    workers: int | None = None,
    shard_size: int = SHARD_SIZE,
    seed: Any = 1.0,
    timeout: float = TIMEOUT,
    retries: int = RETRIES,
    progress: Any = False,
) -> tuple[list[float], list[float]]:
    """Outputs and gradients summed over all rows: see `Compiled.map_batches`."""
    check_shard_size(shard_size)
    if getattr(data, "portable", True) is False:  # rows that go by once are read here, in parts
        data = data.parts(shard_size)
    refuse_path(data)
    uniform = uniform_of(compiled, seed)
    if shards is not None:
        counted("shards", shards, 1)
        if not callable(data) or is_source(data):
            raise OperandError("shards= says how many shards a load function gives; data is none")
    elif callable(data) and not is_source(data):
        raise OperandError(
            f"{data!r:.80} is a function: say with shards= how many shards load(number) gives"
        )
    elif is_source(data):
        check_source(data, compiled)
    elif hasattr(data, "__len__") or data is None or not hasattr(data, "__iter__"):
        data = checked_rows(data, compiled.inputs)
    team: Team
    with team_of(client, cluster, workers, timeout=timeout, retries=retries) as team:
        held = [team.hold(compiled)]
        try:
            tasks = _tasks(team, held, uniform, data, compiled, shard_size, shards)
            totals = summed(team.answers(tasks, step="map_batches", progress=progress))
        finally:
            for handle in held:
                team.release(handle)
    if not totals:
        raise WiringError(f"got no rows: give at least one, of {len(compiled.inputs)} number(s)")
    count = len(compiled.outputs)
    return totals[:count], totals[count : count + len(compiled.wrt)]


def refuse_path(data: Any) -> None:
    """Raise OperandError for the name of a file: what reads it is a source."""
    if isinstance(data, (str, PathLike)):
        raise OperandError(
            f"got the path {fspath(data)!r}, and no rows: give a source of it, "
            f"gatenet.cluster.sources.source({fspath(data)!r})"
        )


def is_source(data: Any) -> bool:
    """Whether something has rows that are read in parts, where they are needed."""
    return hasattr(data, "part") and hasattr(data, "rows")


def check_source(source: Any, compiled: Compiled) -> None:
    """Raise WiringError for a source without rows, or whose rows are not the circuit's."""
    width = len(compiled.inputs)
    columns = getattr(source, "columns", None)
    if columns and len(columns) != width:
        raise WiringError(
            f"{source!r:.80} has {len(columns)} column(s); the circuit takes {width}: choose them "
            f"when the source is made{source.hint() if hasattr(source, 'hint') else ''}"
        )
    if source.rows < 1:
        raise WiringError(f"{source!r:.80} has no rows: give at least one")


def _tasks(
    team: Team,
    held: list[str],
    uniform: bytes,
    data: Any,
    compiled: Compiled,
    size: int,
    count: int | None,
) -> Iterator[Task]:
    """One task for each shard; what has to be held for them is put in `held`."""
    program, width = held[0], len(compiled.inputs)
    if count is not None:
        held.append(team.hold(data))
        for k in range(count):
            yield Task(program, uniform, Loaded(held[1], k), Shard(k, 0, 0))
    elif is_source(data):
        held.append(team.hold(data))
        for shard in shards(data.rows, size):
            yield Task(program, uniform, Part(held[1], shard.first, shard.last), shard)
    elif hasattr(data, "__len__"):
        for shard in shards(len(data), size):
            part = Sent.of(data[shard.first : shard.last], width)
            yield Task(program, uniform, part, shard)
    else:
        for shard, sent in recut(data, compiled, size):
            yield Task(program, uniform, sent, shard)


def _is_row(table: Any) -> bool:
    """Whether something is numbers one after another, where rows of numbers were awaited."""
    if hasattr(table, "ndim"):
        return bool(table.ndim == 1)
    return isinstance(table, (list, tuple, array)) and all(
        isinstance(x, (int, float)) for x in table
    )


def recut(tables: Iterable[Any], compiled: Compiled, size: int) -> Iterator[tuple[Shard, Sent]]:
    """A stream of tables of rows, of any lengths, as shards; one shard is held at a time.

    Raises WiringError or OperandError that says which table is wrong.
    """
    width = len(compiled.inputs)
    whole = 8 * width * size
    rest = bytearray()
    number = 0
    for k, table in enumerate(tables):
        if hasattr(table, "__len__") and not len(table):
            continue
        try:
            rest += packed(checked_rows(table, compiled.inputs), width)
        except (WiringError, OperandError) as error:
            if _is_row(table):
                raise OperandError(
                    f"item {k} of the stream is {table!r:.80}, one row: an iterator yields tables "
                    "of rows. Yield [row], or better many rows at a time, or give a list of rows",
                    table=k,
                ) from None
            raise type(error)(f"table {k} of the stream: {error}", table=k) from None
        while len(rest) >= whole:
            found = Sent(bytes(rest[:whole]), size)
            del rest[:whole]
            yield Shard(number, number * size, (number + 1) * size), found
            number += 1
    if rest:
        last = len(rest) // (8 * width)
        yield Shard(number, number * size, number * size + last), Sent(bytes(rest), last)
