"""Forward mode: tangents pushed through recorded units, from inputs to outputs.

The mirror of the sweep: one walk up the topological order instead of down, with the same recorded
local derivatives.  A unit that no moving input reaches has no entry at all, so nothing is ever
multiplied by a zero that stands for "does not depend".
Knows units and circuits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gatenet.errors import DomainError
from gatenet.gates import absolute, less, not_equal, where
from gatenet.modes import current
from gatenet.sweep import plus, times
from gatenet.unit import Unit, describe
from gatenet.walk import check_fresh, reachable, reachable_since


def path_units(outputs: Sequence[Any], roots: Sequence[Unit], since: int = 0) -> list[Unit]:
    """The units that a push has to visit, in topological order: those younger than every root.

    Raises StaleCircuitError when a value is older than a write to something it depends on.
    """
    units = [output for output in outputs if type(output) is Unit]
    found = reachable_since(units, since) if since else reachable(units)
    order = sorted(found)
    check_fresh(found, order)
    first = min(root.serial for root in roots)
    return [found[serial] for serial in order if serial >= first]


def pushed(units: Sequence[Unit], tangents: dict[int, Any], *, create_graph: bool) -> None:
    """Work out the tangent of every unit that depends on a unit in `tangents`, in place.

    `tangents` maps serial numbers to tangents; a unit named there that depends on another one
    adds what reaches it to its own.  With `create_graph` the push is wired from gates.
    """
    (_push_units if create_graph else _push_floats)(units, tangents)


def _push_floats(units: Sequence[Unit], tangents: dict[int, float]) -> None:
    strict = current().strict
    # Units whose tangent is infinite because a gate stood on its edge.  The sweep sends nothing
    # through such a gate when its upstream is exactly 0; here a slope of exactly 0 says the same.
    edges: set[int] = set()
    for unit in units:
        inputs = unit.inputs
        moving = [k for k, op in enumerate(inputs) if type(op) is Unit and op._serial in tangents]
        if not moving:
            continue
        slopes = unit.partials
        total = tangents.get(unit._serial, 0.0)
        on_edge = False
        for k in moving:
            serial = inputs[k]._serial  # type: ignore[union-attr]
            if edges and serial in edges:
                if slopes[k] == 0.0:
                    continue
                on_edge = True
            total += slopes[k] * tangents[serial]
        tangents[unit._serial] = total
        if not math.isfinite(total):
            if strict:
                raise DomainError(
                    f"the tangent of {describe(unit)}, of the gate {unit._gate!r}, is {total!r}: "
                    f"local derivatives {slopes!r}",
                    unit=unit,
                )
            if on_edge or unit._gate.guarded:  # type: ignore[union-attr]
                edges.add(unit._serial)


def _push_units(units: Sequence[Unit], tangents: dict[int, Any]) -> None:
    edges: set[int] = set()
    for unit in units:
        inputs = unit.inputs
        wanted = [type(op) is Unit and op._serial in tangents for op in inputs]
        if not any(wanted):
            continue
        gate: Any = unit._gate
        slopes = gate.partials_on(unit, inputs, wanted)
        total = tangents.get(unit._serial, 0.0)
        on_edge = gate.guarded
        for operand, slope, wants in zip(inputs, slopes, wanted, strict=True):
            if not wants or (type(slope) is float and slope == 0.0):
                continue
            tangent = tangents[operand._serial]  # type: ignore[union-attr]
            if operand._serial in edges:  # type: ignore[union-attr]
                on_edge = True
                if type(slope) is Unit:
                    kept = not_equal(slope, 0.0) + less(absolute(tangent), math.inf)
                    tangent = where(kept, tangent, 0.0)
            total = plus(total, times(tangent, slope))
        if type(total) is Unit or total != 0.0:
            tangents[unit._serial] = total
            if on_edge:
                edges.add(unit._serial)
