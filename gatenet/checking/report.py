"""Reports: what a gradient check found, true or false, and printed so that one sees why."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from gatenet.checking.differences import Slope

AGREES, DIFFERS, UNDECIDED = "agrees", "differs", "undecided"


@dataclass(frozen=True)
class Entry:
    """One derivative: of one output in one input at one point."""

    name: str
    at: float
    analytic: float
    numeric: float
    error: float
    verdict: str
    note: str = ""
    at_kink: bool = False
    output: int = 0

    @property
    def difference(self) -> float:
        """How far the analytic value is from the numeric one, or from the nearer side's."""
        return abs(self.analytic - self.numeric)

    def __str__(self) -> str:
        note = f" ({self.note})" if self.note else ""
        return (
            f"{self.name} = {self.at!r}: analytic {self.analytic!r}, numeric {self.numeric:.10g} "
            f"± {self.error:.1e}, difference {self.difference:.1e}: {self.verdict}{note}"
        )


@dataclass
class Report:
    """The result of a check: true when every derivative agrees."""

    subject: str
    atol: float
    rtol: float
    entries: list[Entry] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.entries) and not self.failures and not self.undecided

    @property
    def failures(self) -> list[Entry]:
        """The derivatives that differ."""
        return [entry for entry in self.entries if entry.verdict == DIFFERS]

    @property
    def undecided(self) -> list[Entry]:
        """The derivatives that differences could not decide."""
        return [entry for entry in self.entries if entry.verdict == UNDECIDED]

    def __str__(self) -> str:
        counts = f"{len(self.entries)} derivative(s)"
        for kind, found in (("differ", self.failures), ("undecided", self.undecided)):
            if found:
                counts += f", {len(found)} {kind}"
        if self:
            counts += ", all agree"
        head = f"{self.subject}: {counts} (rtol {self.rtol:g}, atol {self.atol:g})"
        first = [*self.failures, *self.undecided]
        rest = [entry for entry in self.entries if entry.verdict == AGREES]
        shown = [*first, *rest][:20]
        more = [f"  ... {len(self.entries) - 20} more"] if len(self.entries) > 20 else []
        return "\n".join([head, *[f"  {entry}" for entry in shown], *more])

    __repr__ = __str__


def judged(
    name: str, at: float, analytic: float, found: Slope, atol: float, rtol: float, output: int = 0
) -> Entry:
    """Compare an analytic derivative with a numeric slope and say what is the case.

    A derivative agrees when it lies within atol + rtol x size of the slope, give or take the
    slope's own error, which must not be ten times larger than that; on a kink, when it lies
    between the slopes of both sides.
    """
    numeric, note = found.value, ""
    if found.side == "none":
        note = "no smooth run of finite values around this point"
        return Entry(name, at, analytic, numeric, math.inf, UNDECIDED, note, output=output)
    kink = found.side == "kink"
    if found.infinite:
        where = "at a kink" if kink else f"from the {found.side}"
        note = f"the differences {where} grow without end"
        agrees = math.isinf(analytic) and (analytic > 0) == (numeric > 0)
        verdict = AGREES if agrees else UNDECIDED
        return Entry(name, at, analytic, numeric, found.error, verdict, note, kink, output)
    if kink:
        low, high = sorted((found.left, found.right))
        numeric = min(max(analytic, low), high) if analytic == analytic else low
        note = f"at a kink: {found.left:.10g} from the left, {found.right:.10g} from the right"
    elif found.side != "both":
        note = f"from the {found.side} alone"
    tolerance = atol + rtol * abs(numeric)
    difference = abs(analytic - numeric)
    if difference <= tolerance + found.error:
        sure = found.error <= 10 * tolerance or difference == analytic == 0
        verdict = AGREES if sure else UNDECIDED
    else:  # also where the difference is nan
        unsure = difference <= tolerance + 10 * found.error or found.error == math.inf
        unsure |= abs(analytic - found.near[0]) <= 10 * found.near[1]
        verdict = UNDECIDED if unsure else DIFFERS
    return Entry(name, at, analytic, numeric, found.error, verdict, note, kink, output)
