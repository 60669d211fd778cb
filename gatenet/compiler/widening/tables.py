"""Tables of slots, and the shapes in them: contiguous, broadcast, strided or none of these.

Knows lists of numbers alone.
"""

from __future__ import annotations

from collections.abc import Sequence

#: An affine table: its first slot, and a (length, stride) pair for each axis, outermost first.
Affine = tuple[int, tuple[tuple[int, int], ...]]


def affine(table: Sequence[int], axes: int = 3) -> Affine | None:
    """Find start and strides such that the table is an array of at most `axes` axes; or None.

    >>> affine([5, 6, 7, 15, 16, 17])
    (5, ((2, 10), (3, 1)))
    >>> affine([3, 3, 3]), affine([1, 2, 4])
    ((3, ((3, 0),)), None)
    """
    start = table[0]
    lengths: list[tuple[int, int]] = []
    block, total = 1, len(table)
    while block < total:
        if len(lengths) == axes:
            return None
        stride = table[block] - start
        count, at = 1, block
        while at < total and table[at] == start + count * stride:
            count += 1
            at += block
        # The axis ends where the stride does, at a length that divides what is left.
        while total % (count * block):
            count -= 1
        if count == 1:
            return None
        lengths.append((count, stride))
        block *= count
    pattern = [start]
    for count, stride in lengths:
        pattern = [p + k * stride for k in range(count) for p in pattern]
    return (start, tuple(reversed(lengths))) if pattern == list(table) else None


def run_of(table: Sequence[int]) -> int | None:
    """The stride of a table that is one run: 1 for contiguous, 0 for broadcast; None for neither.

    >>> run_of([4, 5, 6]), run_of([4, 4]), run_of([4, 6])
    (1, 0, None)
    """
    first = table[0]
    if table[-1] == first:
        return 0 if list(table).count(first) == len(table) else None
    return 1 if list(table) == list(range(first, first + len(table))) else None


def described(table: Sequence[int], size: int, terms: int) -> str:
    """What kind of table it is, in a word."""
    stride = run_of(table)
    if len(table) == 1 or stride == 1:
        return "contiguous"
    if stride == 0:
        return "broadcast"
    return "strided" if affine(table) is not None else "indexed"
