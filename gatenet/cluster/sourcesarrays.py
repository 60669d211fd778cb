"""Arrays in files: .npy, or raw numbers without a head, read row by row where they lie.

Rows are read with ordinary reads of exactly the bytes that are asked for: a map of a file that
somebody cuts short ends a process, a read that comes short is an error.
"""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path
from typing import Any

from gatenet.cluster.sourcesbase import Columns, Source, Stamp, chosen, of_array, title
from gatenet.compiler.tables import Packed
from gatenet.errors import FormatError, OperandError, ToolMissing, WiringError


class ArrayFile(Source):
    """A table of numbers in a .npy file, or raw in a file of another name.

    A raw file needs `width`, the numbers in a row, and has them as `dtype`, after `offset` bytes;
    a .npy file says all that itself.  Any type of real numbers is read, and given as float64.
    A `numpy.memmap` is understood by `ArrayFile.of_map`.

    Raises ToolMissing where NumPy is not installed, FormatError for a file that is no such table,
    OSError as `open` does.

    >>> import os, tempfile, numpy
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = os.path.join(folder.name, "table.npy")
    >>> numpy.save(path, numpy.arange(6.0).reshape(3, 2))
    >>> table = ArrayFile(path)
    >>> table, table.part(1, 3).tolist()
    (<ArrayFile table.npy: 3 rows of 2 columns>, [[2.0, 3.0], [4.0, 5.0]])
    >>> folder.cleanup()
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        columns: Columns = None,
        width: int | None = None,
        dtype: Any = "float64",
        offset: int = 0,
    ) -> None:
        numpy = _numpy()
        self.stamp = Stamp.of(path)
        if width is None:
            shape, self.dtype, self.offset = _head(fspath(path))
            if len(shape) not in (1, 2):
                raise FormatError(f"{path} holds an array of shape {shape}: a table has rows alone")
            count, self.width = shape[0], shape[1] if len(shape) == 2 else 1
        else:
            if isinstance(width, bool) or not isinstance(width, int) or width < 1:
                raise WiringError(f"width is {width!r}: a row has 1 number or more")
            self.dtype, self.width, self.offset = numpy.dtype(dtype).str, width, offset
            size = self.width * numpy.dtype(self.dtype).itemsize
            count, rest = divmod(self.stamp.size - offset, size)
            if offset < 0 or count < 0 or rest:
                raise FormatError(
                    f"{path} has {self.stamp.size - offset} bytes after byte {offset}, which is no "
                    f"whole number of rows of {size} ({width} of {self.dtype}): check width, dtype "
                    "and offset",
                    path=self.stamp.path,
                )
        if numpy.dtype(self.dtype).kind not in "fiub":
            raise OperandError(f"{path} holds {self.dtype}: rows are real numbers", path=str(path))
        if not count or not self.width:
            raise FormatError(f"{path} holds no rows", path=self.stamp.path)
        self.places = chosen(columns, [str(k) for k in range(self.width)], fspath(path))
        self.columns = tuple(str(k) for k in self.places)
        self.count = count

    @classmethod
    def of_map(cls, array: Any) -> ArrayFile:
        """The file behind a `numpy.memmap` of whole rows.

        Raises WiringError for a part of a map, or one whose columns lie one after the other.
        """
        import numpy

        path, wide = array.filename, array.shape[1] if array.ndim == 2 else 1
        whole = isinstance(array.base, numpy.memmap) is False and array.flags.c_contiguous
        if path is None or array.ndim not in (1, 2) or not whole:
            raise WiringError(
                f"got a map of shape {array.shape} that is a part or another view of its file: "
                "name the file and its columns, ArrayFile(path, columns=...)"
            )
        if str(path).endswith(".npy"):
            return cls(path)
        return cls(path, width=wide, dtype=array.dtype, offset=array.offset)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.count

    def read(self, first: int, last: int) -> Packed:
        """Read rows of a range that was checked."""
        numpy = _numpy()
        self.stamp.check()
        kind = numpy.dtype(self.dtype)
        size = self.width * kind.itemsize
        with Path(self.stamp.path).open("rb") as file:
            file.seek(self.offset + first * size)
            data = file.read((last - first) * size)
        if len(data) != (last - first) * size:
            self.stamp.check()
            raise FormatError(f"{self.stamp.path} ends before row {last}", path=self.stamp.path)
        table = numpy.frombuffer(data, dtype=kind).reshape(last - first, self.width)
        return of_array(table if len(self.places) == self.width else table[:, self.places])

    def facts(self) -> tuple[Any, ...]:
        """Plain data that tell this source from every other."""
        return (*self.stamp, self.dtype, self.width, self.offset, *self.places)

    def __repr__(self) -> str:
        return (
            f"<ArrayFile {title(self.stamp.path)}: {self.count} rows of {len(self.places)} columns>"
        )


def _numpy() -> Any:
    try:
        import numpy
    except ImportError as error:
        raise ToolMissing(
            "NumPy, which reads arrays in files, is not installed: pip install numpy, or give the "
            "rows as a CSV file",
            tool="numpy",
        ) from error
    return numpy


def _head(path: str) -> tuple[tuple[int, ...], str, int]:
    """Shape, type and place of the numbers in a .npy file."""
    numpy = _numpy()
    try:
        found = numpy.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise FormatError(
            f"{path} is no .npy file of numbers ({error}): for raw numbers say width= and dtype=",
            path=path,
        ) from None
    if not isinstance(found, numpy.memmap):
        raise FormatError(f"{path} is no .npy file: give a single array", path=path)
    if not found.flags.c_contiguous:
        raise FormatError(
            f"{path} holds its columns one after the other (Fortran's order), so that a row would "
            "be read from all over it: save it again, numpy.save(path, numpy.ascontiguousarray(x))",
            path=path,
        )
    return found.shape, found.dtype.str, found.offset
