"""Crossings: the order of the boxes within each column, with few wires crossing.

Starts from a walk back from the outputs, which draws any tree without a crossing and keeps
operands in the order they were written; then sorts each column by the mean place of its
neighbours, to and fro, and keeps the best; small pictures end with swaps of neighbours.
Knows `layers` alone; every tie is broken by number, so the same wiring gives the same order.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise

from .layers import FEW, Layers

SMALL = 4000
"""Up to this many links a picture is swept and swapped thoroughly."""


def ordered(layers: Layers) -> list[list[int]]:
    """Return the columns with their boxes and rail points in drawing order, top first.

    >>> from gatenet.viz.layers import layered
    >>> ordered(layered(4, [(0, 3), (1, 2)]))
    [[1, 0], [2, 3]]
    """
    columns = _walked(layers)
    links = sum(map(len, layers.after))
    best, fewest = columns, crossings(layers, columns)
    patience = 4 if links <= SMALL else 2
    idle = sweep = 0
    while fewest and idle < patience and sweep < 24:
        columns = [list(column) for column in columns]
        _sorted_by_neighbours(layers, columns, rightwards=sweep % 2 == 1)
        if links <= SMALL:
            _swapped(layers, columns, rounds=1)
        now = crossings(layers, columns)
        idle = 0 if now < fewest else idle + 1
        if now < fewest:
            best, fewest = columns, now
        sweep += 1
    if links <= SMALL and fewest:
        _swapped(layers, best, rounds=8)
    return best


def crossings(layers: Layers, columns: list[list[int]]) -> int:
    """Count the pairs of links that cross, by a Fenwick tree per pair of columns."""
    place = _places(layers, columns)
    total = 0
    for left, right in pairwise(columns):
        tree = [0] * (len(right) * (FEW + 1) + 1)
        seen = 0
        for box in left:
            ends = sorted(_end(layers, place, box, head) for head in layers.after[box])
            for end in ends:
                below, at = 0, end + 1
                while at:
                    below += tree[at]
                    at &= at - 1
                total += seen - below
            for end in ends:
                at = end + 1
                while at < len(tree):
                    tree[at] += 1
                    at += at & -at
            seen += len(ends)
    return total


def _walked(layers: Layers) -> list[list[int]]:
    """Fill the columns in the order of a walk back from the boxes that nothing follows."""
    columns: list[list[int]] = [[] for _ in layers.columns]
    seen = [False] * len(layers.column)
    ends = [box for box, after in enumerate(layers.after) if not after]
    ends.sort(key=lambda box: (-layers.column[box], box))
    stack = ends[::-1]
    while stack:
        box = stack.pop()
        if not seen[box]:
            seen[box] = True
            columns[layers.column[box]].append(box)
            stack.extend(reversed(layers.before[box]))
    return columns


def _places(layers: Layers, columns: list[list[int]]) -> list[int]:
    """Return for each box its rank within its column."""
    place = [0] * len(layers.column)
    for column in columns:
        for rank, box in enumerate(column):
            place[box] = rank
    return place


def _sorted_by_neighbours(layers: Layers, columns: list[list[int]], *, rightwards: bool) -> None:
    """Sort each column in turn by the mean rank of its neighbours in the one just sorted.

    A box without such neighbours keeps its slot.
    """
    place = _places(layers, columns)

    def mean(box: int) -> float:
        if rightwards:
            return sum(place[other] for other in layers.before[box]) / len(layers.before[box])
        ends = [_end(layers, place, box, head) for head in layers.after[box]]
        return sum(ends) / len(ends)

    links = layers.before if rightwards else layers.after
    for column in columns if rightwards else reversed(columns):
        tied = [box for box in column if links[box]]
        tied.sort(key=mean)
        slots = iter(tied)
        column[:] = [next(slots) if links[box] else box for box in column]
        for rank, box in enumerate(column):
            place[box] = rank


def _swapped(layers: Layers, columns: list[list[int]], *, rounds: int) -> None:
    """Swap neighbours in a column while that takes crossings away."""
    place = _places(layers, columns)
    for _ in range(rounds):
        better = False
        for column in columns:
            for rank in range(len(column) - 1):
                upper, lower = column[rank], column[rank + 1]
                if _saved(layers, place, upper, lower) > 0:
                    column[rank], column[rank + 1] = lower, upper
                    place[upper], place[lower] = rank + 1, rank
                    better = True
        if not better:
            return


def _saved(layers: Layers, place: list[int], upper: int, lower: int) -> int:
    """Return how many crossings go away when two neighbours change places."""
    above = sorted(place[other] for other in layers.before[upper])
    below = [place[other] for other in layers.before[lower]]
    saved = _inverted(above, below)
    above = sorted(_end(layers, place, upper, head) for head in layers.after[upper])
    below = [_end(layers, place, lower, head) for head in layers.after[lower]]
    return saved + _inverted(above, below)


def _inverted(above: list[int], below: list[int]) -> int:
    """Return how many more pairs cross now than would the other way; `above` is sorted."""
    return sum(len(above) - bisect_right(above, end) - bisect_left(above, end) for end in below)


def _end(layers: Layers, place: list[int], box: int, head: int) -> int:
    """Return where a link ends in the next column: the rank of its box, then of its port."""
    return place[head] * (FEW + 1) + layers.ports.get((box, head), 0)
