"""Descents along directions: the loop that conjugate gradients, BFGS and L-BFGS share.

Each iteration asks a method for its direction, searches along it, and stops when the gradient is
flat or nothing changes.  The order of the stops is PyTorch's.  Knows the line search and
landscapes; the directions are written by the subclasses.
"""

from __future__ import annotations

from typing import Any

from gatenet.errors import RangeError
from gatenet.optim.closures import ClosureOptimizer, Landscape
from gatenet.optim.groups import Group
from gatenet.optim.linesearch import LineSearch, Point, Wolfe
from gatenet.optim.settings import above, at_least, whole
from gatenet.optim.vectors import Vector, along, dot, largest, times


class Descent(ClosureOptimizer):
    """The base: a subclass writes `direction`, and may choose its first stride and its search.

    What is remembered of the last iteration: its gradient "grad" and its move "move".
    """

    def check(self, settings: dict[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        above(0.0, lr=settings["lr"])
        whole(1, max_iter=settings["max_iter"])
        if settings["max_eval"] is not None:
            whole(1, max_eval=settings["max_eval"])
        at_least(0.0, tolerance_grad=settings["tolerance_grad"])
        at_least(0.0, tolerance_change=settings["tolerance_change"])
        if "c1" in settings and not 0.0 < settings["c1"] < settings["c2"] < 1.0:
            raise RangeError(
                f"c1 is {settings['c1']!r} and c2 is {settings['c2']!r}: the conditions need "
                "0 < c1 < c2 < 1"
            )

    def wolfe(self, group: Group) -> Wolfe | None:
        """The line search's constants; None for strides of lr without a search."""
        return Wolfe(group["c1"], group["c2"], group["tolerance_change"])

    def direction(self, group: Group, memory: dict[str, Any], grad: Vector) -> Vector:
        """The next direction; what it learns from the last move goes into `memory`."""
        raise NotImplementedError(f"{type(self).__name__} has no direction(): write one")

    def forget(self, memory: dict[str, Any]) -> None:
        """Start again from steepest descent, where the memory gave no way down."""
        for name, shape in self.SHAPES.items():
            if shape != "count":
                memory[name] = [] if shape == "vectors" else None

    def first_stride(self, group: Group, memory: dict[str, Any], slope: float) -> float:
        """The stride to try first."""
        stride: float = group["lr"]
        return stride

    def descend(self, landscape: Landscape, group: Group, memory: dict[str, Any]) -> dict[str, Any]:
        """Go down for up to max_iter iterations."""
        loss, grad = landscape.look()
        values = landscape.start
        wolfe = self.wolfe(group)
        most = group["max_eval"] or group["max_iter"] * 5 // 4
        for iteration in range(1, group["max_iter"] + 1):
            if largest(grad) <= group["tolerance_grad"]:
                break
            direction, slope = self._downhill(landscape, group, memory, grad)
            if slope > -group["tolerance_change"]:
                break
            if memory["iterations"] == 0:
                stride = min(1.0, 1.0 / sum(map(abs, grad))) * group["lr"]
            else:
                stride = self.first_stride(group, memory, slope)
            before, origin, base = loss, values, grad
            last = iteration == group["max_iter"]
            if wolfe is not None:
                start = Point(0.0, loss, slope, grad)
                search = LineSearch(
                    lambda t, x=origin, d=direction: landscape.at(along(x, t, d)),  # type: ignore[misc]
                    direction, start, wolfe,
                )  # fmt: skip
                point = search.run(stride)
                stride, loss, grad = point.t, point.loss, point.grad
                values = along(origin, stride, direction)
            else:
                values = along(origin, stride, direction)
                landscape.go(values)
                if not last:
                    loss, grad = landscape.look()
            memory["iterations"] += 1
            memory["grad"], memory["move"] = base, times(stride, direction)
            self.taken(memory, stride, slope)
            if last or landscape.evaluations >= most:
                break
            if largest(grad) <= group["tolerance_grad"]:
                break
            if largest(memory["move"]) <= group["tolerance_change"]:
                break
            if abs(loss - before) < group["tolerance_change"]:
                break
        memory["evaluations"] += landscape.evaluations
        landscape.go(values)
        landscape.leave(grad)
        return memory

    def taken(self, memory: dict[str, Any], stride: float, slope: float) -> None:
        """Note a stride that was taken, and the slope that its line began with."""

    def _downhill(
        self, landscape: Landscape, group: Group, memory: dict[str, Any], grad: Vector
    ) -> tuple[Vector, float]:
        """The method's direction with its slope, or steepest descent where that goes up."""
        direction = [
            d if moves else 0.0
            for d, moves in zip(self.direction(group, memory, grad), landscape.moving, strict=True)
        ]
        slope = dot(grad, direction)
        if not slope < 0.0:
            self.forget(memory)
            direction = times(-1.0, grad)
            slope = dot(grad, direction)
        return direction, slope
