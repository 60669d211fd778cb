"""Losses that forgive, activations that bend, and batch normalization, each where it shows.

A line is fitted to points on y = 2x + 1 of which three are far off: squared error runs after them,
absolute error and Huber's do not.  Then one small network on the two moons with each activation of
the glossary.  Last a deep narrow network whose inputs come in odd sizes, with batch normalization
and without.  One run each: differences of a percent between activations are chance.

At full size: squared error finds y = -2.05 x + 1.57, Huber's 1.76 x + 1.04, absolute error 1.99 x +
1.01; of fresh points of the moons sigmoid reads 87.0%, tanh 88.5%, relu 96.0%, leaky relu 97.0%,
elu 86.5%; the deep network's loss is 0.165 with batch normalization, 0.486 without.

    python examples/losses_and_activations.py [--size small] [--out out]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from gatenet import nn
from gatenet.datasets import moons
from gatenet.losses import bce_with_logits, huber_loss, l1_loss, mse_loss
from gatenet.optim import Adam
from gatenet.training import Trainer, accuracy
from gatenet.viz import plot_lines

SIZES = {"small": (60, 60, 15), "full": (400, 200, 40)}  # epochs of a line, points, epochs
LOSSES: dict[str, Callable[..., Any]] = {
    "mse": mse_loss,
    "mae": l1_loss,
    "huber": lambda outputs, targets: huber_loss(outputs, targets, delta=0.5),
}
ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "elu")


def fitted(loss: Callable[..., Any], epochs: int) -> tuple[float, float]:
    """Slope and intercept of the line that a loss likes best among the points."""
    rows = [[k / 10] for k in range(-10, 11)]
    targets = [2 * x + 1 for (x,) in rows]
    targets[1] += 12.0
    targets[2] += 12.0
    targets[19] -= 12.0
    line = nn.Linear(1, 1, rng=0)
    trainer = Trainer(line, loss, Adam(line.parameters(), lr=0.05), rng=0, batch_size=21,
                      progress=False)  # fmt: skip
    trainer.fit(rows, targets, epochs=epochs)
    (intercept,) = trainer.predict([[0.0]])[0]
    return trainer.predict([[1.0]])[0][0] - intercept, intercept


def taught(model: nn.Module, points: int, epochs: int, stretch: float = 1.0) -> tuple[Any, float]:
    """Train a classifier on the moons; give its history and its share of fresh points."""
    found, kinds = moons(2 * points, noise=0.15, rng=0)
    found = [[x * stretch, y / stretch] for x, y in found]
    trainer = Trainer(model, bce_with_logits, Adam(model.parameters(), lr=0.02), rng=0,
                      progress=False)  # fmt: skip
    history = trainer.fit(found[::2], kinds[::2], epochs=epochs)
    return history, accuracy(trainer.predict(found[1::2]), kinds[1::2])


def deep(normalized: bool) -> nn.Sequential:
    """Four narrow layers of tanh, each normalised over the batch first, or not."""
    parts: list[nn.Module] = []
    for k in range(4):
        parts += [nn.BatchNorm(6 if k else 2)] if normalized else []
        parts += [nn.Linear(6 if k else 2, 6, rng=k), nn.Tanh()]
    return nn.Sequential(*parts, nn.Linear(6, 1, rng=9))


def main(
    size: str = "full", out: Path | None = None, stream: TextIO = sys.stdout
) -> dict[str, float]:
    """Run the three comparisons; give the figures."""
    line, points, epochs = SIZES[size]
    figures: dict[str, float] = {}
    for name, loss in LOSSES.items():
        slope, intercept = fitted(loss, line)
        figures |= {f"{name}_slope": slope, f"{name}_intercept": intercept}
        print(f"{name:<6} y = {slope:.2f} x + {intercept:.2f}", file=stream)
    for name in ACTIVATIONS:
        history, share = taught(nn.MLP(2, [8, 1], name, rng=1), points, epochs)
        figures |= {name: share, f"{name}_loss": history.losses[-1]}
        print(f"{name:<11} loss {history.losses[-1]:.3f}, {share:.1%} of fresh points", file=stream)
    curves = {}
    for name, normalized in (("plain", False), ("batchnorm", True)):
        history, share = taught(deep(normalized), points, epochs, stretch=30.0)
        curves[name] = history.losses
        figures |= {name: share, f"{name}_loss": history.losses[-1]}
        print(f"{name:<11} loss {history.losses[-1]:.3f}, {share:.1%}, odd sizes", file=stream)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        plot_lines(curves, out / "batchnorm.svg", title="Inputs of odd sizes", x_label="epoch")
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--out", type=Path, default=Path("out"))
    main(**vars(parser.parse_args()))
