"""Radii: what rounding alone may do to a gradient, by running the pass on balls of 53 bits.

A ball is a float and a radius.  Each gate passes on the radii of its operands, times its local
derivatives, and adds its own rounding; the sweep does the same with pulls.  The radius of a
gradient is then what float64 can be blamed for: more is an error, and where the radius is large
beside the gradient the point itself is ill-conditioned.  Pure Python; knows the sweep.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gatenet.checking.kinds import named
from gatenet.declaration import Gate
from gatenet.formula import evaluate
from gatenet.gates import CATALOGUE, SLOPES
from gatenet.sweep import visits
from gatenet.unit import Unit
from gatenet.walk import reachable

#: A primitive function is within an ULP of the truth, a gate of the catalogue within four.
_ROUNDING, _PROMISED, _SMALLEST, _NORMAL = 2.0**-53, 2.0**-51, 5e-324, 2.0**-1022
_OURS = {id(gate) for gate in (*CATALOGUE.values(), *SLOPES.values()) if not gate.variadic}


class Ball:
    """A float with what rounding may have done to it."""

    __slots__ = ("middle", "radius", "size")

    def __init__(self, middle: float, radius: float = 0.0, size: float | None = None) -> None:
        self.middle, self.radius = middle, radius
        #: The sum of the absolute terms that a gradient is made of.
        self.size = abs(middle) if size is None else size

    @staticmethod
    def __gate__(gate: Gate, operands: Sequence[Any], static: Mapping[str, Any]) -> Ball:
        """Apply a gate of a formula."""
        fixed = {k: v.middle if type(v) is Ball else v for k, v in static.items()}
        return ball_of(gate.bind(**fixed), [lifted(op) for op in operands])

    def __add__(self, other: Ball) -> Ball:
        middle = self.middle + other.middle
        radius = self.radius + other.radius + _ROUNDING * abs(middle)
        return Ball(middle, radius, self.size + other.size)


def lifted(value: Any) -> Ball:
    """A plain number as a ball that is exact."""
    return value if type(value) is Ball else Ball(float(value))


def ball_of(gate: Gate, operands: Sequence[Ball]) -> Ball:
    """A gate's value on balls, to first order in their radii."""
    ours = id(gate.base) in _OURS
    if not ours and gate.primitive is None and not gate.opaque:
        return lifted(evaluate([gate.formula], named(gate, operands))[0])
    middles = [op.middle for op in operands]
    z = gate.value(*middles)
    if not math.isfinite(z):  # overflow is rounding gone too far; nan out of finite numbers is not
        overflows = math.isinf(z) or any(math.isinf(op.radius) for op in operands)
        return Ball(z, math.inf if overflows else 0.0)
    radius = (_PROMISED if ours and gate.primitive is None else 2 * _ROUNDING) * abs(z)
    if gate.primitive is not None and gate.primitive.condition:
        return Ball(z)
    if any(op.radius for op in operands):
        for op, slope in zip(operands, gate.partials(z, *middles), strict=True):
            if op.radius:
                radius += abs(slope) * op.radius
    lost = radius or abs(z) < _NORMAL  # below the normal numbers digits are lost for good
    return Ball(z, radius + _SMALLEST if lost else 0.0)


class Radii(NamedTuple):
    """Balls of a pass: every unit's value, and the gradient gathered by each unit."""

    values: dict[int, Ball]
    gradients: dict[int, Ball]


