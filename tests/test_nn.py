"""Networks: names, order, and the same numbers whichever way a neuron is wired."""

from __future__ import annotations

import copy
import math
import pickle
import random

import pytest

from gatenet import Circuit, Unit, gates
from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.nn import MLP, Layer, Module, Neuron
from gatenet.nn.initializers import he_uniform, uniform, xavier_uniform, zeros


def by_hand(neuron: Neuron, inputs: list[float]) -> float:
    """The weighted sum of a neuron in plain numbers, in the documented order."""
    total = neuron.bias.value
    for weight, x in zip(neuron.weights, inputs, strict=True):
        total = total + x * weight.value
    return total


def seeded(rng: random.Random, n: int) -> list[float]:
    """Numbers between -2 and 2."""
    return [4.0 * rng.random() - 2.0 for _ in range(n)]


class TestNeuron:
    def test_value(self) -> None:
        """A neuron is its activation of the bias plus the products, left to right, to the bit."""
        neuron = Neuron(5, "tanh", rng=3)
        neuron.bias.value = 0.3
        inputs = seeded(random.Random(1), 5)

        assert math.tanh(by_hand(neuron, inputs)) == neuron(inputs).value

    def test_one_dot_gate(self) -> None:
        """By default the weighted sum is one gate, with the bias as the weight of a constant 1."""
        neuron = Neuron(3, None, rng=0)
        unit = neuron([1.0, 2.0, 3.0])

        assert gates.dot is unit.gate
        assert (1.0, 1.0, 2.0, 3.0, neuron.bias, *neuron.weights) == unit.inputs

    def test_without_bias(self) -> None:
        """Without a bias the sum starts from the first product."""
        for expand in (False, True):
            neuron = Neuron(2, None, bias=False, expand=expand, rng=0)
            neuron.weights[0].value, neuron.weights[1].value = 3.0, 5.0

            assert neuron.bias is None
            assert neuron([2.0, 3.0]).value == 21.0
            assert len(neuron.parameters()) == 2

    @pytest.mark.parametrize("bias", [True, False])
    def test_expanded_is_equal_to_the_bit(self, bias: bool) -> None:
        """Wired from single adds and multiplies, a network has the same values and gradients."""
        results = []
        for expand in (False, True):
            model = MLP(3, [7, 5, 2], "tanh", bias=bias, expand=expand, rng=11)
            inputs = [Unit(x) for x in seeded(random.Random(5), 3)]
            first, second = model(inputs)
            loss = first * second + first
            loss.backward()
            leaves = [*inputs, *model.parameters()]
            results.append([loss.value] + [unit.grad for unit in leaves])

        assert results[0] == results[1]

    def test_expanded_has_only_adds_and_multiplies(self) -> None:
        """`expand=True` leaves no gate but adds, multiplies and the activation."""
        circuit = Circuit(Neuron(4, "relu", expand=True, rng=0)([1.0, 2.0, 3.0, 4.0]))

        found = [row.gate.name for row in circuit.rows if row.gate is not None]
        assert sorted([*["multiply", "add"] * 4, "relu"]) == sorted(found)

    @pytest.mark.parametrize("activation", ["sigmoid", gates.sigmoid, lambda u: u.sigmoid()])
    def test_activation(self, activation: object) -> None:
        """An activation is a name, a gate or a function of a unit."""
        neuron = Neuron(1, activation, init=zeros, rng=0)

        assert neuron([1.0]).value == 0.5

    def test_activation_can_be_replaced(self) -> None:
        """Assigning another activation changes what is wired from then on."""
        neuron = Neuron(1, "sigmoid", init=zeros, rng=0)
        neuron.activation = "exp"

        assert neuron([1.0]).value == 1.0

    def test_unknown_activation(self) -> None:
        """An unknown activation is an error that says which names come near."""
        with pytest.raises(WiringError, match=r"unknown activation 'rely', did you mean .*relu"):
            Neuron(1, "rely", rng=0)
        with pytest.raises(WiringError, match="gate of one input"):
            Neuron(1, "add", rng=0)
        with pytest.raises(OperandError, match="not 3"):
            Neuron(1, 3, rng=0)  # type: ignore[arg-type]

    def test_wrong_inputs(self) -> None:
        """Wrong inputs are named with the neuron and what it takes."""
        neuron = Neuron(2, rng=0)
        with pytest.raises(WiringError, match=r"Neuron\(2, 'relu'\) got 3 inputs; it takes 2"):
            neuron([1.0, 2.0, 3.0])
        with pytest.raises(OperandError, match="it takes a list of 2"):
            neuron(1.0)
        with pytest.raises(OperandError, match="is text"):
            neuron(["1", 2.0])

    @pytest.mark.parametrize(
        ("nin", "error"),
        [(0, RangeError), (-1, RangeError), (1.0, OperandError), (True, OperandError)],
    )
    def test_wrong_size(self, nin: object, error: type[Exception]) -> None:
        """A size is a whole number from 1."""
        with pytest.raises(error, match="a size is"):
            Neuron(nin, rng=0)  # type: ignore[arg-type]


