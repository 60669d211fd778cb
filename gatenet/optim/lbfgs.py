"""L-BFGS: a quasi-Newton method that remembers a few moves in the place of a matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from gatenet.optim.descents import Descent
from gatenet.optim.groups import Group
from gatenet.optim.linesearch import Wolfe
from gatenet.optim.optimizer import Parameters
from gatenet.optim.settings import one_of, whole
from gatenet.optim.vectors import Vector, along, difference, dot, times


class LBFGS(Descent):
    """Go along -H g, H being the inverse Hessian that the last moves and gradients suggest.

    The two-loop recursion over the last `history_size` pairs of a move s and the change y of the
    gradient, beginning from (s·y / y·y) · I; a pair with s·y up to 1e-10 is left out.  One `step`
    makes up to max_iter iterations with up to max_eval calls of the closure (5/4 max_iter).  With
    line_search_fn="strong_wolfe" each stride is searched for: recommended.  Without, as is
    PyTorch's default, it is lr, after a careful first one.  These are PyTorch's defaults.

    Source: J. Nocedal and S. Wright, "Numerical optimization", 2nd edition, 2006, algorithms 7.4
    and 7.5, with PyTorch's stops.

    Raises RangeError for a setting out of its range, WiringError for a second parameter group.

    >>> from gatenet import Unit
    >>> a, b = Unit(-1.2, "a"), Unit(1.0, "b")
    >>> optimizer = LBFGS(
    ...     [a, b], line_search_fn="strong_wolfe", max_iter=100, tolerance_change=0.0
    ... )
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
        "moves": "vectors",
        "changes": "vectors",
        "scale": "number",
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
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        super().__init__(
            parameters, lr, max_iter=max_iter, max_eval=max_eval, tolerance_grad=tolerance_grad,
            tolerance_change=tolerance_change, history_size=history_size,
            line_search_fn=line_search_fn,
        )  # fmt: skip

    def check(self, settings: dict[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        super().check(settings)
        whole(1, history_size=settings["history_size"])
        one_of((None, "strong_wolfe"), line_search_fn=settings["line_search_fn"])

    def wolfe(self, group: Group) -> Wolfe | None:
        """The line search's constants; None for strides of lr without a search."""
        return Wolfe() if group["line_search_fn"] else None

    def direction(self, group: Group, memory: dict[str, Any], grad: Vector) -> Vector:
        """The next direction, by the two loops."""
        self._learn(memory, grad, group["history_size"])
        moves, changes = memory["moves"], memory["changes"]
        shares = [1.0 / dot(y, s) for s, y in zip(moves, changes, strict=True)]
        found = times(-1.0, grad)
        taken: list[float] = [0.0] * len(moves)
        for i in reversed(range(len(moves))):
            taken[i] = dot(moves[i], found) * shares[i]
            found = along(found, -taken[i], changes[i])
        if memory["scale"] is not None:
            found = times(memory["scale"], found)
        for i, move in enumerate(moves):
            found = along(found, taken[i] - dot(changes[i], found) * shares[i], move)
        return found

    def _learn(self, memory: dict[str, Any], grad: Vector, size: int) -> None:
        """Take the last move into the history, when it met a valley."""
        if memory["move"] is None:
            return
        move, change = memory["move"], difference(grad, memory["grad"])
        memory["move"] = None  # once: a step that ends here begins here again
        curved = dot(change, move)
        if curved > 1e-10:
            memory["moves"] = [*memory["moves"], move][-size:]
            memory["changes"] = [*memory["changes"], change][-size:]
            memory["scale"] = curved / dot(change, change)
