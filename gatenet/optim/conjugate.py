"""Nonlinear conjugate gradients: each direction remembers the one before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from gatenet.optim.descents import Descent
from gatenet.optim.groups import Group
from gatenet.optim.optimizer import Parameters
from gatenet.optim.settings import one_of
from gatenet.optim.vectors import Vector, along, difference, dot, times


class ConjugateGradient(Descent):
    """Go along -g + beta · d, d being the last direction, with a line search.

    beta is max(0, g·(g - g') / g'·g') for method "polak-ribiere" (PR+, which restarts by itself),
    g·g / g'·g' for "fletcher-reeves", which restarts (beta 0) where |g·g'| reaches a tenth of
    g·g; g' is the gradient before.  It remembers two vectors.  On a quadratic of n parameters it
    is there after n exact searches; c2 is small so that searches are nearly exact.  One `step`
    makes up to max_iter iterations with up to max_eval calls of the closure (5/4 max_iter).

    Source: J. Nocedal and S. Wright, "Numerical optimization", 2nd edition, 2006, algorithm 5.4,
    equations 5.41a, 5.45 and 5.52; the first stride of a search promises the gain of the last
    one, as section 3.5 advises.

    Raises RangeError for a setting out of its range, WiringError for a second parameter group.

    >>> from gatenet import Unit
    >>> a, b = Unit(3.0, "a"), Unit(1.0, "b")
    >>> optimizer = ConjugateGradient([a, b])
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = a * a + 10 * (b - a) ** 2
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).value, abs(a.value) < 1e-6, abs(b.value) < 1e-6
    (49.0, True, True)
    """

    SHAPES: ClassVar[Mapping[str, str]] = {
        "iterations": "count",
        "evaluations": "count",
        "grad": "vector",
        "move": "vector",
        "stride": "number",
        "slope": "number",
    }

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 1.0,
        *,
        method: str = "polak-ribiere",
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        c1: float = 1e-4,
        c2: float = 0.1,
    ) -> None:
        super().__init__(
            parameters, lr, method=method, max_iter=max_iter, max_eval=max_eval,
            tolerance_grad=tolerance_grad, tolerance_change=tolerance_change, c1=c1, c2=c2,
        )  # fmt: skip

    def check(self, settings: dict[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        super().check(settings)
        one_of(("polak-ribiere", "fletcher-reeves"), method=settings["method"])

    def direction(self, group: Group, memory: dict[str, Any], grad: Vector) -> Vector:
        """The next direction."""
        down = times(-1.0, grad)
        if not memory["stride"]:
            return down
        before = memory["grad"]
        square = dot(before, before)
        if group["method"] == "polak-ribiere":
            beta = max(0.0, dot(grad, difference(grad, before)) / square)
        else:
            # gradients far from orthogonal: the directions are conjugate no more
            orthogonal = abs(dot(grad, before)) < 0.1 * dot(grad, grad)
            beta = dot(grad, grad) / square if orthogonal else 0.0
        return along(down, beta / memory["stride"], memory["move"])

    def first_stride(self, group: Group, memory: dict[str, Any], slope: float) -> float:
        """The stride that would gain as much, to first order, as the last one did."""
        if not memory["stride"]:
            return float(group["lr"])
        return float(memory["stride"] * memory["slope"] / slope)

    def taken(self, memory: dict[str, Any], stride: float, slope: float) -> None:
        """Note the stride and the slope."""
        memory["stride"], memory["slope"] = stride, slope
