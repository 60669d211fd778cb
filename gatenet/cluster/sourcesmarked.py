"""A source's columns as those of a circuit: some of them, a class as 1.0 in a place of its own.

Read where the source is read, so that rows travel as little as they can.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Any

from gatenet.cluster.sourcesbase import Source
from gatenet.compiler.tables import Packed
from gatenet.errors import RangeError


class Marked(Source):
    """Rows of a source, laid out as a circuit takes them.

    Each of `layout` is a column's place in the source and a class: whether the number is that
    class, as 1.0 or 0.0, or for None the number itself.

    Raises RangeError that names the row for nan, infinity and a class that there is not.

    >>> import pathlib, tempfile
    >>> from gatenet.cluster.sourcescsv import CSVFile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name) / "points.csv"
    >>> path.write_text("x,kind\\n5.5,0\\n6.5,1\\n")
    19
    >>> Marked(CSVFile(path), [(0, None), (1, 0), (1, 1)]).part(0, 2).tolist()
    [[5.5, 1.0, 0.0], [6.5, 0.0, 1.0]]
    >>> folder.cleanup()
    """

    def __init__(self, source: Source, layout: Sequence[tuple[int, int | None]]) -> None:
        self.source = source
        self.layout = tuple(layout)
        self.portable = source.portable
        self.columns = tuple(
            source.columns[k] if chosen is None else f"{source.columns[k]} is {chosen}"
            for k, chosen in self.layout
        )
        self.classes: dict[int, set[float]] = {}
        for place, chosen in self.layout:
            if chosen is not None:
                self.classes.setdefault(place, set()).add(float(chosen))

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.source.rows

    def read(self, first: int, last: int) -> Packed:
        """Read rows of a range that was checked."""
        part = self.source.part(first, last)
        refuse_odd(part, self.source, first)
        rows = part.tolist()
        for place, known in self.classes.items():
            found = {row[place] for row in rows} - known
            if found:
                odd = next(k for k, row in enumerate(rows) if row[place] in found)
                raise RangeError(
                    f"{self.source!r}, row {first + odd}, column {self.source.columns[place]!r}: "
                    f"{rows[odd][place]!r} is none of the {len(known)} classes, which are whole "
                    "numbers from 0",
                    row=first + odd, value=rows[odd][place],
                )  # fmt: skip
        numbers = array("d")
        for row in rows:
            numbers.extend([
                row[k] if chosen is None else 1.0 if row[k] == chosen else 0.0
                for k, chosen in self.layout
            ])  # fmt: skip
        return Packed(memoryview(numbers), last - first, len(self.layout))

    def where(self, row: int) -> str:
        """Where a row stands, for messages."""
        return self.source.where(row)

    def facts(self) -> tuple[Any, ...]:
        """Plain data that tell this source from every other."""
        return (self.source.digest, *self.layout)

    def __repr__(self) -> str:
        return f"<{len(self.layout)} columns for a circuit from {self.source!r}>"


def refuse_odd(part: Packed, source: Source, first: int) -> None:
    """Raise RangeError that names row and column where a number of a part is not finite."""
    numbers = part.data.tolist()
    if math.isfinite(sum(numbers)) or all(map(math.isfinite, numbers)):
        return
    at = next(k for k, x in enumerate(numbers) if not math.isfinite(x))
    row, column = first + at // part.width, source.columns[at % part.width]
    raise RangeError(
        f"{source!r}, row {row}, column {column!r} is {numbers[at]!r}: drop or fill such "
        "rows first",
        row=row, column=column, value=numbers[at],
    )  # fmt: skip
