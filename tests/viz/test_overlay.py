"""Overlay: what a picture shows of one step of a pass."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from gatenet.viz.folding import whole
from gatenet.viz.overlay import Overlay, overlay_of
from gatenet.viz.scene import Box, Scene, scene
from gatenet.viz.svg import rendered
from viz_samples import GOLDEN, neuron, step, tangle

from gatenet import Circuit, Stepper, Unit
from gatenet.viz import draw

NAMESPACE = "{http://www.w3.org/2000/svg}"


def _shown(stepper: Stepper) -> Scene:
    """Return what a picture of the step shows, nothing folded."""
    return scene(stepper.circuit, whole(len(stepper.circuit)), overlay_of(stepper))


def _named(shown: Scene) -> dict[str, Box]:
    """Return the boxes by name."""
    return {box.name: box for box in shown.boxes}


def test_a_step_is_golden() -> None:
    """The picture of a step is the same, byte for byte, on every machine."""
    golden = (GOLDEN / "step.svg").read_text(encoding="utf-8")

    assert golden == draw(step(), engine="builtin").svg


@pytest.mark.parametrize("seed", [1, 2])
def test_every_step_shows_what_the_stepper_says(seed: int) -> None:
    """At each event: one box at work, dashes for what is to come, the gathered and its count."""
    stepper = Stepper(tangle(25, seed))
    stepper.goto(0)
    for event in stepper:
        shown = _shown(stepper)
        states = [box.number for box in shown.boxes if box.state == "working"]

        assert [event.row] == states
        assert event.sentence in shown.description
        for box in shown.boxes:
            unit = stepper.circuit.units[box.number]
            if unit is None:
                continue
            pulls, there_are = stepper.gathered(unit)
            assert (box.value == "–") != stepper.computed(unit)
            if event.phase == "forward":
                assert "–" == box.grad
                continue
            assert (box.grad == "–") == (stepper.gradient(unit) is None)
            if box.state == "partial" and pulls:
                assert f"{pulls} of {there_are} pull{'s' * (there_are != 1)}" == box.note
            assert (box.state == "done") == (stepper.visited(unit) and unit is not event.unit)


def test_the_pulls_of_the_step_stand_on_their_wires_and_on_no_other() -> None:
    """By hand: 3 × 2 goes to x1 and 3 × 1.5 to w1 at the fifth gate of the neuron."""
    stepper = step()
    shown = _shown(stepper)
    pulls = {shown.boxes[w.tail].name: (w.pull, w.sign) for w in shown.wires if w.pull}
    text = rendered(shown, "builtin")[0]
    root = ElementTree.fromstring(text)
    written = [
        "".join(g.itertext()) for g in root.iter(f"{NAMESPACE}g") if g.get("class") == "pull"
    ]

    assert {"x1": ("6", "plus"), "w1": ("4.5", "plus")} == pulls
    assert sorted(["6", "4.5"]) == sorted(written)


def test_hover_texts_carry_the_chain_rule() -> None:
    """The box at work has the sentence; its wires have value, derivative, upstream and pull."""
    stepper = step()
    shown = _shown(stepper)
    working = next(box for box in shown.boxes if box.state == "working")
    wire = next(w for w in shown.wires if shown.boxes[w.tail].name == "w1")

    assert stepper.event is not None
    assert stepper.event.sentence == working.hover[0]
    assert (
        "w1 → u5",
        "value 2.0",
        "local derivative 1.5",
        "upstream 3.0",
        "pull 4.5",
        "pull 1 of 1 into w1",
    ) == wire.hover


def test_an_upstream_of_zero_says_no_pull() -> None:
    """Where a gate makes no pull from 0, the wire says so, and shows no product."""
    y = Unit(0.0, "y")
    stepper = Stepper((y + 1.0).log() * 0.0)
    stepper.next(2)
    wire = next(w for w in _shown(stepper).wires if w.pull)

    assert ("no pull", "zero") == (wire.pull, wire.sign)
    assert "pull 0.0" in wire.hover


def test_a_wire_that_waits_is_told_by_its_form() -> None:
    """Wires of gates not visited are pending, those at work working, the others done."""
    shown = _shown(step())
    states = {(shown.boxes[w.tail].name, w.state) for w in shown.wires}

    assert ("x1", "working") in states
    assert ("u9", "done") in states
    stepper = Stepper(neuron())
    stepper.next()
    assert ("u8", "pending") in {
        (_shown(stepper).boxes[w.tail].name, w.state) for w in _shown(stepper).wires
    }


def test_a_seeded_output_that_waits_shows_its_seed() -> None:
    """An output that the sweep has not come to yet has its seed, and says so."""
    a = Unit(1.0, "a")
    first, second = a * 2.0, a * 3.0
    first.name = "first"
    stepper = Stepper([first, second], seed=[5.0, 7.0])
    stepper.next()
    box = _named(_shown(stepper))["first"]

    assert ("5", "partial", "seed") == (box.grad, box.state, box.note)


def test_drawing_a_step_moves_and_changes_nothing() -> None:
    """Position, gradients and values are as before."""
    stepper = step()
    units = [unit for unit in stepper.circuit.units if unit is not None]
    before = (stepper.position, [(u.value, u.grad, u.visited) for u in units])
    draw(stepper, engine="builtin")

    assert before == (stepper.position, [(u.value, u.grad, u.visited) for u in units])


def test_a_step_in_a_folded_picture_is_at_its_group() -> None:
    """The group with the gate at work says so, and how far it is."""
    unit = Unit(0.5, "x")
    for _ in range(300):
        unit = unit.tanh() + 0.0
    stepper = Stepper(unit)
    stepper.next(200)
    working = [
        box for box in draw(stepper, engine="builtin", max_units=20).scene.boxes
        if box.state == "working"
    ]  # fmt: skip

    assert 1 == len(working)
    assert working[0].note.startswith("at work, ")
    assert working[0].count > 1


def test_a_stepper_before_its_first_event_is_drawn() -> None:
    """At the very start nothing is computed and nothing at work."""
    stepper = Stepper(neuron(), forward=True)
    shown = _shown(stepper)

    assert "Before event 1 of 17" == shown.caption[0]
    assert {"", "done", "pending"} == {box.state for box in shown.boxes}
    assert {"–"} == {box.value for box in shown.boxes if box.role == "inner"}


def test_the_value_of_an_overlay_replaces_the_circuits() -> None:
    """Rows that an overlay does not name have the circuit's own value."""
    circuit = Circuit(Unit(2.0, "a") * 3.0)
    shown = scene(circuit, whole(3), Overlay(gradients={0: 0.5}, values={2: None}))

    assert ["2", "3", "–"] == [box.value for box in shown.boxes]
    assert ["0.5", None, "–"] == [box.grad for box in shown.boxes]
