"""Logic: the engine's own sweep, run on long floats, against differences of the whole circuit.

Each gate passes on its declared derivatives, worked out at 1,600 bits from exact values; the sweep
gathers them as it gathers floats.  What comes out is the gradient that the circuit's logic stands
for, and it must be the slope of the textbook formulas along a random direction.  Rounding has no
part in it, so ill conditioning excuses nothing here.  A second pass, over the derivatives as they
were recorded, holds the sums that the sweep made of them in float64 against exact ones.
Knows wiring, long floats and the sweep; does not know verdicts.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from gatenet.checking.kinds import NoFormula, Undecided, Wiring, named
from gatenet.checking.lines import CircuitLine
from gatenet.checking.precise import Wide, package, wide_bits
from gatenet.checking.pythonrules import slopes_of
from gatenet.circuit import Circuit
from gatenet.declaration import Gate
from gatenet.formula import Apply, Constant, Count, Expr, Symbol, evaluate, ordered
from gatenet.gates import CATALOGUE, SLOPES
from gatenet.sweep import gradients, visits
from gatenet.unit import Unit
from gatenet.walk import reachable

#: Bits of the long floats; those that a circuit of many rows is tried with first; those for sums
#: of recorded derivatives.
BITS, FEWER_BITS, SUM_BITS = 1600, 500, 300
#: More rows than these are many; more than the other number are too many to be run at all.
MANY_ROWS, MOST_ROWS = 1000, 5000
#: The step as a power of two: beside a number, of its size; and away from 0.
_STEP, _STEP_AT_ZERO = 120, 1170
#: How near two slopes of exact arithmetic must come to be one.
_SAME = 1e-18
#: What a constant in a formula that is itself a rounded number may do to a derivative.
_CONSTANT, _THEIRS = 2.0**-51, 2.0**-50
_OURS = {id(gate) for gate in (*CATALOGUE.values(), *SLOPES.values())}


class Bounded:
    """A long float, and how far off it may be for reasons that are known."""

    __slots__ = ("bound", "middle")

    def __init__(self, middle: Any, bound: Any) -> None:
        self.middle, self.bound = middle, bound

    def __add__(self, other: Bounded) -> Bounded:
        middle = self.middle + other.middle
        return Bounded(middle, self.bound + other.bound)


class Rounding(Bounded):
    """A sum whose bound grows by the rounding of each addition in float64."""

    def __add__(self, other: Bounded) -> Rounding:
        middle = self.middle + other.middle
        rounding = abs(middle) / 2**52
        return Rounding(middle, self.bound + other.bound + rounding)


class Logic(NamedTuple):
    """One comparison: the slope by the sweep, by differences, and how far apart they may be."""

    sweep: float
    differences: float
    #: The distance as a part of the slope, and the part that it may be.
    apart: float
    allowed: float
    bits: int = BITS

    @property
    def right(self) -> bool:
        """Whether the two are one number."""
        return self.apart <= self.allowed

    def __str__(self) -> str:
        verb = "agrees with" if self.right else "differs from"
        return (
            f"logic: along a random direction the sweep at {self.bits} bits {verb} long "
            f"differences, {self.apart:.1e} of the slope apart"
        )


def compared(wiring: Wiring, circuit: Circuit, rng: random.Random) -> Logic | None:
    """Run the sweep on long floats and compare it; the worst of the directions that can be judged.

    None where nothing can be compared: a gate without a formula, a value that is not finite, a
    point where both sides have not one slope, more than 5,000 rows, mpmath not installed.
    """
    if not package("mpmath") or not wiring.outputs or len(wiring.rows) > MOST_ROWS:
        return None
    if len(wiring.rows) > MANY_ROWS:  # what fewer bits find wrong may be what they cannot hold
        found = _at(FEWER_BITS, wiring, circuit, rng)
        if found is not None and found.right:
            return found
    return _at(BITS, wiring, circuit, rng)


def _at(bits: int, wiring: Wiring, circuit: Circuit, rng: random.Random) -> Logic | None:
    seeds = [rng.uniform(0.5, 1.0) * rng.choice((-1.0, 1.0)) for _ in wiring.outputs]
    outputs = [circuit.units[row] for row in wiring.outputs]
    worst: Logic | None = None
    with wide_bits(bits):
        try:
            values = wiring.run(Wide, {})
            swept = _swept(wiring, circuit, outputs, seeds, values)
        except (NoFormula, Undecided, ArithmeticError, ValueError):
            return None
        here = [values[row].inner for row in wiring.outputs]
        for direction, step in _directions(wiring, rng):
            if step + 200 > bits:
                continue
            found = _one(wiring, swept, seeds, here, direction, step)
            if found is not None and (worst is None or found.apart > worst.apart):
                worst = found
    return None if worst is None else worst._replace(bits=bits)


def _directions(wiring: Wiring, rng: random.Random) -> Iterator[tuple[dict[int, float], int]]:
    """Leaves that move by a share of themselves, and those that move away from 0."""
    weights = {row: rng.uniform(0.5, 1.0) * rng.choice((-1.0, 1.0)) for row in wiring.leaves}
    values = wiring.values
    away = {row: w * min(abs(values[row]), 1.0) for row, w in weights.items() if values[row]}
    zeros = {row: w for row, w in weights.items() if not values[row]}
    for direction, step in ((away, _STEP), (zeros, _STEP_AT_ZERO)):
        if any(direction.values()):
            yield direction, step


def _swept(
    wiring: Wiring,
    circuit: Circuit,
    outputs: Sequence[Any],
    seeds: Sequence[float],
    values: Sequence[Any],
) -> list[Bounded]:
    """The gradient in each leaf, by the engine's sweep over long floats."""
    rows = {unit._serial: k for k, unit in enumerate(circuit.units) if unit is not None}
    mpf = package("mpmath").mpf

    def rule(unit: Unit, upstream: Any) -> Iterator[tuple[int, Bounded]]:
        if type(upstream) is not Bounded:
            return
        row = rows[unit._serial]
        gate = wiring.gates[row]
        if not upstream.middle and not upstream.bound and gate.guarded:
            return
        operands = [values[k] for k in wiring.rows[row].operands]
        wanted = [type(op) is Unit for op in unit.inputs]
        slopes = declared_slopes(gate, operands, values[row], wanted)
        share = roughness(gate)
        for operand, slope in zip(unit.inputs, slopes, strict=True):
            if type(operand) is Unit:
                pull = upstream.middle * slope
                bound = abs(slope) * upstream.bound + share * (
                    abs(pull) + abs(slope * upstream.bound)
                )
                yield operand._serial, Bounded(pull, bound)

    gathered = _gathered(outputs, [Bounded(mpf(s), mpf(0)) for s in seeds], rule)
    none = Bounded(mpf(0), mpf(0))
    leaves: list[Any] = [circuit.units[k] for k in wiring.leaves]
    found = [gathered.get(leaf._serial, none) for leaf in leaves]
    return [one if type(one) is Bounded else none for one in found]


