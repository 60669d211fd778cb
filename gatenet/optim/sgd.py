"""Stochastic gradient descent, plain or with momentum."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gatenet.errors import RangeError
from gatenet.optim.optimizer import Optimizer, at_least
from gatenet.unit import Unit


class SGD(Optimizer):
    """Go against the gradient: value - lr · g.

    With momentum the velocity v = momentum · v + (1 - dampening) · g takes the place of g, the
    first v being g itself; with `nesterov` g + momentum · v does.  `weight_decay` adds
    weight_decay · value to g first.  These are PyTorch's formulas and defaults.

    Source of momentum in this form: I. Sutskever and others, "On the importance of initialization
    and momentum in deep learning", 2013, as PyTorch varies it.

    Raises RangeError for a negative setting, and for nesterov without momentum or with dampening.

    >>> w = Unit(1.0, "w", role="parameter")
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * w).backward(); optimizer.step(); w.value
    0.8
    """

    def __init__(
        self,
        parameters: Iterable[Unit],
        lr: float = 1e-3,
        *,
        momentum: float = 0.0,
        dampening: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        self.momentum = at_least(0.0, momentum=momentum)
        self.dampening = dampening
        self.nesterov = nesterov
        self.weight_decay = at_least(0.0, weight_decay=weight_decay)
        if nesterov and (momentum == 0.0 or dampening != 0.0):
            raise RangeError(
                f"nesterov=True needs a momentum above 0 and no dampening; got momentum={momentum}"
                f", dampening={dampening}"
            )

    def moved(self, value: float, grad: float, state: dict[str, Any]) -> float:
        """Give the new value of one parameter."""
        if self.weight_decay:
            grad = grad + self.weight_decay * value
        if self.momentum:
            velocity = state.get("velocity")
            if velocity is None:
                velocity = grad
            else:
                velocity = self.momentum * velocity + (1.0 - self.dampening) * grad
            state["velocity"] = velocity
            grad = grad + self.momentum * velocity if self.nesterov else velocity
        return value - self.lr * grad
