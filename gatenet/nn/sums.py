"""Weighted sums: the one place where layers multiply and add.

A sum is over pairs of a signal and a weight; a bias is the weight of a constant 1 that stands in
front.  Knows the gates; does not know layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gatenet.gates import dot
from gatenet.kernels import maker
from gatenet.unit import Unit

#: A function of (signals, weights, how many biases stand in front) that gives their sum.
WeightedSum = Callable[[tuple[Any, ...], tuple[Any, ...], int], Unit]

_dot = maker(dot, None)


def wide(signals: tuple[Any, ...], weights: tuple[Any, ...], biases: int) -> Unit:
    """Wire a weighted sum as one `dot` gate."""
    return _dot(signals + weights)


def single(signals: tuple[Any, ...], weights: tuple[Any, ...], biases: int) -> Unit:
    """Wire a weighted sum from single multiplies and adds, in the order in which `dot` folds."""
    terms = list(weights[:biases])
    terms += [x * w for x, w in zip(signals[biases:], weights[biases:], strict=True)]
    total: Any = terms[0]
    for term in terms[1:]:
        total = total + term
    return total  # type: ignore[no-any-return]


def weighted_sum(expand: bool) -> WeightedSum:
    """Choose how a layer wires its sums: one gate each, or single gates, equal to the bit."""
    return single if expand else wide


def biased(
    inputs: Iterable[Any], weights: Iterable[Any], bias: Unit | None
) -> tuple[tuple[Any, ...], tuple[Any, ...], int]:
    """Lay inputs and weights out for a weighted sum, the bias in front.

    >>> biased([2.0, 3.0], [0.5, 0.25], None)
    ((2.0, 3.0), (0.5, 0.25), 0)
    """
    if bias is None:
        return tuple(inputs), tuple(weights), 0
    return (1.0, *inputs), (bias, *weights), 1


def paired(left: tuple[Any, ...], right: tuple[Any, ...], expand: bool = False) -> Any:
    """Wire the dot product of two rows; of plain numbers alone it is a number.

    >>> paired((1.0, 2.0), (3.0, 4.0))
    11.0
    """
    both = left + right
    if not any(type(x) is Unit for x in both):
        return dot(left, right)
    return single(left, right, 0) if expand else _dot(both)
