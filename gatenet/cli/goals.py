"""Goals: what a target column is, classes or a number, and which loss belongs to it.

A loss of `gatenet.losses` is known here by the name it has on the command line, by how many
outputs it asks for, and by how a class is written for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gatenet.cli.columns import constant, moments
from gatenet.cli.tables import Table, as_number, near
from gatenet.errors import FormatError, WiringError
from gatenet.strictjson import fail, keys, real, text
from gatenet.texts import shown

#: A column of so many different whole numbers, each twice on average, is taken for classes.
MOST_CLASSES = 10


@dataclass(frozen=True)
class LossKind:
    """A loss of the command line: its function's name, and the label that a class becomes.

    `labels` is None where an output stands for each class and the label is the class's number.
    """

    function: str
    labels: tuple[float, float] | None = None


CLASSES = {
    "cross-entropy": LossKind("cross_entropy"),
    "bce": LossKind("bce_with_logits", (0.0, 1.0)),
    "hinge": LossKind("hinge_loss", (-1.0, 1.0)),
    "squared-hinge": LossKind("squared_hinge_loss", (-1.0, 1.0)),
}
NUMBERS = {
    "mse": LossKind("mse_loss"),
    "mae": LossKind("l1_loss"),
    "huber": LossKind("huber_loss"),
}
LOSSES = {**CLASSES, **NUMBERS}


@dataclass(frozen=True)
class Goal:
    """What is learnt: the column, its classes (or none, for a number and its scale), the loss."""

    column: str
    loss: str
    classes: tuple[str, ...] = ()
    mean: float = 0.0
    deviation: float = 1.0

    @property
    def outputs(self) -> int:
        """How many outputs the network has."""
        return len(self.classes) if LOSSES[self.loss].labels is None and self.classes else 1

    @property
    def function(self) -> Callable[[list[Any], list[Any]], Any]:
        """The loss, of (outputs, targets)."""
        from gatenet import losses

        found: Callable[..., Any] = getattr(losses, LOSSES[self.loss].function)
        return found

    def encoded(self, table: Table) -> list[Any]:
        """The targets of a table's rows, as the loss takes them.

        Raises FormatError for a class that was not trained on, or a cell that is no number.
        """
        if not self.classes:
            return [(y - self.mean) / self.deviation for y in table.numbers(self.column)]
        labels = LOSSES[self.loss].labels
        found = []
        for row, cell in enumerate(table.column(self.column)):
            if cell not in self.classes:
                raise FormatError(
                    f"{table.where(row, self.column)}: the class '{shown(cell, 60)}' was not among "
                    f"the rows the model was trained on: {near(cell, self.classes)}. Mend the "
                    "cell, or use --no-score to predict without looking at this column"
                )
            k = self.classes.index(cell)
            found.append(k if labels is None else labels[k])
        return found

    def document(self) -> dict[str, Any]:
        """Plain data to save."""
        if self.classes:
            return {"column": self.column, "loss": self.loss, "classes": list(self.classes)}
        return {
            "column": self.column, "loss": self.loss, "mean": self.mean,
            "deviation": self.deviation,
        }  # fmt: skip


def task_of(table: Table, name: str, asked: str) -> tuple[str, str]:
    """Say whether a column holds classes or numbers, "classification" or "regression", and why.

    Raises FormatError where it is neither clearly: nearly all cells are numbers, or nearly every
    row would be a class of its own.
    """
    cells = table.column(name)
    for row, cell in enumerate(cells):
        if not cell:
            raise FormatError(
                f"{table.where(row, name)}: the cell to predict is empty: fill it, or leave such "
                "rows out with --skip-incomplete"
            )
    if asked != "auto":
        return asked, "as asked with --task"
    values = [as_number(cell) for cell in cells]
    strange = [row for row, value in enumerate(values) if value is None]
    kinds = len(set(cells))
    if strange:
        if kinds > MOST_CLASSES and 2 * len(strange) < len(cells):
            raise FormatError(
                f"{table.where(strange[0], name)}: '{shown(cells[strange[0]], 60)}' is no finite "
                f"number, most other cells are: mend it, or say --task classification"
            )
        return "classification", "its cells are names"
    whole = all(value is not None and value.is_integer() for value in values)
    if whole and kinds <= MOST_CLASSES and 2 * kinds <= len(cells):
        return "classification", f"it has {kinds} different whole numbers"
    return "regression", "its cells are numbers"


def goal_of(table: Table, name: str, task: str, loss: str | None) -> Goal:
    """Put together what is to be learnt; numbers are scaled by `scaled` once rows are chosen.

    Raises WiringError for a column of one value, or a loss that does not fit.
    """
    cells = table.column(name)
    fitting = CLASSES if task == "classification" else NUMBERS
    loss = loss or next(iter(fitting))
    if loss not in fitting:
        raise WiringError(
            f"--loss {loss} is not for {task}, which column '{shown(name, 80)}' was taken for: "
            f"choose {', '.join(fitting)}, or the other --task"
        )
    if len(set(cells)) == 1:
        raise constant(table, name, cells[0])
    if task == "regression":
        return scaled(Goal(name, loss), table)
    classes = tuple(sorted(set(cells), key=_by_value))
    if LOSSES[loss].labels is not None and len(classes) != 2:
        raise WiringError(
            f"--loss {loss} tells two classes apart, and column '{shown(name, 80)}' has "
            f"{len(classes)} classes: use cross-entropy"
        )
    return Goal(name, loss, classes)


def scaled(goal: Goal, table: Table) -> Goal:
    """Measure the mean and deviation of a number to predict over the rows of a table."""
    if goal.classes:
        return goal
    mean, deviation = moments(table.numbers(goal.column))
    if deviation == 0.0:
        raise constant(table, goal.column, table.column(goal.column)[0])
    return Goal(goal.column, goal.loss, (), mean, deviation)


def loaded(thing: Any, where: str) -> Goal:
    """Read a goal from plain data.

    Raises FormatError that says where it is wrong.
    """
    keys(thing, {"column", "loss"}, {"classes", "mean", "deviation"})
    name, loss = text(thing["column"], where), text(thing["loss"], where)
    if loss in CLASSES:
        keys(thing, {"column", "loss", "classes"}, set())
        classes = thing["classes"]
        if not isinstance(classes, list):
            fail(where, "classes is a list of texts")
        names = tuple(text(value, where) for value in classes)
        if len(set(names)) < len(names) or len(names) < 2:
            fail(where, "there are two classes or more, each once")
        if CLASSES[loss].labels is not None and len(names) != 2:
            fail(where, f"the loss {loss} has two classes, not {len(names)}")
        return Goal(name, loss, names)
    if loss not in NUMBERS:
        fail(where, f"'{shown(loss, 40)}' is no loss of this version")
    keys(thing, {"column", "loss", "mean", "deviation"}, set())
    mean, deviation = real(thing["mean"], where), real(thing["deviation"], where)
    if not (math.isfinite(mean) and 0.0 < deviation < math.inf):
        fail(where, "a mean is finite and a deviation above 0")
    return Goal(name, loss, (), mean, deviation)


def _by_value(cell: str) -> tuple[int, float, str]:
    value = as_number(cell)
    return (1, 0.0, cell) if value is None else (0, value, cell)


def share_right(predicted: Sequence[str], true: Sequence[str]) -> float:
    """The share of rows whose class is right.

    >>> share_right(["a", "b"], ["a", "a"])
    0.5
    """
    return sum(p == t for p, t in zip(predicted, true, strict=True)) / len(true)
