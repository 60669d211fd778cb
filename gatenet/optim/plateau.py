"""A schedule that waits for the loss to stop falling."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from gatenet.errors import RangeError
from gatenet.optim.optimizer import Optimizer
from gatenet.optim.saving import checked_kind, checked_list
from gatenet.optim.schedule import Schedule, per_group
from gatenet.optim.settings import at_least, below_one, one_of, whole
from gatenet.real import number


class ReduceLROnPlateau(Schedule):
    """Multiply lr by `factor` when a figure has not got better for more than `patience` steps.

    `step(figure)` is given the validation loss, or with mode "max" a score.  Better means by more
    than `threshold`, of the best figure ("rel") or in all ("abs").  After a drop the next
    `cooldown` steps do not count; lr falls no lower than min_lr, and not for less than `eps`.
    These are PyTorch's rules and defaults.

    Raises RangeError for a setting out of its range.

    >>> from gatenet import Unit
    >>> from gatenet.optim import SGD
    >>> optimizer = SGD([Unit(1.0)], lr=1.0)
    >>> schedule = ReduceLROnPlateau(optimizer, patience=1)
    >>> [(schedule.step(loss), optimizer.lr)[1] for loss in [3.0, 2.0, 2.0, 2.0, 1.0]]
    [1.0, 1.0, 1.0, 0.1, 0.1]
    """

    needs_metric = True

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0.0,
        eps: float = 1e-8,
    ) -> None:
        self.best: float | None = None
        self.bad_steps = 0
        self.cooling = 0
        super().__init__(
            optimizer, mode=mode, factor=factor, patience=patience, threshold=threshold,
            threshold_mode=threshold_mode, cooldown=cooldown,
            min_lr=per_group(min_lr, optimizer, "min_lr"), eps=eps,
        )  # fmt: skip

    def check(self, settings: Mapping[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        one_of(("min", "max"), mode=settings["mode"])
        one_of(("rel", "abs"), threshold_mode=settings["threshold_mode"])
        below_one(factor=settings["factor"])
        whole(0, patience=settings["patience"])
        whole(0, cooldown=settings["cooldown"])
        at_least(0.0, threshold=settings["threshold"])
        at_least(0.0, eps=settings["eps"])
        for low in settings["min_lr"]:
            at_least(0.0, min_lr=low)

    def apply(self) -> None:
        """Do nothing: lr depends on what was seen, not on the position."""

    def step(self, metric: Any = None) -> None:
        """Look at the figure of this epoch, a number or a unit; a nan is not better.

        Raises RangeError when no figure is given.
        """
        if metric is None:
            raise RangeError("ReduceLROnPlateau watches a figure: call step(validation_loss)")
        figure = number(getattr(metric, "value", metric))
        self.position += 1
        if self._better(figure):
            self.best, self.bad_steps = figure, 0
        else:
            self.bad_steps += 1
        if self.cooling:
            self.cooling -= 1
            self.bad_steps = 0
        if self.bad_steps > self.settings["patience"]:
            self._reduce()
            self.cooling, self.bad_steps = self.settings["cooldown"], 0

    def _better(self, figure: float) -> bool:
        if self.best is None:
            return math.isfinite(figure)
        sign = 1.0 if self.settings["mode"] == "min" else -1.0
        margin: float = self.settings["threshold"]
        if self.settings["threshold_mode"] == "rel":
            return sign * figure < sign * self.best * (1.0 - sign * margin)
        return sign * figure < sign * self.best - margin

    def _reduce(self) -> None:
        groups = self.optimizer.param_groups
        for group, low in zip(groups, self.settings["min_lr"], strict=True):
            lower = max(group["lr"] * self.settings["factor"], low)
            if group["lr"] - lower > self.settings["eps"]:
                group["lr"] = lower

    def state_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON: the best figure and the counts beside the position."""
        return {
            **super().state_dict(),
            "best": self.best,
            "bad_steps": self.bad_steps,
            "cooling": self.cooling,
            "lrs": self.get_last_lr(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`, lr included.

        Raises as that of every schedule does; then nothing has changed.
        """
        kind, count = type(self).__name__, len(self.optimizer.param_groups)
        state = checked_kind(state, kind, "best", "bad_steps", "cooling", "lrs")
        best = None if state["best"] is None else number(state["best"])
        bad_steps = whole(0, bad_steps=state["bad_steps"])
        cooling = whole(0, cooling=state["cooling"])
        lrs = [
            at_least(0.0, lr=number(lr)) for lr in checked_list(state["lrs"], count, kind, "lrs")
        ]
        super().load_state_dict(state)
        self.best, self.bad_steps, self.cooling = best, bad_steps, cooling
        for group, lr in zip(self.optimizer.param_groups, lrs, strict=True):
            group["lr"] = lr
