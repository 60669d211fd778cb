"""Along: a gate followed along one of its inputs, with what its declaration says of the way.

Values and derivatives at even steps; the kinks and edges that are passed, found from the
declared expressions; the stretches where the gate is not defined.  Knows gates by their record;
does not know how a curve is drawn.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from gatenet.declaration import registry
from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.formula import evaluate
from gatenet.real import number
from gatenet.record import Gate

if TYPE_CHECKING:
    from gatenet.formula import Expr

SAMPLES = 481
OTHERS = (2.0, 1.0)
"""What the second, third ... operand of a gate is held at while the first runs."""
HALVINGS = 60
"""How often the stretch in which a kink lies is halved: to the last bit of a float."""


@dataclass(frozen=True)
class Along:
    """A gate along one input: its curve, and the points and stretches worth marking.

    `held` is what the other inputs stand at, by name; `outside` are stretches of x where the
    gate is not defined.
    """

    gate: Gate
    name: str
    held: dict[str, float]
    xs: list[float]
    values: list[float]
    partials: list[float]
    kinks: list[float]
    edges: list[float]
    outside: list[tuple[float, float]]
    at: Callable[[float], list[float]]
    """All operands, given the one that runs."""


def as_gate(gate: Any) -> Gate:
    """Return a gate that was given as itself or by its name.

    Raises:
        WiringError: for a name that no gate has.
        OperandError: for anything else.

    >>> as_gate("tanh")
    tanh
    """
    if isinstance(gate, str):
        known = registry()
        if gate not in known:
            near = difflib.get_close_matches(gate, known, n=3)
            mend = f"did you mean {' or '.join(near)}?" if near else "see `python -m gatenet gates`"
            raise WiringError(f"there is no gate {gate!r}: {mend}")
        gate = known[gate]
    if not isinstance(gate, Gate):
        raise OperandError(
            f"cannot plot {gate!r}: it is no gate; give one, such as gatenet.gates.tanh, or its "
            "name, 'tanh'",
            operand=gate,
        )
    return gate


def followed(
    gate: Gate,
    low: float,
    high: float,
    *,
    along: str | None = None,
    at: Sequence[float] | None = None,
) -> Along:
    """Follow a gate from `low` to `high` along one input, by default the first.

    The other operands are held at `at`, by default 2, 1, 1 ...; outside the domain value and
    derivative are nan.

    Raises:
        RangeError: if `low` is not below `high`, or one of them is not finite.
        WiringError: if the gate has no such input, or `at` has not one number for each other, or
            the gate is a block that keeps no derivatives.
    """
    low, high = number(low), number(high)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise RangeError(
            f"cannot plot gate {gate.name!r} from {low!r} to {high!r}: "
            "low must be below high and both finite",
            low=low,
            high=high,
        )
    runs = _place(gate, along)
    others = _others(gate, at)

    def operands(x: float) -> list[float]:
        return [*others[:runs], x, *others[runs:]]

    xs = [low + (high - low) * i / (SAMPLES - 1) for i in range(SAMPLES)]
    values, partials = [], []
    for x in xs:
        inputs = operands(x)
        value = partial = math.nan
        if _contains(gate, inputs):
            value = gate.value(*inputs)
            partial = gate.partials(value, *inputs)[runs]
        values.append(value)
        partials.append(partial)
    names = [name for i, name in enumerate(gate.inputs) if i != runs]
    held = dict(zip(names, others, strict=False)) if not gate.variadic or gate.groups > 1 else {}
    kinks = _passed(gate, gate.domain.kinks, xs, operands)
    edges = [x for x in _passed(gate, gate.domain.edges, xs, operands) if x not in kinks]
    inside = [_contains(gate, operands(x)) for x in xs]
    return Along(
        gate, gate.inputs[min(runs, len(gate.inputs) - 1)], held, xs, values, partials,
        kinks, edges, _gaps(gate, xs, inside, operands), operands,
    )  # fmt: skip


def broken(xs: Sequence[float], ys: Sequence[float], span: float) -> list[tuple[float, float]]:
    """Break a curve where it jumps: where it moves far more than on one side, or back."""
    moves = [b - a for a, b in pairwise(ys)]
    points: list[tuple[float, float]] = [(xs[0], ys[0])]
    for i, move in enumerate(moves):
        beside = [m for m in moves[max(i - 1, 0) : i] + moves[i + 1 : i + 2] if m == m]
        least = min(map(abs, beside), default=abs(move))
        back = all(m * move < 0 for m in beside) and abs(move) > 0.5 * span
        if back or abs(move) > max(0.06 * span, 4 * least):
            points.append((xs[i], math.nan))
        points.append((xs[i + 1], ys[i + 1]))
    return points


def _place(gate: Gate, along: str | None) -> int:
    """Return the place of the operand that runs."""
    if along is None:
        return 0
    if along not in gate.inputs:
        raise WiringError(
            f"gate {gate.name!r} has no input {along!r}: it has {', '.join(gate.inputs)}",
            gate=gate,
        )
    return gate.inputs.index(along)


def _others(gate: Gate, at: Sequence[float] | None) -> list[float]:
    """Return what the other operands are held at."""
    usual = len(gate.inputs) - 1
    if gate.variadic and not usual:
        usual = 1
    if at is None:
        return [OTHERS[min(i, len(OTHERS) - 1)] for i in range(usual)]
    given = [number(x) for x in at]
    fits = (len(given) + 1) % gate.groups == 0 if gate.variadic else len(given) == usual
    if not fits:
        many = "any number" if gate.variadic and gate.groups == 1 else f"{usual}"
        raise WiringError(
            f"at= holds {len(given)} number(s) for gate {gate.name!r}: while one input runs, "
            f"{many} must be held",
            gate=gate,
        )
    return given


def _bindings(gate: Gate, operands: Sequence[float]) -> dict[str, Any]:
    return {**dict(zip(gate.inputs, gate.split(operands), strict=True)), **gate.static}


def _contains(gate: Gate, operands: Sequence[float]) -> bool:
    """Say whether the gate is defined at these operands."""
    return gate.variadic or gate.domain.contains(_bindings(gate, operands))


def _passed(
    gate: Gate,
    marks: Sequence[Expr],
    xs: Sequence[float],
    operands: Callable[[float], list[float]],
) -> list[float]:
    """Return where one of the expressions vanishes on the way: on a sample, or between two."""

    def levels(x: float) -> list[float]:
        found: list[float] = []
        for one in evaluate(marks, _bindings(gate, operands(x))):
            found.extend(one if isinstance(one, list) else [one])
        return found

    points: set[float] = set()
    columns = zip(*[levels(x) for x in xs], strict=True) if marks else ()
    for k, column in enumerate(columns):
        for i, level in enumerate(column):
            around = column[max(i - 1, 0) : i] + column[i + 1 : i + 2]
            if level == 0 and any(around):  # within a stretch of zeros there is no point to mark
                points.add(xs[i])
        for i, (a, b) in enumerate(pairwise(column)):
            if a * b < 0:
                x = _halved(lambda x, k=k: levels(x)[k], xs[i], xs[i + 1])  # type: ignore[misc]
                points.add(x)
    return sorted(points)


def _halved(level: Callable[[float], float], left: float, right: float) -> float:
    """Return where a number changes its sign, by halving the stretch."""
    negative = level(left) < 0
    for _ in range(HALVINGS):
        middle = 0.5 * (left + right)
        found = level(middle)
        if found == 0:
            return middle
        if (found < 0) == negative:
            left = middle
        else:
            right = middle
    return right


def _gaps(
    gate: Gate,
    xs: Sequence[float],
    inside: Sequence[bool],
    operands: Callable[[float], list[float]],
) -> list[tuple[float, float]]:
    """Return the stretches where the gate is not defined, to the last bit of their ends."""

    def side(x: float) -> float:
        return 1.0 if _contains(gate, operands(x)) else -1.0

    ends = [] if inside[0] else [xs[0]]
    ends += [
        _halved(side, xs[i], xs[i + 1]) for i in range(len(xs) - 1) if inside[i] != inside[i + 1]
    ]
    ends += [] if inside[-1] else [xs[-1]]
    return list(zip(ends[::2], ends[1::2], strict=True))
