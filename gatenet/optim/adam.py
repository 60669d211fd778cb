"""Adam: steps scaled by running estimates of the gradient's mean and square."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from gatenet.optim.optimizer import Optimizer, at_least, below_one
from gatenet.unit import Unit


class Adam(Optimizer):
    """Move by lr · m̂ / (√v̂ + eps), m̂ and v̂ being the bias-corrected first and second moments.

    m = beta1 · m + (1 - beta1) · g and v = beta2 · v + (1 - beta2) · g², both from 0; at step t
    m̂ = m / (1 - beta1^t) and v̂ = v / (1 - beta2^t); eps stands outside the root.
    `weight_decay` adds weight_decay · value to g first.  Defaults are PyTorch's.

    Source: D. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1.

    Raises RangeError for a negative setting, or a beta that is not from 0 up to 1.

    >>> w = Unit(1.0, "w", role="parameter")
    >>> optimizer = Adam([w], lr=0.1)
    >>> (w * w).backward(); optimizer.step(); round(w.value, 6)
    0.9
    """

    def __init__(
        self,
        parameters: Iterable[Unit],
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        self.betas = below_one(beta1=betas[0]), below_one(beta2=betas[1])
        self.eps = at_least(0.0, eps=eps)
        self.weight_decay = at_least(0.0, weight_decay=weight_decay)

    def moved(self, value: float, grad: float, state: dict[str, Any]) -> float:
        """Give the new value of one parameter."""
        beta1, beta2 = self.betas
        if self.weight_decay:
            grad = grad + self.weight_decay * value
        t: int = state.get("t", 0) + 1
        m: float = beta1 * state.get("m", 0.0) + (1.0 - beta1) * grad
        v: float = beta2 * state.get("v", 0.0) + (1.0 - beta2) * grad * grad
        state.update(t=t, m=m, v=v)
        scale = math.sqrt(v) / math.sqrt(1.0 - beta2**t) + self.eps
        if scale == 0.0:  # no gradient yet, and eps=0
            return value
        return value - self.lr / (1.0 - beta1**t) * m / scale
