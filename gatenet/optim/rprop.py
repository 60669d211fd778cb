"""Rprop: every parameter has a stride of its own, and only the signs of gradients count."""

from __future__ import annotations

from typing import Any, ClassVar

from gatenet.optim.columns import Column, Memory, Starts
from gatenet.optim.groups import Group
from gatenet.optim.optimizer import Optimizer, Parameters
from gatenet.optim.settings import above, at_least, one_of, pair


class Rprop(Optimizer):
    """Move by -sign(g) · stride; the stride grows while g keeps its sign, and shrinks when not.

    The stride starts from lr, is multiplied by etas[1] where g has the sign it had, by etas[0]
    where it has the other, and stays within step_sizes.  At a change of sign the parameter stays
    where it is, and the next step leaves the stride alone: PyTorch's rule, and its defaults.
    With at_flip="move" it goes on at once with the shorter stride: OpenCV's rule.  Made for
    whole batches: the noise of small ones flips signs.

    Source: M. Riedmiller and H. Braun, "A direct adaptive method for faster backpropagation
    learning: the RPROP algorithm", 1993; without its way back at a flip: C. Igel and M. Hüsken,
    "Improving the Rprop learning algorithm", 2000 (iRprop-).

    Raises RangeError for a setting out of its range: etas are above 0 and below 1, and above 1.

    >>> from gatenet import Unit
    >>> w = Unit(1.0, "w", role="parameter")
    >>> optimizer = Rprop([w], lr=0.25)
    >>> (w * w).backward(); optimizer.step(); w.value
    0.75
    """

    REMEMBERED: ClassVar[Starts] = {"prev": 0.0, "step_size": None}

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 1e-2,
        *,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50.0),
        at_flip: str = "stay",
    ) -> None:
        super().__init__(parameters, lr, etas=etas, step_sizes=step_sizes, at_flip=at_flip)

    @classmethod
    def opencv(
        cls,
        parameters: Parameters,
        *,
        dw0: float = 0.1,
        dw_plus: float = 1.2,
        dw_minus: float = 0.5,
        dw_min: float = 2.0**-23,
        dw_max: float = 50.0,
    ) -> Rprop:
        """Make one with the rule, names and defaults of OpenCV's `ml::ANN_MLP` (RPROP).

        dw_min is the resolution of its 32-bit numbers at 1, FLT_EPSILON.

        >>> from gatenet import Unit
        >>> Rprop.opencv([Unit(1.0)]).lr
        0.1
        """
        return cls(
            parameters, dw0, etas=(dw_minus, dw_plus), step_sizes=(dw_min, dw_max), at_flip="move"
        )

    def check(self, settings: dict[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        super().check(settings)
        shrink, grow = pair(etas=settings["etas"])
        above(0.0, etas=shrink)
        above(0.0, etas=1.0 - shrink)
        above(1.0, etas=grow)
        low, high = pair(step_sizes=settings["step_sizes"])
        at_least(0.0, step_sizes=low)
        at_least(low, step_sizes=high)
        one_of(("stay", "move"), at_flip=settings["at_flip"])

    def starts(self, group: Group) -> Starts:
        """Strides start from lr."""
        return {"prev": 0.0, "step_size": group["lr"]}

    def moved(
        self, group: Group, t: int, values: Column, grads: Column, memory: Memory
    ) -> tuple[Column, Memory]:
        """Give the new values, the strides, and the signs to compare the next gradients with."""
        (shrink, grow), (low, high) = group["etas"], group["step_sizes"]
        stays = group["at_flip"] == "stay"
        moved, signs, strides = [], [], []
        for x, g, before, stride in zip(
            values, grads, memory["prev"], memory["step_size"], strict=True
        ):
            sign = remembered = 1.0 if g > 0.0 else -1.0 if g < 0.0 else 0.0
            agreement = sign * before
            if agreement > 0.0:
                stride = min(max(stride * grow, low), high)
            elif agreement < 0.0:
                stride = min(max(stride * shrink, low), high)
                remembered = 0.0
                if stays:
                    sign = 0.0
            elif stays:  # PyTorch brings the first stride into the range as well
                stride = min(max(stride, low), high)
            moved.append(x - sign * stride)
            signs.append(remembered)
            strides.append(stride)
        return moved, {"prev": signs, "step_size": strides}
