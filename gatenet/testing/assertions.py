"""Assertions about gradients, for tests of any kind: pytest's, unittest's, hypothesis' properties.

Knows circuits, tapes and the checker; does not know pytest or hypothesis.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gatenet.checking import gradcheck
from gatenet.circuit import Circuit
from gatenet.errors import GradientMismatch, OperandError, WiringError
from gatenet.real import number
from gatenet.sweep import gradients
from gatenet.testing.tape import Tape
from gatenet.texts import shown
from gatenet.unit import Unit


def assert_gradients(
    f: Any, inputs: Any = None, *, inconclusive: bool = False, **options: Any
) -> Any:
    """Assert that the gradient of `f` is right at `inputs`; give the checker's report.

    `f` is a function of units, a circuit or a tape (whose own leaf values are the inputs where
    none are given).  The options are those of `gatenet.gradcheck`.  Its verdict must be a pass;
    `inconclusive=True` lets through what cannot be judged, as a point on a kink.

    Raises GradientMismatch, an AssertionError with the report as `.report`.

    >>> report = assert_gradients(lambda x, y: x * y, [2.0, 3.0])
    >>> bool(report)
    True
    """
    options.pop("raise_exception", None)
    subject = f.circuit() if isinstance(f, Tape) else f
    arguments = (subject,) if inputs is None else (subject, inputs)
    report = gradcheck(*arguments, raise_exception=False, **options)
    if report or (inconclusive and not report.failures):
        return report
    raise GradientMismatch(str(report), report=report)


def assert_same_gradients(
    left: Any,
    right: Any,
    inputs: Sequence[float] | None = None,
    *,
    rtol: float = 1e-12,
    atol: float = 0.0,
) -> None:
    """Assert that two things have the same gradient at `inputs`: nan is nan, inf is inf.

    Each is a tape, a circuit, what `as_function` gives, a function of units, or a plain list of
    gradients, as your own library returned them.  Two numbers may differ by atol + rtol times the
    larger.

    Raises GradientMismatch, an AssertionError that names every input that differs, with `.left`
    and `.right`; WiringError where the numbers of gradients differ.

    >>> tape = Tape([3.0], [("multiply", 0, 0)])
    >>> assert_same_gradients(tape, [6.0])
    >>> assert_same_gradients(tape, [3.0])
    Traceback (most recent call last):
    gatenet.errors.GradientMismatch: 1 of 1 gradient(s) differ:
      x0 = 3.0: 6.0 by the tape, 3.0 as given
    """
    names, values, first, what = _gradients(left, inputs)
    _, _, second, other = _gradients(right, inputs if inputs is not None else values or None)
    if len(first) != len(second):
        raise WiringError(f"{len(first)} gradient(s) {what} and {len(second)} {other}")
    wrong = [
        k for k, (a, b) in enumerate(zip(first, second, strict=True)) if not same(a, b, rtol, atol)
    ]
    if not wrong:
        return
    lines = [f"{len(wrong)} of {len(first)} gradient(s) differ:"]
    for k in wrong[:20]:
        name = shown(names[k]) if k < len(names) else f"x{k}"
        at = f" = {values[k]!r}" if k < len(values) else ""
        lines.append(f"  {name}{at}: {first[k]!r} {what}, {second[k]!r} {other}")
    if len(wrong) > 20:
        lines.append(f"  ... {len(wrong) - 20} more")
    raise GradientMismatch("\n".join(lines), left=first, right=second)


def same(a: float, b: float, rtol: float, atol: float = 0.0) -> bool:
    """Whether two numbers are the same up to a tolerance; nan is nan, inf is inf of its sign."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    if math.isinf(a) or math.isinf(b):
        return a == b
    return abs(a - b) <= atol + rtol * max(abs(a), abs(b))


Found = tuple[list[str], list[float], list[float], str]


def _gradients(thing: Any, inputs: Sequence[float] | None) -> Found:
    """Names, values and gradients of the inputs of anything, and how to say where they are from."""
    if isinstance(thing, (list, tuple)):
        return [], [], [number(x) for x in thing], "as given"
    if isinstance(thing, Tape):
        tape = thing if inputs is None else thing.at(inputs)
        leaves = [Unit(x, f"x{k}") for k, x in enumerate(tape.leaves)]
        return _of_units(leaves, tape.units(leaves)[-1], "by the tape")
    if isinstance(thing, Circuit):
        circuit = thing.copy()
        rows = sorted([*circuit.inputs, *circuit.parameters])
        own: Any = [circuit.units[k] for k in rows]
        if inputs is not None:
            if len(inputs) != len(own):
                raise WiringError(f"got {len(inputs)} inputs for a circuit of {len(own)} leaves")
            circuit.forward(dict(zip(own, inputs, strict=True)))
        found = _of_units(own, next(circuit.units[k] for k in circuit.outputs), "by the circuit")
        return [circuit.label(k) for k in rows], *found[1:]
    if inputs is None:
        raise OperandError(f"a function needs inputs: assert_same_gradients(..., [1.0]); {thing!r}")
    values = [number(x) for x in inputs]
    if hasattr(thing, "gradients"):
        return [], values, [float(x) for x in thing.gradients(*values)], f"by {thing!r}"
    if not callable(thing):
        raise OperandError(f"{thing!r} has no gradient: give a circuit, a tape, a function, a list")
    units = [Unit(x, f"x{k}") for k, x in enumerate(values)]
    output = thing(*units)
    name = f"by {getattr(thing, '__name__', type(thing).__name__)}"
    if type(output) is Unit:
        return _of_units(units, output, name)
    raise OperandError(
        f"{name[3:]} gave {output!r}, which is no unit: call it yourself and give the gradients"
    )


def _of_units(leaves: Sequence[Unit], output: Any, what: str) -> Found:
    names = [unit.name or f"x{k}" for k, unit in enumerate(leaves)]
    found = [float(x) for x in gradients([output], [1.0], leaves)]
    return names, [unit.value for unit in leaves], found, what
