"""Additive losses: whether a batch's loss is the mean or the sum of its samples' losses.

Asked of the loss itself, on numbers, before a compiled training adds samples up.  Knows losses as
functions of (outputs, targets).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import islice
from typing import Any

from gatenet.errors import CompileError
from gatenet.modes import no_grad
from gatenet.training.batching import Rows
from gatenet.training.engines import objective
from gatenet.training.evaluation import Loss, number_of

#: Rows of the batch that is looked at.
TOGETHER = 512


def is_mean(loss: Loss, rows: Rows, outputs: Sequence[Sequence[Any]]) -> bool:
    """Whether the loss of a batch is the mean of its samples' losses; else it is their sum.

    `outputs` lists for each row some outputs that fit its target, of whatever rows.

    Raises CompileError where it is neither, and what the loss raises on any of the targets.

    >>> from gatenet.losses import half_squared_error, mse_loss
    >>> rows = Rows([[0.0], [0.0]], [1.0, 3.0])
    >>> [is_mean(loss, rows, [[2.0], [2.5]]) for loss in (mse_loss, half_squared_error)]
    [True, False]
    """
    size = len(rows.inputs)
    count = min(size, TOGETHER)
    places = [size * k // count for k in range(count)]
    if count < size:
        with no_grad():  # the others are shown to the loss as well, which may refuse one
            for target, fit in zip(rows.targets, outputs, strict=True):
                loss([fit[0]], [target])
    batch = rows.pick(places)
    for shift in (0, 1, 2):
        given = [outputs[k][(n + shift) % len(outputs[k])] for n, k in enumerate(places)]
        found = _measured(loss, given, batch)
        if found is None:  # nothing is finite, which the first step will tell
            return True
        whole, mean, summed = found
        as_mean, as_sum = near([whole], [mean]), near([whole], [summed])
        if as_mean != as_sum or count == 1:
            return as_mean
        if not as_mean:
            break
    name = getattr(loss, "__name__", type(loss).__name__)
    raise CompileError(
        f"{name} of a batch is {whole!r}, and its samples' losses have the mean {mean!r} and the "
        f"sum {summed!r}: a compiled training adds up the losses of single samples, and this one "
        "is neither. Or train it eagerly (compiled=False)"
    )


def _measured(loss: Loss, outputs: Sequence[Any], batch: Rows) -> tuple[float, float, float] | None:
    """The loss of a batch, and the mean and the sum of its samples' own that are finite."""
    with no_grad():
        single = [number_of(loss([y], [t])) for y, t in zip(outputs, batch.targets, strict=True)]
        kept = [k for k, x in enumerate(single) if math.isfinite(x)]
        if not kept:
            return None
        part = batch.pick(kept)
        given = [outputs[k] for k in kept]
        whole = number_of(objective(loss, given, part.targets, part.weights))
    weights = part.weights or [1.0] * len(kept)
    summed = math.fsum(w * single[k] for w, k in zip(weights, kept, strict=True))
    return whole, summed / math.fsum(weights), summed


def near(found: Sequence[float], expected: Sequence[float]) -> bool:
    """Whether numbers are the same but for rounding; what is not finite is not looked at."""
    return len(found) == len(expected) and all(
        abs(a - b) <= 1e-7 * (1.0 + abs(b)) or not math.isfinite(b)
        for a, b in islice(zip(found, expected, strict=True), 4096)
    )