def _gathered(outputs: Sequence[Any], seeds: Sequence[Bounded], rule: Any) -> dict[Any, Any]:
    """Run the sweep with a rule of its own; what each unit has gathered."""
    found = reachable(outputs)
    adjoints: dict[Any, Any] = dict.fromkeys(found, 0.0)
    for unit, seed in zip(outputs, seeds, strict=True):
        before = adjoints[unit._serial]
        adjoints[unit._serial] = before + seed if type(before) is Bounded else seed
    for _ in visits(found, sorted(found), adjoints, keep=False, rule=rule):
        pass
    return adjoints


def declared_slopes(gate: Gate, operands: Sequence[Any], z: Any, wanted: Sequence[bool]) -> Any:
    """A gate's declared derivatives on long floats, as mpmath's numbers.

    Raises NoFormula where they are Python code that long floats cannot run.
    """
    if gate.opaque:
        found = slopes_of(gate, Wide, operands, z)
    else:
        results = evaluate(gate.partial_formulas, {**named(gate, operands), "z": z})
        size = len(operands) // gate.groups if gate.variadic else 1
        found = [
            item for one in results for item in (one if isinstance(one, list) else [one] * size)
        ]
    slopes = [Wide.of(item) for item in found]
    if not all(slope.finite for slope, wants in zip(slopes, wanted, strict=True) if wants):
        raise ValueError("not finite")
    return [slope.inner for slope in slopes]


