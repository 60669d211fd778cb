"""Noise that keeps a network from relying on single units: dropout, and normal noise.

Both are at work in training alone; in evaluation they give back what they got.  Draws come from
the generator that was passed in, one after the other, in the order of the inputs.
"""

from __future__ import annotations

import random
from typing import Any

from gatenet.compiler.functions import check_traceable
from gatenet.errors import RangeError
from gatenet.nn.module import Module
from gatenet.nn.shapes import mapped
from gatenet.randomness import generator, normal
from gatenet.real import number


class Dropout(Module):
    """Multiply each input by 0 with probability `p`, and by 1 / (1 - p) otherwise.

    So the expected value of each stays what it is, and evaluation needs no correction.  Also
    dropped units are wired (times 0), so their parameters count as reached.

    Raises RangeError for a probability outside 0 to 1.
    Source: N. Srivastava and others, "Dropout", 2014; scaled in training, as is usual today.

    >>> Dropout(0.5, rng=1)([1.0, 1.0, 1.0, 1.0])
    [0.0, 2.0, 2.0, 0.0]
    """

    def __init__(self, p: float = 0.5, *, rng: random.Random | int) -> None:
        self.p = number(p)
        if not 0.0 <= self.p <= 1.0:
            raise RangeError(f"p is {p!r}: a probability is between 0 and 1", value=p)
        self.rng = generator(rng)

    def forward(self, inputs: Any) -> Any:
        """Wire the layer to a vector, a sequence or an image."""
        if not self.training or self.p == 0.0:
            return inputs
        check_traceable(self)
        p, draw = self.p, self.rng.random
        kept = 1.0 / (1.0 - p) if p < 1.0 else 0.0
        return mapped(lambda x: x * (0.0 if draw() < p else kept), inputs)

    def __repr__(self) -> str:
        return f"Dropout({self.p!r})"


class GaussianNoise(Module):
    """Add normal noise of mean 0 and standard deviation `std` to each input.

    Raises RangeError for a standard deviation below 0.
    Source: C. Bishop, "Training with noise is equivalent to Tikhonov regularization", 1995.

    >>> noise = GaussianNoise(0.1, rng=0)
    >>> noise([1.0]) == [1.0], noise.eval()([1.0]) == [1.0]
    (False, True)
    """

    def __init__(self, std: float = 0.1, *, rng: random.Random | int) -> None:
        self.std = number(std)
        if not self.std >= 0.0:
            raise RangeError(f"std is {std!r}: a standard deviation is 0 or more", value=std)
        self.rng = generator(rng)

    def forward(self, inputs: Any) -> Any:
        """Wire the layer to a vector, a sequence or an image."""
        if not self.training or self.std == 0.0:
            return inputs
        check_traceable(self)
        return mapped(lambda x: x + normal(self.rng, 0.0, self.std), inputs)

    def __repr__(self) -> str:
        return f"GaussianNoise({self.std!r})"
