"""Losses of many classes: cross-entropy of logits, and minus a log-probability.

A target is the number of the true class, or a probability for each class (one-hot among them):
targets with one list less than the outputs are numbers, targets of the same shape probabilities.
Knows gates and the reductions.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.gates import dot, logsumexp, total
from gatenet.losses.choices import Choice
from gatenet.losses.choices import Shares as Chosen
from gatenet.losses.reductions import Loss, class_weights, reduced, scaled, spread
from gatenet.losses.shapes import depth, is_list, row_of, rows, value_of
from gatenet.unit import Unit

#: What the classes of one row count for: (class, weight times probability), without those of 0.
Shares = list[tuple[int, Any]]


def cross_entropy(
    outputs: Any,
    targets: Any,
    *,
    class_weight: Any = None,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
    sample_weight: Any = None,
) -> Loss:
    """Cross-entropy of logits with the true class: -log softmax(outputs)[k].

    One sample is a list of logits and a class number; several are a list of such lists and a list
    of class numbers; sequences one list more of both.  A target may also be a list of
    probabilities t (one-hot, or soft): the loss is then the sum of -t[c] log softmax(outputs)[c].
    The derivative in a logit is softmax minus target.

    `class_weight`, a list or a dict, multiplies the part of each class; the mean then divides by
    the sum of the true classes' weights where targets are class numbers and by the number of rows
    where they are probabilities, as in PyTorch.  `sample_weight` multiplies further, and the mean
    divides by it too.  `label_smoothing` s takes the share s of each target away and gives it to
    all classes alike.

    It is wired as logsumexp of the differences outputs[j] - outputs[k]: what a book writes as
    logsumexp(outputs) - outputs[k] loses the digits of a small loss of large logits.

    Raises OperandError when a class number is no whole number, RangeError when there is no such
    class or only one, or when probabilities do not add up to 1.

    >>> cross_entropy([1000.0, 1000.0], 0)
    0.6931471805599453
    >>> cross_entropy([[2.0, 1.0, 0.0]], [[0.0, 1.0, 0.0]]) == cross_entropy([2.0, 1.0, 0.0], 1)
    True
    """
    if not 0.0 <= label_smoothing <= 1.0:
        raise RangeError(
            f"cross_entropy got label_smoothing={label_smoothing!r}: a share is from 0 to 1",
            label_smoothing=label_smoothing,
        )
    return _over_rows(
        "cross_entropy", "logits", _cross_entropy, outputs, targets,
        class_weight, float(label_smoothing), reduction, sample_weight,
    )  # fmt: skip


def nll(
    outputs: Any,
    targets: Any,
    *,
    class_weight: Any = None,
    reduction: str = "mean",
    sample_weight: Any = None,
) -> Loss:
    """Negative log-likelihood: minus the true class's log-probability, the outputs being those.

    Targets, weights and the mean are those of `cross_entropy`, which is this loss after a
    log-softmax, with more digits.

    Raises as `cross_entropy` does, and RangeError for an output above 0.

    >>> nll([-0.5, -1.5], 1), nll([[-0.5, -1.5]], [[0.5, 0.5]])
    (1.5, 1.0)
    """
    return _over_rows(
        "nll", "log-probabilities", _nll, outputs, targets,
        class_weight, 0.0, reduction, sample_weight,
    )  # fmt: skip


def _over_rows(
    name: str,
    what: str,
    term: Callable[[list[Any], Shares], Any],
    outputs: Any,
    targets: Any,
    class_weight: Any,
    smoothing: float,
    reduction: str,
    sample_weight: Any,
) -> Loss:
    """Reduce `term` over the rows of outputs, each with the shares of its classes."""
    if is_list(outputs) and not len(outputs):
        raise RangeError(f"{name} needs at least one row of {what}; got none")
    lists = depth(outputs) - depth(targets)
    if lists not in (0, 1):
        raise WiringError(
            f"{name} takes a list of {what} for each class number: a class number alone goes with "
            "one list, a list of class numbers with a list of lists (and probabilities with a "
            "list of their own length)"
        )
    found, owners = rows(name, what, outputs, targets, depth(targets) - (lists == 0))
    terms, amounts = [], []
    weights = class_weights(class_weight, len(found[0][0]))
    for row, target in found:
        if len(row) == 1:
            raise RangeError(
                f"{name} got one of {what}: two classes or more, or bce_with_logits of one logit"
            )
        if weights is not None and len(row) != len(weights):
            raise WiringError(f"{name} got {len(row)} {what} and {len(weights)} class weights")
        if lists:
            shares, amount = _of_number(name, target, len(row), weights, smoothing)
        else:
            shares, amount = _of_probabilities(name, target, len(row), weights, smoothing), 1.0
        terms.append(term(row, shares))
        amounts.append(amount)
    weighted = weights is not None and lists
    return reduced(terms, reduction, spread(sample_weight, owners), amounts if weighted else None)


def _of_number(
    name: str, target: Any, count: int, weights: list[float] | None, smoothing: float
) -> tuple[Shares, float]:
    """The shares of the classes where `target` is the true one's number, and that one's weight."""
    if type(target) is Choice and weights is None:
        columns = target.among(count)
        if smoothing:
            return _smoothed(columns, None, smoothing), 1.0
        return Chosen(enumerate(columns)), 1.0
    try:
        k = operator.index(target) if type(target) is not Unit else None
    except TypeError:
        k = None
    if k is None or isinstance(target, bool):
        raise OperandError(f"{name} got the target {target!r}: it takes the class's number")
    if not 0 <= k < count:
        raise RangeError(
            f"{name} got class {k} of {count}: classes are numbered from 0 to {count - 1}",
            target=target,
        )
    weight = 1.0 if weights is None else weights[k]
    if not smoothing:
        return [(k, weight)] if weight else [], weight
    one_hot = [1.0 if c == k else 0.0 for c in range(count)]
    return _smoothed(one_hot, weights, smoothing), weight


def _of_probabilities(
    name: str, target: Any, count: int, weights: list[float] | None, smoothing: float
) -> Shares:
    """The shares of the classes where `target` is a probability for each."""
    return _smoothed(probabilities(name, target, count), weights, smoothing)


def probabilities(name: str, target: Any, count: int) -> list[Any]:
    """Check that a target is `count` probabilities, which add up to 1.

    Raises WiringError for another number of them, RangeError for what is no distribution.
    """
    found = row_of(name, "probabilities", target)
    if len(found) != count:
        raise WiringError(
            f"{name} got {count} outputs and {len(found)} probabilities: each class needs one"
        )
    values = [value_of(p) for p in found]
    if not all(0.0 <= p <= 1.0 for p in values) or abs(math.fsum(values) - 1.0) > 1e-5:
        raise RangeError(
            f"{name} got the target {target!r}: targets of the outputs' shape are probabilities "
            "that add up to 1; class numbers have one list less",
            target=target,
        )
    return found


def _smoothed(target: list[Any], weights: list[float] | None, smoothing: float) -> Shares:
    """Weight times smoothed probability for each class, without the plain zeros."""
    even = smoothing / len(target)
    if smoothing:
        target = [(1.0 - smoothing) * p + even for p in target]
    if weights is not None:
        target = [scaled(w, p) for w, p in zip(weights, target, strict=True)]
    return [(c, p) for c, p in enumerate(target) if type(p) is Unit or p]


def _cross_entropy(logits: list[Any], shares: Shares) -> Any:
    """The sum of share times -log softmax, wired around the class of the largest share.

    With k that class and d[j] = logits[j] - logits[k], -log softmax[c] is logsumexp(d) - d[c]: so
    the one-hot case is logsumexp(d) alone, and what must cancel in the others is at most as many
    times the result as there are classes.
    """
    if not shares:
        return 0.0
    if type(shares) is Chosen:
        true = dot(logits, [share for _, share in shares])  # exact: all but one share are 0
        return logsumexp([logit - true for logit in logits])
    k, main = max(shares, key=lambda share: value_of(share[1]))
    true = logits[k]
    distances = [0.0 if j == k else logit - true for j, logit in enumerate(logits)]
    rest = [(c, share) for c, share in shares if c != k]
    if not rest:
        return scaled(main, logsumexp(distances))
    every = [share for _, share in shares]
    whole = total(every) if any(type(share) is Unit for share in every) else math.fsum(every)
    passed = dot([distances[c] for c, _ in rest], [share for _, share in rest])
    return scaled(whole, logsumexp(distances)) - passed


def _nll(row: list[Any], shares: Shares) -> Any:
    """Minus the sum of share times log-probability."""
    for c, _ in shares:
        log_probability(f"nll got class {c}'s output", row[c])
    if not shares:
        return 0.0
    if len(shares) == 1:
        c, share = shares[0]
        return -scaled(share, row[c])
    return -dot([row[c] for c, _ in shares], [share for _, share in shares])


def log_probability(what: str, output: Any) -> None:
    """Check that an output can be the logarithm of a probability; a rounding above 0 is let pass.

    Raises RangeError for one that is above 0.
    """
    if value_of(output) > 1e-5:
        raise RangeError(
            f"{what} {output!r}: a log-probability is 0 or less; scores without a log-softmax "
            "belong to cross_entropy",
            output=output,
        )
