"""Random circuits as plain lists of operations, the same for every engine."""

from __future__ import annotations

import math
import random
from typing import Any

LEAVES = 16


def program(kind: str, size: int) -> list[tuple[int, int, int]]:
    """A "dag" or a "chain" of add (0), multiply (1), tanh (2), relu (3) with their operands.

    Values are followed along, so that the circuit neither overflows nor dies: a large value
    goes through tanh, relu only gets what is positive, and no product becomes too small.
    """
    rng = random.Random(size)
    start = random.Random(1)
    values = [start.uniform(0.5, 1.0) for _ in range(LEAVES)]
    steps = []
    for k in range(size):
        newest = LEAVES + k - 1
        if kind == "chain":
            operation, a, b = k % 4, newest, rng.randrange(LEAVES)
        else:
            low = max(0, newest - 30)
            operation, a, b = rng.randrange(4), rng.randint(low, newest), rng.randint(low, newest)
        if abs(values[a]) > 2:
            operation = 2
        elif (operation == 3 and values[a] <= 0) or (
            operation == 1 and abs(values[a] * values[b]) < 0.2
        ):
            operation = 0
        steps.append((operation, a, b))
        x, y = values[a], values[b]
        values.append([x + y, x * y, math.tanh(x), max(x, 0.0)][operation])
    return steps


def build(engine: Any, steps: list[tuple[int, int, int]]) -> list[Any]:
    """Run a program; the last element is the output."""
    rng = random.Random(1)
    units = [engine.leaf(rng.uniform(0.5, 1.0)) for _ in range(LEAVES)]
    engine.begin()
    append, tanh, relu = units.append, engine.tanh, engine.relu
    for operation, a, b in steps:
        if operation == 0:
            append(units[a] + units[b])
        elif operation == 1:
            append(units[a] * units[b])
        elif operation == 2:
            append(tanh(units[a]))
        else:
            append(relu(units[a]))
    return units
