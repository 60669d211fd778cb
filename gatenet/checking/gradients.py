"""Gradient checks: the backward pass of a function or a circuit, with a verdict.

The layers, from the strongest: exact slopes of the recorded circuit (python-flint, mpmath), the
complex step, differences in float64 with an error bar.  Knows subjects and all three.
"""

from __future__ import annotations

import math
import random
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from gatenet.checking import report as said
from gatenet.checking.blame import guilty_gate, wrong_sum
from gatenet.checking.complexstep import by_complex_step
from gatenet.checking.differences import Slope, slope
from gatenet.checking.directions import Direction, directions
from gatenet.checking.exact import Exact, Limits
from gatenet.checking.foreign import subject_of
from gatenet.checking.judging import ATOL, RTOL, judged
from gatenet.checking.kinds import NoFormula
from gatenet.checking.lines import Truth
from gatenet.checking.precise import package
from gatenet.checking.report import Entry, Report
from gatenet.checking.subjects import (
    BRANCHES,
    FOLLOWING,
    IMPURE,
    Sample,
    Subject,
    between,
    standing,
    steady,
)
from gatenet.errors import GradientMismatch
from gatenet.sweep import gradients
from gatenet.trees import flatten
from gatenet.unit import Unit


def gradcheck(
    f: Any,
    inputs: Any = None,
    *,
    eps: float | None = None,
    atol: float | None = None,
    rtol: float | None = None,
    raise_exception: bool = True,
    fast_mode: bool = False,
    allow_kinks: bool = False,
    seed: int | None = None,
) -> Report:
    """Check a gradient, and say *pass*, *fail*, or *inconclusive* with the reason.

    `f` is a function of units, a `Circuit`, or a pair `(f, gradient)` of Python functions of
    numbers or NumPy arrays; a PyTorch or JAX function is known by the tensors among its inputs.
    `inputs` are its arguments, numbers or units (units are moved where they stand and put back),
    for a circuit what `forward` takes.

    What has a circuit is judged exactly: the slopes of the textbook formulas, by python-flint or
    mpmath where they are installed, else by the complex step; the gradient may be off by what
    rounding can do, and no gate's own derivative may be wrong.  A function without one is judged
    by differences of its values, to as many digits as those allow.  `atol` and `rtol` allow more
    (for differences they are 1e-12 and 1e-6 unless given); `eps` asks for differences of that
    step.  On a kink there is no derivative: the verdict is "inconclusive" and names the gates,
    unless `allow_kinks` and the gradient lies between the slopes of both sides.  More than 200
    inputs, or `fast_mode`, are checked along random directions, whose `seed` is printed.

    The report is true for a pass alone.

    Raises GradientMismatch, with the report as `.report`, unless the verdict is "pass" or
    `raise_exception` is false: also for "inconclusive", which is never silent.

    >>> report = gradcheck(lambda x, y: x * y.tanh(), [2.0, 0.5])
    >>> report.verdict, bool(report), report.worst.name
    ('pass', True, 'inputs[0]')
    """
    subject = subject_of(f, inputs)
    seed = secrets.randbits(32) if seed is None else seed
    rng = random.Random(seed)
    report = Report(f"gradcheck of {subject.name}", atol, rtol, circuit=subject.circuit)
    here = subject.sample(subject.point)
    gates = len(subject.circuit.rows) if subject.circuit is not None else 1
    along, projected = directions(subject.names, gates, rng, fast=fast_mode)
    if projected:
        report.remarks.append(
            f"{len(subject.names)} inputs along {len(along)} directions, random ones with "
            f"seed={seed}"
        )
    limits = Limits(atol or 0.0, rtol or 0.0, allow_kinks)
    doubt = steady(subject, here, rng) if subject.names else ""
    if doubt == IMPURE:
        report.entries += _impure(subject, here)
    elif eps is None and not doubt and subject.circuit is not None:
        _exactly(report, subject, here, along, limits, rng)
    else:
        if doubt:
            report.remarks.append(f"judged by differences of calls: {doubt}")
        _numerically(report, subject, here, along, limits, eps, doubt == FOLLOWING)
        if doubt == BRANCHES and not allow_kinks:
            report.entries[:] = [entry.doubted() for entry in report.entries]
    if raise_exception and not report:
        raise GradientMismatch(
            str(report), report=report, entries=report.entries, gate=_gate_of(report)
        )
    return report


