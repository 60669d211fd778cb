"""Newton's method with the exact Hessian, damped where the loss is no valley."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from gatenet.errors import DomainError, WiringError
from gatenet.optim.closures import ClosureOptimizer, Landscape
from gatenet.optim.groups import Group
from gatenet.optim.optimizer import Parameters
from gatenet.optim.settings import above, at_least, whole
from gatenet.optim.vectors import Matrix, along, cholesky, dot, solved, times
from gatenet.sweep import gradients
from gatenet.transforms.forward import path_units, pushed
from gatenet.unit import Unit, describe


class Newton(ClosureOptimizer):
    """Solve (H + λ I) p = -g for the exact Hessian H, and go along p as far as the loss falls.

    λ is `damping`, or as much more as makes the matrix positive definite, so that p goes down
    whatever H is; the stride is lr, halved until the loss falls by c1 of what its slope promises,
    or not at all after max_halvings.  The Hessian is differentiated from the recorded loss, one
    forward pass over the wired gradient for each parameter, so the closure gives the very unit
    that it computed; n parameters cost n passes and n³/6 multiplications.  Where the gradient is
    exactly 0 it stays, on a saddle as well.

    Source: J. Nocedal and S. Wright, "Numerical optimization", 2nd edition, 2006, algorithms 3.1
    to 3.3.

    Raises RangeError for a setting out of its range, WiringError for a second parameter group.

    >>> from gatenet import Unit
    >>> a, b = Unit(3.0, "a"), Unit(1.0, "b")
    >>> optimizer = Newton([a, b])
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = a * a + 10 * (b - a) ** 2
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).value, abs(a.value) < 1e-12, abs(b.value) < 1e-12
    (49.0, True, True)
    """

    SHAPES: ClassVar[Mapping[str, str]] = {"iterations": "count", "evaluations": "count"}

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 1.0,
        *,
        damping: float = 0.0,
        c1: float = 1e-4,
        max_halvings: int = 40,
    ) -> None:
        super().__init__(parameters, lr, damping=damping, c1=c1, max_halvings=max_halvings)

    def check(self, settings: dict[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        above(0.0, lr=settings["lr"])
        at_least(0.0, damping=settings["damping"])
        at_least(0.0, c1=settings["c1"])
        whole(0, max_halvings=settings["max_halvings"])

    def descend(self, landscape: Landscape, group: Group, memory: dict[str, Any]) -> dict[str, Any]:
        """Make one damped step."""
        loss, grad = landscape.look()
        places = [k for k, moves in enumerate(landscape.moving) if moves]
        units = [landscape.units[k] for k in places]
        matrix = hessian_of(landscape.last, units)
        slopes = [grad[k] for k in places]
        p = solved(damped(matrix, group["damping"]), times(-1.0, slopes))
        direction = [0.0] * len(grad)
        for k, move in zip(places, p, strict=True):
            direction[k] = move
        promised = group["c1"] * dot(grad, direction)
        values, stride = landscape.start, group["lr"]
        if any(slopes):
            for _ in range(group["max_halvings"] + 1):
                tried = along(landscape.start, stride, direction)
                there, there_grad = landscape.at(tried)
                if there <= loss + stride * promised and all(map(math.isfinite, there_grad)):
                    values, grad = tried, there_grad
                    break
                stride *= 0.5
        landscape.go(values)
        landscape.leave(grad)
        return {
            "iterations": memory["iterations"] + 1,
            "evaluations": memory["evaluations"] + landscape.evaluations,
        }


def hessian_of(loss: Any, units: list[Unit]) -> Matrix:
    """The second derivatives of a recorded loss in leaves, forward over reverse, made symmetric.

    Raises WiringError when the loss is no unit that was computed from them, DomainError for a
    second derivative that is not finite.

    >>> x, y = Unit(2.0), Unit(3.0)
    >>> hessian_of(x * x * y, [x, y])
    [[6.0, 4.0], [4.0, 0.0]]
    """
    if type(loss) is not Unit or loss.gate is None:
        raise WiringError(
            f"Newton differentiates the recorded loss twice, and the closure gave {loss!r}, which "
            "no gate made: return the very unit that was swept"
        )
    wired = gradients([loss], [1.0], units, create_graph=True)
    outputs = [slope for slope in wired if type(slope) is Unit]
    columns: Matrix = []
    above_units = path_units(outputs, units) if outputs else []
    for unit in units:
        tangents: dict[int, Any] = {unit.serial: 1.0}
        pushed(above_units, tangents, create_graph=False)
        columns.append(
            [tangents.get(slope.serial, 0.0) if type(slope) is Unit else 0.0 for slope in wired]
        )
    for i, column in enumerate(columns):
        for j, item in enumerate(column):
            if not math.isfinite(item):
                raise DomainError(
                    f"the second derivative of the loss in {describe(units[i])} and "
                    f"{describe(units[j])} is {item!r}: no parameter was moved",
                    unit=units[i],
                )
    return [
        [0.5 * (columns[i][j] + columns[j][i]) for j in range(len(units))]
        for i in range(len(units))
    ]


def damped(matrix: Matrix, damping: float) -> Matrix:
    """The Cholesky factor of matrix + λ I, for the least λ tried that gives one.

    >>> damped([[4.0]], 0.0)
    [[2.0]]
    """
    size = max(max(map(abs, row)) for row in matrix)
    step = 1e-3 * size if size > 0.0 else 1e-3
    lowest = min(row[k] for k, row in enumerate(matrix))
    shift = damping if lowest + damping > 0.0 else step - lowest
    while (found := cholesky(matrix, shift)) is None:
        shift = max(2.0 * shift, step)
    return found
