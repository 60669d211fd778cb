"""Pictures of programs: operations drawn as a circuit is, without values, folded if many."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from gatenet.viz.programs import Laid

from gatenet import Circuit, Unit
from gatenet.errors import FormatError
from gatenet.losses import mse_loss
from gatenet.nn import MLP
from gatenet.viz import bundle, draw


def small():
    """The program of a square with one parameter."""
    x, t = Unit(0.0, "x"), Unit(0.0, "t")
    w = Unit(0.5, "w", role="parameter")
    return Circuit((w * x - t) ** 2).compile([x, t], backend="python").program


def test_each_operation_has_a_box_and_each_operand_a_wire():
    """Leaves, constants and operations, the results by name."""
    program = small()
    drawing = program.draw(engine="builtin")
    labels = {box.name for box in drawing.scene.boxes}

    assert len(drawing.scene.boxes) == len(program)
    assert len(drawing.scene.wires) == sum(len(args) for args in program.args)
    assert {"x", "t", "w", "seed", "output", "gradient"} <= labels
    assert f"a program of {program.stats()['operations']} operations for 3 gates" in drawing.svg
    assert "worked out for each row" in drawing.svg
    ElementTree.fromstring(drawing.svg)


def test_roles_are_those_of_rows_and_batches():
    """What differs from row to row is an input, what a batch shares a parameter."""
    program = small()
    laid = Laid(program)
    roles = [laid.rows[k].role for k in (*program.inputs, *program.uniform, *program.constants)]

    assert roles == ["input"] * 2 + ["parameter"] * 2 + ["constant"] * len(program.constants)
    assert {laid.rows[k].name for k in program.gradients} == {"gradient"}
    assert {k for k, value in laid.overlay.values.items() if value is None} == {
        *range(len(program))
    } - {*program.constants}


def test_a_large_program_is_folded():
    """By what repeats in it, and by the names of its parameters."""
    model = MLP(2, [8, 1], "relu", rng=0)
    x = [Unit(0.0, f"x{k}") for k in range(2)]
    program = Circuit(mse_loss(model(x), [Unit(0.0, "t")])).compile().program
    drawing = draw(program, engine="builtin", max_units=60)

    assert len(drawing.scene.boxes) <= 60 < len(program)


def test_a_notebook_shows_a_program(tmp_path):
    """As a picture and as text; a file takes the picture too."""
    program = small()
    shown = program._repr_mimebundle_()

    assert list(shown) == list(bundle(program)) == ["text/html", "image/svg+xml", "text/plain"]
    assert shown["text/plain"] == repr(program)
    program.draw(tmp_path / "program.svg", engine="builtin")
    assert (tmp_path / "program.svg").read_text(encoding="utf-8").startswith("<svg")
    with pytest.raises(FormatError):
        program.draw(tmp_path / "program.bmp")
