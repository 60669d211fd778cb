"""Held: which gradients that units hold belong to a picture, and which were left by others.

A leaf keeps what every pass adds to it, and a unit does not know which output a pass came
from.  But a pass from these outputs visits the outputs first, and gives every other unit the
sum of the pulls of the gates it feeds.  So a gradient belongs here when the unit is a visited
output or feeds a gate whose gradient belongs here; and it is all from here when it is that
sum.  Cost: linear in rows and operands, without recursion.  Knows rows and units.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from .wording import Reading

ELSEWHERE = "not all from here"
"""What stands beside the name of a unit whose gradient is more than the pulls of the picture."""


class Held(NamedTuple):
    """For each row the gradient to show (None: a dash), and remarks on some of them."""

    gradients: list[float | None]
    remarks: dict[int, str]
    elsewhere: frozenset[int]


def held(circuit: Reading) -> Held:
    """Find the gradients that a picture of this circuit may show as its own."""
    reached = set(circuit.outputs)
    free = set(circuit.outputs)
    sums = [0.0] * len(circuit.rows)
    gradients: list[float | None] = [None] * len(circuit.rows)
    remarks: dict[int, str] = {}
    elsewhere = set()
    for row in range(len(circuit.rows) - 1, -1, -1):
        unit = circuit.units[row]
        if unit is None or not unit.visited:
            continue
        grad = float(unit.grad)
        if row not in reached:
            remarks[row] = f"it holds {grad!r} from a pass of another circuit"
            continue
        gradients[row] = grad
        if row not in free and not _same(grad, sums[row]):
            elsewhere.add(row)
            remarks[row] = (
                f"the pulls drawn here add up to {sums[row]!r}: other wires or passes "
                "added to it, or it was changed"
            )
        _pull(circuit.rows[row], unit, grad, reached, free, sums)
    return Held(gradients, remarks, frozenset(elsewhere))


def pull_of(gate: Any, upstream: float, partial: float) -> float:
    """Return the pull of a gate: upstream times partial, none from 0 where partials may be ∞."""
    return 0.0 if not upstream and gate.guarded else upstream * partial


def _pull(
    wiring: Any, unit: Any, grad: float, reached: set[int], free: set[int], sums: list[float]
) -> None:
    """Add a gate's pulls to what its operands should hold, in the order of the sweep."""
    reached.update(wiring.operands)
    if wiring.gate is None:
        return
    if wiring.gate.opaque:  # a block may pull in its own way
        free.update(wiring.operands)
        return
    for operand, partial in zip(wiring.operands, unit.partials, strict=True):
        sums[operand] += pull_of(wiring.gate, grad, partial)


def _same(a: float, b: float) -> bool:
    """Say whether two gradients are one, but for rounding."""
    return a == b or (a != a and b != b) or math.isclose(a, b, rel_tol=1e-9)
