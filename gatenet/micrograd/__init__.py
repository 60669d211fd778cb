"""The names of micrograd: change the import, and a micrograd program runs here.

    from gatenet.micrograd import MLP, Layer, Module, Neuron, Value

`Value` is `gatenet.Unit`, which has micrograd's `.data`, `.grad`, `.relu()` and `.backward()`.  The
modules keep micrograd's habits where `gatenet.nn` has others: neurons are wired from single
multiplies and adds, a layer of one neuron gives a bare unit, the last layer is linear, and weights
are drawn from Python's global `random` in the same order, so the same `random.seed` gives the
same network.

What differs: a value's children are `.inputs` and its operation `.gate`; `backward()` after a
leaf was written is a StaleCircuitError, not a mix of old and new numbers; a second `backward()`
adds exactly one more gradient to the leaves; and depth has no limit.

>>> a, b = Value(-4.0), Value(2.0)
>>> c = a * b + b**3
>>> c.backward()
>>> c.data, a.grad, b.grad
(0.0, 2.0, 8.0)

Source of the interface: A. Karpathy, micrograd, 2020.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from gatenet.unit import Unit

Value = Unit


class Module:
    """Something with parameters."""

    def zero_grad(self) -> None:
        """Forget the gradient of every parameter."""
        for p in self.parameters():
            p.zero_grad()

    def parameters(self) -> list[Unit]:
        """List the parameters."""
        return []


class Neuron(Module):
    """A weighted sum of inputs, through relu unless `nonlin` is False.

    >>> random.seed(0)
    >>> Neuron(2).w[0].data == 2 * random.Random(0).random() - 1
    True
    """

    def __init__(self, nin: int, nonlin: bool = True) -> None:
        self.w = [Unit(random.uniform(-1, 1), role="parameter") for _ in range(nin)]
        self.b = Unit(0, role="parameter")
        self.nonlin = nonlin

    def __call__(self, x: Sequence[Unit | float]) -> Unit:
        """Wire the neuron to its inputs: bias + w0·x0 + w1·x1 + ..., in this order."""
        act = self.b
        for wi, xi in zip(self.w, x, strict=True):
            act = act + wi * xi
        return act.relu() if self.nonlin else act

    def parameters(self) -> list[Unit]:
        """List the weights, then the bias."""
        return [*self.w, self.b]

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """Neurons side by side; the output is a list, or a bare unit for one neuron."""

    def __init__(self, nin: int, nout: int, **kwargs: Any) -> None:
        self.neurons = [Neuron(nin, **kwargs) for _ in range(nout)]

    def __call__(self, x: Sequence[Unit | float]) -> Any:
        """Wire every neuron to the inputs."""
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Unit]:
        """List the parameters, neuron by neuron."""
        return [p for neuron in self.neurons for p in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """Layers one after the other, the last one linear."""

    def __init__(self, nin: int, nouts: list[int]) -> None:
        sizes = [nin, *nouts]
        last = len(nouts) - 1
        self.layers = [Layer(sizes[k], sizes[k + 1], nonlin=k != last) for k in range(len(nouts))]

    def __call__(self, x: Any) -> Any:
        """Wire the network to one sample."""
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self) -> list[Unit]:
        """List the parameters, layer by layer."""
        return [p for layer in self.layers for p in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"
