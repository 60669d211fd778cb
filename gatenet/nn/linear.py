"""Linear: weighted sums side by side, without an activation."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from gatenet.nn.initializers import Initializer, xavier_uniform
from gatenet.nn.module import Module
from gatenet.nn.neuron import rows
from gatenet.nn.shapes import checked, is_nested, size
from gatenet.nn.sums import weighted_sum
from gatenet.randomness import generator
from gatenet.unit import Unit


class Linear(Module):
    """A linear layer: output j is bias[j] + the sum over k of weights[j][k] · inputs[k].

    A list of vectors (a sequence) gives a list of outputs, as each vector would alone.  Weights
    start by `init`, Glorot's uniform by default, and biases at 0.  Each output is one `dot` gate,
    or single gates with `expand=True`, equal to the bit.

    Raises WiringError for inputs of another length, RangeError for a size below 1.

    >>> layer = Linear(2, 1, rng=0)
    >>> layer.load_state_dict({"weights.0.0": 3.0, "weights.0.1": -1.0, "bias.0": 0.5})
    >>> layer([2.0, 1.0])[0].value
    5.5
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        bias: bool = True,
        *,
        expand: bool = False,
        init: Initializer | None = None,
        rng: random.Random | int,
    ) -> None:
        self.nin, self.nout = size(nin, "nin"), size(nout, "nout")
        drawn = rows(init or xavier_uniform, generator(rng), nin, nout)
        self.weights = [[Unit(value, role="parameter") for value in row] for row in drawn]
        self.bias = [Unit(0.0, role="parameter") for _ in range(nout)] if bias else None
        self.expand = expand

    def forward(self, inputs: Sequence[Any]) -> list[Any]:
        """Wire the outputs of one vector, or of each vector of a sequence."""
        if is_nested(inputs):
            return self.batch(inputs)
        return self.batch((inputs,))[0]  # type: ignore[no-any-return]

    def batch(self, samples: Sequence[Any]) -> list[Any]:
        """Wire the outputs of several samples; the weights are laid out once."""
        biases = 0 if self.bias is None else 1
        weights = [tuple(row) for row in self.weights]
        if self.bias is not None:
            weights = [(unit, *row) for unit, row in zip(self.bias, weights, strict=True)]
        ones, add_up = (1.0,) * biases, weighted_sum(self.expand)
        outputs: list[Any] = []
        for sample in samples:
            if is_nested(sample):
                outputs.append(self.batch(sample))
                continue
            signals = (*ones, *checked(sample, self.nin, self))
            outputs.append([add_up(signals, row, biases) for row in weights])
        return outputs

    def __repr__(self) -> str:
        bias = ", bias=False" if self.bias is None else ""
        return f"Linear({self.nin}, {self.nout}{bias}{', expand=True' if self.expand else ''})"
