"""Losses of numbers: squared, absolute, Huber's, and Poisson's for counts.

Knows gates and the reductions; does not know classes.
"""

from __future__ import annotations

import math
from typing import Any

from gatenet.errors import RangeError
from gatenet.gates import absolute, clip, exp, log, square
from gatenet.losses.reductions import Loss, elementwise
from gatenet.losses.shapes import value_of
from gatenet.unit import Unit


def mse_loss(
    outputs: Any, targets: Any, *, reduction: str = "mean", sample_weight: Any = None
) -> Loss:
    """Squared error: the mean of (output - target)² over all outputs of all samples.

    Its derivative in one output is 2 (output - target) / n.

    >>> mse_loss([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    return elementwise(lambda y, t: square(y - t), outputs, targets, reduction, sample_weight)


def half_squared_error(
    outputs: Any, targets: Any, *, reduction: str = "sum", sample_weight: Any = None
) -> Loss:
    """Half the sum of (output - target)², whose derivative in an output is the error itself.

    >>> half_squared_error([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    whole = mse_loss(outputs, targets, reduction=reduction, sample_weight=sample_weight)
    return [0.5 * term for term in whole] if reduction == "none" else 0.5 * whole


def l1_loss(
    outputs: Any, targets: Any, *, reduction: str = "mean", sample_weight: Any = None
) -> Loss:
    """Absolute error (MAE): the mean of |output - target|, which outliers pull at less.

    Its derivative in one output is sign(output - target) / n, and 0 where they are equal.

    >>> l1_loss([1.0, 2.0], [1.0, 4.0])
    1.0
    """
    return elementwise(lambda y, t: absolute(y - t), outputs, targets, reduction, sample_weight)


def huber_loss(
    outputs: Any,
    targets: Any,
    *,
    delta: float = 1.0,
    reduction: str = "mean",
    sample_weight: Any = None,
) -> Loss:
    """Huber's loss: half the square of an error up to `delta`, and beyond it a straight line.

    With e the error, it is e²/2 for |e| <= delta and delta (|e| - delta/2) for larger ones; its
    derivative is e held between -delta and delta.  It is wired as c (e - c/2) with that held
    error c, one formula for both sides.

    Raises RangeError when `delta` is not positive.

    Source: P. J. Huber, Robust estimation of a location parameter, 1964.

    >>> huber_loss([0.5, 3.0], [0.0, 0.0], reduction="none")
    [0.125, 2.5]
    """
    if not 0.0 < delta < math.inf:
        raise RangeError(f"huber_loss got delta={delta!r}: it is positive and finite", delta=delta)

    def term(y: Any, t: Any) -> Any:
        error = y - t
        held = clip(error, low=-delta, high=delta)
        return held * (error - 0.5 * held)

    return elementwise(term, outputs, targets, reduction, sample_weight)


def poisson_nll_loss(
    outputs: Any,
    targets: Any,
    *,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: str = "mean",
    sample_weight: Any = None,
) -> Loss:
    """Minus the log-likelihood of counts that are Poisson with the predicted rate.

    With `log_input` an output y is the logarithm of the rate, and the loss is exp(y) - t y with
    the derivative exp(y) - t.  Without, it is the rate itself: y - t log(y + eps).  `full` adds
    log(t!), which no gradient sees; PyTorch adds Stirling's approximation of it, and only for t
    above 1.

    Raises RangeError for a negative target.

    >>> poisson_nll_loss([0.0, 0.0], [1, 3], full=True, reduction="none")
    [1.0, 2.7917594692280554]
    """

    def term(y: Any, t: Any) -> Any:
        count = value_of(t)
        if not count >= 0.0:
            raise RangeError(
                f"poisson_nll_loss got the target {t!r}: a count is 0 or more", target=t
            )
        if full and type(t) is Unit:
            raise RangeError(
                f"poisson_nll_loss got the target {t!r} with full=True: log(t!) is known for plain "
                "numbers alone; take .value of the target"
            )
        loss = exp(y) - t * y if log_input else y - t * log(y + eps)
        return loss + math.lgamma(count + 1.0) if full else loss

    return elementwise(term, outputs, targets, reduction, sample_weight)
