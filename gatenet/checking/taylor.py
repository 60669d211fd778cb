"""The Taylor test: what is left of f beside its tangent falls with slope two, or the gradient lies.

|f(x + hv) - f(x) - h g·v| falls like h² for the right gradient g and like h for any other: a
verdict without a tolerance.  Run in long floats where mpmath is installed, so that rounding does
not end the fall early.
Source: the rate test of inverse problems and adjoint codes, as in Farrell, Ham, Funke and Rognes,
Automated derivation of the adjoint of high-level transient finite element programs (2013).
"""

from __future__ import annotations

import math
import random
import secrets
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from gatenet.checking import report as said
from gatenet.checking.foreign import subject_of
from gatenet.checking.kinds import NoFormula, Wiring
from gatenet.checking.lines import CircuitLine
from gatenet.checking.precise import package, wide_bits
from gatenet.checking.report import Entry, Report
from gatenet.checking.subjects import Sample, Subject, standing, steady
from gatenet.errors import GradientMismatch

#: Steps as powers of two, in long floats and in float64; slopes from which it is two, and one.
_LONG, _SHORT = range(8, 40, 4), range(2, 24, 2)
_TWO, _ONE = 1.8, 1.3
#: A remainder of so many times the noise still says something.
_ABOVE = 64.0


def check_taylor(
    f: Any,
    inputs: Any = None,
    *,
    directions: int = 3,
    seed: int | None = None,
    raise_exception: bool = True,
) -> Report:
    """Judge a gradient by the rate at which the remainder of its tangent falls.

    Takes what `gradcheck` takes.  Each entry's numeric value is the slope: 2 (or more) passes, 1
    fails, and where rounding or a kink leaves no fall to be seen it is inconclusive.

    Raises GradientMismatch unless every direction passes or `raise_exception` is false.

    >>> check_taylor(lambda x, y: (x * y).sin() * x, [2.0, 0.5], seed=1).verdict
    'pass'
    >>> wrong = (lambda x: x * x, lambda x: 2.001 * x)
    >>> check_taylor(wrong, [1.5], seed=1, raise_exception=False).verdict
    'fail'
    """
    seed = secrets.randbits(32) if seed is None else seed
    rng = random.Random(seed)
    subject = subject_of(f, inputs)
    report = Report(f"Taylor test of {subject.name}", circuit=subject.circuit)
    report.remarks.append(f"random directions with seed={seed}")
    here = subject.sample(subject.point)
    long = _wiring(subject, here, rng)
    for output in range(len(here.outputs)):
        slopes = subject.analytic(output)
        for number in range(directions):
            size = min([1.0, *[abs(x) for x in subject.point if x]])
            v = [size * rng.choice((-1.0, 1.0)) * rng.uniform(0.5, 1.0) for _ in subject.point]
            along = math.fsum(g * s for g, s in zip(slopes, v, strict=True)) if all(
                map(math.isfinite, slopes)) else math.nan  # fmt: skip
            name = f"direction {number + 1}"
            if long is not None and subject.output_rows[output] is not None:
                left, floor = _long_remainders(long, subject, v, slopes, output), 0.0
            else:
                floor = subject.noise(output)
                left = _remainders(subject, here, v, along, output)
            report.entries.append(_judged(name, along, left, floor, output, standing(here)))
    if raise_exception and not report:
        raise GradientMismatch(str(report), report=report, entries=report.entries, gate=None)
    return report


def _wiring(subject: Subject, here: Sample, rng: random.Random) -> Wiring | None:
    """The circuit for long floats, where there is one that stands for the function."""
    if subject.circuit is None or not package("mpmath") or steady(subject, here, rng):
        return None
    made = Wiring(subject.circuit, subject.rows)
    made.outputs = [row for row in subject.output_rows if row is not None]
    line = CircuitLine(made, {}, {})
    try:
        with wide_bits(100):
            line.wide(package("mpmath").mpf(0))
    except NoFormula:
        return None
    return made


def _long_remainders(
    wiring: Wiring, subject: Subject, v: Sequence[float], slopes: Sequence[float], output: int
) -> list[tuple[int, float]]:
    """Remainders over long steps, as (power of the step, base-two logarithm of the remainder)."""
    mpmath = package("mpmath")
    row = subject.output_rows[output]
    place = wiring.outputs.index(row)  # type: ignore[arg-type]
    found = []
    with wide_bits(800):
        line = CircuitLine(wiring, dict(zip(subject.rows, v, strict=True)), {})
        along = sum((mpmath.mpf(g) * mpmath.mpf(s) for g, s in zip(slopes, v, strict=True)),
                    mpmath.mpf(0))  # fmt: skip
        middle = line.wide(mpmath.mpf(0))[place]
        for power in _LONG:
            h = mpmath.mpf(2) ** -power
            there = line.wide(h)[place]
            if there is None or middle is None or not mpmath.isfinite(along):
                return []
            rest = abs(there - middle - h * along)
            small = abs(along) * h * mpmath.mpf(2) ** -49  # what rounding of g itself leaves
            found.append((power, float(mpmath.log(rest, 2)) if rest > small else -math.inf))
    return found


def _remainders(
    subject: Subject, here: Sample, v: Sequence[float], along: float, output: int
) -> list[tuple[int, float]]:
    found = []
    for power in _SHORT:
        h = 2.0**-power
        point = [x + h * s for x, s in zip(subject.point, v, strict=True)]
        rest = abs(subject.sample(point).outputs[output] - here.outputs[output] - h * along)
        found.append((power, math.log2(rest) if rest > 0 else -math.inf))
    return found


def _judged(
    name: str,
    along: float,
    left: Sequence[tuple[int, float]],
    floor: float,
    output: int,
    kinked: bool,
) -> Entry:
    """Read the slope off the remainders above the noise."""
    least = math.log2(_ABOVE * floor) if floor > 0 else -math.inf
    usable = [(power, size) for power, size in left if size == size and size > least]
    rates = [(a[1] - b[1]) / (b[0] - a[0]) for a, b in pairwise(usable)]
    rate = sorted(rates)[len(rates) // 2] if rates else math.nan
    last = min(rates[-2:], default=math.nan)
    verdict, reason = said.INCONCLUSIVE, said.KINK if kinked else said.NOISE
    note = "no fall to be seen"
    if left and not usable and math.isfinite(along):
        verdict, reason, note, rate = said.PASS, "", "nothing is left: it is linear here", 2.0
    elif rates:
        note = f"the remainder falls with slope {rate:.2f}, at last {last:.2f}"
        if last >= _TWO:
            verdict, reason = said.PASS, ""
        elif last <= _ONE and not kinked:
            verdict, reason = said.FAIL, ""
    return Entry(name, 0.0, along, rate, 0.0, verdict, note, output=output, reason=reason,
                 method="Taylor remainders")  # fmt: skip
