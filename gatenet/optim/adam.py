"""Adam and AdamW: steps scaled by running estimates of the gradient's mean and square."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from gatenet.optim.columns import Starts, decayed
from gatenet.optim.groups import Group
from gatenet.optim.optimizer import Optimizer, Parameters
from gatenet.optim.rules import Arithmetic, Coefficients
from gatenet.optim.settings import at_least, betas


class Adam(Optimizer):
    """Move by lr · m̂ / (√v̂ + eps), m̂ and v̂ being the bias-corrected first and second moments.

    m = beta1 · m + (1 - beta1) · g and v = beta2 · v + (1 - beta2) · g², both from 0; at step t
    m̂ = m / (1 - beta1^t) and v̂ = v / (1 - beta2^t); eps stands outside the root.
    `weight_decay` adds weight_decay · value to g first.  With `amsgrad` the largest v so far takes
    the place of v.  Defaults are PyTorch's.

    Source: D. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1;
    S. Reddi and others, "On the convergence of Adam and beyond", 2018 (amsgrad, which PyTorch
    corrects for the bias after the maximum).

    Raises RangeError for a negative setting, or a beta that is not from 0 up to 1.

    >>> from gatenet import Unit
    >>> w = Unit(1.0, "w", role="parameter")
    >>> optimizer = Adam([w], lr=0.1)
    >>> (w * w).backward(); optimizer.step(); round(w.value, 6)
    0.9
    """

    #: Whether weight decay shrinks the values themselves, apart from the gradient.
    decoupled = False
    REMEMBERED: ClassVar[Starts] = {"exp_avg": 0.0, "exp_avg_sq": 0.0, "max_exp_avg_sq": 0.0}

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
    ) -> None:
        super().__init__(
            parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad
        )

    def check(self, settings: dict[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        super().check(settings)
        betas(settings)
        at_least(0.0, eps=settings["eps"])
        at_least(0.0, weight_decay=settings["weight_decay"])

    def coefficients(self, group: Group, t: int) -> Coefficients:
        """The rates and their complements, the stride with its bias correction, the decay."""
        lr, (beta1, beta2), decay = group["lr"], group["betas"], group["weight_decay"]
        return {
            "shrink": 1.0 - lr * decay if self.decoupled and decay else None,
            "decay": float(decay) if decay and not self.decoupled else None,
            "beta1": float(beta1), "share1": 1.0 - beta1,
            "beta2": float(beta2), "share2": 1.0 - beta2,
            "amsgrad": bool(group["amsgrad"]),
            "stride": lr / (1.0 - beta1**t),
            "root": math.sqrt(1.0 - beta2**t),
            "eps": float(group["eps"]) or None,
        }  # fmt: skip

    def rule(self, c: Any, values: Any, grads: Any, memory: Any, do: Arithmetic) -> tuple[Any, Any]:
        """Give the new values, and the moments."""
        beta1, share1, beta2, share2 = c["beta1"], c["share1"], c["beta2"], c["share2"]
        if c["shrink"] is not None:
            shrink = c["shrink"]
            values = [shrink * x for x in values]
        grads = decayed(grads, values, c["decay"])
        means = [beta1 * m + share1 * g for m, g in zip(memory["exp_avg"], grads, strict=True)]
        squares = [
            beta2 * v + share2 * g * g for v, g in zip(memory["exp_avg_sq"], grads, strict=True)
        ]
        memory = {**memory, "exp_avg": means, "exp_avg_sq": squares}
        if c["amsgrad"]:
            squares = list(map(do.larger, memory["max_exp_avg_sq"], squares))
            memory["max_exp_avg_sq"] = squares
        return scaled(values, means, squares, c["stride"], c["root"], c["eps"], do), memory


class AdamW(Adam):
    """Adam with decoupled weight decay: each value shrinks by lr · weight_decay · value first.

    The decay does not go through the moments, so it is the same for every parameter.  Defaults
    are PyTorch's.

    Source: I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", 2019,
    algorithm 2, with the schedule's multiplier inside lr.

    Raises as Adam does.

    >>> from gatenet import Unit
    >>> w = Unit(1.0, "w", role="parameter")
    >>> optimizer = AdamW([w], lr=0.1, weight_decay=0.5)
    >>> (w * w).backward(); optimizer.step(); round(w.value, 6)
    0.85
    """

    decoupled = True

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
    ) -> None:
        super().__init__(
            parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad
        )


def scaled(
    values: Any, means: Any, squares: Any, stride: Any, root: Any, eps: Any, do: Arithmetic
) -> Any:
    """Move each value by stride · m / (√v / root + eps).

    Where there has been no gradient yet and there is no eps, 0/0 is no move.
    """
    sqrt, over = do.sqrt, do.over
    if eps is not None:
        return [
            x - stride * m / (sqrt(v) / root + eps)
            for x, m, v in zip(values, means, squares, strict=True)
        ]
    return [
        x - over(stride * m, sqrt(v) / root) for x, m, v in zip(values, means, squares, strict=True)
    ]
