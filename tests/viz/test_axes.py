"""Axes: round ticks, and lines cut where they should be."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from gatenet.viz.axes import LARGEST, Axis, axis, round_numbers, style
from hypothesis import given
from hypothesis import strategies as st


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(2, 12))
def test_ticks_are_round_evenly_apart_and_inside(low: float, span: float, most: int) -> None:
    """Ticks are multiples of 1, 2 or 5 times a power of ten, no more than asked for."""
    ticks = round_numbers(low, low + span, most)
    steps = {round((b - a) / span, 6) for a, b in pairwise(ticks)}

    assert len(ticks) <= most
    assert len(steps) <= 1 or span < 1e-6 * abs(low)
    slack = 1e-5 * span + 2 * math.ulp(low)
    assert all(low - slack <= x <= low + span + slack for x in ticks)


@given(st.lists(st.floats(), max_size=8), st.booleans())
def test_an_axis_holds_every_number_it_can(values: list[float], log: bool) -> None:
    """All finite numbers (positive ones, under log) have their pixel within the frame."""
    scale = axis(values, 0.0, 100.0, log=log)
    inside = [x for x in values if abs(x) <= LARGEST and (x > 0 or not log)]

    assert math.isfinite(scale.low) and math.isfinite(scale.high) and scale.low < scale.high
    assert [] == [x for x in inside if not -0.1 <= scale(x) <= 100.1]
    assert all(math.isfinite(at) for at, _ in scale.ticks(7))


def test_log_ticks_are_powers_of_ten() -> None:
    """Over many decades only powers of ten are marked, over few also 2 and 5."""
    wide = [label for _, label in Axis(-8.0, 4.0, 0.0, 100.0, log=True).ticks(7)]
    narrow = [label for _, label in Axis(-1.2, 0.4, 0.0, 100.0, log=True).ticks(7)]

    assert ["1e−8", "1e−6", "0.0001", "0.01", "1", "100", "1e4"] == wide
    assert ["0.1", "0.2", "0.5", "1", "2"] == narrow


@pytest.mark.parametrize("value", [0.0, 1.0, -3.5, 1e-320, 1e300])
def test_a_single_value_has_an_axis_around_it(value: float) -> None:
    """A line of one value is drawn in the middle of a range, not divided by zero."""
    assert 50.0 == pytest.approx(axis([value, value], 0.0, 100.0)(value), abs=1.0)


def test_sixteen_lines_differ() -> None:
    """The first sixteen lines of a plot all differ in colour or dashes, neighbours in both."""
    styles = [style(i).split()[1:] for i in range(16)]

    assert 16 == len({tuple(s) for s in styles})
    assert all(a[0] != b[0] and a[1] != b[1] for a, b in pairwise(styles))
