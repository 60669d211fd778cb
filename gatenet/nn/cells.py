"""Recurrent cells: one step of a recurrent layer, from an input and a state to the next state.

Equations and the order of the gates in the weights are PyTorch's, so that weights can be carried
over.  Knows weighted sums and activations; `recurrent` runs cells along a sequence.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from gatenet.errors import WiringError
from gatenet.gates import sigmoid, tanh
from gatenet.kernels import maker
from gatenet.nn.activations import ActivationLike, activation_name, wiring
from gatenet.nn.initializers import Initializer, uniform
from gatenet.nn.module import Module
from gatenet.nn.neuron import rows
from gatenet.nn.shapes import checked, size
from gatenet.nn.sums import weighted_sum
from gatenet.randomness import generator
from gatenet.unit import Unit

_sigmoid, _tanh = maker(sigmoid, (True,)), maker(tanh, (True,))
Row = tuple[tuple[Any, ...], tuple[Any, ...]]


class Cell(Module):
    """The base of the cells: weights and biases of the input (ih) and of the state (hh).

    They stand gate after gate, `hidden_size` rows each.  Weights start between
    ±1 / sqrt(hidden_size) as in PyTorch, or by `init`, asked gate by gate; biases start at 0.
    """

    blocks: ClassVar[int]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        bias: bool = True,
        expand: bool = False,
        init: Initializer | None = None,
        rng: random.Random | int,
    ) -> None:
        self.input_size = size(input_size, "input_size")
        self.hidden_size = size(hidden_size, "hidden_size")
        bound = 1.0 / math.sqrt(hidden_size)
        draw, rng = init or uniform(-bound, bound), generator(rng)
        self.weights_ih, self.weights_hh = (
            [
                [Unit(value, role="parameter") for value in row]
                for _ in range(self.blocks)
                for row in rows(draw, rng, nin, hidden_size)
            ]
            for nin in (input_size, hidden_size)
        )
        self.bias_ih, self.bias_hh = (
            [Unit(0.0, role="parameter") for _ in range(self.blocks * hidden_size)]
            if bias
            else None
            for _ in range(2)
        )
        self.expand = expand

    def start(self) -> Any:
        """The state before the first step: zeros."""
        return [0.0] * self.hidden_size

    def laid_out(self) -> list[list[Row]]:
        """Lay the weights of each gate out for `step`: worth doing once for a sequence."""
        front_ih = self.bias_ih or ()
        front_hh = self.bias_hh or ()
        merged = [
            (
                (*front_ih[k : k + 1], *self.weights_ih[k]),
                (*front_hh[k : k + 1], *self.weights_hh[k]),
            )
            for k in range(len(self.weights_ih))
        ]
        width = self.hidden_size
        return [merged[start : start + width] for start in range(0, len(merged), width)]

    def forward(self, inputs: Sequence[Any], state: Any = None) -> Any:
        """Wire one step: give the next state."""
        return self.step(inputs, self.start() if state is None else state, self.laid_out())

    def step(self, inputs: Sequence[Any], state: Any, weights: list[list[Row]]) -> Any:
        """Wire one step by weights that `laid_out` gave."""
        raise NotImplementedError

    def _signals(self, inputs: Sequence[Any], hidden: Any) -> Row:
        """Check input and hidden state and put a 1 for the bias before each."""
        ones = (1.0,) if self.bias_ih is not None else ()
        return (
            (*ones, *checked(inputs, self.input_size, self)),
            (*ones, *_state(self, hidden, self.hidden_size)),
        )

    def _sums(self, signals: Row, block: list[Row]) -> Iterator[Unit]:
        """Wire the sums of one gate over the input and the state together, the biases in front."""
        biases = 0 if self.bias_ih is None else 1
        (x, h), add_up = signals, weighted_sum(self.expand)
        both = x[:biases] + h[:biases] + x[biases:] + h[biases:]
        for ih, hh in block:
            row = ih[:biases] + hh[:biases] + ih[biases:] + hh[biases:]
            yield add_up(both, row, 2 * biases)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.input_size}, {self.hidden_size}{self.options()})"

    def options(self) -> str:
        """What is not as usual, for a repr."""
        bias = "" if self.bias_ih is not None else ", bias=False"
        return bias + (", expand=True" if self.expand else "")


def _state(cell: Cell, hidden: Any, width: int) -> Sequence[Any]:
    if not isinstance(hidden, (list, tuple)) or len(hidden) != width:
        got = f"a list of {len(hidden)}" if isinstance(hidden, (list, tuple)) else repr(hidden)
        raise WiringError(f"{cell!r} got the state {got}; it takes a list of {width}")
    return checked(hidden, width, cell)


class RNNCell(Cell):
    """One step of a simple recurrent network.

    h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh); `nonlinearity` may be any activation.
    Source: J. Elman, "Finding structure in time", 1990.

    >>> cell = RNNCell(2, 3, rng=0)
    >>> len(cell([1.0, 2.0])), len(cell([1.0, 2.0], [0.1, 0.2, 0.3]))
    (3, 3)
    """

    blocks = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        nonlinearity: ActivationLike = "tanh",
        *,
        bias: bool = True,
        expand: bool = False,
        init: Initializer | None = None,
        rng: random.Random | int,
    ) -> None:
        super().__init__(input_size, hidden_size, bias=bias, expand=expand, init=init, rng=rng)
        wiring(nonlinearity)  # refuses what is none
        self.nonlinearity = nonlinearity

    def step(self, inputs: Sequence[Any], state: Any, weights: list[list[Row]]) -> list[Unit]:
        """Wire one step by weights that `laid_out` gave."""
        activate = wiring(self.nonlinearity)
        found = list(self._sums(self._signals(inputs, state), weights[0]))
        return found if activate is None else [activate(unit) for unit in found]

    def options(self) -> str:
        """What is not as usual, for a repr."""
        name = activation_name(self.nonlinearity)
        return ("" if name == "tanh" else f", {name!r}") + super().options()


class LSTMCell(Cell):
    """One step of a long short-term memory; its state is (hidden, cell), two lists.

    i, f, o = sigmoid(W_ih·x + b_ih + W_hh·h + b_hh), each by its own rows, and g the same through
    tanh; c' = f·c + i·g; h' = o·tanh(c').  The rows stand in the order i, f, g, o.
    Source: S. Hochreiter, J. Schmidhuber, "Long short-term memory", 1997; forget gate: F. Gers and
    others, 1999.

    >>> hidden, cell = LSTMCell(2, 3, rng=0)([1.0, 2.0])
    >>> len(hidden), len(cell)
    (3, 3)
    """

    blocks = 4

    def start(self) -> Any:
        """The state before the first step: zeros twice."""
        return [0.0] * self.hidden_size, [0.0] * self.hidden_size

    def step(
        self, inputs: Sequence[Any], state: Any, weights: list[list[Row]]
    ) -> tuple[list[Unit], list[Unit]]:
        """Wire one step by weights that `laid_out` gave."""
        try:
            hidden, cell = state
        except (TypeError, ValueError):
            raise WiringError(
                f"{self!r} got the state {state!r}; it takes (hidden, cell)"
            ) from None
        signals = self._signals(inputs, hidden)
        opened, forget, fresh, out = (self._sums(signals, block) for block in weights)
        add_up = weighted_sum(self.expand)
        cells = [
            add_up((_sigmoid(f), _sigmoid(i)), (c, _tanh(g)), 0)
            for i, f, g, c in zip(
                opened, forget, fresh, _state(self, cell, self.hidden_size), strict=True
            )
        ]
        return [_sigmoid(o) * _tanh(c) for o, c in zip(out, cells, strict=True)], cells


class GRUCell(Cell):
    """One step of a gated recurrent unit.

    r, z = sigmoid(W_ih·x + b_ih + W_hh·h + b_hh), each by its own rows;
    n = tanh(W_ih·x + b_ih + r·(W_hh·h + b_hh)); h' = (1 - z)·n + z·h.  The rows stand in the order
    r, z, n.
    Source: K. Cho and others, "Learning phrase representations using RNN encoder-decoder", 2014;
    the reset gate stands as in PyTorch, after the product.

    >>> len(GRUCell(2, 3, rng=0)([1.0, 2.0]))
    3
    """

    blocks = 3

    def step(self, inputs: Sequence[Any], state: Any, weights: list[list[Row]]) -> list[Unit]:
        """Wire one step by weights that `laid_out` gave."""
        signals = self._signals(inputs, state)
        biases, add_up = 0 if self.bias_ih is None else 1, weighted_sum(self.expand)
        x, h = signals
        resets, updates = (self._sums(signals, block) for block in weights[:2])
        found = []
        for r, z, (ih, hh), old in zip(resets, updates, weights[2], h[biases:], strict=True):
            fresh = add_up(x, ih, biases) + _sigmoid(r) * add_up(h, hh, biases)
            kept = _sigmoid(z)
            found.append(add_up((1.0 - kept, kept), (_tanh(fresh), old), 0))
        return found
