"""Duality: what must hold between derivatives whatever the function is.

A push forwards and a sweep backwards are one matrix seen from two sides, and a matrix of second
derivatives is symmetric.  Neither needs a reference, differences or a step.
"""

from __future__ import annotations

import math
import random
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from gatenet.checking import report as said
from gatenet.checking.ports import FACTOR
from gatenet.checking.radii import radii
from gatenet.checking.report import Entry, Report
from gatenet.checking.subjects import FunctionSubject
from gatenet.errors import GradientMismatch
from gatenet.sweep import gradients
from gatenet.transforms import hvp, jvp
from gatenet.trees import flatten, unflatten
from gatenet.unit import Unit

#: What rounding may do to second derivatives, in shares of the terms.
_SECOND = 2.0**-36


def check_jvp(
    f: Callable[..., Any],
    inputs: Any,
    *,
    directions: int = 5,
    seed: int | None = None,
    raise_exception: bool = True,
) -> Report:
    """Compare forward with reverse mode: u · (J v) must be (u J) · v, for random u and v.

    Raises GradientMismatch unless they agree to what rounding allows.

    >>> check_jvp(lambda x, y: [x * y, x.sin()], [2.0, 0.5], seed=1).verdict
    'pass'
    """
    subject, report, rng = _begun("dot test", f, inputs, seed)
    outputs = [out for out in subject.outputs if type(out) is Unit]
    for number in range(directions if outputs else 0):
        v = [rng.gauss(0.0, 1.0) for _ in subject.leaves]
        u = [rng.gauss(0.0, 1.0) for _ in outputs]
        pulled = gradients(outputs, u, subject.leaves)
        arguments = subject.values_given()
        tangents = unflatten(subject.structure, v)
        pushed, _ = flatten(jvp(f, tuple(arguments), tuple(tangents))[1])
        wired = [p for p, out in zip(pushed, subject.outputs, strict=True) if type(out) is Unit]
        backwards = _dot(pulled, v)
        forwards = _dot(u, [p.value if type(p) is Unit else p for p in wired])
        balls = radii(outputs, u).gradients
        known = [balls[x._serial] for x in subject.leaves if x._serial in balls]
        size = sum(ball.size for ball in known) * max(map(abs, [1.0, *v]))
        tolerance = FACTOR * sum(ball.radius for ball in known) * max(map(abs, [1.0, *v]))
        tolerance = 2 * tolerance + 2.0**-50 * size
        report.entries.append(_compared(f"direction {number + 1}", backwards, forwards, tolerance))
    return _finished(report, raise_exception)


def check_hessian(
    f: Callable[..., Any],
    inputs: Any,
    *,
    directions: int = 5,
    seed: int | None = None,
    raise_exception: bool = True,
) -> Report:
    """Check that second derivatives are symmetric: v · (H w) must be w · (H v), for random v, w.

    `f` has one output.

    Raises GradientMismatch unless they agree to what rounding allows.

    >>> check_hessian(lambda x, y: (x * y).sin() * x, [2.0, 0.5], seed=1).verdict
    'pass'
    """
    subject, report, rng = _begun("symmetry of second derivatives", f, inputs, seed)
    structure = subject.structure

    def whole(listed: Sequence[Any]) -> Any:
        return f(*unflatten(structure, list(listed)))

    for number in range(directions):
        v, w = [[rng.gauss(0.0, 1.0) for _ in subject.leaves] for _ in range(2)]
        hw, hv = hvp(whole, (subject.point,), (w,)), hvp(whole, (subject.point,), (v,))
        one, other = _products(v, hw), _products(w, hv)
        tolerance = _SECOND * sum(map(abs, [*one, *other]))
        name = f"directions {number + 1}"
        report.entries.append(_compared(name, math.fsum(one), math.fsum(other), tolerance))
    return _finished(report, raise_exception)


def _begun(
    what: str, f: Callable[..., Any], inputs: Any, seed: int | None
) -> tuple[FunctionSubject, Report, random.Random]:
    seed = secrets.randbits(32) if seed is None else seed
    subject = FunctionSubject(f, inputs)
    report = Report(f"{what} of {subject.name}", circuit=subject.circuit)
    report.remarks.append(f"random directions with seed={seed}")
    return subject, report, random.Random(seed)


def _products(v: Sequence[float], found: Any) -> list[float]:
    leaves, _ = flatten(found)
    values = [leaf.value if type(leaf) is Unit else float(leaf) for leaf in leaves]
    return [a * b for a, b in zip(v, values, strict=True)]


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    products = [x * y for x, y in zip(a, b, strict=True)]
    return math.fsum(products) if all(map(math.isfinite, products)) else math.nan


def _compared(name: str, one: float, other: float, tolerance: float) -> Entry:
    verdict, reason = said.PASS, ""
    if not (math.isfinite(one) and math.isfinite(other) and math.isfinite(tolerance)):
        verdict, reason = said.INCONCLUSIVE, said.EDGE
    elif abs(one - other) > tolerance:
        verdict = said.FAIL
    return Entry(name, 0.0, one, other, 0.0, verdict, reason=reason, method="the other side",
                 tolerance=tolerance)  # fmt: skip


def _finished(report: Report, raise_exception: bool) -> Report:
    if raise_exception and not report:
        raise GradientMismatch(str(report), report=report, entries=report.entries, gate=None)
    return report
