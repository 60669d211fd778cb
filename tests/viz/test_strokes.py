"""Strokes: wires that can be pointed at, and numbers beside them that can be read."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest
from gatenet.viz.frames import Series, series
from gatenet.viz.setting import wrapped
from gatenet.viz.shapes import height, pill
from gatenet.viz.strokes import MARGIN, Span, pulls, strokes
from viz_samples import neuron, tangle

from gatenet import Stepper, Unit
from gatenet.gates import total
from gatenet.nn import MLP
from gatenet.viz import draw


def _labels(found: Series, k: int) -> list[tuple[str, Span]]:
    """Return the numbers on the wires of frame k and their places."""
    labels = []
    for part in pulls(found.scenes[k], found.layout, found.room):
        rect, text, *_ = ElementTree.fromstring(part)
        x, y, wide, tall = (float(rect.get(a, "nan")) for a in ("x", "y", "width", "height"))
        labels.append((text.text or "", Span(x, y, x + wide, y + tall)))
    return labels


@pytest.mark.parametrize("make", [neuron, lambda: tangle(18, 2)[-1], lambda: tangle(18, 7)[-1]])
def test_no_number_lies_on_a_box_or_another_number(make: object) -> None:
    """At every step each pull has a place of its own on its wire."""
    found = series(make(), "builtin")  # type: ignore[operator]
    boxes = [
        Span(x + MARGIN, y + MARGIN - height(b) / 2, x + MARGIN + pill(b) + w, y + MARGIN)
        for b, (x, y), w in zip(
            found.scenes[0].boxes, found.layout.places, found.room.widths, strict=True
        )
    ]
    seen = 0
    for k in range(len(found.scenes)):
        spans = [span for _, span in _labels(found, k)]
        seen += len(spans)
        assert all(span.overlap(box) == 0 for span in spans for box in boxes), k
        assert all(a.overlap(b) == 0 for a, b in combinations(spans, 2)), k
    assert seen


@pytest.mark.parametrize(
    ("f", "said"), [(lambda x: x * x, ["2×3"]), (lambda x: x - x, ["1", "−1"])]
)
def test_pulls_over_two_wires_to_one_operand_stand_together(f: object, said: list[str]) -> None:
    """`x * x` pulls twice at x: neither number hides the other, equal ones are counted."""
    found = series(f(Unit(3.0, "x")), "builtin")  # type: ignore[operator]
    parts = [ElementTree.fromstring(p) for p in pulls(found.scenes[1], found.layout, found.room)]

    assert [said] == [[e.text for e in part if e.tag == "text"] for part in parts]


def test_every_wire_has_a_wide_hover_area_on_its_own_line() -> None:
    """A wire's group has a title, its line, and the same line again for pointing at."""
    found = series(neuron(), "builtin")
    groups = [ElementTree.fromstring(part) for part in strokes(found.scenes[-1], found.layout)]
    wires = [g for g in groups if "wire" in g.get("class", "").split()]

    assert 11 == len(wires)
    for wire in wires:
        title, line, hit = wire
        assert (title.tag, line.get("d"), hit.get("class")) == ("title", hit.get("d"), "hit")
        assert re.search(r"\bfrom_n\d+ to_n\d+\b", wire.get("class", ""))
    assert ".wire>.hit{stroke:transparent;stroke-width:14;" in draw(neuron()).svg


def test_a_pull_on_a_shared_rail_is_drawn_along_it() -> None:
    """A working wire that branches from a trunk is drawn from its operand all the way."""
    x = Unit(0.5, "x")
    unit = x
    for _ in range(4):
        unit = unit.tanh()
    stepper = Stepper(unit * x + x.exp())
    found = series(stepper, "builtin")
    tail = [box.name for box in found.scenes[0].boxes].index("x")
    start = found.layout.trunks[tail][0]
    frame = next(s for s in found.scenes if any(w.pull and w.tail == tail for w in s.wires))
    working = [part for part in strokes(frame, found.layout) if f"from_n{tail} " in part]
    lines = [re.search(r' d="M([\d.]+) ([\d.]+)', part) for part in working if " working" in part]

    assert lines
    for found_ in lines:
        assert found_
        assert abs(float(found_[1]) - start[0] - MARGIN) < 0.1
        assert abs(float(found_[2]) - start[1] - MARGIN) < 0.1


def test_many_pulls_stand_near_their_operands() -> None:
    """A sum of many has each number nearer to the operand that gets it than to the gate."""
    found = series(total(*[Unit(float(i), f"x{i}") for i in range(12)]), "builtin")
    places = dict(enumerate(found.layout.places))
    half = (places[0][0] + found.room.widths[0] + places[12][0]) / 2 + MARGIN
    labels = _labels(found, 1)

    assert 12 == len(labels)
    assert all((span.left + span.right) / 2 < half for _, span in labels)


def test_captions_are_wrapped_and_long_words_cut() -> None:
    """No line is wider than the room; nothing but too long a word loses letters."""
    words = ["one", "two", "three", "four", "five", "six", "seven"]

    assert words == " ".join(wrapped([" ".join(words)], 90, 12)).split()
    assert wrapped(["x" * 500], 90, 12)[0].endswith("…")
    assert ["", "a"] == wrapped(["", "a"], 90, 12)


def test_counts_of_crowded_wires_never_lie_on_one_another() -> None:
    """Between two full layers only counts that find room are written, and wires are thin."""
    model = MLP(2, [12, 12, 1], rng=0)
    rows = [model([0.1 * k, 0.2])[0] for k in range(3)]
    svg = draw(total(rows), max_units=60, engine="builtin").svg
    counts = [
        (float(rect.get("x", "nan")), float(rect.get("y", "nan")))
        for group in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}g")
        if "count" in group.get("class", "").split()
        for rect in group.iter("{http://www.w3.org/2000/svg}rect")
    ]

    assert len(counts) > 10
    assert ' class="wire thin ' in svg
    for k, (x, y) in enumerate(counts):
        assert all(abs(x - u) > 15 or abs(y - v) > 15 for u, v in counts[:k])
