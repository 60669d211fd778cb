"""The gradient check: what the sweep says against what differences of values say.

A numeric gradient is a difference quotient: it has an error of its own, and it means nothing across
a kink.  So every number here comes with an error bar (two steps, extrapolated), steps shrink until
no kink or edge of any gate lies inside them, and where one lies exactly on the point the slopes of
both sides are taken and the analytic gradient must lie between them.  Knows units, circuits and the
sweep; the formulas of gates only through their domains.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from gatenet.circuit import Circuit
from gatenet.errors import GradientMismatch, OperandError, RangeError, StaleCircuitError
from gatenet.modes import enable_grad, no_grad, record
from gatenet.real import number
from gatenet.sweep import gradients
from gatenet.unit import Unit

#: The step of a central difference, in proportion to the input: the cube root of float64's epsilon.
STEP = 6.055454452393343e-06
_EPSILON = 2.220446049250313e-16


@dataclass(frozen=True)
class Entry:
    """One input's comparison.

    `verdict` is "pass", "fail" or "inconclusive"; `where` says how the numeric value was had:
    "smooth" (a central difference), "kink" (the nearest of the two one-sided slopes), "edge" (from
    the one side where there are values).  `error` bounds what the differences do not know.
    """

    output: int
    input: int
    name: str
    analytic: float
    numeric: float
    error: float
    step: float
    where: str
    verdict: str


@dataclass(frozen=True)
class Report:
    """What `gradcheck` found: true when every entry passes; prints as a table."""

    entries: tuple[Entry, ...]

    @property
    def verdict(self) -> str:
        """The worst verdict of any entry: "fail", else "inconclusive", else "pass"."""
        found = {entry.verdict for entry in self.entries}
        return next((v for v in ("fail", "inconclusive") if v in found), "pass")

    @property
    def at_kink(self) -> bool:
        """Whether some entry stands on a kink, where the derivative is a convention."""
        return any(entry.where == "kink" for entry in self.entries)

    def __bool__(self) -> bool:
        return self.verdict == "pass"

    def __str__(self) -> str:
        head = ("input", "analytic", "numeric", "± error", "where", "verdict")
        rows = [head]
        for e in self.entries:
            figures = (f"{e.analytic:.12g}", f"{e.numeric:.12g}", f"{e.error:.1e}")
            rows.append((e.name, *figures, e.where, e.verdict))
        widths = [max(len(row[k]) for row in rows) for k in range(len(head))]
        lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows]
        return "\n".join([f"gradcheck: {self.verdict}", *[line.rstrip() for line in lines]])

    __repr__ = __str__


def gradcheck(
    f: Callable[..., Any] | Circuit,
    inputs: Sequence[Any] | None = None,
    *,
    eps: float | None = None,
    atol: float = 1e-10,
    rtol: float = 1e-6,
    raise_exception: bool = True,
) -> Report:
    """Compare the analytic gradient of `f` with a numeric one at `inputs`, input by input.

    `f` is a function of units that gives a unit or a list of them, or a Circuit (then `inputs` are
    values for its inputs, by default those it has).  `inputs` are numbers or units (their values
    are used).  `eps` is the first step, by default 6e-6 in proportion to the input.  An entry
    passes when |analytic - numeric| <= atol + rtol * |numeric| + error.

    Raises GradientMismatch when an entry fails (`raise_exception=False` gives the report instead).

    >>> gradcheck(lambda x, y: x * y.exp(), [2.0, 0.5])
    gradcheck: pass
    input  analytic       numeric        ± error  where   verdict
    0      1.6487212707   1.6487212707   ...      smooth  pass
    1      3.2974425414   3.2974425414   ...      smooth  pass
    """
    call, values, names = _called(f, inputs)
    with record(), enable_grad():
        units = [Unit(value, name) for value, name in zip(values, names, strict=True)]
        outputs = _outputs(call(units))
    analytic = [gradients([out], [1.0], units) if type(out) is Unit else None for out in outputs]
    recorded = [out for out in outputs if type(out) is Unit]
    circuit = Circuit(recorded) if recorded else None
    entries = []
    for k, value in enumerate(values):
        clear = partial(_clear, circuit, units, k)
        steps = _step(value, eps)
        for place, slopes in enumerate(analytic):
            at = partial(_value, call, values, k, place)
            label = names[k] if len(outputs) == 1 else f"{names[k]} (output {place})"
            slope = 0.0 if slopes is None else slopes[k]
            found = _numeric(at, value, steps, clear)
            entries.append(_judged(place, k, label, slope, found, atol, rtol))
    report = Report(tuple(entries))
    if raise_exception and report.verdict == "fail":
        worst = max(
            (entry for entry in entries if entry.verdict == "fail"),
            key=lambda entry: abs(entry.analytic - entry.numeric) or math.inf,
        )
        raise GradientMismatch(
            f"input {worst.name}: analytic {worst.analytic!r} but numeric {worst.numeric!r} "
            f"± {worst.error:.1e} ({worst.where}, step {worst.step:.1e})\n{report}",
            report=report, entry=worst, analytic=worst.analytic, numeric=worst.numeric,
        )  # fmt: skip
    return report


def gradgradcheck(f: Callable[..., Any], inputs: Sequence[Any], **options: Any) -> Report:
    """Check second derivatives: `gradcheck` of the gradient of `f`, which must give one unit.

    >>> bool(gradgradcheck(lambda x, y: x * x * y, [2.0, 3.0]))
    True
    """

    def gradient(*units: Unit) -> list[Any]:
        outputs = _outputs(f(*units))
        if len(outputs) != 1:
            raise OperandError(f"gradgradcheck needs a function of one output, got {len(outputs)}")
        if type(outputs[0]) is not Unit:
            return [0.0] * len(units)
        return gradients(outputs, [1.0], units, create_graph=True)

    return gradcheck(gradient, inputs, **options)


@dataclass(frozen=True)
class _Numeric:
    """A slope by differences: candidates (one, or one for each side), error, step, and where."""

    slopes: tuple[float, ...]
    error: float
    step: float
    where: str


def _called(
    f: Any, inputs: Sequence[Any] | None
) -> tuple[Callable[[Sequence[Any]], Any], list[float], list[str]]:
    """Give a function of a list, the values to call it at, and what to call them."""
    if isinstance(f, Circuit):
        return _replayed(f, inputs)
    if not callable(f):
        raise OperandError(f"gradcheck needs a function of units or a Circuit, not {f!r}")
    if inputs is None:
        raise RangeError("gradcheck of a function needs the inputs to check it at")
    listed = [inputs] if type(inputs) is Unit or not hasattr(inputs, "__iter__") else list(inputs)
    values = [item.value if type(item) is Unit else number(item) for item in listed]
    if not values:
        raise RangeError("gradcheck needs at least one input, got none")
    names = [
        item.name if type(item) is Unit and item.name else str(k) for k, item in enumerate(listed)
    ]
    return lambda units: f(*units), values, names


def _replayed(
    circuit: Circuit, inputs: Sequence[Any] | None
) -> tuple[Callable[[Sequence[Any]], Any], list[float], list[str]]:
    """Turn a circuit into a function of its leaves: its wiring, run again on other units."""
    leaves = [k for k, row in enumerate(circuit.rows) if row.role in ("input", "parameter")]
    values = [circuit.values[k] for k in leaves]
    if inputs is not None:
        listed = [number(item) for item in inputs]
        if len(listed) != len(circuit.inputs):
            raise RangeError(f"got {len(listed)} values for {len(circuit.inputs)} inputs")
        given = dict(zip(circuit.inputs, listed, strict=True))
        values = [given.get(k, value) for k, value in zip(leaves, values, strict=True)]
    if not leaves:
        raise RangeError("gradcheck needs at least one input; this circuit has only constants")

    def call(units: Sequence[Any]) -> list[Any]:
        wires: list[Any] = list(circuit.values)
        for k, unit in zip(leaves, units, strict=True):
            wires[k] = unit
        for k, row in enumerate(circuit.rows):
            if row.role == "inner":
                gate: Any = circuit.units[k]._gate  # type: ignore[union-attr]
                wires[k] = gate(*gate.split([wires[operand] for operand in row.operands]))
        return [wires[k] for k in circuit.outputs]

    return call, values, [circuit.label(k) for k in leaves]


def _outputs(result: Any) -> list[Any]:
    """Give what a function returned as a list; a plain number is a constant output."""
    listed = [result] if type(result) is Unit or not hasattr(result, "__iter__") else list(result)
    return [item if type(item) is Unit else number(item) for item in listed]


def _step(value: float, eps: float | None) -> float:
    step = STEP * max(abs(value), 1e-3) if eps is None else number(eps)
    if not step > 0 or not math.isfinite(value):
        raise RangeError(f"cannot take differences at {value!r} with a step of {step!r}")
    return step


def _value(call: Callable[..., Any], values: Sequence[float], k: int, out: int, x: float) -> float:
    """One output with input k at x, recording nothing."""
    with no_grad():
        moved = [Unit(x if place == k else value) for place, value in enumerate(values)]
        result = _outputs(call(moved))[out]
    return result.value if type(result) is Unit else result  # type: ignore[no-any-return]


def _clear(circuit: Circuit | None, units: Sequence[Unit], k: int, a: float, b: float) -> bool:
    """Whether no kink, edge or recorded comparison of the circuit lies between a and b."""
    if circuit is None:
        return True
    start = units[k].value
    try:
        before = _bindings(circuit, units[k], a)
        after = _bindings(circuit, units[k], b)
    except StaleCircuitError:  # a comparison went the other way: a kink written with `if`
        return False
    finally:
        circuit.forward({units[k]: start}, force=True)
    return not any(
        gate.domain.crossed(p, q) for (gate, p), (_, q) in zip(before, after, strict=True)
    )


def _bindings(circuit: Circuit, unit: Unit, value: float) -> list[tuple[Any, dict[str, Any]]]:
    """The operands of every gate that has kinks or edges, with one leaf moved."""
    circuit.forward({unit: value})
    found = []
    for one in circuit.units:
        if one is None or one.gate is None:
            continue
        gate: Any = one._gate
        if gate.domain.kinks or gate.domain.edges:
            operands = [op.value if type(op) is Unit else op for op in one.inputs]
            names = dict(zip(gate.inputs, gate.split(operands), strict=True))
            found.append((gate, {**gate.static, **names}))
    return found


def _numeric(
    at: Callable[[float], float], x: float, step: float, clear: Callable[[float, float], bool]
) -> _Numeric:
    """Take differences: central where nothing is in the way, else from each side."""
    here = at(x)
    smallest = 32 * _EPSILON * max(abs(x), 5e-324)
    h = step
    while h > smallest:
        if clear(x - h, x + h):
            slope, error = _central(at, x, h, here)
            if math.isfinite(slope):
                return _Numeric((slope,), error, h, "smooth")
        h /= 8
    sides = []
    for sign in (1.0, -1.0):
        h = step
        while h > smallest and not clear(x + sign * h / 1024, x + sign * h):
            h /= 8
        sides.append((*_one_sided(at, x, sign * h, here), h))
    finite = [side for side in sides if math.isfinite(side[0])]
    if not finite:
        return _Numeric((math.nan,), math.inf, step, "edge")
    where = "kink" if len(finite) == 2 else "edge"
    slopes = tuple(side[0] for side in finite)
    return _Numeric(slopes, max(side[1] for side in finite), finite[0][2], where)


def _central(at: Callable[[float], float], x: float, h: float, here: float) -> tuple[float, float]:
    """A central difference from two steps, extrapolated, and what it cannot know."""
    wide = (at(x + h) - at(x - h)) / ((x + h) - (x - h))
    half = h / 2
    narrow = (at(x + half) - at(x - half)) / ((x + half) - (x - half))
    noise = 8 * _EPSILON * max(abs(here), abs(at(x + h)), abs(at(x - h))) / h
    return narrow + (narrow - wide) / 3, abs(narrow - wide) + noise


def _one_sided(
    at: Callable[[float], float], x: float, h: float, here: float
) -> tuple[float, float]:
    """The slope towards x + h, of second order, and what it cannot know."""
    first, second = at(x + h / 2), at(x + h)
    slope = (4 * first - 3 * here - second) / ((x + h) - x)
    rough = (second - here) / ((x + h) - x)
    noise = 16 * _EPSILON * max(abs(here), abs(first), abs(second)) / abs(h)
    return slope, abs(slope - rough) + noise


def _judged(
    output: int, k: int, name: str, analytic: float, found: _Numeric, atol: float, rtol: float
) -> Entry:
    """Compare; between the slopes of two sides anything passes, as any of it is a subgradient."""
    low, high = min(found.slopes), max(found.slopes)
    numeric = min(max(analytic, low), high)
    error = found.error
    if found.where == "edge" or not math.isfinite(analytic):
        steep = not math.isfinite(analytic) and analytic == analytic
        near = steep or abs(analytic - numeric) <= atol + rtol * abs(numeric) + error
        verdict = "inconclusive" if near or not math.isfinite(error) else "fail"
        return Entry(output, k, name, analytic, numeric, error, found.step, "edge", verdict)
    allowed = atol + rtol * abs(numeric)
    if abs(analytic - numeric) > allowed + error:
        verdict = "fail"
    else:
        # An error bar as large as the gradient itself would let anything pass.
        blurred = error > allowed and error > 1e-3 * max(abs(analytic), abs(numeric))
        verdict = "inconclusive" if blurred else "pass"
    return Entry(output, k, name, analytic, numeric, error, found.step, found.where, verdict)
