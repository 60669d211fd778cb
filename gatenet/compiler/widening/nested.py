"""Plans of gates around nested circuits (`block`, `scan`, `ifelse`): their inside, laid out once.

The inside is lowered as the lane machine's is, values and derivatives, and becomes a template of
primitive steps; a block that stands in a circuit many times is then one group as any gate is.
Knows lowering; does not know how groups are computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gatenet.compiler.builder import Builder
from gatenet.compiler.lowering import Lowered, Wiring
from gatenet.compiler.templates import Template
from gatenet.compiler.widening.plans import Plan, plan_from


class _Inside(Lowered):
    """The inside of one gate over leaves."""

    def __init__(self, builder: Builder) -> None:
        super().__init__(builder, Wiring([], []), [])

    def of(self, gate: Any, leaves: Sequence[int], wants: tuple[bool, ...]) -> Any:
        """The node of the gate's value, and those of the derivatives that are wanted."""
        return self._inside(gate, leaves, wants)


def plan_inside(gate: Any, wants: tuple[bool, ...]) -> Plan:
    """Work out the plan of a gate around nested circuits; `wants` says which derivatives.

    Raises CompileError for a gate that is Python code.
    """
    builder = Builder()
    leaves = [builder.leaf() for _ in wants]
    inside = _Inside(builder)
    value, partials = inside.of(gate, leaves, wants)
    kept = [partial if want else None for partial, want in zip(partials, wants, strict=True)]
    roots = [value, *[k for k in kept if k is not None]]
    program = builder.finished(leaves, [], roots, checks=inside.checks)
    place = {node: k for k, node in enumerate(program.inputs)}
    steps: list[Any] = []
    for node, made in enumerate(program.gates):
        if node in place:
            continue
        if made is None:
            steps.append(program.constants[node])
        else:
            steps.append((made, tuple([place[k] for k in program.args[node]])))
        place[node] = len(leaves) + len(steps) - 1
    ends = iter([place[node] for node in program.outputs])
    found = Template(
        tuple(steps), next(ends), tuple([None if k is None else next(ends) for k in kept])
    )
    checks = [(place[check.node], check.text) for check in program.checks]
    return plan_from(found, len(leaves), checks=checks)