def _one(
    wiring: Wiring,
    swept: Sequence[Bounded],
    seeds: Sequence[float],
    here: Sequence[Any],
    direction: dict[int, float],
    step: int,
) -> Logic | None:
    """Compare along one direction; None where both sides have not one slope."""
    mpf = package("mpmath").mpf
    pairs = [(one, direction[row]) for row, one in zip(wiring.leaves, swept, strict=True)
             if row in direction]  # fmt: skip
    along = sum((one.middle * v for one, v in pairs), mpf(0))
    bound = sum((one.bound * abs(v) for one, v in pairs), mpf(0))
    line = CircuitLine(wiring, direction, {})
    h = mpf(2) ** -step
    sides = [line.wide(h), here, line.wide(-h)]
    if any(value is None for side in sides for value in side):
        return None
    right, left = (
        sum((s * (a - b) for s, a, b in zip(seeds, sides[k], sides[k + 1], strict=True)), mpf(0))
        / h
        for k in (0, 1)
    )
    both = (right + left) / 2
    nothing = mpf(2) ** -1140
    size = max(abs(both), nothing)
    # For a smooth function the sides part like the step, and what is left of it like its square.
    unsure = abs(right - left)
    if unsure > size / 2**40 or not math.isfinite(float(both)):
        return None
    size = max(size, abs(along))
    allowed = bound + unsure + size * mpf(_SAME) + nothing
    return Logic(float(along), float(both), float(abs(along - both) / size), float(allowed / size))


def roughness(gate: Gate) -> float:
    """By what share a declared derivative may be off in exact arithmetic: rounded constants."""
    base = gate.base
    if "roughness" not in base.made:
        share = 0.0 if id(base) in _OURS else _THEIRS
        if not share and any(_rounded(base, formula) for formula in base.partial_formulas):
            share = _CONSTANT
        base.made["roughness"] = share
    found: float = base.made["roughness"]
    return found


def _rounded(gate: Gate, root: Expr) -> bool:
    """Whether floats are rounded inside a formula: a constant like 1 / log(2), arithmetic on
    constants and counts alone, a gate that is judged by its own formula."""
    plain: set[int] = set()
    for expr in ordered([root]):
        if isinstance(expr, Constant) and math.isfinite(expr.value):
            plain.add(id(expr))
            if max(abs(expr.value).as_integer_ratio()).bit_length() > 30:
                return True
        elif isinstance(expr, Count) or (isinstance(expr, Symbol) and expr.name in gate.static):
            plain.add(id(expr))
        elif isinstance(expr, Apply):
            if all(id(arg) in plain for arg in expr.args):
                return True
            if not expr.gate.textbook and expr.gate.primitive is None:
                return True
    return False


def misadded(outputs: Sequence[Unit], wrt: Sequence[Unit]) -> Iterator[tuple[Unit, float, float]]:
    """Where the sweep's sums in float64 are not those of the recorded derivatives: (unit, sum it
    made, right one), from the output down.  Only the rounding of products and sums is excused."""
    if not package("mpmath"):
        return
    mpf = package("mpmath").mpf
    with wide_bits(SUM_BITS):

        def rule(unit: Unit, upstream: Any) -> Iterator[tuple[int, Bounded]]:
            if not isinstance(upstream, Bounded):
                return
            gate: Any = unit._gate
            if not upstream.middle and gate.guarded:
                return
            for operand, slope in zip(unit.inputs, unit.partials, strict=True):
                if type(operand) is Unit:
                    pull = upstream.middle * mpf(slope)
                    bound = upstream.bound * abs(mpf(slope))
                    bound += (abs(pull) + bound) / 2**52 + mpf(2) ** -1074
                    yield operand._serial, Rounding(pull, bound)

        seeds = [Rounding(mpf(1), mpf(0)) for _ in outputs]
        exact = _gathered(outputs, seeds, rule)
        got = gradients(outputs, [1.0] * len(outputs), wrt)
        for unit, number in reversed(list(zip(wrt, got, strict=True))):
            one = exact.get(unit._serial)
            right = one.middle if isinstance(one, Bounded) else mpf(0)
            bound = one.bound if isinstance(one, Bounded) else mpf(0)
            if not (math.isfinite(number) and package("mpmath").isfinite(right)):
                continue
            if abs(mpf(number) - right) > 4 * bound:
                yield unit, number, float(right)
