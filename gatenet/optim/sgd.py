"""Stochastic gradient descent, plain or with momentum."""

from __future__ import annotations

from typing import Any, ClassVar

from gatenet.errors import RangeError
from gatenet.optim.columns import Starts, decayed
from gatenet.optim.groups import Group
from gatenet.optim.optimizer import Optimizer, Parameters
from gatenet.optim.rules import Arithmetic, Coefficients
from gatenet.optim.settings import at_least


class SGD(Optimizer):
    """Go against the gradient: value - lr · g.

    With momentum the velocity v = momentum · v + (1 - dampening) · g takes the place of g, the
    first v being g itself; with `nesterov` g + momentum · v does.  `weight_decay` adds
    weight_decay · value to g first.  These are PyTorch's formulas and defaults.

    Source of momentum in this form: I. Sutskever and others, "On the importance of initialization
    and momentum in deep learning", 2013, as PyTorch varies it.

    Raises RangeError for a negative setting, and for nesterov without momentum or with dampening.

    >>> from gatenet import Unit
    >>> w = Unit(1.0, "w", role="parameter")
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * w).backward(); optimizer.step(); w.value
    0.8
    """

    REMEMBERED: ClassVar[Starts] = {"momentum_buffer": None}

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 1e-3,
        *,
        momentum: float = 0.0,
        dampening: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            parameters, lr, momentum=momentum, dampening=dampening, nesterov=nesterov,
            weight_decay=weight_decay,
        )  # fmt: skip

    def check(self, settings: dict[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        super().check(settings)
        momentum = at_least(0.0, momentum=settings["momentum"])
        dampening = settings["dampening"]
        at_least(0.0, weight_decay=settings["weight_decay"])
        if settings["nesterov"] and (momentum == 0.0 or dampening != 0.0):
            raise RangeError(
                f"nesterov=True needs a momentum above 0 and no dampening; got momentum={momentum}"
                f", dampening={dampening}"
            )

    def coefficients(self, group: Group, t: int) -> Coefficients:
        """The lr, and what momentum and decay need."""
        return {
            "lr": float(group["lr"]),
            "decay": float(group["weight_decay"]) or None,
            "momentum": float(group["momentum"]) or None,
            "share": 1.0 - group["dampening"],
            "nesterov": bool(group["nesterov"]),
        }

    def rule(self, c: Any, values: Any, grads: Any, memory: Any, do: Arithmetic) -> tuple[Any, Any]:
        """Give the new values, and the velocities."""
        lr, momentum = c["lr"], c["momentum"]
        grads = decayed(grads, values, c["decay"])
        if momentum is not None:
            share = c["share"]
            velocities = [
                g if v is None else momentum * v + share * g
                for v, g in zip(memory["momentum_buffer"], grads, strict=True)
            ]
            memory = {"momentum_buffer": velocities}
            if c["nesterov"]:
                grads = [g + momentum * v for g, v in zip(grads, velocities, strict=True)]
            else:
                grads = velocities
        return [x - lr * g for x, g in zip(values, grads, strict=True)], memory
