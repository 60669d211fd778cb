"""Comparing: two passes in one picture, what changed said first in words."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from gatenet.viz.changes import difference, largest
from gatenet.viz.scene import Box
from hypothesis import given
from hypothesis import strategies as st
from viz_samples import GOLDEN, chain, comparison, neuron

from gatenet import Circuit, Stepper, Unit
from gatenet.errors import FormatError, RangeError, StaleCircuitError, WiringError
from gatenet.viz import compare, draw, snapshot

numbers = st.one_of(st.none(), st.floats())


def _named(boxes: tuple[Box, ...]) -> dict[str, Box]:
    """Return the boxes by name."""
    return {box.name: box for box in boxes}


def test_a_comparison_is_golden() -> None:
    """The picture of an optimizer's step is the same, byte for byte, on every machine."""
    golden = (GOLDEN / "comparison.svg").read_text(encoding="utf-8")

    assert golden == comparison().svg


def test_both_numbers_and_the_change_are_shown() -> None:
    """By hand: a step of 1/16 down the gradient of 3·relu(x1·w1 + x2·w2 + b)."""
    boxes = _named(comparison().scene.boxes)
    found = {
        name: (box.value, box.changes[0].text, box.grad, box.changes[1].text)
        for name, box in boxes.items()
        if name in ("w1", "x1", "b")
    }

    assert {
        "w1": ("2 → 1.719", "−0.2812", "4.5 → 4.5", "0"),
        "x1": ("1.5 → 1.5", "0", "6 → 5.156", "−0.8438"),
        "b": ("−0.5 → −0.6875", "−0.1875", "3 → 3", "0"),
    } == found


def test_the_largest_changes_come_first_in_words() -> None:
    """Caption and description name them with both numbers; their boxes are framed and noted."""
    shown = comparison().scene

    assert "before → after" == shown.caption[0]
    assert shown.caption[1].startswith("Largest changes of value: out 6 → 1.922 (−4.078), u8 ")
    assert "Largest changes of gradient: " in shown.description
    framed = {box.name for box in shown.boxes if box.state == "largest"}
    assert framed == {box.name for box in shown.boxes if "Δ" in box.note}
    assert "out" in framed


def test_analytic_against_numeric() -> None:
    """Gradients given by unit, name and row are held against those of the pass."""
    out = neuron()
    circuit = Circuit(out)
    w1 = circuit.units[circuit.parameters[0]]
    shown = compare(out, {w1: 4.5, "w2": -5.0, circuit.index(out): 1.0}, engine="builtin").scene
    boxes = _named(shown.boxes)

    assert "analytic → numeric" == shown.caption[0]
    assert "No value changed." == shown.caption[1]
    assert ("−6 → −5", "+1") == (boxes["w2"].grad, boxes["w2"].changes[1].text)
    assert ("4.5 → 4.5", "0") == (boxes["w1"].grad, boxes["w1"].changes[1].text)
    assert ("3 → –", "–") == (boxes["b"].grad, boxes["b"].changes[1].text)
    assert "numeric → analytic" == compare({"w2": 0.0}, out, engine="builtin").scene.caption[0]


def test_a_snapshot_stays_what_it_was() -> None:
    """Later writes, passes and zeroing do not reach it, and it keeps no unit."""
    x = Unit(3.0, "x")
    out = x * x
    out.backward()
    kept = snapshot(out)
    x.value = 5.0
    Circuit(out).forward()
    x.zero_grad()

    assert ((3.0, 9.0), (6.0, 1.0)) == (kept.values, kept.gradients)
    assert [] == [unit for unit in kept.units if unit is not None]
    assert "<Snapshot of 2 rows, 2 with a gradient>" == repr(kept)
    assert kept is snapshot(kept)


def test_steppers_are_compared_where_they_stand() -> None:
    """A pass half done against the same pass finished: what has come since is the change."""
    x = Unit(3.0, "x")
    stepper = Stepper(x * x)
    before = snapshot(stepper)
    stepper.finish()
    boxes = _named(compare(before, stepper, engine="builtin").scene.boxes)

    assert ("– → 6", "–") == (boxes["x"].grad, boxes["x"].changes[1].text)


def test_folded_groups_are_compared_by_ranges() -> None:
    """A folded run shows the range before, the range after, and the range of changes."""
    out = chain(300)
    before = snapshot(out)
    circuit = Circuit(out)
    circuit.forward({"x": 0.75})
    box = next(
        box for box in compare(before, circuit, engine="builtin", max_units=30).scene.boxes
        if box.count > 1
    )  # fmt: skip

    assert "−0.5 … 0.5 → −0.75 … 0.75" == box.value
    assert "−0.25 … 0.25" == box.changes[0].text