def _gate_of(report: Report) -> Any:
    return None if report.guilty is None else report.guilty.gate


def _impure(subject: Subject, here: Sample) -> list[Entry]:
    return [
        Entry(name, at, math.nan, math.nan, math.inf, said.INCONCLUSIVE, IMPURE, output=output,
              reason=said.NOISE)
        for output in range(len(here.outputs))
        for name, at in zip(subject.names, subject.point, strict=True)
    ]  # fmt: skip


def _exactly(
    report: Report,
    subject: Subject,
    here: Sample,
    along: Sequence[Direction],
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
    for direction in along:
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
            got = _along(analytic[output], direction)
            at = subject.point[direction.alone] if direction.alone is not None else 0.0
            if output not in wired:
                note = "the output depends on no input"
                verdict = said.PASS if got == 0.0 else said.FAIL
                report.entries.append(Entry(direction.name, at, got, 0.0, 0.0, verdict, note,
                                            output=output, method="the circuit"))  # fmt: skip
            elif truths is None:
                report.entries.append(
                    _differences(subject, here, direction, output, got, limits, None)
                )
            else:
                place = wired.index(output)
                ball = exact.ball(place, moving)
                rounding = 0.0 if exactly else 4 * ball.radius + 2.0**-50 * ball.size
                entry = exact.entry(direction.name, at, got, place, truths[place], ball, rounding)
                report.entries.append(entry.of_output(output))
    report.entries.sort(key=lambda entry: entry.output)
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


def _along(analytic: Sequence[float], direction: Direction) -> float:
    parts = [analytic[k] * v for k, v in direction.parts]
    return math.fsum(parts) if all(map(math.isfinite, parts)) else sum(parts)


def _numerically(
    report: Report,
    subject: Subject,
    here: Sample,
    along: Sequence[Direction],
    limits: Limits,
    eps: float | None,
    following: bool,
) -> None:
    """Judge by differences of values alone."""
    for output in range(len(here.outputs)):
        analytic = subject.analytic(output)
        for direction in along:
            got = _along(analytic, direction)
            report.entries.append(
                _differences(subject, here, direction, output, got, limits, eps, following)
            )


def _differences(
    subject: Subject,
    here: Sample,
    direction: Direction,
    output: int,
    got: float,
    limits: Limits,
    eps: float | None,
    following: bool = False,
) -> Entry:
    found = _slope(subject, here, direction, output, eps, following)
    at = subject.point[direction.alone] if direction.alone is not None else 0.0
    atol, rtol = limits.atol or ATOL, limits.rtol or RTOL
    return judged(direction.name, at, got, found, atol, rtol, output,
                  allow_kinks=limits.allow_kinks)  # fmt: skip


def _slope(
    subject: Subject,
    here: Sample,
    direction: Direction,
    output: int,
    eps: float | None,
    following: bool,
) -> Slope:
    """The numeric slope of one output along a direction."""
    known: dict[float, Sample] = {}
    alone = direction.alone
    x = subject.point[alone] if alone is not None else 0.0

    def sample(there: float) -> Sample:
        if there not in known:
            point = list(subject.point)
            for k, v in direction.parts:
                point[k] = there if alone is not None else point[k] + there * v
            known[there] = subject.sample(point)
        return known[there]

    known[x] = here
    return slope(
        lambda there: sample(there).outputs[output],
        x,
        crossed=lambda there: between(here, sample(there), following),
        kink=standing(here),
        noise=subject.noise(output),
        eps=eps,
    )


def gradgradcheck(f: Callable[..., Any], inputs: Any, **options: Any) -> Report:
    """Check second derivatives: the gradient of f in each of its inputs, as `gradcheck` does.

    Takes the same options.

    >>> bool(gradgradcheck(lambda x, y: x * x * y.exp(), [2.0, 0.5]))
    True
    """

    def gradient_of(*arguments: Any) -> list[Any]:
        outputs, _ = flatten(f(*arguments))
        units = [out for out in outputs if type(out) is Unit]
        wrt = [leaf for leaf in flatten(list(arguments))[0] if type(leaf) is Unit]
        if not units:
            return [0.0] * len(wrt)
        return gradients(units, [1.0] * len(units), wrt, create_graph=True)

    gradient_of.__name__ = f"the gradient of {getattr(f, '__name__', 'f')}"
    return gradcheck(gradient_of, inputs, **options)
