"""Adam's kin: Adamax, NAdam and RAdam, each with one thing changed."""

from __future__ import annotations

from math import sqrt
from typing import Any, ClassVar

from gatenet.optim.adam import scaled
from gatenet.optim.columns import Column, Memory, Starts, decayed
from gatenet.optim.groups import Group
from gatenet.optim.optimizer import Optimizer, Parameters
from gatenet.optim.rules import FLOATS, over
from gatenet.optim.settings import at_least, betas


class _Kin(Optimizer):
    """What the three have in common: their checks and their weight decay."""

    def check(self, settings: dict[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        super().check(settings)
        betas(settings)
        for name in ("eps", "weight_decay", "momentum_decay"):
            if name in settings:
                at_least(0.0, **{name: settings[name]})


def _decay(group: Group, values: Column, grads: Column) -> tuple[Column, Column]:
    """Weight decay on the values themselves where it is decoupled, else on the gradients."""
    decay = group["weight_decay"]
    if decay and group.get("decoupled_weight_decay"):
        shrink = 1.0 - group["lr"] * decay
        return [shrink * x for x in values], grads
    return values, decayed(grads, values, decay)


def _moments(group: Group, grads: Column, memory: Memory) -> tuple[Column, Column]:
    """The running means of the gradients and of their squares."""
    beta1, beta2 = group["betas"]
    share1, share2 = 1.0 - beta1, 1.0 - beta2
    means = [beta1 * m + share1 * g for m, g in zip(memory["exp_avg"], grads, strict=True)]
    squares = [beta2 * v + share2 * g * g for v, g in zip(memory["exp_avg_sq"], grads, strict=True)]
    return means, squares


class Adamax(_Kin):
    """Move by lr / (1 - beta1^t) · m / u: Adam with the largest gradient, not the mean square.

    m = beta1 · m + (1 - beta1) · g, and u = max(beta2 · u, |g| + eps), both from 0.
    `weight_decay` adds weight_decay · value to g first.  Defaults are PyTorch's, and so is eps.

    Source: D. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015, algorithm 2.

    Raises RangeError for a negative setting, or a beta that is not from 0 up to 1.

    >>> from gatenet import Unit
    >>> w = Unit(1.0, "w", role="parameter")
    >>> optimizer = Adamax([w], lr=0.1)
    >>> (w * w).backward(); optimizer.step(); round(w.value, 6)
    0.9
    """

    REMEMBERED: ClassVar[Starts] = {"exp_avg": 0.0, "exp_inf": 0.0}

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 2e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def moved(
        self, group: Group, t: int, values: Column, grads: Column, memory: Memory
    ) -> tuple[Column, Memory]:
        """Give the new values, the means and the largest gradients."""
        (beta1, beta2), eps = group["betas"], group["eps"]
        grads = decayed(grads, values, group["weight_decay"])
        share = 1.0 - beta1
        means = [beta1 * m + share * g for m, g in zip(memory["exp_avg"], grads, strict=True)]
        largest = [
            max(beta2 * u, abs(g) + eps) for u, g in zip(memory["exp_inf"], grads, strict=True)
        ]
        stride = group["lr"] / (1.0 - beta1**t)
        moved = [x - stride * over(m, u) for x, m, u in zip(values, means, largest, strict=True)]
        return moved, {"exp_avg": means, "exp_inf": largest}


class NAdam(_Kin):
    """Adam with Nesterov's momentum: the coming step's momentum is used already.

    With mu_t = beta1 · (1 - 0.96^(t · momentum_decay) / 2) and M_t the product of mu_1 ... mu_t,
    move by lr · ((1 - mu_t) · g / (1 - M_t) + mu_{t+1} · m / (1 - M_{t+1})) / (√v̂ + eps),
    m, v and v̂ being Adam's.  `weight_decay` adds weight_decay · value to g first, or with
    `decoupled_weight_decay` shrinks the values as in AdamW.  Defaults are PyTorch's.

    Source: T. Dozat, "Incorporating Nesterov momentum into Adam", 2016, algorithm 8 of the report.

    Raises RangeError for a negative setting, or a beta that is not from 0 up to 1.

    >>> from gatenet import Unit
    >>> w = Unit(1.0, "w", role="parameter")
    >>> optimizer = NAdam([w], lr=0.1)
    >>> (w * w).backward(); optimizer.step(); round(w.value, 6)
    0.894355
    """

    REMEMBERED: ClassVar[Starts] = {"exp_avg": 0.0, "exp_avg_sq": 0.0, "mu_product": 1.0}

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 2e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
    ) -> None:
        super().__init__(
            parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay,
            momentum_decay=momentum_decay, decoupled_weight_decay=decoupled_weight_decay,
        )  # fmt: skip

    def moved(
        self, group: Group, t: int, values: Column, grads: Column, memory: Memory
    ) -> tuple[Column, Memory]:
        """Give the new values, the moments and the products of the momenta."""
        lr, (beta1, beta2), eps = group["lr"], group["betas"], group["eps"]
        values, grads = _decay(group, values, grads)
        means, squares = _moments(group, grads, memory)
        mu, coming = (
            beta1 * (1.0 - 0.5 * 0.96 ** (step * group["momentum_decay"])) for step in (t, t + 1)
        )
        products = [p * mu for p in memory["mu_product"]]
        bias = 1.0 - beta2**t
        now, then = lr * (1.0 - mu), lr * coming
        moved = [
            x - over(now / (1.0 - p) * g + then / (1.0 - p * coming) * m, sqrt(v / bias) + eps)
            for x, g, m, v, p in zip(values, grads, means, squares, products, strict=True)
        ]
        return moved, {"exp_avg": means, "exp_avg_sq": squares, "mu_product": products}


class RAdam(_Kin):
    """Adam whose first steps wait until the variance of their stride is known.

    With r_inf = 2 / (1 - beta2) - 1 and r = r_inf - 2 t · beta2^t / (1 - beta2^t): where r > 5,
    move by lr · m̂ · √((r - 4)(r - 2) r_inf / ((r_inf - 4)(r_inf - 2) r)) · √(1 - beta2^t) /
    (√v + eps), else by lr · m̂ alone; m, v and m̂ are Adam's.  `weight_decay` adds
    weight_decay · value to g first, or with `decoupled_weight_decay` shrinks the values as in
    AdamW.  Defaults are PyTorch's, and so is the bound of 5 where the paper has 4.

    Source: L. Liu and others, "On the variance of the adaptive learning rate and beyond", 2020,
    algorithm 2.

    Raises RangeError for a negative setting, or a beta that is not from 0 up to 1.

    >>> from gatenet import Unit
    >>> w = Unit(1.0, "w", role="parameter")
    >>> optimizer = RAdam([w], lr=0.1)
    >>> (w * w).backward(); optimizer.step(); round(w.value, 6)
    0.8
    """

    REMEMBERED: ClassVar[Starts] = {"exp_avg": 0.0, "exp_avg_sq": 0.0}

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
    ) -> None:
        super().__init__(
            parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay,
            decoupled_weight_decay=decoupled_weight_decay,
        )  # fmt: skip

    def moved(
        self, group: Group, t: int, values: Column, grads: Column, memory: Memory
    ) -> tuple[Column, Memory]:
        """Give the new values, and the moments."""
        beta1, beta2 = group["betas"]
        values, grads = _decay(group, values, grads)
        means, squares = _moments(group, grads, memory)
        memory = {"exp_avg": means, "exp_avg_sq": squares}
        stride, correction = group["lr"] / (1.0 - beta1**t), 1.0 - beta2**t
        r_inf = 2.0 / (1.0 - beta2) - 1.0
        r = r_inf - 2.0 * t * beta2**t / correction
        if r <= 5.0:
            return [x - stride * m for x, m in zip(values, means, strict=True)], memory
        rectified = sqrt((r - 4.0) * (r - 2.0) * r_inf / ((r_inf - 4.0) * (r_inf - 2.0) * r))
        # eps is added to √v itself, not to √v̂ as in Adam
        stride *= rectified * sqrt(correction)
        eps = group["eps"] or None
        return scaled(values, means, squares, stride, 1.0, eps, FLOATS), memory
