"""Normalization of one vector by its own numbers: LayerNorm and RMSNorm.

Knows the gates; `batchnorm` normalizes over a batch instead.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from gatenet.errors import RangeError
from gatenet.gates import dot, mean, sqrt
from gatenet.kernels import maker
from gatenet.nn.module import Module
from gatenet.nn.shapes import checked, size, vectors
from gatenet.real import number
from gatenet.unit import Unit

_dot, _mean, _sqrt = maker(dot, None), maker(mean, None), maker(sqrt, (True,))


def epsilon(eps: Any) -> float:
    """Check what is added to a variance."""
    found = number(eps)
    if not found >= 0.0:
        raise RangeError(f"eps is {eps!r}: what is added to a variance is 0 or more", value=eps)
    return found


def scale(n: int) -> list[Unit]:
    """Make the `n` weights of a normalization: they start at 1."""
    return [Unit(1.0, role="parameter") for _ in range(n)]


def units(inputs: Sequence[Any]) -> tuple[Any, ...]:
    """Make a unit of each plain number, so that gates can be wired where nothing is a unit."""
    return tuple([x if type(x) is Unit else Unit(x) for x in inputs])


class LayerNorm(Module):
    """Shift and scale a vector to mean 0 and variance 1, then by weights and biases of its own.

    Output k is weights[k] · (x[k] - mean(x)) / sqrt(var(x) + eps) + bias[k], with the variance
    over n, not n - 1.  Each vector of a sequence is treated alone.  `elementwise_affine=False`
    leaves weights and biases out, `bias=False` the biases.

    Raises WiringError for inputs of another length, RangeError for a negative eps.
    Source: J. Ba, J. Kiros, G. Hinton, "Layer normalization", 2016.

    >>> [round(unit.value, 3) for unit in LayerNorm(2)([1.0, 3.0])]
    [-1.0, 1.0]
    """

    def __init__(
        self, nin: int, eps: float = 1e-5, *, elementwise_affine: bool = True, bias: bool = True
    ) -> None:
        self.nin, self.eps = size(nin, "nin"), epsilon(eps)
        self.weights = scale(nin) if elementwise_affine else None
        self.bias = (
            [Unit(0.0, role="parameter") for _ in range(nin)]
            if elementwise_affine and bias
            else None
        )

    def forward(self, inputs: Sequence[Any]) -> list[Any]:
        """Wire the layer to a vector or a sequence of vectors."""
        return vectors(self._normalized, inputs)  # type: ignore[no-any-return]

    def _normalized(self, inputs: Sequence[Any]) -> list[Any]:
        signals = units(checked(inputs, self.nin, self))
        middle: Any = _mean(signals)
        centred = tuple([x - middle for x in signals])
        spread: Any = _sqrt(_dot(centred + centred) / self.nin + self.eps)
        found = [x / spread for x in centred]
        if self.weights is not None:
            found = [x * w for x, w in zip(found, self.weights, strict=True)]
        if self.bias is not None:
            found = [x + b for x, b in zip(found, self.bias, strict=True)]
        return found

    def __repr__(self) -> str:
        left_out = "" if self.weights is not None else ", elementwise_affine=False"
        if self.weights is not None and self.bias is None:
            left_out = ", bias=False"
        return f"LayerNorm({self.nin}, eps={self.eps!r}{left_out})"


class RMSNorm(Module):
    """Divide a vector by the root of the mean of its squares, then scale it by its weights.

    Output k is weights[k] · x[k] / sqrt(mean(x²) + eps).  Each vector of a sequence is treated
    alone.  `eps=None` is the spacing of float64 at 1, PyTorch's default;
    `elementwise_affine=False` leaves the weights out.

    Raises WiringError for inputs of another length, RangeError for a negative eps.
    Source: B. Zhang, R. Sennrich, "Root mean square layer normalization", 2019.

    >>> [round(unit.value, 3) for unit in RMSNorm(2)([3.0, 4.0])]
    [0.849, 1.131]
    """

    def __init__(
        self, nin: int, eps: float | None = None, *, elementwise_affine: bool = True
    ) -> None:
        self.nin = size(nin, "nin")
        self.eps = sys.float_info.epsilon if eps is None else epsilon(eps)
        self.weights = scale(nin) if elementwise_affine else None

    def forward(self, inputs: Sequence[Any]) -> list[Any]:
        """Wire the layer to a vector or a sequence of vectors."""
        return vectors(self._normalized, inputs)  # type: ignore[no-any-return]

    def _normalized(self, inputs: Sequence[Any]) -> list[Any]:
        signals = units(checked(inputs, self.nin, self))
        root: Any = _sqrt(_dot(signals + signals) / self.nin + self.eps)
        found = [x / root for x in signals]
        if self.weights is not None:
            found = [x * w for x, w in zip(found, self.weights, strict=True)]
        return found

    def __repr__(self) -> str:
        affine = "" if self.weights is not None else ", elementwise_affine=False"
        return f"RMSNorm({self.nin}, eps={self.eps!r}{affine})"
