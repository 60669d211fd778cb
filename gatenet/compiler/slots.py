"""Slots: which place of a workspace each node stands in, a place being used again after its last
reader.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence


def allocated(
    operations: Sequence[int],
    args: Sequence[tuple[int, ...]] | Mapping[int, tuple[int, ...]],
    kept: Iterable[int],
    rowless: Container[int] = (),
) -> tuple[dict[int, int], int]:
    """Give each node a place; nodes of `kept` have theirs to the end. Also how many there are.

    A node never shares its place with one of its own operands, so that it can be written while
    they are read.  Nodes of `rowless` are written nowhere and get none.

    >>> allocated([1, 2, 3], [(), (0,), (1,), (2,)], [3])
    ({1: 0, 2: 1, 3: 0}, 2)
    """
    last: dict[int, int] = {}
    for node in operations:
        for arg in args[node]:
            last[arg] = node
    for node in kept:
        last[node] = -1  # no operation's number: it is never given back
    slots: dict[int, int] = {}
    free: list[int] = []
    count = 0
    for node in operations:
        if node not in rowless:
            if not free:
                free.append(count)
                count += 1
            slots[node] = free.pop()
        read = dict.fromkeys(args[node])
        free += [slots[arg] for arg in read if last[arg] == node and arg in slots]
        if node not in last and node in slots:  # nobody reads it
            free.append(slots[node])
    return slots, count
