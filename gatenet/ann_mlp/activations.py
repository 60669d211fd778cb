"""Activations: OpenCV's five as gates, with the ranges that outputs are scaled to.

OpenCV's formulas differ from its manual in two places, and its code is what is followed here: the
symmetric sigmoid of the default parameters is 1.7159 · tanh(x / 3), and the gaussian squares alpha.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gatenet.errors import RangeError
from gatenet.gates import gaussian, identity, leaky_relu, relu, symmetric_sigmoid

#: Below it OpenCV takes a parameter for "the default, please": the spacing of 32-bit floats at 1.
FLT_EPSILON = 2.0**-23
NAMES = ("IDENTITY", "SIGMOID_SYM", "GAUSSIAN", "RELU", "LEAKYRELU")
_DEFAULTS = ((1.0, 0.0), (2.0 / 3.0, 1.7159), (1.0, 1.0), (1.0, 0.0), (0.01, 0.0))
#: Where responses are scaled to, and where later ones have to lie; none where nothing saturates.
_RANGES = {1: ((-0.95, 0.95), (-0.98, 0.98)), 2: ((0.05, 1.0), (0.02, 1.0))}


@dataclass(frozen=True)
class Activation:
    """One of the five with its two parameters."""

    kind: int
    alpha: float
    beta: float

    @property
    def function(self) -> Callable[[Any], Any]:
        """What a neuron's sum goes through."""
        if self.kind == 1:
            return lambda u: symmetric_sigmoid(u, alpha=self.alpha, beta=self.beta)
        if self.kind == 2:
            return lambda u: gaussian(u, alpha=self.alpha * self.alpha, beta=self.beta)
        if self.kind == 4:
            return lambda u: leaky_relu(u, slope=self.alpha)
        return relu if self.kind == 3 else identity

    @property
    def range(self) -> tuple[float, float] | None:
        """Where the responses of a training are scaled to."""
        return _RANGES[self.kind][0] if self.kind in _RANGES else None

    @property
    def limits(self) -> tuple[float, float] | None:
        """Where those of a later training, after which weights are updated, have to lie."""
        return _RANGES[self.kind][1] if self.kind in _RANGES else None


def chosen(kind: int, alpha: float, beta: float) -> Activation:
    """Take a parameter of (nearly) 0 for the default one, and leave out those a kind has not.

    Raises RangeError for an unknown kind.
    """
    if kind not in range(len(NAMES)) or isinstance(kind, bool):
        listed = ", ".join(f"{name} = {k}" for k, name in enumerate(NAMES))
        raise RangeError(f"unknown activation {kind!r}: it is one of {listed}", kind=kind)
    first, second = _DEFAULTS[kind]
    if kind == 0:
        return Activation(kind, first, second)
    alpha = float(alpha) if abs(alpha) >= FLT_EPSILON else first
    if kind in _RANGES:
        return Activation(kind, alpha, float(beta) if abs(beta) >= FLT_EPSILON else second)
    return Activation(kind, alpha, second)
