"""Charts: what holds for all of them, and what is said where matplotlib is missing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from gatenet.viz.charts.canvas import PALETTES

from gatenet import Unit
from gatenet.errors import OperandError, ToolMissing
from gatenet.nn import MLP
from gatenet.viz import charts

ROWS = [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]]


def each() -> dict[str, Callable[..., Any]]:
    """One call of every chart, still without its axes."""
    model = MLP(2, [3, 1], rng=0)
    a, b = Unit(1.0, "a"), Unit(2.0, "b")
    return {
        "gate": lambda **k: charts.gate("relu", **k),
        "loss": lambda **k: charts.loss([3.0, 1.0], **k),
        "boundary": lambda **k: charts.boundary(model, ROWS, [0, 1, 0], resolution=2, **k),
        "histograms": lambda **k: charts.histograms(model, "value", **k),
        "surface": lambda **k: charts.surface(lambda: a * a + b, [a, b], resolution=2, **k),
    }


@pytest.mark.parametrize("name", charts.__all__)
def test_without_matplotlib_the_mend_is_said(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing matplotlib is a ToolMissing that names this project's extra, not a stranger's."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    monkeypatch.setitem(sys.modules, "matplotlib.axes", None)
    chart = each()[name]

    with pytest.raises(ToolMissing, match=r"needs matplotlib.*'gatenet-circuits\[plots\]'") as info:
        chart()
    assert info.value.tool == "matplotlib"


def test_importing_the_charts_imports_no_matplotlib() -> None:
    """matplotlib is loaded when a chart is drawn and never before."""
    code = "import sys, gatenet.viz.charts; print('matplotlib' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )  # fmt: skip

    assert done.stdout == "False\n"


@pytest.mark.parametrize("name", charts.__all__)
def test_a_chart_draws_where_it_is_told(name: str) -> None:
    """The axes given are drawn in and returned; without, they are those of a new figure."""
    from charting import axes, pyplot

    ax = axes()
    assert each()[name](ax=ax) is ax
    assert ax.has_data()

    before = pyplot.get_fignums()
    mine = each()[name]()
    try:
        assert len(pyplot.get_fignums()) == len(before) + 1
        assert mine.figure is pyplot.gcf()
        mine.figure.canvas.draw()
    finally:
        pyplot.close(mine.figure)


@pytest.mark.parametrize("name", charts.__all__)
def test_what_is_no_flat_axes_is_refused(name: str) -> None:
    """An array of axes, a figure and polar axes are answered with what to give instead."""
    from charting import axes
    from matplotlib.figure import Figure

    polar = Figure().subplots(subplot_kw={"projection": "polar"})
    for wrong in ([axes(), axes()], Figure(), polar, "ax"):
        with pytest.raises(OperandError, match=f"charts.{name} got ax="):
            each()[name](ax=wrong)


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("name", charts.__all__)
def test_charts_follow_the_style(name: str, style: str) -> None:
    """On a dark ground bright colours stand, on a light one deep ones, and no other series."""
    from charting import axes, pyplot
    from matplotlib.colors import to_hex

    with pyplot.style.context(style):
        ax = each()[name](ax=axes())
        ax.figure.draw_without_rendering()
    drawn = {to_hex(one.get_color()) for one in ax.get_lines()}
    mine, others = PALETTES if style == "default" else PALETTES[::-1]

    assert not drawn & set(others)
    if name in ("gate", "loss"):
        assert drawn & set(mine)


def luminance(colour: str) -> float:
    """The relative luminance of a colour, as WCAG defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize(
    ("palette", "ground"), [(PALETTES[0], "#ffffff"), (PALETTES[1], "#12171e")]
)
def test_every_colour_stands_out(palette: tuple[str, ...], ground: str) -> None:
    """Each colour has a contrast of 4.5 or more on its ground, by WCAG's formula."""
    for colour in palette:
        light, deep = sorted((luminance(colour), luminance(ground)), reverse=True)
        assert (light + 0.05) / (deep + 0.05) >= 4.5, colour


@pytest.mark.parametrize("runs", [1, 3, 8])
def test_a_legend_covers_no_data(runs: int) -> None:
    """The legend stands above the axes and the title above the legend, however many names."""
    from charting import axes, boxes

    ax = charts.loss({f"run number {k}": [3.0, 2.0, 1.0] for k in range(runs)}, ax=axes())
    area, legend, title = boxes(ax)

    assert legend.y0 >= area.y1 - 1
    assert title.y0 >= legend.y1 - 3
    assert legend.x1 <= ax.figure.bbox.x1
    assert title.y1 <= ax.figure.bbox.y1 + 1


def test_names_are_shown_as_typed() -> None:
    """A name is one short line: no formula between dollars, no hidden bar, no markup."""
    from charting import axes, labels

    names = ["$x$ & <b>", "_hidden", "two\nlines", "x" * 100]
    ax = charts.loss({name: [2.0, 1.0] for name in names}, ax=axes())
    ax.figure.draw_without_rendering()

    assert [r"\$x\$ & <b>", " _hidden", r"two\nlines"] == labels(ax)[:3]
    assert len(labels(ax)[3]) == 32


def test_through_clear_axes_the_figure_is_the_ground() -> None:
    """Axes without a ground of their own, in a part of a figure, take the whole figure's."""
    from charting import axes
    from matplotlib.colors import to_hex
    from matplotlib.figure import Figure

    for ground, palette in (("#101010", PALETTES[1]), ("#fafafa", PALETTES[0])):
        figure = Figure(facecolor=ground)
        for ax in (figure.subplots(), figure.subfigures(1, 2, facecolor="none")[1].subplots()):
            ax.set_facecolor("none")
            first = charts.loss([2.0, 1.0], ax=ax).get_lines()[0]
            assert to_hex(first.get_color()) == palette[0]
    assert to_hex(charts.loss([1.0], ax=axes()).get_lines()[0].get_color()) == PALETTES[0][0]