class TestLayers:
    def test_output_is_a_list(self) -> None:
        """A layer's output is a list of units, also for one neuron."""
        for nout in (1, 3):
            output = Layer(2, nout, rng=0)([1.0, 2.0])

            assert [Unit] * nout == [type(unit) for unit in output]

    def test_layers_follow_each_other(self) -> None:
        """A network is its layers one after the other; only the last lacks the activation."""
        model = MLP(2, [3, 2], "tanh", rng=4)
        inputs = [0.5, -1.5]
        hidden = [math.tanh(by_hand(neuron, inputs)) for neuron in model.layers[0].neurons]
        expected = [by_hand(neuron, hidden) for neuron in model.layers[1].neurons]

        assert expected == [unit.value for unit in model(inputs)]

    def test_output_activation(self) -> None:
        """`output_activation` is that of the last layer alone."""
        model = MLP(2, [3, 1], None, output_activation="sigmoid", rng=4)

        assert [gates.dot, gates.sigmoid] == [
            model.layers[0]([1.0, 1.0])[0].gate,
            model([1.0, 1.0])[0].gate,
        ]

    def test_seed(self) -> None:
        """The same seed gives the same weights, a generator goes on where it was."""
        values = [unit.value for unit in MLP(3, [4, 2], rng=7).parameters()]

        assert values == [unit.value for unit in MLP(3, [4, 2], rng=7).parameters()]
        assert values == [unit.value for unit in MLP(3, [4, 2], rng=random.Random(7)).parameters()]
        rng = random.Random(7)
        one, two = MLP(3, [4, 2], rng=rng), MLP(3, [4, 2], rng=rng)
        assert one.state_dict() != two.state_dict()

    def test_rng_is_asked_for(self) -> None:
        """A network without a generator, or with something else, is refused."""
        with pytest.raises(TypeError, match="rng"):
            MLP(1, [1])  # type: ignore[call-arg]
        for wrong in (None, "0", True, 1.0):
            with pytest.raises(OperandError, match="pass a seed such as rng=0"):
                MLP(1, [1], rng=wrong)  # type: ignore[arg-type]

    def test_wrong_sizes(self) -> None:
        """Sizes that make no network are refused."""
        with pytest.raises(RangeError, match="at least one layer"):
            MLP(2, [], rng=0)
        with pytest.raises(OperandError, match=r"as in \[16, 1\]"):
            MLP(2, 1, rng=0)  # type: ignore[arg-type]
        with pytest.raises(RangeError, match="nout is 0"):
            MLP(2, [0], rng=0)

    def test_repr(self) -> None:
        """A repr is the call that makes such a module, without the generator."""
        shown = [
            repr(Neuron(2, None, rng=0)),
            repr(Layer(2, 3, gates.tanh, bias=False, expand=True, rng=0)),
            repr(MLP(2, [3, 1], output_activation="sigmoid", rng=0)),
            repr(MLP(2, [1], rng=0)),
        ]

        assert shown == [
            "Neuron(2, None)",
            "Layer(2, 3, 'tanh', bias=False, expand=True)",
            "MLP(2, [3, 1], 'relu', output_activation='sigmoid')",
            "MLP(2, [1])",
        ]


class Twin(Module):
    """A module of one's own: a shared layer, a list, a dict, and a lone parameter."""

    def __init__(self) -> None:
        self.shared = Layer(1, 1, None, bias=False, rng=0)
        self.again = self.shared
        self.blocks = {"a": [Neuron(1, None, rng=1)], "b": (Neuron(1, None, rng=2),)}
        self.scale = Unit(2.0, role="parameter")
        self.offset = Unit(3.0, "kept")  # an input, no parameter

    def forward(self, x: float) -> Unit:
        """Use the shared layer once."""
        return self.scale * self.shared([x])[0] + self.offset


