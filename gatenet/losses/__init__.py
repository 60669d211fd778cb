"""Losses: one unit that says how wrong the outputs are.

`outputs` and `targets` have the same shape: a number each, a list, or a list of lists (samples of
outputs).  A layer's list of one output may meet a bare number; nothing else is stretched to fit.
Where nothing is a unit, a loss is a plain float.  Knows units and gates; does not know modules.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.gates import logsumexp, mean, relu, softplus, square, total
from gatenet.real import number
from gatenet.unit import Unit

#: A unit; a float where nothing is a unit; a list of them where reduction="none".
Loss = Any


def mse_loss(outputs: Any, targets: Any, *, reduction: str = "mean") -> Loss:
    """Squared error: the mean of (output - target)² over all outputs of all samples.

    Its derivative in one output is 2 (output - target) / n.

    >>> mse_loss([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    return reduced([square(y - t) for y, t in _pairs(outputs, targets)], reduction)


def half_squared_error(outputs: Any, targets: Any) -> Loss:
    """Half the sum of (output - target)², whose derivative in an output is the error itself.

    >>> half_squared_error([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    return 0.5 * reduced([square(y - t) for y, t in _pairs(outputs, targets)], "sum")


def bce_with_logits(outputs: Any, targets: Any, *, reduction: str = "mean") -> Loss:
    """Logistic loss, or binary cross-entropy: -(t log p + (1 - t) log(1 - p)), p = sigmoid(output).

    Outputs are logits, the scores before the sigmoid; targets are labels from 0 to 1.  It is wired
    as t softplus(-output) + (1 - t) softplus(output), in which nothing cancels.

    Raises RangeError for a label that is not between 0 and 1.

    >>> bce_with_logits([0.0, 800.0, -800.0], [1, 1, 1], reduction="none")
    [0.6931471805599453, 0.0, 800.0]
    """
    return reduced([_bce(y, t) for y, t in _pairs(outputs, targets)], reduction)


def _bce(logit: Any, label: Any) -> Any:
    value = label.value if type(label) is Unit else label
    if not 0.0 <= value <= 1.0:
        raise RangeError(
            f"bce_with_logits got the target {label!r}: a label is between 0 and 1", target=label
        )
    if label == 1.0:
        return softplus(-logit)
    if label == 0.0:
        return softplus(logit)
    return label * softplus(-logit) + (1.0 - label) * softplus(logit)


def cross_entropy(outputs: Any, targets: Any, *, reduction: str = "mean") -> Loss:
    """Cross-entropy of logits with the number of the true class: -log softmax(outputs)[k].

    One sample is a list of logits and a class number; several are a list of such lists and a list
    of class numbers.  It is wired as logsumexp of the differences outputs[j] - outputs[k]: what a
    book writes as logsumexp(outputs) - outputs[k] loses the digits of a small loss of large
    logits.

    Raises OperandError when a target is no whole number, RangeError when there is no such class
    or only one.

    >>> cross_entropy([1000.0, 1000.0], 0)
    0.6931471805599453
    """
    if not _is_list(targets):
        return _cross_entropy(outputs, targets)
    if not _is_list(outputs) or len(outputs) != len(targets):
        got = len(outputs) if _is_list(outputs) else 1
        raise WiringError(f"cross_entropy got {got} rows of logits and {len(targets)} targets")
    rows = zip(outputs, targets, strict=True)
    return reduced([_cross_entropy(row, target) for row, target in rows], reduction)


def _cross_entropy(logits: Any, target: Any) -> Any:
    if not _is_list(logits) or any(_is_list(logit) for logit in logits):
        raise WiringError(
            "cross_entropy takes a list of logits for each class number: a class number alone "
            "goes with one list, a list of class numbers with a list of lists"
        )
    try:
        k = operator.index(target) if type(target) is not Unit else None
    except TypeError:
        k = None
    if k is None or isinstance(target, bool):
        raise OperandError(f"cross_entropy got the target {target!r}: it takes the class's number")
    if len(logits) == 1:
        raise RangeError("cross_entropy got one logit: two classes or more, or bce_with_logits")
    if not 0 <= k < len(logits):
        raise RangeError(
            f"cross_entropy got class {k} with {len(logits)} logits: classes are numbered from 0 "
            f"to {len(logits) - 1}",
            target=target,
        )
    signals = [_signal(logit) for logit in logits]
    true = signals[k]
    return logsumexp([0.0 if j == k else signal - true for j, signal in enumerate(signals)])


def hinge_loss(outputs: Any, targets: Any, *, reduction: str = "mean") -> Loss:
    """Hinge loss of a support vector machine: max(0, 1 - target · output), targets -1 and 1.

    At the margin itself the derivative is 0.

    Raises RangeError for another target.

    >>> hinge_loss([0.25, 3.0], [1, 1])
    0.375
    """
    terms = []
    for y, t in _pairs(outputs, targets):
        if t not in (-1.0, 1.0):
            raise RangeError(f"hinge_loss got the target {t!r}: classes are -1 and 1", target=t)
        terms.append(relu(1.0 - t * y))
    return reduced(terms, reduction)


_REDUCTIONS: dict[str, Callable[[Any], Any]] = {
    "mean": lambda terms: mean(terms) if len(terms) > 1 else terms[0],
    "sum": lambda terms: total(terms) if len(terms) > 1 else terms[0],
    "none": list,
}


def reduced(terms: Sequence[Any], reduction: str) -> Any:
    """Make one unit of the terms of a loss: their "mean", their "sum", or "none" for the list.

    Raises RangeError for another reduction, or when there are no terms.
    """
    if reduction not in _REDUCTIONS:
        raise RangeError(
            f"unknown reduction {reduction!r}: it is one of {sorted(_REDUCTIONS)}",
            reduction=reduction,
        )
    if not terms:
        raise RangeError("a loss needs at least one output; got none")
    return _REDUCTIONS[reduction](terms)


def _is_list(thing: Any) -> bool:
    return hasattr(thing, "__len__") and not isinstance(thing, str | bytes)


def _pairs(outputs: Any, targets: Any, place: str = "") -> Iterator[tuple[Any, Any]]:
    """Give each output with its target; shapes that differ are an error that says where."""
    if _is_list(outputs) and not _is_list(targets) and len(outputs) == 1 and place:
        outputs = outputs[0]
    if not _is_list(outputs) and not _is_list(targets):
        yield _signal(outputs), _signal(targets)
        return
    if not _is_list(outputs) or not _is_list(targets):
        what, other = ("outputs", "targets") if _is_list(outputs) else ("targets", "outputs")
        raise WiringError(
            f"{what}{place} is a list and {other}{place} one value: give them the same shape"
        )
    if len(outputs) != len(targets):
        raise WiringError(
            f"outputs{place} has {len(outputs)} items and targets{place} has {len(targets)}: "
            "each output needs one target"
        )
    for k, (output, target) in enumerate(zip(outputs, targets, strict=True)):
        yield from _pairs(output, target, f"{place}[{k}]")


def _signal(thing: Any) -> Any:
    return thing if type(thing) is Unit else number(thing)
