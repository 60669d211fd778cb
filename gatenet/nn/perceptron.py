"""Perceptron: the step unit, and the rule by which it learns without a gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gatenet.errors import RangeError, WiringError
from gatenet.nn.neuron import Neuron
from gatenet.nn.shapes import size
from gatenet.real import number
from gatenet.unit import Unit


class Perceptron(Neuron):
    """A step unit: 1 where bias + w · x > 0, else 0; no gradient flows through it.

    It starts from the weights and the bias given, or from zeros.  `learn` moves them by
    Rosenblatt's rule.

    Raises WiringError when the weights are not `nin`.
    Source: F. Rosenblatt, "The perceptron", 1958; M. Nielsen, "Neural networks and deep
    learning", chapter 1, whose NAND gate has the weights -2, -2 and the bias 3.

    >>> nand = Perceptron(2, weights=[-2, -2], bias=3)
    >>> [nand([x, y]).value for x in (0, 1) for y in (0, 1)]
    [1.0, 1.0, 1.0, 0.0]
    """

    def __init__(
        self,
        nin: int,
        *,
        weights: Sequence[float] | None = None,
        bias: float = 0.0,
        expand: bool = False,
    ) -> None:
        given = [0.0] * size(nin, "nin") if weights is None else list(weights)
        if len(given) != nin:
            raise WiringError(f"Perceptron({nin}) got {len(given)} weights; it takes {nin}")
        start = number(bias)
        self._build(given, "heaviside", True, expand)
        self.bias = Unit(start, role="parameter")

    def learn(self, inputs: Sequence[Any], target: float, lr: float = 1.0) -> bool:
        """Move by lr · (target - output) · (1, inputs); say whether the output was right.

        Raises RangeError for a target that is neither 0 nor 1.

        >>> rows = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 1)]
        >>> either = Perceptron(2)
        >>> while not all([either.learn(*row) for row in rows]): pass
        >>> [either(x).value for x, _ in rows]
        [0.0, 1.0, 1.0, 1.0]
        """
        if target not in (0, 1):
            raise RangeError(f"a perceptron's target is 0 or 1, not {target!r}", target=target)
        values = [x.value if type(x) is Unit else number(x) for x in inputs]
        error = number(lr) * (target - self(values).value)
        if error:
            assert self.bias is not None
            self.bias.value += error
            for weight, x in zip(self.weights, values, strict=True):
                weight.value += error * x
        return not error

    def __repr__(self) -> str:
        return f"Perceptron({len(self.weights)}{', expand=True' if self.expand else ''})"
