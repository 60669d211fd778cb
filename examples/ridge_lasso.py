"""Ridge, lasso and elastic net: ten weights of the diabetes table under three penalties.

Ridge (the sum of squares) shrinks every weight and keeps it; lasso (the sum of sizes) drives the
idle ones to nothing; elastic net is between them.  Ridge is compared with its closed form, solved
here, lasso and elastic net with scikit-learn's where it is installed.

At full size: ridge is within 7e-6 of its closed form; lasso lets 6 of 10 weights go, within 4e-4 of
scikit-learn's weights, elastic net 4 of them, within 1.1e-3.

    python examples/ridge_lasso.py [--size small] [--out out]
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from gatenet import Unit
from gatenet.datasets import diabetes, standardize
from gatenet.losses import elastic_net_penalty, l1_penalty, l2_penalty, mse_loss
from gatenet.nn import Neuron
from gatenet.optim import Adam
from gatenet.optim.schedules import LambdaLR
from gatenet.viz import plot_lines

Rows = list[list[float]]
SIZES = {"small": (40, 5, 100), "full": (442, 10, 200)}  # patients, columns, steps
STRENGTH = 0.1


def shrunk(
    rows: Rows, targets: list[float], penalty: Callable[[list[Unit]], Unit], steps: int
) -> list[float]:
    """The weights that make half the mean squared error and a penalty small, by Adam.

    The rate falls to nothing, so that a weight which jumps around 0 comes to rest.
    """
    model = Neuron(len(rows[0]), None, bias=False, rng=0)
    for unit in model.parameters():
        unit.value = 0.0
    optimizer = Adam(model.parameters(), lr=0.1, betas=(0.9, 0.99))
    schedule = LambdaLR(optimizer, lambda step: (1.0 - step / steps) ** 2)
    for _ in range(steps):
        loss = 0.5 * mse_loss([model(row) for row in rows], targets) + penalty(model.weights)
        model.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return [unit.value for unit in model.weights]


def solved(rows: Rows, targets: list[float], strength: float) -> list[float]:
    """Ridge's closed form, (XᵀX / n + 2 strength I) w = Xᵀy / n, by elimination."""
    n, width = len(rows), len(rows[0])
    table = [
        [sum(r[i] * r[j] for r in rows) / n + 2 * strength * (i == j) for j in range(width)]
        + [sum(r[i] * y for r, y in zip(rows, targets, strict=True)) / n]
        for i in range(width)
    ]
    for i in range(width):
        for j in range(width):
            if j != i:
                factor = table[j][i] / table[i][i]
                table[j] = [b - factor * a for a, b in zip(table[i], table[j], strict=True)]
    return [table[i][-1] / table[i][i] for i in range(width)]


def apart(one: list[float], other: list[float]) -> float:
    """The largest difference between two lists of weights."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def main(
    size: str = "full", out: Path | None = None, stream: TextIO = sys.stdout
) -> dict[str, float]:
    """Fit under each penalty; give the figures."""
    patients, columns, steps = SIZES[size]
    data = diabetes()
    (rows,) = standardize([row[:columns] for row in data.inputs[:patients]])
    (scaled,) = standardize([[y] for y in data.targets[:patients]])
    targets = [y for (y,) in scaled]
    names = data.feature_names[:columns]
    found = {
        "none": solved(rows, targets, 0.0),
        "ridge": shrunk(rows, targets, lambda w: l2_penalty(w, STRENGTH), steps),
        "lasso": shrunk(rows, targets, lambda w: l1_penalty(w, STRENGTH), steps),
        "elastic net": shrunk(rows, targets, lambda w: elastic_net_penalty(w, STRENGTH), steps),
    }
    figures: dict[str, float] = {}
    print("".ljust(12), *(f"{name:>7}" for name in names), file=stream)
    for name, weights in found.items():
        print(name.ljust(12), *(f"{w:7.3f}" for w in weights), file=stream)
        key = name.replace(" ", "_")
        figures[f"{key}_size"] = sum(abs(w) for w in weights)
        figures[f"{key}_idle"] = sum(abs(w) < 1e-3 for w in weights)
    figures["ridge_off"] = apart(found["ridge"], solved(rows, targets, STRENGTH))
    print(f"ridge is within {figures['ridge_off']:.1e} of the closed form", file=stream)
    print(f"lasso lets {figures['lasso_idle']} of {columns} weights go", file=stream)
    if importlib.util.find_spec("sklearn"):
        from sklearn.linear_model import ElasticNet, Lasso

        for name, model in (("lasso", Lasso(STRENGTH)), ("elastic net", ElasticNet(STRENGTH))):
            off = apart(found[name], list(model.fit(rows, targets).coef_))
            figures[f"{name.replace(' ', '_')}_off"] = off
            print(f"{name} is within {off:.1e} of scikit-learn's", file=stream)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        plot_lines(
            found, out / "ridge_lasso.svg", title="Weights under three penalties",
            x_label="column", y_label="weight",
        )  # fmt: skip
    return figures


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Ridge, lasso and elastic net.")
    options.add_argument("--size", choices=("small", "full"), default="full")
    options.add_argument("--out", type=Path, default=Path("out"))
    main(**vars(options.parse_args()))
