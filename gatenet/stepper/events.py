"""Events: what one move of a stepper did, as facts and as a sentence.

Knows units, circuits and how they are written; does not know how a pass is run.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gatenet.stepper import sentences
from gatenet.texts import shown

if TYPE_CHECKING:
    from gatenet.circuit import Circuit
    from gatenet.declaration import Gate
    from gatenet.stepper.counting import Counting
    from gatenet.unit import Unit


class InCircuit:
    """What is about a unit of a circuit: its row, and what it is called."""

    circuit: Circuit
    unit: Unit

    @property
    def row(self) -> int:
        """The unit's row in the circuit."""
        return self.circuit.index(self.unit)

    @property
    def name(self) -> str:
        """What the unit is called, safe to show."""
        return shown(self.circuit.label(self.row))


@dataclass(frozen=True, eq=False)
class Pull(InCircuit):
    """What one gate sends to one of its operands: `pull` is upstream x local derivative.

    `before` and `after` are what the operand has gathered in this pass; `path` of `paths` counts
    the pulls into it.  `blocked` says that an upstream of 0 made no pull, because the gate's
    derivative can be infinite.
    """

    circuit: Circuit = field(repr=False)
    unit: Unit
    port: int
    partial: float
    pull: float
    before: float
    after: float
    path: int
    paths: int
    blocked: bool = False


@dataclass(frozen=True, eq=False)
class Change:
    """A watched unit's `what` ("value" or "gradient") went from `before` to `after`.

    A gradient of None is one that nothing had reached.
    """

    name: str
    what: str
    before: float | None
    after: float | None

    def __str__(self) -> str:
        return sentences.change(self)


@dataclass(eq=False, repr=False)
class Event(InCircuit):
    """One gate's turn in a pass; printed, it is the chain rule in a sentence (repr: in lines).

    `index` counts from 1 and is the stepper's position after it; `phase` is "forward" or
    "backward".  On the forward half `before` and `after` are the gate's value.  On the backward
    half `upstream` is the unit's gradient of this pass, `partials` a gate's local derivatives,
    `pulls` what it sends on, and `before` and `after` a leaf's `.grad`.
    """

    circuit: Circuit
    counting: Counting
    index: int
    phase: str
    unit: Unit
    upstream: float | None = None
    before: float | None = None
    after: float | None = None
    partials: tuple[float, ...] = ()
    gathered: Mapping[Any, Any] = field(default_factory=dict)
    afterwards: Mapping[int, float] | None = None
    changes: tuple[Change, ...] = ()
    undone: bool = False

    @property
    def gate(self) -> Gate | None:
        """The gate at work; None for a leaf."""
        return self.unit.gate

    @property
    def value(self) -> float:
        """The unit's value: on the forward half, the one this event computed."""
        if self.phase == "forward" and self.after is not None:
            return self.after
        return self.unit.value

    @property
    def is_output(self) -> bool:
        """Whether the unit is one that the pass starts from."""
        return any(self.unit is end for end in self.circuit.ends)

    @property
    def paths(self) -> int:
        """How many pulls there are into the unit."""
        return self.counting.gathered(self.unit, self.index)[1]

    @cached_property
    def pulls(self) -> tuple[Pull, ...]:
        """What a gate sends to each of its operands that are units, in their order.

        The sums are made again in the sweep's own order, so the numbers are the sweep's own.
        """
        if self.phase == "forward" or self.unit._a is None:
            return ()
        return tuple(self._pulls())

    def _pulls(self) -> Iterator[Pull]:
        gate: Any = self.unit._gate
        upstream = float(self.upstream or 0.0)
        sums, ends = dict(self.gathered), self.afterwards
        if ends and gate.notes(self.unit) and all(same(ends[key], sums[key]) for key in ends):
            return  # a further output of a checkpoint: its first output pulls for it, later
        blocked = not upstream and gate.guarded
        ports = [
            (port, op) for port, op in enumerate(self.unit.inputs) if not isinstance(op, float)
        ]
        left = Counter([op for _, op in ports])
        for port, operand in ports:
            serial = operand._serial
            before = sums[serial]
            pull = 0.0 if blocked else upstream * self.partials[port]
            after = before if blocked else before + pull
            left[operand] -= 1
            if ends is not None and not left[operand]:
                after = ends[serial]
            sums[serial] = after
            path, paths = self.counting.gathered(operand, self.index)
            yield Pull(
                self.circuit, operand, port, self.partials[port], pull, before, after,
                path - left[operand], paths, blocked,
            )  # fmt: skip

    @property
    def sentence(self) -> str:
        """What happened, in one sentence with names and numbers."""
        return sentences.sentence(self)

    def __str__(self) -> str:
        return self.sentence

    def __repr__(self) -> str:
        return "\n    ".join(sentences.lines(self))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from gatenet.viz import bundle

        return bundle(self, include, exclude)


def same(a: float, b: float) -> bool:
    """Whether two floats are the same to the bit, every nan being the same.

    >>> same(0.0, -0.0)
    False
    """
    return (a == b and math.copysign(1.0, a) == math.copysign(1.0, b)) or (a != a and b != b)
