"""Gate checks: a gate's declared partials over its domain, by the exact oracle or by differences.

With python-flint or mpmath a gate is judged in ULP against the derivatives of its textbook formula
(of its own formula, where it declares no textbook); without them, and for rules given as Python
code, against differences of its values.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from gatenet.checking import report as said
from gatenet.checking.blame import noise_of, numeric_slope
from gatenet.checking.differences import Slope, slope
from gatenet.checking.domains import looker, valuer
from gatenet.checking.judging import ATOL, RTOL, judged
from gatenet.checking.kinds import NoFormula
from gatenet.checking.lines import BOUNDARY, JUMP, KINK, UNDEFINED, UNSTABLE, VERTICAL, Truth
from gatenet.checking.ports import Port, port_names, ports
from gatenet.checking.precise import package
from gatenet.checking.report import FAIL, INCONCLUSIVE, PASS, Entry
from gatenet.checking.sampling import points
from gatenet.checking.ulps import as_float
from gatenet.declaration import Gate
from gatenet.errors import GradientMismatch
from gatenet.texts import figure

#: A value this far from that of the textbook is not rounding: the two are different functions.
ANOTHER = 1e-6


@dataclass
class GateReport:
    """The result of checking a gate: true when no partial is wrong and most could be judged."""

    gate: Gate
    points: int = 0
    kinks: int = 0
    counts: dict[str, int] = field(default_factory=lambda: {PASS: 0, FAIL: 0, INCONCLUSIVE: 0})
    failures: list[Entry] = field(default_factory=list)
    undecided: list[Entry] = field(default_factory=list)
    #: The largest distance in ULP among the partials that passed, and where it was met.
    ulps: float = 0.0
    ulps_at: tuple[float, ...] = ()

    def __bool__(self) -> bool:
        return self.verdict == PASS

    @property
    def verdict(self) -> str:
        """ "pass", "fail", or "inconclusive" where fewer than half could be judged."""
        if self.counts[FAIL]:
            return FAIL
        return PASS if self.counts[PASS] > self.counts[INCONCLUSIVE] else INCONCLUSIVE

    def add(self, entry: Entry, point: Sequence[float] = ()) -> None:
        """Count one derivative, keeping the first few that do not pass."""
        self.counts[entry.verdict] += 1
        self.kinks += entry.at_kink
        kept = {FAIL: self.failures, INCONCLUSIVE: self.undecided}.get(entry.verdict)
        if kept is not None and len(kept) < 10:
            kept.append(entry)
        if entry.verdict == PASS and entry.ulps > self.ulps:
            self.ulps, self.ulps_at = entry.ulps, tuple(point)

    def __str__(self) -> str:
        counts = ", ".join(f"{number} {verdict}" for verdict, number in self.counts.items())
        worst = f"; at most {figure(self.ulps, 3)} ULP off" if self.ulps else ""
        head = (
            f"gate {self.gate!r}: {self.verdict} at {self.points} points: {counts}; "
            f"{self.kinks} at kinks{worst}"
        )
        shown = self.failures or ([] if self else self.undecided)
        return "\n".join([head, *[f"  {entry}" for entry in shown]])

    __repr__ = __str__


def check_gate(
    gate: Gate,
    n: int = 1000,
    *,
    rng: random.Random | None = None,
    ulp: float | None = None,
    atol: float | None = None,
    rtol: float | None = None,
    raise_exception: bool = True,
) -> GateReport:
    """Check a gate's declared partials at n points drawn from its declared domain.

    Takes a gate of gatenet or one of your own, bound to static parameters or not.  A partial may
    be off by `ulp` units in the last place: 4 for gatenet's own gates of a fixed number of inputs,
    for others what rounding of their own formula explains, unless given.  `atol` and `rtol` allow
    more.  On a kink a partial must lie between the slopes of both sides.  The same points are
    drawn every time unless `rng` is given.

    Raises GradientMismatch, with the report as `.report`, when a partial is wrong, or when fewer
    than half could be judged; `raise_exception=False` gives the report alone.

    >>> from gatenet.gates import sigmoid
    >>> bool(check_gate(sigmoid, 50))
    True
    """
    report = GateReport(gate)
    known: dict[tuple[float, ...], list[Entry]] = {}
    for point in points(gate, n, rng or random.Random(0)):
        report.points += 1
        key = (*point, *[math.copysign(1.0, x) for x in point])
        if key not in known:  # kinks and edges come again and again, and take longest
            known[key] = check_point(gate, point, ulp=ulp, atol=atol, rtol=rtol)
        for entry in known[key]:
            report.add(entry, point)
    if raise_exception and not report:
        raise GradientMismatch(str(report), report=report, gate=gate, entries=report.failures)
    return report


def check_point(
    gate: Gate,
    point: Sequence[float],
    *,
    ulp: float | None = None,
    atol: float | None = None,
    rtol: float | None = None,
) -> list[Entry]:
    """Check every partial of a gate at one point.

    >>> from gatenet.gates import relu
    >>> check_point(relu, [0.0])[0].note
    'at a kink: 0 from the left, 1 from the right'
    """
    z = gate.value(*point)
    partials = gate.partials(z, *point)
    where = ", ".join(repr(x) for x in point)
    finite = all(map(math.isfinite, [z, *point]))
    if finite and (package("flint") or package("mpmath")):
        try:
            return list(_exactly(gate, point, z, partials, where, ulp, atol or 0.0, rtol or 0.0))
        except NoFormula:
            pass
    allowed = ATOL if atol is None else atol, RTOL if rtol is None else rtol
    names = port_names(gate, len(point))
    entries = []
    for k, name in enumerate(names):
        found = numeric_slope(gate, list(point), k, z)
        label = name if len(names) == 1 else f"at ({where}) {name}"
        entries.append(judged(label, point[k], partials[k], found, *allowed))
    if len(point) > 1 and 0 in looker(gate)(point)[1] and _on_kink(gate, point):
        # At a tie each partial may be right alone and their sum wrong: (1, 1) for a maximum.
        label = f"at ({where}) all inputs moved by"
        found = _diagonal(gate, point, z)
        entries.append(judged(label, 0.0, sum(partials), found, *allowed))
    return entries


def _exactly(
    gate: Gate,
    point: Sequence[float],
    z: float,
    partials: Sequence[float],
    where: str,
    ulp: float | None,
    atol: float,
    rtol: float,
) -> Iterator[Entry]:
    for number, port in enumerate(ports(gate, point, partials, ulp=ulp)):
        signed = any(x == 0 and math.copysign(1.0, x) < 0 for x in point)
        if number == 0 and port.truth.value is not None and gate.textbook and not signed:
            entry = _value_entry(z, port.truth.value, where)
            if entry is not None:
                yield entry
        whole = port.name == "all inputs"
        label = port.name if len(point) == 1 else f"at ({where}) {port.name}"
        at = 0.0 if whole else point[port.place]
        yield _entry_of(port, label, at, atol + rtol * abs(port.numeric) if atol or rtol else 0.0)


def _value_entry(z: float, exact: Fraction, where: str) -> Entry | None:
    """A failure, where a gate's value is not that of its textbook formula at all."""
    value = as_float(exact)
    if not math.isfinite(value) or abs(z - value) <= ANOTHER * max(abs(value), abs(z)):
        return None
    if abs(value) < 1e-290:
        return None
    note = "the textbook= formula and the gate's own formula are two functions"
    return Entry(f"at ({where}) the value", 0.0, z, value, 0.0, FAIL, note, method="balls")


