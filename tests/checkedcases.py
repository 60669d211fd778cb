"""Checks whose reports are recorded word for word, and what prints the record.

    PYTHONPATH=.:tests python -c "import checkedcases as c; c.main()" > tests/recorded/checking.txt

Only arithmetic, square roots and comparisons stand in them, so that every machine comes to the
same digits.  A change of the record is to be read line by line: it is what users see.
"""

from __future__ import annotations

import io
import itertools
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy

from gatenet import Circuit, Unit, checkpoint, custom_gradient, gates, ifelse, record
from gatenet.blocks import block
from gatenet.checking import (
    check_gate,
    check_hessian,
    check_jvp,
    check_point,
    check_taylor,
    gradgradcheck,
    precise,
)
from gatenet.checking import gradcheck as check
from gatenet.checking.commandline import run
from gatenet.declaration import gate
from gatenet.formula import fold


@gate(symbol="2", textbook="2 * x", partials=lambda z, x: 3 * gates.identity(x))
def recorded_double(x):
    """Twice the input, with a wrong derivative."""
    return 2 * x


@gate(symbol="q", textbook="x * y * y", partials=lambda z, x, y: (y * y, 2 * x * y * 1.0001))
def recorded_cubic(x, y):
    """A product whose second derivative is a little too large."""
    return x * y * y


@gate(symbol="w", partials=lambda z, x, y: (gates.where(x > y, 1.0, 1.0), gates.where(x > y, 0, 1)),
      kinks=lambda x, y: x - y)  # fmt: skip
def recorded_maximum(x, y):
    """The larger one, with a derivative of 1 in x on either side."""
    return gates.where(x > y, x, y)


@gate(symbol="t", groups=1, textbook="sum(x)", partials=lambda z, x: 1.25 * gates.sign(x))
def recorded_total(x):
    """A sum whose derivatives are wrong."""
    return fold(gates.add, x)


@block
def recorded_block(x, y):
    """Two gates in a block."""
    return x * y + x


@gate(symbol="e", textbook="x", partials=lambda z, x: 1e300 * gates.identity(1e300))
def recorded_endless(x):
    """The input, with an infinite derivative."""
    return x + 0.0


@custom_gradient(partials=lambda z, x: 2 * float(x))
def recorded_python(x):
    """A square whose code takes floats alone."""
    return float(x) * float(x)


@custom_gradient(partials=lambda z, x: 2 * x)
def recorded_rule(x):
    """A square, as Python code."""
    return x * x


@custom_gradient(partials=lambda z, x: 5 * float(x))
def recorded_floats(x):
    """A square whose derivative is wrong and takes floats alone."""
    return float(x) * float(x)


def _facts(report: Any) -> Iterator[str]:
    yield str(report)
    yield f"  {report.subject}: {report.verdict}, reason {report.reason!r}, true {bool(report)}"
    if report.worst is not None:
        yield f"  worst {report.worst.name} of output {report.worst.output}"
    for e in report.entries:
        yield (
            f"  {e.name}: {e.analytic:.6g} {e.numeric:.6g} error {e.error:.2e} "
            f"tolerance {e.tolerance:.2e} step {e.step:.2e} ulps {e.ulps:.3g} "
            f"excess {e.excess:.3g} output {e.output} {e.reason!r} {e.at_kink} {e.method}"
        )
    if report.guilty is not None:
        one = report.guilty
        yield (
            f"  guilt: row {one.row} {one.label} {one.port!r} {one.operands} {one.recorded:.6g} "
            f"{one.right:.6g} {one.ulps:.3g} {one.unit.value:.6g}"
        )


def _names(report: Any) -> Iterator[str]:
    """A report along normal random numbers, whose last digits are the C library's."""
    yield f"{report.subject}: {report.verdict}; {report.remarks}"
    for e in report.entries:
        yield f"  {e.name} = {e.at}: {e.analytic:.8g} {e.numeric:.8g} within {e.tolerance:.2e}"
        yield f"  {e.error} {e.verdict} {e.note!r} {e.reason!r} {e.method} {e.output}"


def _checked(f: Any, inputs: Any = None, **options: Any) -> Callable[[], Iterator[str]]:
    return lambda: _facts(check(f, inputs, seed=7, raise_exception=False, **options))


def _counting() -> Any:
    counter = itertools.count()
    return lambda x: x * float(next(counter))


