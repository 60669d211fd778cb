"""Several small networks read digits better together than each alone.

Bagging trains members on digits drawn with replacement; a snapshot ensemble is one training whose
rate falls and starts again, kept at the end of each fall.  Each is held against its own members.

Six members that bagging trained read 87.9% to 92.9% of 500 digits, together 93.3%;
six snapshots 80.0% to 87.5%, on average 85.4%, together 86.5%; 44 seconds for both.

    python examples/ensembles.py [--size small] [--out out]
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path
from typing import Any, TextIO

from gatenet.datasets import digits, train_test_split
from gatenet.ensembles import Bagging, Snapshots, cosine_cycles
from gatenet.losses import cross_entropy
from gatenet.nn import MLP, Softmax
from gatenet.optim import Adam
from gatenet.optim.schedules import LambdaLR
from gatenet.training import Trainer, accuracy, predict
from gatenet.viz import plot_lines

SIZES = {  # pictures to learn from, pictures held out, hidden neurons, members, epochs of each
    "small": (80, 150, 8, 3, 4),
    "full": (300, 500, 12, 6, 8),
}


def main(
    size: str = "full", out: Path | None = None, stream: TextIO = sys.stdout
) -> dict[str, float]:
    """Train both; print how many held-out digits the members read, and how many together."""
    count, held_out, hidden, members, epochs = SIZES[size]
    pictures, answers = digits()
    rows = [[ink / 16 for ink in picture] for picture in pictures[: count + held_out]]
    train, test, train_digits, test_digits = train_test_split(
        rows, answers[: count + held_out], test_size=held_out / len(rows), stratify=True, rng=0
    )

    def trained(inputs: list[Any], targets: list[Any], rng: random.Random) -> MLP:
        model = MLP(64, [hidden, 10], rng=rng)
        optimizer = Adam(model.parameters(), lr=0.02)
        trainer = Trainer(model, cross_entropy, optimizer, rng=rng, batch_size=10, progress=False)
        trainer.fit(inputs, targets, epochs=epochs)
        return model

    def read(model: Any) -> float:
        return accuracy(predict(model, test), test_digits)

    bag = Bagging(trained, members=members, through=Softmax(), rng=0).fit(train, train_digits)
    pairs = zip(bag.out_of_bag(train), train_digits, strict=True)
    judged = [(output, digit) for output, digit in pairs if output is not None]
    model = MLP(64, [hidden, 10], rng=0)
    optimizer = Adam(model.parameters(), lr=0.02)
    snapshots = Snapshots(epochs)
    Trainer(
        model, cross_entropy, optimizer, rng=0, batch_size=10, progress=False,
        schedule=LambdaLR(optimizer, cosine_cycles(epochs)), callbacks=[snapshots],
    ).fit(train, train_digits, epochs=members * epochs)  # fmt: skip
    together = snapshots.ensemble(model, through=Softmax())
    found: dict[str, float] = {"out of bag": accuracy(*map(list, zip(*judged, strict=True)))}
    curves: dict[str, list[float]] = {}
    for name, ensemble in (("bagging", bag), ("snapshots", together)):
        shares = [read(each) for each in ensemble.models]
        found[f"{name}: members"] = sum(shares) / members
        found[name] = read(ensemble)
        alone = f"{min(shares):.1%} to {max(shares):.1%}, on average {sum(shares) / members:.1%}"
        print(f"{name}: members read {alone}; together {found[name]:.1%}", file=stream)
        curves[name] = shares
    print(f"bagging, judged by what members did not draw: {found['out of bag']:.1%}", file=stream)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        curves |= {
            f"{name}, together": [found[name]] * members for name in ("bagging", "snapshots")
        }
        title = "The share of held-out digits that members read, and that they read together"
        plot_lines(curves, out / "ensembles.svg", title=title, x_label="member (from 0)")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--out", type=Path, default=Path("out"))
    main(**vars(parser.parse_args()))
