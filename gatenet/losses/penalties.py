"""Penalties: what is added to a loss so that parameters stay small.

A penalty takes parameters (`model.parameters()`, or those of them that should shrink: biases are
usually left out) and gives a unit to add to the loss.  Knows gates; does not know modules.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from gatenet.errors import RangeError
from gatenet.gates import absolute, dot, total
from gatenet.losses.reductions import scaled
from gatenet.losses.shapes import signal


def l1_penalty(parameters: Iterable[Any], strength: float = 1.0) -> Any:
    """The sum of the parameters' sizes times `strength` (lasso): it drives small ones to 0.

    Its derivative in a parameter is strength · sign(parameter), and 0 at 0.

    Raises RangeError without parameters or for a negative strength.

    >>> l1_penalty([3.0, -4.0], 0.5)
    3.5
    """
    weights = _weights("l1_penalty", parameters, strength)
    return scaled(float(strength), total([absolute(weight) for weight in weights]))


def l2_penalty(parameters: Iterable[Any], strength: float = 1.0) -> Any:
    """The sum of the parameters' squares times `strength` (ridge): it shrinks the large ones.

    Its derivative in a parameter is 2 · strength · parameter, so that an optimizer's
    weight_decay=w does to SGD what a strength of w/2 does here.

    Raises RangeError without parameters or for a negative strength.

    >>> l2_penalty([3.0, -4.0], 0.5)
    12.5
    """
    weights = _weights("l2_penalty", parameters, strength)
    return scaled(float(strength), dot(weights, weights))


def elastic_net_penalty(
    parameters: Iterable[Any], strength: float = 1.0, l1_ratio: float = 0.5
) -> Any:
    """Lasso and ridge together: strength · (l1_ratio · Σ|w| + (1 - l1_ratio) / 2 · Σw²).

    The names and the half are scikit-learn's (its `alpha` is `strength`).

    Raises RangeError without parameters, for a negative strength or a ratio outside of 0 to 1.

    Source: H. Zou, T. Hastie, Regularization and variable selection via the elastic net, 2005.

    >>> elastic_net_penalty([3.0, -4.0], 1.0, l1_ratio=0.5)
    9.75
    """
    if not 0.0 <= l1_ratio <= 1.0:
        raise RangeError(
            f"elastic_net_penalty got l1_ratio={l1_ratio!r}: a share is from 0 to 1",
            l1_ratio=l1_ratio,
        )
    weights = _weights("elastic_net_penalty", parameters, strength)
    lasso = scaled(float(l1_ratio), total([absolute(weight) for weight in weights]))
    ridge = scaled(0.5 * (1.0 - l1_ratio), dot(weights, weights))
    return scaled(float(strength), lasso + ridge)


def _weights(name: str, parameters: Iterable[Any], strength: float) -> list[Any]:
    if not 0.0 <= strength < math.inf:
        raise RangeError(
            f"{name} got strength={strength!r}: it is finite and 0 or more", strength=strength
        )
    weights = [signal(parameter) for parameter in parameters]
    if not weights:
        raise RangeError(f"{name} got no parameters: pass model.parameters(), or some of them")
    return weights
