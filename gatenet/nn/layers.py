"""Layers of neurons, and the multilayer perceptron made of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from gatenet.errors import OperandError, RangeError
from gatenet.nn.activations import ActivationLike, activation_name
from gatenet.nn.initializers import Initializer, for_activation
from gatenet.nn.module import Module
from gatenet.nn.neuron import Neuron, options, rows, wired
from gatenet.nn.shapes import checked, size
from gatenet.randomness import generator
from gatenet.unit import Unit


class Layer(Module):
    """Neurons side by side, each wired to every input; its arguments are those of a neuron.

    The output is a list of units, also for one neuron.

    >>> [unit.value for unit in Layer(2, 3, rng=0)([0.0, 0.0])]
    [0.0, 0.0, 0.0]
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        activation: ActivationLike = "relu",
        *,
        bias: bool = True,
        expand: bool = False,
        init: Initializer | None = None,
        rng: random.Random | int,
    ) -> None:
        nin, nout = size(nin, "nin"), size(nout, "nout")
        draw = init or for_activation(activation_name(activation))
        self.neurons = [
            Neuron.from_weights(row, activation, bias, expand)
            for row in rows(draw, generator(rng), nin, nout)
        ]
        self.nin = nin

    def forward(self, inputs: Sequence[Unit | float]) -> list[Unit]:
        """Wire every neuron to the inputs, units or numbers."""
        return self.batch((inputs,))[0]  # type: ignore[no-any-return]

    def batch(self, samples: Sequence[Any]) -> list[Any]:
        """Wire every neuron to each of several samples; the weights are laid out once."""
        neurons = [neuron.laid_out() for neuron in self.neurons]
        return [wired(neurons, checked(sample, self.nin, self)) for sample in samples]

    def __repr__(self) -> str:
        return f"Layer({self.nin}, {len(self.neurons)}{options(self.neurons[0])})"


class MLP(Module):
    """A multilayer perceptron: layers one after the other.

    `nouts` lists the size of each layer.  All have the `activation` but the last, which has
    `output_activation`, by default none: losses take plain scores ("logits").

    >>> model = MLP(4, [8, 3], "tanh", rng=0)
    >>> model
    MLP(4, [8, 3], 'tanh')
    >>> len(model.parameters()), model.parameters()[-1].name
    (67, 'layers.1.neurons.2.bias')

    Raises RangeError when there is no layer or a size is below 1.
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        activation: ActivationLike = "relu",
        *,
        output_activation: ActivationLike = None,
        bias: bool = True,
        expand: bool = False,
        init: Initializer | None = None,
        rng: random.Random | int,
    ) -> None:
        if isinstance(nouts, int):
            raise OperandError(f"nouts is {nouts!r}: list the size of each layer, as in [16, 1]")
        sizes = [nin, *nouts]
        if len(sizes) < 2:
            raise RangeError("nouts is empty: a network has at least one layer")
        rng = generator(rng)
        self.layers = [
            Layer(
                sizes[k],
                sizes[k + 1],
                activation if k + 2 < len(sizes) else output_activation,
                bias=bias,
                expand=expand,
                init=init,
                rng=rng,
            )
            for k in range(len(sizes) - 1)
        ]

    def forward(self, inputs: Sequence[Unit | float]) -> list[Unit]:
        """Wire the network to one sample, units or numbers; give the last layer's outputs."""
        signals: Any = inputs
        for layer in self.layers:
            signals = layer(signals)
        return signals  # type: ignore[no-any-return]

    def batch(self, samples: Sequence[Any]) -> list[Any]:
        """Pass a whole batch through each layer in turn."""
        for layer in self.layers:
            samples = layer.batch(samples)
        return list(samples)

    def __repr__(self) -> str:
        sizes = [len(layer.neurons) for layer in self.layers]
        last = self.layers[-1].neurons[0]
        text = options(self.layers[0].neurons[0]) if len(sizes) > 1 else ""
        if last.activation is not None:
            text += f", output_activation={activation_name(last.activation)!r}"
        return f"MLP({self.layers[0].nin}, {sizes}{text})"
