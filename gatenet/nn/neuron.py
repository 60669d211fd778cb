"""Neuron: a weighted sum of inputs and an activation; the one place where both are wired."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from gatenet.errors import WiringError
from gatenet.nn.activations import ActivationLike, activation_name, wiring
from gatenet.nn.initializers import Initializer, for_activation
from gatenet.nn.module import Module
from gatenet.nn.shapes import checked, size
from gatenet.nn.sums import WeightedSum, biased, weighted_sum
from gatenet.randomness import generator
from gatenet.unit import Unit

#: A neuron's activation, its weighted sum, its weights with the bias in front, and how many.
Wiring = tuple[Callable[[Unit], Unit] | None, WeightedSum, tuple[Unit, ...], int]


class Neuron(Module):
    """One neuron: activation(bias + w0·x0 + w1·x1 + ...).

    The weighted sum is one `dot` gate, in which the bias is the weight of a constant 1.  With
    `expand=True` it is wired from single multiplies and adds in the same order: values and
    gradients are then equal to the bit (as long as no unit is given twice among the inputs), and
    a picture shows every product.

    `activation` is None, the name of a gate, a gate, or a function of one unit; `init` an
    initializer (by default He's for relu and its kin, Glorot's otherwise); the bias starts at 0.
    The output is one unit.

    Raises RangeError for a size below 1, WiringError for an unknown activation.

    >>> neuron = Neuron(2, rng=0)
    >>> neuron.weights[0].value, neuron.weights[1].value = 3.0, -1.0
    >>> neuron([2.0, 1.0]).value
    5.0
    """

    def __init__(
        self,
        nin: int,
        activation: ActivationLike = "relu",
        *,
        bias: bool = True,
        expand: bool = False,
        init: Initializer | None = None,
        rng: random.Random | int,
    ) -> None:
        nin = size(nin, "nin")
        draw = init or for_activation(activation_name(activation))
        (row,) = rows(draw, generator(rng), nin, 1)
        self._build(row, activation, bias, expand)

    @classmethod
    def from_weights(
        cls, weights: Sequence[float], activation: ActivationLike, bias: bool, expand: bool
    ) -> Neuron:
        """Make a neuron that starts from these weights and a bias of 0."""
        neuron = cls.__new__(cls)
        neuron._build(weights, activation, bias, expand)
        return neuron

    def _build(
        self, weights: Sequence[float], activation: ActivationLike, bias: bool, expand: bool
    ) -> None:
        self.weights = [Unit(weight, role="parameter") for weight in weights]
        self.bias = Unit(0.0, role="parameter") if bias else None
        self.expand = expand
        self.activation = activation

    @property
    def activation(self) -> ActivationLike:
        """What the weighted sum goes through, as it was given."""
        return self._activation

    @activation.setter
    def activation(self, activation: ActivationLike) -> None:
        self._activate = wiring(activation)
        self._activation = activation

    def forward(self, inputs: Sequence[Unit | float]) -> Unit:
        """Wire the neuron to its inputs, units or numbers."""
        return wired([self.laid_out()], checked(inputs, len(self.weights), self))[0]

    def laid_out(self) -> Wiring:
        """Lay the neuron out for `wired`: its activation, how it adds up, and its weights."""
        _, weights, biases = biased((), self.weights, self.bias)
        return self._activate, weighted_sum(self.expand), weights, biases

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_activate"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _activate=wiring(state["_activation"]))

    def __repr__(self) -> str:
        return f"Neuron({len(self.weights)}{options(self)})"


def wired(neurons: Sequence[Wiring], inputs: Sequence[Unit | float]) -> list[Unit]:
    """Wire neurons that were laid out to inputs that were checked."""
    plain = tuple(inputs)
    after_one = (1.0, *plain)
    found = []
    for activate, add_up, weights, biases in neurons:
        unit = add_up(after_one if biases else plain, weights, biases)
        found.append(unit if activate is None else activate(unit))
    return found


def rows(draw: Initializer, rng: random.Random, nin: int, nout: int) -> list[list[float]]:
    """Ask an initializer for a layer's weights and check what it gave."""
    found = [list(row) for row in draw(rng, nin, nout)]
    if [len(row) for row in found] != [nin] * nout:
        raise WiringError(
            f"the initializer {activation_name(draw)} was asked for {nout} rows of {nin} weights "
            f"and gave rows of {[len(row) for row in found][:8]}"
        )
    return found


def options(neuron: Neuron) -> str:
    """The arguments after the sizes, for a repr: the activation, and what is not as usual."""
    text = f", {activation_name(neuron.activation)!r}" if neuron.activation else ", None"
    text += ", bias=False" if neuron.bias is None else ""
    return text + (", expand=True" if neuron.expand else "")
