"""Slots and steps in the making: what the forward and the reverse pass of widening share.

Knows wide steps and recorded circuits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from gatenet.compiler.program import Check
from gatenet.compiler.widening.program import VARYING, WideStep
from gatenet.compiler.widening.recorded import Recorded
from gatenet.compiler.widening.tables import run_of
from gatenet.gates import multiply

#: Sums of unlike lengths are one step where not more terms are filled in than there are, or this.
FILLED = 512

Item = TypeVar("Item")


class Making:
    """The slots of units and constants, and the steps so far.

    Uniform slots are the shared leaves, the seeds, then the constants.
    """

    def __init__(
        self, read: Recorded, inputs: Sequence[int], shared: Sequence[int], ends: Sequence[int]
    ) -> None:
        self.read = read
        self.inputs = len(inputs)
        self.ends = ends
        self.uniform = len(shared) + len(ends)
        self.seeds = [len(shared) + k for k in range(len(ends))]
        self.slot = [-1] * len(read.gates)
        for k, unit in enumerate(inputs):
            self.slot[unit] = VARYING + k
        for k, unit in enumerate(shared):
            self.slot[unit] = k
        self.one = self.constant(1.0)
        self.zero = self.constant(0.0)
        #: What a sum may be filled up with: x + -0 is x, whatever x is.
        self.nothing = read.constant(-0.0)
        self.next = VARYING + self.inputs
        self.steps: list[WideStep] = []
        #: What must be 1.0 where a comparison inside a block goes as it was recorded.
        self.checks: list[Check] = []
        #: For each unit the slots of its derivatives, where its gate is no sum.
        self.partials: dict[int, list[int | None]] = {}

    def constant(self, value: float) -> int:
        """The slot of a constant."""
        return self.uniform - 1 - self.read.constant(value)

    def slots(self, numbers: Sequence[int]) -> list[int]:
        """The slots of units, or of constants where a number is below 0."""
        slot, base = self.slot, self.uniform - 1
        return [slot[k] if k >= 0 else base - k for k in numbers]

    def new(self, count: int) -> int:
        """Take so many slots; give the first."""
        first = self.next
        self.next += count
        return first

    def sums(self, size: int, left: list[int], right: list[int] | None, terms: int) -> int:
        """Add a step of ordered sums; give its first slot."""
        first = self.new(size)
        args = [left] if right is None else [left, right]
        if terms == 1 and None not in map(run_of, args):
            self.steps.append(WideStep(multiply, first, size, args))
        else:
            filling = self.uniform - 1 - self.nothing
            self.steps.append(WideStep(None, first, size, args, terms, filling))
        return first


def batched(members: list[Item], length: Callable[[Item], int]) -> list[list[Item]]:
    """Cut sums into steps: of nearly one length each, that little has to be filled up.

    >>> batched([2, 900, 1, 4], lambda length: length)
    [[1, 2], [4, 900]]
    """
    lengths = {length(item) for item in members}
    if len(lengths) <= 1:
        return [members] if members else []
    by_length: dict[int, list[Item]] = {}
    for item in members:
        by_length.setdefault(length(item), []).append(item)
    batches: list[list[Item]] = []
    longest = real = filled = 0
    for size in sorted(lengths, reverse=True):
        some = by_length[size]
        more = filled + (longest - size) * len(some)
        if not batches or more > FILLED + real:
            batches.append([])
            longest, real, more = size, 0, 0
        batches[-1][:0] = some
        real += size * len(some)
        filled = more
    return batches[::-1]


def first_of(key: tuple[Any, ...]) -> int:
    """The first item of a key, to sort by it alone."""
    return key[0]  # type: ignore[no-any-return]
