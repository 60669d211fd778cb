"""A recurrent network says of each bit in a row whether the ones so far are odd or even.

No window of the last few bits can say it: the network has to carry one bit along, and turn it
over.  It learns on rows of 8 bits and is asked about rows of 32.

It is right on every one of 100 rows of 8 bits and 50 rows of 32, after 20 epochs, 9 seconds.

    python examples/rnn_parity.py [--size small] [--out out]
"""

from __future__ import annotations

import argparse
import random
import sys
from itertools import accumulate
from operator import xor
from pathlib import Path
from typing import TextIO

from gatenet import nn
from gatenet.losses import bce_with_logits
from gatenet.optim import Adam
from gatenet.training import Trainer, predict

SIZES = {  # rows, bits, neurons, learning rate
    "small": (64, 4, 6, 0.05),
    "full": (256, 8, 8, 0.03),
}


def bits(count: int, length: int, rng: random.Random) -> list[list[int]]:
    """Draw rows of fair bits."""
    return [[int(rng.random() < 0.5) for _ in range(length)] for _ in range(count)]


def parities(rows: list[list[int]]) -> list[list[list[float]]]:
    """For each bit of each row, whether the ones up to it are odd: 1.0 or 0.0."""
    return [[[float(odd)] for odd in accumulate(row, xor)] for row in rows]


def vectors(rows: list[list[int]]) -> list[list[list[float]]]:
    """Write bits as the network reads them: a sequence of vectors of one number, -1 or 1."""
    return [[[2.0 * bit - 1.0] for bit in row] for row in rows]


def right(outputs: list[list[list[float]]], targets: list[list[list[float]]]) -> float:
    """The share of all places where the score has the right sign."""
    votes = [
        (score > 0.0) == (label > 0.5)
        for row, labels in zip(outputs, targets, strict=True)
        for (score,), (label,) in zip(row, labels, strict=True)
    ]
    return sum(votes) / len(votes)


def main(
    size: str = "full", out: Path | None = None, stream: TextIO = sys.stdout
) -> dict[str, float]:
    """Train it; print how often it is right on rows as long as those it learnt from, and longer."""
    count, length, neurons, rate = SIZES[size]
    rng = random.Random(0)
    model = nn.Sequential(nn.RNN(1, neurons, rng=rng), nn.Linear(neurons, 1, rng=rng))
    rows = bits(count, length, rng)
    trainer = Trainer(
        model, bce_with_logits, Adam(model.parameters(), lr=rate),
        rng=0, batch_size=8, metrics={"right": right}, progress=stream,
    )  # fmt: skip
    history = trainer.fit(vectors(rows), parities(rows), epochs=20)
    short, long = bits(100, length, rng), bits(50, 32, rng)
    found = {
        "right": right(predict(model, vectors(short)), parities(short)),
        "right on long rows": right(predict(model, vectors(long)), parities(long)),
    }
    print(f"right on new rows of {length} bits: {found['right']:.1%}, of 32 bits: "
          f"{found['right on long rows']:.1%}", file=stream)  # fmt: skip
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        history.plot(out / "rnn_parity.svg")
    return {"loss": history.losses[-1], **found}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--out", type=Path, default=Path("out"))
    main(**vars(parser.parse_args()))
