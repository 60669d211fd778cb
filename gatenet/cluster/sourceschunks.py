"""Iterators of chunks: rows that come by once, from wherever they come.

Rows are cut anew into the parts that are asked for, so that the sums of a run do not depend on how
they came.  Nothing is held but what is left of the last chunk.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from gatenet.cluster.sourcesbase import Source, packed
from gatenet.compiler.tables import Packed
from gatenet.errors import RangeError, WiringError


class Chunks(Source):
    """An iterator or a generator of chunks of rows, which can be gone through once.

    A chunk is a list of rows, an array, or packed rows; chunks may differ in length.  `rows` is
    known when the last was taken.  It cannot be sent: it is read here, part by part.

    >>> stream = Chunks([[1.0, 2.0]] * n for n in (3, 1, 4))
    >>> [len(part) for part in stream.parts(3)], stream.rows
    ([3, 3, 2], 8)
    """

    portable = False

    def __init__(self, chunks: Iterable[Any], columns: Iterable[str] | None = None) -> None:
        self._chunks = iter(chunks)
        self._rest: list[Packed] = []
        self._taken = 0
        self._ended = False
        self.columns = () if columns is None else tuple(columns)
        self._width: int | None = len(self.columns) or None

    @property
    def rows(self) -> int:
        """How many rows there were.  Raises RangeError while there may be more."""
        if not self._ended:
            raise RangeError(
                f"{self!r} is not at its end: how many rows there are is known when the last was "
                "taken"
            )
        return self._taken

    def part(self, first: int, last: int) -> Packed:
        """Give the next rows, which must be those from `first` on; fewer where they end.

        Raises RangeError for rows that went by, or are not the next, or are past the end.
        """
        if first != self._taken or last <= first:
            raise RangeError(
                f"rows {first!r} to {last!r} of {self!r}: an iterator is gone through once, from "
                f"row to row, and row {self._taken} is the next. Write the rows to a file to read "
                "them again"
            )
        found = self._next(last - first)
        if found is None:
            raise RangeError(f"{self!r} ended after {self._taken} rows")
        return found

    def parts(self, size: int) -> Iterator[Packed]:
        """Give the rows that are left, `size` at a time; the last part may be shorter."""
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise RangeError(f"a part is of {size!r} rows: a part has 1 row or more")
        while (part := self._next(size)) is not None:
            yield part

    def _next(self, size: int) -> Packed | None:
        while not self._ended and sum(map(len, self._rest)) < size:
            try:
                chunk = packed(next(self._chunks), self._width)
            except StopIteration:
                self._ended = True
                break
            if len(chunk):
                if self._width is None:
                    self._width = chunk.width
                    self.columns = tuple(str(k) for k in range(chunk.width))
                self._rest.append(chunk)
        found = array("d")
        wanted = size
        while wanted and self._rest:
            chunk = self._rest.pop(0)
            if len(chunk) > wanted:
                self._rest.insert(0, chunk[wanted:])
                chunk = chunk[:wanted]
            found.extend(chunk.data)
            wanted -= len(chunk)
        self._taken += size - wanted
        return (
            None if wanted == size else Packed(memoryview(found), size - wanted, self._width or 0)
        )

    def __reduce__(self) -> NoReturn:
        raise WiringError(
            f"{self!r} cannot be sent or copied, as it can be gone through once: read it here"
        )

    def __len__(self) -> int:
        return self.rows

    def __repr__(self) -> str:
        state = "ended" if self._ended else "so far"
        return f"<Chunks: {self._taken} rows {state}>"
