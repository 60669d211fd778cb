"""One cycle of lr: up, down, and far down, with the momentum the other way."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from gatenet.errors import RangeError, WiringError
from gatenet.optim.optimizer import Optimizer
from gatenet.optim.schedule import Schedule, per_group
from gatenet.optim.settings import above, at_least, below_one, one_of, whole


class OneCycleLR(Schedule):
    """From max_lr / div_factor up to max_lr, then down to max_lr / div_factor / final_div_factor.

    `total_steps` (or epochs times steps_per_epoch) says how often it will be stepped, as a rule
    once per batch; the rise takes the share pct_start of them.  With `three_phase` the fall first
    goes back to where the rise began, in as many steps.  Between these figures lr follows half a
    cosine, or a line ("linear").  With `cycle_momentum` the momentum, or Adam's beta1, goes from
    max_momentum to base_momentum and back.  The optimizer's own lr is not used.  These are
    PyTorch's formulas and defaults.

    Source: L. Smith and N. Topin, "Super-convergence: very fast training of neural networks using
    large learning rates", 2018.

    Raises RangeError for a setting out of its range and for a step past the last; WiringError for
    cycle_momentum where the optimizer has neither momentum nor betas.

    >>> from gatenet import Unit
    >>> from gatenet.optim import SGD
    >>> optimizer = SGD([Unit(1.0)], lr=1.0, momentum=0.9)
    >>> schedule = OneCycleLR(optimizer, max_lr=1.0, total_steps=5, pct_start=0.4)
    >>> lrs = [optimizer.lr] + [(schedule.step(), optimizer.lr)[1] for _ in range(4)]
    >>> [round(lr, 6) for lr in lrs]
    [0.04, 1.0, 0.750001, 0.250003, 4e-06]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
    ) -> None:
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise RangeError("OneCycleLR needs total_steps, or epochs and steps_per_epoch")
            total_steps = whole(1, epochs=epochs) * whole(1, steps_per_epoch=steps_per_epoch)
        keys = {key for group in optimizer.param_groups for key in group}
        if cycle_momentum and not keys & {"momentum", "betas"}:
            raise WiringError(
                f"{type(optimizer).__name__} has neither momentum nor betas to go along with lr: "
                "pass cycle_momentum=False"
            )
        super().__init__(
            optimizer, max_lr=per_group(max_lr, optimizer, "max_lr"), total_steps=total_steps,
            pct_start=pct_start, anneal_strategy=anneal_strategy, cycle_momentum=cycle_momentum,
            base_momentum=per_group(base_momentum, optimizer, "base_momentum"),
            max_momentum=per_group(max_momentum, optimizer, "max_momentum"),
            div_factor=div_factor, final_div_factor=final_div_factor, three_phase=three_phase,
        )  # fmt: skip

    def check(self, settings: Mapping[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        whole(1, total_steps=settings["total_steps"])
        share = settings["pct_start"]
        if not 0.0 <= share <= 1.0:
            raise RangeError(f"pct_start is {share!r}: it is a share, from 0 to 1")
        one_of(("cos", "linear"), anneal_strategy=settings["anneal_strategy"])
        above(0.0, div_factor=settings["div_factor"])
        above(0.0, final_div_factor=settings["final_div_factor"])
        for k, top in enumerate(settings["max_lr"]):
            at_least(0.0, max_lr=top)
            below_one(base_momentum=settings["base_momentum"][k])
            below_one(max_momentum=settings["max_momentum"][k])

    def lr_at(self, base: float, position: int, group: int) -> float:
        """The lr at a position."""
        top = self.settings["max_lr"][group]
        start = top / self.settings["div_factor"]
        return self._between(position, start, top, start / self.settings["final_div_factor"])

    def apply(self) -> None:
        """Set lr and momentum of the present position in every group."""
        last = self.settings["total_steps"] - 1
        if self.position > last + 1:
            raise RangeError(
                f"OneCycleLR was made for {last + 1} steps and this would be step "
                f"{self.position}: pass the whole number as total_steps"
            )
        super().apply()
        if not self.settings["cycle_momentum"]:
            return
        for k, group in enumerate(self.optimizer.param_groups):
            high, low = self.settings["max_momentum"][k], self.settings["base_momentum"][k]
            momentum = self._between(self.position, high, low, high)
            if "betas" in group:
                group["betas"] = (momentum, *group["betas"][1:])
            else:
                group["momentum"] = momentum

    def _between(self, position: int, start: float, top: float, end: float) -> float:
        """Where a figure stands that goes from start to top, and from there to end."""
        total, share = self.settings["total_steps"], self.settings["pct_start"]
        rise = share * total - 1.0
        if self.settings["three_phase"]:
            turns = [(rise, start, top), (2.0 * rise, top, start), (total - 1.0, start, end)]
        else:
            turns = [(rise, start, top), (total - 1.0, top, end)]
        turn = next((k for k, (end_at, _, _) in enumerate(turns) if position <= end_at), -1)
        finish, here, there = turns[turn]
        begin = 0.0 if turns[turn] is turns[0] else turns[turn - 1][0]
        part = (position - begin) / (finish - begin) if finish != begin else 1.0
        if self.settings["anneal_strategy"] == "linear":
            return float((there - here) * part + here)
        return float(there + (here - there) / 2.0 * (1.0 + math.cos(math.pi * part)))
