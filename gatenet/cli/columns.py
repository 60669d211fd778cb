"""Columns: how the cells of a table become a network's inputs, the same way at every later time.

A column of numbers is shifted and scaled to mean 0 and standard deviation 1 over the rows that
are trained on; a column of categories becomes one input of 0 or 1 per category.  Knows tables;
does not know networks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gatenet.cli.tables import Table, near
from gatenet.errors import FormatError, WiringError
from gatenet.strictjson import fail, keys, real, text
from gatenet.texts import shown

#: The most different names that a column of categories may hold.
MOST_CATEGORIES = 100


@dataclass(frozen=True)
class Number:
    """A column of numbers: an input is (cell - mean) / deviation."""

    name: str
    mean: float
    deviation: float

    @property
    def inputs(self) -> list[str]:
        """What its inputs are called."""
        return [self.name]

    def encoded(self, table: Table) -> list[list[float]]:
        """The inputs of each row."""
        return [[(x - self.mean) / self.deviation] for x in table.numbers(self.name)]

    def document(self) -> dict[str, Any]:
        """Plain data to save."""
        return {"column": self.name, "mean": self.mean, "deviation": self.deviation}


@dataclass(frozen=True)
class Category:
    """A column of names: one input per category, 1 where the cell holds it and else 0."""

    name: str
    values: tuple[str, ...]

    @property
    def inputs(self) -> list[str]:
        """What its inputs are called."""
        return [f"{self.name}={value}" for value in self.values]

    def encoded(self, table: Table) -> list[list[float]]:
        """The inputs of each row.

        Raises FormatError for an empty cell, or a category that was not among the rows trained on.
        """
        for row, cell in enumerate(table.column(self.name)):
            if cell not in self.values:
                if not cell:
                    raise table.empty(row, self.name)
                raise FormatError(
                    f"{table.where(row, self.name)}: the category '{shown(cell, 60)}' was not "
                    f"among the rows the model was trained on: {near(cell, self.values)}"
                )
        return [[float(cell == value) for value in self.values] for cell in table.column(self.name)]

    def document(self) -> dict[str, Any]:
        """Plain data to save."""
        return {"column": self.name, "categories": list(self.values)}


Column = Number | Category


def fitted(
    table: Table, names: Sequence[str], categories: Sequence[str], whole: Table
) -> list[Column]:
    """Measure the columns of a table: means and deviations, or the categories there are.

    Categories are looked for in the `whole` table, so that a rare one may be among the rows held
    out.

    Raises WiringError for a column that is the same in every row, one of too many categories, or
    inputs of one name; FormatError for a cell that is no number.
    """
    found: list[Column] = []
    for name in names:
        cells = table.column(name)
        if len(set(cells)) == 1:
            raise constant(table, name, cells[0])
        if name in categories:
            values = tuple(sorted(set(whole.column(name))))
            if len(values) > MOST_CATEGORIES:
                raise WiringError(
                    f"{table.path}: column '{shown(name, 80)}' has {len(values):,} different "
                    f"cells; a column of categories has at most {MOST_CATEGORIES}: leave it out "
                    f"with --ignore {_quoted(name)}"
                )
            found.append(Category(name, values))
            continue
        mean, deviation = moments(table.numbers(name))
        if deviation == 0.0:
            raise constant(table, name, cells[0])
        found.append(Number(name, mean, deviation))
    inputs = [one for column in found for one in column.inputs]
    twice = [one for k, one in enumerate(inputs) if one in inputs[:k]]
    if twice:
        raise WiringError(
            f"{table.path}: a category and a column would both be called '{shown(twice[0], 80)}': "
            "rename the column"
        )
    return found


def constant(table: Table, name: str, cell: str) -> WiringError:
    """The error for a column that says nothing."""
    return WiringError(
        f"{table.path}: column '{shown(name, 80)}' is '{shown(cell, 40)}' in every row to train "
        f"on, so nothing can be learnt from it: leave it out with --ignore {_quoted(name)}"
    )


def _quoted(name: str) -> str:
    return name if name.isidentifier() else f"'{shown(name, 80)}'"


def moments(values: Sequence[float]) -> tuple[float, float]:
    """The mean and the standard deviation of the whole population; 0 where all are equal.

    >>> moments([1.0, 3.0])
    (2.0, 1.0)
    """
    if min(values) == max(values):
        return values[0], 0.0
    top = max(abs(x) for x in values)  # scaled, so that no sum and no square overflows
    mean = math.fsum(x / top for x in values) / len(values)
    squares = math.fsum((x / top - mean) ** 2 for x in values)
    return top * mean, top * math.sqrt(squares / len(values))


def encoded(table: Table, columns: Sequence[Column]) -> list[list[float]]:
    """The rows of a table as a network's inputs.

    Raises WiringError that names every column the table lacks.
    """
    lacking = [column.name for column in columns if column.name not in table.names]
    if lacking:
        listed = ", ".join(f"'{shown(name, 80)}'" for name in lacking[:8])
        raise WiringError(
            f"{table.path} lacks {listed}{', ...' if len(lacking) > 8 else ''}, which the model "
            f"was trained on: {near(lacking[0], table.names)}"
        )
    parts = [column.encoded(table) for column in columns]
    return [[x for part in row for x in part] for row in zip(*parts, strict=True)]


def loaded(thing: Any, where: str) -> Column:
    """Read a column from plain data.

    Raises FormatError that says where it is wrong.
    """
    if isinstance(thing, dict) and "categories" in thing:
        keys(thing, {"column", "categories"}, set())
        values = thing["categories"]
        if not isinstance(values, list) or not values:
            fail(where, "categories is a list of texts")
        names = tuple(text(value, where) for value in values)
        if len(set(names)) < len(names):
            fail(where, "a category stands there twice")
        return Category(text(thing["column"], where), names)
    keys(thing, {"column", "mean", "deviation"}, set())
    mean, deviation = real(thing["mean"], where), real(thing["deviation"], where)
    if not (math.isfinite(mean) and 0.0 < deviation < math.inf):
        fail(where, "a mean is finite and a deviation above 0")
    return Number(text(thing["column"], where), mean, deviation)
