"""Modules and containers: what is found in them, what is saved, what a summary says."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from gatenet import Unit, nn
from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.nn.initializers import zeros
from gatenet.nn.shapes import mapped


def network() -> nn.Sequential:
    """A network of every kind of part: parameters, buffers, a generator, a block."""
    return nn.Sequential(
        nn.Linear(2, 3, rng=0),
        nn.BatchNorm(3),
        "relu",
        nn.Residual(nn.Sequential(nn.Linear(3, 3, rng=1), nn.Dropout(0.5, rng=2))),
    )


class TestState:
    def test_buffers(self) -> None:
        """Buffers have names beside the parameters', are saved with them, and come back."""
        model, other = network(), network()
        model.batch([[1.0, 2.0], [3.0, 5.0]])
        found = dict(model.named_buffers())

        assert [f"layers.1.running_{what}.{k}" for what in ("mean", "var") for k in range(3)] == [
            *found
        ]
        assert all(type(value) is float for value in found.values())
        assert found.items() <= model.state_dict().items()
        other.load_state_dict(model.state_dict())
        assert other.state_dict() == model.state_dict()
        assert other.layers[1].running_mean == model.layers[1].running_mean != [0.0] * 3

    def test_a_state_without_buffers(self) -> None:
        """A state that lacks a buffer is refused by its name, and nothing is written."""
        model = network()
        before, state = model.state_dict(), dict.fromkeys(model.state_dict(), 9.0)
        del state["layers.1.running_var.2"]
        state["layers.1.running_std"] = 1.0

        with pytest.raises(WiringError) as caught:
            model.load_state_dict(state)
        assert str(caught.value) == (
            "this state does not fit Sequential with its 27 parameters and 6 buffers: missing 1: "
            "'layers.1.running_var.2'; unknown 1: 'layers.1.running_std'. Build the module with "
            "the same sizes it was saved with"
        )
        assert before == model.state_dict()

    def test_a_state_with_text(self) -> None:
        """A buffer's value that is no number is refused before anything is written."""
        model = network()
        before = model.state_dict()

        with pytest.raises(OperandError, match="is text"):
            model.load_state_dict({**before, "layers.0.bias.0": 7.0, "layers.1.running_var.2": "1"})
        assert before == model.state_dict()

    def test_generators(self) -> None:
        """Generators are found by name, one that stands twice once, and can be set back."""
        model = network()
        assert ["layers.3.module.layers.1.rng"] == [name for name, _ in model.named_generators()]

        rng = random.Random(5)
        twice = nn.Sequential(nn.Dropout(0.5, rng=rng), nn.GaussianNoise(0.1, rng=rng))
        ((name, found),) = twice.named_generators()
        state = found.getstate()
        first = twice([1.0] * 8)
        found.setstate(state)
        assert (name, found, first) == ("layers.0.rng", rng, twice([1.0] * 8))

    def test_freezing(self) -> None:
        """Frozen parameters receive no gradient; the others and the state are as they were."""
        model = nn.Sequential(nn.Linear(1, 1, rng=0), nn.Linear(1, 1, rng=1))
        assert model.layers[0] is model.layers[0].requires_grad_(False)
        model([2.0])[0].backward()

        assert [False, False, True, True] == [unit.visited for unit in model.parameters()]
        assert len(model.state_dict()) == 4
        model.requires_grad_()
        model([2.0])[0].backward()
        assert all(unit.grad for unit in model.parameters())


class TestWalks:
    def test_named_modules(self) -> None:
        """Every module is found by the name of its place, outermost first."""
        names = [name for name, _ in network().named_modules()]

        assert names[:4] == ["", "layers.0", "layers.1", "layers.2"]
        assert names[4:] == ["layers.3", "layers.3.module", "layers.3.module.layers.0",
                             "layers.3.module.layers.1"]  # fmt: skip

    def test_apply(self) -> None:
        """apply() visits what is inside before what holds it, each once, and gives the module."""
        model, seen = network(), []
        assert model is model.apply(seen.append)

        assert len(seen) == len(set(seen)) == 8
        assert seen[-1] is model
        assert seen.index(model.layers[3].module) < seen.index(model.layers[3])

    def test_batch_of_a_module_of_ones_own(self) -> None:
        """A module that says nothing about batches is called once for each sample."""

        class Double(nn.Module):
            def forward(self, x: float) -> float:
                """Double a number."""
                return 2 * x

        assert [2, 4] == Double().batch([1, 2])


class TestSequential:
    def test_parts(self) -> None:
        """Parts are reached by number and by slice, counted, gone through and added."""
        model = network()
        assert model[0] is model.layers[0]
        assert model[-1] is list(model)[3]
        front = model[:2]

        assert isinstance(front, nn.Sequential)
        assert len(front) == 2
        assert front[0] is model[0]
        assert model[3].module[0].bias[0].name == "layers.3.module.layers.0.bias.0"
        assert len(model.append("tanh")) == 5
        assert repr(model[4]) == "Activation('tanh')"

    def test_empty(self) -> None:
        """Without parts, what goes in comes out."""
        assert ([1.0], [[1.0]]) == (nn.Sequential()([1.0]), nn.Sequential().batch([[1.0]]))

    def test_whole_batches(self) -> None:
        """A batch reaches every part whole, through residual blocks as well."""
        inner = nn.Residual(nn.Sequential(nn.BatchNorm(1, affine=False)))
        outputs = nn.Sequential(inner).batch([[1.0], [3.0]])

        assert [1.0 - 1.0, 3.0 + 1.0] == pytest.approx([u.value for (u,) in outputs], abs=1e-4)

    def test_no_module(self) -> None:
        """A function among the parts is refused with what to write instead."""
        with pytest.raises(OperandError, match=r"part 1 is <.*wrap a function in nn.Activation"):
            nn.Sequential(nn.Flatten(), max)  # type: ignore[arg-type]

    def test_residual_shapes(self) -> None:
        """A block whose way round is of another shape says both shapes."""
        with pytest.raises(WiringError, match=r"an input of shape 2, and its module made it 3: "):
            nn.Residual(nn.Linear(2, 3, rng=0))([1.0, 2.0])
        with pytest.raises(WiringError, match="shape 1×2, and its module made it 2"):
            nn.Residual(nn.Flatten())([[1.0, 2.0]])


