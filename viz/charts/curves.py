"""Curves: a gate's value and derivative, with what its declaration says of them.

Knows gates by `along`; nothing of units.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..along import Along, as_gate, broken, followed
from ..labels import number
from .canvas import DASHES, axes_for, colours, ink, legend, named

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from gatenet.declaration import Gate


def gate(
    gate: Gate | str,
    low: float = -3.0,
    high: float = 3.0,
    *,
    along: str | None = None,
    at: Sequence[float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a gate's value and its derivative from `low` to `high`, and return the axes.

    Of a gate with several inputs the one called `along` runs (the first where none is named)
    and the others are held at `at` (2, 1, 1 ...).  Kinks, where there is no unique derivative,
    are diamonds on the curve; edges, where value or derivative runs to infinity, are upright
    lines; where the gate is not defined, the ground is hatched.  All three are read from the
    gate's declaration.  For static parameters give `leaky_relu.bind(slope=0.2)`.

    Raises:
        WiringError: if there is no such gate or input, or `at` has not one number per other input.
        OperandError: if what is given is no gate, or `ax` no axes.
        RangeError: if `low` is not below `high`, or one of them is not finite.
        ToolMissing: if matplotlib is not installed.

    >>> from gatenet.viz import charts
    >>> charts.gate("relu")                                             # doctest: +SKIP
    <Axes: title={'left': 'relu'}, xlabel='x'>
    """
    way = followed(as_gate(gate), low, high, along=along, at=at)
    ax = axes_for(ax, "gate")
    palette = colours(ax)
    bottom, top = _middle([*way.values, *way.partials])
    slope = "derivative" if len(way.gate.inputs) == 1 else f"derivative in {way.name}"
    lines = ((way.values, "value"), (way.partials, slope))
    for i, (ys, label) in enumerate(lines):
        points = broken(way.xs, [y if math.isfinite(y) else math.nan for y in ys], top - bottom)
        ax.plot(*zip(*points, strict=True), label=label, color=palette[i], linestyle=DASHES[i])
    _marks(ax, way)
    ax.set_xlim(low, high)
    ax.set_ylim(bottom, top)
    ax.set_xlabel(named(way.name))
    ax.grid(visible=True, alpha=0.25)
    static = [f"{name} = {number(x)}" for name, x in way.gate.static.items()]
    held = [f"{name} = {number(x)}" for name, x in way.held.items()]
    legend(ax, ", ".join([named(way.gate.name), *static, *held]))
    return ax


def _marks(ax: Axes, way: Along) -> None:
    """Mark kinks, edges and where the gate is not defined; each kind once in the legend."""
    quiet = ink(ax)
    if way.kinks:
        ys = [way.gate.value(*way.at(x)) for x in way.kinks]
        label = _said("kink", way.kinks)
        ax.plot(
            way.kinks, ys, "D", label=label, color=colours(ax)[3], markersize=7, zorder=3
        )  # fmt: skip
    for i, x in enumerate(way.edges):
        label = _said("edge", way.edges) if i == 0 else "_edge"
        ax.axvline(x, label=label, color=quiet, linestyle=DASHES[2], linewidth=1.4)
    for i, (start, end) in enumerate(way.outside):
        label = "not defined" if i == 0 else "_outside"
        ax.axvspan(
            start, end, label=label, facecolor="none", edgecolor=quiet, hatch="///", alpha=0.35,
            linewidth=0.0,
        )  # fmt: skip


def _said(kind: str, places: Sequence[float]) -> str:
    """Say where there is a kink or an edge: of many, how many."""
    if len(places) > 3:
        return f"{len(places)} {kind}s"
    return f"{kind} at {', '.join(number(x) for x in places)}"


def _middle(ys: Sequence[float]) -> tuple[float, float]:
    """Return the range to show of curves that may run to infinity: the middle of their numbers."""
    some = sorted(y for y in ys if math.isfinite(y))
    if not some:
        return -1.0, 1.0
    low, high = some[0], some[-1]
    cut = len(some) // 25
    least, most = some[cut], some[-1 - cut]
    if high - low > 4 * (most - least) > 0:
        low, high = least - 0.3 * (most - least), most + 0.3 * (most - least)
    room = 0.05 * (high - low) or 0.1 * max(abs(low), 1.0)
    return low - room, high + room
