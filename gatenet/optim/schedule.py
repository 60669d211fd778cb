"""The frame of every schedule: an lr, and what goes with it, as a function of the position.

A schedule is a pure function of how often it was stepped and of the lr that it started from, so
that it resumes to the bit from two numbers.  Knows optimizers' groups; does not know rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.optim.optimizer import Optimizer
from gatenet.optim.saving import checked_kind, checked_list, plain
from gatenet.optim.settings import whole
from gatenet.real import number


class Schedule:
    """The base of the schedules: a subclass keeps its settings by name and writes `lr_at`.

    Making one sets the lr of position 0; `step()` goes on by one, after the optimizer's own step
    or epoch.  Each group starts from its "initial_lr", which the first schedule notes there.

    Raises OperandError when it is not given an optimizer.
    """

    #: Whether `step` needs a figure to watch.
    needs_metric = False

    def __init__(self, optimizer: Optimizer, **settings: Any) -> None:
        if not isinstance(optimizer, Optimizer):
            raise OperandError(
                f"{type(self).__name__} sets the lr of an optimizer; it got {optimizer!r}"
            )
        self.optimizer = optimizer
        self.settings: dict[str, Any] = settings
        self.check(settings)
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.position = 0
        self.apply()

    def check(self, settings: Mapping[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""

    def lr_at(self, base: float, position: int, group: int) -> float:
        """The lr at a position, from 0, of a group that started from `base`."""
        raise NotImplementedError(f"{type(self).__name__} has no lr_at(): write one")

    def apply(self) -> None:
        """Set what belongs to the present position in every group.

        Raises WiringError when groups were added since the schedule was made.
        """
        groups = self.optimizer.param_groups
        if len(groups) != len(self.base_lrs):
            raise WiringError(
                f"the optimizer has {len(groups)} groups now, and had {len(self.base_lrs)} when "
                f"{type(self).__name__} was made: make the schedule after the last "
                "add_param_group()"
            )
        found = [self.lr_at(base, self.position, k) for k, base in enumerate(self.base_lrs)]
        for group, lr in zip(groups, found, strict=True):
            group["lr"] = lr

    def step(self) -> None:
        """Go on by one position."""
        self.position += 1
        try:
            self.apply()
        except BaseException:
            self.position -= 1
            raise

    def get_last_lr(self) -> list[float]:
        """The present lr of each group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON: the position, where it started from, the settings."""
        return {
            "kind": type(self).__name__,
            "position": self.position,
            "base_lrs": list(self.base_lrs),
            "settings": plain(self.settings),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`, and set the lr of its position.

        Raises WiringError when it is of another kind, or of other groups or settings,
        OperandError or RangeError for a value that cannot stand there; then nothing has changed.
        """
        kind = type(self).__name__
        state = checked_kind(state, kind, "position", "base_lrs", "settings")
        bases = checked_list(state["base_lrs"], len(self.base_lrs), kind, "groups")
        settings = state["settings"]
        if not isinstance(settings, Mapping) or set(settings) != set(self.settings):
            raise WiringError(
                f"the state of {kind} has the settings {settings!r}, and here are "
                f"{list(self.settings)}"
            )
        settings = {
            key: tuple(item) if isinstance(item, list) else item for key, item in settings.items()
        }
        self.check(settings)
        before = self.position, self.base_lrs, self.settings
        position = whole(0, position=state["position"])
        self.position, self.base_lrs = position, [number(base) for base in bases]
        self.settings = settings
        try:
            self.apply()
        except BaseException:
            self.position, self.base_lrs, self.settings = before
            raise

    def __repr__(self) -> str:
        shown = ", ".join(f"{key}={value!r}" for key, value in self.settings.items())
        return f"<{type(self).__name__} at position {self.position}, {shown}>"


def per_group(value: Any, optimizer: Optimizer, what: str) -> tuple[Any, ...]:
    """One item for each group: the same for all, or a list of as many.

    Raises RangeError for a list of another length.
    """
    count = len(optimizer.param_groups)
    if not isinstance(value, (list, tuple)):
        return (value,) * count
    if len(value) != count:
        raise RangeError(f"{what} has {len(value)} items for {count} parameter groups: {value!r}")
    return tuple(value)
