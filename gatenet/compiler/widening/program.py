"""Wide programs: a circuit and its gradient as few steps, each over many numbers of one kind.

A program is data.  Every number has a slot: slots below `VARYING` are the same for all samples
(parameters, seeds, constants), those from `VARYING` on differ from sample to sample (inputs, then
what the steps write, each a run of slots).  Knows neither units nor how it will be run.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from gatenet.compiler.program import Check
from gatenet.compiler.widening.tables import described, matrix
from gatenet.declaration import Gate
from gatenet.errors import WiringError

#: The first slot that differs from sample to sample.
VARYING = 1 << 28


class WideStep(NamedTuple):
    """One operation over `size` numbers at once: a primitive gate, or `terms`-long ordered sums.

    It writes the slots `out` to `out + size - 1`.  A gate's `args` hold one list of slots for each
    operand.  Without a gate `args` are the first and, for sums of products, the second factors:
    entry k * size + i is that of term k of sum i; terms are added in the order of k.  Sums shorter
    than `terms` are filled up at their end with the slot `filling`, which holds -0: x + -0 is x.
    """

    gate: Gate | None
    out: int
    size: int
    args: list[list[int]]
    terms: int = 0
    filling: int = -1

    @property
    def kind(self) -> str:
        """What it does, in a word."""
        if self.gate is not None:
            return self.gate.name
        return "sum" if len(self.args) == 1 else "dot"


@dataclass(frozen=True, eq=False)
class WideProgram:
    """Values and gradients of a circuit in wide steps.

    `uniform` counts the numbers that are given once for all samples, `inputs` those given for
    each.  `outputs`, `gradients` and the checks' nodes are slots.  `reassociate` says that sums
    may be added in another order than was recorded.

    Raises WiringError for a step that reads what is not there yet.
    """

    uniform: int
    inputs: int
    constants: Sequence[float]
    steps: Sequence[WideStep]
    outputs: Sequence[int]
    gradients: Sequence[int] = ()
    checks: Sequence[Check] = ()
    reassociate: bool = False
    #: What was found on the way, for `stats`.
    found: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shared = self.uniform + len(self.constants)
        ready = VARYING + self.inputs
        for number, step in enumerate(self.steps):
            length = step.size * (step.terms if step.gate is None else 1)
            if step.size < 1 or step.out < ready or any(len(t) != length for t in step.args):
                raise WiringError(f"step {number} of a wide program has no sound shape")
            for table in step.args:
                if min(table) < 0 or max(table) >= ready:
                    raise WiringError(f"step {number} of a wide program reads a slot too early")
                if shared < VARYING and any(shared <= slot < VARYING for slot in table):
                    raise WiringError(f"step {number} of a wide program reads no slot there is")
            ready = step.out + step.size
        for slot in self.results:
            if not (0 <= slot < shared or VARYING <= slot < ready):
                raise WiringError(f"a wide program has no slot {slot} for its results")

    @property
    def varying(self) -> int:
        """How many numbers there are for each sample."""
        if not self.steps:
            return self.inputs
        return self.steps[-1].out + self.steps[-1].size - VARYING

    @property
    def results(self) -> list[int]:
        """Every slot that somebody reads at the end: outputs, gradients, checks."""
        return [*self.outputs, *self.gradients, *[check.node for check in self.checks]]

    def pruned(self, *, gradients: bool = True) -> WideProgram:
        """The same program without the steps that no result needs; also without gradients."""
        steps = self.steps
        starts = [step.out for step in steps]
        wanted = [*self.outputs, *[check.node for check in self.checks]]
        wanted += self.gradients if gradients else []
        needed = bytearray(len(steps))
        first = VARYING + self.inputs

        def mark(slots: set[int]) -> None:
            for slot in slots:
                if slot >= first:
                    needed[bisect_right(starts, slot) - 1] = 1

        mark({*wanted})
        for k in range(len(steps) - 1, -1, -1):
            if needed[k]:
                for table in steps[k].args:
                    mark({*table})
        kept = [step for step, need in zip(steps, needed, strict=True) if need]
        return replace(self, steps=kept, gradients=self.gradients if gradients else ())

    def stats(self) -> dict[str, int]:
        """How much there is of what.

        `gates` are those of the circuit, of which `gathered` went into sums; `levels` how many
        wait for each other forwards and backwards; `steps` the wide operations, of which `sums`
        are ordered sums and `matrices` products of matrices among these.  Tables that are
        `contiguous`, `strided` and `broadcast` are views of the numbers, `indexed` ones are not.
        """
        kinds = Counter(
            described(table, step.size, step.terms) for step in self.steps for table in step.args
        )
        return {
            **self.found,
            "steps": len(self.steps),
            "sums": sum(step.gate is None for step in self.steps),
            "numbers": self.varying,
            "matrices": sum(
                s.gate is None
                and len(s.args) == 2
                and matrix(s.args[0], s.args[1], s.terms, s.size) is not None
                for s in self.steps
            ),
            "products": sum(s.size * s.terms for s in self.steps if len(s.args) == 2 and s.terms),
            "contiguous": kinds["contiguous"],
            "broadcast": kinds["broadcast"],
            "strided": kinds["strided"],
            "indexed": kinds["indexed"],
        }

    def pprint(self, max_lines: int = 200) -> str:
        """The program as text, one line a step; `max_lines` keeps the head of a long one."""
        lines = []
        for k, step in enumerate(self.steps):
            if k == max_lines:
                lines.append(f"... and {len(self.steps) - k} more steps")
                break
            first = step.out - VARYING
            shape = f"{step.size}" if step.gate is not None else f"{step.size} x {step.terms}"
            reads = ", ".join(
                f"{_said(table[0])} {described(table, step.size, step.terms)}"
                for table in step.args
            )
            lines.append(f"v{first}..v{first + step.size - 1} = {step.kind} [{shape}] of {reads}")
        for title, slots in (("outputs", self.outputs), ("gradients", self.gradients)):
            if slots:
                some = ", ".join(_said(slot) for slot in slots[:8])
                more = f" and {len(slots) - 8} more" if len(slots) > 8 else ""
                lines.append(f"{title}: {some}{more}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return (
            f"<WideProgram of {len(self.steps)} steps for {self.found.get('gates', 0)} gates; "
            f"{self.inputs} inputs, {len(self.outputs)} outputs, {len(self.gradients)} gradients>"
        )


def _said(slot: int) -> str:
    return f"v{slot - VARYING}" if slot >= VARYING else f"u{slot}"
