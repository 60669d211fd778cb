"""Reports: what a check found, true or false, printed so that one sees why, its facts kept."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

from gatenet.checking.guilt import Guilt
from gatenet.checking.logic import Logic
from gatenet.circuit import Circuit
from gatenet.errors import WiringError
from gatenet.modes import Recording
from gatenet.stepper import Stepper
from gatenet.texts import counted, figure, shown

#: The three verdicts.
PASS, FAIL, INCONCLUSIVE = "pass", "fail", "inconclusive"
#: Why a verdict is inconclusive.
KINK, EDGE, NOISE = "kink", "edge of the domain", "noise"
DISCONTINUITY, ILL = "discontinuity", "ill-conditioned"

#: Entries that a printed report shows.
_SHOWN = 20


@dataclass(frozen=True)
class Entry:
    """One derivative: of one output in one input, or along a direction."""

    name: str
    at: float
    #: What backpropagation (or the user's gradient) gives.
    analytic: float
    #: What it was compared with, how far off that may be itself, and the step it was taken over.
    numeric: float
    error: float
    verdict: str
    note: str = ""
    at_kink: bool = False
    output: int = 0
    #: Why it is inconclusive: one of the five reasons, or "".
    reason: str = ""
    step: float = 0.0
    #: What the numeric value was found by: "balls", "complex step", "differences" ...
    method: str = "differences"
    #: How far apart the two may be.
    tolerance: float = 0.0
    #: The distance in units in the last place, where the exact number is known.
    ulps: float = math.nan

    @property
    def difference(self) -> float:
        """How far the analytic value is from the numeric one, or from the nearer side's."""
        return abs(self.analytic - self.numeric)

    def doubted(self) -> Entry:
        """This entry where another branch of an `if` begins: no pass on one side's word."""
        if self.verdict == FAIL or not self.note.endswith("alone"):
            return self
        note = f"{self.note}: on the other side an `if` goes another way"
        return replace(self, verdict=INCONCLUSIVE, reason=KINK, note=note)

    def of_output(self, output: int) -> Entry:
        """This entry, said of another output."""
        return replace(self, output=output)

    @property
    def excess(self) -> float:
        """The difference in tolerances: the worst entry has the most."""
        if math.isnan(self.difference):
            return math.inf
        allowed = self.tolerance + self.error
        if self.difference == 0 or allowed == math.inf:
            return 0.0
        found = self.difference / allowed if allowed else math.inf
        return found if found == found else math.inf

    def __str__(self) -> str:
        note = f" ({self.note})" if self.note else ""
        digits = 17 if self.error <= 1e-14 * abs(self.numeric) else 10
        return (
            f"{shown(self.name)} = {self.at!r}: analytic {self.analytic!r}, numeric "
            f"{figure(self.numeric, digits)} ± {self.error:.1e} by {self.method}, difference "
            f"{self.difference:.1e}: {self.verdict}{note}"
        )


@dataclass
class Report:
    """The result of a check: true when every derivative was compared and passed.

    `verdict` is "fail" when one derivative is wrong, "inconclusive" when none is but one cannot
    be judged (or there was none to judge), with `reason`, else "pass".  Only "pass" is true.
    """

    subject: str
    atol: float | None = None
    rtol: float | None = None
    entries: list[Entry] = field(default_factory=list)
    #: The gate that is wrong, where a failure could be traced to one.
    guilty: Guilt | None = None
    #: The sweep on long floats against differences, which rounding has no part in; None where it
    #: could not be run.
    logic: Logic | None = None
    #: Things worth knowing: seeds of random directions, gates on kinks, what is not installed.
    remarks: list[str] = field(default_factory=list)
    #: The circuit that was checked, for a picture.
    circuit: Any = None

    @property
    def verdict(self) -> str:
        """ "pass", "fail" or "inconclusive"."""
        if self.failures or self.guilty is not None or (self.logic and not self.logic.right):
            return FAIL
        return INCONCLUSIVE if self.undecided or not self.entries else PASS

    @property
    def reason(self) -> str:
        """Why the verdict is inconclusive: the reason met first; "" for a pass or a failure."""
        if self.verdict != INCONCLUSIVE:
            return ""
        return next((entry.reason for entry in self.undecided if entry.reason), NOISE)

    def __bool__(self) -> bool:
        return self.verdict == PASS

    @property
    def failures(self) -> list[Entry]:
        """The derivatives that are wrong."""
        return [entry for entry in self.entries if entry.verdict == FAIL]

    @property
    def undecided(self) -> list[Entry]:
        """The derivatives that could not be judged."""
        return [entry for entry in self.entries if entry.verdict == INCONCLUSIVE]

    @property
    def worst(self) -> Entry | None:
        """The entry that is furthest off, in units of what it is allowed to be off."""
        pool = self.failures or self.undecided or self.entries
        return max(pool, key=lambda entry: entry.excess, default=None)

    def draw(self, path: Any = None, **options: Any) -> Any:
        """Draw the circuit that was checked; for a failure traced to a gate, what is around it.

        The pass then stands at the guilty gate, whose wrong pull is written beside its wire.
        Takes what `gatenet.viz.draw` takes.  The checked units are not touched.

        Raises WiringError for a function that has no circuit.
        """
        from gatenet.viz import draw

        if self.circuit is None:
            raise WiringError(f"{self.subject} has no circuit that could be drawn")
        ends = [unit for unit in self.circuit.ends if unit.gate is not None]
        shown = Circuit(ends or self.circuit.ends, recording=Recording())
        unit = None if self.guilty is None else self.guilty.unit
        if unit is None or unit not in shown.order:
            return draw(shown, path, **options)
        copied = shown.copy()
        if copied.stale:
            copied.forward(force=True)
        stepper, guilty = Stepper(copied), copied.units[shown.index(unit)]
        assert guilty is not None
        if guilty.gate is not None:
            stepper.until(guilty)
        else:
            stepper.finish()
        return draw(stepper, path, **{"around": guilty, **options})

    def __str__(self) -> str:
        counts = counted(len(self.entries), "derivative")
        for kind, found in (("wrong", self.failures), ("undecided", self.undecided)):
            if found:
                counts += f", {len(found)} {kind}"
        if self:
            counts += ", all agree"
        why = f" ({self.reason})" if self.reason else ""
        lines = [f"{self.subject}: {self.verdict}{why}: {counts}"]
        worst = self.worst
        if worst is not None and self.verdict != PASS and len(self.entries) > 1:
            lines.append(f"  worst: {shown(worst.name)}")
        rest = [entry for entry in self.entries if entry.verdict == PASS]
        listed = [*self.failures, *self.undecided, *rest]
        lines += [f"  {entry}" for entry in listed[:_SHOWN]]
        if len(listed) > _SHOWN:
            lines.append(f"  ... {len(listed) - _SHOWN} more")
        lines += [f"  note: {remark}" for remark in self.remarks]
        if self.logic is not None:
            lines.append(f"  {self.logic}")
        if self.guilty is not None:
            lines += [f"  {line}" for line in str(self.guilty).splitlines()]
        return "\n".join(lines)

    __repr__ = __str__
