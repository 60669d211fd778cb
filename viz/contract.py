"""Contract: circuits seen from further away, kept free of circles.

A `Parts` is a circuit of boxes: each box stands for rows, and takes what its rows take from
outside it.  Boxes can be grouped into larger ones; a grouping that would close a circle is
split so that it closes none: along every wire that remains between boxes a level rises.
Numbers alone; no recursion.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence


class Parts:
    """Boxes in an order in which each comes after those it takes from.

    `leads` has the row that each box is known by, `before` the boxes it takes from, each once.
    """

    def __init__(self, leads: list[int], before: list[list[int]]) -> None:
        self.leads = leads
        self.before = before

    def __len__(self) -> int:
        return len(self.leads)

    def levels(self) -> list[int]:
        """Return how many boxes stand before each on the longest way to it."""
        levels = [0] * len(self)
        for box, some in enumerate(self.before):
            if some:
                levels[box] = 1 + max([levels[other] for other in some])
        return levels


def contracted(leads: Iterable[int], takes: Iterable[tuple[int, Iterable[int]]]) -> Parts:
    """Return the boxes with these leads, ordered; `takes` lists (lead, the leads it takes from).

    Whatever takes from itself is passed over.  The boxes must close no circle.
    """
    number = {lead: box for box, lead in enumerate(leads)}
    before: list[list[int]] = [[] for _ in number]
    forwards = True
    for lead, sources in takes:
        box = number[lead]
        for source in sources:
            other = number[source]
            if other != box:
                before[box].append(other)
                forwards = forwards and other < box
    before = [list(dict.fromkeys(some)) if len(some) > 1 else some for some in before]
    names = list(number)
    if forwards:
        return Parts(names, before)
    order = _ordered(before)
    if len(order) < len(number):
        raise AssertionError("boxes close a circle")
    place = [0] * len(order)
    for at, box in enumerate(order):
        place[box] = at
    return Parts([names[box] for box in order], [[place[o] for o in before[box]] for box in order])


def _ordered(before: list[list[int]]) -> list[int]:
    """Order boxes after those they take from; boxes on a circle, or after one, are missing."""
    after: list[list[int]] = [[] for _ in before]
    waiting = [len(some) for some in before]
    for box, some in enumerate(before):
        for other in some:
            after[other].append(box)
    order = [box for box, n in enumerate(waiting) if not n]
    for box in order:
        for other in after[box]:
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    return order


def untangled(parts: Parts, groups: Sequence[Hashable]) -> list[int]:
    """Number the groups, splitting those that would close a circle.

    Groups that neither a walk from the front nor one from the back frees are on a circle or
    between two.  There a box's level rises by one with each step into another group, and each
    group is split by level.  Boxes that only feed their own group wait for it.
    """
    number: dict[Hashable, int] = {}
    group = [number.setdefault(name, len(number)) for name in groups]
    stuck = _stuck(parts, group, len(number))
    if not any(stuck):
        return group
    levels = [0] * len(parts)
    for box, some in enumerate(parts.before):
        mine = group[box]
        if stuck[mine]:
            for other in some:
                theirs = group[other]
                if stuck[theirs]:
                    levels[box] = max(levels[box], levels[other] + (theirs != mine))
    _late(parts, group, stuck, levels)
    split: dict[tuple[int, int], int] = {}
    return [split.setdefault((group[box], levels[box]), len(split)) for box in range(len(parts))]


def _late(parts: Parts, group: list[int], stuck: list[bool], levels: list[int]) -> None:
    """Raise the level of a box to that of the first of its own group that takes from it."""
    latest: list[int | None] = [None] * len(parts)
    friend: list[int | None] = [None] * len(parts)
    for box in range(len(parts) - 1, -1, -1):
        mine = group[box]
        if not stuck[mine]:
            continue
        last, own = latest[box], friend[box]
        if last is not None and own is not None and own <= last:
            levels[box] = own
        for other in parts.before[box]:
            if stuck[group[other]]:
                most = levels[box] - (group[other] != mine)
                if latest[other] is None or most < (latest[other] or 0):
                    latest[other] = most
                if group[other] == mine and (
                    friend[other] is None or levels[box] < (friend[other] or 0)
                ):
                    friend[other] = levels[box]


def _stuck(parts: Parts, group: list[int], count: int) -> list[bool]:
    """Say of each group whether it may be on a circle: it is freed from neither end."""
    wires = {
        (group[other], group[box])
        for box, some in enumerate(parts.before)
        for other in some
        if group[other] != group[box]
    }
    stuck = [True] * count
    for turned in (False, True):
        before: list[list[int]] = [[] for _ in range(count)]
        for tail, head in sorted(wires):
            if stuck[tail] and stuck[head]:
                if turned:
                    tail, head = head, tail
                before[head].append(tail)
        for one in _ordered(before):
            stuck[one] = False
    return stuck
