"""The trail: one path from the loss down to the selected unit, and walking along it.

As a debugger's stack of frames: `u` goes towards the loss, `d` towards the inputs.  Knows units.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gatenet.errors import RangeError, WiringError
from gatenet.unit import Unit, describe


class Link(NamedTuple):
    """A unit on the trail, and which operand of the unit above it is (-1 at the top)."""

    unit: Unit
    port: int


class Trail:
    """A path of links from an output down, with a place on it.

    >>> x = Unit(3.0, "x")
    >>> y = x * 2.0
    >>> trail = Trail([y], [])
    >>> trail.down().unit is x, trail.local(1), trail.up().unit is y
    (True, 2.0, True)
    """

    def __init__(self, units: Sequence[Unit], ports: Sequence[int], seed: float = 1.0) -> None:
        self.seed = seed
        self.links = [Link(unit, port) for unit, port in zip(units, [-1, *ports], strict=True)]
        self.place = len(self.links) - 1
        self.walked = False

    @property
    def here(self) -> Unit:
        """The selected unit."""
        return self.links[self.place].unit

    def local(self, k: int) -> float:
        """The local derivative of the unit above link k in that link's unit."""
        return self.links[k - 1].unit.partials[self.links[k].port]

    def products(self) -> list[float]:
        """The seed times the local derivatives down to each link: the chain rule, step by step."""
        found = [self.seed]
        for k in range(1, self.place + 1):
            found.append(found[-1] * self.local(k))
        return found

    def up(self, n: int = 1) -> Link:
        """Go towards the output.

        Raises RangeError at the top.
        """
        if self.place < n:
            left = f"{self.place} above" if self.place else "the output: nothing is above it"
            raise RangeError(f"cannot go up {n}: this is {left}")
        self.place -= n
        return self.links[self.place]

    def down(self, n: int = 1, to: Unit | None = None) -> Link:
        """Go towards the inputs: where the trail led before, else to the operand that counts most.

        `to` asks for one operand.

        Raises RangeError at a leaf, WiringError when `to` is no operand.
        """
        for _ in range(n):
            if to is None and self.place + 1 < len(self.links):
                self.place += 1
                continue
            link = _below(self.here, to)
            following = self.links[self.place + 1 : self.place + 2]
            if not following or following[0] != link:
                self.links[self.place + 1 :] = [link]
                self.walked = True
            self.place += 1
        return self.links[self.place]


def _below(unit: Unit, to: Unit | None) -> Link:
    """The operand asked for, or the one with the largest local derivative."""
    found = [
        (abs(partial), Link(operand, port))
        for port, (operand, partial) in enumerate(zip(unit.inputs, unit.partials, strict=True))
        if type(operand) is Unit
    ]
    if not found:
        raise RangeError(f"{describe(unit)} has no inputs: nothing is below it")
    if to is None:
        return max(found, key=lambda pair: pair[0])[1]
    same = [link for _, link in found if link.unit is to]
    if not same:
        raise WiringError(f"{describe(to)} is no operand of {describe(unit)}", unit=to)
    return same[0]
