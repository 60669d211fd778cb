"""Pooling: the largest or the mean of each window of a row or an image, channel by channel.

Knows windows and the gates `maximum` and `mean`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from gatenet.declaration import Gate
from gatenet.gates import maximum, mean
from gatenet.kernels import maker
from gatenet.nn.module import Module
from gatenet.nn.shapes import channels, folded
from gatenet.nn.windows import Window, kernel, pooled, windows
from gatenet.unit import Unit


class Pooling(Module):
    """The base of the pooling layers, which say what becomes of a window."""

    dims: ClassVar[int]
    gate: ClassVar[Gate]

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
    ) -> None:
        stride = kernel_size if stride is None else stride
        self.kernel = pooled(kernel(self.dims, kernel_size, stride, padding))

    def forward(self, inputs: Sequence[Any]) -> list[Any]:
        """Wire the layer to one sample, a list of channels."""
        lengths, signals = channels(self, inputs, None, self.dims)
        outputs, places = windows(lengths, self.kernel)
        area = len(signals) // len(inputs)
        found = []
        for start in range(0, len(signals), area):
            channel = signals[start : start + area]
            units = Unit in set(map(type, channel))
            gate: Callable[..., Any] = maker(self.gate, None) if units else self.gate
            found.append(folded([gate(self._seen(channel, one)) for one in places], outputs))
        return found

    def _seen(self, channel: Sequence[Any], window: Window) -> tuple[Any, ...]:
        """Give what a window sees of a channel."""
        return tuple([channel[place] for place in window.inputs])

    def __repr__(self) -> str:
        moved = self.kernel
        return f"{type(self).__name__}({moved.options()})"


class MaxPooling(Pooling):
    """The base of `MaxPool1d` and `MaxPool2d`."""

    gate = maximum


class MeanPooling(Pooling):
    """The base of `AvgPool1d` and `AvgPool2d`."""

    gate = mean

    def _seen(self, channel: Sequence[Any], window: Window) -> tuple[Any, ...]:
        return super()._seen(channel, window) + (0.0,) * (self.kernel.taps - len(window.taps))


class MaxPool1d(MaxPooling):
    """Give the largest of each window of each channel, a list of numbers.

    The stride is by default the kernel's size.  The padding never wins.  Where k numbers are
    equally large each receives 1/k of the gradient (PyTorch gives all to the first).

    >>> MaxPool1d(2)([[1.0, 3.0, 2.0, 0.0]])
    [[3.0, 2.0]]
    """

    dims = 1


class MaxPool2d(MaxPooling):
    """Give the largest of each window of each channel, a list of rows; as `MaxPool1d`.

    >>> MaxPool2d(2)([[[1.0, 3.0], [2.0, 0.0]]])
    [[[3.0]]]
    """

    dims = 2


class AvgPool1d(MeanPooling):
    """Give the mean of each window of each channel, a list of numbers.

    The stride is by default the kernel's size.  The zeros of the padding are averaged in, as in
    PyTorch.

    >>> AvgPool1d(2)([[1.0, 3.0, 2.0, 0.0]])
    [[2.0, 1.0]]
    """

    dims = 1


class AvgPool2d(MeanPooling):
    """Give the mean of each window of each channel, a list of rows; as `AvgPool1d`.

    >>> AvgPool2d(2)([[[1.0, 3.0], [2.0, 0.0]]])
    [[[1.5]]]
    """

    dims = 2
