"""Gradient checks: the backward pass of a function or a circuit, with a verdict.

The layers, from the strongest: exact slopes of the recorded circuit (python-flint, mpmath), the
complex step, differences in float64 with an error bar.  Knows subjects and all three.
"""

from __future__ import annotations

import math
import random
import secrets
from collections.abc import Callable
from typing import Any

from gatenet.checking import report as said
from gatenet.checking.calls import numerically
from gatenet.checking.directions import directions
from gatenet.checking.exact import Limits
from gatenet.checking.foreign import subject_of
from gatenet.checking.layers import exactly
from gatenet.checking.report import Entry, Report
from gatenet.checking.subjects import (
    BRANCHES,
    FOLLOWING,
    IMPURE,
    Sample,
    Subject,
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
        exactly(report, subject, here, along, limits, rng)
    else:
        if doubt:
            report.remarks.append(f"judged by differences of calls: {doubt}")
        numerically(report, subject, here, along, limits, eps, doubt == FOLLOWING)
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
    again = subject.sample(subject.point).outputs
    return [
        Entry(name, at, math.nan, math.nan, math.inf, said.INCONCLUSIVE,
              f"{IMPURE}, as {one!r} and {other!r}", output=output, reason=said.NOISE)
        for output, (one, other) in enumerate(zip(here.outputs, again, strict=False))
        for name, at in zip(subject.names, subject.point, strict=True)
    ]  # fmt: skip


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
