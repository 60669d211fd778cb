"""Sums over a batch: one fixed order, the same for every backend, lane count and thread count.

Samples stand in blocks of 128 in data order.  Inside a block four eight-wide partial sums are
kept: sample 32 k + 8 j + l goes to lane l of sum j, k rising.  The sums are joined as
(0 + 1) + (2 + 3), lane by lane, then lanes l and l + 4, l and l + 2, l and l + 1.  A short block is
filled with zeros.  Blocks are added from left to right.  In float32 a block is added up in float32,
and the sums of blocks in float64, so that long batches lose nothing.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from operator import add
from typing import Any

#: Samples in a block.
BLOCK = 128

#: Rows whose block sums are held in memory at once: a whole number of blocks.
AT_ONCE = 64 * BLOCK


def single(value: float) -> float:
    """The float32 nearest to a number.

    >>> single(0.1)
    0.10000000149011612
    """
    return array("f", [value])[0]


def single_plus(a: float, b: float) -> float:
    """Add as float32 does: a sum of two of them that is rounded twice is rounded right."""
    return single(a + b)


def block_sum(values: Sequence[float], plus: Callable[[float, float], float] = add) -> float:
    """Add up to 128 numbers in the order of a block.

    >>> block_sum([0.1] * 10)
    1.0
    """
    if len(values) == 1:
        return values[0] + 0.0  # what adding the zeros comes to
    padded = [*values, *[0.0] * (BLOCK - len(values))]
    lanes = []
    for start in range(0, 32, 8):
        sums = padded[start : start + 8]
        for row in range(start + 32, BLOCK, 32):
            sums = [*map(plus, sums, padded[row : row + 8])]
        lanes.append(sums)
    first, second, third, fourth = lanes
    joined = [*map(plus, map(plus, first, second), map(plus, third, fourth))]
    while len(joined) > 1:
        half = len(joined) // 2
        joined = [*map(plus, joined[:half], joined[half:])]
    return joined[0]


def added(blocks: Iterable[Sequence[float]]) -> list[float]:
    """Add the sums of blocks, one list of results for each block, from left to right.

    >>> added([[1.0, 2.0], [3.0, 4.0]])
    [4.0, 6.0]
    """
    totals: list[float] = []
    for sums in blocks:
        totals = [a + b for a, b in zip(totals, sums, strict=True)] if totals else [*sums]
    return totals


def array_block_sums(columns: Any, np: Any) -> Any:
    """The sums of whole and short blocks of each row of an array, one column a block."""
    count, width = columns.shape
    blocks = -(-width // BLOCK)
    if blocks * BLOCK != width:
        padded = np.zeros((count, blocks * BLOCK), dtype=columns.dtype)
        padded[:, :width] = columns
        columns = padded
    with np.errstate(all="ignore"):  # inf - inf is nan here as in any gate, without a warning
        parts = columns.reshape(count, blocks, 4, 4, 8)  # block, k, j, lane
        sums = parts[:, :, 0]
        for k in (1, 2, 3):
            sums = sums + parts[:, :, k]
        joined = (sums[:, :, 0] + sums[:, :, 1]) + (sums[:, :, 2] + sums[:, :, 3])
        while joined.shape[2] > 1:
            half = joined.shape[2] // 2
            joined = joined[:, :, :half] + joined[:, :, half:]
        return joined[:, :, 0]
