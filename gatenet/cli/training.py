"""`train`: learn a column of a CSV file from the others, and leave a model, plots and a report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatenet.cli.options import add_seed, between, sizes, whole
from gatenet.errors import WiringError
from gatenet.texts import counted, shown

if TYPE_CHECKING:
    from gatenet.cli.goals import Goal
    from gatenet.cli.saved import Saved
    from gatenet.cli.tables import Table

LOSSES = ("cross-entropy", "bce", "hinge", "squared-hinge", "mse", "mae", "huber")
#: The optimizers by the name on the command line: the class, the lr after scaling, its settings.
OPTIMIZERS: dict[str, tuple[str, float, dict[str, Any]]] = {
    "adam": ("Adam", 0.02, {}),
    "adamw": ("AdamW", 0.02, {}),
    "adamax": ("Adamax", 0.02, {}),
    "nadam": ("NAdam", 0.02, {}),
    "radam": ("RAdam", 0.02, {}),
    "sgd": ("SGD", 0.1, {}),
    "momentum": ("SGD", 0.02, {"momentum": 0.9}),
    "rmsprop": ("RMSprop", 0.01, {}),
    "adagrad": ("Adagrad", 0.1, {}),
    "adadelta": ("Adadelta", 1.0, {}),
    "lion": ("Lion", 0.002, {}),
    "rprop": ("Rprop", 0.01, {}),
}
#: Those that compare one whole gradient with the next: a batch is all rows unless it is given.
WHOLE_BATCH = ("rprop",)
BATCH = 16


def add_to(commands: Any) -> None:
    """Add the command and its options to the command line's parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "train",
        help="train a network on a CSV file",
        description="Learn one column of a CSV file from the others with a multilayer perceptron. "
        "The first line names the columns. Columns of numbers are shifted and scaled to mean 0 and "
        "deviation 1. The target is taken for classes where its cells are names or at most 10 "
        "different whole numbers (each twice on average), else for a number. Leaves model.json "
        "(for `predict` and `export`), report.md, and plots as SVG.",
        epilog="example: python -m gatenet train flowers.csv --target species --layers 16,16",
    )
    parser.add_argument("data", type=Path, metavar="CSV", help="the table to learn from")
    parser.add_argument("--target", required=True, metavar="COLUMN", help="the column to predict")
    _add_columns(parser)
    network = parser.add_argument_group("the network")
    network.add_argument(
        "--layers", type=sizes, default=(16, 16), metavar="N,N,...",
        help="sizes of the hidden layers; none for a linear model (default: 16,16)",
    )  # fmt: skip
    network.add_argument(
        "--activation", default="tanh", metavar="GATE",
        help="what hidden neurons apply: a gate of one input (default: %(default)s)",
    )  # fmt: skip
    network.add_argument(
        "--loss", choices=LOSSES,
        help="what is made small (default: cross-entropy for classes, mse for a number)",
    )  # fmt: skip
    _add_training(parser)
    parser.add_argument(
        "--out", type=Path, default=Path("out"), metavar="DIR",
        help="where the model, the plots and the report go (default: ./out)",
    )  # fmt: skip
    parser.add_argument("--quiet", action="store_true", help="print the results alone")
    parser.set_defaults(run=run)


def _add_columns(parser: argparse.ArgumentParser) -> None:
    table = parser.add_argument_group("the table")
    table.add_argument(
        "--task", choices=("auto", "classification", "regression"), default="auto",
        help="what the target holds (default: found from its cells)",
    )  # fmt: skip
    table.add_argument(
        "--ignore", action="append", default=[], metavar="COLUMN,...",
        help="columns to leave out, such as a running number: --ignore id,note",
    )  # fmt: skip
    table.add_argument(
        "--categories", action="append", default=[], metavar="COLUMN,...",
        help="columns whose cells are names, one input of 0 or 1 for each name: "
        "--categories city,colour",
    )  # fmt: skip
    table.add_argument(
        "--skip-incomplete", action="store_true", help="leave out rows that have an empty cell"
    )
    table.add_argument(
        "--delimiter", metavar="C", help="what stands between cells (default: , ; tab or |)"
    )


