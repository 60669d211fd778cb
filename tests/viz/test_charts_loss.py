"""charts.loss: the curves are the histories' own numbers."""

from __future__ import annotations

import math
from typing import Any

import pytest
from charting import axes, labels, line

from gatenet import Unit
from gatenet.errors import OperandError, RangeError
from gatenet.training import Epoch, History
from gatenet.viz import charts

PLAIN = History([Epoch(1, 3.0, None, 0.5), Epoch(2, 1.5, None, 1.25)])
CHECKED = History([Epoch(1, 4.0, 5.0, 0.25), Epoch(2, 2.0, 3.0, 0.75)])


def test_a_history_is_drawn_by_epoch() -> None:
    """The training and the validation loss stand at their epochs, in one colour, two dashes."""
    ax = charts.loss(CHECKED, ax=axes())
    solid, dashed = ax.get_lines()

    assert line(ax, "training") == [(1.0, 4.0), (2.0, 2.0)]
    assert line(ax, "validation") == [(1.0, 5.0), (2.0, 3.0)]
    assert solid.get_color() == dashed.get_color()
    assert (solid.get_linestyle(), dashed.get_linestyle()) == ("-", "--")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss")


def test_several_runs_by_name() -> None:
    """Runs keep their names and differ in colour; only those with a validation loss have two."""
    ax = charts.loss({"slow": PLAIN, "fast": CHECKED}, ax=axes())

    assert labels(ax) == ["slow", "fast", "fast, validation"]
    assert len({one.get_color() for one in ax.get_lines()}) == 2
    assert labels(charts.loss([PLAIN, [1.0, 2.0]], ax=axes())) == ["run 1", "run 2"]


def test_time_has_its_unit() -> None:
    """Against the seconds, points stand where the epochs ended, and the axis says seconds."""
    ax = charts.loss(PLAIN, against="seconds", ax=axes())

    assert line(ax, "training") == [(0.5, 3.0), (1.25, 1.5)]
    assert ax.get_xlabel() == "time (s)"


def test_a_loop_of_your_own() -> None:
    """A list of numbers, one a step, is drawn from step 1."""
    ax = charts.loss([8.0, 4.0, 2.0], ax=axes())

    assert line(ax, "loss") == [(1.0, 8.0), (2.0, 4.0), (3.0, 2.0)]
    assert ax.get_xlabel() == "step"


def test_what_has_no_place_is_a_gap() -> None:
    """nan and infinity leave gaps, and under a logarithm 0 does, without a warning."""
    ys = [y for _, y in line(charts.loss([1.0, math.inf, math.nan, 2.0], ax=axes()), "loss")]
    ax = charts.loss([10.0, 0.0, 1.0, -1.0, 0.1], log_y=True, ax=axes())
    logged = [y for _, y in line(ax, "loss")]
    ax.figure.draw_without_rendering()

    assert [y == y for y in ys] == [True, False, False, True]
    assert [y == y for y in logged] == [True, False, True, False, True]
    assert ax.get_yscale() == "log"
    charts.loss([0.0, math.nan], log_y=True, ax=axes()).figure.draw_without_rendering()
    charts.loss([1e308, 1.0, -1e308], ax=axes()).figure.draw_without_rendering()
    charts.loss(
        [1e308, 1e200, 1e-200, 5e-324], log_y=True, ax=axes()
    ).figure.draw_without_rendering()


@pytest.mark.parametrize(
    ("runs", "options", "error", "said"),
    [
        (5, {}, OperandError, "got 5"),
        ("abc", {}, OperandError, "got 'abc'"),
        ({"a": 5}, {}, OperandError, "got 5"),
        ([1.0, None], {}, OperandError, "got None"),
        ([Unit(1.0)], {}, OperandError, r"keep its \.value"),
        (PLAIN, {"against": "days"}, RangeError, "'days'.*'epoch'"),
        ([1.0], {"against": "seconds"}, RangeError, "History"),
    ],
)
def test_mistakes_are_named(runs: Any, options: Any, error: Any, said: str) -> None:
    """What is no run, or an unknown axis, is told with the mend."""
    with pytest.raises(error, match=said):
        charts.loss(runs, **options)


@pytest.mark.parametrize("runs", [[], {}, (), History([]), {"a": [1.0], "b": []}, [[], [1.0]]])
def test_nothing_is_no_chart(runs: Any) -> None:
    """No run, or a run without a number, is refused with the mend and leaves the axes empty."""
    ax = axes()
    with pytest.raises(
        RangeError, match=r"charts\.loss got .*(Keep one number a step|Give a list)"
    ):
        charts.loss(runs, ax=ax)
    assert not ax.get_lines()
