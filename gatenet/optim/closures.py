"""The frame of the optimizers that ask for the loss themselves, as often as they need it.

`step(closure)` is given a function that zeroes the gradients, computes the loss, runs the backward
pass and gives the loss, as in PyTorch.  Whatever goes wrong on the way, the parameters are back
where they were.  Knows units; does not know directions or line searches.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from gatenet.errors import DomainError, OperandError, WiringError
from gatenet.optim.columns import place_values
from gatenet.optim.groups import Group
from gatenet.optim.optimizer import Closure, Optimizer
from gatenet.optim.saving import checked_list, checked_numbers, plain
from gatenet.optim.settings import whole
from gatenet.optim.vectors import Vector
from gatenet.real import number
from gatenet.sweep import check_finished
from gatenet.unit import Unit, describe, write_now


class Landscape:
    """The loss as a function of all parameters at once, by calling the closure.

    Once it has been looked at, `moving` says which parameters a pass reached and may move; the
    gradient is 0.0 in the others.
    """

    def __init__(self, units: list[Unit], closure: Closure) -> None:
        self.units: list[Any] = units
        self.closure = closure
        self.start: Vector = [unit.value for unit in units]
        self.moving: list[bool] = []
        self.evaluations = 0
        self.first: Any = None
        self.last: Any = None

    def go(self, values: Vector) -> None:
        """Write the parameters."""
        place_values(self.units, values, write_now())

    def loss(self) -> float:
        """Call the closure where the parameters are now; a loss that is no number is nan.

        Raises OperandError when the closure gives neither a unit nor a number.
        """
        for unit in self.units:
            unit._grad = None
        self.evaluations += 1
        self.last = self.closure()
        if self.evaluations == 1:
            self.first = self.last
        if self.last is None:
            raise OperandError("the closure gave None: it returns the loss, after backward()")
        return number(self.last.value if type(self.last) is Unit else self.last)

    def look(self) -> tuple[float, Vector]:
        """Loss and gradient here.

        Raises DomainError for what is not finite, WiringError when no parameter has a gradient.
        """
        loss = self.loss()
        check_finished(self.units)
        if not math.isfinite(loss):
            raise DomainError(
                f"the loss is {loss!r}: no parameter was moved. Lower lr, or run the pass under "
                "gatenet.detect_anomaly() to find the first gate that is not finite",
                unit=self.last,
            )
        self.moving = [unit._grad is not None and unit._gate.requires_grad for unit in self.units]
        if not any(self.moving):
            raise WiringError(
                "the closure left no gradient on any parameter that may move: it computes the "
                "loss of these parameters, calls loss.backward() and returns the loss"
            )
        grad = self.gradient()
        for unit, slope in zip(self.units, grad, strict=True):
            if not math.isfinite(slope):
                raise DomainError(
                    f"the gradient of {describe(unit)} is {slope!r}: no parameter was moved",
                    unit=unit,
                )
        return loss, grad

    def gradient(self) -> Vector:
        """The gradient that the last call of the closure left."""
        return [
            unit.grad if moves else 0.0 for unit, moves in zip(self.units, self.moving, strict=True)
        ]

    def at(self, values: Vector) -> tuple[float, Vector]:
        """Go there, and give loss and gradient, finite or not."""
        if not all(map(math.isfinite, values)):
            return math.nan, [math.nan] * len(values)
        self.go(values)
        return self.loss(), self.gradient()

    def leave(self, grad: Vector) -> None:
        """Put a gradient that was found before on the parameters that move."""
        for unit, slope, moves in zip(self.units, grad, self.moving, strict=True):
            if moves:
                unit._grad = slope


class ClosureOptimizer(Optimizer):
    """The base: a subclass writes `descend`, which moves the parameters and gives its memory.

    Raises WiringError for more than one parameter group: such a method sees all parameters at
    once.
    """

    needs_closure = True
    #: What is remembered: "count", "number", "vector" (one number for each parameter) or "vectors".
    SHAPES: ClassVar[Mapping[str, str]] = {}
    EMPTY: ClassVar[Mapping[str, Any]] = {"count": 0, "number": None, "vector": None, "vectors": ()}

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Take the one group that there is.

        Raises WiringError for a second one.
        """
        if self.param_groups:
            raise WiringError(
                f"{type(self).__name__} moves all parameters together and has one group: list "
                "them all in it"
            )
        super().add_param_group(group)

    def fresh(self, group: Group) -> dict[str, Any]:
        """What is remembered before the first step."""
        return {name: plain(self.EMPTY[shape]) for name, shape in self.SHAPES.items()}

    def step(self, closure: Closure | None = None) -> Any:
        """Move the parameters, calling the closure as often as it takes; give its first loss.

        A frozen parameter stays, as does one that the loss does not reach.

        Raises OperandError without a closure, DomainError when loss or gradient are not finite
        where the step begins, and whatever the closure raises; then nothing has moved and nothing
        is remembered.
        """
        if closure is None:
            raise OperandError(
                f"{type(self).__name__}.step needs a closure: a function that calls "
                "optimizer.zero_grad(), computes the loss, calls loss.backward() and returns it"
            )
        group = self.param_groups[0]
        self.check(group)
        check_finished(group["params"])
        landscape = Landscape(group["params"], closure)
        try:
            self.state[0] = self.descend(landscape, group, dict(self.state[0]))
        except BaseException:
            landscape.go(landscape.start)
            raise
        return landscape.first

    def descend(self, landscape: Landscape, group: Group, memory: dict[str, Any]) -> dict[str, Any]:
        """Move the parameters; give what is remembered of it, in new lists."""
        raise NotImplementedError(f"{type(self).__name__} has no descend(): write one")

    def saved(self, remembered: Mapping[str, Any]) -> dict[str, Any]:
        """What is remembered, copied as plain data."""
        return {name: plain(value) for name, value in remembered.items()}

    def loaded(self, saved: Mapping[str, Any], group: Group, where: str) -> dict[str, Any]:
        """Check what was remembered, and give it as it stands in `state`."""
        size = len(group["params"])
        found: dict[str, Any] = {}
        for name, shape in self.SHAPES.items():
            value, what = saved[name], f"{name!r} in {where}"
            if shape == "count":
                found[name] = whole(0, **{name: value})
            elif shape == "vectors":
                rows = checked_list(value, None, what, "vectors")
                found[name] = [checked_numbers(row, size, what) for row in rows]
            elif value is None:
                found[name] = None
            else:
                found[name] = (
                    number(value) if shape == "number" else checked_numbers(value, size, what)
                )
        return found
