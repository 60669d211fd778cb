"""Layers: which column each box of a picture stands in, and the rails of long wires.

A wire that passes columns on its way runs on a rail: one point in each column it passes.
All wires out of one box share its rail, as a real wire branches, so a unit used a thousand
times costs one rail; their number is bounded, and a wire that gets none is drawn straight.
Knows numbers of boxes and wires alone; no recursion.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from gatenet.errors import WiringError

Wires = Sequence[tuple[int, int]]
"""Each wire as (tail, head), the numbers of two boxes; values flow from tail to head."""

FEW = 3
"""Up to this many operands enter a gate in their own order, top first."""


@dataclass(slots=True)
class Layers:
    """Boxes and rail points by column; points are numbered on from the boxes.

    `before` and `after` link neighbouring columns; operands stand in their own order, and
    `ports` has the rank of a link at its gate where that has few operands.
    """

    boxes: int
    columns: list[list[int]]
    column: list[int]
    before: list[list[int]]
    after: list[list[int]]
    rails: dict[int, list[int]]
    ports: dict[tuple[int, int], int]


def layered(boxes: int, wires: Wires, loose: Collection[int] = ()) -> Layers:
    """Put boxes into columns and lay rails for the wires that pass a column.

    Operands of `loose` boxes have no order of their own.

    Raises:
        WiringError: if the wires close a circle.

    >>> layered(3, [(0, 1), (1, 2), (0, 2)]).column
    [0, 1, 2, 1]
    """
    heads: list[list[int]] = [[] for _ in range(boxes)]
    tails: list[list[int]] = [[] for _ in range(boxes)]
    rank = {wire: i for i, wire in enumerate(dict.fromkeys(wires))}
    for tail, head in rank:
        heads[tail].append(head)
        tails[head].append(tail)
    column = _columns(heads, tails)
    before: list[list[int]] = [[] for _ in range(boxes)]
    after: list[list[int]] = [[] for _ in range(boxes)]
    rails: dict[int, list[int]] = {}
    spare = 8 * boxes + 500
    for tail in _shortest_first(heads, column):
        last = max(column[head] for head in heads[tail])
        passed = last - column[tail] - 1
        rail = list(range(len(column), len(column) + passed)) if passed <= spare else []
        if rail:
            spare -= passed
            rails[tail] = rail
            column.extend(range(column[tail] + 1, last))
            before.extend([] for _ in rail)
            after.extend([] for _ in rail)
        stops = [tail, *rail]
        for left, right in zip(stops, rail, strict=False):
            after[left].append(right)
            before[right].append(left)
        for head in heads[tail]:
            stop = column[head] - column[tail] - 1
            if stop < len(stops):
                after[stops[stop]].append(head)
                before[head].append(stops[stop])
    origin = {point: tail for tail, rail in rails.items() for point in rail}
    ports: dict[tuple[int, int], int] = {}
    for head in range(boxes):
        operands = {origin.get(left, left): left for left in before[head]}
        before[head] = [operands[tail] for tail in sorted(operands, key=lambda t: rank[t, head])]
        if len(before[head]) <= FEW and head not in loose:
            ports.update(((left, head), port) for port, left in enumerate(before[head]))
    columns: list[list[int]] = [[] for _ in range(max(column, default=-1) + 1)]
    for box, place in enumerate(column):
        columns[place].append(box)
    return Layers(boxes, columns, column, before, after, rails, ports)


def _shortest_first(heads: list[list[int]], column: list[int]) -> list[int]:
    """Order the boxes that have heads by the length of rail each would take."""
    spans = [
        (max(column[head] for head in some) - column[tail], tail)
        for tail, some in enumerate(heads)
        if some
    ]
    return [tail for _, tail in sorted(spans)]


def _columns(heads: list[list[int]], tails: list[list[int]]) -> list[int]:
    """Give each box its column: the longest path to it, then rightwards where that is free."""
    order = _ordered(heads, tails)
    column = [0] * len(heads)
    for box in order:
        column[box] = 1 + max((column[tail] for tail in tails[box]), default=-1)
    for box in reversed(order):
        if heads[box]:
            latest = min(column[head] for head in heads[box]) - 1
            if latest > column[box] and not any(
                _holds(column, heads, tails, tail, box, latest) for tail in tails[box]
            ):
                column[box] = latest
    return column


def _holds(
    column: list[int],
    heads: list[list[int]],
    tails: list[list[int]],
    tail: int,
    box: int,
    latest: int,
) -> bool:
    """Say whether a tail's rail would grow if the box moved right to column `latest`."""
    others = [column[head] for head in heads[tail] if head != box]
    return max(others) < latest if others else bool(tails[tail])


def _ordered(heads: list[list[int]], tails: list[list[int]]) -> list[int]:
    """Order boxes so that each comes after its tails; the least number first among equals."""
    waiting = [len(some) for some in tails]
    order = [box for box, n in enumerate(waiting) if n == 0]
    for box in order:
        for head in heads[box]:
            waiting[head] -= 1
            if waiting[head] == 0:
                order.append(head)
    if len(order) < len(heads):
        stuck = next(box for box, n in enumerate(waiting) if n)
        raise WiringError(
            f"cannot lay out box {stuck}: the wires into it close a circle; "
            "a circuit runs from inputs to outputs only",
            box=stuck,
        )
    return order
