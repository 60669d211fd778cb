"""The GPT of names_gpt_compiled.py, trained in one process and on two workers, to the same bits.

A step takes sixteen names.  A letter enters as a row of 27 numbers with a single 1, so names of one
length share a circuit: the names of a step are shards by length, which workers sum on circuits
compiled to vectors and matrices.  Adam moves the 4,192 parameters here.

After 100 steps the loss of the last ten is 2.374 either way, and 2.466 on 100 names it never saw;
of 100 losses and 4,192 parameters none differs in a bit.

    python examples/names_gpt_cluster.py [--size small] [--client tcp://HOST:8786] [--out out]
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from gatenet import Unit, dot, logsumexp, mean, nn
from gatenet.datasets import names
from gatenet.optim import Adam
from gatenet.optim.schedules import LambdaLR
from gatenet.randomness import shuffled
from gatenet.training import Callback, Step, Trainer
from gatenet.viz import plot_lines

sys.path.insert(0, str(Path(__file__).parent))
from names_gpt import GPT, held_out
from names_gpt_compiled import marked

SIZES = {  # names, names held out, the longest, epochs
    "small": (32, 4, 4, 2),
    "full": (1600, 100, 15, 1),
}
TWO: dict[str, Any] = {"cluster": "local", "workers": 2}


class Speller(nn.Module):
    """The GPT, of letters as rows of 27 numbers."""

    def __init__(self, gpt: GPT) -> None:
        self.gpt = gpt

    def forward(self, letters: Sequence[Any]) -> list[list[Unit]]:
        """Give a row of scores for what comes after each letter."""
        table = [*zip(*self.gpt.tokens.weights, strict=True)]  # by coordinate, then by letter
        places = self.gpt.places([*range(len(letters))])
        return self.gpt.layers(
            [
                [dot(row, column) + at for column, at in zip(table, place, strict=True)]
                for row, place in zip(letters, places, strict=True)
            ]
        )


def spelling(outputs: Sequence[Any], targets: Sequence[Any]) -> Unit:
    """The mean over names of the mean cross-entropy of what comes next at each place."""
    return mean(
        [
            mean([logsumexp(at) - dot(row, at) for row, at in zip(following, scores, strict=True)])
            for following, scores in zip(targets, outputs, strict=True)
        ]
    )


class Losses(Callback):
    """Keeps the loss of each step."""

    def __init__(self) -> None:
        self.found: list[float] = []

    def on_batch_end(self, trainer: Trainer, step: Step) -> None:
        """Keep it."""
        self.found.append(step.loss)


def main(
    size: str = "full", out: Path | None = None, stream: TextIO = sys.stdout, client: Any = None
) -> dict[str, float]:
    """Train it twice; compare the loss of every step, and every parameter."""
    count, kept, longest, epochs = SIZES[size]
    known = [name for name in shuffled(names(), random.Random(42)) if len(name) <= longest]
    pairs = [marked(name, 16) for name in known[:count]]
    letters, following = [x for x, _ in pairs], [t for _, t in pairs]
    steps = epochs * -(-count // 16)

    def trained(said: str, **where: Any) -> tuple[list[float], list[float], GPT]:
        model = Speller(GPT(rng=random.Random(1)))
        optimizer = Adam(model.parameters(), lr=0.01, betas=(0.85, 0.99))
        losses = Losses()
        trainer = Trainer(
            model, spelling, optimizer, rng=0, batch_size=16, shard_size=128, callbacks=losses,
            schedule=LambdaLR(optimizer, lambda step: 1.0 - step / steps), schedule_every="batch",
            compiled="wide", progress=False, **where,
        )  # fmt: skip
        start = time.perf_counter()
        with warnings.catch_warnings():  # the first step may hold no name as long as the longest
            warnings.filterwarnings("ignore", "the loss does not reach")
            trainer.fit(letters, following, epochs=epochs)
        seconds = time.perf_counter() - start
        last = losses.found[-min(10, steps) :]
        print(f"{said}: loss {sum(last) / len(last):.3f} in {seconds:.1f} s", file=stream)
        return losses.found, [unit.value for unit in model.parameters()], model.gpt

    here, weights, gpt = trained("one process")
    there, others, _ = trained("the workers", **TWO if client is None else {"client": client})
    different = sum(a.hex() != b.hex() for a, b in zip(here + weights, there + others, strict=True))
    after = held_out(gpt, known[-kept:])
    lengths = len({len(x) for x in letters})
    print(f"{len(here)} steps of sixteen names, of {lengths} lengths", file=stream)
    print(
        f"{len(here)} losses and {len(weights):,} parameters: {different} differ in a bit",
        file=stream,
    )
    print(f"held-out names: {after:.3f}; ln 27 = 3.296", file=stream)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        plot_lines(
            {"one process": here, "two workers": there}, out / "names_gpt_cluster.svg",
            title="A GPT, in one process and on two workers", x_label="step",
        )  # fmt: skip
    return {
        "different": different, "lengths": lengths, "first": there[0], "last": there[-1],
        "after": after,
    }  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--client", help="a scheduler's address; by default a local cluster of two")
    parser.add_argument("--out", type=Path, default=Path("out"))
    given = parser.parse_args()
    main(given.size, given.out, client=given.client)
