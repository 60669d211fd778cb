"""The main job: learn to tell iris flowers apart, and leave two pictures behind.

Knows everything on top of units; is run by `python -m gatenet demo`.
"""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import TextIO

from gatenet.circuit import Circuit
from gatenet.datasets import iris, standardize, train_test_split
from gatenet.losses import cross_entropy
from gatenet.nn import MLP
from gatenet.optim import Adam
from gatenet.training import accuracy, evaluate, fit, predict
from gatenet.unit import Unit


def run(out: Path, *, epochs: int, seed: int, stream: TextIO) -> float:
    """Train a network on Fisher's iris measurements and give its accuracy on held-out flowers.

    Writes to `stream` as it goes, and the files iris-circuit.svg and iris-loss.svg into `out`.

    Raises OSError when a file cannot be written; that is tried before the training starts.
    """
    from gatenet.viz import draw, plot_lines

    out.mkdir(parents=True, exist_ok=True)
    flowers = iris()
    species = flowers.target_names
    train, test, train_species, test_species = train_test_split(
        flowers.inputs, flowers.targets, stratify=True, rng=seed
    )
    train, test = standardize(train, test)
    model = MLP(len(flowers.feature_names), [8, len(species)], "tanh", rng=seed)
    flower = [Unit(x, name) for x, name in zip(train[0], flowers.feature_names, strict=True)]
    loss = cross_entropy(model(flower), train_species[0])
    loss.name = "loss"
    print(
        f"{len(flowers.inputs)} iris flowers (Fisher, 1936): {len(train)} to train on, "
        f"{len(test)} held out\n{model!r}: {len(model.parameters())} parameters, "
        f"{gate_count(loss)} gates for one flower's loss",
        file=stream,
    )
    loss.backward()
    circuit, curve = out / "iris-circuit.svg", out / "iris-loss.svg"
    draw(loss, circuit)
    untrained = evaluate(model, test, test_species, loss=cross_entropy)
    history = fit(
        model,
        train,
        train_species,
        loss=cross_entropy,
        optimizer=Adam(model.parameters(), lr=0.02),
        epochs=epochs,
        batch_size=16,
        validation=(test, test_species),
        progress=stream,
        rng=seed,
    )
    plot_lines(
        {
            "while training": [math.nan, *history.losses],
            "held out": [untrained, *history.validations],
        },
        curve,
        title="Cross-entropy on Fisher's iris measurements",
        x_label="epoch",
    )
    scores = predict(model, test)
    share = accuracy(scores, test_species)
    print(
        f"accuracy on held-out flowers: {share:.1%} ({round(share * len(test))} of {len(test)}); "
        f"guessing gives {1 / len(species):.1%}",
        *mistakes(scores, test_species, species),
        f"wrote {circuit} (one flower's circuit, before training)",
        f"wrote {curve} (the loss, epoch by epoch)",
        sep="\n",
        file=stream,
    )
    return share


def gate_count(output: Unit) -> int:
    """How many gates stand behind a unit."""
    return sum(row.gate is not None for row in Circuit(output).rows)


def mistakes(scores: list[list[float]], targets: list[int], names: tuple[str, ...]) -> list[str]:
    """Say which classes were taken for which, and how often.

    >>> mistakes([[0.0, 1.0], [1.0, 0.0]], [0, 0], ("setosa", "virginica"))
    ['  1 setosa taken for virginica']
    """
    voted = [row.index(max(row)) for row in scores]
    pairs = Counter((t, v) for t, v in zip(targets, voted, strict=True) if t != v)
    return [f"  {n} {names[t]} taken for {names[v]}" for (t, v), n in sorted(pairs.items())]
