"""Losses of two classes: the logistic loss, its form for probabilities, and the hinges.

Knows gates and the reductions.
"""

from __future__ import annotations

import math
from typing import Any

from gatenet.errors import RangeError
from gatenet.gates import log, log1p, relu, softplus, square
from gatenet.losses.reductions import Loss, elementwise, scaled
from gatenet.losses.shapes import value_of


def bce_with_logits(
    outputs: Any,
    targets: Any,
    *,
    pos_weight: float = 1.0,
    reduction: str = "mean",
    sample_weight: Any = None,
) -> Loss:
    """Logistic loss, or binary cross-entropy: -(t log p + (1 - t) log(1 - p)), p = sigmoid(output).

    Outputs are logits, the scores before the sigmoid; targets are labels from 0 to 1.  The
    derivative in an output is p - t (over n).  It is wired as t softplus(-output) + (1 - t)
    softplus(output), in which nothing cancels.  `pos_weight` multiplies the first part, as in
    PyTorch: the weight of class 1 where class 0 has 1.  The mean with `sample_weight` divides by
    the sum of the weights; PyTorch's `weight` of this loss divides by their number.

    Raises RangeError for a label that is not between 0 and 1, and a `pos_weight` below 0.

    >>> bce_with_logits([0.0, 800.0, -800.0], [1, 1, 1], reduction="none")
    [0.6931471805599453, 0.0, 800.0]
    """
    if not 0.0 <= pos_weight < math.inf:
        raise RangeError(
            f"bce_with_logits got pos_weight={pos_weight!r}: a weight is finite and 0 or more",
            pos_weight=pos_weight,
        )
    weight = float(pos_weight)

    def term(logit: Any, label: Any) -> Any:
        _label("bce_with_logits", label)
        if label == 1.0:
            return scaled(weight, softplus(-logit))
        if label == 0.0:
            return softplus(logit)
        return scaled(weight, label) * softplus(-logit) + (1.0 - label) * softplus(logit)

    return elementwise(term, outputs, targets, reduction, sample_weight)


def bce(outputs: Any, targets: Any, *, reduction: str = "mean", sample_weight: Any = None) -> Loss:
    """Log loss of probabilities: -(t log p + (1 - t) log(1 - p)), the outputs being p.

    The derivative in an output is (p - t) / (p (1 - p)), over n.  A certain and wrong p costs
    infinity, with an infinite slope; PyTorch stops at 100.  Where p comes from a sigmoid,
    `bce_with_logits` of the score before it is exact where this has nothing left to learn from.

    Raises RangeError for an output or a label that is not between 0 and 1.

    >>> bce([0.5, 0.25], [1, 0], reduction="none")
    [0.6931471805599453, 0.2876820724517809]
    """

    def term(p: Any, label: Any) -> Any:
        _label("bce", label)
        if value_of(p) < 0.0 or value_of(p) > 1.0:  # nan goes on, and shows where it came from
            raise RangeError(
                f"bce got the output {p!r}: a probability is between 0 and 1; scores without a "
                "sigmoid belong to bce_with_logits",
                output=p,
            )
        if label == 1.0:
            return -log(p)
        if label == 0.0:
            return -log1p(-p)
        return -(label * log(p) + (1.0 - label) * log1p(-p))

    return elementwise(term, outputs, targets, reduction, sample_weight)


def hinge_loss(
    outputs: Any, targets: Any, *, reduction: str = "mean", sample_weight: Any = None
) -> Loss:
    """Hinge loss of a support vector machine: max(0, 1 - target · output), targets -1 and 1.

    The derivative in an output is -target inside the margin and 0 beyond it and on it.

    Raises RangeError for another target.

    >>> hinge_loss([0.25, 3.0], [1, 1])
    0.375
    """

    def term(y: Any, t: Any) -> Any:
        return relu(_margin("hinge_loss", y, t))

    return elementwise(term, outputs, targets, reduction, sample_weight)


def squared_hinge_loss(
    outputs: Any, targets: Any, *, reduction: str = "mean", sample_weight: Any = None
) -> Loss:
    """Squared hinge: max(0, 1 - target · output)², smooth at the margin; targets -1 and 1.

    The derivative in an output is -2 target max(0, 1 - target · output).

    Raises RangeError for another target.

    >>> squared_hinge_loss([0.25, 3.0], [1, 1], reduction="none")
    [0.5625, 0.0]
    """

    def term(y: Any, t: Any) -> Any:
        return square(relu(_margin("squared_hinge_loss", y, t)))

    return elementwise(term, outputs, targets, reduction, sample_weight)


def _margin(name: str, y: Any, t: Any) -> Any:
    """How far a score is from the right side of its margin: 1 - t y."""
    if t not in (-1.0, 1.0):
        raise RangeError(f"{name} got the target {t!r}: classes are -1 and 1", target=t)
    return 1.0 - t * y


def _label(name: str, label: Any) -> None:
    if not 0.0 <= value_of(label) <= 1.0:
        raise RangeError(
            f"{name} got the target {label!r}: a label is between 0 and 1", target=label
        )
