"""Asides: what a picture says about itself below its boxes."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from viz_samples import PAYLOADS, chain, neuron, tangle

from gatenet import Circuit, Stepper, Unit
from gatenet.nn import MLP
from gatenet.texts import shown
from gatenet.viz import Drawing, draw

NAMESPACE = "{http://www.w3.org/2000/svg}"


def _lines(drawing: Drawing) -> list[ElementTree.Element]:
    """Return the lines below the boxes."""
    root = ElementTree.fromstring(drawing.svg)
    return [line for e in root.iter() if e.get("class") == "caption" for line in e]


def _written(drawing: Drawing) -> list[str]:
    """Return the texts of the lines below the boxes."""
    return [line.text or "" for line in _lines(drawing)]


def test_old_values_are_drawn_and_said_to_be_old() -> None:
    """After a write the picture keeps the old numbers and says what they are older than."""
    x = Unit(3.0, "x")
    out = x * 2.0 + 1.0
    assert () == draw(out, engine="builtin").scene.caption
    x.value = 5.0
    drawing = draw(out, engine="builtin")
    said = "Values are older than a write to x: replay with Circuit(loss).forward()."

    assert (said,) == drawing.scene.caption
    assert said == " ".join(_written(drawing))
    assert drawing.scene.description.endswith(said)
    assert said in (ElementTree.fromstring(drawing.svg).findtext(f"{NAMESPACE}desc") or "")
    assert {"said"} == {e.get("class") for e in _lines(drawing)}

    Circuit(out).forward()
    assert () == draw(out, engine="builtin").scene.caption


def test_values_older_than_a_replay_of_a_part_are_said_to_be() -> None:
    """A gate in common that another circuit has replayed makes what follows it old."""
    x = Unit(3.0, "x")
    part = x * 2.0
    out = part + 1.0
    Circuit(part).forward({"x": 4.0})

    assert "older than a replay of u2:" in draw(out, engine="builtin").scene.caption[0]


@pytest.mark.parametrize("name", PAYLOADS)
def test_no_name_breaks_out_of_an_aside(name: str) -> None:
    """The written unit is called by its name, made safe; the document stays well-formed."""
    leaf = Unit(3.0, name)
    out = leaf * leaf
    leaf.value = 1.0
    drawing = draw(out, engine="builtin")

    assert shown(name or "u0", 40) in drawing.scene.caption[0]
    assert "older" in " ".join(_written(drawing))


def test_a_stepper_is_old_only_where_it_does_not_replay() -> None:
    """A forward half computes the new values itself; a finished pass that was written to is old."""
    out = neuron()
    leaf = Circuit(out).units[0]
    assert leaf is not None
    leaf.value = 2.0
    stepper = Stepper(out, forward=True)
    for _ in stepper:
        assert "older" not in " ".join(draw(stepper, engine="builtin").scene.caption)
    leaf.value = 3.0

    assert "older than a write to" in draw(stepper, engine="builtin").scene.caption[-1]


def test_opening_where_nothing_is_folded_is_said_to_do_nothing() -> None:
    """The picture is the same but for the words; opened boxes that were folded leave none."""
    out = neuron()
    drawing = draw(out, engine="builtin", open="out")
    said = "Nothing is folded here that open= could open: depth=2 draws layers, depth=3 neurons."

    assert (said,) == drawing.scene.caption
    assert draw(out, engine="builtin").scene.boxes == drawing.scene.boxes
    assert said in " ".join(_written(drawing))
    folded = draw(out, engine="builtin", depth=1)
    keys = [box.group.key for box in folded.scene.boxes if box.group]
    assert keys
    assert () == draw(out, engine="builtin", depth=1, open=keys).scene.caption


@pytest.mark.parametrize(("depth", "most", "mend"), [(4, 20, "max_units=62 draws every gate")])
def test_a_depth_that_does_not_fit_is_said_to_be_folded(depth: int, most: int, mend: str) -> None:
    """`max_units` wins over `depth`; the number that the picture names is enough."""
    out = chain(61)
    drawing = draw(out, engine="builtin", depth=depth, max_units=most)

    assert (
        f"More boxes at depth={depth} than max_units={most}, so it is folded further: {mend}.",
    ) == drawing.scene.caption
    whole = draw(out, engine="builtin", depth=depth, max_units=62)
    assert () == whole.scene.caption
    assert 62 == len(whole.scene.boxes)


def test_a_coarser_depth_that_does_not_fit_is_said_to_be_folded() -> None:
    """At depth 3, what has no neurons is as many boxes as gates."""
    caption = draw(tangle(60, seed=3), engine="builtin", depth=3, max_units=8).scene.caption

    assert "More boxes at depth=3 than max_units=8" in caption[0]
    assert caption[0].endswith("a larger max_units shows it.")


def test_parameters_that_share_a_box_are_not_said_to_be_too_many() -> None:
    """A layer's parameters are one box at depth 2, whatever there is room for."""
    model = MLP(2, [3, 1], rng=0)
    outputs = [out for row in range(2) for out in model([0.5, float(row)])]
    drawing = draw(outputs, engine="builtin", depth=3)

    assert "run" in {box.group.kind for box in drawing.scene.boxes if box.group}
    assert () == drawing.scene.caption
