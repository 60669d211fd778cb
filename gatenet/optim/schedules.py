"""Schedules: how lr changes while training goes on, with PyTorch's names, formulas and defaults.

    optimizer = SGD(model.parameters(), lr=0.1)
    schedule = StepLR(optimizer, step_size=30)
    for epoch in range(90):
        ...                    # the optimizer's steps
        schedule.step()

In the formulas t is how often `step` was called and lr0 the lr that a group started from.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gatenet.errors import OperandError
from gatenet.optim.onecycle import OneCycleLR as OneCycleLR
from gatenet.optim.optimizer import Optimizer
from gatenet.optim.plateau import ReduceLROnPlateau as ReduceLROnPlateau
from gatenet.optim.schedule import Schedule as Schedule
from gatenet.optim.schedule import per_group
from gatenet.optim.sequence import SequentialLR as SequentialLR
from gatenet.optim.settings import at_least, whole

__all__ = [
    "CosineAnnealingLR",
    "ExponentialLR",
    "LambdaLR",
    "LinearLR",
    "LinearWarmup",
    "MultiStepLR",
    "OneCycleLR",
    "ReduceLROnPlateau",
    "Schedule",
    "SequentialLR",
    "StepLR",
    "warmup_then",
]


class StepLR(Schedule):
    """lr0 · gamma^⌊t / step_size⌋: a drop every step_size positions.

    Raises RangeError for a step_size below 1 or a negative gamma.

    >>> from gatenet import Unit
    >>> from gatenet.optim import SGD
    >>> optimizer = SGD([Unit(1.0)], lr=1.0)
    >>> schedule = StepLR(optimizer, step_size=2, gamma=0.5)
    >>> [(schedule.step(), optimizer.lr)[1] for _ in range(4)]
    [1.0, 0.5, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        super().__init__(optimizer, step_size=step_size, gamma=gamma)

    def check(self, settings: Mapping[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        whole(1, step_size=settings["step_size"])
        at_least(0.0, gamma=settings["gamma"])

    def lr_at(self, base: float, position: int, group: int) -> float:
        """The lr at a position."""
        gamma: float = self.settings["gamma"]
        return float(base * gamma ** (position // self.settings["step_size"]))


class MultiStepLR(Schedule):
    """lr0 · gamma^k, k being how many of the milestones t has reached.

    Raises RangeError for a milestone below 0 or a negative gamma.

    >>> from gatenet import Unit
    >>> from gatenet.optim import SGD
    >>> optimizer = SGD([Unit(1.0)], lr=1.0)
    >>> schedule = MultiStepLR(optimizer, [1, 3], gamma=0.5)
    >>> [(schedule.step(), optimizer.lr)[1] for _ in range(4)]
    [0.5, 0.5, 0.25, 0.25]
    """

    def __init__(self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1) -> None:
        super().__init__(optimizer, milestones=tuple(sorted(milestones)), gamma=gamma)

    def check(self, settings: Mapping[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        for milestone in settings["milestones"]:
            whole(0, milestones=milestone)
        at_least(0.0, gamma=settings["gamma"])

    def lr_at(self, base: float, position: int, group: int) -> float:
        """The lr at a position."""
        gamma: float = self.settings["gamma"]
        return float(base * gamma ** bisect_right(self.settings["milestones"], position))


class ExponentialLR(Schedule):
    """lr0 · gamma^t.

    Raises RangeError for a negative gamma.

    >>> from gatenet import Unit
    >>> from gatenet.optim import SGD
    >>> optimizer = SGD([Unit(1.0)], lr=1.0)
    >>> schedule = ExponentialLR(optimizer, gamma=0.5)
    >>> [(schedule.step(), optimizer.lr)[1] for _ in range(3)]
    [0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        super().__init__(optimizer, gamma=gamma)

    def check(self, settings: Mapping[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        at_least(0.0, gamma=settings["gamma"])

    def lr_at(self, base: float, position: int, group: int) -> float:
        """The lr at a position."""
        return float(base * self.settings["gamma"] ** position)


class CosineAnnealingLR(Schedule):
    """eta_min + (lr0 - eta_min) · (1 + cos(π t / T_max)) / 2, and up again past T_max.

    Source: I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts",
    2017, equation 5, without the restarts.

    Raises RangeError for a T_max below 1 or a negative eta_min.

    >>> from gatenet import Unit
    >>> from gatenet.optim import SGD
    >>> optimizer = SGD([Unit(1.0)], lr=1.0)
    >>> schedule = CosineAnnealingLR(optimizer, T_max=2)
    >>> [(schedule.step(), round(optimizer.lr, 12))[1] for _ in range(3)]
    [0.5, 0.0, 0.5]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:  # noqa: N803
        super().__init__(optimizer, T_max=T_max, eta_min=eta_min)

    def check(self, settings: Mapping[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        whole(1, T_max=settings["T_max"])
        at_least(0.0, eta_min=settings["eta_min"])

    def lr_at(self, base: float, position: int, group: int) -> float:
        """The lr at a position."""
        low: float = self.settings["eta_min"]
        turn = math.cos(math.pi * position / self.settings["T_max"])
        return low + (base - low) * (1.0 + turn) / 2.0


class LinearLR(Schedule):
    """lr0 times a factor that goes from start_factor to end_factor in total_iters positions.

    From a start_factor below 1 it is the warm-up that large batches and transformers need; the
    name LinearWarmup is the same class.

    Raises RangeError for a negative factor or total_iters below 1.

    >>> from gatenet import Unit
    >>> from gatenet.optim import SGD
    >>> optimizer = SGD([Unit(1.0)], lr=1.0)
    >>> schedule = LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> optimizer.lr, [(schedule.step(), optimizer.lr)[1] for _ in range(3)]
    (0.5, [0.75, 1.0, 1.0])
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3.0,
        end_factor: float = 1.0,
        total_iters: int = 5,
    ) -> None:
        super().__init__(
            optimizer, start_factor=start_factor, end_factor=end_factor, total_iters=total_iters
        )

    def check(self, settings: Mapping[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        at_least(0.0, start_factor=settings["start_factor"])
        at_least(0.0, end_factor=settings["end_factor"])
        whole(1, total_iters=settings["total_iters"])

    def lr_at(self, base: float, position: int, group: int) -> float:
        """The lr at a position."""
        start, end = self.settings["start_factor"], self.settings["end_factor"]
        total = self.settings["total_iters"]
        return float(base * (start + (end - start) * min(position, total) / total))


LinearWarmup = LinearLR


class LambdaLR(Schedule):
    """lr0 times a function of t; a list of functions has one for each group.

    The functions are not part of the state: make the schedule with the same ones to resume.

    Raises OperandError for what is no function, RangeError for a list of another length.

    >>> from gatenet import Unit
    >>> from gatenet.optim import SGD
    >>> optimizer = SGD([Unit(1.0)], lr=1.0)
    >>> schedule = LambdaLR(optimizer, lambda t: 1 / (1 + t))
    >>> [(schedule.step(), optimizer.lr)[1] for _ in range(3)]
    [0.5, 0.3333333333333333, 0.25]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
    ) -> None:
        self.functions = per_group(lr_lambda, optimizer, "lr_lambda")
        for function in self.functions:
            if not callable(function):
                raise OperandError(f"lr_lambda is a function of the position; it got {function!r}")
        super().__init__(optimizer)

    def lr_at(self, base: float, position: int, group: int) -> float:
        """The lr at a position."""
        return at_least(0.0, lr=float(base * self.functions[group](position)))


def warmup_then(schedule: Schedule, steps: int, start_factor: float = 1.0 / 3.0) -> SequentialLR:
    """Put `steps` positions of linear warm-up before another schedule.

    >>> from gatenet import Unit
    >>> from gatenet.optim import SGD
    >>> optimizer = SGD([Unit(1.0)], lr=1.0)
    >>> schedule = warmup_then(ExponentialLR(optimizer, gamma=0.5), steps=2, start_factor=0.5)
    >>> optimizer.lr, [(schedule.step(), optimizer.lr)[1] for _ in range(4)]
    (0.5, [0.75, 1.0, 0.5, 0.25])
    """
    warm = LinearLR(schedule.optimizer, start_factor=start_factor, total_iters=steps)
    return SequentialLR(schedule.optimizer, [warm, schedule], [steps])