def _add_training(parser: argparse.ArgumentParser) -> None:
    training = parser.add_argument_group("the training")
    training.add_argument(
        "--optimizer", choices=tuple(OPTIMIZERS), default="adam",
        help="how the weights are moved (default: %(default)s)",
    )  # fmt: skip
    training.add_argument(
        "--lr", type=between(0.0, open_low=True), metavar="X",
        help="the learning rate (default: one that suits the optimizer)",
    )  # fmt: skip
    training.add_argument(
        "--epochs", type=whole(1), default=100, metavar="N",
        help="how often to go through the rows (default: %(default)s)",
    )  # fmt: skip
    training.add_argument(
        "--batch-size", type=whole(1), metavar="N",
        help=f"rows in one step (default: {BATCH}; all of them for rprop)",
    )  # fmt: skip
    training.add_argument(
        "--l1", type=between(0.0), default=0.0, metavar="X",
        help="the weight of the sum of the weights' sizes in the loss (default: 0)",
    )  # fmt: skip
    training.add_argument(
        "--l2", type=between(0.0), default=0.0, metavar="X",
        help="the weight of the sum of their squares in the loss (default: 0)",
    )  # fmt: skip
    training.add_argument(
        "--validation", type=between(0.0, 1.0), default=0.2, metavar="SHARE",
        help="the share of rows that is held out to judge by; 0 for none (default: %(default)s)",
    )  # fmt: skip
    training.add_argument(
        "--checkpoint", action="store_true",
        help="keep the training in DIR/checkpoint.json after every epoch, and go on from there "
        "where one was left",
    )  # fmt: skip
    add_seed(training)


def run(arguments: argparse.Namespace) -> int:
    """Train, and write what was learnt."""
    from gatenet.cli import goals, learning, reporting, tables

    _check_activation(arguments.activation)
    table = tables.read(arguments.data, delimiter(arguments.delimiter))
    arguments.ignore = _listed(table, arguments.ignore)
    arguments.categories = _listed(table, arguments.categories)
    names = _inputs(table, arguments)
    if arguments.skip_incomplete:
        table, said = table.complete([*names, arguments.target])
        _say(arguments, said)
    task, why = goals.task_of(table, arguments.target, arguments.task)
    goal = goals.goal_of(table, arguments.target, task, arguments.loss)
    model, parts = learning.prepared(table, names, goal, arguments)
    _say(arguments, _announced(table, model, parts, f"{task}, since {why}"))
    arguments.out.mkdir(parents=True, exist_ok=True)
    learnt = learning.learnt(model, parts, arguments)
    written = reporting.written(learnt, arguments)
    more = "; the same command goes on from there" if arguments.checkpoint else ""
    print(
        "\n".join([*reporting.results(learnt, more), *(f"wrote {shown(str(p))}" for p in written)])
    )
    return 130 if learnt.interrupted else 0


def _check_activation(name: str) -> None:
    """Raise WiringError, which names what a shell can give, for a name that is no activation."""
    from gatenet.cli.tables import near
    from gatenet.declaration import registry

    known = [g.name for g in registry().values() if not g.variadic and len(g.inputs) == 1]
    if name not in known:
        raise WiringError(
            f"--activation '{shown(name, 40)}' is no gate of one input: {near(name, known)} "
            "(`python -m gatenet gates` lists the gates)"
        )


def delimiter(text: str | None) -> str | None:
    """Read what --delimiter says: one character, or tab."""
    text = {"tab": "\t", r"\t": "\t"}.get(text or "", text)
    if text is not None and (len(text) != 1 or text in '"\r\n'):
        raise WiringError(f"--delimiter is one character, not '{shown(text, 20)}'; tab is one")
    return text


def _listed(table: Table, given: list[str]) -> list[str]:
    """The columns of an option: names with commas between, unless a name itself has the comma."""
    found: list[str] = []
    for text in given:
        parts = [text] if text in table.names else text.split(",")
        found += [part.strip() for part in parts]
    return found


def _inputs(table: Table, arguments: argparse.Namespace) -> list[str]:
    """The columns to learn from: all but the target and what is ignored."""
    for name in (arguments.target, *arguments.ignore, *arguments.categories):
        table.place(name)
    left_out = {arguments.target, *arguments.ignore}
    names = [name for name in table.names if name not in left_out]
    if not names:
        raise WiringError(
            f"{table.path} has no column left to learn from beside '{shown(arguments.target, 80)}'"
        )
    wrong = [name for name in arguments.categories if name in left_out]
    if wrong:
        raise WiringError(
            f"--categories names '{shown(wrong[0], 80)}', which is the target or ignored: the "
            "target's classes are found by themselves"
        )
    return names


def _announced(table: Table, model: Saved, parts: Any, task: str) -> str:
    goal: Goal = model.goal
    wanted = f"{len(goal.classes)} classes" if goal.classes else "a number"
    return (
        f"{counted(len(table.rows), 'row')} of {shown(table.path)}: {len(parts.train)} to train "
        f"on, {len(parts.held)} held out\n"
        f"{shown(goal.column, 80)} from {counted(len(model.columns), 'column')}: {wanted} ({task})"
        f"\n{model.network!r}: {counted(len(model.network.parameters()), 'parameter')}, "
        f"loss {goal.loss}"
    )


def _say(arguments: argparse.Namespace, text: str) -> None:
    if not arguments.quiet:
        print(text)
        sys.stdout.flush()
