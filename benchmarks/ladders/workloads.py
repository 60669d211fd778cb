"""What the ladder's rungs compute: networks, random circuits and a GPT as plain numbers.

Every rung is made from the same numbers here, and answers with the same ones: a loss summed over
rows, and its gradient in the order of `parameters`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from programs import LEAVES, program

LETTERS = "abcdefghijklmnopqrstuvwxyz"
END = len(LETTERS)
TOKENS, WIDTH, HEADS, PLACES = END + 1, 16, 4, 16


@dataclass(frozen=True)
class Network:
    """A network of ReLU layers with a linear last one; the loss is the sum of squared errors."""

    nin: int
    sizes: tuple[int, ...]
    batch: int

    @property
    def title(self) -> str:
        """Its name in the tables."""
        return f"MLP({self.nin}, {list(self.sizes)}), batch {self.batch:,}"

    @property
    def gates(self) -> int:
        """Multiplications, additions, ReLUs, and the loss's gates for one row."""
        widths = [self.nin, *self.sizes]
        return sum(2 * a * b + b for a, b in pairwise(widths)) + 3 * self.sizes[-1]

    @cached_property
    def layers(self) -> list[list[tuple[list[float], float]]]:
        """Layer by layer, neuron by neuron: weights and a bias."""
        rng = random.Random(7)
        return [
            [([rng.gauss(0, a**-0.5) for _ in range(a)], rng.gauss(0, 0.1)) for _ in range(b)]
            for a, b in pairwise([self.nin, *self.sizes])
        ]

    @property
    def parameters(self) -> list[float]:
        """All of them in one list."""
        return [x for layer in self.layers for weights, bias in layer for x in [*weights, bias]]

    @cached_property
    def rows(self) -> list[list[float]]:
        """Inputs and targets, row by row."""
        rng = random.Random(11)
        width = self.nin + self.sizes[-1]
        return [[rng.uniform(-1, 1) for _ in range(width)] for _ in range(self.batch)]

    def scalar(self, layers: Any, row: Any, relu: Callable[[Any], Any]) -> Any:
        """The loss of one row in single additions and multiplications, on any kind of number."""
        signal = row[: self.nin]
        for depth, layer in enumerate(layers):
            out = []
            for weights, bias in layer:
                act = bias
                for w, x in zip(weights, signal):
                    act = act + w * x
                out.append(act if depth == len(layers) - 1 else relu(act))
            signal = out
        loss = 0.0
        for y, t in zip(signal, row[self.nin :]):
            error = y - t
            loss = error * error + loss
        return loss


@dataclass(frozen=True)
class Graph:
    """A random circuit of additions, products, tanh and ReLU; rows are its sixteen leaves."""

    size: int
    batch: int = 128

    @property
    def title(self) -> str:
        """Its name in the tables."""
        return f"random circuit of {self.size:,} gates"

    @property
    def gates(self) -> int:
        """As many as its size says."""
        return self.size

    @cached_property
    def steps(self) -> list[tuple[int, int, int]]:
        """Operation and operands of each gate."""
        return program("dag", self.size)

    @cached_property
    def rows(self) -> list[list[float]]:
        """The leaves of each row; the first row is the one the circuit was drawn with."""
        rng = random.Random(1)
        first = [rng.uniform(0.5, 1.0) for _ in range(LEAVES)]
        return [first] + [
            [x + rng.uniform(-1e-3, 1e-3) for x in first] for _ in range(self.batch - 1)
        ]


@dataclass(frozen=True)
class Spelling:
    """The names GPT of the examples on names of one length: loss and gradient of a step."""

    names: tuple[str, ...]

    @property
    def title(self) -> str:
        """Its name in the tables."""
        count = len(self.names)
        return f"names GPT, {'one name' if count == 1 else f'{count} names'} a step"

    @property
    def batch(self) -> int:
        """How many names."""
        return len(self.names)

    @property
    def gates(self) -> int:
        """Scalar gates for one name, counted by running it on the scalar class."""
        from ladders.scalars import counted

        return counted(self)

    @property
    def tokens(self) -> list[list[int]]:
        """The numbers of each name's letters, between two ends."""
        return [[END, *map(LETTERS.index, name), END] for name in self.names]

    @cached_property
    def tables(self) -> dict[str, list[list[float]]]:
        """The weights by name, row by row, in the order of the example's parameters."""
        rng = random.Random(42)
        shapes = {"token": (TOKENS, WIDTH), "place": (PLACES, WIDTH), "query": (WIDTH, WIDTH),
                  "key": (WIDTH, WIDTH), "value": (WIDTH, WIDTH), "output": (WIDTH, WIDTH),
                  "widen": (4 * WIDTH, WIDTH), "narrow": (WIDTH, 4 * WIDTH),
                  "score": (TOKENS, WIDTH)}  # fmt: skip
        return {
            name: [[rng.gauss(0.0, 0.08) for _ in range(b)] for _ in range(a)]
            for name, (a, b) in shapes.items()
        }

    @property
    def parameters(self) -> list[float]:
        """All of them in one list."""
        return [x for table in self.tables.values() for row in table for x in row]


@dataclass(frozen=True)
class Moons:
    """A training step of micrograd's demo, one total over 100 points, as `moons.py` has it."""

    title: str = "training step of MLP(2, [16, 16, 1]) on 100 moons"
    batch: int = 1

    @property
    def gates(self) -> int:
        """Those of the network and its loss at 100 points, and of the penalty."""
        return 100 * (2 * (2 * 16 + 16 * 16 + 16) + 32 + 4) + 2 * 337 + 2


def workload(kind: str, *settings: Any) -> Network | Graph | Spelling | Moons:
    """Make a workload of its words: "mlp" nin sizes batch, "graph" size, "gpt" names, "moons"."""
    if kind == "moons":
        return Moons()
    if kind == "mlp":
        return Network(settings[0], tuple(settings[1]), settings[2])
    return Graph(*settings) if kind == "graph" else Spelling(tuple(settings[0]))
