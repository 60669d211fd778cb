"""Shards: how a batch is cut, so that its sum depends on the rows and the size of a shard alone.

Knows numbers; does not know what is done with the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from gatenet.compiler.sums import BLOCK as BLOCK
from gatenet.errors import RangeError

#: Rows in a shard where nobody says how many.
SHARD_SIZE = 8 * BLOCK


class Shard(NamedTuple):
    """Rows `first` to `last`, without the last; the shard's `number` in its batch.

    Both are 0 where nobody knows before it is loaded.
    """

    number: int
    first: int
    last: int

    def __str__(self) -> str:
        rows = f" (rows {self.first} to {self.last - 1})" if self.last else ""
        return f"shard {self.number}{rows}"


def check_shard_size(shard_size: Any) -> int:
    """Give the size back where it is one.

    Raises RangeError for what is no positive whole number of blocks of 128 rows.

    >>> check_shard_size(1000)
    Traceback (most recent call last):
    gatenet.errors.RangeError: shard_size is 1000, no whole number of blocks of 128 rows, in which \
sums are added: take 896 or 1024
    """
    if isinstance(shard_size, bool) or not hasattr(shard_size, "__index__"):
        raise RangeError(
            f"shard_size is {shard_size!r}: it is a whole number of rows", shard_size=shard_size
        )
    size = int(shard_size.__index__())
    if size > 0 and size % BLOCK == 0:
        return size
    below = size // BLOCK * BLOCK
    near = f"{below} or {below + BLOCK}" if below > 0 else f"{BLOCK}"
    raise RangeError(
        f"shard_size is {size}, no whole number of blocks of {BLOCK} rows, in which sums are "
        f"added: take {near}",
        shard_size=shard_size,
    )


def shards(rows: int, shard_size: int = SHARD_SIZE) -> Iterator[Shard]:
    """Cut so many rows into shards, the last one shorter.

    Raises RangeError as `check_shard_size` does.

    >>> list(shards(300, 128))
    [Shard(number=0, first=0, last=128), Shard(number=1, first=128, last=256), \
Shard(number=2, first=256, last=300)]
    """
    size = check_shard_size(shard_size)
    return (Shard(k, k * size, min(rows, (k + 1) * size)) for k in range(-(-rows // size)))
