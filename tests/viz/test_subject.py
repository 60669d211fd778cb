"""Subject: units, circuits, steppers and models are drawn, and left as they were."""

from __future__ import annotations

from typing import Any

import pytest
from gatenet.viz.subject import inputs_of, subject
from viz_samples import neuron

from gatenet import Circuit, Unit
from gatenet.errors import OperandError, WiringError
from gatenet.gates import dot
from gatenet.nn import MLP, Layer, Module, Neuron
from gatenet.stepper import Stepper
from gatenet.viz import draw


class Odd(Module):
    """A model that does not say how many inputs it takes."""

    def __init__(self) -> None:
        self.factor = Unit(2.0, role="parameter")

    def forward(self, x: Any) -> Any:
        """Multiply."""
        return x * self.factor


class Pair(Module):
    """A model whose own `nin` is wrong for what it does."""

    nin = 3

    def forward(self, xs: Any) -> Any:
        """Take two."""
        a, b = xs
        return a + b


class Moody(Module):
    """A model that is different while it is trained."""

    def __init__(self) -> None:
        self.inner = Layer(2, 2, rng=0)
        self.nin = 2

    def forward(self, xs: Any) -> Any:
        """Give a mapping, and in training an error."""
        if self.training:
            raise ValueError("drawn in training mode")
        return {"scores": tuple(self.inner(xs)), "n": 2}


@pytest.mark.parametrize(
    ("model", "size"), [(Neuron(3, rng=0), 3), (Layer(4, 2, rng=0), 4), (MLP(5, [2, 1], rng=0), 5)]
)
def test_the_models_of_gatenet_say_how_many_inputs_they_take(model: Module, size: int) -> None:
    """So they can be drawn without any."""
    scene = draw(model, engine="builtin").scene

    assert size == inputs_of(model)
    assert size == sum(box.role == "input" for box in scene.boxes)
    assert type(model).__name__ in scene.title
    assert "placeholders of 1" in scene.title


@pytest.mark.parametrize("model", [Odd(), Pair(), Module()])
def test_a_model_of_unknown_inputs_is_an_error_with_a_mend(model: Module) -> None:
    """It says to draw the circuit of one call."""
    with pytest.raises(WiringError, match=r"cannot draw this \w+ by itself.*draw\(model\(xs\)\)"):
        draw(model)


def test_a_model_is_left_as_it_was() -> None:
    """It is run in evaluation mode; modes, names, values and gradients are the old ones."""
    model = Moody()
    model.inner.train(False)
    before = [(u.name, u.value, u.grad, u.visited) for u in model.parameters()]
    draw(model, depth=2, engine="builtin")

    assert "training" not in vars(model)
    assert (model.training, model.inner.training) == (True, False)
    assert before == [(u.name, u.value, u.grad, u.visited) for u in model.parameters()]


def test_a_stepper_is_drawn_where_it_stands() -> None:
    """Its picture is that of its circuit, with the state of the pass; it does not move."""
    out = neuron()
    stepper = Stepper(out)
    stepper.next()
    position = stepper.position
    scene = draw(stepper, engine="builtin").scene

    assert position == stepper.position
    assert len(Circuit(out)) == len(scene.boxes)
    assert "Event" in scene.title


def test_names_are_laid_over_without_touching_the_units() -> None:
    """A mapping names units, models and lists of units; the units keep their names."""
    model = MLP(1, [1], rng=0)
    x, ys = Unit(1.0, "x"), [Unit(2.0), Unit(3.0)]
    out = model([x])[0] + dot(ys, [x, x])
    names = [u.name for u in Circuit(out).units if u is not None]
    labels = {row.name for row in subject(out, {"net": model, "input": x, "y": ys}).circuit.rows}

    assert {"net.layers.0.neurons.0.weights.0", "input", "y.0", "y.1"} <= labels
    assert names == [u.name for u in Circuit(out).units if u is not None]


def test_two_models_of_one_circuit_are_told_apart_by_names() -> None:
    """Without names their layers look like one; with names each is a module."""
    first, second = MLP(1, [2, 1], rng=0), MLP(1, [2, 1], rng=1)
    out = second(first([Unit(1.0, "x")]))
    drawing = draw(out, depth=1, names={"first": first, "second": second}, engine="builtin")

    assert ["first", "second", "x"] == sorted(box.name for box in drawing.scene.boxes)


@pytest.mark.parametrize("names", [3, "w", [Unit(1.0)], {"a": 3}])
def test_names_that_name_nothing_are_an_error(names: Any) -> None:
    """It says what can be given."""
    with pytest.raises(OperandError, match=r"names= got .* give a model, or a mapping"):
        draw(neuron(), names=names)


def test_a_unit_is_found_by_itself_or_by_its_name() -> None:
    """What is not there, not alone, or no unit, is an error that says so."""
    out = neuron()
    of = subject(out)

    assert of.row(out, "around") == of.row("out", "around") == len(of.circuit.rows) - 1
    with pytest.raises(WiringError, match=r"around= got unit 'z': it is not in the circuit"):
        of.row(Unit(1.0, "z"), "around")
    with pytest.raises(WiringError, match=r"around= got 'a': 2 units of the circuit have"):
        subject(Unit(1.0, "a") + Unit(2.0, "a")).row("a", "around")
    with pytest.raises(OperandError, match="around= got 3; give a unit or its name"):
        of.row(3, "around")
