"""The tables of a wide program as views of NumPy arrays, or as copies that few calls gather.

A table is read before it is known when it will be gathered: each one that is no view asks for a
place in one buffer, and says which step's numbers it waits for and which step reads it.  Whatever
has been asked for when some step cannot wait longer is gathered at once.  Knows lists of slots.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from typing import Any

from gatenet.compiler.widening.program import VARYING, WideProgram
from gatenet.compiler.widening.tables import affine, strides_of


class Gather:
    """A table that is copied together: where from, from which step on, and before which."""

    def __init__(self, places: Any, ready: int, need: int) -> None:
        self.places, self.ready, self.need = places, ready, need
        self.found: Any = None


class Tables:
    """The numbers of a workspace: one row a slot, one column a lane, or no columns for one lane.

    `work` holds all numbers; `common` those that lanes share, once.
    """

    def __init__(self, program: WideProgram, lanes: int, np: Any) -> None:
        self.np, self.program, self.lanes = np, program, lanes
        self.first = program.uniform + len(program.constants)
        self.tail = () if lanes == 1 else (lanes,)
        self.work = np.zeros((self.first + program.varying, *self.tail))
        self.common = self.work if lanes == 1 else np.zeros((self.first, 1))
        self.common[program.uniform : self.first] = np.reshape(
            program.constants, (-1, *self.common.shape[1:])
        )
        #: Whether somebody reads shared numbers among those of the lanes.
        self.mixed = False
        self._gathers: dict[bytes, Gather] = {}
        self._ends = np.array([s.out + s.size - VARYING + self.first for s in program.steps])

    def place(self, slot: int) -> int:
        """The row of a slot."""
        return slot - VARYING + self.first if slot >= VARYING else slot

    def places(self, table: Sequence[int]) -> Any:
        """The rows of the slots of a table."""
        found = self.np.array(table, dtype=self.np.intp)
        found[found >= VARYING] -= VARYING - self.first
        return found

    def lengths(self, tables: Sequence[Sequence[int]], size: int) -> tuple[int, ...]:
        """The axes along which one row of some tables is cut, so that they are views."""
        best: tuple[int, ...] = (size,)
        for table in tables:
            found = affine(table[:size]) if size > 1 else None
            if found is not None and len(found[1]) > len(best):
                best = tuple([length for length, _ in found[1]])
        return best

    def view(self, table: Sequence[int], lengths: tuple[int, ...], whole: bool = False) -> Any:
        """The view that a table is, of shape (*lengths, *lanes); None where it is none.

        With `whole` there is a number for each lane also of those that lanes share.
        """
        strides = strides_of(table, lengths)
        if strides is None or (min(table) < VARYING <= max(table)):
            return None
        shared = table[0] < VARYING and not whole
        base = self.common if shared else self.work
        self.mixed |= whole and table[0] < VARYING
        return self.np.lib.stride_tricks.as_strided(
            base[self.place(table[0]) :],
            (*lengths, *base.shape[1:]),
            (*[stride * base.strides[0] for stride in strides], *base.strides[1:]),
        )

    def gather(self, table: Sequence[int], need: int) -> Gather:
        """Ask for a copy of a table before the step `need`."""
        places = self.places(table)
        key = places.tobytes()
        found = self._gathers.get(key)
        if found is None:
            self.mixed |= bool(places.min() < self.first)
            ready = int(self.np.searchsorted(self._ends[:need], places.max(), "right"))
            ready += int(places.max()) >= self.first + self.program.inputs
            found = self._gathers[key] = Gather(places, ready, need)
        return found

    def scheduled(self) -> dict[int, Callable[[], object]]:
        """Cut one buffer for all that was asked for; give what fills it before which steps."""
        np = self.np
        asked = sorted(self._gathers.values(), key=lambda one: one.ready)
        buffer = np.empty((sum(len(one.places) for one in asked), *self.tail))
        needs = sorted({one.need for one in asked})
        calls: dict[int, Callable[[], object]] = {}
        waiting: list[Gather] = []
        start = number = 0
        for need in needs:
            while number < len(asked) and asked[number].ready <= need:
                waiting.append(asked[number])
                number += 1
            if all(one.need != need for one in waiting):
                continue
            first = start
            for one in waiting:
                one.found = buffer[start : start + len(one.places)]
                start += len(one.places)
            index = np.concatenate([one.places for one in waiting])
            calls[need] = partial(self.work.take, index, 0, buffer[first:start], "clip")
            waiting.clear()
        return calls


def shaped(found: Any, lengths: tuple[int, ...]) -> Any:
    """A view, or what was gathered, in the shape of its axes."""
    if isinstance(found, Gather):
        return found.found.reshape(*lengths, *found.found.shape[1:])
    return found


def numbers(lengths: tuple[int, ...]) -> int:
    """How many numbers an array of these axes has."""
    return prod(lengths)
