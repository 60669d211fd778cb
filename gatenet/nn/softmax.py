"""Softmax and its logarithm: scores of several classes turned into probabilities.

Knows the gates; both are wired from `logsumexp`, so that nothing overflows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gatenet.errors import WiringError
from gatenet.gates import exp, logsumexp
from gatenet.kernels import maker
from gatenet.nn.module import Module
from gatenet.nn.shapes import listed, vectors, wrong_shape
from gatenet.unit import Unit

_exp, _logsumexp = maker(exp, (True,)), maker(logsumexp, None)


def log_softmax(scores: Sequence[Any]) -> list[Any]:
    """Give the logarithms of the softmax: scores[k] - logsumexp(scores).

    The value of the largest score, as a plain number, is taken from all scores first.  That
    changes no result or gradient and saves the digits that large scores would cost; a replay with
    other values stays right, and keeps as many digits as its scores allow.

    >>> log_softmax([1000.0, 0.0]), log_softmax([3.0])
    ([0.0, -1000.0], [0.0])
    """
    values = [score.value if type(score) is Unit else score for score in scores]
    highest = max(values)
    if not math.isfinite(highest):
        highest = 0.0
    shifted = tuple([score - highest for score in scores])
    if any(type(score) is Unit for score in shifted):
        top: Any = _logsumexp(shifted)
    else:
        top = logsumexp(shifted)
    return [score - top for score in shifted]


def softmax(scores: Sequence[Any]) -> list[Any]:
    """Give exp(scores[k]) / the sum of all exp(scores): exp of `log_softmax`.

    >>> softmax([1000.0, 1000.0])
    [0.5, 0.5]
    """
    return [_exp(log) if type(log) is Unit else exp(log) for log in log_softmax(scores)]


class LogSoftmax(Module):
    """Give the logarithms of the softmax of a vector, or of each vector of a sequence.

    >>> LogSoftmax()([0.0, 0.0])
    [-0.6931471805599453, -0.6931471805599453]
    """

    def forward(self, inputs: Sequence[Any]) -> list[Any]:
        """Wire the layer to a vector or a sequence of vectors."""
        return vectors(log_softmax, _filled(self, inputs))  # type: ignore[no-any-return]


class Softmax(Module):
    """Give the probabilities that a vector of scores stands for; also for each of a sequence.

    >>> [round(p, 3) for p in Softmax()([0.0, 1.0])]
    [0.269, 0.731]
    """

    def forward(self, inputs: Sequence[Any]) -> list[Any]:
        """Wire the layer to a vector or a sequence of vectors."""
        return vectors(softmax, _filled(self, inputs))  # type: ignore[no-any-return]


def _filled(module: Module, inputs: Any) -> Any:
    inputs = listed(inputs)
    if not isinstance(inputs, (list, tuple)):
        raise wrong_shape(module, inputs, "a list of scores")
    if not inputs:
        raise WiringError(f"{module!r} got an empty list; it takes one score or more")
    return inputs
