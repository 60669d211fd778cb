"""Layers: a recorded circuit judged exactly, by the complex step, or by differences of calls.

Knows subjects and the three ways; does not know what a report's verdict leads to.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from gatenet.checking import logic
from gatenet.checking import report as said
from gatenet.checking.blame import guilty_gate, wrong_sum
from gatenet.checking.calls import along, by_calls
from gatenet.checking.complexstep import by_complex_step
from gatenet.checking.directions import Direction
from gatenet.checking.exact import Exact, Limits
from gatenet.checking.kinds import NoFormula
from gatenet.checking.lines import SMOOTH, Truth
from gatenet.checking.precise import package
from gatenet.checking.report import Entry, Report
from gatenet.checking.subjects import Sample, Subject, standing


def exactly(
    report: Report,
    subject: Subject,
    here: Sample,
    directions: Sequence[Direction],
    limits: Limits,
    rng: random.Random,
) -> None:
    """Judge the recorded circuit; fall back to differences where it cannot be worked out."""
    assert subject.circuit is not None
    wired = [j for j, row in enumerate(subject.output_rows) if row is not None]
    rows = [row for row in subject.output_rows if row is not None]
    exact = Exact(subject.circuit, subject.rows, rows, limits)
    analytic = {j: subject.analytic(j) for j in range(len(here.outputs))}
    exactly = bool(package("flint") or package("mpmath"))
    calm = exactly and subject.swept
    for direction in directions:
        moving = {subject.rows[k]: v for k, v in direction.parts}
        truths: list[Truth] | None = None
        try:
            if exactly and rows:
                truths = exact.truths(moving)
            elif rows and not standing(here):
                truths = by_complex_step(exact.wiring, moving)
        except NoFormula as error:
            exactly = False
            report.remarks.append(f"judged by differences: {error}")
        for output in range(len(here.outputs)):
            got = along(analytic[output], direction)
            at = subject.point[direction.alone] if direction.alone is not None else 0.0
            if output not in wired:
                note = "the output depends on no input"
                verdict = said.PASS if got == 0.0 else said.FAIL
                report.entries.append(Entry(direction.name, at, got, 0.0, 0.0, verdict, note,
                                            output=output, method="the circuit"))  # fmt: skip
            elif truths is None:
                report.entries.append(by_calls(subject, here, direction, output, got, limits, None))
            else:
                place = wired.index(output)
                calm &= truths[place].kind == SMOOTH and not truths[place].ties
                if truths[place].method != "balls":  # who sees no tie between equal values
                    calm = calm and not exact.near_kinks(place)
                ball = exact.ball(place, moving)
                rounding = 0.0 if exactly else 4 * ball.radius + 2.0**-50 * ball.size
                entry = exact.entry(direction.name, at, got, place, truths[place], ball, rounding)
                report.entries.append(entry.of_output(output))
    report.entries.sort(key=lambda entry: entry.output)
    if calm and exactly and not (report.failures or limits.atol or limits.rtol):
        report.logic = logic.compared(exact.wiring, exact.circuit, rng)
    _blame(report, exact, wired, rng, exactly, subject)


def _blame(
    report: Report,
    exact: Exact,
    wired: Sequence[int],
    rng: random.Random,
    exactly: bool,
    subject: Subject,
) -> None:
    """Look at the gates: always where that is exact, and after a failure in any case."""
    if wired:
        subject.analytic(wired[0])  # back at the point, wherever differences led
    failed = {entry.output for entry in report.failures}
    for place, output in enumerate(wired):
        if output in failed or (exactly and not failed):
            report.guilty = guilty_gate(exact, place, rng)
            if (
                report.guilty is None
                and output in failed
                and _excused(report, exact, output, place)
            ):
                continue
            if report.guilty is None and output in failed:
                report.guilty = wrong_sum(exact, place) if subject.swept else None
                if report.guilty is None:
                    report.remarks.append(
                        "every gate's own derivatives are right, so the "
                        "mistake is in how the gradient is put together"
                    )
            if report.guilty is not None:
                return


def _excused(report: Report, exact: Exact, output: int, place: int) -> bool:
    """Whether gates on kinks, each right in itself, are all that is wrong with an output.

    Its failures are then inconclusive: where kinks cancel out no rule of each gate can see it.
    """
    wrong = [entry for entry in report.failures if entry.output == output]
    near = exact.near_kinks(place)
    if not near:
        return False
    note = f"a kink inside, at {exact.gates_text(near)}, which cancels out"
    report.entries[:] = [
        replace(entry, verdict=said.INCONCLUSIVE, reason=said.KINK, note=note, at_kink=True)
        if entry in wrong else entry
        for entry in report.entries
    ]  # fmt: skip
    return True
