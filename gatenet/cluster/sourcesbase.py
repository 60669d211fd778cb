"""Sources: what every kind of data has in common that is read in parts, where it is needed.

A source is small, whatever it stands for: a path, settings, places in the file.  It can be sent to
a worker, which reads the part that it was asked for.  Knows files and packed rows; does not know
who reads.
"""

from __future__ import annotations

import hashlib
import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NamedTuple

from gatenet.compiler.tables import Packed
from gatenet.errors import FormatError, RangeError, WiringError

#: What says which columns are read: names or places, one or several; None for all.
Columns = str | int | Sequence[str | int] | None


class Stamp(NamedTuple):
    """A file as it was when it was looked at first: where, how long, and when last written."""

    path: str
    size: int
    written: int

    @classmethod
    def of(cls, path: str | PathLike[str]) -> Stamp:
        """Look at a file.  Raises OSError as `open` does."""
        whole = os.path.abspath(fspath(path))
        found = os.stat(whole)
        return cls(whole, found.st_size, found.st_mtime_ns)

    def check(self) -> None:
        """Raise FormatError where the file is gone, or is not the one that was looked at."""
        try:
            found = Stamp.of(self.path)
        except OSError as error:
            raise FormatError(
                f"{self.path} was there when it was looked at and cannot be read here now "
                f"({error.strerror}): every machine that reads it needs it under this path",
                path=self.path,
            ) from None
        if found != self:
            change = f"{self.size} bytes then, {found.size} now"
            if found.size == self.size:
                later = (found.written - self.written) / 1e9
                change = f"of {self.size} bytes as before, but written {later:+.3g} s from then"
            raise FormatError(
                f"{self.path} was changed after it was looked at ({change}): make the source "
                "again, and let nobody write to the file while it is read",
                path=self.path,
            )


class Source:
    """Rows of float64 numbers that are read in parts.

    `columns` names what stands in a row, `rows` says how many there are.  `part(first, last)`
    reads some of them and holds nothing afterwards but what the file's own format needs.
    `portable` says whether a worker may read it; otherwise it is read here and sent.
    """

    columns: tuple[str, ...] = ()
    portable = True

    @property
    def rows(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def read(self, first: int, last: int) -> Packed:
        """Read rows of a range that was checked."""
        raise NotImplementedError

    def part(self, first: int, last: int) -> Packed:
        """Give the rows from `first` up to `last`, which is not among them.

        Raises RangeError for rows that there are not, FormatError for a file that was changed, is
        gone or is damaged, and for a cell that is no number.
        """
        if not 0 <= first < last <= self.rows:
            raise RangeError(
                f"rows {first!r} to {last!r} of {self!r}: a part begins at 0 or later, holds a row "
                f"at least and ends at {self.rows} or before"
            )
        return self.read(first, last)

    def parts(self, size: int) -> Iterator[Packed]:
        """Give all rows in order, `size` at a time; the last part may be shorter."""
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise RangeError(f"a part is of {size!r} rows: a part has 1 row or more")
        for first in range(0, self.rows, size):
            yield self.part(first, min(first + size, self.rows))

    def where(self, row: int) -> str:
        """Where a row stands, for messages."""
        return f"row {row} of {self!r}"

    @property
    def digest(self) -> str:
        """A text that is the same for the same file, settings and columns, and for no other."""
        facts = (type(self).__name__, self.facts())
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]

    def facts(self) -> tuple[Any, ...]:
        """Plain data that tell this source from every other."""
        raise NotImplementedError

    def __len__(self) -> int:
        return self.rows


def chosen(columns: Columns, names: Sequence[str], what: str) -> list[int]:
    """The places of the columns that were asked for, in the order asked.

    Raises WiringError for a column that there is not, and for one asked for twice.

    >>> chosen(["y", 0], ["x", "y"], "data.csv")
    [1, 0]
    """
    if columns is None:
        return [*range(len(names))]
    found = []
    for column in [columns] if isinstance(columns, (str, int)) else columns:
        if isinstance(column, str) and column in names:
            found.append([*names].index(column))
        elif type(column) is int and 0 <= column < len(names):
            found.append(column)
        else:
            shown = ", ".join(map(repr, names[:10])) + (" ..." if len(names) > 10 else "")
            raise WiringError(
                f"{what} has no column {column!r}: it has {len(names)}, {shown}", column=column
            )
    if len({*found}) != len(found) or not found:
        raise WiringError(f"columns is {columns!r}: name each once, and one at least")
    return found


def packed(chunk: Any, width: int | None = None) -> Packed:
    """Rows of any kind (lists, an array, packed already) as packed float64 numbers.

    Raises WiringError for rows of another shape, OperandError for what is no number.

    >>> packed([[1, 2.5], [3, 4]]).tolist()
    [[1.0, 2.5], [3.0, 4.0]]
    """
    if isinstance(chunk, Packed):
        found = chunk
    elif hasattr(chunk, "__array_interface__"):
        found = of_array(chunk)
    else:
        found = _of_lists(chunk)
    if width is not None and len(found) and found.width != width:
        raise WiringError(f"got rows of {found.width} number(s) after rows of {width}")
    return found


def of_array(rows: Any) -> Packed:
    """A NumPy array of rows, or of one column, as packed rows; a fit one is not copied."""
    import numpy

    table: Any = numpy.ascontiguousarray(rows, dtype=numpy.float64)
    if table.ndim == 1:
        table = table.reshape(-1, 1)
    if table.ndim != 2:
        raise WiringError(
            f"got an array of shape {table.shape}: rows are a table of two dimensions"
        )
    if not table.size:
        return Packed(memoryview(array("d")), *table.shape)
    return Packed(memoryview(table).cast("B").cast("d"), *table.shape)


def _of_lists(chunk: Iterable[Any]) -> Packed:
    from gatenet.real import number

    numbers, width, count = array("d"), None, 0
    for count, row in enumerate(chunk, 1):
        cells = [x if type(x) is float else number(x) for x in row]
        if width is not None and len(cells) != width:
            raise WiringError(f"row {count - 1} has {len(cells)} number(s), those before {width}")
        width = len(cells)
        numbers.extend(cells)
    return Packed(memoryview(numbers), count, width or 0)


def title(path: str) -> str:
    """What a file is called in a `repr`."""
    return Path(path).name
