"""Adagrad, Adadelta and RMSprop: steps divided by the size that each gradient has had."""

from __future__ import annotations

from typing import Any, ClassVar

from gatenet.optim.columns import Starts, decayed
from gatenet.optim.groups import Group
from gatenet.optim.optimizer import Optimizer, Parameters
from gatenet.optim.rules import Arithmetic, Coefficients
from gatenet.optim.settings import at_least, below_one


class Adagrad(Optimizer):
    """Move by lr · g / (√s + eps), s being the sum of all g² so far.

    At step t lr is divided by 1 + (t - 1) · lr_decay; s starts from initial_accumulator_value.
    `weight_decay` adds weight_decay · value to g first.  Defaults are PyTorch's.

    Source: J. Duchi, E. Hazan and Y. Singer, "Adaptive subgradient methods for online learning
    and stochastic optimization", 2011, the diagonal form.

    Raises RangeError for a negative setting.

    >>> from gatenet import Unit
    >>> w = Unit(1.0, "w", role="parameter")
    >>> optimizer = Adagrad([w], lr=0.1)
    >>> (w * w).backward(); optimizer.step(); round(w.value, 6)
    0.9
    """

    REMEMBERED: ClassVar[Starts] = {"sum": 0.0}

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 1e-2,
        *,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
    ) -> None:
        super().__init__(
            parameters, lr, lr_decay=lr_decay, weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value, eps=eps,
        )  # fmt: skip

    def check(self, settings: dict[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        super().check(settings)
        for name in ("lr_decay", "weight_decay", "initial_accumulator_value", "eps"):
            at_least(0.0, **{name: settings[name]})

    def starts(self, group: Group) -> Starts:
        """The sum starts from a setting."""
        return {"sum": group["initial_accumulator_value"]}

    def coefficients(self, group: Group, t: int) -> Coefficients:
        """The stride, eps and the decay."""
        return {
            "stride": group["lr"] / (1.0 + (t - 1) * group["lr_decay"]),
            "eps": float(group["eps"]),
            "decay": float(group["weight_decay"]) or None,
        }

    def rule(self, c: Any, values: Any, grads: Any, memory: Any, do: Arithmetic) -> tuple[Any, Any]:
        """Give the new values, and the sums."""
        stride, eps, over, sqrt = c["stride"], c["eps"], do.over, do.sqrt
        grads = decayed(grads, values, c["decay"])
        sums = [s + g * g for s, g in zip(memory["sum"], grads, strict=True)]
        moved = [
            x - stride * over(g, sqrt(s) + eps) for x, g, s in zip(values, grads, sums, strict=True)
        ]
        return moved, {"sum": sums}


class Adadelta(Optimizer):
    """Move by lr · √(d + eps) / √(s + eps) · g: no stride has to be chosen.

    s is the running mean of g², d that of the squares of the moves themselves before lr:
    s = rho · s + (1 - rho) · g², and likewise d, after the move.  `weight_decay` adds
    weight_decay · value to g first.  Defaults are PyTorch's.

    Source: M. Zeiler, "ADADELTA: an adaptive learning rate method", 2012, algorithm 1; lr is
    PyTorch's.

    Raises RangeError for a negative setting, or a rho that is not from 0 up to 1.

    >>> from gatenet import Unit
    >>> w = Unit(1.0, "w", role="parameter")
    >>> optimizer = Adadelta([w])
    >>> (w * w).backward(); optimizer.step(); round(w.value, 6)
    0.996838
    """

    REMEMBERED: ClassVar[Starts] = {"square_avg": 0.0, "acc_delta": 0.0}

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 1.0,
        *,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, rho=rho, eps=eps, weight_decay=weight_decay)

    def check(self, settings: dict[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        super().check(settings)
        below_one(rho=settings["rho"])
        at_least(0.0, eps=settings["eps"])
        at_least(0.0, weight_decay=settings["weight_decay"])

    def coefficients(self, group: Group, t: int) -> Coefficients:
        """The lr, the rate and its complement, eps and the decay."""
        return {
            "lr": float(group["lr"]), "rho": float(group["rho"]), "share": 1.0 - group["rho"],
            "eps": float(group["eps"]), "decay": float(group["weight_decay"]) or None,
        }  # fmt: skip

    def rule(self, c: Any, values: Any, grads: Any, memory: Any, do: Arithmetic) -> tuple[Any, Any]:
        """Give the new values, and the two running means."""
        lr, rho, share, eps, over, sqrt = (
            c["lr"], c["rho"], c["share"], c["eps"], do.over, do.sqrt,
        )  # fmt: skip
        grads = decayed(grads, values, c["decay"])
        squares = [
            rho * s + share * g * g for s, g in zip(memory["square_avg"], grads, strict=True)
        ]
        strides = [
            over(sqrt(d + eps), sqrt(s + eps)) * g
            for d, s, g in zip(memory["acc_delta"], squares, grads, strict=True)
        ]
        deltas = [
            rho * d + share * stride * stride
            for d, stride in zip(memory["acc_delta"], strides, strict=True)
        ]
        moved = [x - lr * stride for x, stride in zip(values, strides, strict=True)]
        return moved, {"square_avg": squares, "acc_delta": deltas}


class RMSprop(Optimizer):
    """Move by lr · g / (√s + eps), s being the running mean of g².

    s = alpha · s + (1 - alpha) · g².  With `centered` the square of the running mean of g is taken
    from s: an estimate of the variance.  With momentum b = momentum · b + g / (√s + eps) takes
    the place of the quotient.  `weight_decay` adds weight_decay · value to g first.  Defaults are
    PyTorch's, and eps stands outside the root as there.

    Source: T. Hinton, "Neural networks for machine learning", lecture 6e, 2012; centered:
    A. Graves, "Generating sequences with recurrent neural networks", 2013, equations 38-41, with
    eps outside.

    Raises RangeError for a negative setting, or an alpha that is not from 0 up to 1.

    >>> from gatenet import Unit
    >>> w = Unit(1.0, "w", role="parameter")
    >>> optimizer = RMSprop([w], lr=0.01)
    >>> (w * w).backward(); optimizer.step(); round(w.value, 6)
    0.9
    """

    REMEMBERED: ClassVar[Starts] = {"square_avg": 0.0, "grad_avg": 0.0, "momentum_buffer": 0.0}

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 1e-2,
        *,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ) -> None:
        super().__init__(
            parameters, lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum,
            centered=centered,
        )  # fmt: skip

    def check(self, settings: dict[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        super().check(settings)
        below_one(alpha=settings["alpha"])
        for name in ("eps", "weight_decay", "momentum"):
            at_least(0.0, **{name: settings[name]})

    def coefficients(self, group: Group, t: int) -> Coefficients:
        """The lr, the rate and its complement, eps, momentum and the decay."""
        return {
            "lr": float(group["lr"]), "alpha": float(group["alpha"]),
            "share": 1.0 - group["alpha"], "eps": float(group["eps"]),
            "momentum": float(group["momentum"]) or None,
            "decay": float(group["weight_decay"]) or None, "centered": bool(group["centered"]),
        }  # fmt: skip

    def rule(self, c: Any, values: Any, grads: Any, memory: Any, do: Arithmetic) -> tuple[Any, Any]:
        """Give the new values, and the running means."""
        lr, alpha, share, eps, momentum, over, sqrt, larger = (
            c["lr"], c["alpha"], c["share"], c["eps"], c["momentum"], do.over, do.sqrt, do.larger,
        )  # fmt: skip
        grads = decayed(grads, values, c["decay"])
        squares = [
            alpha * s + share * g * g for s, g in zip(memory["square_avg"], grads, strict=True)
        ]
        memory = {**memory, "square_avg": squares}
        if c["centered"]:
            means = [m + share * (g - m) for m, g in zip(memory["grad_avg"], grads, strict=True)]
            memory["grad_avg"] = means
            # rounding can take a variance of nearly 0 below it
            squares = [larger(s - m * m, 0.0) for s, m in zip(squares, means, strict=True)]
        strides = [over(g, sqrt(s) + eps) for g, s in zip(grads, squares, strict=True)]
        if momentum is not None:
            strides = [
                momentum * b + stride
                for b, stride in zip(memory["momentum_buffer"], strides, strict=True)
            ]
            memory["momentum_buffer"] = strides
        return [x - lr * stride for x, stride in zip(values, strides, strict=True)], memory
