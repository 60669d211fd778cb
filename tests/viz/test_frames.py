"""Frames: one picture for each event, in which nothing moves."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from gatenet.viz.frames import series
from viz_samples import neuron, step, tangle

from gatenet import Circuit, Stepper, Unit
from gatenet.errors import RangeError
from gatenet.viz import frames

NAMESPACE = "{http://www.w3.org/2000/svg}"


def _where(root: ElementTree.Element) -> list[object]:
    """Return everything that has a place: size, outlines, gates and wires."""
    wires = {
        re.sub(r" (working|done|pending|plus|minus|zero).*", "", g.get("class", "")): path.get("d")
        for g in root.iter(f"{NAMESPACE}g")
        if g.get("class", "").startswith("wire")
        for path in g
        if path.get("class") == "hit"
    }
    edges = [e.get("d") for e in root.iter() if e.get("class") == "edge"]
    gates = [(e.get("x"), e.get("y")) for e in root.iter() if e.get("class") == "gate"]
    return [root.get("viewBox"), sorted(wires.items()), edges, gates]


def test_there_is_a_frame_for_each_event_with_its_sentence(tmp_path: Path) -> None:
    """Files are in the order of their names, and each says its event in its description."""
    stepper = Stepper(neuron())
    paths = frames(stepper, tmp_path / "new", engine="builtin")
    stepper.goto(0)
    events = list(stepper)

    assert sorted(paths) == paths
    assert ["event-01.svg", "event-17.svg"] == [paths[0].name, paths[-1].name]
    assert len(events) == len(paths)
    for event, path in zip(events, paths, strict=True):
        root = ElementTree.parse(path).getroot()
        assert event.sentence in (root.findtext(f"{NAMESPACE}desc") or "")


def test_nothing_moves_from_frame_to_frame(tmp_path: Path) -> None:
    """Size, outlines, gates and wires have one place in all of them."""
    paths = frames(tangle(15, 3), tmp_path, engine="builtin")
    places = [_where(ElementTree.parse(path).getroot()) for path in paths]

    assert [places[0]] * len(places) == places
    assert places[0][1]


def test_the_stepper_is_left_where_it_stood(tmp_path: Path) -> None:
    """Position, stop and every gradient are as before, to the bit."""
    stepper = step()
    stepper.break_at("nan")
    units = [unit for unit in stepper.circuit.units if unit is not None]
    before = (stepper.position, stepper.stop, [(u.value, u.grad, u.visited) for u in units])
    frames(stepper, tmp_path, engine="builtin")

    assert before == (stepper.position, stepper.stop, [(u.value, u.grad, u.visited) for u in units])


def test_a_loss_keeps_its_gradients(tmp_path: Path) -> None:
    """Drawing a pass adds nothing to anybody's gradient."""
    x = Unit(3.0, "x")
    out = x * x
    frames(out, tmp_path, engine="builtin")
    assert [False, False] == [x.visited, out.visited]
    out.backward()
    frames(Circuit(out), tmp_path, engine="builtin")

    assert 6.0 == x.grad


def test_the_frames_are_the_same_each_time(tmp_path: Path) -> None:
    """Drawn twice, from wherever the stepper stands, the files have the same bytes."""
    once = [path.read_bytes() for path in frames(step(), tmp_path / "a", engine="builtin")]
    twice = [path.read_bytes() for path in frames(neuron(), tmp_path / "b", engine="builtin")]

    assert once == twice


def test_one_scale_and_one_legend_for_all() -> None:
    """Strengths are measured by the largest gradient of the whole pass."""
    found = series(neuron(), "builtin")

    assert {0} == {scene.top for scene in found.scenes}
    signs = [entry.sample for entry in found.room.entries]
    assert {"plus", "minus", "working", "partial", "pending"} <= set(signs)


def test_too_long_a_pass_is_refused_before_it_begins(tmp_path: Path) -> None:
    """The error says how long it is, and what shows it all; no folder is made."""
    with pytest.raises(RangeError, match=r"a pass of 17 events is longer than the 16 .* most="):
        frames(neuron(), tmp_path / "new", most=16)

    assert [] == list(tmp_path.iterdir())
