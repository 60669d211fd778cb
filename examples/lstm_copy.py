"""An LSTM repeats what it was told, after a pause: the copying task.

It reads symbols one by one, waits, and on a signal has to say them again in order; nothing but its
memory holds them by then.  Chance is one in the number of symbols.

Source of the task: S. Hochreiter, J. Schmidhuber, "Long short-term memory", 1997, in the form of
later papers.

Three symbols of three kinds after a pause of three steps: every one of 300 is said rightly after 24
epochs of 160 rows; 53 seconds.

    python examples/lstm_copy.py [--size small] [--out out]
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path
from typing import Any, TextIO

from gatenet import nn
from gatenet.losses import cross_entropy
from gatenet.optim import Adam
from gatenet.optim.schedules import CosineAnnealingLR
from gatenet.training import Trainer

SIZES = {  # symbols to say again, pause, size of the memory, rows, epochs, batch, learning rate
    "small": (2, 0, 6, 36, 14, 4, 0.1),
    "full": (3, 3, 12, 160, 24, 6, 0.05),
}
SYMBOLS = 3


class Copier(nn.Module):
    """Reads a row of symbols and gives scores for each that it is asked to say again."""

    def __init__(self, length: int, pause: int, memory: int, *, rng: random.Random) -> None:
        self.length, self.pause = length, pause
        self.memory = nn.LSTM(SYMBOLS + 1, memory, rng=rng)
        self.head = nn.Linear(memory, SYMBOLS, rng=rng)

    def forward(self, symbols: list[int]) -> list[list[Any]]:
        """Read, wait, answer: one step each; the last number of a step is the signal to speak."""
        told = [[float(k == symbol) for k in range(SYMBOLS)] + [0.0] for symbol in symbols]
        waits = [[0.0] * (SYMBOLS + 1)] * self.pause
        asked = [[0.0] * SYMBOLS + [1.0]] * self.length
        return self.head(self.memory([*told, *waits, *asked])[-self.length :])


def said(outputs: list[Any], targets: list[list[int]]) -> float:
    """The share of all symbols that are said rightly."""
    votes = [
        row.index(max(row)) == symbol
        for rows, symbols in zip(outputs, targets, strict=True)
        for row, symbol in zip(rows, symbols, strict=True)
    ]
    return sum(votes) / len(votes)


def main(
    size: str = "full", out: Path | None = None, stream: TextIO = sys.stdout
) -> dict[str, float]:
    """Train it; print how many symbols of new rows it says rightly."""
    length, pause, memory, count, epochs, batch, rate = SIZES[size]
    rng = random.Random(0)
    model = Copier(length, pause, memory, rng=rng)
    rows = [[int(SYMBOLS * rng.random()) for _ in range(length)] for _ in range(count)]
    new = [[int(SYMBOLS * rng.random()) for _ in range(length)] for _ in range(100)]
    optimizer = Adam(model.parameters(), lr=rate)
    trainer = Trainer(
        model, cross_entropy, optimizer, schedule=CosineAnnealingLR(optimizer, epochs),
        rng=0, batch_size=batch, clip_norm=1.0, metrics={"said": said}, progress=stream,
    )  # fmt: skip
    history = trainer.fit(rows, rows, epochs=epochs)
    share = said(trainer.predict(new), new)
    print(f"{length} symbols of {SYMBOLS} after a pause of {pause}: {share:.1%} said rightly, "
          f"chance is {1 / SYMBOLS:.1%}", file=stream)  # fmt: skip
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        history.plot(out / "lstm_copy.svg")
    return {"loss": history.losses[-1], "said": share}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--out", type=Path, default=Path("out"))
    main(**vars(parser.parse_args()))