def _square_and_sum() -> Circuit:
    x, w = Unit(1.5, "x"), Unit(0.25, "w", role="parameter")
    return Circuit([x * w, x + w])


def _compared() -> Circuit:
    x = Unit(1.0, "x")
    with record() as recording:
        y = x * 2.0 if x >= 1.0 else x * 3.0
    return Circuit(y, recording=recording)


def right(x: Unit, y: Unit) -> Unit:
    """A function for the command line."""
    return x * y


def hidden(x: Unit) -> Unit:
    """Another one, a part of whose slope is cut off."""
    return x * x.detach()


def _command(target: str | None, some: Any = (), points: int = 1, **options: Any) -> list[str]:
    stream, bar = io.StringIO(), io.StringIO()
    code = run(target, some, points=points, stream=stream, bar=bar, **options)
    shown = [part for part in bar.getvalue().split("\r") if part.strip()]
    return [f"exit code {code}", *shown, stream.getvalue()]


def _leaf(f: Callable[[Unit], Unit]) -> Circuit:
    return Circuit(f(Unit(1.5, "x")))


ARRAY = numpy.array([1.0, 2.0, 3.0])
TOTAL = lambda *x: gates.total([a * a for a in x])
MANY = [k / 8 for k in range(1, 12)]

#: By name: what is called for its report.
CASES: dict[str, Callable[[], Iterator[str]]] = {
    "outputs of all sorts": _checked(lambda x, y: [x * y, 3.0, x], [2.0, 0.5]),
    "a dictionary of inputs": _checked(lambda d: d["a"] * d["b"][0], [{"a": 2.0, "b": [0.5]}]),
    "one input alone": _checked(lambda x: x / 4, 3.0),
    "units of the caller's": _checked(lambda x: x * x, [Unit(3.0, "mine")]),
    "a wrong gate": _checked(lambda x: recorded_double(x) * 4.0, [1.5]),
    "a wrong gate among others": _checked(
        lambda x, y: recorded_cubic(x + 1, y) + recorded_double(y), [1.5, 0.5]),
    "a wrong gate under tolerances": _checked(
        lambda x, y: recorded_cubic(x, y), [1.5, 0.5], atol=1e-3, rtol=1e-2),
    "a kink": _checked(lambda x: gates.relu(x), [0.0]),
    "a kink that is allowed": _checked(lambda x: gates.relu(x), [0.0], allow_kinks=True),
    "a tie": _checked(lambda x, y: gates.maximum(x, y), [1.0, 1.0]),
    "a wrong kink": _checked(lambda x, y: recorded_maximum(x, y), [1.0, 1.0], allow_kinks=True),
    "a kink that cancels out": _checked(lambda x: gates.relu(x) - gates.relu(-x), [0.0]),
    "a kink that is a hair away": _checked(
        lambda x: abs((x + 1e15) - 1e15 - 0.125) * 8.0, [0.1]),
    "an edge": _checked(lambda x: x.sqrt(), [0.0]),
    "outside": _checked(lambda x: x.log() * 2.0, [-1.0]),
    "infinite": _checked(lambda x: x * 2.0, [math.inf]),
    "not a number": _checked(lambda x: x * 2.0, [math.nan]),
    "a jump": _checked(lambda x: gates.heaviside(x), [0.0]),
    "overflow": _checked(lambda x: x * 1e200 * 1e200 * 1e-200, [1.0]),
    "cancelling": _checked(lambda x: (x + 1e16) - x - 1e16, [1.5]),
    "ill-conditioned": _checked(lambda x: (x * 1e9 + 1.0) * (x * 1e9 - 1.0) - x * x * 1e18, [1.1]),
    "subnormal": _checked(lambda x: x * 1e-160 * 1e-160, [1.5]),
    "a right pair": _checked((lambda x: x * x, lambda x: 2 * x), [1.5]),
    "a wrong pair": _checked((lambda x: x * x, lambda x: 2.001 * x), [1.5]),
    "a pair a little off": _checked((lambda x: x * x, lambda x: 2.000001 * x), [1.5]),
    "a pair within its tolerance": _checked(
        (lambda x: x * x, lambda x: 2.000001 * x), [1.5], rtol=1e-5),
    "a pair of constants": _checked((lambda x: 3.0, lambda x: 0.0), [1.5]),
    "a pair at a kink": _checked((abs, lambda x: 0.0), [0.0]),
    "a pair at an edge": _checked((math.sqrt, lambda x: math.inf), [0.0]),
    "a noisy pair": _checked((lambda x: (x + 1e13) - 1e13, lambda x: 1.0), [1.5]),
    "a pair of arrays": _checked((lambda a: float(a @ a), lambda a: 2 * a), [ARRAY]),
    "a pair of lists": _checked((lambda a, b: a[0] * a[1] * b, lambda a, b: [a[1] * b, a[0] * b,
                                 a[0] * a[1]]), [[2.0, 3.0], 4.0]),
    "a gradient given": _checked((lambda x, y: x * y, lambda x, y: [y, x]), [Unit(2.0), 0.5]),
    "a wrong gradient given": _checked((lambda x: x * x, lambda x: x), [Unit(2.0, "x")]),
    "a branch": _checked(lambda x: x if x > 1 else x * 2.0, [1.0]),
    "a branch that is allowed": _checked(lambda x: x if x > 1 else x * 2.0, [1.0],
                                         allow_kinks=True),
    "a hidden part": _checked(lambda x: x * x.value, [1.5]),
    "two answers": _checked(_counting(), [1.5]),
    "a constant": _checked(lambda x, y: 3.0, [1.5, 2.0]),
    "fast mode": lambda: [str(check(TOTAL, MANY, seed=7, fast_mode=True))],
    "a step given": _checked(lambda x, y: x * y, [2.0, 0.5], eps=2.0**-10),
    "a circuit": _checked(_square_and_sum()),
    "a circuit elsewhere": _checked(_square_and_sum(), {"x": 3.0}),
    "a circuit at 0": _checked(_leaf(lambda x: x * abs(x)), [0.0]),
    "a rule as Python": _checked(lambda x: recorded_rule(x) * 0.5, [1.5]),
    "a wrong rule as Python": _checked(lambda x: recorded_floats(x) + x, [1.5]),
    "a pair in fast mode": _checked(
        (lambda *x: sum(a * a for a in x), lambda *x: [2 * a for a in x]), MANY[:3],
        fast_mode=True),
    "a gradient given for a constant": _checked((lambda x: 3.0, lambda x: 1.0), [Unit(2.0)]),
    "a sum of many kinks": _checked(
        lambda x: gates.total([gates.relu(x * k) for k in range(1, 8)]), [0.0]),
    "a wrong gate of many": _checked(
        lambda *x: recorded_total(list(x)) * 2.0, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]),
    "a wrong gate far from the output": _checked(
        lambda x, y: recorded_double(x * y).square() + x, [0.5, 3.0]),
    "a block": _checked(lambda x: recorded_block(x * 2.0, x) + 1.0, [0.5]),
    "a checkpoint": _checked(lambda x: checkpoint(lambda a: [a * a, a + 1.0])(x), [0.5]),
    "a choice": _checked(
        lambda x: ifelse(gates.less(x, 0), lambda a: -a, lambda a: a * a, x) * 3.0, [0.5]),
    "a choice at its edge": _checked(
        lambda x: ifelse(gates.less(x, 0), lambda a: -a, lambda a: a + 1.0, x), [0.0]),
    "a recorded comparison": _checked(_compared(), {"x": 1.0}),
    "a maximum beside an edge": _checked(
        lambda x, y: gates.maximum(x, y.sqrt()), [1.0, 0.0]),
    "a vertical tangent": _checked(
        lambda x: gates.where(gates.greater(x, 0), x.sqrt(), -((-x).sqrt())), [0.0]),
    "a steep power": _checked(lambda x: x ** 3.0 / 3.0, [-2.0]),
    "NumPy numbers": _checked(
        (lambda a, b: a * b, lambda a, b: (b, a)), [numpy.float64(2.0), numpy.float64(0.5)]),
    "a matrix": _checked((lambda a: float((a * a).sum()), lambda a: 2 * a),
                         [numpy.array([[1.0, 2.0], [3.0, 4.0]])]),
    "a pair of two kinks": _checked((lambda x, y: abs(x) + abs(y), lambda x, y: (0.5, 1.0)),
                                    [0.0, 2.0], allow_kinks=True),
    "a pair at a jump": _checked((lambda x: float(x > 1.0), lambda x: 0.0), [1.0]),
    "a pair that is not finite": _checked((lambda x: x * math.inf, lambda x: math.inf), [1.0]),
    "a gradient that is not a number": _checked((lambda x: x * x, lambda x: math.nan), [1.0]),
    "the command line, gates": lambda: _command(
        None, [gates.multiply, gates.relu, recorded_double], points=12),
    "the command line, a function": lambda: _command("checkedcases:right", at=[2.0, 0.5]),
    "the command line, a wrong function": lambda: _command("checkedcases:hidden", at=[3.0]),
    "the command line, at random": lambda: _command("checkedcases:right", seed=5),
    "the command line, a gate": lambda: _command("checkedcases:recorded_maximum", points=3),
    "a wrong gate beside Python": _checked(
        lambda x: recorded_python(x) * 0.5 + recorded_double(x), [1.5]),
    "a wrong gate that is not finite": _checked(lambda x: recorded_endless(x), [1.5]),
    "a square at 0": _checked((lambda x: x * x, lambda x: 2 * x), [0.0]),
    "second derivatives": lambda: _facts(
        gradgradcheck(lambda x, y: x * x * y, [2.0, 0.5], seed=7, raise_exception=False)),
    "a dot test": lambda: _names(check_jvp(lambda x, y: [x * y, x - y], [2.0, 0.5], seed=7)),
    "a dot test of numbers": lambda: _names(
        check_jvp(lambda x, y: [x * y, 3.0], [2.0, 0.5], seed=7, directions=2)),
    "symmetry": lambda: _names(check_hessian(lambda x, y: x * x * y, [2.0, 0.5], seed=7)),
    "a Taylor test": lambda: _facts(check_taylor(lambda x, y: x * x * y, [2.0, 0.5], seed=7)),
    "a wrong Taylor test": lambda: _facts(check_taylor(
        (lambda x: x * x, lambda x: 2.001 * x), [1.5], seed=7, raise_exception=False)),
    "a linear Taylor test": lambda: _facts(check_taylor(lambda x: x * 3, [1.5], seed=7)),
    "a Taylor test at a kink": lambda: _facts(check_taylor(
        lambda x: abs(x), [0.0], seed=7, raise_exception=False, directions=2)),
    "a right gate": lambda: [str(check_gate(gates.multiply, 40))],
    "a gate of kinks": lambda: [str(check_gate(gates.clip.bind(low=0.25), 40))],
    "a gate that is wrong": lambda: [
        str(check_gate(recorded_cubic, 40, raise_exception=False)).split("\n")[0]],
    "points of gates": lambda: [
        f"{one.name} {point}: {entry} {entry.reason!r} {entry.at_kink} {entry.tolerance:.2e} "
        f"{entry.ulps:.3g}"
        for one, point in [
            (gates.relu, [0.0]), (gates.sqrt, [0.0]), (gates.heaviside, [0.0]),
            (gates.reciprocal, [0.0]), (gates.maximum, [1.0, 1.0]), (gates.maximum, [1.0, 2.0]),
            (gates.square, [3.0]), (recorded_double, [0.5]), (recorded_maximum, [1.0, 1.0]),
            (recorded_maximum, [2.0, 1.0]), (gates.dot, [1.0, 2.0, 3.0, 4.0]),
            (recorded_floats, [1.5]), (gates.absolute, [-0.0]), (gates.log, [-1.0]),
        ]
        for entry in check_point(one, point)
    ],
}  # fmt: skip

#: What is done without after all is said with everything.
WITHOUT = ({"flint"}, {"mpmath"}, {"flint", "mpmath"})


def transcript(name: str) -> str:
    """What one case says with every package; without some of them, the lines that are new."""
    lines = [f"== {name}", *_said(name, set())]
    known = set(lines)
    for hidden in WITHOUT:
        found = _said(name, hidden)
        new = [line for line in found if line not in known]
        lines += [f"-- without {' and '.join(sorted(hidden))}: {len(found)} lines", *new]
        known.update(new)
    return "\n".join(lines) + "\n"


def _said(name: str, hidden: set[str]) -> list[str]:
    precise.HIDDEN = hidden
    try:
        return [_shortened(line) for text in CASES[name]() for line in text.split("\n")]
    finally:
        precise.HIDDEN = set()


def _shortened(line: str) -> str:
    """A line without the digits that a logarithm of the C library may differ in."""
    return re.sub(r"\d+\.\d{12,}", lambda m: f"{float(m[0]):.9g}", line.rstrip())


def main() -> None:
    """Print the record."""
    print("\n".join(transcript(name) for name in CASES), end="")
