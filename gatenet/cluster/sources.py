"""Data larger than memory, read in parts where it is needed.

Arrays in files, CSV, Parquet, and iterators of chunks; each is a `Source`: `rows`, `columns` and
`part(first, last)`.

>>> import pathlib, tempfile
>>> folder = tempfile.TemporaryDirectory()
>>> path = pathlib.Path(folder.name) / "points.csv"
>>> path.write_text("x,y\\n1,2\\n3,4\\n")
12
>>> source(path)
<CSVFile points.csv: 2 rows of x, y>
>>> folder.cleanup()
"""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike, fspath
from typing import Any

from gatenet.cluster.sourcesarrays import ArrayFile as ArrayFile
from gatenet.cluster.sourcesbase import Source as Source
from gatenet.cluster.sourcesbase import packed as packed
from gatenet.cluster.sourceschunks import Chunks as Chunks
from gatenet.cluster.sourcescsv import CSVFile as CSVFile
from gatenet.cluster.sourcesparquet import ParquetFile as ParquetFile
from gatenet.errors import OperandError

__all__ = ["ArrayFile", "CSVFile", "Chunks", "ParquetFile", "Source", "source"]

_ENDINGS: dict[str, Any] = {
    ".npy": ArrayFile, ".csv": CSVFile, ".parquet": ParquetFile, ".pq": ParquetFile
}  # fmt: skip


def source(data: Any, **settings: Any) -> Source:
    """Make a source of a path by its ending, of a `numpy.memmap`, or of an iterator of chunks.

    `settings` are those of the kind it is: `columns=`, `header=` and so on.

    Raises OperandError for something else, and what that kind raises.
    """
    if isinstance(data, Source):
        return data
    if isinstance(data, (str, PathLike)):
        path = fspath(data)
        for ending, kind in _ENDINGS.items():
            if path.lower().endswith(ending):
                found: Source = kind(data, **settings)
                return found
        if "width" in settings:
            return ArrayFile(data, **settings)
        raise OperandError(
            f"{path} ends in none of {', '.join(_ENDINGS)}: take CSVFile, ParquetFile or ArrayFile "
            "by name, or say width= for raw numbers"
        )
    if hasattr(data, "__array_interface__") and hasattr(data, "filename"):
        return ArrayFile.of_map(data, **settings)
    if isinstance(data, Iterator):
        return Chunks(data, **settings)
    raise OperandError(
        f"{data!r:.60} of type {type(data).__name__} is no source: give a path, a numpy.memmap or "
        "an iterator of chunks"
    )
