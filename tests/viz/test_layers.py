"""Layers: columns and rails."""

from __future__ import annotations

import pytest
from gatenet.viz.layers import layered
from hypothesis import given
from hypothesis import strategies as st

from gatenet.errors import WiringError

wirings = st.integers(1, 25).flatmap(
    lambda n: st.tuples(
        st.just(n),
        st.lists(
            st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda w: w[0] < w[1]),
            max_size=60,
        )
        if n > 1
        else st.just([]),
    )
)


@given(wirings)
def test_every_wire_runs_to_the_right(wiring: tuple[int, list[tuple[int, int]]]) -> None:
    """A wire's head stands in a later column than its tail."""
    boxes, wires = wiring
    column = layered(boxes, wires).column

    assert [] == [(a, b) for a, b in wires if column[a] >= column[b]]


@given(wirings)
def test_links_join_neighbouring_columns(wiring: tuple[int, list[tuple[int, int]]]) -> None:
    """Each link goes to the very next column, and is known from both of its ends."""
    layers = layered(*wiring)
    pairs = {(a, b) for a, after in enumerate(layers.after) for b in after}

    assert pairs == {(a, b) for b, before in enumerate(layers.before) for a in before}
    assert {1} >= {layers.column[b] - layers.column[a] for a, b in pairs}


@given(wirings)
def test_following_the_links_gives_the_wires(wiring: tuple[int, list[tuple[int, int]]]) -> None:
    """From a box along its rail one comes to exactly the heads of its wires."""
    boxes, wires = wiring
    layers = layered(boxes, wires)
    found = set()
    for tail in range(boxes):
        for stop in (tail, *layers.rails.get(tail, ())):
            found |= {(tail, head) for head in layers.after[stop] if head < boxes}

    assert set(wires) == found


def test_an_input_stands_next_to_its_first_gate() -> None:
    """A leaf used late is not drawn in the first column."""
    assert 2 == layered(5, [(0, 1), (1, 2), (2, 4), (3, 4)]).column[3]


def test_operands_keep_their_order() -> None:
    """The links into a gate are in the order of its operands, also those that come by rail."""
    layers = layered(5, [(0, 1), (1, 2), (0, 4), (2, 4), (3, 4)])
    rail = layers.rails[0][-1]

    assert [rail, 2, 3] == layers.before[4]
    assert [0, 1, 2] == [layers.ports[left, 4] for left in (rail, 2, 3)]


def test_rails_are_bounded() -> None:
    """Wires that all pass thousands of columns do not get a point in each."""
    n = 2000
    wires = [(i, i + 1) for i in range(n - 1)] + [(n - 1, n)]
    wires += [(i, n) for i in range(n - 1)]

    assert len(layered(n + 1, wires).column) <= 9 * (n + 1) + 500


def test_a_circle_is_refused() -> None:
    """Wires that close a circle cannot be laid out, and the error says where."""
    with pytest.raises(WiringError, match=r"cannot lay out box 1: .* circle") as error:
        layered(3, [(0, 1), (1, 2), (2, 1)])

    assert 1 == error.value.box
