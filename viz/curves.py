"""Curves: line plots of numbers, and of a gate with its derivative, as SVG.

For a loss curve without any plotting library.  Knows axes, and gates along their first
input; does not know circuits.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from gatenet.errors import OperandError, RangeError
from gatenet.texts import shown

from .along import as_gate, broken, followed
from .axes import TALL, WIDE, Axis, Line, axis, plotted, room_for
from .labels import number
from .picture import Picture

if TYPE_CHECKING:
    from gatenet.declaration import Gate

Series = Iterable[float] | Iterable[Iterable[float]] | Mapping[str, Iterable[float]]
"""One list of numbers, several, or several by name."""

TOP, BOTTOM, RIGHT = 62.0, TALL - 54.0, WIDE - 24.0


def plot_lines(
    series: Series,
    path: str | os.PathLike[str] | None = None,
    *,
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    log_y: bool = False,
    first: int = 0,
) -> Picture:
    """Plot a list of numbers, several lists, or lists by name, against their positions.

    Positions count from `first`.
    A number that is not finite leaves a gap, and so does one that is not positive under
    `log_y`.  The picture is saved where a path is given.

    Raises:
        OperandError: if the series hold something that is not a number.
        RangeError: if there is no number in them at all.
        FormatError: if the path does not end in .svg.

    >>> plot_lines([3.0, 1.0, 0.5], title="loss").svg.startswith("<svg ")
    True
    """
    drawn = [
        Line(name, range(first, first + len(values)), values)
        for name, values in _named_lines(series).items()
    ]
    ys = [y for line in drawn for y in line.ys]
    if not ys:
        empty = ", ".join(line.name for line in drawn)
        raise RangeError(
            f"plot_lines got {f'no number in {shown(empty, 80)}' if empty else 'an empty list'}: "
            "there is nothing to draw. Append to the list at each step, and plot it afterwards",
            series=series,
        )
    longest = max((len(line.ys) for line in drawn), default=0)
    y = axis(ys, BOTTOM, TOP, log=log_y)
    picture = plotted(
        drawn,
        Axis(float(first), first + max(longest - 1.0, 1.0), _left(y), RIGHT),
        y,
        title=title,
        x_label=x_label,
        y_label=y_label,
    )
    if path is not None:
        picture.save(path)
    return picture


def plot_gate(
    gate: Gate | str,
    path: str | os.PathLike[str] | None = None,
    low: float = -3.0,
    high: float = 3.0,
) -> Picture:
    """Plot a gate's value and its derivative over a range of its first input.

    The gate is given as itself or by its name.  The other inputs are held at 2, 1, 1 ...;
    outside the gate's domain, and across a jump, the curves have gaps.

    Raises:
        WiringError: if no gate has that name.
        OperandError: if what is given is no gate.
        RangeError: if `low` is not below `high`, or one of them is not finite.
        FormatError: if the path does not end in .svg.

    >>> plot_gate("relu").svg.startswith("<svg ")
    True
    """
    way = followed(as_gate(gate), low, high)
    values, partials = way.values, way.partials
    y = _within([*values, *partials])
    span = y.high - y.low
    held = [f"{name} = {number(x)}" for name, x in way.held.items()]
    picture = plotted(
        [_line(way.gate.name, way.xs, values, span), _line("derivative", way.xs, partials, span)],
        Axis(low, high, _left(y), RIGHT),
        y,
        title=", ".join([way.gate.name, *held]),
        x_label=way.name,
        y_label="",
    )
    if path is not None:
        picture.save(path)
    return picture


def _named_lines(series: Series) -> dict[str, list[float]]:
    """Return the lists of numbers by name; unnamed ones are numbered unless there is one."""
    if isinstance(series, Mapping):
        return {str(name): _numbers(values) for name, values in series.items()}
    if not isinstance(series, Iterable):
        raise OperandError(
            f"cannot plot {series!r}: give a list of numbers, or several", operand=series
        )
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


def _within(numbers: Sequence[float]) -> Axis:
    """Return a y axis for curves that may run to infinity: the middle of their numbers."""
    some = sorted(y for y in numbers if math.isfinite(y))
    if some:
        cut = len(some) // 25
        low, high = some[cut], some[-1 - cut]
        if some[-1] - some[0] > 4 * (high - low) > 0:
            some = [low - 0.3 * (high - low), high + 0.3 * (high - low)]
    return axis(some, BOTTOM, TOP)


def _line(name: str, xs: Sequence[float], ys: Sequence[float], span: float) -> Line:
    """Return a curve, broken where it jumps."""
    points = broken(xs, ys, span)
    return Line(name, [x for x, _ in points], [y for _, y in points])
