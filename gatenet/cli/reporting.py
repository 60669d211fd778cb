"""Reporting: what a training came to, in words, in a page of Markdown, and in plots."""

from __future__ import annotations

import argparse
import math
import shlex
from collections import Counter
from pathlib import Path

from gatenet import io
from gatenet.cli.goals import Goal, share_right
from gatenet.cli.learning import Learnt
from gatenet.cli.tables import Table
from gatenet.cli.training import OPTIMIZERS
from gatenet.texts import figure, shown
from gatenet.unit import Unit

#: The most classes whose confusions are shown as a table.
MOST_SHOWN = 12
#: From this size on a measure is written as a power of ten.
MOST_PLAIN = 1e6
_SPECIAL = frozenset("\\`*_{}[]<>|#~!&$")


def results(learnt: Learnt, more: str = "") -> list[str]:
    """What to print of a training: how well it predicts the rows trained on and those held out.

    `more` is added where it was interrupted.
    """
    lines = []
    for name, table, answers in learnt.judged:
        measures = measured(learnt, table, answers)
        lines.append(f"{name}: " + ", ".join(f"{key} {text}" for key, text in measures.items()))
    if learnt.interrupted:
        epochs = len(learnt.losses) - 1
        lines.append(f"interrupted after {epochs} epochs: this is what was learnt" + more)
    return lines


def measured(learnt: Learnt, table: Table, answers: list[str]) -> dict[str, str]:
    """Measure predictions: accuracy for classes; RMSE, MAE and R² for a number."""
    goal = learnt.model.goal
    true = table.column(goal.column)
    if goal.classes:
        share = share_right(answers, true)
        common = Counter(learnt.parts.train_table.column(goal.column)).most_common(1)[0][0]
        guessed = share_right([common] * len(true), true)
        return {
            "accuracy": f"{share:.1%} ({round(share * len(true))} of {len(true)})",
            "always the commonest class": f"{guessed:.1%}",
        }
    return numbers([float(answer) for answer in answers], table.numbers(goal.column))


def numbers(predicted: list[float], true: list[float]) -> dict[str, str]:
    """Measure predicted numbers; R² is 1 - the share of the variance that is left.

    >>> numbers([1.0, 2.0], [1.0, 4.0])
    {'RMSE': '1.41421', 'MAE': '1', 'R²': '0.1111'}
    """
    errors = [p - t for p, t in zip(predicted, true, strict=True)]
    mean = math.fsum(true) / len(true)
    left = math.fsum(e * e for e in errors)
    spread = math.fsum((t - mean) ** 2 for t in true)
    found = {
        "RMSE": figure(math.sqrt(left / len(true))),
        "MAE": figure(math.fsum(map(abs, errors)) / len(true)),
    }
    if not spread:
        return found
    fit = 1.0 - left / spread
    return {**found, "R²": f"{fit:.4f}" if abs(fit) < MOST_PLAIN else figure(fit)}


def written(learnt: Learnt, arguments: argparse.Namespace) -> list[Path]:
    """Write the model, the plots and the report into the folder; give their paths."""
    from gatenet.viz import draw, plot_lines

    out: Path = arguments.out
    model, report = out / "model.json", out / "report.md"
    learnt.model.save(model)
    plots = [out / "loss.svg", out / "circuit.svg"]
    curves = {"while training": learnt.losses, "held out": learnt.held_losses}
    plot_lines(
        {name: curve for name, curve in curves.items() if curve},
        plots[0],
        title=f"Loss ({learnt.model.goal.loss})",
        x_label="epoch",
    )
    inputs = [
        Unit(x, name) for x, name in zip(learnt.parts.train[0], learnt.model.inputs, strict=True)
    ]
    loss = learnt.model.goal.function(
        [learnt.model.network(inputs)], [learnt.parts.train_targets[0]]
    )
    loss.name = "loss"
    loss.backward()
    draw(loss, plots[1])
    if learnt.task == "regression":
        plots.append(out / "fit.svg")
        _fit_plot(learnt, plots[-1])
    text = page(learnt, arguments, [model, *plots])
    io.write(text.encode(), report)
    return [model, *plots, report]


def _fit_plot(learnt: Learnt, path: Path) -> None:
    """Plot what is true and what is predicted, the rows in the order of what is true."""
    from gatenet.viz import plot_lines

    name, table, answers = learnt.judged[-1]
    true = table.numbers(learnt.model.goal.column)
    predicted = [float(answer) for answer in answers]
    order = sorted(range(len(true)), key=true.__getitem__)
    plot_lines(
        {"true": [true[k] for k in order], "predicted": [predicted[k] for k in order]},
        path,
        title=f"{shown(learnt.model.goal.column, 80)}, {name}",
        x_label="row, in the order of the true number",
    )


def page(learnt: Learnt, arguments: argparse.Namespace, files: list[Path]) -> str:
    """The report as Markdown; whatever stands in the table cannot change its form."""
    goal, network = learnt.model.goal, learnt.model.network
    lr = arguments.lr or OPTIMIZERS[arguments.optimizer][1]
    facts = {
        "data": f"{plain(str(arguments.data))}: {len(learnt.parts.train)} rows trained on, "
        f"{len(learnt.parts.held)} held out",
        "target": f"{plain(goal.column)} ({learnt.task})",
        "columns": ", ".join(plain(column.name) for column in learnt.model.columns),
        "network": f"`{network!r}`, {len(network.parameters())} parameters",
        "loss": goal.loss + _penalties(arguments),
        "training": f"{arguments.optimizer}, lr {figure(lr)}, {len(learnt.losses) - 1} epochs, "
        f"seed {arguments.seed}",
        "loss before": _both(learnt, 0),
        "loss after": _both(learnt, -1),
    }
    lines = [f"# {plain(goal.column)}", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {said} |" for name, said in facts.items()]
    for name, table, answers in learnt.judged:
        lines += ["", f"## {name.capitalize()}", "", "| measure | value |", "|---|---|"]
        lines += [f"| {key} | {said} |" for key, said in measured(learnt, table, answers).items()]
        if goal.classes and len(goal.classes) <= MOST_SHOWN:
            lines += ["", *_confusions(goal, table, answers)]
    lines += ["", "## Files", "", *(f"- {plain(path.name)}" for path in files), ""]
    model = shlex.quote(shown(str(files[0])))
    lines += ["```sh", f"python -m gatenet predict {model} NEW.csv", "```", ""]
    return "\n".join(lines)


def _penalties(arguments: argparse.Namespace) -> str:
    both = (("L1", arguments.l1), ("L2", arguments.l2))
    return "".join(f", {name} {figure(x)}" for name, x in both if x)


def _both(learnt: Learnt, k: int) -> str:
    said = f"{figure(learnt.losses[k])} trained on"
    return f"{said}, {figure(learnt.held_losses[k])} held out" if learnt.held_losses else said


def _confusions(goal: Goal, table: Table, answers: list[str]) -> list[str]:
    pairs = Counter(zip(table.column(goal.column), answers, strict=True))
    head = " | ".join(f"taken for {plain(name)}" for name in goal.classes)
    lines = [f"| | {head} |", "|---" * (len(goal.classes) + 1) + "|"]
    for true in goal.classes:
        counts = " | ".join(str(pairs[true, name]) for name in goal.classes)
        lines.append(f"| {plain(true)} | {counts} |")
    return lines


def plain(text: str) -> str:
    r"""Make any text stand in a page of Markdown as it reads, in one line.

    >>> plain("a|b <i>")
    'a\\|b \\<i\\>'
    """
    return "".join(f"\\{c}" if c in _SPECIAL else c for c in shown(text, 80))
