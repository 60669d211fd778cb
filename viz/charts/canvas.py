"""Canvas: what every chart shares: axes from matplotlib, colours for its ground, a legend beside.

The one place that imports matplotlib.  Knows nothing of units.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gatenet.errors import OperandError, ToolMissing
from gatenet.texts import shown

from ..labels import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

PALETTES = (
    ("#1f66c7", "#bf4a0e", "#2c7d63", "#8a3fa8", "#7a6000", "#5b6675"),
    ("#7db4ff", "#ff9d66", "#58c09d", "#d49bec", "#e2b23f", "#9dabba"),
)
"""Colours on a light ground and on a dark one: blue and orange first, which stay apart for
colour-blind eyes; each has a contrast of 4.5 or more.  The first four are those of the SVGs."""

DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.2, 1.4)), (0, (6, 2, 1.2, 2)))
"""Lines differ in their dashes as well, markers in their shapes."""
MARKERS = ("o", "^", "s", "D", "v", "P", "X", "*")
LARGEST = 1e200
"""The largest number that is drawn, and its inverse the smallest on a logarithmic axis: past them
matplotlib's own arithmetic overflows."""
LONGEST = 32
"""The most characters of a name in a legend."""


def axes_for(ax: Axes | None, chart: str) -> Axes:
    """Return the axes to draw in: the one given, or that of a new figure.

    Raises:
        ToolMissing: if matplotlib is not installed.
        OperandError: if what was given is no flat axes.
    """
    try:
        from matplotlib import pyplot
        from matplotlib.axes import Axes
    except ImportError as error:
        raise ToolMissing(
            f"charts.{chart} needs matplotlib, which is not installed: "
            "`pip install 'gatenet-circuits[plots]'` brings it; plot_lines and plot_gate of "
            "gatenet.viz draw curves without it",
            tool="matplotlib",
        ) from error
    if ax is None:
        return pyplot.subplots(figsize=(6.4, 4.4), layout="constrained")[1]
    if not isinstance(ax, Axes) or ax.name != "rectilinear":
        raise OperandError(
            f"charts.{chart} got ax={ax!r}: it draws in one flat axes, such as "
            "plt.subplots()[1]; of an array of axes, give one",
            ax=ax,
        )
    return ax


def dark(ax: Axes) -> bool:
    """Say whether the ground of the axes is dark: then bright colours stand on it."""
    from matplotlib.colors import to_rgba

    red, green, blue, alpha = to_rgba(ax.get_facecolor())
    if alpha < 0.5:  # see-through: what stands behind is the figure
        red, green, blue, alpha = to_rgba(ax.figure.canvas.figure.get_facecolor())
    return alpha >= 0.5 and 0.299 * red + 0.587 * green + 0.114 * blue < 0.5


def colours(ax: Axes) -> tuple[str, ...]:
    """Return the colours that stand out on the ground of the axes."""
    return PALETTES[dark(ax)]


def ink(ax: Axes) -> Any:
    """Return the colour of the axes' own text: for points and lines that are no series."""
    return ax.xaxis.label.get_color()


def legend(ax: Axes, title: str) -> None:
    """Write the title and, beneath it, the names of what is drawn, above the axes: on no data."""
    title = dollars(shown(title, 80))
    handles, labels = ax.get_legend_handles_labels()
    if not handles:
        ax.set_title(title, loc="left")
        return
    columns = _columns(ax, labels)
    rows = -(-len(labels) // columns)
    drawn = ax.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=columns,
        frameon=False,
        fontsize="small",
        borderaxespad=0.2,
        borderpad=0.2,
        handlelength=2.4,
        columnspacing=1.4,
    )
    size = max(float(text.get_fontsize()) for text in drawn.get_texts())
    ax.set_title(title, loc="left", pad=6.0 + rows * size * 1.55 if title else None)


def named(name: Any) -> str:
    """Return a name as a chart can show it: one short line, in which nothing is a formula."""
    text = dollars(shown(str(name), LONGEST))
    return f" {text}" if text.startswith("_") else text  # matplotlib hides names with a bar


def has_place(x: float, log: bool = False) -> bool:
    """Say whether a number can be drawn: finite, not past 1e200, and above 0 under `log`."""
    return abs(x) <= LARGEST and (not log or x >= 1.0 / LARGEST)


def dollars(text: str) -> str:
    """Write dollar signs so that matplotlib shows them, and reads no formula between two."""
    return text.replace("$", r"\$")


def whole_ticks(axis: Axis) -> None:
    """Label an axis with whole numbers."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))


def plain_ticks(axis: Axis) -> None:
    """Label a logarithmic axis with plain numbers, at 1, 2, 3 and 5 times powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 3.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda x, _: number(x)))
    axis.set_minor_formatter(NullFormatter())


def _columns(ax: Axes, labels: Sequence[str]) -> int:
    """Return how many names fit side by side above the axes."""
    width = ax.get_window_extent().width / ax.figure.dpi * 72.0
    room = max(len(label) for label in labels) * 5.2 + 46.0
    return max(1, min(len(labels), int(width // room)))
