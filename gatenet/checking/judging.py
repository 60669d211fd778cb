"""Judging by differences: an analytic derivative beside a numeric slope that has an error bar.

For what cannot be worked out exactly.  A slope in float64 never proves a derivative to the last
digit, so a pass says to how many it agrees.  Knows slopes and reports.
"""

from __future__ import annotations

import math

from gatenet.checking.differences import Slope
from gatenet.checking.report import (
    DISCONTINUITY,
    EDGE,
    FAIL,
    INCONCLUSIVE,
    KINK,
    NOISE,
    PASS,
    Entry,
)

#: How near a derivative must come where the user does not say.
ATOL, RTOL = 1e-12, 1e-6
#: A difference of so many of the slope's own error bounds is not explained by them.
UNEXPLAINED = 100.0
#: Nor is one of so many parts of the slope itself, whatever its bound says.
_ROUNDING = 2.0**-40


def judged(
    name: str,
    at: float,
    analytic: float,
    found: Slope,
    atol: float,
    rtol: float,
    output: int = 0,
    *,
    allow_kinks: bool = True,
    given: bool = True,
) -> Entry:
    """Compare an analytic derivative with a numeric slope and say what is the case.

    A derivative passes when it lies within atol + rtol x size of the slope, give or take the
    slope's own error, which must not be ten times larger than that; on a kink, when it lies
    between the slopes of both sides and `allow_kinks` lets it.  Where the tolerances were not
    `given`, a difference that the slope's error does not explain passes no more: a wrong term may
    hide in it.
    """
    numeric, note = found.value, ""
    if found.side == "none":
        note = "no smooth run of finite values around this point"
        return Entry(name, at, analytic, numeric, math.inf, INCONCLUSIVE, note, output=output,
                     reason=NOISE)  # fmt: skip
    kink = found.side == "kink"
    if kink and not found.infinite:
        apart = abs(found.left - found.right)
        if apart <= 2 * found.error + atol + rtol * abs(found.left):  # no kink along this line
            kink, found = False, found._replace(side="both", value=found.left)
    if found.infinite:
        where = "at a kink" if kink else f"from the {found.side}"
        note = f"the differences {where} grow without end"
        agrees = math.isinf(analytic) and (analytic > 0) == (numeric > 0)
        verdict = PASS if agrees else INCONCLUSIVE
        reason = "" if agrees else DISCONTINUITY if kink else EDGE
        return Entry(name, at, analytic, numeric, found.error, verdict, note, kink, output,
                     reason=reason)  # fmt: skip
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
        verdict, reason = (PASS, "") if sure else (INCONCLUSIVE, NOISE)
        if not sure:
            note = _joined(note, f"the numeric one may itself be off by {found.error:.1e}, and "
                                 f"only {tolerance:.1e} is allowed")  # fmt: skip
        bound = UNEXPLAINED * found.error + _ROUNDING * abs(numeric)
        if sure and not given and not kink and difference > bound:
            verdict, reason = INCONCLUSIVE, NOISE
            times = difference / max(found.error, 5e-324)
            note = (
                f"within the default tolerances (rtol={rtol:g}), but they differ by {times:.1g} "
                "times the error bound of the numeric one: give rtol= and atol= to say what is near"
            )
        if sure and kink and not allow_kinks:
            verdict, reason = INCONCLUSIVE, KINK
        if sure and found.closed and not allow_kinks:
            verdict, reason = INCONCLUSIVE, EDGE
    else:  # also where the difference is nan
        unsure = difference <= tolerance + 10 * found.error or found.error == math.inf
        unsure |= abs(analytic - found.near[0]) <= 10 * found.near[1]
        verdict, reason = (INCONCLUSIVE, NOISE) if unsure else (FAIL, "")
        if unsure:
            note = _joined(note, f"they differ by {difference:.1e}, and the numeric one may itself "
                                 f"be off by {found.error:.1e}")  # fmt: skip
    return Entry(name, at, analytic, numeric, found.error, verdict, note, kink, output,
                 reason=reason, tolerance=tolerance, step=found.step)  # fmt: skip


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
