"""Parquet files, read by row group; the one read last is kept, for the parts beside it.

Needs pyarrow, which the extra [parquet] brings.  Knows the columns' types; does not know rows.
"""

from __future__ import annotations

from itertools import accumulate
from os import PathLike
from typing import Any

from gatenet.cluster.sourcesbase import Columns, Source, Stamp, chosen, of_array, title
from gatenet.compiler.tables import Packed
from gatenet.errors import FormatError, ToolMissing


class ParquetFile(Source):
    """Columns of numbers in a Parquet file.

    `columns` chooses some of its columns, by name or place; each holds whole or floating numbers
    or booleans.  What is read at once is a row group: files with groups of a few thousand to a
    few hundred thousand rows are read well.

    Raises ToolMissing where pyarrow is not installed, FormatError for a file that is none, a column
    of another type and a cell with nothing in it; OSError as `open` does.
    """

    def __init__(self, path: str | PathLike[str], *, columns: Columns = None) -> None:
        self.stamp = Stamp.of(path)
        parquet = _parquet()
        try:
            with parquet.ParquetFile(self.stamp.path) as file:
                schema, head = file.schema_arrow, file.metadata
                sizes = [head.row_group(k).num_rows for k in range(head.num_row_groups)]
        except _arrow_errors() as error:
            raise FormatError(
                f"{self.stamp.path} is no Parquet file that can be read: {error}",
                path=self.stamp.path,
            ) from None
        self.places = chosen(columns, schema.names, self.stamp.path)
        self.columns = tuple(schema.names[k] for k in self.places)
        for name in self.columns:
            kind = str(schema.field(name).type)
            if kind not in _NUMBERS:
                raise FormatError(
                    f"{self.stamp.path}, column {name!r} holds {kind}, and no numbers: choose "
                    "others with columns=",
                    path=self.stamp.path, column=name,
                )  # fmt: skip
        self.starts = [0, *accumulate(sizes)]
        if not self.starts[-1]:
            raise FormatError(f"{self.stamp.path} holds no rows", path=self.stamp.path)
        self._kept: tuple[int, Any] | None = None

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.starts[-1])

    def read(self, first: int, last: int) -> Packed:
        """Read rows of a range that was checked."""
        import numpy

        self.stamp.check()
        found = numpy.empty((last - first, len(self.columns)))
        for group, (start, end) in enumerate(zip(self.starts, self.starts[1:], strict=False)):
            low, high = max(first, start), min(last, end)
            if low < high:
                found[low - first : high - first] = self._group(group)[low - start : high - start]
        return of_array(found)

    def _group(self, group: int) -> Any:
        """A row group as an array: the one read last, or read now."""
        import numpy

        if self._kept is not None and self._kept[0] == group:
            return self._kept[1]
        self._kept = None
        try:
            with _parquet().ParquetFile(self.stamp.path) as file:
                table = file.read_row_group(group, columns=list(self.columns), use_threads=False)
        except _arrow_errors() as error:
            self.stamp.check()
            raise FormatError(
                f"{self.stamp.path}, row group {group} cannot be read: {error}",
                path=self.stamp.path,
            ) from None
        rows = numpy.empty((table.num_rows, len(self.columns)))
        for k, name in enumerate(self.columns):
            column = table.column(name)
            if column.null_count:
                row = column.is_null().to_pylist().index(True) + self.starts[group]
                raise FormatError(
                    f"{self.stamp.path}, row {row}, column {name!r}: there is nothing: fill or "
                    "drop such rows first",
                    path=self.stamp.path, row=row, column=name,
                )  # fmt: skip
            rows[:, k] = column.to_numpy()
        self._kept = (group, rows)
        return rows

    def facts(self) -> tuple[Any, ...]:
        """Plain data that tell this source from every other."""
        return (*self.stamp, *self.places)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_kept": None}

    def __repr__(self) -> str:
        shown = ", ".join(self.columns[:4]) + (" ..." if len(self.columns) > 4 else "")
        groups, name = len(self.starts) - 1, title(self.stamp.path)
        return f"<ParquetFile {name}: {self.rows} rows of {shown} in {groups} groups>"


_NUMBERS = {
    "bool", "double", "float", "halffloat",
    *[f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)],
}  # fmt: skip


def _parquet() -> Any:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise ToolMissing(
            "pyarrow, which reads Parquet files, is not installed: "
            "pip install 'gatenet-circuits[parquet]'",
            tool="pyarrow",
        ) from error
    return pyarrow.parquet


def _arrow_errors() -> tuple[type[Exception], ...]:
    import pyarrow

    return (pyarrow.ArrowException, OSError)
