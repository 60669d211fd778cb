"""Folding: which rows of a circuit share a box, and what such a box is called.

This is the answer alone; how it is found is in `fold`.  Does not know boxes, texts or layout.
"""

from __future__ import annotations

from typing import NamedTuple


class Group(NamedTuple):
    """A folded box: its title ("neuron"), its kind, and how many equal parts it stands for.

    `kind` is "neurons", "layer", "module", "sum" (a chain of additions or of multiply-adds) or
    "run" (whatever had to be folded without a structure to name).  `key` names the group in
    `open=`; it is the same in every process.
    """

    title: str
    kind: str
    copies: int
    key: str


class Folding(NamedTuple):
    """Which box each row is drawn in.

    `owner` has for each row the lead row of its box, its own number where it is drawn for
    itself, or -1 where it is not drawn.  The lead is a row of the box: its last gate where it
    holds gates (the result, where the box has one result), else a leaf.  `groups` has every
    box of more than one row by its lead.
    """

    owner: list[int]
    groups: dict[int, Group]


def whole(rows: int) -> Folding:
    """Return the folding of so many rows that folds nothing.

    >>> whole(3)
    Folding(owner=[0, 1, 2], groups={})
    """
    return Folding(list(range(rows)), {})