def test_a_pass_without_gradients_is_said_to_have_none() -> None:
    """Where backward() was not called nothing is said to be unchanged, but what to call."""

    def said(before: bool, after: bool) -> str:
        sides = [Unit(3.0, "x") * 2.0 for _ in range(2)]
        for side, visited in zip(sides, (before, after), strict=True):
            if visited:
                side.backward()
        return compare(*sides, engine="builtin").scene.caption[2]

    assert "The second pass has no gradients: call backward() first." == said(True, False)
    assert "The first pass has no gradients: call backward() first." == said(False, True)
    assert "Neither pass has gradients: call backward() first." == said(False, False)
    assert "No gradient changed." == said(True, True)


def test_a_stale_side_is_refused() -> None:
    """Numbers from before and after a write are no pass; replayed, they are one."""
    x = Unit(3.0, "x")
    out = x * x
    before = snapshot(out)
    stepper = Stepper(out)
    stepper.finish()
    x.value = 5.0
    for what in (out, Circuit(out), stepper):
        with pytest.raises(StaleCircuitError, match=r"before unit .x. .* was written"):
            snapshot(what)
        with pytest.raises(StaleCircuitError, match=r"Replay it with Circuit"):
            compare(before, what)
    Circuit(out).forward()

    assert "3 → 5" == _named(compare(before, out, engine="builtin").scene.boxes)["x"].value


def test_gradients_of_other_units_are_not_compared() -> None:
    """Where no unit has a gradient on both sides, that is said instead of "no change"."""
    out = Unit(3.0, "x") * 2.0
    caption = compare({"x": 2.0}, snapshot(out).with_gradients({out: 1.0}), engine="builtin")

    assert "No unit has a gradient in both passes." == caption.scene.caption[2]


def test_circuits_wired_otherwise_are_refused() -> None:
    """The error says which row differs, and what to do."""
    a = Unit(1.0, "a")
    with pytest.raises(WiringError, match=r"row 2 is add of rows \[0, 1\] before and multiply"):
        compare(a + 2.0, a * 2.0)
    with pytest.raises(WiringError, match="a circuit of 3 rows with one of 5"):
        compare(a + 2.0, a * 2.0 + 1.0)


@pytest.mark.parametrize("key", ["nobody", "twin", 99, -1, 1.5, Unit(1.0)])
def test_a_gradient_of_nobody_is_refused(key: object) -> None:
    """A key must be one unit: the error says how many were found."""
    out = Unit(1.0, "twin") + Unit(2.0, "twin")
    with pytest.raises(WiringError, match=r"^\d units of this circuit are called"):
        compare(out, {key: 1.0})


def test_mistakes_are_refused_before_any_work() -> None:
    """A wrong ending or number of boxes is found before the circuits are looked at."""
    with pytest.raises(FormatError, match=r"'x\.png'"):
        compare(None, None, "x.png")
    with pytest.raises(RangeError, match="max_units got 2"):
        compare(None, None, max_units=2)


def test_names_and_path(tmp_path: Path) -> None:
    """The sides are called as asked, whatever the text, and the picture is saved."""
    out = neuron()
    drawing = compare(out, out, tmp_path / "c.svg", names=("<1>", "2"), engine="builtin")

    assert ("<1> → 2", "No value changed.", "No gradient changed.") == drawing.scene.caption
    assert drawing.svg == (tmp_path / "c.svg").read_text(encoding="utf-8")


@given(numbers, numbers)
def test_a_difference_is_after_less_before(a: float | None, b: float | None) -> None:
    """None where one is missing, 0 where nothing changed, else what was added."""
    found = difference(a, b)

    assert (found is None) == (a is None or b is None)
    if a is not None and b is not None:
        same = a == b or (math.isnan(a) and math.isnan(b))
        assert (found == 0.0) if same or b - a == 0 else (found == b - a or math.isnan(b - a))


def test_the_largest_changes_are_by_size_and_broken_ones_first() -> None:
    """Zero and missing changes are none; nan comes before any number; ties in order of rows."""
    changes = {0: 0.0, 1: -3.0, 2: 2.0, 3: None, 4: math.nan, 5: 3.0}

    assert [4, 1, 5] == largest(changes)
    assert [] == largest({0: 0.0, 1: None})


def test_a_plain_picture_has_no_trace_of_it() -> None:
    """Comparing leaves no mark on units: the next picture is as before."""
    out = neuron()
    before = draw(out, engine="builtin").svg
    compare(out, {"w1": 0.0}, engine="builtin")

    assert before == draw(out, engine="builtin").svg
