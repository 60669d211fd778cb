"""Batch normalization: each feature shifted and scaled by its mean and variance over a batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gatenet.errors import RangeError, WiringError
from gatenet.gates import dot, mean, sqrt
from gatenet.kernels import maker
from gatenet.nn.module import Module
from gatenet.nn.normalization import epsilon, scale, units
from gatenet.nn.places import Buffer
from gatenet.nn.shapes import flat, mapped, shape, size, wrong_shape
from gatenet.real import number
from gatenet.unit import Unit

_dot, _mean, _sqrt = maker(dot, None), maker(mean, None), maker(sqrt, (True,))


class BatchNorm(Module):
    """Shift and scale each feature by its mean and variance, then by a weight and bias of its own.

    Output k is weights[k] · (x[k] - mean[k]) / sqrt(var[k] + eps) + bias[k].  A sample is a vector
    of `nin` features, or `nin` channels of any shape, whose numbers then all count together.

    In training, `batch(rows)` takes mean and variance (over n) of the batch and moves the running
    ones towards them: running = (1 - momentum) · running + momentum · found, the variance there
    over n - 1.  In evaluation the running ones are used and one sample can be called alone.  They
    are buffers: in `state_dict`, moved by no gradient.

    Raises WiringError for a single sample in training and for wrong shapes, RangeError for a batch
    of one number per feature.
    Source: S. Ioffe and C. Szegedy, "Batch normalization", 2015; defaults are PyTorch's.

    >>> layer = BatchNorm(1)
    >>> [[round(unit.value, 2) for unit in row] for row in layer.batch([[1.0], [2.0], [3.0]])]
    [[-1.22], [0.0], [1.22]]
    >>> layer.running_mean, layer.running_var
    (Buffer([0.2]), Buffer([1.0]))
    """

    def __init__(
        self, nin: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True
    ) -> None:
        self.nin, self.eps, self.momentum = size(nin, "nin"), epsilon(eps), number(momentum)
        if not 0.0 <= self.momentum <= 1.0:
            raise RangeError(f"momentum is {momentum!r}: it is between 0 and 1", value=momentum)
        self.weights = scale(nin) if affine else None
        self.bias = [Unit(0.0, role="parameter") for _ in range(nin)] if affine else None
        self.running_mean = Buffer([0.0] * nin)
        self.running_var = Buffer([1.0] * nin)

    def forward(self, inputs: Sequence[Any]) -> list[Any]:
        """Wire the layer to one sample by the running statistics; evaluation mode alone."""
        if self.training:
            raise WiringError(
                f"{self!r} got one sample in training, where it takes mean and variance of a "
                "whole batch: call model.batch(rows), or model.eval() first",
                module=self,
            )
        self._check(inputs)
        return [self._scaled(k, self._standing(k, part)) for k, part in enumerate(inputs)]

    def _standing(self, k: int, part: Any) -> Any:
        """Normalize a part of a sample, of feature k, by the running statistics."""
        middle, factor = self.running_mean[k], 1.0 / math.sqrt(self.running_var[k] + self.eps)
        return mapped(lambda x: (x - middle) * factor, part)

    def batch(self, samples: Sequence[Any]) -> list[Any]:
        """Wire the layer to a batch; in training by the statistics of that batch."""
        if not self.training:
            return [self(sample) for sample in samples]
        for sample in samples:
            self._check(sample)
        features = [[list(flat(sample[k])) for sample in samples] for k in range(self.nin)]
        counted = sum(map(len, features[0]))
        if counted < 2:
            raise RangeError(
                f"{self!r} got a batch of {counted} number(s) for each feature: a variance takes "
                "two or more. Use larger batches, or model.eval()"
            )
        found = [self._normalized(k, feature) for k, feature in enumerate(features)]
        return [
            [
                self._scaled(k, _like(part, found[k][place]))
                for k, part in enumerate(sample)
            ]
            for place, sample in enumerate(samples)
        ]  # fmt: skip

    def _normalized(self, k: int, feature: list[list[Any]]) -> list[list[Any]]:
        """Normalize one feature over the batch, sample by sample, and note its statistics."""
        signals = units([x for part in feature for x in part])
        count = len(signals)
        middle: Any = _mean(signals)
        centred = tuple([x - middle for x in signals])
        variance: Any = _dot(centred + centred) / float(count)
        spread = _sqrt(variance + self.eps)
        self._note(self.running_mean, k, middle.value)
        self._note(self.running_var, k, variance.value * count / (count - 1))
        found = iter([x / spread for x in centred])
        return [[next(found) for _ in part] for part in feature]

    def _note(self, running: Buffer, k: int, found: float) -> None:
        running[k] = (1.0 - self.momentum) * running[k] + self.momentum * found

    def _scaled(self, k: int, part: Any) -> Any:
        """Scale and shift what was normalized of feature k, a number or a nested list."""
        if self.weights is None or self.bias is None:
            return part
        weight, bias = self.weights[k], self.bias[k]
        return mapped(lambda x: x * weight + bias, part)

    def _check(self, sample: Any) -> None:
        if not isinstance(sample, (list, tuple)) or len(sample) != self.nin or not shape(sample):
            raise wrong_shape(self, sample, f"a list of {self.nin} features or channels")

    def __repr__(self) -> str:
        affine = "" if self.weights is not None else ", affine=False"
        return f"BatchNorm({self.nin}, eps={self.eps!r}, momentum={self.momentum!r}{affine})"


def _like(part: Any, numbers: list[Any]) -> Any:
    """Lay numbers out as a part of a sample is: one number, or a nested list."""
    found = iter(numbers)
    return mapped(lambda _: next(found), part)
