"""Crossings: few wires cross, and none in a tree."""

from __future__ import annotations

from itertools import combinations

from gatenet.viz.crossings import crossings, ordered
from gatenet.viz.layers import FEW, Layers, layered
from hypothesis import given
from hypothesis import strategies as st
from test_layers import wirings


def _counted_by_pairs(layers: Layers, columns: list[list[int]]) -> int:
    """Count crossings the slow way: every pair of links between two columns."""
    place = {box: rank for column in columns for rank, box in enumerate(column)}
    total = 0
    for column in columns:
        links = [
            (place[box], place[head] + layers.ports.get((box, head), 0) / (FEW + 1))
            for box in column
            for head in layers.after[box]
        ]
        total += sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(links, 2))
    return total


@given(wirings)
def test_crossings_are_counted_right(wiring: tuple[int, list[tuple[int, int]]]) -> None:
    """The quick count equals the count of crossing pairs."""
    layers = layered(*wiring)
    columns = ordered(layers)

    assert _counted_by_pairs(layers, columns) == crossings(layers, columns)


@given(wirings)
def test_ordering_keeps_every_box_in_its_column(wiring: tuple[int, list[tuple[int, int]]]) -> None:
    """Ordering permutes each column, and never adds crossings to the order it starts from."""
    layers = layered(*wiring)
    columns = ordered(layers)

    assert layers.columns == [sorted(column) for column in columns]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=30))
def test_a_tree_has_no_crossing(parents: list[int]) -> None:
    """A circuit in which every unit is used once is drawn without a crossing."""
    n = len(parents) + 1
    wires = [(n - 1 - i, n - 1 - parent % i) for i, parent in enumerate(parents, start=1)]
    layers = layered(n, wires)

    assert 0 == crossings(layers, ordered(layers))


def test_a_knot_that_can_be_undone_is() -> None:
    """Three wires written in a crossing order are drawn without a crossing."""
    layers = layered(6, [(0, 5), (1, 4), (2, 3)])

    assert 0 == crossings(layers, ordered(layers))
