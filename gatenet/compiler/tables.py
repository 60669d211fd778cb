"""Tables of numbers: the rows that a compiled circuit is given, and what it gives back.

Knows lists and NumPy's arrays; does not know programs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from gatenet.errors import OperandError, WiringError
from gatenet.real import number
from gatenet.unit import Unit, describe


class Packed:
    """Rows of float64 numbers in one buffer, as the lane machine reads them.

    >>> from array import array
    >>> rows = Packed.of([array("d", [1.0, 2.0]).tobytes(), array("d", [3.0, 4.0]).tobytes()], 2)
    >>> len(rows), rows.tolist(), rows[1:].tolist()
    (2, [[1.0, 2.0], [3.0, 4.0]], [[3.0, 4.0]])
    """

    def __init__(self, data: Any, count: int, width: int) -> None:
        self.data = data
        self.count = count
        self.width = width

    @classmethod
    def of(cls, rows: Sequence[bytes], width: int) -> Packed:
        """Join rows that were packed one by one."""
        return cls(memoryview(b"".join(rows)).cast("d"), len(rows), width)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, part: slice) -> Packed:
        first, last, _ = part.indices(self.count)
        width = self.width
        return Packed(self.data[first * width : last * width], last - first, width)

    def __iter__(self) -> Iterator[list[float]]:
        return iter(self.tolist())

    def tolist(self) -> list[list[float]]:
        """The rows as lists."""
        width = self.width
        flat: list[float] = self.data.tolist()
        return [flat[k * width : (k + 1) * width] for k in range(self.count)]

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        import numpy

        return numpy.array(self.data, dtype=dtype).reshape(self.count, self.width)


def is_array(rows: Any) -> bool:
    """Whether something is a NumPy array, or says that it is one."""
    return hasattr(rows, "__array_interface__")


def refuse_masked(rows: Any) -> None:
    """Raise OperandError for a masked array: what is masked is no number."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(rows, numpy.ma.MaskedArray):
        raise OperandError(
            "got a masked array, and what is masked has no number: fill it first, with "
            "rows.filled(0.0), or leave such rows out"
        )


def checked_rows(rows: Any, inputs: Sequence[Unit]) -> Any:
    """Check the rows: an array as it is, lists as lists of floats; for None one row of nothing.

    Raises WiringError or OperandError that names the row.
    """
    width = len(inputs)
    if rows is None:
        if width:
            raise WiringError(f"give rows of {width} number(s), for {_named(inputs)}")
        return [[]]
    if type(rows) is Packed and rows.width == width and rows.count:
        return rows
    if is_array(rows):
        refuse_masked(rows)
        if getattr(rows, "ndim", 0) != 2 or rows.shape[1] != width or not len(rows):
            raise WiringError(
                f"got an array of shape {rows.shape}: give one row of {width} number(s) for each "
                f"sample, for {_named(inputs)}"
            )
        if rows.dtype.kind not in "fiu":
            raise OperandError(
                f"got an array of {rows.dtype}: give real numbers"
                + (", with rows.astype(float) where it holds them" if rows.dtype.hasobject else "")
            )
        return rows
    try:
        found = [[x if type(x) is float else number(x) for x in row] for row in rows]
    except TypeError as error:
        if isinstance(error, OperandError):
            raise
        raise OperandError(f"give rows of {width} number(s) each, not {rows!r:.80}") from None
    for k, row in enumerate(found):
        if len(row) != width:
            raise WiringError(
                f"row {k} has {len(row)} number(s); it takes {width}: {_named(inputs)}"
            )
    if not found:
        raise WiringError(f"got no rows: give at least one, of {width} number(s)")
    return found


def checked_vector(vector: Any, wrt: Sequence[Unit], count: int) -> tuple[Any, bool]:
    """A vector with a number for each of `wrt`, or a table of such; whether it is a table.

    Raises WiringError for another length, OperandError for what is no number.
    """
    if is_array(vector):
        refuse_masked(vector)
        vector = vector.tolist()
    if not hasattr(vector, "__len__"):
        vector = [*vector] if hasattr(vector, "__iter__") else [number(vector)]
    each = bool(len(vector)) and hasattr(vector[0], "__len__")
    rows = checked_rows(vector if each else [vector], wrt)
    if each and len(rows) != count:
        raise WiringError(f"got {len(rows)} vectors for {count} row(s): give each row one")
    return (rows if each else rows[0]), each


def beside(rows: Any, more: Any, columns: Sequence[int]) -> Any:
    """Some columns of rows and of further rows beside them, arrays staying arrays."""
    if is_array(rows):
        import numpy

        whole = rows if more is None else numpy.concatenate([rows, numpy.array(more)], axis=1)
        return whole[:, list(columns)]
    table = rows if more is None else [[*a, *b] for a, b in zip(rows, more, strict=True)]
    return [[row[k] for k in columns] for row in table]


def rows_of(columns: Any, count: int, array: bool) -> Any:
    """Columns as `count` rows: an array, or lists of plain numbers."""
    if array:
        import numpy

        kind = None if is_array(columns) else float
        return numpy.asarray(columns, dtype=kind).reshape(-1, count).T
    return [list(row) for row in zip(*columns, strict=True)] if len(columns) else [[]] * count


def _named(inputs: Sequence[Unit]) -> str:
    return ", ".join([describe(unit) for unit in inputs[:10]])
