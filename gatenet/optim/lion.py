"""Lion: every parameter moves by the same stride, in the direction of an interpolated momentum."""

from __future__ import annotations

from typing import Any, ClassVar

from gatenet.optim.columns import Column, Memory, Starts
from gatenet.optim.groups import Group
from gatenet.optim.optimizer import Optimizer, Parameters
from gatenet.optim.settings import at_least, betas


class Lion(Optimizer):
    """Move by lr · (sign(c) + weight_decay · value), c = beta1 · m + (1 - beta1) · g.

    Then m = beta2 · m + (1 - beta2) · g, from 0.  The stride is lr itself, so lr is chosen three
    to ten times smaller than for AdamW, and weight_decay as much larger.  Where c is 0 only the
    decay moves.  PyTorch has no Lion; the defaults are the paper's.

    Source: X. Chen and others, "Symbolic discovery of optimization algorithms", 2023, algorithm 2.

    Raises RangeError for a negative setting, or a beta that is not from 0 up to 1.

    >>> from gatenet import Unit
    >>> w = Unit(1.0, "w", role="parameter")
    >>> optimizer = Lion([w], lr=0.125)
    >>> (w * w).backward(); optimizer.step(); w.value
    0.875
    """

    REMEMBERED: ClassVar[Starts] = {"exp_avg": 0.0}

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 1e-4,
        *,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, betas=betas, weight_decay=weight_decay)

    def check(self, settings: dict[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        super().check(settings)
        betas(settings)
        at_least(0.0, weight_decay=settings["weight_decay"])

    def moved(
        self, group: Group, t: int, values: Column, grads: Column, memory: Memory
    ) -> tuple[Column, Memory]:
        """Give the new values, and the momenta."""
        lr, (beta1, beta2), means = group["lr"], group["betas"], memory["exp_avg"]
        shrink, share1, share2 = 1.0 - lr * group["weight_decay"], 1.0 - beta1, 1.0 - beta2
        directions = [beta1 * m + share1 * g for m, g in zip(means, grads, strict=True)]
        moved = [
            shrink * x - (lr if c > 0.0 else -lr if c < 0.0 else 0.0)
            for x, c in zip(values, directions, strict=True)
        ]
        return moved, {
            "exp_avg": [beta2 * m + share2 * g for m, g in zip(means, grads, strict=True)]
        }
