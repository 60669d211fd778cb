"""Gradients between the pass and the step: clipped, or shaken.

Every function works on the gradients that a backward pass has left on the parameters, and leaves
alone the parameters that no pass has visited.  Knows units; does not know optimizers.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from typing import Any

from gatenet.errors import DomainError
from gatenet.optim.settings import at_least
from gatenet.randomness import generator, normal
from gatenet.sweep import check_finished
from gatenet.unit import Unit, as_units, describe


def clip_grad_value_(parameters: Iterable[Unit] | Unit, clip_value: float) -> None:
    """Bring every gradient into the range from -clip_value to clip_value.

    Raises RangeError for a negative value, DomainError that names a gradient that is nan, and
    UnfinishedPassError in the middle of a pass; then no gradient has changed.

    >>> w = Unit(3.0, "w")
    >>> (w * w).backward(); clip_grad_value_([w], 0.5); w.grad
    0.5
    """
    at_least(0.0, clip_value=clip_value)
    units = _visited(parameters)
    for unit in units:
        if math.isnan(unit._grad):
            raise _bad(unit)
    for unit in units:
        unit._grad = min(max(unit._grad, -clip_value), clip_value)


def clip_grad_norm_(
    parameters: Iterable[Unit] | Unit, max_norm: float, norm_type: float = 2.0
) -> float:
    """Shrink all gradients together so that their norm is at most max_norm; give the norm before.

    Each is multiplied by max_norm / (norm + 1e-6) where that is below 1, as PyTorch does.
    `norm_type` is p of the p-norm (Σ |g|^p)^(1/p): from 1, math.inf for the largest.

    Source: R. Pascanu and others, "On the difficulty of training recurrent neural networks",
    2013, algorithm 1.

    Raises RangeError for a setting out of its range, DomainError that names the first gradient
    that is not finite, and UnfinishedPassError in the middle of a pass; then no gradient has
    changed.

    >>> a, b = Unit(3.0), Unit(4.0)
    >>> ((a * a + b * b) * 0.5).backward()
    >>> clip_grad_norm_([a, b], 1.0), round(a.grad, 6), round(b.grad, 6)
    (5.0, 0.6, 0.8)
    """
    at_least(0.0, max_norm=max_norm)
    if norm_type != math.inf:
        at_least(1.0, norm_type=norm_type)
    units = _visited(parameters)
    for unit in units:
        if not math.isfinite(unit._grad):
            raise _bad(unit)
    norm = _norm([unit._grad for unit in units], norm_type)
    share = max_norm / (norm + 1e-6)
    if share < 1.0:
        for unit in units:
            unit._grad *= share
    return norm


def add_grad_noise_(
    parameters: Iterable[Unit] | Unit, std: float, *, rng: random.Random | int
) -> None:
    """Add to every gradient a number from the normal distribution of deviation `std`.

    The paper lets std² fall with the step t as eta / (1 + t)^0.55, eta from {0.01, 0.3, 1}.

    Source: A. Neelakantan and others, "Adding gradient noise improves learning for very deep
    networks", 2015, equation 1.

    Raises RangeError for a negative std, UnfinishedPassError in the middle of a pass.

    >>> w = Unit(3.0)
    >>> (w * w).backward(); add_grad_noise_([w], 0.0, rng=0); w.grad
    6.0
    """
    at_least(0.0, std=std)
    rng = generator(rng)
    for unit in _visited(parameters):
        unit._grad += normal(rng, 0.0, std)


def _visited(parameters: Iterable[Unit] | Unit) -> list[Any]:
    """The parameters that have a gradient, once nobody stands in the middle of a pass."""
    units = as_units(parameters, empty=True)
    check_finished(units)
    return [unit for unit in units if unit.visited]


def _norm(grads: list[float], p: float) -> float:
    """The p-norm, which neither overflows nor underflows on the way."""
    if p == 2.0:
        return math.hypot(*grads)
    largest = max(map(abs, grads), default=0.0)
    if p == math.inf or largest == 0.0:
        return largest
    return float(largest * math.fsum((abs(g) / largest) ** p for g in grads) ** (1.0 / p))


def _bad(unit: Unit) -> DomainError:
    return DomainError(
        f"the gradient of {describe(unit)} is {unit.grad!r}: no gradient was changed. Run the "
        "pass under gatenet.detect_anomaly() to find the first gate that is not finite",
        unit=unit,
    )
