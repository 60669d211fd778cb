"""Runs: large circuits in few boxes, honestly."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import pytest
from gatenet.viz.layers import layered
from gatenet.viz.runs import folded, kind
from hypothesis import given
from hypothesis import strategies as st


class Row(NamedTuple):
    """As much of a row as folding reads."""

    gate: object
    operands: tuple[int, ...]
    role: str


@st.composite
def circuits(draw: st.DrawFn) -> list[Row]:
    """Rows wired at random, leaves anywhere among them."""
    rows: list[Row] = []
    for i in range(draw(st.integers(1, 80))):
        leaf = i == 0 or draw(st.integers(0, 3)) == 0
        if leaf:
            rows.append(Row(None, (), draw(st.sampled_from(["input", "parameter", "constant"]))))
        else:
            near = (
                st.integers(max(0, i - 8), i - 1) if draw(st.booleans()) else st.integers(0, i - 1)
            )
            rows.append(Row("+", tuple(draw(st.lists(near, min_size=1, max_size=4))), "inner"))
    return rows


@given(circuits(), st.integers(4, 100))
def test_no_more_boxes_than_allowed(rows: list[Row], most: int) -> None:
    """A folded circuit has at most `max_units` boxes, and a box only one kind."""
    owner = folded(rows, most)

    assert len(set(owner)) <= most
    assert [kind(row) for row in rows] == [kind(rows[lead]) for lead in owner]
    assert all(owner[lead] == lead <= i for i, lead in enumerate(owner))


@given(circuits(), st.integers(4, 100))
def test_folding_closes_no_circle(rows: list[Row], most: int) -> None:
    """The boxes of a folded circuit can still be laid out from left to right."""
    owner = folded(rows, most)
    wires = {
        (owner[operand], owner[head])
        for head, row in enumerate(rows)
        for operand in row.operands
        if owner[operand] != owner[head]
    }
    column = layered(len(rows), sorted(wires)).column

    assert all(column[tail] < column[head] for tail, head in wires)


@given(circuits())
def test_a_small_circuit_is_drawn_as_it_is(rows: list[Row]) -> None:
    """Up to `max_units` nothing is folded."""
    assert list(range(len(rows))) == folded(rows, max(len(rows), 4))


def test_many_rows_fold_without_recursion() -> None:
    """Of a long chain both ends stay open and the middle is one box."""
    n = 200_000
    rows = [Row(None, (), "input"), *(Row("-", (i,), "inner") for i in range(n))]
    owner = folded(rows, 500)
    boxes = sorted(set(owner))

    assert boxes[:3] == [0, 1, 2]
    assert boxes[-3:] == [n - 2, n - 1, n]
    assert max(b - a for a, b in pairwise(boxes)) > n - 500


def test_a_wide_level_folds_by_kind() -> None:
    """Ten thousand inputs and parameters of one level become one box of each kind."""
    leaves = [Row(None, (), "input" if i % 2 else "parameter") for i in range(10_000)]
    rows = [*leaves, Row("Σ", tuple(range(10_000)), "inner")]

    assert {0, 1, 10_000} == set(folded(rows, 500))


def test_dense_wiring_folds_too() -> None:
    """Few units with very many wires are folded as well: those could not be read either."""
    rows = [Row(None, (), "input") for _ in range(200)]
    rows += [Row("·", tuple(range(200)), "inner") for _ in range(200)]

    assert len(set(folded(rows, 500))) < 400


@pytest.mark.parametrize("most", [4, 5, 8, 20])
def test_the_smallest_pictures_have_a_box_per_kind(most: int) -> None:
    """A circuit with all four kinds folds into four boxes at the least."""
    rows = [Row(None, (), role) for role in ("input", "parameter", "constant") for _ in range(50)]
    rows += [Row("Σ", tuple(range(150)), "inner")]
    rows += [Row("+", (150, 150), "inner"), *(Row("-", (151 + i,), "inner") for i in range(50))]

    assert 4 <= len(set(folded(rows, most))) <= most
