"""Several schedules, one after the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.optim.optimizer import Optimizer
from gatenet.optim.saving import checked_kind, checked_list
from gatenet.optim.schedule import Schedule
from gatenet.optim.settings import whole


class SequentialLR(Schedule):
    """Run the first schedule up to the first milestone, the next from its own start there, and on.

    Each starts from the lr that the groups had before any of them was made.

    Raises RangeError when there is not one milestone between each two schedules, or they do not
    grow; WiringError for schedules of another optimizer; OperandError for what is no schedule, or
    one that watches a figure or whose momentum goes along.

    >>> from gatenet import Unit
    >>> from gatenet.optim import SGD
    >>> from gatenet.optim.schedules import ExponentialLR, LinearLR
    >>> optimizer = SGD([Unit(1.0)], lr=1.0)
    >>> parts = [LinearLR(optimizer, 0.5, total_iters=2), ExponentialLR(optimizer, 0.1)]
    >>> schedule = SequentialLR(optimizer, parts, milestones=[2])
    >>> optimizer.lr, [(schedule.step(), round(optimizer.lr, 6))[1] for _ in range(4)]
    (0.5, [0.75, 1.0, 0.1, 0.01])
    """

    def __init__(
        self, optimizer: Optimizer, schedules: Sequence[Schedule], milestones: Sequence[int]
    ) -> None:
        self.schedules = list(schedules)
        for schedule in self.schedules:
            if not isinstance(schedule, Schedule) or type(schedule).apply is not Schedule.apply:
                raise OperandError(
                    f"SequentialLR puts schedules of lr alone in a row; {schedule!r} is none"
                )
            if schedule.optimizer is not optimizer:
                raise WiringError(f"{schedule!r} belongs to another optimizer")
        super().__init__(optimizer, milestones=tuple(milestones))

    def check(self, settings: Mapping[str, Any]) -> None:
        """Raise RangeError for milestones that do not fit."""
        milestones = [whole(1, milestones=milestone) for milestone in settings["milestones"]]
        if len(milestones) != len(self.schedules) - 1 or milestones != sorted({*milestones}):
            raise RangeError(
                f"{len(self.schedules)} schedules in a row need one milestone between each two, "
                f"each later than the one before; got {milestones}"
            )

    def lr_at(self, base: float, position: int, group: int) -> float:
        """The lr at a position: that of the schedule whose turn it is."""
        milestones = self.settings["milestones"]
        turn = bisect_right(milestones, position)
        since = milestones[turn - 1] if turn else 0
        return self.schedules[turn].lr_at(base, position - since, group)

    def state_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON: the position, and the schedules' own settings."""
        parts = [schedule.state_dict() for schedule in self.schedules]
        return {**super().state_dict(), "schedules": parts}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`, that of each schedule included.

        Raises as that of every schedule does; then nothing has changed.
        """
        state = checked_kind(state, type(self).__name__, "schedules")
        count = len(self.schedules)
        parts = checked_list(state["schedules"], count, "SequentialLR", "schedules")
        before = [schedule.state_dict() for schedule in self.schedules]
        lrs = self.get_last_lr()
        try:
            for schedule, part in zip(self.schedules, parts, strict=True):
                schedule.load_state_dict(part)
            super().load_state_dict(state)
        except BaseException:
            for schedule, part in zip(self.schedules, before, strict=True):
                schedule.load_state_dict(part)
            for group, lr in zip(self.optimizer.param_groups, lrs, strict=True):
                group["lr"] = lr
            raise
