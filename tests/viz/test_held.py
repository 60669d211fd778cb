"""Held: a picture shows the gradients of its own circuit's passes, and says where others added."""

from __future__ import annotations

import pytest
from gatenet.viz.held import ELSEWHERE, Held, held, pull_of
from gatenet.viz.overlay import plain
from gatenet.viz.wording import Reading
from viz_samples import neuron, tangle

from gatenet import Circuit, Unit
from gatenet.gates import log, multiply
from gatenet.viz import draw


def _reading(circuit: Circuit) -> Reading:
    """Read a circuit as a picture does."""
    return Reading(circuit.rows, circuit.units, circuit.values, circuit.outputs)


def _held(of: Unit | list[Unit]) -> tuple[Held, Circuit]:
    """Return what is held, and the circuit it is held in."""
    circuit = Circuit(of)
    return held(_reading(circuit)), circuit


@pytest.mark.parametrize("seed", range(8))
def test_after_one_pass_everything_is_from_here(seed: int) -> None:
    """The pulls of the picture add up to every gradient, to the bit, in random circuits."""
    outputs = tangle(60, seed)
    Circuit(outputs).backward()
    found, circuit = _held(outputs)
    grads = [None if unit is None else unit.grad for unit in circuit.units]

    assert grads == found.gradients
    assert ({}, frozenset()) == (found.remarks, found.elsewhere)


def test_another_circuits_pass_leaves_no_gradient_here() -> None:
    """Leaves shared with another loss show a dash, and their hover text says what they hold."""
    a, b = Unit(2.0, "a"), Unit(-3.0, "b")
    (a * b).backward()
    found, circuit = _held(a + b)

    assert [None, None, None] == found.gradients
    assert {0, 1} == set(found.remarks)
    assert "it holds -3.0 from a pass of another circuit" == found.remarks[circuit.index(a)]
    assert ["–", "–", "–"] == [box.grad for box in draw(circuit, engine="builtin").scene.boxes]


def test_what_two_circuits_added_is_marked() -> None:
    """A leaf that another loss has pulled as well shows what it holds, and says so."""
    a, b = Unit(2.0, "a"), Unit(-3.0, "b")
    (a * b).backward()
    out = a + b
    out.backward()
    found, circuit = _held(out)
    overlay = plain(_reading(circuit))

    assert [-2.0, 3.0, 1.0] == found.gradients
    assert {0: ELSEWHERE, 1: ELSEWHERE} == dict(overlay.notes)
    assert "add up to 1.0" in found.remarks[0]
    assert f"{ELSEWHERE}: other wires or passes added" in draw(out, engine="builtin").svg


def test_a_second_pass_is_said() -> None:
    """After two passes without zeroing, the leaf is marked; the gates are not."""
    x = Unit(3.0, "x")
    out = x * x
    out.backward()
    out.backward()
    found, circuit = _held(out)

    assert frozenset({circuit.index(x)}) == found.elsewhere
    assert 12.0 == found.gradients[circuit.index(x)]


def test_a_part_of_a_circuit_has_the_gradients_of_the_whole() -> None:
    """Drawn from an inner unit, what only that unit pulls is from here, the rest is marked."""
    a, b = Unit(2.0, "a"), Unit(5.0, "b")
    inner = a * b
    (inner * 3.0 + b).backward()
    found, circuit = _held(inner)

    assert [15.0, 7.0, 3.0] == found.gradients
    assert frozenset({circuit.index(b)}) == found.elsewhere


def test_what_was_zeroed_has_a_dash() -> None:
    """Zeroed parameters show none, though the gates keep theirs."""
    out = neuron()
    circuit = Circuit(out)
    for row in circuit.parameters:
        circuit.units[row].zero_grad()  # type: ignore[union-attr]
    found, _ = _held(out)

    assert {None} == {found.gradients[row] for row in circuit.parameters}
    assert None not in [found.gradients[row] for row in circuit.inputs]


def test_no_pull_from_nothing_where_partials_can_be_infinite() -> None:
    """The picture's pulls follow the sweep: 0 times infinity is no pull."""
    assert 0.0 == pull_of(log, 0.0, float("inf"))
    assert pull_of(multiply, 0.0, float("inf")) != pull_of(log, 0.0, float("inf"))
    y = Unit(0.0, "y")
    out = y.log() * 0.0 + y
    out.backward()

    assert frozenset() == _held(out)[0].elsewhere
