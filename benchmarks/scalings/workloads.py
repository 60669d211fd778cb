"""The circuits of the scaling benchmark: the network that reads digits, smaller and larger ones.

Knows gatenet; does not know clocks or clusters.
"""

from __future__ import annotations

import random
import time
from array import array
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from gatenet import Circuit, Unit
from gatenet.compiler.tables import Packed
from gatenet.losses import mse_loss
from gatenet.nn import MLP


@dataclass(frozen=True)
class Network:
    """A network of ReLU layers whose loss is the mean squared error of its outputs."""

    nin: int
    sizes: tuple[int, ...]

    @property
    def gates(self) -> int:
        """Multiplications, additions, ReLUs and the loss's gates for one sample."""
        widths = [self.nin, *self.sizes]
        return sum(2 * a * b + b for a, b in pairwise(widths)) + 3 * self.sizes[-1]

    @property
    def width(self) -> int:
        """The numbers of a sample: inputs and targets."""
        return self.nin + self.sizes[-1]

    def compiled(self) -> Any:
        """The loss of one sample, compiled, with inputs and targets as columns."""
        model = MLP(self.nin, list(self.sizes), "relu", rng=0)
        inputs = [Unit(0.5, f"x{k}") for k in range(self.nin)]
        targets = [Unit(0.5, f"t{k}") for k in range(self.sizes[-1])]
        loss = mse_loss(model(inputs), targets)
        return Circuit(loss).compile([*inputs, *targets])

    def rows(self, count: int) -> Packed:
        """So many samples drawn between 0 and 1, the first thousand over and over, packed."""
        rng = random.Random(11)
        some = array("d", [rng.random() for _ in range(min(count, 1000) * self.width)])
        whole = some * (count // 1000) + some[: count % 1000 * self.width] if count > 1000 else some
        return Packed(memoryview(whole), count, self.width)


#: The network of `examples/digits.py` in size: 2,410 parameters.
DIGITS = Network(64, (32, 10))
#: For the fit of the machine: gates, numbers and calls have to differ from each other.
FITTED = (Network(8, (4, 2)), Network(64, (2,)), Network(16, (48, 4)), DIGITS)


@dataclass(frozen=True)
class Waiting:
    """A load function: one row of ones, after so many seconds."""

    seconds: float
    width: int

    def __call__(self, number: int) -> list[list[float]]:
        """The rows of a shard."""
        time.sleep(self.seconds)
        return [[1.0] * self.width]
