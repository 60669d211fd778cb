"""Births: where a value or a gradient first went nan or infinite, and the way it took from there.

Forwards the recorded values are read; backwards the one sweep is watched, and no `.grad` is
written.  Knows units, the walk and the sweep; does not know what to say about it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from gatenet.explaining.cone import Cone
from gatenet.explaining.routes import Routes
from gatenet.modes import detect_anomaly
from gatenet.sweep import visits
from gatenet.unit import Unit
from gatenet.walk import check_fresh, reachable, topological


class Pull(NamedTuple):
    """A pull that is not finite, or makes a sum that is not: the gate, which operand, upstream."""

    unit: Unit
    port: int
    upstream: float


def forward_trail(unit: Unit) -> list[Unit]:
    """How a unit came to a value that is not finite: from the first such unit to itself.

    Only operands that can be blamed are followed: for a nan those that are nan, where there are
    any; so an infinity that did no harm (a mask of -inf) is not taken for the cause.
    """
    towards: dict[int, Unit] = {}
    births: list[Unit] = []
    waiting = [unit]
    for one in waiting:  # grows while it is walked: nearest units first
        blamed = _blamed(one)
        if not blamed:
            births.append(one)
        for operand in blamed:
            if operand._serial not in towards:
                towards[operand._serial] = one
                waiting.append(operand)
    first = min(births, key=lambda one: one._serial)
    trail = [first]
    while trail[-1] is not unit:
        trail.append(towards[trail[-1]._serial])
    return trail


def _blamed(unit: Unit) -> list[Unit]:
    """The operands that a value which is not finite may come from."""
    odd = [op for op in unit.inputs if type(op) is Unit and not math.isfinite(op._value)]
    if unit._value != unit._value:
        return [op for op in odd if op._value != op._value] or odd
    return odd


def harmless_trail(unit: Unit) -> list[Unit] | None:
    """From the first unit that is not finite to one that is, where neither is to blame."""
    order = topological([unit])
    first = next((one for one in order if not math.isfinite(one._value)), None)
    if first is None:
        return None
    come_from: dict[int, Unit] = {}
    for one in order:
        for operand in one.inputs:
            if type(operand) is Unit and (operand is first or operand._serial in come_from):
                come_from[one._serial] = operand
                break
    trail = [unit]
    while trail[-1] is not first:
        trail.append(come_from[trail[-1]._serial])
    return trail[::-1]


def backward_pull(unit: Unit) -> Pull | None:
    """The first pull of a sweep from `unit` that makes a gradient which is not finite.

    Raises StaleCircuitError when a value is older than a write to something it depends on.
    """
    found = reachable([unit])
    order = sorted(found)
    check_fresh(found, order)
    adjoints = dict.fromkeys(found, 0.0)
    adjoints[unit._serial] = 1.0
    last: Unit | None = None
    upstream = 0.0
    finite = math.isfinite
    with detect_anomaly(check_nan=False):  # a nan is what is looked for: no error here
        for visited in visits(found, order, adjoints, keep=False):
            if last is not None:  # its pulls have been made since it was visited
                for port, operand in enumerate(last.inputs):
                    if type(operand) is Unit and not finite(adjoints[operand._serial]):
                        return Pull(last, port, upstream)
            last, upstream = visited, adjoints[visited._serial]
    return None


def way_up(unit: Unit, output: Unit) -> list[Unit]:
    """The units on the way from a unit up to an output that it is most strongly tied to."""
    cone = Cone([output], [1.0], unit)
    (route,) = Routes(cone).best(1)
    return [unit, *[cone.units[cone.target[e]] for e in route]]
