"""Folded pictures: what `draw` makes of depth, open, around and models."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from fold_samples import PICTURES, network, recurrent
from hypothesis import given, settings
from viz_samples import GOLDEN, neuron, texts
from wirings import wirings

from gatenet import Circuit, Unit
from gatenet.circuit import Row
from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.nn import MLP, Module
from gatenet.viz import draw


@pytest.mark.parametrize("name", PICTURES)
def test_folded_pictures_are_golden(name: str) -> None:
    """The built-in picture and its DOT text are the same, byte for byte, on every machine."""
    drawing = PICTURES[name]()

    assert (GOLDEN / f"{name}.svg").read_text(encoding="utf-8") == drawing.svg
    assert (GOLDEN / f"{name}.dot").read_text(encoding="utf-8") == drawing.source


def test_wires_between_folded_boxes_are_counted_and_lose_none() -> None:
    """Every wire of the circuit is within a box or counted on one wire of the picture."""
    out = network()
    rows = Circuit(out).rows
    wires = sum(len(row.operands) for row in rows)
    gates = draw(out, depth=4, engine="builtin").scene
    layers = draw(out, depth=2, engine="builtin").scene

    assert wires == sum(wire.count for wire in gates.wires)
    assert sum(box.count for box in layers.boxes) == len(rows)
    assert 3 * 3 * 4 in {wire.count for wire in layers.wires}


def test_a_key_in_the_picture_opens_its_box() -> None:
    """What stands in data-group, `open=` takes, and the picture gets larger."""
    svg = draw(network(), depth=1, engine="builtin").svg
    keys = re.findall(r'data-group="([^"]*)"', svg)
    drawn = [len(draw(network(), depth=1, open=key, engine="builtin").scene.boxes) for key in keys]

    assert "model" in keys
    assert all(n > len(draw(network(), depth=1, engine="builtin").scene.boxes) for n in drawn)


def test_steps_of_a_recurrent_model_stay_apart() -> None:
    """A cell applied again on its own output is a box for each time, with keys of their own."""
    drawing = draw(recurrent(4), depth=2, engine="builtin")
    groups = [box.group for box in drawing.scene.boxes if box.group]

    assert 4 == sum(group.title == "wh.neurons" for group in groups)
    assert len(groups) == len({group.key for group in groups})


def test_a_long_recurrent_model_shows_its_first_and_last_steps() -> None:
    """What has too many boxes in a row is folded in the middle, to the width of a page."""
    drawing = draw(recurrent(300), max_units=500, engine="builtin")
    wide = float(re.findall(r'viewBox="0 0 ([\d.]+)', drawing.svg)[0])

    assert wide < 3000
    assert any(box.group and box.group.kind == "run" for box in drawing.scene.boxes)


@settings(max_examples=15)
@given(wirings(30), texts)
def test_hostile_names_fold_and_stay_well_formed(rows: list[Row], text: str) -> None:
    """Whatever parameters are called, keys and titles are shown and cannot become markup."""
    units: list[Unit] = []
    for row in rows:
        if row.gate is None:
            leaf = Unit(0.5, row.name, role="parameter" if row.role == "parameter" else "input")
            if row.role == "parameter":
                leaf.name = f"{text}.{row.name}"
            units.append(leaf)
        else:
            units.append(row.gate(*[units[operand] for operand in row.operands]))
    for depth in (1, 3):
        drawing = draw(units[-1], depth=depth, engine="builtin")
        tags = {
            element.tag.partition("}")[2] for element in ElementTree.fromstring(drawing.svg).iter()
        }
        keys = [box.group.key for box in drawing.scene.boxes if box.group]

        assert tags <= {
            "svg",
            "title",
            "desc",
            "style",
            "rect",
            "path",
            "g",
            "text",
            "line",
            "circle",
        }
        for key in keys:
            draw(units[-1], depth=depth, open=key, engine="builtin")


@pytest.mark.parametrize(
    ("given_", "kind", "said"),
    [
        ({"depth": 0}, RangeError, r"depth got 0; it is 1 for modules"),
        ({"depth": 5}, RangeError, r"depth got 5"),
        ({"depth": True}, RangeError, r"depth got True"),
        ({"depth": "2"}, RangeError, r"depth got '2'"),
        ({"max_units": True}, RangeError, r"max_units got True"),
        ({"radius": -1}, RangeError, r"radius got -1; it is how many gates away"),
        ({"radius": 1.5}, RangeError, r"radius got 1\.5"),
        ({"around": "nobody"}, WiringError, r"around= got 'nobody': it is not in the circuit"),
        ({"around": 3}, OperandError, r"around= got 3; give a unit or its name"),
        ({"open": "nobody"}, WiringError, r"open= got 'nobody', which is no folded box"),
        ({"open": 3}, OperandError, r"open= got 3; give a unit or its name"),
        ({"open": [Unit(1.0, "z")]}, WiringError, r"open= got unit 'z': it is not in the circuit"),
    ],
)
def test_wrong_arguments_say_what_is_right(given_: Any, kind: type, said: str) -> None:
    """Each error shows the value and the mend."""
    with pytest.raises(kind, match=said):
        draw(neuron(), engine="builtin", **given_)


def test_models_show_themselves_in_a_notebook() -> None:
    """A model whose inputs are known gives its picture, another its text alone."""
    bundle = MLP(2, [3, 1], rng=0)._repr_mimebundle_()

    assert "<svg" in bundle["text/html"]
    assert "MLP(2, [3, 1], 'relu')" == bundle["text/plain"]
    assert {"text/plain": "Module()"} == Module()._repr_mimebundle_()


@pytest.mark.slow
def test_sixty_thousand_gates_are_drawn_folded() -> None:
    """With names by layers, without by equal neurons: a small picture either way."""
    model = MLP(8, [20, 20, 1], rng=0, expand=True)
    out = sum(model([0.5] * 8)[0] for _ in range(52))
    named = draw(out, max_units=40, engine="builtin").scene
    for parameter in model.parameters():
        parameter.name = None
    plain = draw(out, max_units=40, engine="builtin").scene

    assert len(named.boxes) <= 40
    assert len(plain.boxes) <= 40
    assert "layers.1.neurons ×20" in {box.name for box in named.boxes}
    assert any(box.name.startswith("neuron ×1,040") for box in plain.boxes)
