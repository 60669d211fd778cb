"""Every optimizer on one task: wines of three kinds, a small network, all rows in every step.

The same first weights for all.  A step of a first-order method is one pass over the rows; a line
search takes several, so passes are counted as well.  The rates were tried by hand and are not
tuned: the table shows that each method learns, not which is best.

At full size, from a loss of 0.896: plain descent reaches 0.272 in 40 passes, with momentum 0.245,
Adam 0.219, RMSprop 0.209, Rprop 0.185, Newton 0.179 in 16 passes, BFGS 0.135 in 43, L-BFGS 0.133
in 48.

    python examples/optimizers.py [--size small] [--out out]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from gatenet import Unit, optim
from gatenet.datasets import standardize, wine
from gatenet.losses import cross_entropy
from gatenet.nn import MLP
from gatenet.viz import plot_lines

SIZES = {"small": (15, 6), "full": (90, 40)}  # rows, steps of a first-order method

#: How each is made for some parameters, and how many steps of its own count as one of the others.
WAYS: dict[str, tuple[Callable[[list[Unit]], Any], float]] = {
    "SGD": (lambda p: optim.SGD(p, lr=0.5), 1.0),
    "momentum": (lambda p: optim.SGD(p, lr=0.2, momentum=0.9), 1.0),
    "Nesterov": (lambda p: optim.SGD(p, lr=0.2, momentum=0.9, nesterov=True), 1.0),
    "Adagrad": (lambda p: optim.Adagrad(p, lr=0.2), 1.0),
    "Adadelta": (lambda p: optim.Adadelta(p, lr=20.0), 1.0),
    "RMSprop": (lambda p: optim.RMSprop(p, lr=0.03), 1.0),
    "Adam": (lambda p: optim.Adam(p, lr=0.1), 1.0),
    "AdamW": (lambda p: optim.AdamW(p, lr=0.1), 1.0),
    "Adamax": (lambda p: optim.Adamax(p, lr=0.1), 1.0),
    "NAdam": (lambda p: optim.NAdam(p, lr=0.1), 1.0),
    "RAdam": (lambda p: optim.RAdam(p, lr=0.2), 1.0),
    "Lion": (lambda p: optim.Lion(p, lr=0.03), 1.0),
    "Rprop": (lambda p: optim.Rprop(p, lr=0.05), 1.0),
    "conjugate": (lambda p: optim.ConjugateGradient(p), 0.05),
    "BFGS": (lambda p: optim.BFGS(p), 0.05),
    "LBFGS": (lambda p: optim.LBFGS(p, line_search_fn="strong_wolfe", max_iter=5), 0.2),
    "Newton": (lambda p: optim.Newton(p, damping=0.01), 0.2),
    "random": (lambda p: optim.RandomSearch(p, lr=0.3, tries=2, rng=0), 1.0),
}


def train(make: Callable[[list[Unit]], Any], steps: int, rows: Any, kinds: Any) -> list[float]:
    """Train one network; give the loss before each pass over the rows."""
    model = MLP(2, [3, 3], "tanh", rng=0)
    optimizer = make(model.parameters())
    seen: list[float] = []

    def closure() -> Unit:
        optimizer.zero_grad()
        loss: Unit = cross_entropy([model(row) for row in rows], kinds)
        loss.backward()
        seen.append(loss.value)
        return loss

    for _ in range(steps):
        optimizer.step(closure)
    return seen


def main(
    size: str = "full", out: Path | None = None, stream: TextIO = sys.stdout
) -> dict[str, float]:
    """Train with every optimizer; give the first loss and the least of each."""
    count, steps = SIZES[size]
    bottles = wine()
    columns = [bottles.feature_names.index(name) for name in ("flavanoids", "color_intensity")]
    every = len(bottles.inputs) // count
    rows = [[row[k] for k in columns] for row in bottles.inputs[::every][:count]]
    (rows,) = standardize(rows)
    kinds = bottles.targets[::every][:count]
    figures: dict[str, float] = {}
    curves: dict[str, list[float]] = {}
    for name, (make, share) in WAYS.items():
        seen = train(make, max(1, round(steps * share)), rows, kinds)
        figures["before"] = seen[0]
        figures[name] = min(seen)
        curves[name] = seen
        print(f"{name:<10} loss {seen[0]:.3f} -> {min(seen):.4f} in {len(seen)} passes",
              file=stream)  # fmt: skip
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        plot_lines(
            {name: curves[name] for name in ("SGD", "Nesterov", "Adam", "LBFGS")},
            out / "optimizers.svg",
            title="Three kinds of wine by two columns",
            x_label="pass over the rows",
        )
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--out", type=Path, default=Path("out"))
    main(**vars(parser.parse_args()))
