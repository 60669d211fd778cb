"""Vertical: columns are placed as near as can be to what is asked."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from gatenet.viz.crossings import ordered
from gatenet.viz.layers import layered
from gatenet.viz.vertical import GAP, LANE, middles, settled
from hypothesis import given
from hypothesis import strategies as st
from test_layers import wirings

asked = st.lists(
    st.tuples(st.floats(-100, 100), st.floats(0.1, 9), st.floats(0, 50)), min_size=1, max_size=12
)


@given(asked)
def test_settling_is_the_weighted_least_squares(column: list[tuple[float, float, float]]) -> None:
    """The places equal the max-min formula of isotonic regression, an independent statement."""
    places, loads, gaps = (list(part) for part in zip(*column, strict=True))
    shifts = [math.fsum(gaps[1 : i + 1]) for i in range(len(places))]
    flat = [place - shift for place, shift in zip(places, shifts, strict=True)]

    def mean(j: int, k: int) -> float:
        load = math.fsum(loads[j : k + 1])
        return (
            math.fsum(a * b for a, b in zip(flat[j : k + 1], loads[j : k + 1], strict=True)) / load
        )

    n = len(flat)
    best = [max(min(mean(j, k) for k in range(i, n)) for j in range(i + 1)) for i in range(n)]
    expected = [y + shift for y, shift in zip(best, shifts, strict=True)]

    assert pytest.approx(expected, abs=1e-6) == settled(places, loads, gaps)


@given(wirings)
def test_nothing_in_a_column_touches(wiring: tuple[int, list[tuple[int, int]]]) -> None:
    """Boxes keep their gap from one another, and rails their lane."""
    boxes, wires = wiring
    layers = layered(boxes, wires)
    tall = [20.0 + 7 * (box % 3) for box in range(boxes)] + [0.0] * (len(layers.column) - boxes)
    columns = ordered(layers)
    middle = middles(layers, columns, tall)
    close = []
    for column in columns:
        for upper, lower in pairwise(column):
            gap = GAP if upper < boxes and lower < boxes else LANE
            apart = middle[lower] - middle[upper] - (tall[upper] + tall[lower]) / 2
            if apart < gap - 1e-6:
                close.append((upper, lower, apart))

    assert [] == close
    assert min(middle[box] - tall[box] / 2 for box in range(len(tall))) >= -1e-6


def test_a_chain_is_straight() -> None:
    """Boxes in a row stand at one height, also where a lone constant joins each."""
    wires = [(i, i + 1) for i in range(9)] + [(10 + i, i + 1) for i in range(9)]
    layers = layered(19, wires)
    middle = middles(layers, ordered(layers), [40.0] * 19)

    assert max(middle[1:10]) - min(middle[1:10]) < 20


def test_a_long_wire_is_level() -> None:
    """A rail that nothing stands in the way of has one height."""
    layers = layered(8, [(i, i + 1) for i in range(6)] + [(0, 6), (7, 1)])
    middle = middles(layers, ordered(layers), [40.0] * 8 + [0.0] * (len(layers.column) - 8))
    heights = {middle[point] for point in layers.rails[0]}

    assert max(heights) - min(heights) < 1e-9
