"""Gradient checks: the backward pass of a function or a circuit against differences."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from gatenet.checking.differences import Slope, slope
from gatenet.checking.report import Report, judged
from gatenet.checking.subjects import (
    CircuitSubject,
    FunctionSubject,
    Sample,
    Subject,
    between,
    standing,
)
from gatenet.circuit import Circuit
from gatenet.errors import GradientMismatch
from gatenet.sweep import gradients
from gatenet.trees import flatten
from gatenet.unit import Unit

ATOL = 1e-12
RTOL = 1e-6


def gradcheck(
    f: Callable[..., Any] | Circuit,
    inputs: Any = None,
    *,
    eps: float | None = None,
    atol: float = ATOL,
    rtol: float = RTOL,
    raise_exception: bool = True,
) -> Report:
    """Compare the gradient that backpropagation gives (analytic) with differences (numeric).

    `f` is a function of units, or a circuit; `inputs` its arguments, numbers or units (units are
    moved where they stand and put back), for a circuit what `forward` takes.  Steps fit each
    input and never reach over a kink, an edge of a gate's domain or another branch of an `if`:
    there the open side alone is used, and on a kink the derivative must lie between the slopes of
    both sides.  A derivative agrees when it differs by at most atol + rtol x size; where rounding
    hides the answer the verdict is "undecided", which is not an agreement.  `eps` fixes the step.

    Raises GradientMismatch, with the report as `.report`, unless every derivative agrees or
    `raise_exception` is false.

    >>> bool(gradcheck(lambda x, y: x * y.tanh(), [2.0, 0.5]))
    True
    """
    subject: Subject
    if isinstance(f, Circuit):
        subject = CircuitSubject(f, inputs)
    else:
        subject = FunctionSubject(f, [] if inputs is None else inputs)
    report = Report(f"gradcheck of {subject.name}", atol, rtol)
    here = subject.sample(subject.point)
    for output in range(len(here.outputs)):
        analytic = subject.analytic(output)
        noise = subject.noise(output)
        for k, name in enumerate(subject.names):
            found = _slope(subject, here, k, output, noise, eps)
            at = subject.point[k]
            entry = judged(name, at, analytic[k], found, atol, rtol, output)
            report.entries.append(entry)
    if raise_exception and not report:
        raise GradientMismatch(str(report), report=report, entries=report.entries)
    return report


def gradgradcheck(
    f: Callable[..., Any],
    inputs: Any,
    *,
    eps: float | None = None,
    atol: float = ATOL,
    rtol: float = RTOL,
    raise_exception: bool = True,
) -> Report:
    """Compare second derivatives with differences of the first ones.

    As `gradcheck`, of the function that gives the gradient of f in each of its inputs.

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
    return gradcheck(
        gradient_of, inputs, eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception
    )


def _slope(
    subject: Subject, here: Sample, k: int, output: int, noise: float, eps: float | None
) -> Slope:
    """The numeric slope of one output along one input."""
    known: dict[float, Sample] = {}

    def sample(there: float) -> Sample:
        if there not in known:
            known[there] = subject.sample([*subject.point[:k], there, *subject.point[k + 1 :]])
        return known[there]

    x = subject.point[k]
    known[x] = here
    step = 16.0 * math.ulp(x)
    following = all(sample(t).constants != here.constants for t in (x - step, x + step))
    return slope(
        lambda there: sample(there).outputs[output],
        x,
        crossed=lambda there: between(here, sample(there), following),
        kink=standing(here),
        noise=noise,
        eps=eps,
    )
