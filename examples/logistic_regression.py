"""Logistic regression: two classes, and three by one-vs-rest, beside scikit-learn's.

The glossary's four students passed or failed by hours studied and slept.  Then real rows, split
into train and test: breast cancer (two classes) and iris (three classes, one model for each
against the rest, the most certain wins).  The loss is scikit-learn's: the mean log loss and an L2
penalty of |w|² / 2n on the weights; so where scikit-learn is installed its weights are the same,
and so is its score.

At full size: all four students right; 99.3% of 143 patients held out and 94.9% of 39 flowers, both
as scikit-learn, whose first weights are the same to 2e-4.

    python examples/logistic_regression.py [--size small] [--out out]
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path
from typing import TextIO

from gatenet.datasets import Dataset, breast_cancer, exams, iris, standardize, train_test_split
from gatenet.gates import sigmoid
from gatenet.losses import bce_with_logits, l2_penalty
from gatenet.nn import Neuron
from gatenet.optim import LBFGS
from gatenet.viz import plot_lines

Rows = list[list[float]]
SIZES = {"small": (60, 45, 10), "full": (569, 150, 40)}  # rows of cancer, of iris, iterations


def fitted(rows: Rows, labels: list[int], iterations: int, penalty: float = 0.5) -> Neuron:
    """The weights that make mean log loss + penalty / n · |w|² small, by L-BFGS."""
    model = Neuron(len(rows[0]), None, rng=0)
    for unit in model.parameters():
        unit.value = 0.0
    optimizer = LBFGS(
        model.parameters(), max_iter=iterations, tolerance_grad=1e-9, line_search_fn="strong_wolfe"
    )

    def closure():
        optimizer.zero_grad()
        loss = bce_with_logits([model(row) for row in rows], labels)
        loss = loss + l2_penalty(model.weights, penalty / len(rows))
        loss.backward()
        return loss

    optimizer.step(closure)
    return model


def score(model: Neuron, row: list[float]) -> float:
    """The model's score of a row, without wiring a circuit."""
    return sum(w.value * x for w, x in zip(model.weights, row, strict=True)) + model.bias.value


def prepared(data: Dataset, n: int) -> tuple[Rows, Rows, list[int], list[int]]:
    """Rows spread over a table, split by a seed and scaled by the means of the train rows."""
    step = len(data) // n
    split = train_test_split(data.inputs[::step], data.targets[::step], stratify=True, rng=0)
    train, test = standardize(split[0], split[1])
    return train, test, split[2], split[3]


def share(answers: list[int], targets: list[int]) -> float:
    """The share of right answers."""
    return sum(a == t for a, t in zip(answers, targets, strict=True)) / len(targets)


def scikit(train: Rows, labels: list[int], test: Rows, targets: list[int]) -> tuple[float, float]:
    """scikit-learn's score on the same split (one-vs-rest past two classes), and a weight."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    model = LogisticRegression(tol=1e-9, max_iter=1000)
    if len(set(labels)) > 2:
        several = OneVsRestClassifier(model).fit(train, labels)
        return several.score(test, targets), several.estimators_[0].coef_[0][0]
    model.fit(train, labels)
    return model.score(test, targets), model.coef_[0][0]


def main(
    size: str = "full", out: Path | None = None, stream: TextIO = sys.stdout
) -> dict[str, float]:
    """Fit the three tables; give the figures."""
    cancer, flowers, iterations = SIZES[size]
    rows, passed = exams()
    model = fitted(rows, passed, iterations)
    figures: dict[str, float] = {}
    chances = [sigmoid(score(model, row)) for row in rows]
    figures["exams_right"] = share([int(p > 0.5) for p in chances], passed)
    for row, p, fact in zip(rows, chances, passed, strict=True):
        print(
            f"studied {row[0]} h, slept {row[1]} h: passes with {p:.3f} (did: {fact})", file=stream
        )

    curves = {}
    for name, data, n in (("breast_cancer", breast_cancer(), cancer), ("iris", iris(), flowers)):
        train, test, labels, targets = prepared(data, n)
        kinds = sorted(set(labels))
        several = [
            fitted(train, [int(label == kind) for label in labels], iterations)
            for kind in (kinds if len(kinds) > 2 else kinds[1:])
        ]
        scores = [[score(one, row) for one in several] for row in test]
        answers = [
            max(range(len(row)), key=row.__getitem__) if len(row) > 1 else int(row[0] > 0.0)
            for row in scores
        ]
        figures |= {
            f"{name}_accuracy": share(answers, targets),
            f"{name}_weight": several[0].weights[0].value,
        }
        curves[name] = sorted(row[-1] for row in scores)
        print(
            f"{name}: {figures[f'{name}_accuracy']:.1%} of {len(test)} rows held out, first weight "
            f"{several[0].weights[0].value:.6f}",
            file=stream,
        )
        if importlib.util.find_spec("sklearn"):
            theirs, weight = scikit(train, labels, test, targets)
            figures |= {f"{name}_sklearn": theirs, f"{name}_sklearn_weight": weight}
            print(f"  scikit-learn: {theirs:.1%}, first weight {weight:.6f}", file=stream)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        plot_lines(
            curves, out / "logistic_regression.svg",
            title="Scores of the rows held out, sorted", x_label="row", y_label="score",
        )  # fmt: skip
    return figures


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Logistic regression beside scikit-learn's.")
    options.add_argument("--size", choices=("small", "full"), default="full")
    options.add_argument("--out", type=Path, default=Path("out"))
    main(**vars(options.parse_args()))
