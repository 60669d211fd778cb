"""Two networks play against each other until one draws numbers as the other has seen them.

The generator makes a number out of noise, the discriminator says how likely a number is real; each
step teaches the discriminator on real and made ones, then the generator to be taken for real.  The
density to learn has two humps: normal around -2 and around 2, deviation 0.5.  How far the made
numbers are from it is the mean distance of sorted made ones from sorted real ones (Wasserstein's).

Source: I. Goodfellow and others, "Generative adversarial nets", 2014, with the generator's loss
of section 3, -log D(G(z)).

The distance falls from 1.74 to 0.23 in 800 steps, with 49% of the numbers in the right hump; 45
seconds.

    python examples/gan.py [--size small] [--out out]
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path
from typing import TextIO

from gatenet import no_grad
from gatenet.losses import bce_with_logits
from gatenet.nn import MLP
from gatenet.optim import Adam
from gatenet.randomness import normal
from gatenet.viz import plot_lines

SIZES = {"small": (80, 16, 0.05), "full": (800, 32, 0.01)}  # steps, numbers a step, rate


def real(rng: random.Random) -> float:
    """Draw a number of the density to learn."""
    return normal(rng, -2.0 if rng.random() < 0.5 else 2.0, 0.5)


def made(generator: MLP, count: int, rng: random.Random) -> list[float]:
    """Let the generator draw numbers, which are then plain: no gradient flows into them."""
    with no_grad():
        return [generator([normal(rng)])[0].value for _ in range(count)]


def distance(some: list[float], others: list[float]) -> float:
    """Wasserstein's distance of two samples: what moving one onto the other costs, per number."""
    return sum(abs(a - b) for a, b in zip(sorted(some), sorted(others), strict=True)) / len(some)


def shares(numbers: list[float]) -> list[float]:
    """The share of the numbers in each fifth of a unit from -4 to 4, for a picture."""
    places = [int((x + 4.0) * 5.0) for x in numbers]
    return [places.count(k) / len(numbers) for k in range(40)]


def main(
    size: str = "full", out: Path | None = None, stream: TextIO = sys.stdout
) -> dict[str, float]:
    """Let them play; print how far the made numbers are from the density, and how many a hump."""
    steps, count, rate = SIZES[size]
    rng = random.Random(0)
    generator = MLP(1, [8, 8, 1], "tanh", rng=rng)
    discriminator = MLP(1, [12, 12, 1], "tanh", rng=rng)
    tutor = Adam(discriminator.parameters(), lr=rate, betas=(0.5, 0.999))
    learner = Adam(generator.parameters(), lr=rate, betas=(0.5, 0.999))
    seen = [real(rng) for _ in range(1000)]
    before = made(generator, 1000, rng)
    for step in range(steps):
        tutor.lr = learner.lr = rate * (1.0 - step / steps)
        rows = [real(rng) for _ in range(count)] + made(generator, count, rng)
        labels = [1.0] * count + [0.0] * count
        telling = bce_with_logits([discriminator([x]) for x in rows], labels)
        tutor.zero_grad()
        telling.backward()
        tutor.step()
        tries = [discriminator(generator([normal(rng)])) for _ in range(count)]
        fooling = bce_with_logits(tries, [1.0] * count)
        learner.zero_grad()
        fooling.backward()
        learner.step()
        if step % max(steps // 8, 1) == 0:
            losses = f"discriminator {telling.value:.3f}, generator {fooling.value:.3f}"
            print(f"step {step:>4}: {losses} (0.693 where it cannot tell)", file=stream)
    after = made(generator, 1000, rng)
    first, last = distance(before, seen), distance(after, seen)
    right = sum(x > 0.0 for x in after) / len(after)
    print(f"distance from the density: {first:.3f} before, {last:.3f} after; "
          f"{right:.0%} of the numbers in the right hump", file=stream)  # fmt: skip
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        plot_lines(
            {"real": shares(seen), "before": shares(before), "made": shares(after)},
            out / "gan.svg", title="Numbers drawn, in fifths of a unit from -4 to 4",
            y_label="share",
        )  # fmt: skip
    return {"before": first, "after": last, "right": right, "discriminator": telling.value}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--out", type=Path, default=Path("out"))
    main(**vars(parser.parse_args()))
