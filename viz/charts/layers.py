"""Layers: how the gradients or values of a model's parameters are spread, layer by layer.

Reads units, whose names say in which layer they stand; runs no model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.nn.module import Module
from gatenet.texts import counted
from gatenet.unit import Unit, as_units

from .canvas import DASHES, LARGEST, axes_for, colours, has_place, ink, named

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WHAT = {"grad": "gradient", "value": "value"}


class Layer(NamedTuple):
    """One layer: its name, the numbers that are drawn, and what is said of those that are not."""

    name: str
    numbers: list[float]
    remark: str


def histograms(
    model: Any,
    what: str = "grad",
    *,
    bins: int = 40,
    log_x: bool = False,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw one histogram a layer, the first layer on top, and return the axes.

    `model` is a module, or units by the name of their layer in a dict.  `what` is "grad" or
    "value".  All layers share one axis and one set of bins, and each is as high as its own
    largest bin; the count of its parameters stands beside its name.  Under `log_x` the sizes
    |x| are drawn on a logarithmic axis, where vanishing and exploding gradients are far apart.
    Parameters that no pass has reached, zeros under `log_x`, and what is not finite are not
    drawn: they are counted beside the layer's name.

    Raises:
        RangeError: if `what` or `bins` is none of the above.
        WiringError: if there are no parameters, or none has a gradient yet.
        OperandError: if `model` is no module and no dict of units.
        ToolMissing: if matplotlib is not installed.

    >>> from gatenet.nn import MLP
    >>> from gatenet.viz import charts
    >>> charts.histograms(MLP(2, [16, 16, 1], rng=0), "value")          # doctest: +SKIP
    <Axes: title={'left': 'Values by layer'}, xlabel='value'>
    """
    if what not in WHAT:
        raise RangeError(f"what is {what!r} (must be one of {list(WHAT)})", what=what)
    if not isinstance(bins, int) or bins < 1:
        raise RangeError(f"bins is {bins!r}: a whole number from 1", bins=bins)
    layers = [_layer(name, units, what, log_x) for name, units in _grouped(model).items()]
    if what == "grad" and not any(u.visited for us in _grouped(model).values() for u in us):
        raise WiringError(
            "no parameter has a gradient yet: run loss.backward() first, or draw what='value'"
        )
    ax = axes_for(ax, "histograms")
    edges = _edges([x for layer in layers for x in layer.numbers], bins, log_x)
    palette = colours(ax)
    for i, layer in enumerate(layers):
        base = float(len(layers) - 1 - i)
        counts = _counts(layer.numbers, edges)
        most = max(counts) or 1
        heights = [base + 0.85 * n / most for n in counts]
        colour = palette[i % len(palette)]
        ax.stairs(heights, edges, baseline=base, fill=True, color=colour, alpha=0.35)
        ax.stairs(heights, edges, baseline=base, color=colour, label=named(layer.name))
    ax.set_yticks(
        [float(k) for k in reversed(range(len(layers)))],
        [f"{named(layer.name)}\n{layer.remark}" for layer in layers],
        va="bottom",
    )
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-0.06, len(layers))
    ax.set_xlim(*_wider(edges[0], edges[-1], log_x))
    if log_x:
        ax.set_xscale("log")
        ax.set_xlabel(f"|{WHAT[what]}| (log scale)")
    else:
        ax.axvline(0.0, color=ink(ax), linestyle=DASHES[2], linewidth=1.0)
        ax.set_xlabel(WHAT[what])
    ax.grid(visible=True, axis="x", alpha=0.25)
    ax.set_title(title or f"{WHAT[what].capitalize()}s by layer", loc="left")
    return ax


def _grouped(model: Any) -> dict[str, list[Unit]]:
    """Return the parameters by layer: a layer is the first numbered place in their names."""
    layers: dict[str, list[Unit]] = {}
    if isinstance(model, Module):
        for name, unit in model.named_parameters():
            layers.setdefault(_layer_of(name), []).append(unit)
    elif isinstance(model, Mapping):
        layers = {str(name): as_units(units, empty=True) for name, units in model.items()}
    else:
        raise OperandError(
            f"charts.histograms got {model!r}: give a module, or a dict of layers, each a list "
            "of units",
            operand=model,
        )
    if not any(layers.values()):
        raise WiringError(f"charts.histograms: {type(model).__name__} has no parameters")
    return layers


def _layer_of(name: str) -> str:
    """Return the layer of a parameter: `layers.0` of `layers.0.neurons.3.weights.1`."""
    parts = name.split(".")
    numbered = next((i for i, part in enumerate(parts) if part.isdigit()), 0)
    return ".".join(parts[: numbered + 1])


def _layer(name: str, units: Sequence[Unit], what: str, log_x: bool) -> Layer:
    """Return a layer's numbers, and in words what is left out of them."""
    found = [u.grad if what == "grad" else u.value for u in units if what != "grad" or u.visited]
    finite = [x for x in found if math.isfinite(x)]
    placed = [x for x in finite if has_place(x) and not 0 < abs(x) < log_x / LARGEST]
    drawn = [abs(x) for x in placed if x] if log_x else placed
    remarks = [counted(len(units), "parameter")]
    if len(found) < len(units):
        remarks.append(f"{len(units) - len(found)} not reached")
    if len(finite) < len(found):
        remarks.append(f"{len(found) - len(finite)} not finite")
    if len(placed) < len(finite):
        remarks.append(f"{len(finite) - len(placed)} too large or small")
    zeros = sum(x == 0 for x in finite)
    if zeros:
        remarks.append(f"{zeros} exactly 0")
    return Layer(name, drawn, "\n".join(remarks))


def _edges(numbers: Sequence[float], bins: int, log_x: bool) -> list[float]:
    """Return the edges of the bins, even in x or, under log, in its logarithm."""
    some = [math.log10(x) for x in numbers] if log_x else list(numbers)
    low, high = (min(some), max(some)) if some else (0.0, 1.0)
    if low == high:
        room = 0.5 if log_x else 0.5 * (abs(low) or 1.0)
        low, high = low - room, high + room
    edges = [low + (high - low) * k / bins for k in range(bins)] + [high]
    return [10.0**edge for edge in edges] if log_x else edges


def _wider(low: float, high: float, log_x: bool) -> tuple[float, float]:
    """Return a range with a little room on both sides."""
    if log_x:
        room = (high**0.03) / (low**0.03)
        return low / room, high * room
    room = 0.03 * (high - low)
    return low - room, high + room


def _counts(numbers: Sequence[float], edges: Sequence[float]) -> list[int]:
    """Return how many numbers each bin holds; the last holds its right edge as well."""
    from bisect import bisect_right

    counts = [0] * (len(edges) - 1)
    for x in numbers:
        counts[min(max(bisect_right(edges, x) - 1, 0), len(counts) - 1)] += 1
    return counts
