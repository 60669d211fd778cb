"""`predict`: a saved model and a CSV file give a CSV file with predictions."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatenet.texts import counted, shown

if TYPE_CHECKING:
    from gatenet.cli.saved import Saved
    from gatenet.cli.tables import Table


def add_to(commands: Any) -> None:
    """Add the command and its options to the command line's parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "predict",
        help="predict the rows of a CSV file with a trained model",
        description="Write the rows of a CSV file again with a column of predictions; for classes "
        "also their probability. Columns are found by their names, in any order. Where the table "
        "has the target as well, the standard error says how good the predictions are.",
        epilog="example: python -m gatenet predict out/model.json new.csv --out predicted.csv",
    )
    parser.add_argument("model", type=Path, metavar="MODEL", help="a model.json that `train` left")
    parser.add_argument("data", type=Path, metavar="CSV", help="the rows to predict")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="where they go (default: the standard output)"
    )
    parser.add_argument(
        "--only", action="store_true", help="write the predictions without the rows' own cells"
    )
    parser.add_argument(
        "--no-score", action="store_true", help="do not look at the target, if it is there"
    )
    parser.add_argument(
        "--skip-incomplete", action="store_true",
        help="leave out rows that have an empty cell in a column the model reads",
    )  # fmt: skip
    parser.add_argument(
        "--delimiter", metavar="C", help="what stands between cells (default: , ; tab or |)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Predict and write."""
    from gatenet import io as files
    from gatenet.cli import saved, tables
    from gatenet.cli.training import delimiter

    model = saved.load(arguments.model)
    table = tables.read(arguments.data, delimiter(arguments.delimiter), chosen=False)
    if arguments.skip_incomplete:
        table, left_out = table.complete(
            column.name for column in model.columns if column.name in table.names
        )
        print(left_out, file=sys.stderr)
    answers = model.predicted(table)
    said = "" if arguments.no_score else scored(model, table, [answer for answer, _ in answers])
    text = rewritten(model, table, answers, only=arguments.only)
    if arguments.out is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        files.write(text.encode(), arguments.out)
        print(f"wrote {shown(str(arguments.out))}: {counted(len(answers), 'row')}")
    if said:
        print(said, file=sys.stderr)
    return 0


def scored(model: Saved, table: Table, predicted: list[str]) -> str:
    """How good predictions are in the rows that have the target filled in; "" where none has.

    Raises FormatError for a class that was not trained on.
    """
    from gatenet.cli.goals import share_right
    from gatenet.cli.reporting import numbers

    goal = model.goal
    if goal.column not in table.names or not any(table.column(goal.column)):
        return ""
    filled = list(map(bool, table.column(goal.column)))
    predicted = [answer for answer, there in zip(predicted, filled, strict=True) if there]
    table = table.without(k for k, there in enumerate(filled) if not there)
    goal.encoded(table)  # a class that nobody trained on is an error
    true = table.column(goal.column)
    if goal.classes:
        share = share_right(predicted, true)
        return f"accuracy {share:.1%} ({round(share * len(true))} of {len(true)})"
    measures = numbers([float(answer) for answer in predicted], table.numbers(goal.column))
    return ", ".join(f"{key} {value}" for key, value in measures.items())


def rewritten(
    model: Saved, table: Table, answers: list[tuple[str, float | None]], *, only: bool
) -> str:
    """The rows as CSV text, with the prediction and its probability in columns of their own."""
    head = [] if only else list(table.names)
    head.append(_free(f"predicted {model.goal.column}", table.names))
    certain = any(probability is not None for _, probability in answers)
    if certain:
        head.append(_free("probability", table.names))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=table.delimiter, lineterminator="\n")
    writer.writerow(head)
    for cells, (answer, probability) in zip(table.rows, answers, strict=True):
        row = [] if only else list(cells)
        row.append(answer)
        if certain:
            row.append("" if probability is None else f"{probability:.6g}")
        writer.writerow(row)
    return text.getvalue()


def _free(name: str, taken: tuple[str, ...]) -> str:
    """A column's name that no other column has."""
    while name in taken:
        name += " again"
    return name
