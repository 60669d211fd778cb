"""Gate checks: a gate's declared partials against differences of its value, over its domain."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from gatenet.checking.differences import Slope, slope
from gatenet.checking.domains import crossed, looker, valuer
from gatenet.checking.report import AGREES, DIFFERS, UNDECIDED, Entry, judged
from gatenet.checking.sampling import points
from gatenet.declaration import Gate
from gatenet.errors import GradientMismatch

ATOL = 1e-12
RTOL = 1e-6


@dataclass
class GateReport:
    """The result of checking a gate: true when no partial differs and most could be decided."""

    gate: Gate
    points: int = 0
    kinks: int = 0
    counts: dict[str, int] = field(default_factory=lambda: {AGREES: 0, DIFFERS: 0, UNDECIDED: 0})
    failures: list[Entry] = field(default_factory=list)
    undecided: list[Entry] = field(default_factory=list)

    def __bool__(self) -> bool:
        return self.counts[DIFFERS] == 0 and self.counts[AGREES] > self.counts[UNDECIDED]

    def add(self, entry: Entry) -> None:
        """Count one derivative, keeping the first few that do not agree."""
        self.counts[entry.verdict] += 1
        self.kinks += entry.at_kink
        kept = {DIFFERS: self.failures, UNDECIDED: self.undecided}.get(entry.verdict)
        if kept is not None and len(kept) < 10:
            kept.append(entry)

    def __str__(self) -> str:
        counts = ", ".join(f"{number} {verdict}" for verdict, number in self.counts.items())
        head = f"gate {self.gate!r} at {self.points} points: {counts}; {self.kinks} at kinks"
        shown = self.failures or ([] if self else self.undecided)
        return "\n".join([head, *[f"  {entry}" for entry in shown]])

    __repr__ = __str__


def check_gate(
    gate: Gate,
    n: int = 1000,
    *,
    rng: random.Random | None = None,
    atol: float = ATOL,
    rtol: float = RTOL,
    raise_exception: bool = True,
) -> GateReport:
    """Check a gate's declared partials at n points drawn from its declared domain.

    Takes a gate of gatenet or one of your own, bound to static parameters or not.  The same
    points are drawn every time unless `rng` is given.

    Raises GradientMismatch, with the report as `.report`, when a partial differs from the slope
    of the value, or when fewer than half could be decided; `raise_exception=False` gives the
    report alone.

    >>> from gatenet.gates import sigmoid
    >>> bool(check_gate(sigmoid, 50))
    True
    """
    report = GateReport(gate)
    for point in points(gate, n, rng or random.Random(0)):
        report.points += 1
        for entry in check_point(gate, point, atol=atol, rtol=rtol):
            report.add(entry)
    if raise_exception and not report:
        raise GradientMismatch(str(report), report=report, gate=gate, entries=report.failures)
    return report


def check_point(
    gate: Gate, point: Sequence[float], *, atol: float = ATOL, rtol: float = RTOL
) -> list[Entry]:
    """Check every partial of a gate at one point.

    >>> from gatenet.gates import relu
    >>> check_point(relu, [0.0])[0].note
    'at a kink: 0 from the left, 1 from the right'
    """
    z = gate.value(*point)
    partials = gate.partials(z, *point)
    where = ", ".join(repr(x) for x in point)
    names = gate.inputs
    if gate.variadic:
        size = len(point) // gate.groups
        names = tuple(f"{name}[{k}]" for name in gate.inputs for k in range(size))
    entries = []
    for k, name in enumerate(names):
        found = _slope(gate, point, k, z)
        label = name if len(names) == 1 else f"at ({where}) {name}"
        entries.append(judged(label, point[k], partials[k], found, atol, rtol))
    if len(point) > 1 and 0 in looker(gate)(point)[1] and _on_kink(gate, point):
        # At a tie each partial may be right alone and their sum wrong: (1, 1) for a maximum.
        label = f"at ({where}) all inputs moved by"
        found = _diagonal(gate, point, z)
        entries.append(judged(label, 0.0, sum(partials), found, atol, rtol))
    return entries


def _on_kink(gate: Gate, point: Sequence[float]) -> bool:
    operands = dict(zip(gate.inputs, gate.split(point), strict=True))
    return gate.domain.at_kink({**gate.static, **operands})


def _diagonal(gate: Gate, point: Sequence[float], z: float) -> Slope:
    """The numeric slope of a gate's value along all its inputs at once, at a kink."""
    look, worth = looker(gate), valuer(gate)

    def value(step: float) -> float:
        moved = [x + step for x in point]
        return worth(moved) if look(moved)[0] else math.nan

    largest = max([abs(z), *[abs(x) for x in point]])
    return slope(value, 0.0, kink=True, noise=2.0**-50 * largest * len(point))


def _slope(gate: Gate, point: Sequence[float], k: int, z: float) -> Slope:
    """The numeric slope of a gate's value along one input."""
    look, worth = looker(gate), valuer(gate)
    x = point[k]
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
        x,
        crossed=passing if here else None,
        kink=0 in here,
        noise=_noise(gate, point, z),
    )


def _noise(gate: Gate, point: Sequence[float], z: float) -> float:
    """What rounding may do to a gate's value: 4 ULP, for any number of inputs of the largest."""
    if not gate.variadic:
        return 2.0**-51 * abs(z)
    return 2.0**-51 * max([abs(z), *[abs(x) for x in point]]) * len(point)
