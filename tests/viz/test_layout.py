"""Layout: boxes apart, wires to the right and past the boxes."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from gatenet.viz.layout import PORT, lay_out, spread
from hypothesis import given
from hypothesis import strategies as st
from test_layers import wirings

sizes = st.tuples(st.floats(20, 200), st.floats(20, 60))


@st.composite
def pictures(draw: st.DrawFn) -> tuple[list[tuple[float, float]], list[tuple[int, int]]]:
    """Boxes of any size with wires between them."""
    boxes, wires = draw(wirings)
    return [draw(sizes) for _ in range(boxes)], wires


@given(pictures())
def test_no_two_boxes_overlap(picture: tuple[list[tuple[float, float]], list]) -> None:
    """Any two boxes are apart, across or down, and all are within the picture."""
    sizes, wires = picture
    layout = lay_out(sizes, wires)
    boxes = [
        (x, y - tall / 2, x + wide, y + tall / 2)
        for (x, y), (wide, tall) in zip(layout.places, sizes, strict=True)
    ]
    touching = [
        (a, b)
        for a, b in combinations(boxes, 2)
        if min(a[2], b[2]) - max(a[0], b[0]) > 1e-6 and min(a[3], b[3]) - max(a[1], b[1]) > 1e-6
    ]

    assert [] == touching
    assert all(x0 >= -1e-6 and y0 >= -1e-6 for x0, y0, _, _ in boxes)
    assert all(x1 <= layout.width + 1e-6 and y1 <= layout.height + 1e-6 for *_, x1, y1 in boxes)


@given(pictures())
def test_wires_run_from_tail_to_head_and_to_the_right(
    picture: tuple[list[tuple[float, float]], list],
) -> None:
    """Each wire, its trunk included, starts at its tail, ends at its head and never turns back."""
    sizes, wires = picture
    layout = lay_out(sizes, wires)
    for (tail, head), route in zip(wires, layout.routes, strict=True):
        (x, y), wide = layout.places[tail], sizes[tail][0]
        trunk = layout.trunks.get(tail, [(x + wide, y)])
        end = layout.places[head]

        assert route[0] == (x + wide, y) or route[0] in trunk
        assert route[-1][0] == pytest.approx(end[0] + PORT)
        assert abs(route[-1][1] - end[1]) <= 8.0
        for line in (route, trunk):
            assert all(q[0] - p[0] >= -1e-9 for p, q in pairwise(line))


@given(pictures())
def test_no_wire_runs_through_a_box(picture: tuple[list[tuple[float, float]], list]) -> None:
    """Where a trunk passes a column, it passes between the boxes."""
    sizes, wires = picture
    layout = lay_out(sizes, wires)
    hit = []
    for tail, trunk in layout.trunks.items():
        for (x0, y0), (x1, y1) in zip(trunk[3::3], trunk[6::3], strict=False):
            for box, ((x, y), (wide, tall)) in enumerate(zip(layout.places, sizes, strict=True)):
                across = x < x1 - 1e-6 and x0 < x + wide - 1e-6
                level = y0 == y1 and abs(y - y0) < tall / 2
                if across and level:
                    hit.append((tail, box))

    assert [] == hit


@given(pictures())
def test_a_layout_depends_on_the_wiring_alone(
    picture: tuple[list[tuple[float, float]], list],
) -> None:
    """Laid out twice, a picture has the same coordinates to the last bit."""
    assert lay_out(*picture) == lay_out(*picture)


def test_few_operands_enter_in_their_order() -> None:
    """The first operand's wire ends above the second's."""
    layout = lay_out([(50, 20)] * 3, [(1, 2), (0, 2)])

    assert layout.routes[0][-1][1] < layout.routes[1][-1][1]


@pytest.mark.parametrize("n", [1, 2, 3, 10, 500])
def test_wires_spread_over_the_gate_and_no_further(n: int) -> None:
    """The ends of n wires stay within the gate's outline, evenly about its middle."""
    ends = spread(n)

    assert n == len(ends)
    assert 0.0 == pytest.approx(sum(ends), abs=1e-9)
    assert max(map(abs, ends)) <= 8.0


def test_an_empty_picture_has_no_size() -> None:
    """No boxes, no room."""
    layout = lay_out([], [])

    assert (0.0, 0.0) == (layout.width, layout.height)


def test_thousands_of_boxes_are_laid_out() -> None:
    """A ladder whose every rung is a long wire does not blow up as its square."""
    n = 3000
    wires = [(i, i + 1) for i in range(n)]
    wires += [(n - i, n + 1 + i) for i in range(n)] + [(n + i, n + 1 + i) for i in range(1, n)]
    layout = lay_out([(50, 20)] * (2 * n + 1), wires)

    assert sum(map(len, layout.trunks.values())) < 60 * n * 6


def test_wires_into_a_folded_box_enter_as_they_come() -> None:
    """A gate's operands keep their order; the wires of a folded box do not cross before it."""
    wires = [(0, 2), (1, 2), (1, 3), (0, 3)]

    def turned(loose: set[int]) -> int:
        """Count the boxes that the upper wire enters below the other."""
        routes = lay_out([(50.0, 20.0)] * 4, wires, loose=loose).routes
        return sum(
            (one[0][1] < other[0][1]) != (one[-1][1] < other[-1][1])
            for one, other in (routes[:2], routes[2:])
        )

    assert 1 == turned(set())
    assert 0 == turned({2, 3})