class TestSummary:
    def test_table(self) -> None:
        """A summary has a row for each layer called, with shapes, parameters and gates."""
        model = nn.Sequential(
            nn.Conv2d(1, 2, 2, rng=0), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(2, 3, rng=0),
        )  # fmt: skip
        image = [[[0.5] * 3 for _ in range(3)]]
        found = model.summary(image)

        assert repr(found).splitlines() == [
            "layer     type        output  parameters  gates",
            "          Sequential  3               19     21",
            "layers.0  Conv2d      2×2×2           10      8",
            "layers.1  ReLU        2×2×2            0      8",
            "layers.2  MaxPool2d   2×1×1            0      2",
            "layers.3  Flatten     2                0      0",
            "layers.4  Linear      3                9      3",
        ]
        assert (found.parameters, found.gates) == (19, 21)

    def test_leaves_no_trace(self) -> None:
        """The run is in evaluation, draws nothing, and leaves modes and methods as they were."""
        model = network().train()
        model.layers[3].eval()
        modes = [module.training for module in model.modules()]
        before, ((_, rng),) = model.state_dict(), model.named_generators()
        state = rng.getstate()
        model.summary([1.0, 2.0])

        assert modes == [module.training for module in model.modules()]
        assert (before, state) == (model.state_dict(), rng.getstate())
        assert not any("forward" in vars(module) for module in model.modules())
        with pytest.raises(WiringError):
            model.summary([1.0])
        assert not any("forward" in vars(module) for module in model.modules())

    def test_several_calls(self) -> None:
        """A layer that is called several times says so and counts the gates of all calls."""

        class Steps(nn.Module):
            def __init__(self) -> None:
                self.cell = nn.RNNCell(1, 2, rng=0)

            def forward(self, steps: list[float]) -> Any:
                """Step along plain numbers."""
                state = None
                for x in steps:
                    state = self.cell([x], state)
                return state

        assert repr(Steps().summary([1.0, 2.0, 3.0])).splitlines()[2] == (
            "cell   RNNCell  2 (3 calls)          10     12"
        )


class TestActivation:
    def test_numbers_stay_numbers(self) -> None:
        """An activation of numbers gives numbers, one of units gives units, at any depth."""
        mixed = nn.ReLU()([[-1.0, Unit(2.0)], [3, Unit(-4.0)]])

        assert [[float, Unit], [float, Unit]] == [[type(x) for x in row] for row in mixed]
        assert nn.ReLU()(-2.0) == 0.0

    def test_static_parameters(self) -> None:
        """A gate's static parameters are given in order or by name, and shown."""
        for layer in (nn.HardTanh(-2.0, 3.0), nn.HardTanh(high=3.0, low=-2.0)):
            assert [-2.0, 3.0] == layer([-9.0, 9.0])
            assert repr(layer) == "HardTanh(low=-2.0, high=3.0)"
        assert repr(nn.Activation("elu", alpha=2.0)) == "Activation('elu', alpha=2.0)"

    def test_refused(self) -> None:
        """Unknown names and numbers are refused with what there is."""
        with pytest.raises(WiringError, match="did you mean"):
            nn.Activation("rely")
        with pytest.raises(WiringError, match="no static parameter 'slop'; it has: slope"):
            nn.LeakyReLU(slop=0.1)
        with pytest.raises(WiringError, match=r"ReLU got 1 numbers; it takes 0"):
            nn.ReLU(0.1)
        with pytest.raises(WiringError, match="static parameters are a gate's"):
            nn.Activation(lambda unit: unit, slope=1.0)
        with pytest.raises(OperandError, match="not None"):
            nn.Activation(None)

    def test_function(self) -> None:
        """Any function of one unit is an activation."""
        (unit,) = nn.Activation(lambda u: u * u)([Unit(3.0)])

        assert unit.value == 9.0


def test_zeros_in_a_layer() -> None:
    """A layer of zeros gives its biases, whatever it is given."""
    layer = nn.Linear(2, 2, init=zeros, rng=0)

    assert [[0.0, 0.0]] * 2 == mapped(lambda u: u.value, layer([[1.0, 2.0], [3.0, 4.0]]))


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_probabilities(p: float) -> None:
    """A probability outside 0 to 1 is refused with its value."""
    with pytest.raises(RangeError, match="a probability is between 0 and 1"):
        nn.Dropout(p, rng=0)


def test_every_layer_stands_on_the_page() -> None:
    """The page of networks names every layer and initializer that there is."""
    page = (Path(__file__).parent.parent / "docs" / "nn.md").read_text(encoding="utf-8")
    layers = [
        name
        for name, kind in vars(nn).items()
        if isinstance(kind, type)
        and issubclass(kind, nn.Module)
        and name not in ("Module", "Activation", *nn.ACTIVATIONS)
    ]
    made = [name for name, kind in vars(nn.initializers).items()
            if getattr(kind, "__module__", "") == nn.initializers.__name__
            and name != "for_activation"]  # fmt: skip

    assert len(layers) > 25
    assert [name for name in (*layers, *made) if f"`{name}" not in page] == []
