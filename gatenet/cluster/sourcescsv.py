"""Tables as text: CSV files, of which one pass keeps where every so many rows begin.

The standard library's reader decides what a cell and a row are, so cells in quotes may hold commas
and line breaks.  Lines are counted as an editor counts them.
"""

from __future__ import annotations

import csv
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Any

from gatenet.cluster.sourcesbase import Columns, Source, Stamp, chosen, title
from gatenet.compiler.tables import Packed
from gatenet.errors import FormatError, RangeError, WiringError

#: A line is read up to here; a longer one is no line of a table.
LONGEST = 1 << 24
#: What divides cells in tables of other countries and programs.
MARKS = (";", "\t", "|")


class CSVFile(Source):
    """A table of numbers in a CSV file in UTF-8.

    `header` says whether the first row names the columns; otherwise they are called "0", "1" ...
    `columns` chooses some.  Rows with nothing in them are passed over.  The file is gone through
    once, to count the rows and to keep where every `every` rows begin: a part is then read from
    the nearest such place.

    Raises FormatError that names file, line, column and value for a cell that is no number, and
    file and line for a row of another length; OSError as `open` does.

    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name) / "points.csv"
    >>> path.write_text("x,y\\n1,2\\n3,4\\n5,none\\n")
    19
    >>> points = CSVFile(path)
    >>> points, points.part(0, 2).tolist()
    (<CSVFile points.csv: 3 rows of x, y>, [[1.0, 2.0], [3.0, 4.0]])
    >>> points.part(2, 3)
    Traceback (most recent call last):
    gatenet.errors.FormatError: ...points.csv, line 4, column 'y': 'none' is no number...
    >>> folder.cleanup()
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        columns: Columns = None,
        header: bool = True,
        delimiter: str = ",",
        every: int = 1000,
    ) -> None:
        if isinstance(every, bool) or not isinstance(every, int) or every < 1:
            raise RangeError(f"every is {every!r}: a place is kept every 1 row or more")
        self.stamp = Stamp.of(path)
        self.delimiter = delimiter
        self.every = every
        self.offsets = array("q")
        self.lines = array("q")
        self.count = 0
        names: list[str] = []
        for cells, offset, line in self._cells(0, 1):
            if not names:
                names = cells if header else [str(k) for k in range(len(cells))]
                if header:
                    continue
            if self.count % every == 0:
                self.offsets.append(offset)
                self.lines.append(line)
            self.count += 1
        if not self.count:
            raise FormatError(f"{self.stamp.path} holds no rows", path=self.stamp.path)
        self.stamp.check()
        self.names = tuple(name.strip() for name in names)
        self.places = self._chosen(columns)
        self.columns = tuple(self.names[k] for k in self.places)

    def _chosen(self, columns: Columns) -> list[int]:
        """The places of columns; where there is one, which holds another mark, this is told."""
        try:
            return chosen(columns, self.names, self.stamp.path)
        except WiringError as error:
            raise WiringError(f"{error}{self.hint()}", **error.facts) from None

    def hint(self, text: str = "") -> str:
        """What to say where a table of one column seems to be divided by another mark."""
        mark = next((mark for mark in MARKS if mark in (text or self.names[0])), None)
        if len(self.names) != 1 or mark is None or mark == self.delimiter:
            return ""
        return f"; cells that are divided by {mark!r} are read with delimiter={mark!r}"

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.count

    def read(self, first: int, last: int) -> Packed:
        """Read rows of a range that was checked."""
        self.stamp.check()
        place = bisect_right(range(0, self.count, self.every), first) - 1
        numbers = array("d")
        at = place * self.every
        for cells, _, line in self._cells(self.offsets[place], self.lines[place]):
            if at >= first:
                numbers.extend(self._numbers(cells, line))
            at += 1
            if at == last:
                return Packed(memoryview(numbers), last - first, len(self.places))
        self.stamp.check()
        raise FormatError(f"{self.stamp.path} ends before row {last}", path=self.stamp.path)

    def where(self, row: int) -> str:
        """Where a row stands, for messages: the line on which it begins."""
        self.stamp.check()
        place = row // self.every
        cells = self._cells(self.offsets[place], self.lines[place])
        line = next(islice(cells, row - place * self.every, None))[2]
        return f"{self.stamp.path}, line {line}"

    def _numbers(self, cells: list[str], line: int) -> list[float]:
        if len(cells) != len(self.names):
            raise FormatError(
                f"{self.stamp.path}, line {line}: it has {len(cells)} cell(s), and the table "
                f"{len(self.names)} columns",
                path=self.stamp.path, line=line,
            )  # fmt: skip
        try:
            found = [float(cells[k]) for k in self.places]
        except ValueError:
            found = []
        if found and not any("_" in cells[k] for k in self.places):
            return found
        bad = next(k for k in self.places if not _is_number(cells[k]))
        raise FormatError(
            f"{self.stamp.path}, line {line}, column {self.names[bad]!r}: {cells[bad][:60]!r} is "
            "no number: mend the file, or leave the column out with columns="
            + self.hint(cells[bad]),
            path=self.stamp.path, line=line, column=self.names[bad], value=cells[bad],
        )  # fmt: skip

    def _cells(self, offset: int, line: int) -> Iterator[tuple[list[str], int, int]]:
        """The rows from a place on: cells, and the byte and the line where each begins."""
        self._next = (offset, line)
        with Path(self.stamp.path).open("rb") as file:
            file.seek(offset)
            reader = csv.reader(self._texts(file), delimiter=self.delimiter)
            while True:
                offset, line = self._next
                try:
                    cells = next(reader, None)
                except csv.Error as error:
                    self._fail(line, str(error))
                if cells is None:
                    return
                if cells:
                    yield cells, offset, line

    def _texts(self, file: Any) -> Iterator[str]:
        """The lines as texts; `_next` is moved past each, so that it stands where a row ends."""
        while data := file.readline(LONGEST):
            offset, line = self._next
            if len(data) == LONGEST and not data.endswith(b"\n"):
                self._fail(line, f"it is longer than {LONGEST} bytes, which is no line of a table")
            try:
                text = data.decode("utf-8" if offset else "utf-8-sig")
            except UnicodeDecodeError as error:
                self._fail(line, f"not UTF-8 text: {error.reason} at byte {error.start}")
            self._next = (offset + len(data), line + 1)
            yield text

    def _fail(self, line: int, reason: str) -> None:
        raise FormatError(
            f"{self.stamp.path}, line {line}: {reason}", path=self.stamp.path, line=line
        ) from None

    def facts(self) -> tuple[Any, ...]:
        """Plain data that tell this source from every other."""
        return (*self.stamp, self.delimiter, self.offsets[0], *self.places)

    def __repr__(self) -> str:
        shown = ", ".join(self.columns[:4]) + (" ..." if len(self.columns) > 4 else "")
        return f"<CSVFile {title(self.stamp.path)}: {self.count} rows of {shown}>"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text
