"""Operands: tables of slots as slices, reshapes and takes of the arrays that steps gave.

A wide program names numbers by slots.  Frameworks of arrays have no slots: each step gives an
array of its own, and what a later step reads is cut out of those.  Here is worked out how, once
for each table.  Knows wide programs; knows no framework.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from gatenet.compiler.widening.program import VARYING, WideProgram
from gatenet.compiler.widening.tables import strides_of

#: The arrays before those of the steps.
PARAMETERS, SEEDS, CONSTANTS, INPUTS, FIRST = range(5)


class Part(NamedTuple):
    """The numbers `start` to `stop - 1` of an array."""

    array: int
    start: int
    stop: int


class Layout(NamedTuple):
    """Numbers as an array: reshaped to `lengths`, axes put in `order`, then given ones as axes."""

    lengths: tuple[int, ...]
    order: tuple[int, ...]
    spread: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Operand:
    """What a step reads: parts joined, then taken from by `index`, then laid out as `shape`.

    Where `values` is there, it is constants and nothing else.
    """

    shape: tuple[int, ...]
    parts: tuple[Part, ...] = ()
    index: tuple[int, ...] | None = None
    layout: Layout | None = None
    values: tuple[float, ...] | None = None


class Places:
    """Where the numbers of a program are: for each slot its array, and its place in that."""

    def __init__(self, program: WideProgram) -> None:
        self.program = program
        self.own = program.uniform - len(program.outputs)
        self.starts = [VARYING, *[step.out for step in program.steps]]

    def place(self, slot: int) -> tuple[int, int]:
        """The array of a slot, and its number there."""
        if slot >= VARYING:
            k = bisect_right(self.starts, slot) - 1
            return INPUTS + k, slot - self.starts[k]
        if slot < self.own:
            return PARAMETERS, slot
        if slot < self.program.uniform:
            return SEEDS, slot - self.own
        return CONSTANTS, slot - self.program.uniform

    def operand(self, table: Sequence[int], shape: tuple[int, ...]) -> Operand:
        """Work out how a table of slots comes about, as an array of this shape."""
        found = [self.place(slot) for slot in table]
        arrays = {array for array, _ in found}
        if arrays == {CONSTANTS}:
            constants = self.program.constants
            return Operand(shape, values=tuple([constants[k] for _, k in found]))
        if len(arrays) == 1:
            (array,) = arrays
            places = [k for _, k in found]
            view = _view(places, shape)
            if view is not None:
                low = min(places)
                return Operand(shape, (Part(array, low, low + prod(view.lengths)),), None, view)
        runs = _runs(found)
        if len(runs) <= 16 and 4 * len(runs) <= max(8, len(table)):
            return Operand(shape, tuple(runs))
        return self._taken(found, shape)

    def _taken(self, found: Sequence[tuple[int, int]], shape: tuple[int, ...]) -> Operand:
        """Numbers by an index into the arrays that they stand in, side by side."""
        low: dict[int, int] = {}
        high: dict[int, int] = {}
        for array, k in found:
            low[array] = min(low.get(array, k), k)
            high[array] = max(high.get(array, k), k)
        parts = [Part(array, low[array], high[array] + 1) for array in low]
        first, offsets = 0, {}
        for part in parts:
            offsets[part.array] = first - part.start
            first += part.stop - part.start
        return Operand(shape, tuple(parts), tuple([offsets[array] + k for array, k in found]))


def _runs(found: Iterable[tuple[int, int]]) -> list[Part]:
    """Numbers that follow each other in one array, as parts."""
    runs: list[Part] = []
    for array, k in found:
        if runs and runs[-1].array == array and runs[-1].stop == k:
            runs[-1] = Part(array, runs[-1].start, k + 1)
        else:
            runs.append(Part(array, k, k + 1))
    return runs


def _view(places: Sequence[int], shape: Sequence[int]) -> Layout | None:
    """The layout that makes a contiguous part these places, in this shape; None where none does.

    >>> _view([4, 4, 5, 5], (2, 2))
    Layout(lengths=(2,), order=(0,), spread=(2, 1))
    >>> _view([0, 3, 1, 4, 2, 5], (3, 2))
    Layout(lengths=(2, 3), order=(1, 0), spread=(3, 2))
    """
    strides = strides_of(places, shape)
    if strides is None or any(stride < 0 for stride in strides):
        return None
    moving = [axis for axis, stride in enumerate(strides) if stride]
    inward = sorted(moving, key=lambda axis: -strides[axis])
    dense = 1
    for axis in reversed(inward):
        if strides[axis] != dense:
            return None
        dense *= shape[axis]
    lengths = tuple([shape[axis] for axis in inward])
    order = tuple([inward.index(axis) for axis in moving])
    spread = tuple([length if k in moving else 1 for k, length in enumerate(shape)])
    return Layout(lengths, order, spread)
