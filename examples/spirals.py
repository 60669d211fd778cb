"""Spirals: three arms around each other, told apart by a softmax over three scores.

At full size (210 points of three arms, 105 others held out): a linear softmax is right on 34.3% of
the points held out, which is guessing, a network with two hidden layers of 16 tanh neurons on all
of them.  The two arms of the TensorFlow playground wind nearly twice around; there, as on its page,
the sines of the coordinates are given as inputs as well, and 12 hidden neurons reach 99.0%.

    python examples/spirals.py [--size small] [--out out]
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import TextIO

from gatenet.datasets import playground_spiral, spirals, standardize
from gatenet.errors import ToolMissing
from gatenet.losses import cross_entropy
from gatenet.nn import MLP
from gatenet.optim import Adam
from gatenet.training import History, accuracy, fit, predict
from gatenet.viz import charts, plot_lines

SIZES = {"small": (60, [12], 40), "full": (210, [16, 16], 120)}


Rows = list[list[float]]


def learn(train: Rows, labels: list[int], hidden: list[int], epochs: int) -> tuple[MLP, History]:
    """Train a softmax classifier; give it with its history."""
    model = MLP(len(train[0]), [*hidden, len(set(labels))], "tanh", rng=0)
    optimizer = Adam(model.parameters(), lr=0.02)
    history = fit(model, train, labels, loss=cross_entropy, optimizer=optimizer, epochs=epochs,
                  batch_size=16, progress=False, rng=0)  # fmt: skip
    return model, history


def with_sines(rows: Rows) -> Rows:
    """The playground's features: both coordinates (a third of them) and their sines."""
    return [[x / 3, y / 3, math.sin(x), math.sin(y)] for x, y in rows]


def main(
    size: str = "full", out: Path | None = None, stream: TextIO = sys.stdout
) -> dict[str, float]:
    """Train on three arms, and on the playground's two; give the figures."""
    n, hidden, epochs = SIZES[size]
    data, test = spirals(n, classes=3, rng=1), spirals(n // 2, classes=3, rng=2)
    train, held = standardize(data.inputs, test.inputs)
    figures: dict[str, float] = {}
    for name, layers in (("linear", []), ("network", hidden)):
        model, history = learn(train, data.targets, layers, epochs)
        share = accuracy(predict(model, held), test.targets)
        figures[f"{name}_accuracy"] = share
        print(f"three arms, {name}: {share:.1%} of the points held out", file=stream)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        try:
            axes = charts.boundary(
                model, held, test.targets, title="Three spirals, held out",
                resolution=60 if size == "full" else 12,
            )  # fmt: skip
            axes.figure.savefig(out / "spirals.svg")
        except ToolMissing:  # without matplotlib, the loss
            curve = [math.nan, *history.losses]
            plot_lines(curve, out / "spirals.svg", title="Three spirals", x_label="epoch")
    arms, others = playground_spiral(n, rng=1), playground_spiral(n // 2, rng=2)
    winding, _ = learn(with_sines(arms.inputs), arms.targets, [12], epochs // 2)
    scores = predict(winding, with_sines(others.inputs))
    figures["playground_accuracy"] = accuracy(scores, others.targets)
    print(
        f"the playground's two arms: {figures['playground_accuracy']:.1%} of the points held out",
        file=stream,
    )
    return figures


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="A network on three spirals.")
    options.add_argument("--size", choices=("small", "full"), default="full")
    options.add_argument("--out", type=Path, default=Path("out"))
    main(**vars(options.parse_args()))
