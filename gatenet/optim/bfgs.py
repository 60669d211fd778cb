"""BFGS: a quasi-Newton method that keeps the whole inverse Hessian."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from gatenet.optim.descents import Descent
from gatenet.optim.groups import Group
from gatenet.optim.optimizer import Parameters
from gatenet.optim.vectors import Vector, difference, dot, times


class BFGS(Descent):
    """Go along -H g; H is made so that it explains every move, the last one exactly.

    With the move s, the change y of the gradient and r = 1 / (s·y), after each move
    H = (I - r s yᵀ) H (I - r y sᵀ) + r s sᵀ, the first H being (s·y / y·y) · I.  It holds n²
    numbers for n parameters: past some hundreds take LBFGS.  One `step` makes up to max_iter
    iterations, each with a line search, with up to max_eval calls of the closure (5/4 max_iter).

    Source: J. Nocedal and S. Wright, "Numerical optimization", 2nd edition, 2006, algorithm 6.1,
    equations 6.17 and 6.20.

    Raises RangeError for a setting out of its range, WiringError for a second parameter group.

    >>> from gatenet import Unit
    >>> a, b = Unit(-1.2, "a"), Unit(1.0, "b")
    >>> optimizer = BFGS([a, b], max_iter=100, tolerance_change=0.0)
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (1 - a) ** 2 + 100 * (b - a * a) ** 2
    ...     loss.backward()
    ...     return loss
    >>> round(optimizer.step(closure).value, 6), round(a.value, 6), round(b.value, 6)
    (24.2, 1.0, 1.0)
    """

    SHAPES: ClassVar[Mapping[str, str]] = {
        "iterations": "count",
        "evaluations": "count",
        "grad": "vector",
        "move": "vector",
        "inverse": "vectors",
    }

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 1.0,
        *,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        c1: float = 1e-4,
        c2: float = 0.9,
    ) -> None:
        super().__init__(
            parameters, lr, max_iter=max_iter, max_eval=max_eval, tolerance_grad=tolerance_grad,
            tolerance_change=tolerance_change, c1=c1, c2=c2,
        )  # fmt: skip

    def direction(self, group: Group, memory: dict[str, Any], grad: Vector) -> Vector:
        """The next direction, after the last move was taken into the matrix."""
        if memory["move"] is not None:
            change = difference(grad, memory["grad"])
            memory["inverse"] = updated(memory["inverse"], memory["move"], change)
            memory["move"] = None  # once: a step that ends here begins here again
        if not memory["inverse"]:
            return times(-1.0, grad)
        return [-dot(row, grad) for row in memory["inverse"]]


def updated(inverse: list[Vector], move: Vector, change: Vector) -> list[Vector]:
    """The next inverse Hessian; the same where the move met no valley.

    >>> updated([], [1.0, 0.0], [2.0, 0.0])
    [[0.5, 0.0], [0.0, 0.5]]
    """
    curved, square = dot(change, move), dot(change, change)
    if not curved > 1e-14 * math.sqrt(square * dot(move, move)):
        return inverse
    if not inverse:
        scale = curved / square
        inverse = [[scale * (i == j) for j in range(len(move))] for i in range(len(move))]
    pulled = [dot(row, change) for row in inverse]
    share = (1.0 + dot(change, pulled) / curved) / curved
    return [
        [
            h + share * s_i * s_j - (p_i * s_j + s_i * p_j) / curved
            for h, s_j, p_j in zip(row, move, pulled, strict=True)
        ]
        for row, s_i, p_i in zip(inverse, move, pulled, strict=True)
    ]
