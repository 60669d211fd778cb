"""Losses: how a loss came down, in one training run or several.

Knows the histories of training and lists of numbers; nothing of models.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from gatenet.errors import OperandError, RangeError
from gatenet.real import number
from gatenet.training import History

from .canvas import DASHES, axes_for, colours, has_place, legend, named, plain_ticks, whole_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AGAINST = ("epoch", "seconds")


class Curve(NamedTuple):
    """One curve: what it is called, and its points."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]


def loss(
    runs: Any,
    *,
    against: str = "epoch",
    log_y: bool = False,
    title: str = "Loss",
    ax: Axes | None = None,
) -> Axes:
    """Draw the loss of each epoch, of one run or several, and return the axes.

    `runs` is the History that `gatenet.training.fit` gives, a list of numbers (one a step, such
    as a loop of your own keeps), several of these in a list, or several by name in a dict.  The
    validation loss, where a history has one, is a dashed line of the run's colour.  `against`
    is "epoch", or "seconds" for the time that training took.  What is not finite (or past
    1e200) leaves a gap, and so does what is not positive under `log_y`.

    Raises:
        OperandError: if a run is neither a history nor a list of numbers, or `ax` no axes.
        RangeError: if `against` is something else, a list of numbers has no seconds, or there is
            no run, or nothing in one.
        ToolMissing: if matplotlib is not installed.

    >>> from gatenet.viz import charts
    >>> charts.loss({"lr 0.1": [3.0, 1.5], "lr 0.5": [3.0, 0.8]})       # doctest: +SKIP
    <Axes: title={'left': 'Loss'}, xlabel='step', ylabel='loss'>
    """
    if against not in AGAINST:
        raise RangeError(
            f"unknown axis: against={against!r} (must be one of {list(AGAINST)})", against=against
        )
    found = _named(runs)
    _check_some(found, runs)
    curves = [_curves(name, run, against) for name, run in found.items()]
    ax = axes_for(ax, "loss")
    palette = colours(ax)
    for i, pair in enumerate(curves):
        for j, curve in enumerate(pair):
            ys = [y if has_place(y, log_y) else math.nan for y in curve.ys]
            ax.plot(
                curve.xs, ys, label=named(curve.name), color=palette[i % len(palette)],
                linestyle=DASHES[j] if len(pair) > 1 else DASHES[i // len(palette) % len(DASHES)],
                marker="." if len(ys) <= 30 else "",
            )  # fmt: skip
    if log_y:
        ax.set_yscale("log", nonpositive="mask")
        plain_ticks(ax.yaxis)
    if against == "epoch":
        whole_ticks(ax.xaxis)
    histories = any(isinstance(run, History) for run in found.values())
    ax.set_xlabel("time (s)" if against == "seconds" else "epoch" if histories else "step")
    ax.set_ylabel("loss (log scale)" if log_y else "loss")
    ax.grid(visible=True, alpha=0.25)
    legend(ax, title)
    return ax


def _named(runs: Any) -> dict[str, Any]:
    """Return the runs by name; unnamed ones are numbered where there are several."""
    if isinstance(runs, Mapping):
        return {str(name): _run(run) for name, run in runs.items()}
    if isinstance(runs, History) or not isinstance(runs, Iterable) or isinstance(runs, str):
        return {"": _run(runs)}
    items = list(runs)
    if any(isinstance(item, (History, Iterable)) for item in items):
        return {f"run {i}": _run(item) for i, item in enumerate(items, 1)}
    return {"": _run(items)}


def _check_some(found: Mapping[str, Any], runs: Any) -> None:
    """Refuse to draw a chart with nothing in it.

    Raises:
        RangeError: if there is no run, or one has no epoch and no number.
    """
    for name, run in found.items():
        if not (run.epochs if isinstance(run, History) else run):
            raise RangeError(
                f"charts.loss got {'an empty run' + (f' ({name})' if name else '')}: there is no "
                "loss to draw. Keep one number a step, losses.append(loss.value), or give the "
                "History of fit() after an epoch or more",
                runs=runs,
            )
    if not found:
        raise RangeError(
            f"charts.loss got {runs!r}: no run at all. Give a list of numbers, the History of "
            "fit(), or several by name",
            runs=runs,
        )


def _run(run: Any) -> History | list[float]:
    """Return a run as a history or a list of numbers, or say what else it is."""
    if isinstance(run, History):
        return run
    if not isinstance(run, Iterable) or isinstance(run, (str, bytes)):
        raise OperandError(
            f"charts.loss got {run!r}: a run is the History that fit() gives, or a list of numbers",
            operand=run,
        )
    values = []
    for value in run:
        try:
            values.append(number(value))
        except OperandError as error:
            raise OperandError(
                f"charts.loss got {value!r} among the numbers of a run; of a unit, keep its .value",
                operand=value,
            ) from error
    return values


def _curves(name: str, run: History | list[float], against: str) -> list[Curve]:
    """Return the curves of one run: training and, where there is one, validation."""
    if not isinstance(run, History):
        if against == "seconds":
            raise RangeError("a list of numbers knows no seconds: give the History of fit()")
        return [Curve(name or "loss", range(1, len(run) + 1), run)]
    epochs = run.epochs
    xs = [e.seconds if against == "seconds" else float(e.number) for e in epochs]
    curves = [Curve(name or "training", xs, [e.loss for e in epochs])]
    if run.validations:
        ys = [math.nan if e.validation is None else e.validation for e in epochs]
        curves.append(Curve(f"{name}, validation" if name else "validation", xs, ys))
    return curves
