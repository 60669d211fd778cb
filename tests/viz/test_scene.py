"""Scene: what a picture shows of each unit, wire and folded run."""

from __future__ import annotations

import math

import pytest
from gatenet.viz.scene import Box, Scene
from viz_samples import chain, neuron, seen

from gatenet import Circuit, Unit
from gatenet.gates import total
from gatenet.viz import draw


def _by_name(shown: Scene) -> dict[str, Box]:
    """Return the boxes by the name they show."""
    return {box.name: box for box in shown.boxes}


def test_units_show_name_value_and_gradient() -> None:
    """Every unit of the neuron is shown with the numbers worked out by hand."""
    boxes = _by_name(seen(Circuit(neuron()), 500))
    found = {name: (box.value, box.grad, box.sign) for name, box in boxes.items() if box.named}

    assert {
        "x1": ("1.5", "6", "plus"),
        "x2": ("−2", "0.75", "plus"),
        "w1": ("2", "4.5", "plus"),
        "w2": ("0.25", "−6", "minus"),
        "b": ("−0.5", "3", "plus"),
        "out": ("6", "1", "plus"),
    } == found


def test_roles_are_told_apart() -> None:
    """Inputs, parameters, constants, inner units and outputs are known as such."""
    boxes = seen(Circuit(neuron()), 500).boxes
    roles = {(box.role, box.output) for box in boxes}

    assert {
        ("input", False),
        ("parameter", False),
        ("constant", False),
        ("inner", False),
        ("inner", True),
    } == roles
    assert [None] == [box.grad for box in boxes if box.role == "constant"]


def test_an_unvisited_unit_has_a_dash_and_a_visited_one_its_zero() -> None:
    """What backward has not reached shows a dash; a gradient that is 0 shows 0."""
    a, b = Unit(-1.0, "a"), Unit(2.0, "b")
    out = a.relu() + b

    before = _by_name(seen(Circuit(out), 500))
    assert {"–"} == {box.grad for box in before.values()}
    assert {"unvisited"} == {box.sign for box in before.values()}

    out.backward()
    after = _by_name(seen(Circuit(out), 500))
    assert ("0", "zero") == (after["a"].grad, after["a"].sign)
    assert ("1", "plus") == (after["b"].grad, after["b"].sign)


def test_the_hover_text_has_every_digit_and_the_local_derivatives() -> None:
    """Value, gradient and partials are in the hover text as Python writes them."""
    a, b = Unit(0.1, "a"), Unit(3.0, "b")
    out = a * b
    out.name = "q"
    out.backward()
    hover = _by_name(seen(Circuit(out), 500))["q"].hover

    assert "q = multiply(a, b)" in hover
    assert f"value {0.1 * 3.0!r}" in hover
    assert "∂q/∂a = 3.0" in hover
    assert "∂q/∂b = 0.1" in hover


def test_a_wire_says_the_chain_rule_along_it() -> None:
    """Hover text has both ends, value, local derivative, upstream, pull; a constant no pull."""
    a = Unit(2.0, "a")
    out = a * 5.0
    before = {wire.hover for wire in seen(Circuit(out), 500).wires}
    out.backward(3.0)
    after = {wire.hover for wire in seen(Circuit(out), 500).wires}

    assert {("a → u2", "value 2.0", "local derivative 5.0"), ("5.0 → u2",)} == before
    assert (
        "a → u2",
        "value 2.0",
        "local derivative 5.0",
        "upstream 3.0",
        "pull 15.0",
    ) in after


def test_an_operand_used_twice_has_two_wires() -> None:
    """`a * a` is drawn with two wires, as both of them pull."""
    a = Unit(2.0, "a")

    assert [(0, 1), (0, 1)] == [(w.tail, w.head) for w in seen(Circuit(a * a), 500).wires]


def test_many_operands_are_summed_up_in_words() -> None:
    """The hover text of a gate with hundreds of operands lists some and counts the rest."""
    units = [Unit(float(i)) for i in range(300)]
    hover = seen(Circuit(total(*units)), 500).boxes[-1].hover

    assert "… and 288 more" in hover
    assert len(hover) < 20


@pytest.mark.parametrize("grad", [math.nan, math.inf])
def test_a_gradient_that_is_not_finite_is_marked(grad: float) -> None:
    """nan and infinity are neither positive nor negative, but broken."""
    a = Unit(1.0, "a")
    out = a * 1.0
    out.backward(grad)

    assert "broken" == _by_name(seen(Circuit(out), 500))["a"].sign


def test_a_folded_run_says_how_many_and_between_what() -> None:
    """A folded box has the count and the range of its values and gradients."""
    x = Unit(1.0, "x")
    unit = x
    for _ in range(200):
        unit = -(unit + 0.0)
    unit.backward()
    shown = seen(Circuit(unit), 60)
    run = next(box for box in shown.boxes if box.role == "folded inner")

    assert f"… {run.count} gates …" == run.name
    assert ("−1 … 1", "−1 … 1", "mixed") == (run.value, run.grad, run.sign)
    assert sum(box.count for box in shown.boxes) == 601
    assert f"{sum(b.count for b in shown.boxes if b.count > 1)} of 601 units folded" == shown.note


def test_wires_of_a_folded_run_are_merged_and_counted() -> None:
    """All wires between two boxes become one that says how many they are."""
    leaves = [Unit(1.0) for _ in range(700)]
    shown = seen(Circuit(total(*leaves)), 100)

    assert [700] == [wire.count for wire in shown.wires]
    assert [("700 wires",)] == [wire.hover for wire in shown.wires]


def test_title_and_description_say_the_circuit_in_words() -> None:
    """Somebody who cannot see the picture is told what it is of."""
    shown = seen(Circuit(neuron()), 500)

    assert "Circuit of 6 gates, 2 inputs, 3 parameters, 1 constant" == shown.title
    assert "Outputs: out = 6." in shown.description


def test_outputs_in_the_middle_are_marked() -> None:
    """A unit that is an output and also an operand is drawn as an output."""
    a = Unit(1.0, "a")
    b = a + 1.0
    boxes = seen(Circuit([b, b * 2.0, a]), 500).boxes

    assert [True, False, True, False, True] == [box.output for box in boxes]


def test_a_chain_longer_than_allowed_is_folded() -> None:
    """The boxes never outnumber `max_units`."""
    assert len(seen(Circuit(chain(3000)), 50).boxes) <= 50


def test_a_constant_is_drawn_in_full() -> None:
    """A factor of 1.0001 is not shown as 1: the arithmetic in a picture must come out."""
    unit = Unit(2.0, "x") * 1.0001

    assert "1.0001" in draw(unit, engine="builtin").svg
