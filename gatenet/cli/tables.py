"""Tables: a CSV file as rows of text with named columns, and what is wrong with one, by place.

Every message names the file, and the row by the number of its line, as an editor counts.  Knows
files; does not know what the columns are for.
"""

from __future__ import annotations

import csv
import difflib
import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gatenet.errors import FormatError, WiringError
from gatenet.texts import counted, shown

#: The most bytes of a file that are read, and the longest name of a column.
MOST_BYTES = 1 << 28
LONGEST_NAME = 200
DELIMITERS = ",;\t|"
#: What other programs write where a number is missing.
MISSING = ("na", "n/a", "nan", "null", "none", "-", "?")
#: The most lines whose numbers are said of the rows left out.
MOST_LINES = 20


@dataclass(frozen=True)
class Table:
    """The columns' names, the rows of cells, and the line of the file each row begins on.

    `chosen` says whether the command that reads it lets people choose its columns, so that a
    message names no option that the command lacks.
    """

    path: str
    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    delimiter: str = ","
    chosen: bool = True

    def place(self, name: str) -> int:
        """The position of a column.

        Raises WiringError that says which columns there are.
        """
        if name in self.names:
            return self.names.index(name)
        raise WiringError(
            f"{self.path} has no column '{shown(name, 80)}': {near(name, self.names)}"
        )

    def column(self, name: str) -> list[str]:
        """The cells of a column."""
        k = self.place(name)
        return [row[k] for row in self.rows]

    def where(self, row: int, name: str) -> str:
        """Say where a cell is, for a message."""
        return f"{self.path}, line {self.lines[row]}, column '{shown(name, 80)}'"

    def numbers(self, name: str) -> list[float]:
        """The cells of a column as finite numbers.

        Raises FormatError that says where a cell is none, and what to do.
        """
        return [self._number(row, name, cell) for row, cell in enumerate(self.column(name))]

    def _number(self, row: int, name: str, cell: str) -> float:
        value = as_number(cell)
        if value is not None:
            return value
        if not cell:
            raise self.empty(row, name)
        if as_number(cell.replace(",", ".", 1)) is not None:
            raise FormatError(
                f"{self.where(row, name)}: '{shown(cell, 60)}' has a comma, and numbers have a "
                f"point here: write {cell.replace(',', '.', 1)} if it is a decimal comma"
            )
        if cell.lower() in MISSING:
            raise FormatError(
                f"{self.where(row, name)}: '{shown(cell, 60)}' is no finite number, and only a "
                "cell with nothing in it counts as empty: clear such cells, then "
                "--skip-incomplete leaves their rows out"
            )
        choice = ", or name the column after --categories if its cells are names, or after --ignore"
        raise FormatError(
            f"{self.where(row, name)}: '{shown(cell, 60)}' is no finite number: mend the cell"
            + choice * self.chosen
        )

    def empty(self, row: int, name: str) -> FormatError:
        """The error for a cell that is needed and has nothing in it."""
        choice = ", or the column with --ignore" if self.chosen else ""
        return FormatError(
            f"{self.where(row, name)}: the cell is empty: fill it{',' if choice else ', or'} leave "
            f"such rows out with --skip-incomplete{choice}"
        )

    def complete(self, names: Iterable[str]) -> tuple[Table, str]:
        """The table without the rows that have an empty cell in these columns, and which they are.

        Raises FormatError where no row is left.
        """
        places = [self.place(name) for name in names]
        gaps = [k for k, row in enumerate(self.rows) if not all(row[place] for place in places)]
        if len(gaps) == len(self.rows):
            raise FormatError(f"{self.path}: every row has an empty cell, so no row is left")
        said = f"left out {counted(len(gaps), 'row')} with an empty cell"
        if gaps:
            lines = ", ".join(str(self.lines[k]) for k in gaps[:MOST_LINES])
            more = ", ..." if len(gaps) > MOST_LINES else ""
            said += f": line{'s' if len(gaps) > 1 else ''} {lines}{more}"
        return self.without(gaps), said

    def without(self, rows: Iterable[int]) -> Table:
        """The table without some of its rows."""
        gone = set(rows)
        kept = [k for k in range(len(self.rows)) if k not in gone]
        return replace(self, rows=[self.rows[k] for k in kept], lines=[self.lines[k] for k in kept])


def read(path: Path, delimiter: str | None = None, *, chosen: bool = True) -> Table:
    """Read a CSV file whose first line names the columns; cells are stripped of spaces.

    Without a delimiter it is the one of `,` `;` tab and `|` that the first line has most of.

    Raises FormatError for a file that is not there, is empty, or is no such table.
    """
    text = _text(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        raise FormatError(f"{path} is empty: the first line names the columns, rows come below")
    delimiter = delimiter or max(DELIMITERS, key=re.sub('"[^"]*"', "", first).count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: tuple[str, ...] = ()
    rows, lines = [], []
    ended = 0
    try:
        for cells in reader:
            begun, ended = ended + 1, reader.line_num
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if not names:
                names = _names(str(path), cells)
                continue
            if len(cells) != len(names):
                raise FormatError(
                    f"{path}, line {begun}: {counted(len(cells), 'cell')}, but the first line "
                    f"names {counted(len(names), 'column')}: mend the row, or say what stands "
                    "between cells with --delimiter"
                )
            rows.append(cells)
            lines.append(begun)
    except csv.Error as error:
        raise FormatError(f"{path}, line {reader.line_num}: no CSV: {error}") from None
    if not rows:
        raise FormatError(f"{path} has the names of {len(names)} columns and no rows below them")
    return Table(str(path), names, rows, lines, delimiter, chosen)


def _text(path: Path) -> str:
    if path.is_dir():
        raise FormatError(f"{path} is a folder: give the path of a CSV file")
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise FormatError(f"there is no file {path}: give the path of a CSV file") from None
    except OSError as error:
        raise FormatError(f"cannot read {path}: {error.strerror}") from None
    if len(data) > MOST_BYTES:
        raise FormatError(f"{path} has more than {MOST_BYTES:,} bytes: give a part of it")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError(f"{path}, line {line}: not UTF-8 text: save it as UTF-8") from None


def _names(path: str, cells: Sequence[str]) -> tuple[str, ...]:
    for k, cell in enumerate(cells):
        if not cell:
            raise FormatError(f"{path}: column {k + 1} has no name in the first line: give it one")
        if len(cell) > LONGEST_NAME:
            raise FormatError(
                f"{path}: the name of column {k + 1} has {len(cell)} characters: at most "
                f"{LONGEST_NAME}"
            )
        if cell in cells[:k]:
            raise FormatError(
                f"{path}: two columns are called '{shown(cell, 80)}': rename one of them"
            )
    return tuple(cells)


def as_number(cell: str) -> float | None:
    """Read a cell as a finite number; None where it is none.

    >>> as_number("1e3"), as_number("nan"), as_number("1_000")
    (1000.0, None, None)
    """
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def near(name: str, names: Iterable[str]) -> str:
    """Say which names come near, or which there are."""
    names = list(names)
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(f"'{shown(one, 80)}'" for one in close) + "?"
    listed = ", ".join(f"'{shown(one, 80)}'" for one in names[:12])
    return f"there are {listed}{', ...' if len(names) > 12 else ''}"
