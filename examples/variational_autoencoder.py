"""A variational autoencoder lays digits out on a plane, and draws new ones from it.

The encoder gives a mean and a log-variance for each of two numbers, the code is drawn from that
normal distribution (the draw is a constant, so gradients flow through mean and deviation), and
the decoder draws the picture.  The loss is the negative evidence lower bound in nats a picture:
cross-entropy of the pixels plus the divergence of the code from a standard normal one.

Source: D. Kingma, M. Welling, "Auto-encoding variational Bayes", 2013, appendix B.

After 10 epochs of 750 digits (a minute) a held-out picture costs 26.0 nats, 1.4 of them for its
code; the mean picture costs 27.0, and a grey picture that knew every pixel 13.7.

    python examples/variational_autoencoder.py [--size small] [--out out]
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path
from statistics import NormalDist
from typing import Any, TextIO

from gatenet import nn, no_grad
from gatenet.datasets import digits, train_test_split
from gatenet.gates import exp, total
from gatenet.losses import bce, bce_with_logits
from gatenet.optim import Adam
from gatenet.randomness import normal
from gatenet.training import Trainer, predict
from gatenet.viz import plot_images

SIZES = {  # pictures, hidden neurons, epochs, learning rate
    "small": (60, 10, 12, 0.02),
    "full": (1000, 24, 10, 0.01),
}


class VAE(nn.Module):
    """Gives the scores of the pixels, and the means and log-variances of the code."""

    def __init__(self, pixels: int, hidden: int, codes: int, *, rng: random.Random) -> None:
        self.encoder = nn.MLP(pixels, [hidden, 2 * codes], "tanh", rng=rng)
        self.decoder = nn.MLP(codes, [hidden, pixels], "tanh", rng=rng)
        self.codes, self.rng = codes, rng

    def forward(self, picture: list[float]) -> tuple[list[Any], list[Any], list[Any]]:
        """Encode, draw a code (its mean in evaluation), decode."""
        found = self.encoder(picture)
        means, log_variances = found[: self.codes], found[self.codes :]
        code = means
        if self.training:
            pairs = zip(means, log_variances, strict=True)
            code = [mean + normal(self.rng) * exp(0.5 * spread) for mean, spread in pairs]
        return self.decoder(code), means, log_variances


def divergence(means: list[Any], log_variances: list[Any]) -> Any:
    """Kullback and Leibler's divergence of the code's distribution from a standard normal one."""
    pairs = zip(means, log_variances, strict=True)
    return 0.5 * total([exp(spread) + mean * mean - 1.0 - spread for mean, spread in pairs])


def bound(outputs: list[Any], targets: list[Any]) -> Any:
    """The negative evidence lower bound, the mean over the pictures."""
    scores, *codes = zip(*outputs, strict=True)
    pixels = bce_with_logits([*scores], targets, reduction="sum")
    spent = [divergence(*code) for code in zip(*codes, strict=True)]
    return (pixels + total(spent)) / len(targets)


def main(
    size: str = "full", out: Path | None = None, stream: TextIO = sys.stdout
) -> dict[str, float]:
    """Train it; print the bound of held-out pictures beside that of pixels drawn one by one."""
    count, hidden, epochs, rate = SIZES[size]
    pictures, answers = digits()
    rows = [[ink / 16 for ink in picture] for picture in pictures[:count]]
    train, test, *_ = train_test_split(rows, answers[:count], stratify=True, rng=0)
    model = VAE(64, hidden, 2, rng=random.Random(0))
    optimizer = Adam(model.parameters(), lr=rate)
    Trainer(model, bound, optimizer, rng=0, batch_size=8, progress=stream).fit(
        train, train, epochs=epochs
    )
    model.train()  # with drawn codes, as the bound wants
    with no_grad():
        outputs = model.batch(test)
        found = bound(outputs, test).value
        spent = sum(divergence(*codes).value for _, *codes in outputs) / len(test)
    average = [sum(column) / len(train) for column in zip(*train, strict=True)]
    clear = [min(max(ink, 0.001), 0.999) for ink in average]  # no pixel is certain
    without = bce([clear] * len(test), test, reduction="sum") / len(test)
    least = bce(test, test, reduction="sum") / len(test)
    print(f"nats a held-out picture: {found:.2f}, of which {spent:.2f} for the code; from the mean "
          f"picture {without:.2f}, from the picture itself {least:.2f}", file=stream)  # fmt: skip
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        steps = [NormalDist().inv_cdf((k + 0.5) / 8) for k in range(8)]
        drawer = nn.Sequential(model.decoder, nn.Sigmoid())
        shown = predict(drawer, [[x, y] for y in steps for x in steps])
        plot_images(
            [[row[8 * i : 8 * i + 8] for i in range(8)] for row in shown],
            out / "variational_autoencoder.svg", low=0.0, high=1.0,
            title="The plane of codes, drawn",
        )  # fmt: skip
    return {"bound": found, "divergence": spent, "mean picture": without, "least": least}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--out", type=Path, default=Path("out"))
    main(**vars(parser.parse_args()))
