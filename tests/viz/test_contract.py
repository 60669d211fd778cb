"""Contract: grouping boxes without closing a circle."""

from __future__ import annotations

import pytest
from gatenet.viz.contract import Parts, contracted, untangled
from hypothesis import given
from hypothesis import strategies as st


@st.composite
def tangles(draw: st.DrawFn) -> tuple[Parts, list[int]]:
    """Boxes wired at random, in few groups of which many would close circles."""
    n = draw(st.integers(1, 40))
    before = [
        sorted(draw(st.sets(st.integers(0, box - 1), max_size=3))) if box else []
        for box in range(n)
    ]
    return Parts(list(range(n)), before), [draw(st.integers(0, 5)) for _ in range(n)]


def _grouped(parts: Parts, group: list[int]) -> Parts:
    """Contract the groups; fails where they close a circle."""
    return contracted(
        dict.fromkeys(group),
        ((group[box], [group[other] for other in some]) for box, some in enumerate(parts.before)),
    )


@given(tangles())
def test_untangled_groups_close_no_circle(tangle: tuple[Parts, list[int]]) -> None:
    """Whatever the groups, what is left of them can be put in order, and none was joined."""
    parts, groups = tangle
    found = untangled(parts, groups)

    assert len(set(found)) == len(_grouped(parts, found))
    assert len(set(zip(groups, found, strict=True))) == len(set(found))


@given(tangles())
def test_groups_that_close_no_circle_stay_whole(tangle: tuple[Parts, list[int]]) -> None:
    """Nothing is split that need not be."""
    parts, groups = tangle
    try:
        _grouped(parts, groups)
    except AssertionError:
        return
    assert len(set(groups)) == len(set(untangled(parts, groups)))


def test_steps_of_a_loop_are_told_apart() -> None:
    """A cell used again on its own output, by way of another, is a box for each time."""
    parts = Parts([0, 1, 2, 3, 4], [[], [0], [1], [2], [3]])

    assert 5 == len(set(untangled(parts, ["cell", "mix", "cell", "mix", "cell"])))
    assert [0, 0, 0, 1, 1] == untangled(parts, ["cell", "cell", "cell", "mix", "mix"])


def test_what_only_feeds_its_group_waits_for_it() -> None:
    """A box that could stand earlier is not split off the group that it is for."""
    parts = Parts([0, 1, 2, 3], [[], [0], [], [1, 2]])

    assert [0, 1, 2, 2] == untangled(parts, ["a", "b", "a", "a"])


def test_boxes_are_put_in_order() -> None:
    """Leads come in any order; what a box takes from stands before it."""
    parts = contracted([7, 3, 5], [(7, [5, 5]), (5, [3]), (3, [3])])

    assert [3, 5, 7] == parts.leads
    assert [[], [0], [1]] == parts.before
    assert [0, 1, 2] == parts.levels()


def test_a_circle_is_our_own_mistake() -> None:
    """Boxes that close one are not contracted in silence."""
    with pytest.raises(AssertionError, match="close a circle"):
        contracted([0, 1], [(0, [1]), (1, [0])])
