"""Drawing: the one call that makes a picture."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from viz_samples import chain, neuron, tangle

from gatenet import Circuit, Unit
from gatenet.declaration import gate
from gatenet.errors import FormatError, RangeError
from gatenet.nn import MLP
from gatenet.viz import Drawing, draw

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import sys
sys.path.insert(0, "tests/viz")
from viz_samples import tangle
from gatenet.viz import draw
drawing = draw(tangle(60, seed=3), engine="builtin")
print(drawing.svg + drawing.source)
assert not {"graphviz", "pygraphviz", "matplotlib", "numpy"} & set(sys.modules)
"""


def test_a_unit_several_units_and_a_circuit_are_drawn_alike() -> None:
    """What ends in a unit can be drawn by the unit, a list of it, or its circuit."""
    out = neuron()
    drawings = [draw(what, engine="builtin") for what in (out, [out], Circuit(out))]

    assert 1 == len({drawing.svg for drawing in drawings})


def test_a_drawing_says_what_it_is() -> None:
    """Its repr has its size and the engine that ran."""
    assert "<Drawing: 12 boxes, 11 wires, engine 'builtin'>" == repr(
        draw(neuron(), engine="builtin")
    )


@pytest.mark.parametrize(
    ("name", "attribute"), [("a.svg", "svg"), ("a.dot", "source"), ("a.gv", "source")]
)
def test_a_path_says_the_form(name: str, attribute: str, tmp_path: Path) -> None:
    """`draw(unit, path)` writes SVG or DOT by the ending, and returns the drawing as well."""
    drawing = draw(neuron(), tmp_path / name, engine="builtin")

    assert getattr(drawing, attribute) == (tmp_path / name).read_text(encoding="utf-8")


def test_a_wrong_ending_is_refused_before_any_work() -> None:
    """The error comes even before the circuit is looked at."""
    with pytest.raises(FormatError, match=r"'x\.png'.* use \.svg or \.dot or \.gv"):
        draw(None, "x.png")  # type: ignore[arg-type]


@pytest.mark.parametrize("most", [3, 0, -1, 2.5, "500", True])
def test_max_units_must_be_a_number_of_boxes(most: object) -> None:
    """Fewer than four boxes, or no whole number, is an error that shows the value."""
    with pytest.raises(RangeError, match=f"max_units got {most!r}"):
        draw(neuron(), max_units=most)  # type: ignore[arg-type]


def test_a_picture_is_the_same_in_every_process() -> None:
    """Two processes with other hash seeds write the same bytes, and import no drawing package."""
    made = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            capture_output=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for seed in ("1", "2")
    ]

    assert made[0] == made[1]
    assert len(made[0]) > 10_000


def test_a_gate_of_ones_own_is_drawn_with_its_symbol() -> None:
    """A gate declared in a user's file needs nothing more to be in pictures."""

    @gate(symbol="<½>", textbook="x / 2", partials=lambda z, x: 0.5)
    def picture_half(x):  # type: ignore[no-untyped-def]
        """Halve a value."""
        return x / 2

    root = ElementTree.fromstring(draw(picture_half(Unit(3.0)), engine="builtin").svg)
    words = [e.text for e in root.iter() if e.get("class") == "symbol"]

    assert ["<½>"] == words


def test_a_single_unit_is_a_picture() -> None:
    """A unit that no gate made is drawn alone, as an input and the output."""
    drawing = draw(Unit(1.0, "alone"), engine="builtin")

    assert (1, 0) == (len(drawing.scene.boxes), len(drawing.scene.wires))
    assert "alone" in drawing.svg


def test_units_show_themselves_in_a_notebook() -> None:
    """A unit's and a circuit's own bundle is that of their drawing."""
    out = neuron()

    pictures = {x._repr_mimebundle_()["image/svg+xml"] for x in (out, draw(out), Circuit(out))}

    assert 1 == len(pictures)


def test_drawing_changes_nothing() -> None:
    """Values, gradients and names are as they were before the picture."""
    out = neuron()
    units = [unit for unit in Circuit(out).units if unit is not None]
    before = [(u.value, u.grad, u.name, u.visited) for u in units]
    draw(out, engine="builtin")

    assert before == [(u.value, u.grad, u.name, u.visited) for u in units]


def test_a_circuit_past_the_limit_says_so() -> None:
    """The picture itself says how much of the circuit is folded."""
    drawing = draw(chain(5000), engine="builtin", max_units=100)

    assert drawing.scene.note.endswith(" of 5,001 units folded")
    assert drawing.scene.note in drawing.svg


@pytest.mark.slow
def test_a_million_gates_are_drawn_folded() -> None:
    """A chain of a million gates comes out as a small picture, with the default stack."""
    limit = sys.getrecursionlimit()
    drawing = draw(chain(1_000_000), engine="builtin")

    assert sys.getrecursionlimit() == limit <= 1000
    assert len(drawing.scene.boxes) < 100
    assert len(drawing.svg) < 200_000


def test_several_hundred_gates_are_drawn_whole() -> None:
    """Up to `max_units` every unit has its own box; so it has at depth 4, up to 500."""
    outputs = tangle(300, seed=5)
    for asked in ({"max_units": 500}, {"depth": 4}):
        drawing = draw(outputs, engine="builtin", **asked)  # type: ignore[arg-type]
        assert {1} == {box.count for box in drawing.scene.boxes}
        assert () == drawing.scene.caption


@pytest.mark.parametrize(("gates", "folds"), [(148, False), (149, True), (498, True), (499, True)])
def test_what_nobody_asked_for_stays_readable(gates: int, folds: bool) -> None:
    """A chain of 150 rows is drawn gate by gate, a longer one folded, which says the mend."""
    drawing = draw(chain(gates + 1), engine="builtin")
    rows = len(Circuit(chain(gates + 1)).rows)

    assert gates + 2 == rows
    assert folds == (len(drawing.scene.boxes) < rows)
    assert len(drawing.scene.boxes) <= 150
    said = ("Folded to be readable: depth=4 draws every gate.",)
    assert (said if folds and rows <= 500 else ()) == drawing.scene.caption


def test_a_network_is_drawn_in_its_neurons_where_its_gates_are_too_many() -> None:
    """The loss over three rows has 237 gates and leaves: by default neurons and layers."""
    model = MLP(3, [6, 4, 2], rng=0)
    outputs = [out for row in range(3) for out in model([0.5, -0.5, float(row)])]
    drawing = draw(outputs, engine="builtin")
    opened = draw(outputs, engine="builtin", open=str(_group(drawing)))

    assert 12 < len(drawing.scene.boxes) <= 150
    assert len(opened.scene.boxes) > len(drawing.scene.boxes)
    assert len(Circuit(outputs).rows) == len(draw(outputs, engine="builtin", depth=4).scene.boxes)


def _group(drawing: Drawing) -> str:
    """Return the key of a folded box."""
    return next(box.group.key for box in drawing.scene.boxes if box.group)
