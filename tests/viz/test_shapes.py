"""Shapes: every text of a box is inside its box."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from gatenet.viz.labels import mono, number, width
from gatenet.viz.scene import Box
from gatenet.viz.shapes import body, drawn, outline, pill, size, usual
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
)


@given(boxes, st.floats(0, 150))
def test_no_text_is_wider_than_its_box(box: Box, least: float) -> None:
    """By the same estimates, name, value and gradient stay within the outline, apart."""
    group = ElementTree.fromstring(drawn(box, 0.0, 50.0, "g1_n7", least))
    left, right = pill(box), pill(box) + body(box, least)
    spans = {}
    for text in group.iter("text"):
        kinds = text.get("class", "").split()
        if "symbol" in kinds:
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