def _entry_of(port: Port, label: str, at: float, allowed: float) -> Entry:
    verdict = {True: PASS, False: FAIL, None: INCONCLUSIVE}[port.right]
    reason = "" if verdict == PASS else _REASONS.get(port.truth.kind, said.NOISE)
    if verdict == FAIL and abs(port.recorded - port.numeric) <= allowed:
        verdict = PASS
    return Entry(
        label, at, port.recorded, port.numeric, 0.0, verdict, _note(port.truth, port),
        port.truth.kind in (KINK, JUMP), 0, "" if verdict == FAIL else reason,
        method=port.truth.method, tolerance=port.tolerance + allowed, ulps=port.ulps,
    )  # fmt: skip


_REASONS = {KINK: said.KINK, JUMP: said.DISCONTINUITY, BOUNDARY: said.EDGE,
            VERTICAL: said.EDGE, UNDEFINED: said.EDGE, UNSTABLE: said.NOISE}  # fmt: skip


def _note(truth: Truth, port: Port) -> str:
    if truth.kind == KINK and truth.left is not None and truth.right is not None:
        left, right = as_float(truth.left), as_float(truth.right)
        return f"at a kink: {left:.10g} from the left, {right:.10g} from the right"
    if truth.kind == BOUNDARY and truth.slope is not None:
        return f"from the {'right' if truth.left is None else 'left'} alone"
    return {
        JUMP: "at a jump: there is no slope",
        BOUNDARY: "an edge: the slope grows without end",
        VERTICAL: "a vertical tangent",
        UNDEFINED: "undefined on both sides",
        UNSTABLE: "the slope does not settle",
    }.get(truth.kind, f"{figure(port.ulps, 3)} ULP off" if port.right is False else "")


def _on_kink(gate: Gate, point: Sequence[float]) -> bool:
    operands = dict(zip(gate.inputs, gate.split(point), strict=True))
    return gate.domain.at_kink({**gate.static, **operands})


def _diagonal(gate: Gate, point: Sequence[float], z: float) -> Slope:
    """The numeric slope of a gate's value along all its inputs at once, at a kink."""
    look, worth = looker(gate), valuer(gate)

    def value(step: float) -> float:
        moved = [x + step for x in point]
        return worth(moved) if look(moved)[0] else math.nan

    return slope(value, 0.0, kink=True, noise=2 * noise_of(gate, list(point), max(map(abs, point))))
