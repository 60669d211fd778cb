"""What the tests of charts share: axes without a window, and every bit of a model's state."""

from __future__ import annotations

from typing import Any

import pytest

from gatenet import Unit

pytest.importorskip("matplotlib", reason="charts need matplotlib, which is not installed")
import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot


def axes() -> Any:
    """Flat axes in a figure that nobody else holds."""
    from matplotlib.figure import Figure

    return Figure(figsize=(6.0, 4.0), layout="constrained").subplots()


def line(ax: Any, label: str) -> list[tuple[float, float]]:
    """The points of the line with this label."""
    (found,) = [one for one in ax.get_lines() if one.get_label() == label]
    return [(float(x), float(y)) for x, y in zip(*found.get_data(), strict=True)]


def labels(ax: Any) -> list[str]:
    """What the legend says."""
    return [text.get_text() for text in ax.get_legend().get_texts()]


def state(units: list[Unit]) -> list[Any]:
    """Every bit of some units that anyone could see."""
    return [(u.value.hex(), u.grad.hex(), u.visited, u.name, u.serial) for u in units]


def boxes(ax: Any) -> tuple[Any, Any, Any]:
    """Where the axes, the legend and the title stand once they are drawn."""
    ax.figure.draw_without_rendering()
    return (
        ax.get_window_extent(),
        ax.get_legend().get_window_extent(),
        ax.get_title(loc="left") and ax._left_title.get_window_extent(),
    )


__all__ = ["axes", "boxes", "labels", "line", "pyplot", "state"]