def radii(outputs: Sequence[Unit], seeds: Sequence[float]) -> Radii:
    """Run the values and then the engine's own sweep on balls."""
    found = reachable(outputs)
    order = sorted(found)
    values: dict[int, Ball] = {}
    for serial in order:
        unit = found[serial]
        if unit._a is None:
            values[serial] = Ball(unit._value)
            continue
        gate: Any = unit._gate
        made = ball_of(gate, [_operand(op, values) for op in unit.inputs])
        values[serial] = Ball(unit._value, made.radius + abs(made.middle - unit._value)
                              if made.middle == made.middle else math.inf)  # fmt: skip
    adjoints: dict[Any, Any] = dict.fromkeys(found, 0.0)
    for unit, seed in zip(outputs, seeds, strict=True):
        before = adjoints[unit._serial]
        adjoints[unit._serial] = before + Ball(seed) if type(before) is Ball else Ball(seed)

    def rule(unit: Unit, upstream: Any) -> Iterator[tuple[int, Any]]:
        if type(upstream) is not Ball or not (upstream.middle or upstream.radius or upstream.size):
            return
        gate: Any = unit._gate
        if not upstream.middle and gate.guarded:
            return
        slopes = partial_balls(gate, [_operand(op, values) for op in unit.inputs],
                               values[unit._serial], unit.partials)  # fmt: skip
        for operand, slope in zip(unit.inputs, slopes, strict=True):
            if type(operand) is Unit:
                middle = upstream.middle * slope.middle
                radius = abs(upstream.middle) * slope.radius + abs(slope.middle) * upstream.radius
                radius += slope.radius * upstream.radius
                radius += _ROUNDING * abs(middle) if abs(slope.middle) != 1.0 else 0.0
                size = upstream.size * abs(slope.middle)
                # Below the normal numbers a product loses digits for good, or all of itself.
                lost = radius or (abs(middle) < _NORMAL and upstream.middle and slope.middle)
                yield operand._serial, Ball(middle, radius + _SMALLEST if lost else 0.0, size)

    for _ in visits(found, order, adjoints, keep=False, rule=rule):
        pass
    return Radii(values, {k: v if type(v) is Ball else Ball(0.0) for k, v in adjoints.items()})


def _operand(operand: Any, values: Mapping[int, Ball]) -> Ball:
    return values[operand._serial] if type(operand) is Unit else Ball(operand)


def partial_balls(
    gate: Gate, operands: Sequence[Ball], z: Ball, recorded: Sequence[float]
) -> list[Ball]:
    """A gate's local derivatives on balls around the recorded ones."""
    if gate.opaque:
        radii = _of_python(gate, operands, z, recorded)
        return [Ball(p, radius) for p, radius in zip(recorded, radii, strict=True)]
    results = evaluate(gate.partial_formulas, {**named(gate, operands), "z": z})
    size = len(operands) // gate.groups if gate.variadic else 1
    found: list[Any] = []
    for result in results:
        found += result if isinstance(result, list) else [result] * size
    balls = [lifted(item) for item in found]
    return [
        Ball(p, b.radius + (abs(b.middle - p) if abs(b.middle - p) <= _PROMISED * abs(p) else 0.0))
        for p, b in zip(recorded, balls, strict=True)
    ]


def _of_python(
    gate: Gate, operands: Sequence[Ball], z: Ball, recorded: Sequence[float]
) -> list[float]:
    """What rounding may do to the derivatives that a rule's Python gives.

    Its values at floats beside each operand show the rounding inside it: whatever of them is not
    a straight line.  Its values as far away as the operands and the output may be off show the
    rest; an output that is rounded alone may be what a derivative like 1 - z * z cancels with.
    """
    found = [2 * _PROMISED * abs(p) for p in recorded]
    middles = [op.middle for op in operands]
    for sign in (1.0, -1.0):
        try:
            moved = gate.partials(z.middle + sign * max(z.radius, math.ulp(z.middle)), *middles)
        except (ArithmeticError, ValueError):
            continue
        for port, slope in enumerate(moved):
            apart = abs(slope - recorded[port])
            found[port] += apart if math.isfinite(apart) else 0.0

    def beside(k: int, step: float) -> Sequence[float]:
        there = [*middles[:k], middles[k] + step, *middles[k + 1 :]]
        try:
            return gate.partials(gate.value(*there), *there)
        except (ArithmeticError, ValueError):
            return recorded

    for k, op in enumerate(operands):
        if not math.isfinite(op.middle):
            continue
        unit = math.ulp(op.middle)
        rows = [beside(k, step * unit) for step in (-2, -1, 0, 1, 2)]
        for port, column in enumerate(zip(*rows, strict=True)):
            bends = [
                abs(a - 2 * b + c) for a, b, c in zip(column, column[1:], column[2:], strict=False)
            ]
            found[port] += max((bend for bend in bends if math.isfinite(bend)), default=0.0)
        if op.radius and math.isfinite(op.radius):
            for sign in (1.0, -1.0):
                for port, slope in enumerate(beside(k, sign * op.radius)):
                    apart = abs(slope - recorded[port])
                    found[port] = max(found[port], apart) if math.isfinite(apart) else math.inf
        elif op.radius:
            found = [math.inf] * len(found)
    return found
