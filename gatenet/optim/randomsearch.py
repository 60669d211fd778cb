"""Random local search: try a place nearby, and stay there if it is better."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any, ClassVar

from gatenet.errors import OperandError
from gatenet.optim.closures import ClosureOptimizer, Landscape
from gatenet.optim.groups import Group
from gatenet.optim.optimizer import Parameters
from gatenet.optim.saving import checked_kind, plain
from gatenet.optim.settings import whole
from gatenet.randomness import generator, uniform


class RandomSearch(ClosureOptimizer):
    """Add to every parameter a random number from -lr to lr, and keep that if the loss is less.

    One `step` makes `tries` attempts, each from the best place so far, and calls the closure once
    more than that.  No gradient is asked for, so the closure may leave out the backward pass.
    The state of `rng` is part of the state dict.

    Source: A. Karpathy, "Hacker's guide to neural networks", 2014, strategy 1: random local
    search.

    Raises RangeError for a setting out of its range, WiringError for a second parameter group.

    >>> from gatenet import Unit
    >>> w = Unit(1.0, "w")
    >>> optimizer = RandomSearch([w], lr=0.5, tries=50, rng=0)
    >>> optimizer.step(lambda: w * w).value, abs(w.value) < 0.02
    (1.0, True)
    """

    SHAPES: ClassVar[Mapping[str, str]] = {"iterations": "count", "evaluations": "count"}

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 1e-2,
        *,
        tries: int = 1,
        rng: random.Random | int,
    ) -> None:
        self.rng = generator(rng)
        super().__init__(parameters, lr, tries=tries)

    def check(self, settings: dict[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        super().check(settings)
        whole(1, tries=settings["tries"])

    def descend(self, landscape: Landscape, group: Group, memory: dict[str, Any]) -> dict[str, Any]:
        """Try some places."""
        best, values = landscape.loss(), landscape.start
        frozen = [not unit.requires_grad for unit in landscape.units]
        lr = group["lr"]
        for _ in range(group["tries"]):
            shifts = [uniform(self.rng, -lr, lr) for _ in values]
            tried = [
                x if stays else x + shift
                for x, shift, stays in zip(values, shifts, frozen, strict=True)
            ]
            landscape.go(tried)
            loss = landscape.loss()
            if loss < best or (math.isnan(best) and not math.isnan(loss)):
                best, values = loss, tried
        landscape.go(values)
        return {
            "iterations": memory["iterations"] + 1,
            "evaluations": memory["evaluations"] + landscape.evaluations,
        }

    def state_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON, with the state of the generator."""
        return {**super().state_dict(), "rng": plain(self.rng.getstate())}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`, the state of the generator included.

        Raises as that of every optimizer does; then nothing has changed.
        """
        state = checked_kind(state, type(self).__name__, "rng")
        trial = random.Random(0)
        try:
            version, words, spare = state["rng"]
            found = (version, tuple(words), spare)
            trial.setstate(found)
        except (TypeError, ValueError, OverflowError) as error:
            raise OperandError(f"'rng' of the state is no state of a generator: {error}") from None
        super().load_state_dict(state)
        self.rng.setstate(found)
