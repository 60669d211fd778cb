"""The training step of micrograd's demo on 100 two-moons points, for several engines."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable
from typing import Any

POINTS = 100
SIZES = [2, 16, 16, 1]


def points() -> tuple[list[list[float]], list[int]]:
    """Two interleaved half circles with a little noise, labels -1 and 1."""
    rng = random.Random(1337)
    rows, labels = [], []
    for k in range(POINTS):
        angle = math.pi * rng.random()
        x, y = math.cos(angle), math.sin(angle)
        if k % 2:
            x, y = 1 - x, 0.5 - y
        rows.append([x + rng.gauss(0, 0.1), y + rng.gauss(0, 0.1)])
        labels.append(2 * (k % 2) - 1)
    return rows, labels


def weights() -> list[list[tuple[list[float], float]]]:
    """The same start for every engine: per layer, per neuron, weights and a bias."""
    rng = random.Random(7)
    return [
        [([rng.uniform(-1, 1) for _ in range(nin)], 0.0) for _ in range(nout)]
        for nin, nout in itertools.pairwise(SIZES)
    ]


def scalar_step(engine: Any) -> Callable[[], float]:
    """Adds and multiplies one by one, as the demo writes them; inputs wrapped as it does."""
    xs, ys = points()
    leaf, relu = engine.leaf, engine.relu

    def step() -> float:
        engine.tape()
        layers = [[([leaf(w) for w in ws], leaf(b)) for ws, b in layer] for layer in weights()]
        rows = [[leaf(v) for v in row] for row in xs]
        engine.begin()
        scores = []
        for row in rows:
            signal = row
            for depth, layer in enumerate(layers):
                out = []
                for ws, b in layer:
                    act = sum((wi * xi for wi, xi in zip(ws, signal)), b)
                    out.append(relu(act) if depth < 2 else act)
                signal = out
            scores.append(signal[0])
        losses = [relu(1 + (-yi) * score) for yi, score in zip(ys, scores)]
        data_loss = sum(losses) * (1.0 / len(losses))
        parameters = [p for layer in layers for ws, b in layer for p in [*ws, b]]
        total = data_loss + 1e-4 * sum(p * p for p in parameters)
        engine.backward(total)
        return float(engine.value(total)) + 0.0 * sum(engine.grad(p) for p in parameters)

    return step


def network_step() -> Callable[[], float]:
    """The same network through gatenet.nn, a dot gate for each neuron."""
    from gatenet import Unit
    from gatenet.gates import dot, total
    from gatenet.nn import MLP

    xs, ys = points()
    model = MLP(2, [16, 16, 1], activation="relu", rng=random.Random(0))
    start = [v for layer in weights() for ws, b in layer for v in [*ws, b]]
    for parameter, value in zip(model.parameters(), start, strict=True):
        parameter.value = value

    def step() -> float:
        model.zero_grad()
        losses: list[Unit] = [(1 - y * model(x)[0]).relu() for x, y in zip(xs, ys, strict=True)]
        parameters = list(model.parameters())
        loss = total(losses) * (1.0 / len(losses)) + 1e-4 * dot(parameters, parameters)
        loss.backward()
        return float(loss.value)

    return step


def steps(engines: dict[str, Any]) -> dict[str, Callable[[], float]]:
    """The step of every engine, ours in both forms."""
    found = {name: scalar_step(engine) for name, engine in engines.items()}
    return found | {"gatenet.nn (dot gates)": network_step()}
