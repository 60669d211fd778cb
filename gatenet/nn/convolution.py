"""Convolution: the same weighted sum at every place of a row or an image.

As everywhere in this field it is the cross-correlation: the kernel is not turned round.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, ClassVar

from gatenet.nn.initializers import Initializer, he_uniform
from gatenet.nn.module import Module
from gatenet.nn.neuron import rows
from gatenet.nn.shapes import chained, channels, folded, size
from gatenet.nn.sums import weighted_sum
from gatenet.nn.windows import Kernel, Lengths, kernel, windows
from gatenet.randomness import generator
from gatenet.unit import Unit

Picker = Callable[[Sequence[Any]], tuple[Any, ...]]


class Convolution(Module):
    """The base of `Conv1d` and `Conv2d`, which say what it computes."""

    dims: ClassVar[int]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] = 1,
        padding: int | Sequence[int] = 0,
        dilation: int | Sequence[int] = 1,
        bias: bool = True,
        *,
        expand: bool = False,
        init: Initializer | None = None,
        rng: random.Random | int,
    ) -> None:
        self.in_channels = size(in_channels, "in_channels")
        self.out_channels = size(out_channels, "out_channels")
        self.kernel = kernel(self.dims, kernel_size, stride, padding, dilation)
        fan_in = in_channels * self.kernel.taps
        drawn = rows(init or he_uniform, generator(rng), fan_in, out_channels)
        shape = (in_channels, *self.kernel.size)
        self.weights = [
            folded([Unit(value, role="parameter") for value in row], shape) for row in drawn
        ]
        self.bias = [Unit(0.0, role="parameter") for _ in drawn] if bias else None
        self.expand = expand

    def forward(self, inputs: Sequence[Any]) -> list[Any]:
        """Wire the layer to one sample, a list of channels."""
        lengths, signals = channels(self, inputs, self.in_channels, self.dims)
        outputs, pickers = _pickers(lengths, self.in_channels, self.kernel)
        biases = 0 if self.bias is None else 1
        ones, add_up = (1.0,) * biases, weighted_sum(self.expand)
        seen = [(ones + inputs_of(signals), weights_of) for inputs_of, weights_of in pickers]
        found = []
        for place, filter_ in enumerate(self.weights):
            weights = chained(filter_, self.dims + 1)
            front = () if self.bias is None else (self.bias[place],)
            sums: list[Any] = [
                add_up(signals, front + weights_of(weights), biases) if signals else 0.0
                for signals, weights_of in seen
            ]
            found.append(folded(sums, outputs))
        return found

    def __repr__(self) -> str:
        bias = ", bias=False" if self.bias is None else ""
        return (
            f"{type(self).__name__}({self.in_channels}, {self.out_channels}, "
            f"{self.kernel.options()}{bias}{', expand=True' if self.expand else ''})"
        )


class Conv1d(Convolution):
    """A convolution over rows: takes a list of channels, each a list of numbers.

    Output o at place t is bias[o] + the sum over channels c and taps k of
    weights[o][c][k] · inputs[c][t·stride + k·dilation - padding].  Each output is one `dot` gate,
    or single gates with `expand=True`, equal to the bit; what lies in the zero padding is left
    out.  Weights start by `init` (He's uniform by default), which is asked for `out_channels` rows
    of in_channels · taps numbers; biases start at 0.

    Raises WiringError for inputs of another shape, RangeError where the kernel does not fit.

    >>> layer = Conv1d(1, 1, 2, rng=0)
    >>> layer.load_state_dict({"weights.0.0.0": -1.0, "weights.0.0.1": 1.0, "bias.0": 0.0})
    >>> [[unit.value for unit in row] for row in layer([[1.0, 2.0, 4.0, 8.0]])]
    [[1.0, 2.0, 4.0]]
    """

    dims = 1


class Conv2d(Convolution):
    """A convolution over images: takes a list of channels, each a list of rows.

    As `Conv1d` in two dimensions: weights[o][c][ky][kx] meets
    inputs[c][y·stride + ky·dilation - padding][x·stride + kx·dilation - padding].  Sizes, strides,
    paddings and dilations are one number, or one for the height and one for the width.

    Raises WiringError for inputs of another shape, RangeError where the kernel does not fit.
    Source: Y. LeCun and others, "Gradient-based learning applied to document recognition", 1998.

    >>> from gatenet.nn.initializers import constant
    >>> layer = Conv2d(1, 1, 2, init=constant(1.0), rng=0)
    >>> layer([[[1.0, 2.0], [3.0, 4.0]]])[0][0][0].value
    10.0
    """

    dims = 2


@lru_cache(maxsize=64)
def _pickers(
    lengths: Lengths, count: int, moved: Kernel
) -> tuple[Lengths, tuple[tuple[Picker, Picker], ...]]:
    """Plan a convolution: for each output, what picks its inputs and what picks its weights."""
    outputs, places = windows(lengths, moved)
    area = 1
    for length in lengths:
        area *= length
    whole = tuple(range(moved.taps))
    return outputs, tuple([
        (
            _picker([c * area + k for c in range(count) for k in window.inputs]),
            tuple if window.taps == whole
            else _picker([c * moved.taps + k for c in range(count) for k in window.taps]),
        )
        for window in places
    ])  # fmt: skip


def _picker(places: list[int]) -> Picker:
    """Make a function that takes the items at these places out of a list, as a tuple."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda items: tuple([items[place] for place in places])
