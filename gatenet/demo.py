"""The main job: learn to tell iris flowers apart, and leave two pictures behind.

Knows everything on top of units; is run by `python -m gatenet demo`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TextIO

from gatenet.circuit import Circuit
from gatenet.datasets import iris, standardize, train_test_split
from gatenet.losses import cross_entropy
from gatenet.nn import MLP
from gatenet.optim import Adam
from gatenet.training import accuracy, fit, predict


def run(out: Path, *, epochs: int, seed: int, stream: TextIO) -> float:
    """Train a network on Fisher's iris measurements and give its accuracy on held-out flowers.

    Writes to `stream` as it goes, and the files iris-circuit.svg and iris-loss.svg into `out`.

    Raises OSError when a file cannot be written; that is tried before the training starts.
    """
    from gatenet.viz import draw, plot_lines

    out.mkdir(parents=True, exist_ok=True)
    flowers = iris()
    train, test, train_species, test_species = train_test_split(
        flowers.inputs, flowers.targets, stratify=True, rng=seed
    )
    train, test = standardize(train, test)
    model = MLP(len(flowers.feature_names), [8, len(flowers.target_names)], "tanh", rng=seed)
    loss = cross_entropy(model(train[0]), train_species[0])
    gates = sum(unit is not None and unit.gate is not None for unit in Circuit(loss).units)
    print(
        f"{len(flowers.inputs)} iris flowers (Fisher, 1936): {len(train)} to train on, "
        f"{len(test)} held out\n"
        f"{model!r}: {len(model.parameters())} parameters; one flower's loss takes {gates} gates",
        file=stream,
    )
    loss.backward()
    written = out / "iris-circuit.svg"
    draw(loss, written)
    optimizer = Adam(model.parameters(), lr=0.02)
    history = fit(
        model,
        train,
        train_species,
        loss=cross_entropy,
        optimizer=optimizer,
        epochs=epochs,
        batch_size=16,
        validation=(test, test_species),
        progress=stream,
        rng=seed,
    )
    curve = out / "iris-loss.svg"
    held_out = [epoch.validation for epoch in history.epochs]
    plot_lines(
        {"training": history.losses, "held out": held_out},
        title="Cross-entropy on Fisher's iris measurements",
        xlabel="epoch",
    ).save(curve)
    scores = predict(model, test)
    share = accuracy(scores, test_species)
    print(
        f"accuracy on held-out flowers: {share:.1%} ({round(share * len(test))} of {len(test)}); "
        f"guessing gives {1 / len(flowers.target_names):.1%}",
        file=stream,
    )
    for line in mistakes(scores, test_species, flowers.target_names):
        print(f"  {line}", file=stream)
    print(f"wrote {written} (one flower's circuit, before training)", file=stream)
    print(f"wrote {curve} (loss by epoch)", file=stream)
    return share


def mistakes(scores: list[list[float]], targets: list[int], names: tuple[str, ...]) -> list[str]:
    """Say which classes were taken for which, and how often.

    >>> mistakes([[0.0, 1.0], [1.0, 0.0]], [0, 0], ("setosa", "virginica"))
    ['1 setosa taken for virginica']
    """
    voted = [row.index(max(row)) for row in scores]
    pairs = Counter((t, v) for t, v in zip(targets, voted, strict=True) if t != v)
    return [f"{n} {names[t]} taken for {names[v]}" for (t, v), n in sorted(pairs.items())]
