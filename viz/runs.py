"""Runs: how a circuit without a structure to name is folded, so that its ends stay readable.

Rows are levelled by their longest path from the leaves; a leaf stands one level before the
first gate that uses it.  Levels are opened from both ends, outputs first, while they fit;
what stays closed is folded: one box for the gates of a run of levels, one for each kind of
leaf beside it.  Every path runs upwards through the levels, so folding cannot close a circle.
Cost: linear in rows and operands, without recursion.  Knows rows alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

KINDS = ("inner", "input", "parameter", "constant")
"""The kinds that fold together; the first is every gate's."""

WIRES = 12
"""The most wires drawn per unit allowed, on average."""
DEEP, ENDS, BROAD = 30, 3, 20
"""A folded picture opens at most a thirtieth of `max_units` levels at either end, and never more
than three, and of each kind at most a twentieth of it in one level: so it has a page's shape."""


def kind(row: Any) -> int:
    """Return the number in KINDS of a row's kind."""
    if row.gate is not None:
        return 0
    return KINDS.index(row.role) if row.role in KINDS[1:] else 1


def folded(
    rows: Sequence[Any], max_units: int, *, always: bool = False, focus: Iterable[int] = ()
) -> list[int]:
    """Return for each row the number of the row whose box it is drawn in.

    A row that is drawn for itself has its own number; a folded run has the least number in
    it.  No more than `max_units` different numbers are returned.  What is small enough is not
    folded, unless it is to be `always`.  Around the rows in `focus` levels are opened as well.
    """
    everyone = list(range(len(rows)))
    if not rows or (not always and fits(rows, max_units)):
        return everyone
    kinds = [kind(row) for row in rows]
    levels = _levels(rows, kinds)
    height = max(levels) + 1
    cells = [[0] * height for _ in KINDS]
    fans = [0] * height
    for row, which, level in zip(rows, kinds, levels, strict=True):
        cells[which][level] += 1
        fans[level] += len(row.operands)
    runs = _runs(_opened(cells, fans, max_units, sorted({levels[i] for i in focus})), cells)
    leader: dict[tuple[int, int], int] = {}
    for i in everyone:
        run = runs[kinds[i]][levels[i]]
        if run >= 0:
            everyone[i] = leader.setdefault((kinds[i], run), i)
    return everyone


def fits(rows: Sequence[Any], max_units: int) -> bool:
    """Say whether rows are few enough, and their wires, to be drawn one by one."""
    wires = sum(len(row.operands) for row in rows)
    return len(rows) <= max_units and wires <= WIRES * max(max_units, len(rows))


def _levels(rows: Sequence[Any], kinds: list[int]) -> list[int]:
    """Return the level of each row: gates count up from 1, leaves stand before their first."""
    levels = [0] * len(rows)
    first = [len(rows)] * len(rows)
    for i, row in enumerate(rows):
        if kinds[i] == 0:
            level = 0
            for operand in row.operands:
                if levels[operand] > level:
                    level = levels[operand]
            levels[i] = level = level + 1
            for operand in row.operands:
                if level < first[operand]:
                    first[operand] = level
    for i, which in enumerate(kinds):
        if which and first[i] < len(rows):
            levels[i] = first[i] - 1
    return levels


def _opened(
    cells: list[list[int]], fans: list[int], max_units: int, focus: list[int]
) -> list[list[bool]]:
    """Choose the cells (kind, level) whose rows are drawn one by one."""
    height = len(fans)
    opened = [[False] * height for _ in KINDS]
    spare, wires = max_units - 2 * len(KINDS), WIRES * max_units
    closing = {step: [False] * len(KINDS) for step in (-1, 0, 1)}
    seen: set[int] = set()
    for level, step in _order(height, max_units, focus):
        if level in seen:
            continue
        seen.add(level)
        there = [k for k in range(len(KINDS)) if cells[k][level]]
        narrow = [k for k in there if cells[k][level] <= max(max_units // BROAD, 1)]
        wanted = [k for k in narrow if k or fans[level] <= wires]
        folds = [k for k in there if k not in wanted and not closing[step][k]]
        cost = sum(cells[k][level] for k in wanted) + len(folds)
        cost += 0 if step else len(wanted)  # what is opened in the middle parts a run in two
        if cost > spare:
            break
        spare -= cost
        wires -= fans[level] if 0 in wanted else 0
        for k in there:
            opened[k][level] = k in wanted
            closing[step][k] = bool(step) and k not in wanted
    return opened


def _order(height: int, max_units: int, focus: list[int]) -> list[tuple[int, int]]:
    """List levels in the order in which they are opened, each with the way it goes inwards."""
    found = [(level, 0) for level in focus]
    found += [(level + away, 0) for away in (-1, 1, -2, 2) for level in focus]
    deep = min(max(max_units // DEEP, 1), ENDS, height // 2 + 1)
    for i in range(deep):
        found += [(height - 1 - i, -1), (i, 1)]
    return [(level, step) for level, step in found if 0 <= level < height]


def _runs(opened: list[list[bool]], cells: list[list[int]]) -> list[list[int]]:
    """Number the runs of closed levels of each kind; -1 where a level is open."""
    runs = []
    for some, counts in zip(opened, cells, strict=True):
        run, numbers, was_open = 0, [], False
        for level, is_open in enumerate(some):
            if is_open:
                was_open = True
            elif counts[level] and was_open:
                run, was_open = run + 1, False
            numbers.append(-1 if is_open else run)
        runs.append(numbers)
    return runs
