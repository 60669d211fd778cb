"""Surfaces: the loss over two parameters, or over a plane through many, with a path on it.

Knows a loss as a function without arguments; nothing of models or optimizers.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from gatenet.errors import DomainError, OperandError, RangeError, WiringError
from gatenet.randomness import generator
from gatenet.real import number
from gatenet.unit import Unit, as_units, describe

from .asides import moving, plain
from .canvas import axes_for, dark, has_place, ink, legend, named
from .planes import Plane, plane_of, random_plane

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Bounds = tuple[float, float]


def surface(
    loss_fn: Callable[[], Any],
    parameters: Sequence[Unit],
    *,
    path: Sequence[Sequence[float]] = (),
    rng: random.Random | int | None = None,
    radius: float | None = None,
    resolution: int = 40,
    log: bool | None = None,
    title: str = "Loss surface",
    ax: Axes | None = None,
) -> Axes:
    """Draw the loss around the parameters as they are, from above; return the axes.

    `loss_fn()` gives the loss at the parameters' values, wired anew or replayed.  Of two
    parameters the axes are their values.  Of more, the surface is a plane in their space: through
    the path, where one is given (its start, its end and its farthest point lie in it), else
    along two random directions drawn from `rng`; its axes are distances.  `path` lists the
    values of the parameters, in their order, after each step of an optimizer.  The plane reaches
    as far as the path, or `radius` to each side (1.0 without a path).  Colours are
    logarithmic where `log` says so, or the loss is positive and spans a factor of 30.
    loss_fn is called (resolution + 1)² times under `no_grad`; the parameters and all circuits on
    them are then as they were, to the bit.

    Raises:
        WiringError: if there are fewer than two parameters, a gate's output among them, more than
            two without path and rng, or a row of the path has another length.
        OperandError: if loss_fn gives something that is no unit and no number.
        RangeError: if a number is out of its range, or the path does not move.
        DomainError: if the loss is finite nowhere.
        ToolMissing: if matplotlib is not installed.

    >>> from gatenet import Unit
    >>> from gatenet.viz import charts
    >>> a, b = Unit(1.0, "a"), Unit(-1.0, "b")
    >>> charts.surface(lambda: (a * a + 10.0 * b * b), [a, b])          # doctest: +SKIP
    <Axes: title={'left': 'Loss surface'}, xlabel='a', ylabel='b'>
    """
    units = _leaves(parameters)
    steps = _steps(path, len(units))
    if not isinstance(resolution, int) or resolution < 2:
        raise RangeError(f"resolution is {resolution!r}: a whole number from 2", value=resolution)
    if radius is not None and not 0.0 < number(radius) < math.inf:
        raise RangeError(f"radius is {radius!r}: a finite number above 0", radius=radius)
    plane = _plane(units, steps, rng)
    ax = axes_for(ax, "surface")
    walked = [plane.shadow(step) for step in steps]
    middle = plane.shadow([unit.value for unit in units])
    xs, ys = (
        _even(_reach(middle[k], [point[k] for point in walked], radius), resolution) for k in (0, 1)
    )
    with moving(units, loss_fn) as write:
        losses = []
        for y in ys:
            row = []
            for x in xs:
                write(plane.point(x, y))
                row.append(plain(loss_fn(), "surface", "loss_fn"))
            losses.append(row)
    _paint(ax, xs, ys, losses, log)
    _walk(ax, walked, middle)
    two = len(units) == 2
    ax.set_xlabel(_axis(units[0], 0) if two else _direction(bool(steps) and rng is None, 0))
    ax.set_ylabel(_axis(units[1], 1) if two else _direction(bool(steps) and rng is None, 1))
    ax.set_xlim(xs[0], xs[-1])
    ax.set_ylim(ys[0], ys[-1])
    legend(ax, title)
    return ax


def _leaves(parameters: Sequence[Unit]) -> list[Unit]:
    """Check the parameters: two or more different leaves."""
    units = as_units(parameters, empty=True)
    if len(units) < 2:
        raise WiringError(
            f"charts.surface got {len(units)} parameter(s): a surface needs two or more; for one, "
            "plot_lines draws the loss along it"
        )
    for k, unit in enumerate(units):
        if unit.gate is not None:
            raise WiringError(
                f"charts.surface: {describe(unit)} is the output of a gate, and only leaves take "
                "values",
                unit=unit,
            )
        if any(unit is other for other in units[:k]):
            raise WiringError(f"charts.surface: {describe(unit)} is listed twice", unit=unit)
    return units


def _steps(path: Sequence[Sequence[float]], size: int) -> list[list[float]]:
    """Return the path as rows of plain numbers, as many as there are parameters."""
    rows = []
    for i, row in enumerate(path):
        try:
            values = [number(x) for x in row]
        except TypeError as error:
            raise OperandError(
                f"charts.surface: step {i} of the path is {row!r}; keep plain numbers, as in "
                "path.append([unit.value for unit in parameters])",
                operand=row,
            ) from error
        if len(values) != size:
            raise WiringError(
                f"charts.surface: step {i} of the path has {len(values)} number(s) for {size} "
                "parameters"
            )
        if not all(map(has_place, values)):
            raise RangeError(
                f"charts.surface: step {i} of the path is not finite, or past 1e200: end the path "
                "before it"
            )
        rows.append(values)
    return rows


def _plane(
    units: Sequence[Unit], steps: list[list[float]], rng: random.Random | int | None
) -> Plane:
    """Return the plane to draw."""
    values = [unit.value for unit in units]
    if len(units) == 2:
        return Plane([0.0, 0.0], [1.0, 0.0], [0.0, 1.0])
    if rng is not None:
        return random_plane(values, generator(rng))
    if steps:
        return plane_of(steps)
    raise WiringError(
        f"charts.surface got {len(units)} parameters: say which plane of their space to draw, "
        "by path= (where the optimizer went) or by rng= (a seed for two random directions)"
    )


def _reach(middle: float, walked: Sequence[float], radius: float | None) -> Bounds:
    """Return how far one axis goes: as far as the path, or the radius, to each side."""
    if radius is not None:
        return middle - radius, middle + radius
    if not walked:
        return middle - 1.0, middle + 1.0
    low, high = min(*walked, middle), max(*walked, middle)
    room = 0.25 * (high - low) or 1.0
    return low - room, high + room


def _even(bounds: Bounds, n: int) -> list[float]:
    low, high = bounds
    return [low + (high - low) * i / n for i in range(n + 1)]


def _paint(
    ax: Axes,
    xs: Sequence[float],
    ys: Sequence[float],
    losses: Sequence[Sequence[float]],
    log: bool | None,
) -> None:
    """Paint the heights and a scale beside them; where the loss is not finite is bare."""
    from matplotlib.colors import LogNorm
    from matplotlib.ticker import LogLocator, MaxNLocator

    some = [z for row in losses for z in row if has_place(z)]
    if not some:
        raise DomainError(
            "charts.surface: the loss is finite, and below 1e200, nowhere in this plane"
        )
    low, high = min(some), max(some)
    if log is None:
        log = has_place(low, log=True) and 30.0 * low <= high
    if log and not has_place(high, log):
        raise RangeError(f"charts.surface: log=True, and the loss is nowhere above 0 ({high!r})")
    if low == high:
        low, high = low - 0.5 * (abs(low) or 1.0), high + 0.5 * (abs(high) or 1.0)
    if log:
        low = min(z for z in some if has_place(z, log))
        span = math.log10(high / low) or 1.0
        levels = [low * 10.0 ** (span * k / 16) for k in range(16)] + [high]
        grid = [[z if has_place(z, log) else math.nan for z in row] for row in losses]
        norm = LogNorm(low, high)
    else:
        levels = [float(z) for z in MaxNLocator(16).tick_values(low, high)]
        grid = [[z if has_place(z) else math.nan for z in row] for row in losses]
        norm = None
    painted = ax.contourf(xs, ys, grid, levels=levels, cmap="cividis", norm=norm)
    ax.contour(
        xs, ys, grid, levels=levels[1:-1], colors=[ink(ax)], linewidths=0.5, alpha=0.45
    )  # fmt: skip
    ax.figure.colorbar(
        painted, ax=ax, label="loss (log scale)" if log else "loss",
        ticks=LogLocator(subs=(1.0, 2.0, 5.0)) if log else None,
    )  # fmt: skip


def _walk(ax: Axes, walked: Sequence[Bounds], middle: Bounds) -> None:
    """Draw the path with its start, and where the parameters stand now."""
    colour, edge = ("#ffb27a", "#12171e") if dark(ax) else ("#ff7f2a", "#ffffff")
    if walked:
        xs, ys = zip(*walked, strict=True)
        ax.plot(xs, ys, "-", color=edge, linewidth=3.4, label="_ground")
        ax.plot(xs, ys, ".-", color=colour, linewidth=1.6, markersize=5, label="path")
        ax.plot(
            xs[:1], ys[:1], "o", label="start", markersize=9, markerfacecolor=edge,
            markeredgecolor=colour, markeredgewidth=2.0,
        )  # fmt: skip
    ax.plot(
        [middle[0]], [middle[1]], "*", label="now", markersize=14, markerfacecolor=colour,
        markeredgecolor=edge,
    )  # fmt: skip


def _axis(unit: Unit, k: int) -> str:
    return named(unit.name or f"parameter {k + 1}")


def _direction(of_path: bool, k: int) -> str:
    if of_path:
        return ("distance along the path, from its end", "distance across the path")[k]
    return f"distance along random direction {k + 1}"
