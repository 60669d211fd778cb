"""Reductions: from the terms of a loss to one unit, and the weights on the way.

`sample_weight` says how much each sample counts, and "mean" is then the weighted mean: the sum of
weight times term over the sum of the weights.  Knows units and gates; does not know any loss.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gatenet.errors import RangeError, WiringError
from gatenet.gates import dot, mean, total
from gatenet.losses.shapes import is_list, pairs
from gatenet.real import number

#: A unit; a float where nothing is a unit; a list of them where reduction="none".
Loss = Any

REDUCTIONS = ("mean", "none", "sum")


def reduced(
    terms: Sequence[Any],
    reduction: str,
    weights: Sequence[float] | None = None,
    amounts: Sequence[float] | None = None,
) -> Loss:
    """Make one unit of the terms of a loss: their "mean", their "sum", or "none" for the list.

    `weights` multiplies the terms.  The mean divides by the sum of weights times `amounts`, where
    an amount is what a term counts for before it is weighted, usually 1.  A term of weight 0 is
    left out of the circuit, as if its sample were not there.

    Raises RangeError for another reduction, when there are no terms, or when nothing has weight.

    >>> reduced([1.0, 4.0], "mean"), reduced([1.0, 4.0], "mean", [3.0, 1.0])
    (2.5, 1.75)
    """
    if reduction not in REDUCTIONS:
        raise RangeError(
            f"unknown reduction {reduction!r}: it is one of {list(REDUCTIONS)}", reduction=reduction
        )
    if not terms:
        raise RangeError("a loss needs at least one output; got none")
    if weights is None and amounts is None:
        if reduction == "none":
            return list(terms)
        gather = mean if reduction == "mean" else total
        return gather(terms) if len(terms) > 1 else terms[0]
    weights = [1.0] * len(terms) if weights is None else weights
    if reduction == "none":
        return [scaled(weight, term) for weight, term in zip(weights, terms, strict=True)]
    kept = [(weight, term) for weight, term in zip(weights, terms, strict=True) if weight]
    amount = 1.0
    if reduction == "mean":
        amount = math.fsum(weights if amounts is None else map(operator.mul, weights, amounts))
    if not kept or amount == 0.0:
        raise RangeError("every weight of this loss is 0: nothing is left to learn from")
    if len(kept) == 1:
        weight, term = kept[0]
        return scaled(weight / amount, term)
    if all(weight == 1.0 for weight, _ in kept):
        gathered = total([term for _, term in kept])
    else:
        gathered = dot([term for _, term in kept], [weight for weight, _ in kept])
    return gathered if amount == 1.0 else gathered / amount


def elementwise(
    term: Callable[[Any, Any], Any],
    outputs: Any,
    targets: Any,
    reduction: str,
    sample_weight: Any,
) -> Loss:
    """Reduce `term(output, target)` over all outputs; a sample's weight counts for each of its own.

    >>> elementwise(lambda y, t: y - t, [[3.0, 1.0], [5.0, 5.0]], [[0, 0], [0, 0]], "mean", [1, 3])
    4.25
    """
    found, owners = pairs(outputs, targets)
    terms = [term(y, t) for y, t in found]
    return reduced(terms, reduction, spread(sample_weight, owners))


def spread(sample_weight: Any, owners: Sequence[int]) -> list[float] | None:
    """Give each term the weight of the sample that owns it; None where there are no weights.

    Raises WiringError for too many or too few weights, RangeError for one that is negative or not
    finite, OperandError for one that is no number.
    """
    if sample_weight is None:
        return None
    count = max(owners, default=-1) + 1
    weights = list(sample_weight) if is_list(sample_weight) else [sample_weight]
    if len(weights) != count:
        raise WiringError(
            f"sample_weight has {len(weights)} weights and there are {count} samples: each sample "
            "needs one"
        )
    checked = [_weight(weight, f"sample_weight[{k}]") for k, weight in enumerate(weights)]
    return [checked[owner] for owner in owners]


def class_weights(class_weight: Any, count: int) -> list[float] | None:
    """Read the weights of `count` classes: a list, or a dict that leaves out those of weight 1.

    Raises WiringError when their number is wrong, RangeError for a class that is not there and a
    weight that is negative or not finite.

    >>> class_weights({2: 5.0}, 3), class_weights([1, 2], 2)
    ([1.0, 1.0, 5.0], [1.0, 2.0])
    """
    if class_weight is None:
        return None
    if isinstance(class_weight, Mapping):
        for k in class_weight:
            if k not in range(count):
                raise RangeError(
                    f"class_weight names the class {k!r}; classes are numbered from 0 to "
                    f"{count - 1}",
                    target=k,
                )
        class_weight = [class_weight.get(k, 1.0) for k in range(count)]
    if not is_list(class_weight) or len(class_weight) != count:
        raise WiringError(
            f"class_weight is {class_weight!r} and there are {count} classes: give a list of "
            f"{count} weights, or a dict from a class's number to its weight"
        )
    return [_weight(weight, f"class_weight[{k}]") for k, weight in enumerate(class_weight)]


def _weight(weight: Any, what: str) -> float:
    found = number(weight)
    if not 0.0 <= found < math.inf:
        raise RangeError(f"{what} is {weight!r}: a weight is finite and 0 or more", weight=weight)
    return found


def scaled(factor: Any, term: Any) -> Any:
    """Multiply, without a gate where the factor is 1 and without a term where it is 0.

    >>> scaled(1.0, 3.0), scaled(0.0, float("inf")), scaled(2.0, 3.0)
    (3.0, 0.0, 6.0)
    """
    if type(factor) is float and factor in (0.0, 1.0):
        return term if factor else 0.0
    return factor * term
