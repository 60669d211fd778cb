"""Around: the part of a circuit near a unit."""

from __future__ import annotations

from gatenet.viz.around import cut_wires, near, part
from viz_samples import chain, tangle

from gatenet import Circuit, Unit
from gatenet.nn import MLP
from gatenet.viz import draw


def test_the_radius_counts_gates_up_and_down() -> None:
    """Of a chain the rows on either side are near, and none at radius 0."""
    rows = Circuit(chain(9)).rows

    assert [2, 3, 4, 5, 6] == near(rows, 4, 2)
    assert [4] == near(rows, 4, 0)
    assert list(range(10)) == near(rows, 4, 100)


def test_what_a_gate_on_the_way_takes_is_shown_with_it() -> None:
    """Leaves of the gates above are near, other gates beside them are not."""
    x, w = Unit(2.0, "x"), Unit(3.0, "w", role="parameter")
    side = w.exp()
    out = (x * w) + side
    circuit = Circuit(out)

    assert {"x", "w"} == {circuit.label(row) for row in near(circuit.rows, circuit.index(x), 1)} - {
        circuit.label(circuit.index(out.inputs[0]))  # type: ignore[arg-type]
    }
    assert circuit.index(side) not in near(circuit.rows, circuit.index(x), 2)


def test_a_part_keeps_its_wires_and_knows_its_outputs() -> None:
    """What is used outside the part is an output of it."""
    rows = Circuit(chain(9)).rows
    some = part(rows, [9], [2, 3, 4])

    assert [(), (0,), (1,)] == [row.operands for row in some.rows]
    assert [2] == some.outputs
    assert {2: (1, 0), 4: (0, 1)} == cut_wires(rows, [-1, -1, 2, 3, 4, -1, -1, -1, -1, -1])


def test_a_neighbourhood_says_what_is_left_out() -> None:
    """The picture counts the units that are not drawn, and the wires that leave."""
    drawing = draw(chain(50), around="u25", radius=2, engine="builtin")
    boxes = {box.name: box for box in drawing.scene.boxes}

    assert ["u23", "u24", "u25", "u26", "u27"] == list(boxes)
    assert "46 of 51 units not drawn" == drawing.scene.note
    assert "1 wire not drawn: 1 in" in boxes["u23"].hover
    assert "+1 out" == boxes["u27"].note


def test_a_large_neighbourhood_is_folded() -> None:
    """`max_units` holds there too, and keys have the numbers of the whole circuit."""
    units = tangle(2000, seed=3)
    drawing = draw(units, around=units[-1], radius=30, max_units=40, engine="builtin")

    assert len(drawing.scene.boxes) <= 40
    assert "not drawn" in drawing.scene.note


def test_modules_are_known_in_a_neighbourhood() -> None:
    """Folding and opening work on the part as on the whole."""
    model = MLP(2, [4, 4, 1], rng=0)
    x = [Unit(1.0, "x0"), Unit(2.0, "x1")]
    out = model(x)
    whole = draw(out, around=x[0], radius=2, depth=2, engine="builtin")
    opened = draw(out, around=x[0], radius=2, depth=2, open="layers.0", engine="builtin")

    assert "layers.0.neurons ×4" in {box.name for box in whole.scene.boxes}
    assert "layers.0.neurons.2" in {box.name for box in opened.scene.boxes}
