"""The frame of every optimizer: which parameters move, and when it is safe to move them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from gatenet.errors import DomainError, RangeError, WiringError
from gatenet.sweep import check_finished
from gatenet.unit import Unit, as_units, describe


class Optimizer:
    """The base of the optimizers: a subclass writes `moved`, the new value of one parameter.

    `parameters` are leaves, usually `module.parameters()`.  `state` holds what an optimizer
    remembers of each, by its place in the list.

    Raises WiringError when one of them is a gate's output or stands there twice.
    """

    def __init__(self, parameters: Iterable[Unit], lr: float) -> None:
        self.parameters = as_units(parameters)
        self.lr = at_least(0.0, lr=lr)
        self.state: list[dict[str, Any]] = [{} for _ in self.parameters]
        seen: set[int] = set()
        for unit in self.parameters:
            if unit.gate is not None:
                raise WiringError(
                    f"{describe(unit)} is the output of a gate: an optimizer moves leaves, such as "
                    "Unit(0.5, role='parameter')",
                    unit=unit,
                )
            if id(unit) in seen:
                raise WiringError(f"{describe(unit)} is listed twice", unit=unit)
            seen.add(id(unit))

    def step(self) -> None:
        """Move every parameter that the last backward pass reached.

        A parameter that no pass has visited since it was zeroed stays where it is, as does a
        frozen one (`requires_grad` False).

        Raises DomainError that names the parameter when a gradient is not finite, and
        UnfinishedPassError when a stepper stands in the middle of a pass; then nothing has moved.
        """
        check_finished(self.parameters)
        moving = [
            (unit, state)
            for unit, state in zip(self.parameters, self.state, strict=True)
            if unit.visited and unit.requires_grad
        ]
        for unit, _ in moving:
            if not math.isfinite(unit.grad):
                raise DomainError(
                    f"the gradient of {describe(unit)} is {unit.grad!r}: no parameter was moved. "
                    "Lower lr, or run the pass under gatenet.detect_anomaly() to find the first "
                    "gate that is not finite",
                    unit=unit,
                )
        for unit, state in moving:
            unit.value = self.moved(unit.value, unit.grad, state)

    def moved(self, value: float, grad: float, state: dict[str, Any]) -> float:
        """Give the new value of one parameter; `state` is empty at its first step."""
        raise NotImplementedError(f"{type(self).__name__} has no moved(): write one")

    def zero_grad(self) -> None:
        """Forget the gradients of the parameters."""
        for unit in self.parameters:
            unit.zero_grad()

    def __repr__(self) -> str:
        settings = [
            f"{name}={value!r}"
            for name, value in vars(self).items()
            if name not in ("parameters", "state")
        ]
        return f"<{type(self).__name__} of {len(self.parameters)} units, {', '.join(settings)}>"


def at_least(low: float, **setting: float) -> float:
    """Check one setting, given by its name: a finite number from `low`."""
    ((name, value),) = setting.items()
    if not low <= value < math.inf:
        raise RangeError(f"{name} is {value!r}: it is a finite number from {low}", **setting)
    return value


def below_one(**setting: float) -> float:
    """Check one setting, given by its name: a number from 0 and less than 1."""
    ((name, value),) = setting.items()
    if not 0.0 <= value < 1.0:
        raise RangeError(f"{name} is {value!r}: it is from 0 up to, not including, 1", **setting)
    return value
