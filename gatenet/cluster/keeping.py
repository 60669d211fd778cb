"""Keeping: the tasks whose results are what workers hold, so that they are made again when lost.

Knows what is held; runs on workers of Dask.
"""

from __future__ import annotations

from typing import Any

from gatenet.cluster.tasks import Recipe, Table


def keep_recipe(*fields: Any) -> Recipe:
    """A task's result: a program as it travels."""
    return Recipe(*fields)


def keep_table(data: bytes, width: int) -> Table:
    """A task's result: rows that workers hold."""
    return Table(data, width)


def keep(thing: Any) -> Any:
    """A task's result: a source, or a load function."""
    return thing
