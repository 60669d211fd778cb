"""Shapes: every text of a box is inside its box."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from gatenet.viz.folding import Group
from gatenet.viz.labels import mono, number, width
from gatenet.viz.outlines import outline
from gatenet.viz.scale import sign_of
from gatenet.viz.scene import Box, Change
from gatenet.viz.shapes import SMALL, body, drawn, height, pill, size, usual
from hypothesis import given
from hypothesis import strategies as st
from viz_samples import texts

from gatenet.texts import shown

boxes = st.builds(
    Box,
    number=st.just(7),
    role=st.sampled_from(["input", "parameter", "inner", "folded inner", "folded input"]),
    output=st.booleans(),
    name=texts.map(shown),
    named=st.booleans(),
    value=st.floats().map(number),
    grad=st.floats().map(number),
    sign=st.sampled_from(["plus", "minus", "zero", "unvisited", "broken"]),
    symbol=st.sampled_from(["", "+", "tanh", "log_sigmoid", "a very long symbol indeed"]),
    hover=st.just(("hover",)),
    count=st.sampled_from([1, 300]),
    state=st.sampled_from(["", "working", "pending", "largest"]),
    note=st.sampled_from(["", "2 of 13 pulls", "largest Δ value, 2nd Δ gradient"]),
    strength=st.integers(0, 4),
)


@given(boxes, st.floats(0, 150))
def test_no_text_is_wider_than_its_box(box: Box, least: float) -> None:
    """By the same estimates, name, value and gradient stay within the outline, apart."""
    group = ElementTree.fromstring(drawn(box, 0.0, 50.0, "g1_n7", least))
    left, right = pill(box), pill(box) + body(box, least)
    spans = {}
    for text in group.iter("text"):
        kinds = text.get("class", "").split()
        if {"symbol", "note"} & set(kinds):
            continue
        wide = mono(text.text or "", 12) if "num" in kinds else width(text.text or "", 12)
        x = float(text.get("x", "nan"))
        start = x - wide if "end" in kinds else x
        spans["grad" if "grad" in kinds else "value" if "num" in kinds else "name"] = (
            start,
            start + wide,
        )

    assert {"name", "value", "grad"} == set(spans)
    assert all(left <= a and b <= right + 0.1 for a, b in spans.values())
    assert spans["value"][1] + 8 <= spans["grad"][0]


@given(boxes)
def test_name_and_note_stand_apart(box: Box) -> None:
    """The note is right of the name's end, and inside the outline."""
    group = ElementTree.fromstring(drawn(box, 0.0, 50.0, "g1_n7", 0.0))
    classes = {e.get("class", "").split()[0]: e for e in group.iter("text")}
    name = classes["name"]
    if not box.note:
        assert "note" not in classes
        return
    ends = float(name.get("x", "nan")) + width(name.text or "", 12)
    starts = float(classes["note"].get("x", "nan")) - width(box.note, SMALL)

    assert ends + 8 <= starts
    assert box.note == classes["note"].text


def _changes(numbers: tuple[float, float]) -> tuple[Change, ...]:
    """Return two changes by these numbers."""
    return tuple(Change(number(x), sign_of(x, x), 2) for x in numbers)


compared = st.builds(
    lambda box, numbers: replace(box, changes=_changes(numbers), grad="−1.234e−5 → 0.1235"),
    boxes,
    st.tuples(st.floats(), st.floats()),
)


@given(compared)
def test_a_comparison_has_a_line_for_each_number(box: Box) -> None:
    """Both changes stand on their own lines, right of the numbers, and the box is taller."""
    group = ElementTree.fromstring(drawn(box, 0.0, 100.0, "g1_n7", 0.0))
    lines: dict[str, list[tuple[float, float]]] = {}
    for e in group.iter("text"):
        kinds = e.get("class", "").split()
        if "num" in kinds:
            wide, x = mono(e.text or "", 12), float(e.get("x", "nan"))
            start = x - wide if "end" in kinds else x
            lines.setdefault(e.get("y", ""), []).append((start, start + wide))
    low, high = 100 - height(box) / 2, 100 + height(box) / 2

    assert 2 == len(lines)
    assert all(low < float(y) - 9 and float(y) + 3 < high for y in lines)
    assert all(numbers[1] + 8 <= change[0] for numbers, change in map(sorted, lines.values()))


def test_a_folded_box_says_its_group() -> None:
    """Its key is an attribute, its kind a class; a sum is no stack, another group is."""
    parts = {"number": 7, "role": "folded inner", "output": False, "name": "n", "named": True,
             "value": "1", "grad": "2", "sign": "plus", "hover": ("h",), "count": 9}  # fmt: skip
    neurons = Box(symbol="", group=Group("neuron", "neurons", 16, 'a"<b>'), **parts)
    a_sum = Box(symbol="Σ", group=Group("sum", "sum", 1, "s"), **parts)
    drawings = [ElementTree.fromstring(drawn(b, 0.0, 0.0, "g", 0.0)) for b in (neurons, a_sum)]

    assert ['a"<b>', "s"] == [g.get("data-group") for g in drawings]
    assert "group_neurons" in drawings[0].get("class", "").split()
    edges = [[e for e in g.iter() if e.get("class") == "edge"] for g in drawings]
    assert [3, 1] == [len(some) for some in edges]


@given(st.lists(boxes, max_size=6))
def test_boxes_of_a_picture_share_a_width(some: list[Box]) -> None:
    """No box is narrower than the usual one, and only long texts make one wider."""
    least = usual(some)

    assert all(size(box, least)[0] >= pill(box) + least for box in some)
    assert least <= 170


@pytest.mark.parametrize("role", ["input", "parameter", "constant", "inner"])
def test_an_outline_fills_its_room(role: str) -> None:
    """An outline touches the left and right, top and bottom it was given."""
    path = outline(role, 10.0, 50.0, 100.0, 40.0)
    numbers = path.replace("M", " ").replace("L", " ").replace("z", "").split("h")[0].split()

    assert path.endswith("z")
    assert float(numbers[1]) in (30.0, 50.0)
