"""Boundaries: how a model of two inputs divides the plane into classes, with the data on it.

Knows a model as a function of a row; nothing of training.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from gatenet.errors import DomainError, OperandError, RangeError, WiringError
from gatenet.real import number

from .asides import evaluating, plain
from .canvas import LARGEST, MARKERS, axes_for, colours, has_place, ink, legend, named

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Rows = Sequence[Sequence[float]]


def boundary(
    model: Callable[[list[float]], Any],
    xs: Rows,
    ys: Sequence[Any],
    *,
    names: Sequence[str] = (),
    threshold: float = 0.0,
    resolution: int = 60,
    x_label: str = "input 1",
    y_label: str = "input 2",
    title: str = "Decision boundary",
    ax: Axes | None = None,
) -> Axes:
    """Draw which class a model of two inputs gives each point, with the data; return the axes.

    `xs` are rows of two numbers, `ys` the class of each.  A model of one output chooses between
    two classes: the upper where its output is above `threshold` (0 for a plain score, 0.5 for a
    probability).  A model of several outputs chooses the largest, and the classes are 0, 1 ...,
    the places of the outputs.  Lines are where the choice changes.  `names` are the classes'
    names in order.  The model is run (resolution + 1)² times, in evaluation mode and under
    `no_grad`.

    Raises:
        WiringError: if a row has not two numbers, the classes do not fit the outputs, or the
            numbers of rows and classes differ.
        OperandError: if the model gives something that is no unit and no number.
        RangeError: if there is no row, a row is not finite, or `resolution` is no number from 2.
        DomainError: if the model gives nothing finite anywhere.
        ToolMissing: if matplotlib is not installed.

    >>> from gatenet.datasets import moons
    >>> from gatenet.nn import MLP
    >>> from gatenet.viz import charts
    >>> charts.boundary(MLP(2, [8, 1], rng=0), *moons(rng=0))           # doctest: +SKIP
    <Axes: title={'left': 'Decision boundary'}, xlabel='input 1', ylabel='input 2'>
    """
    rows = _rows(xs)
    if len(rows) != len(ys):
        raise WiringError(f"charts.boundary got {len(rows)} rows and {len(ys)} classes: one each")
    if not isinstance(resolution, int) or resolution < 2:
        raise RangeError(f"resolution is {resolution!r}: a whole number from 2", value=resolution)
    ax = axes_for(ax, "boundary")
    columns, lines = (_steps([row[k] for row in rows], resolution) for k in (0, 1))
    with evaluating(model):
        scores = [[_scores(model, [x, y]) for x in columns] for y in lines]
    classes = _classes(scores, ys, len(names))
    margins = _margins(scores, threshold)
    if not any(math.isfinite(m) for grid in margins for row in grid for m in row):
        raise DomainError(
            "charts.boundary: the model gives no finite output anywhere near the data "
            f"({scores[0][0]!r} at {[columns[0], lines[0]]!r}): look for the first gate that is "
            "not finite with gatenet.detect_anomaly()"
        )
    palette = colours(ax)
    for k, margin in enumerate(margins):
        levels = [m for row in margin for m in row if math.isfinite(m)]
        colour = palette[k % len(palette)]
        if levels and max(levels) > 0:
            ax.contourf(
                columns, lines, margin, levels=[0.0, 2 * LARGEST], colors=[colour], alpha=0.22
            )  # fmt: skip
        if levels and min(levels) < 0 < max(levels) and (k or len(margins) > 2):
            ax.contour(columns, lines, margin, levels=[0.0], colors=[ink(ax)], linewidths=1.4)
    for k, label in enumerate(classes):
        mine = [row for row, y in zip(rows, ys, strict=True) if y == label]
        said = named(names[k] if k < len(names) else f"class {label}")
        ax.scatter(
            [row[0] for row in mine], [row[1] for row in mine], s=26.0, zorder=3, label=said,
            color=palette[k % len(palette)], marker=MARKERS[k % len(MARKERS)],
            edgecolors=ax.get_facecolor(), linewidths=0.6,
        )  # fmt: skip
    ax.set_xlim(columns[0], columns[-1])
    ax.set_ylim(lines[0], lines[-1])
    ax.set_xlabel(named(x_label))
    ax.set_ylabel(named(y_label))
    legend(ax, title)
    return ax


def _rows(xs: Rows) -> list[list[float]]:
    """Return the rows as pairs of finite numbers."""
    rows = []
    for i, row in enumerate(xs):
        try:
            values = [number(x) for x in row]
        except TypeError as error:
            raise OperandError(
                f"charts.boundary: row {i} is {row!r}; a row is two plain numbers", operand=row
            ) from error
        if len(values) != 2:
            raise WiringError(
                f"charts.boundary: row {i} has {len(values)} number(s); the boundary of a model "
                "can be drawn where it has two inputs"
            )
        if not all(map(has_place, values)):
            raise RangeError(
                f"charts.boundary: row {i} is {values!r}, which has no place: "
                "it is not finite, or past 1e200"
            )
        rows.append(values)
    if not rows:
        raise RangeError(
            "charts.boundary got no rows: the data say which part of the plane to draw"
        )
    return rows


def _steps(values: Sequence[float], n: int) -> list[float]:
    """Return n + 1 even steps over a range, with room around it."""
    low, high = min(values), max(values)
    room = 0.12 * (high - low) or 1.0
    low, high = low - room, high + room
    return [low + (high - low) * i / n for i in range(n + 1)]


def _scores(model: Callable[[list[float]], Any], point: list[float]) -> list[float]:
    """Return a model's outputs at a point as plain numbers."""
    found = model(point)
    several = list(found) if isinstance(found, (list, tuple)) else [found]
    if not several:
        raise WiringError("charts.boundary: the model gave no output")
    return [plain(one, "boundary", "the model") for one in several]


def _classes(scores: list[list[list[float]]], ys: Sequence[Any], names: int) -> list[Any]:
    """Return the classes in the order of their colours."""
    outputs = len(scores[0][0])
    if outputs == 1:
        found = sorted(set(ys))
        if len(found) > 2:
            raise WiringError(
                f"charts.boundary: a model of one output tells two classes apart, and the data "
                f"have {len(found)}: {found[:6]}"
            )
        if len(found) == 1 and found[0] in (0, 1):
            return [0, 1]
        return found
    strangers = sorted({y for y in ys if y not in range(outputs)}, key=repr)
    if strangers:
        raise WiringError(
            f"charts.boundary: the model has {outputs} outputs, so the classes are 0 to "
            f"{outputs - 1}; the data have {strangers[:6]}"
        )
    return list(range(outputs))


def _margins(scores: list[list[list[float]]], threshold: float) -> list[list[list[float]]]:
    """Return, for each class, by how much it wins at each point of the grid (below 0: loses)."""
    outputs = len(scores[0][0])
    if outputs == 1:
        upper = [[_within(at[0] - threshold) for at in row] for row in scores]
        return [[[-m for m in row] for row in upper], upper]
    return [[[_lead(at, k) for at in row] for row in scores] for k in range(outputs)]


def _within(x: float) -> float:
    """Return a score that can be drawn: its sign is what matters; nan stays."""
    return math.copysign(min(abs(x), LARGEST), x) if x == x else x


def _lead(scores: Sequence[float], k: int) -> float:
    """Return by how much output k is above the largest other one."""
    return _within(scores[k] - max(s for i, s in enumerate(scores) if i != k))
