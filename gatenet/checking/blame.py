"""Blame: from a wrong gradient to the gate behind it.

Walks the circuit in the order in which it was made and stops at the first gate whose recorded
local derivatives are wrong: exactly where the gate can be worked out, by differences elsewhere.
Where every gate is right, the sums of the sweep are looked at.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from typing import Any

from gatenet.checking.differences import Slope, slope
from gatenet.checking.domains import crossed, looker, valuer
from gatenet.checking.exact import Exact
from gatenet.checking.guilt import Guilt
from gatenet.checking.judging import ATOL, RTOL, judged
from gatenet.checking.kinds import NoFormula
from gatenet.checking.logic import misadded
from gatenet.checking.ports import FACTOR, port_names
from gatenet.checking.precise import package
from gatenet.checking.report import FAIL
from gatenet.declaration import Gate
from gatenet.sweep import gradients
from gatenet.unit import Unit


def guilty_gate(exact: Exact, output: int, rng: random.Random) -> Guilt | None:
    """The first gate whose local derivatives are wrong, None where all are right."""
    if package("flint") or package("mpmath"):
        try:
            return next(exact.faults(output, rng), None)
        except NoFormula:
            pass
    for row, entry in enumerate(exact.circuit.rows):
        if entry.gate is not None:
            found = _by_differences(exact, row)
            if found is not None:
                return found
    return None


def _by_differences(exact: Exact, row: int) -> Guilt | None:
    """What float64 can say of one gate."""
    if package("flint") or package("mpmath"):
        try:
            return next(exact.faults_at(row), None)
        except NoFormula:
            pass
    unit = exact.unit(row)
    gate: Any = unit._gate
    point = [op._value if type(op) is Unit else op for op in unit.inputs]
    if not all(map(math.isfinite, [unit._value, *point])):
        return None
    names, partials = port_names(gate, len(point)), unit.partials
    for k, operand in enumerate(unit.inputs):
        if type(operand) is Unit:
            found = numeric_slope(gate, point, k, unit._value)
            entry = judged(names[k], point[k], partials[k], found, ATOL, RTOL)
            if entry.verdict == FAIL:
                return Guilt(row, exact.circuit.label(row), unit.gate, names[k], tuple(point),
                             partials[k], found.value, unit=unit)  # fmt: skip
    return None


def wrong_sum(exact: Exact, output: int) -> Guilt | None:
    """The unit, nearest to the output, whose gradient is not the sum of its pulls.

    The sums of recorded derivatives are exact where mpmath is installed, and balls elsewhere.
    """
    rows = {unit._serial: k for k, unit in enumerate(exact.circuit.units) if unit is not None}
    units = [exact.unit(k) for k in rows.values()]
    found = misadded([exact.unit(exact.outputs[output])], units)
    if not package("mpmath"):
        found = _outside(exact, output, units)
    for unit, got, right in found:
        row = rows[unit._serial]
        users = [k for k, one in enumerate(exact.circuit.rows) if row in one.operands]
        label = f"{exact.circuit.label(row)}, used by {exact.gates_text(users)}"
        return Guilt(row, label, None, "", (unit._value,), got, right, unit=unit)
    return None


def _outside(
    exact: Exact, output: int, units: Sequence[Unit]
) -> Iterator[tuple[Unit, float, float]]:
    """The units whose gradient is not in the ball that the pass on balls gathers."""
    balls = exact.radii(output).gradients
    gathered = gradients([exact.unit(exact.outputs[output])], [1.0], units)
    for unit, got in reversed(list(zip(units, gathered, strict=True))):
        ball = balls.get(unit._serial)
        if ball is None or got == ball.middle or not math.isfinite(ball.radius):
            continue
        if not abs(got - ball.middle) <= FACTOR * ball.radius:
            yield unit, got, ball.middle


def numeric_slope(gate: Gate, point: list[float], k: int, z: float) -> Slope:
    """The numeric slope of a gate's value along one input, in float64."""
    look, worth = looker(gate), valuer(gate)
    here = look(point)[1]
    moving = list(point)

    def value(there: float) -> float:
        moving[k] = there
        return worth(moving)

    def value_inside(there: float) -> float:
        moving[k] = there
        return worth(moving) if look(moving)[0] else math.nan

    def passing(there: float) -> bool:
        moving[k] = there
        return crossed(here, look(moving)[1])

    return slope(
        value if gate.domain.condition is None else value_inside,
        point[k],
        crossed=passing,
        kink=0 in here,
        noise=noise_of(gate, point, z),
    )


def noise_of(gate: Gate, point: list[float], z: float) -> float:
    """What rounding may do to a gate's value: 4 ULP, for any number of inputs of the largest."""
    if not gate.variadic:
        return 2.0**-51 * abs(z)
    return 2.0**-51 * max([abs(z), *[abs(x) for x in point]]) * len(point)
