"""Around: the part of a circuit near one unit.

What feeds the unit through at most so many gates, and what it feeds; of the gates on the way
down also the leaves they take, so that their arithmetic can be followed.  Rows alone; no
recursion.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


class Part(NamedTuple):
    """Some rows as a circuit of their own: `numbers` has what each is called in the whole."""

    rows: list[Any]
    outputs: list[int]
    numbers: list[int]


def near(rows: Sequence[Any], centre: int, radius: int) -> list[int]:
    """Return the rows within so many wires up or down from one, in order."""
    found = _reached([row.operands for row in rows], {centre}, radius)
    users: list[list[int]] = [[] for _ in rows]
    for i, row in enumerate(rows):
        for operand in row.operands:
            users[operand].append(i)
    below = _reached(users, {centre}, radius)
    leaves = {o for i in below - {centre} for o in rows[i].operands if rows[o].gate is None}
    return sorted(found | below | leaves)


def _reached(ways: Sequence[Sequence[int]], start: set[int], radius: int) -> set[int]:
    """Return what is reached in at most so many steps."""
    found, front = set(start), set(start)
    for _ in range(radius):
        front = {other for row in front for other in ways[row]} - found
        if not front:
            break
        found |= front
    return found


def part(rows: Sequence[Any], outputs: Sequence[int], kept: Sequence[int]) -> Part:
    """Return the kept rows as a circuit; what is used outside is an output of it."""
    place = {row: at for at, row in enumerate(kept)}
    leaving = {o for i, row in enumerate(rows) if i not in place for o in row.operands}
    some = [
        rows[row]._replace(operands=tuple(place[o] for o in rows[row].operands if o in place))
        for row in kept
    ]
    ends = leaving.union(outputs)
    return Part(some, [at for at, row in enumerate(kept) if row in ends], list(kept))


def cut_wires(rows: Sequence[Any], owner: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Count for each drawn row the wires (into it, out of it) whose other end is not drawn."""
    found: dict[int, list[int]] = {}
    if -1 in owner:
        for i, row in enumerate(rows):
            for operand in row.operands:
                if owner[i] < 0 <= owner[operand]:
                    found.setdefault(operand, [0, 0])[1] += 1
                elif owner[operand] < 0 <= owner[i]:
                    found.setdefault(i, [0, 0])[0] += 1
    return {row: (into, out) for row, (into, out) in sorted(found.items())}
