"""Claims: what a law says of a gate at a point, two numbers that must be the same, and the report.

Knows gates; does not know which laws there are.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gatenet.declaration import Gate
from gatenet.errors import GatenetError

Point = tuple[float, ...]


class Claim(NamedTuple):
    """One number that a law foretells, and what was found; they may differ by `slack`."""

    what: str
    expected: float | str
    found: float | str
    slack: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether both are the same: to the bit (nan is nan), or within the slack."""
        a, b = self.expected, self.found
        if isinstance(a, str) or isinstance(b, str):
            return a == b
        if self.slack and math.isfinite(a) and math.isfinite(b):
            return abs(a - b) <= self.slack
        return bits(a) == bits(b)


Checker = Callable[[Gate, Point], Iterator[Claim]]


class Broken(NamedTuple):
    """A law that a gate breaks, at one point."""

    gate: Gate
    law: str
    point: Point
    claim: Claim

    def __str__(self) -> str:
        what, expected, found, slack = self.claim
        near = f" within {slack:.3g}" if slack else ""
        at = ", ".join(map(repr, self.point))
        return (
            f"gate {self.gate!r} breaks the law {self.law!r} at ({at}): {what} should be "
            f"{expected!r}{near} and is {found!r}"
        )


class LawBroken(GatenetError, AssertionError):
    """A gate breaks a law; `.report` has every law with the point and both numbers."""


@dataclass
class LawReport:
    """What came of a gate's laws: true when it keeps them all."""

    gate: Gate
    laws: tuple[str, ...]
    points: int = 0
    claims: int = 0
    broken: list[Broken] = field(default_factory=list)

    def __bool__(self) -> bool:
        return not self.broken and self.claims > 0

    def __str__(self) -> str:
        head = (
            f"gate {self.gate!r}: {len(self.laws)} law(s) at {self.points} point(s), "
            f"{self.claims:,} claim(s): "
        )
        names = sorted({one.law for one in self.broken})
        head += f"breaks {', '.join(names)}" if names else "keeps them all"
        if not self.claims:
            head += ", because nothing could be claimed"
        return "\n".join([head, *[f"  {one}" for one in self.broken]])

    __repr__ = __str__


def bits(value: float) -> str:
    """The bits of a float, so that -0.0 differs from 0.0; every nan is the same.

    >>> bits(0.0) == bits(-0.0), bits(float("nan")) == bits(-float("nan"))
    (False, True)
    """
    return "nan" if value != value else struct.pack("<d", value).hex()


def all_bits(numbers: Sequence[float] | Iterator[float]) -> list[str]:
    """The bits of several floats, to compare in one go."""
    return [bits(number) for number in numbers]


def simpler(point: Point) -> Iterator[Point]:
    """Points to try in place of one that fails, simplest first: one operand changed at a time."""
    for k, x in enumerate(point):
        tried = [0.0, 1.0, -1.0, 2.0, 0.5, 3.0]
        if math.isfinite(x) and abs(x) < 1e15:
            tried += [float(round(x)), round(x, 1)]
        rank = tried.index(x) if x in tried[:6] else 6
        for candidate in tried[:rank] if rank < 6 else tried:
            if bits(candidate) != bits(x):
                yield (*point[:k], candidate, *point[k + 1 :])
