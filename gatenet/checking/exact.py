"""Exact checks: a recorded circuit's gradient against the slopes of its exact formulas.

Each derivative may be off by what rounding allows (the radii of a pass on balls); each gate's
recorded local derivatives are held against the exact ones, so that ill conditioning of the whole
excuses no wrong rule.  Knows the truth, radii and ports; does not know where circuits come from.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from gatenet.checking import report as said
from gatenet.checking.guilt import Guilt
from gatenet.checking.kinds import Wiring, named
from gatenet.checking.lines import (
    BOUNDARY,
    JUMP,
    KINK,
    SMOOTH,
    UNDEFINED,
    UNSTABLE,
    VERTICAL,
    CircuitLine,
    Truth,
)
from gatenet.checking.ports import FACTOR, HOPELESS, Port, ports
from gatenet.checking.radii import Ball, Radii, radii
from gatenet.checking.report import Entry
from gatenet.checking.truth import truths
from gatenet.checking.ulps import as_float, ulps
from gatenet.circuit import Circuit
from gatenet.formula import evaluate
from gatenet.texts import shown
from gatenet.unit import Unit

#: Inside a circuit a local derivative is wrong from so many ULP on, and so many radii.
SUSPECT = 8.0
#: Terms that cancel leave a gradient of this size beside them without being ill-conditioned.
CANCELS = 1e-12
#: A gradient this near to the exact one is right, however wide its radius is in the worst case.
RIGHT = 1e-9
#: More gates than this are looked at in a random choice of so many.
LOOKED_AT = 20_000


@dataclass
class Limits:
    """What a user allows beyond rounding."""

    atol: float = 0.0
    rtol: float = 0.0
    allow_kinks: bool = False

    def of(self, exact: float) -> float:
        """The tolerance for a derivative of this size."""
        return self.atol + self.rtol * abs(exact) if math.isfinite(exact) else self.atol


@dataclass
class Exact:
    """A circuit at its present values, with everything that is worked out once."""

    circuit: Circuit
    leaves: list[int]
    outputs: list[int]
    limits: Limits
    known: dict[Any, Any] = field(default_factory=dict)

    @cached_property
    def wiring(self) -> Wiring:
        """The circuit laid out for exact numbers."""
        made = Wiring(self.circuit, self.leaves)
        made.outputs = self.outputs
        return made

    def unit(self, row: int) -> Unit:
        """The unit of a row that is no constant."""
        unit = self.circuit.units[row]
        assert unit is not None
        return unit

    def radii(self, output: int) -> Radii:
        """The pass on balls from one output."""
        if ("radii", output) not in self.known:
            self.known["radii", output] = radii([self.unit(self.outputs[output])], [1.0])
        found: Radii = self.known["radii", output]
        return found

    def truths(self, direction: Mapping[int, float]) -> list[Truth]:
        """What is so of each output as leaves move in a direction (by row)."""
        line = CircuitLine(self.wiring, dict(direction), self.known.setdefault("base", {}))
        return truths(line, len(self.outputs))

    def ball(self, output: int, direction: Mapping[int, float]) -> Ball:
        """The gradient along a direction as the pass on balls has it."""
        gathered = self.radii(output).gradients
        parts = [(gathered.get(self.unit(k)._serial, Ball(0.0)), v) for k, v in direction.items()]
        middle = math.fsum(b.middle * v for b, v in parts) if all(
            math.isfinite(b.middle) for b, _ in parts) else math.nan  # fmt: skip
        size = sum(b.size for b, _ in parts)
        rounding = 2.0**-52 * size if len(parts) > 1 else 0.0
        return Ball(middle, sum(b.radius * abs(v) for b, v in parts) + rounding, size)

    @cached_property
    def not_finite(self) -> str:
        """The first gate whose value is not finite, or ""."""
        for k, value in enumerate(self.circuit.values):
            if not math.isfinite(value) and self.circuit.rows[k].role != "constant":
                return self.gate_text(k)
        return ""

    def gate_text(self, row: int) -> str:
        """Name a row in a sentence: relu (u4)."""
        gate = self.circuit.rows[row].gate
        label = shown(self.circuit.label(row))
        return label if gate is None else f"{gate.name} ({label})"

    def gates_text(self, rows: Sequence[int]) -> str:
        """Name some rows in a sentence."""
        text = ", ".join(self.gate_text(row) for row in rows[:5])
        return text + (f" and {len(rows) - 5} more" if len(rows) > 5 else "")

    def near_kinks(self, output: int) -> list[int]:
        """The gates that stand within rounding of a kink, on it included, and matter."""
        values, gathered = self.radii(output)
        found: list[int] = []
        for k, row in enumerate(self.circuit.rows):
            if row.gate is None or not row.gate.domain.kinks:
                continue
            if not gathered.get(self.unit(k)._serial, Ball(0.0)).size:
                continue
            operands = [values[u._serial] if u is not None else Ball(self.circuit.values[j])
                        for j, u in ((j, self.circuit.units[j]) for j in row.operands)]  # fmt: skip
            gate: Any = self.unit(k)._gate
            for item in evaluate(gate.domain.kinks, named(gate, operands)):
                balls = item if isinstance(item, list) else [item]
                found += [k for ball in balls if type(ball) is Ball
                          and abs(ball.middle) <= FACTOR * ball.radius]  # fmt: skip
        return sorted(set(found))

    def entry(
        self,
        name: str,
        at: float,
        analytic: float,
        output: int,
        truth: Truth,
        ball: Ball,
        error: float = 0.0,
    ) -> Entry:
        """Judge one derivative; `error` is how far off the truth itself may be."""
        exact = truth.slope
        numeric = math.nan if exact is None else as_float(exact)
        error = error or (0.0 if exact is None else abs(numeric) * 2.0**-70)
        made = Entry(
            name, at, analytic, numeric, error, said.PASS, output=output, method=truth.method,
            step=2.0**-truth.step if truth.step else 0.0,
            tolerance=FACTOR * ball.radius + error + self.limits.of(numeric),
            ulps=math.nan if exact is None else ulps(analytic, exact),
        )  # fmt: skip
        if truth.kind == SMOOTH and exact is not None:
            verdict, reason, note = self._smooth(made, exact, ball, truth)
        elif truth.kind == KINK and truth.left is not None and truth.right is not None:
            verdict, reason, note, numeric = self._kinked(analytic, truth)
        else:
            verdict, reason, note = self._elsewhere(made, truth, ball)
        return Entry(**{**vars(made), "verdict": verdict, "reason": reason, "note": note,
                        "numeric": numeric, "at_kink": truth.kind == KINK})  # fmt: skip

    def _within(self, entry: Entry, exact: Fraction) -> bool:
        if entry.ulps <= 4.0:
            return True
        if not math.isfinite(entry.analytic):
            return False
        return as_float(abs(Fraction(entry.analytic) - exact)) <= entry.tolerance

    def _smooth(
        self, entry: Entry, exact: Fraction, ball: Ball, truth: Truth
    ) -> tuple[str, str, str]:
        if self._within(entry, exact):
            slack = max(HOPELESS * abs(entry.numeric), CANCELS * ball.size, self.limits.of(1.0))
            right = entry.ulps <= 4.0 or entry.difference <= RIGHT * abs(entry.numeric)
            if right or ball.radius <= slack:
                return said.PASS, "", ""
            return said.INCONCLUSIVE, said.ILL, self._ill(entry, ball)
        if truth.ties:
            note = f"a kink inside, at {self.gates_text(truth.ties)}, which cancels out"
            return said.INCONCLUSIVE, said.KINK, note
        if self.not_finite and not math.isfinite(entry.analytic):
            return said.INCONCLUSIVE, said.EDGE, f"{self.not_finite} is not finite"
        near = self.near_kinks(entry.output)
        if near:
            note = f"within rounding of a kink, at {self.gates_text(near)}"
            return said.INCONCLUSIVE, said.KINK, note
        if not math.isfinite(ball.radius):
            return said.INCONCLUSIVE, said.ILL, "rounding may do anything here"
        return said.FAIL, "", ""

    def _ill(self, entry: Entry, ball: Ball) -> str:
        share = ball.radius / abs(entry.numeric) if entry.numeric else math.inf
        return (
            f"ill-conditioned: rounding alone may move it by {share:.1e} of its size; each gate's "
            "own derivatives are right"
        )

    def _kinked(self, analytic: float, truth: Truth) -> tuple[str, str, str, float]:
        assert truth.left is not None and truth.right is not None
        left, right = as_float(truth.left), as_float(truth.right)
        low, high = sorted((left, right))
        slack = 2.0**-48 * max(abs(low), abs(high))
        inside = low - slack <= analytic <= high + slack
        numeric = min(max(analytic, low), high) if analytic == analytic else low
        named = f" of {self.gates_text(truth.ties)}" if truth.ties else ""
        place = "between" if inside else "not between"
        note = (f"at a kink{named}: {left:.10g} from the left, {right:.10g} from the right; the "
                f"gradient is {place} them")  # fmt: skip
        passes = inside and self.limits.allow_kinks
        return (said.PASS, "", note, numeric) if passes else (
            said.INCONCLUSIVE, said.KINK, note, numeric)  # fmt: skip

    def _elsewhere(self, entry: Entry, truth: Truth, ball: Ball) -> tuple[str, str, str]:
        if truth.kind == JUMP:
            named = f" of {self.gates_text(truth.ties)}" if truth.ties else ""
            return said.INCONCLUSIVE, said.DISCONTINUITY, f"a jump{named}: there is no slope"
        side = "right" if truth.left is None and not truth.rising[0] else "left"
        if truth.kind == BOUNDARY and truth.slope is not None:
            note = f"edge of the domain: {entry.numeric:.10g} from the {side}, the only open side"
            if self._within(entry, truth.slope) or not math.isfinite(ball.radius):
                return said.INCONCLUSIVE, said.EDGE, note
            return said.FAIL, "", note
        if truth.kind in (BOUNDARY, VERTICAL):
            sign = "-" if (truth.rising[0] or truth.rising[1]) < 0 else ""
            return said.INCONCLUSIVE, said.EDGE, f"the slope is {sign}infinite"
        if truth.kind == UNDEFINED:
            note = f"{self.not_finite} is not finite" if self.not_finite else "undefined around it"
            return said.INCONCLUSIVE, said.EDGE, note
        assert truth.kind == UNSTABLE
        if self.not_finite:
            return said.INCONCLUSIVE, said.EDGE, f"{self.not_finite} is not finite"
        near = self.near_kinks(entry.output)
        if near:
            note = f"no precision decides on which side of a kink {self.gates_text(near)} stands"
            return said.INCONCLUSIVE, said.KINK, note
        return said.INCONCLUSIVE, said.NOISE, "the slope does not settle, however near one looks"

    def faults(self, output: int, rng: random.Random) -> Iterator[Guilt]:
        """The gates whose recorded local derivatives are wrong, the first made first.

        Raises NoFormula where a gate cannot be worked out exactly.
        """
        gathered = self.radii(output).gradients
        rows = [k for k, row in enumerate(self.circuit.rows) if row.gate is not None
                and gathered.get(self.unit(k)._serial, Ball(0.0)).size]  # fmt: skip
        if len(rows) > LOOKED_AT:
            rows = sorted(rng.sample(rows, LOOKED_AT))
        for row in rows:
            yield from self.faults_at(row)

    def faults_at(self, row: int) -> Iterator[Guilt]:
        """What is wrong with the gate of one row."""
        unit = self.unit(row)
        gate: Any = unit._gate
        point = [op._value if type(op) is Unit else op for op in unit.inputs]
        if not all(map(math.isfinite, [unit._value, *point])):
            return
        wanted = [k for k, op in enumerate(unit.inputs) if type(op) is Unit]
        for port in ports(gate, point, unit.partials, wanted=wanted):
            if port.right is False and self._matters(port):
                yield Guilt(row, self.circuit.label(row), unit.gate, port.name, tuple(point),
                            port.recorded, port.numeric, port.ulps, unit)  # fmt: skip

    def _matters(self, port: Port) -> bool:
        if port.ulps <= SUSPECT:
            return False
        apart = abs(port.recorded - port.numeric)
        return not apart <= port.tolerance + self.limits.of(port.numeric)
