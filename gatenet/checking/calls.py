"""Calls: a subject judged by differences of its values alone, called anew at every point."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gatenet.checking.differences import Slope, slope
from gatenet.checking.directions import Direction
from gatenet.checking.exact import Limits
from gatenet.checking.judging import ATOL, RTOL, judged
from gatenet.checking.report import Entry, Report
from gatenet.checking.subjects import Sample, Subject, between, standing


def along(analytic: Sequence[float], direction: Direction) -> float:
    """The gradient along a direction."""
    parts = [analytic[k] * v for k, v in direction.parts]
    return math.fsum(parts) if all(map(math.isfinite, parts)) else sum(parts)


def numerically(
    report: Report,
    subject: Subject,
    here: Sample,
    directions: Sequence[Direction],
    limits: Limits,
    eps: float | None,
    following: bool,
) -> None:
    """Judge by differences of values alone."""
    for output in range(len(here.outputs)):
        analytic = subject.analytic(output)
        for direction in directions:
            got = along(analytic, direction)
            report.entries.append(
                by_calls(subject, here, direction, output, got, limits, eps, following)
            )


def by_calls(
    subject: Subject,
    here: Sample,
    direction: Direction,
    output: int,
    got: float,
    limits: Limits,
    eps: float | None,
    following: bool = False,
) -> Entry:
    """Judge one derivative by differences."""
    found = _slope(subject, here, direction, output, eps, following)
    at = subject.point[direction.alone] if direction.alone is not None else 0.0
    atol, rtol = limits.atol or ATOL, limits.rtol or RTOL
    given = bool(limits.atol or limits.rtol)
    return judged(direction.name, at, got, found, atol, rtol, output, given=given,
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
