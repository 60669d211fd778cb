"""Recurrent layers: a cell run along a sequence.

Knows the cells; does not know their equations.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from gatenet.nn.activations import ActivationLike
from gatenet.nn.cells import Cell, GRUCell, LSTMCell, RNNCell
from gatenet.nn.initializers import Initializer
from gatenet.nn.module import Module
from gatenet.nn.shapes import is_nested, wrong_shape


class Recurrent(Module):
    """The base of the recurrent layers: takes a sequence, gives the hidden state of each step.

    `Last` after it gives that of the last step alone; several stand one after the other in a
    Sequential.  Arguments are those of the cell.

    Raises WiringError for what is no sequence of vectors of `input_size`.
    """

    cell: Cell

    def forward(self, inputs: Sequence[Sequence[Any]], state: Any = None) -> list[list[Any]]:
        """Wire the layer to a sequence; `state` is that before the first step."""
        return self.run(inputs, state)[0]

    def run(
        self, inputs: Sequence[Sequence[Any]], state: Any = None
    ) -> tuple[list[list[Any]], Any]:
        """Wire the layer to a sequence: give the hidden states and the state after the last step.

        The state goes into the next call where a long sequence is read in pieces.
        """
        if not is_nested(inputs):
            raise wrong_shape(self, inputs, f"a sequence of vectors of {self.cell.input_size}")
        state = self.cell.start() if state is None else state
        weights = self.cell.laid_out()
        outputs = []
        for vector in inputs:
            state = self.cell.step(vector, state, weights)
            outputs.append(self._hidden(state))
        return outputs, state

    def _hidden(self, state: Any) -> list[Any]:
        return state  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        cell = self.cell
        return f"{type(self).__name__}({cell.input_size}, {cell.hidden_size}{cell.options()})"


class RNN(Recurrent):
    """A simple recurrent layer; its equation stands at `RNNCell`.

    >>> layer = RNN(2, 3, rng=0)
    >>> [len(hidden) for hidden in layer([[1.0, 2.0], [3.0, 4.0]])]
    [3, 3]
    """

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
        self.cell = RNNCell(
            input_size, hidden_size, nonlinearity, bias=bias, expand=expand, init=init, rng=rng
        )


class LSTM(Recurrent):
    """A long short-term memory; its equations stand at `LSTMCell`.

    >>> layer = LSTM(2, 3, rng=0)
    >>> outputs, (hidden, cell) = layer.run([[1.0, 2.0], [3.0, 4.0]])
    >>> outputs[-1] == hidden, len(cell)
    (True, 3)
    """

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
        self.cell = LSTMCell(input_size, hidden_size, bias=bias, expand=expand, init=init, rng=rng)

    def _hidden(self, state: Any) -> list[Any]:
        return state[0]  # type: ignore[no-any-return]


class GRU(Recurrent):
    """A layer of gated recurrent units; its equations stand at `GRUCell`.

    >>> layer = GRU(2, 3, rng=0)
    >>> [len(hidden) for hidden in layer([[1.0, 2.0], [3.0, 4.0]])]
    [3, 3]
    """

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
        self.cell = GRUCell(input_size, hidden_size, bias=bias, expand=expand, init=init, rng=rng)