class TestModule:
    NAMES = (
        "shared.neurons.0.weights.0", "blocks.a.0.weights.0", "blocks.a.0.bias",
        "blocks.b.0.weights.0", "blocks.b.0.bias", "scale",
    )  # fmt: skip

    def test_names(self) -> None:
        """Parameters are found in attributes, lists and dicts, named by their place, each once."""
        model = Twin()

        assert list(self.NAMES) == [name for name, _ in model.named_parameters()]
        assert len(model.parameters()) == 6
        assert model.offset.name == "kept"

    def test_units_carry_the_names(self) -> None:
        """The name of its place is the unit's own name, and its role is parameter."""
        model = MLP(2, [2, 4], rng=0)
        weight = model.layers[1].neurons[3].weights[1]

        assert weight.name == "layers.1.neurons.3.weights.1"
        assert {"parameter"} == {unit.role for unit in model.parameters()}
        assert all(unit.name == name for name, unit in model.named_parameters())

    def test_a_module_that_holds_itself(self) -> None:
        """A module that can be reached from itself is walked once."""
        model = Twin()
        model.parent = [model]

        assert len(model.parameters()) == 6
        assert len(list(model.modules())) == 5  # itself, a layer, three neurons

    def test_modes(self) -> None:
        """train() and eval() reach every module inside and give the module."""
        model = Twin()

        assert model is model.eval()
        assert [module.training for module in model.modules()] == [False] * 5
        assert model is model.train()
        assert [module.training for module in model.modules()] == [True] * 5

    def test_zero_grad(self) -> None:
        """zero_grad() forgets the gradients: 0.0 and not visited."""
        model = Twin()
        model(1.0).backward()
        assert model.scale.visited
        model.zero_grad()

        assert [(u.grad, u.visited) for u in model.parameters()] == [(0.0, False)] * 6

    def test_state_dict_round_trip(self) -> None:
        """A state read from one network and loaded into another makes it compute the same."""
        source, target = MLP(2, [3, 1], rng=1), MLP(2, [3, 1], rng=2)
        target.load_state_dict(source.state_dict())

        assert source.state_dict() == target.state_dict()
        assert source([0.3, 0.7])[0].value == target([0.3, 0.7])[0].value

    def test_state_dict_mismatch(self) -> None:
        """A state that does not fit names what is missing and unknown, and changes nothing."""
        model = Twin()
        before = model.state_dict()
        state = {name: 9.0 for name in before if name != "scale"} | {"scales": 1.0}

        with pytest.raises(WiringError, match=r"missing 1: 'scale'; unknown 1: 'scales'") as caught:
            model.load_state_dict(state)
        assert (caught.value.missing, caught.value.unknown) == (["scale"], ["scales"])
        with pytest.raises(OperandError):
            model.load_state_dict({**before, "shared.neurons.0.weights.0": 5.0, "scale": "1"})
        assert before == model.state_dict()

    def test_forward_is_asked_for(self) -> None:
        """A module without forward() says that it needs one."""
        with pytest.raises(NotImplementedError, match=r"Module has no forward\(\)"):
            Module()(1.0)

    def test_repr(self) -> None:
        """A module of one's own shows the modules it holds."""
        assert repr(Twin()) == (
            "Twin(\n  (shared): Layer(1, 1, None, bias=False)\n"
            "  (again): Layer(1, 1, None, bias=False)\n)"
        )
        assert repr(Module()) == "Module()"

    @pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
    def test_copies(self, copied: object) -> None:
        """A deep copy and a pickle compute the same and share nothing."""
        model = MLP(2, [3, 1], gates.tanh, rng=1)
        twin = copied(model)  # type: ignore[operator]

        assert model([1.0, 2.0])[0].value == twin([1.0, 2.0])[0].value
        twin.parameters()[0].value = 9.0
        assert model.parameters()[0].value != 9.0


class TestInitializers:
    @pytest.mark.parametrize(
        ("draw", "bound"),
        [
            (uniform(-2, 2), 2.0),
            (xavier_uniform, math.sqrt(6 / 50)),
            (he_uniform, math.sqrt(6 / 30)),
        ],
    )
    def test_bounds(self, draw: object, bound: float) -> None:
        """Draws stay inside the published bound, come near it, and average to about nothing."""
        rows = draw(random.Random(0), 30, 20)  # type: ignore[operator]
        drawn = [weight for row in rows for weight in row]

        assert (len(rows), len(drawn)) == (20, 600)
        assert 0.98 * bound < max(map(abs, drawn)) <= bound
        assert abs(sum(drawn) / 600) < 0.1 * bound

    def test_chosen_by_activation(self) -> None:
        """By default relu draws as He, tanh as Glorot."""
        assert math.sqrt(6 / 2) > max(abs(u.value) for u in Neuron(2, rng=0).weights)
        rng = random.Random(9)
        expected = xavier_uniform(random.Random(9), 2, 3)

        layer = Layer(2, 3, "tanh", rng=rng)
        assert expected == [[w.value for w in neuron.weights] for neuron in layer.neurons]
        rectified = Layer(2, 3, "relu", rng=9)
        assert he_uniform(random.Random(9), 2, 3) == [
            [w.value for w in neuron.weights] for neuron in rectified.neurons
        ]

    def test_wrong_shape(self) -> None:
        """An initializer that gives too few weights is named."""
        with pytest.raises(WiringError, match="short was asked for 2 rows of 3 weights"):

            def short(rng: random.Random, nin: int, nout: int) -> list[list[float]]:
                return [[0.0] * nin]

            Layer(3, 2, init=short, rng=0)
