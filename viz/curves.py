"""Curves: line plots of numbers, and of a gate with its derivative, as SVG.

For a loss curve without any plotting library.  Knows axes, and of a gate its `value`,
`partials` and domain.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from gatenet.errors import OperandError, RangeError

from .axes import TALL, WIDE, Axis, Line, axis, plotted, room_for
from .labels import number
from .picture import Picture

if TYPE_CHECKING:
    from gatenet.declaration import Gate

Series = Iterable[float] | Iterable[Iterable[float]] | Mapping[str, Iterable[float]]
"""One list of numbers, several, or several by name."""

TOP, BOTTOM, RIGHT = 62.0, TALL - 54.0, WIDE - 24.0
SAMPLES = 481
OTHERS = (2.0, 1.0)
"""What the second, third ... input of a gate is held at while the first runs."""


def plot_lines(
    series: Series,
    path: str | os.PathLike[str] | None = None,
    *,
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    log_y: bool = False,
) -> Picture:
    """Plot a list of numbers, several lists, or lists by name, against their positions.

    A number that is not finite leaves a gap, and so does one that is not positive under
    `log_y`.  The picture is saved where a path is given.

    Raises:
        OperandError: if the series hold something that is not a number.
        FormatError: if the path does not end in .svg.

    >>> plot_lines([3.0, 1.0, 0.5], title="loss").svg.startswith("<svg ")
    True
    """
    drawn = [
        Line(name, range(len(values)), values) for name, values in _named_lines(series).items()
    ]
    ys = [y for line in drawn for y in line.ys]
    longest = max((len(line.ys) for line in drawn), default=0)
    y = axis(ys, BOTTOM, TOP, log=log_y)
    picture = plotted(
        drawn,
        Axis(0.0, max(longest - 1.0, 1.0), _left(y), RIGHT),
        y,
        title=title,
        x_label=x_label,
        y_label=y_label,
    )
    if path is not None:
        picture.save(path)
    return picture


def plot_gate(
    gate: Gate,
    path: str | os.PathLike[str] | None = None,
    low: float = -3.0,
    high: float = 3.0,
) -> Picture:
    """Plot a gate's value and its derivative over a range of its first input.

    The other inputs are held at 2, 1, 1 ...; outside the gate's domain, and across a jump,
    the curves have gaps.

    Raises:
        RangeError: if `low` is not below `high`, or one of them is not finite.
        FormatError: if the path does not end in .svg.
    """
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise RangeError(
            f"cannot plot gate {gate.name!r} from {low!r} to {high!r}: "
            "low must be below high and both finite",
            low=low,
            high=high,
        )
    xs = [low + (high - low) * i / (SAMPLES - 1) for i in range(SAMPLES)]
    values, partials = _sampled(gate, xs)
    y = _within([*values, *partials])
    span = y.high - y.low
    first = gate.inputs[0]
    held = [f"{name} = {number(_held(i))}" for i, name in enumerate(gate.inputs[1:])]
    picture = plotted(
        [_broken(gate.name, xs, values, span), _broken("derivative", xs, partials, span)],
        Axis(low, high, _left(y), RIGHT),
        y,
        title=", ".join([gate.name, *held]),
        x_label=first,
        y_label="",
    )
    if path is not None:
        picture.save(path)
    return picture


def _named_lines(series: Series) -> dict[str, list[float]]:
    """Return the lists of numbers by name; unnamed ones are numbered unless there is one."""
    if isinstance(series, Mapping):
        return {str(name): _numbers(values) for name, values in series.items()}
    items = list(series)
    if any(isinstance(item, Iterable) for item in items):
        return {str(i + 1): _numbers(item) for i, item in enumerate(items)}
    return {"": _numbers(items)}


def _numbers(values: object) -> list[float]:
    """Return numbers as floats, or say what else was there."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise OperandError(f"cannot plot {values!r}: a line is a list of numbers", operand=values)
    numbers = []
    for value in values:
        try:
            numbers.append(float(value))
        except (TypeError, ValueError) as error:
            raise OperandError(
                f"cannot plot {value!r}: a line is a list of plain numbers; "
                "of a unit, plot its .value",
                operand=value,
            ) from error
        except OverflowError:
            numbers.append(math.inf if value > 0 else -math.inf)
    return numbers


def _left(y: Axis) -> float:
    """Return where the y axis stands: as far right as its labels need."""
    return max(room_for([label for _, label in y.ticks(7)]) + 22.0, 48.0)


def _held(i: int) -> float:
    """Return what the input after the first is held at."""
    return OTHERS[min(i, len(OTHERS) - 1)]


def _sampled(gate: Gate, xs: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return the gate's value and first partial at each x, nan outside its domain."""
    others = [_held(i) for i in range(len(gate.inputs) - 1)]
    if gate.variadic and not others:
        others = [_held(0)]
    values, partials = [], []
    for x in xs:
        inputs = [x, *others]
        value = partial = math.nan
        if _contains(gate, inputs):
            value = gate.value(*inputs)
            partial = gate.partials(value, *inputs)[0]
        values.append(value)
        partials.append(partial)
    return values, partials


def _contains(gate: Gate, inputs: Sequence[float]) -> bool:
    """Say whether the gate is defined at these inputs."""
    if gate.variadic:
        return True
    bindings = {**dict(zip(gate.inputs, inputs, strict=True)), **gate.static}
    return gate.domain.contains(bindings)


def _within(numbers: Sequence[float]) -> Axis:
    """Return a y axis for curves that may run to infinity: the middle of their numbers."""
    some = sorted(y for y in numbers if math.isfinite(y))
    if some:
        cut = len(some) // 25
        low, high = some[cut], some[-1 - cut]
        if some[-1] - some[0] > 4 * (high - low) > 0:
            some = [low - 0.3 * (high - low), high + 0.3 * (high - low)]
    return axis(some, BOTTOM, TOP)


def _broken(name: str, xs: Sequence[float], ys: Sequence[float], span: float) -> Line:
    """Break a curve where it jumps: where it moves far more than on one side, or back."""
    moves = [b - a for a, b in pairwise(ys)]
    broken: list[tuple[float, float]] = [(xs[0], ys[0])]
    for i, move in enumerate(moves):
        beside = [m for m in moves[max(i - 1, 0) : i] + moves[i + 1 : i + 2] if m == m]
        least = min(map(abs, beside), default=abs(move))
        back = all(m * move < 0 for m in beside) and abs(move) > 0.5 * span
        if back or abs(move) > max(0.06 * span, 4 * least):
            broken.append((xs[i], math.nan))
        broken.append((xs[i + 1], ys[i + 1]))
    return Line(name, [x for x, _ in broken], [y for _, y in broken])
