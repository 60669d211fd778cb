"""Containers: modules one after the other, and a module with a way round it."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import Any

from gatenet.declaration import Gate
from gatenet.errors import OperandError, WiringError
from gatenet.nn.elementwise import Activation
from gatenet.nn.module import Module
from gatenet.nn.shapes import shape, text, zipped


class Sequential(Module):
    """Modules one after the other: each takes what the one before gave.

    A gate, or the name of one, stands for its activation.  Indexing gives a module, slicing a
    Sequential of the same modules; whole batches pass through each in turn.

    Raises OperandError for something that is no module.

    >>> from gatenet.nn.linear import Linear
    >>> model = Sequential(Linear(2, 3, rng=0), "relu", Linear(3, 1, rng=1))
    >>> model
    Sequential(Linear(2, 3), Activation('relu'), Linear(3, 1))
    >>> len(model), [name for name, _ in model.named_parameters()][-1]
    (3, 'layers.2.bias.0')
    """

    def __init__(self, *modules: Module | Gate | str) -> None:
        self.layers = [_module(module, k) for k, module in enumerate(modules)]

    def forward(self, inputs: Any) -> Any:
        """Wire all modules to one sample."""
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs

    def batch(self, samples: Sequence[Any]) -> list[Any]:
        """Pass a whole batch through each module in turn."""
        for layer in self.layers:
            samples = layer.batch(samples)
        return list(samples)

    def append(self, module: Module | Gate | str) -> Sequential:
        """Put one more module at the end; give the whole."""
        self.layers = [*self.layers, _module(module, len(self.layers))]
        return self

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Module]:
        return iter(self.layers)

    def __getitem__(self, place: int | slice) -> Module:
        found = self.layers[place]
        return found if isinstance(found, Module) else _part(found)

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"


def _part(layers: list[Module]) -> Sequential:
    """Make a Sequential of modules that stand elsewhere; their units keep their names."""
    part = Sequential()
    vars(part)["layers"] = layers
    return part


def _module(module: Any, place: int) -> Module:
    if isinstance(module, Module):
        return module
    if isinstance(module, (Gate, str)):
        return Activation(module)
    raise OperandError(
        f"part {place} is {module!r}: a Sequential takes modules, gates and names of gates; wrap "
        "a function in nn.Activation (unit by unit) or write a Module with a forward()"
    )


class Residual(Module):
    """A way round a module: its output plus its input, number by number.

    Raises WiringError when the two are not of one shape.
    Source: K. He and others, "Deep residual learning for image recognition", 2015.

    >>> from gatenet.nn.linear import Linear
    >>> from gatenet.nn.initializers import zeros
    >>> [unit.value for unit in Residual(Linear(2, 2, init=zeros, rng=0))([1.0, 2.0])]
    [1.0, 2.0]
    """

    def __init__(self, module: Module | Gate | str) -> None:
        self.module = _module(module, 0)

    def forward(self, inputs: Any) -> Any:
        """Wire the module to one sample and add the sample."""
        return self._added(inputs, self.module(inputs))

    def batch(self, samples: Sequence[Any]) -> list[Any]:
        """Pass a whole batch through the module and add each sample to its output."""
        outputs = self.module.batch(samples)
        return [self._added(*pair) for pair in zip(samples, outputs, strict=True)]

    def _added(self, inputs: Any, outputs: Any) -> Any:
        try:
            return zipped(operator.add, inputs, outputs)
        except (TypeError, ValueError):
            given, found = shape(inputs), shape(outputs)
            if given == found:
                raise
            raise WiringError(
                f"{self!r} got an input of shape {text(given)}, and its module made it "
                f"{text(found)}: the two are added, so they must be of one shape",
                module=self,
            ) from None

    def __repr__(self) -> str:
        return f"Residual({self.module!r})"
