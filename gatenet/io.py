"""Files: save a circuit as JSON and load it again, or write it as Python source.

Safe on whatever a file holds: nothing in it is executed or imported, what is no circuit is a
FormatError that says where and why, and memory is bounded.  A file is written whole or not at
all.  `dumps` and `loads` do the same with text in memory.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from os import PathLike

from gatenet.circuit import Circuit
from gatenet.decoding import LIMITS
from gatenet.decoding import loads as loads
from gatenet.encoding import dumps as dumps
from gatenet.errors import FormatError
from gatenet.source import to_python as to_python
from gatenet.strictjson import Limits as Limits


def save(circuit: Circuit, path: str | PathLike[str]) -> None:
    """Write a circuit to a file: first whole beside it, then in its place in one step.

    Whoever reads the path, also after a crash, finds the old file or the new one.

    Raises what `dumps` raises before anything is touched, and OSError as `open` does.

    >>> import os, tempfile
    >>> from gatenet import Circuit, Unit
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = os.path.join(folder.name, "circuit.json")
    >>> save(Circuit(Unit(2.0, "x") * 3), path)
    >>> load(path).forward({"x": 5})
    15.0
    >>> folder.cleanup()
    """
    write(dumps(circuit).encode(), path)


def load(path: str | PathLike[str], *, limits: Limits = LIMITS) -> Circuit:
    """Read a circuit from a file that `save` wrote.

    Raises FormatError, naming the file, the place in it and the reason, for a file that holds no
    circuit, and OSError as `open` does.
    """
    text = read(path, limits)
    try:
        return loads(text, limits=limits)
    except FormatError as error:
        raise FormatError(
            f"{os.fspath(path)}: {error}", path=os.fspath(path), where=error.where,
            reason=error.reason,
        ) from None  # fmt: skip


def read(path: str | PathLike[str], limits: Limits = LIMITS) -> bytes:
    """Read a file, and no more of it than tells that it is longer than `limits.bytes`."""
    with open(path, "rb") as file:
        text = file.read(min(os.fstat(file.fileno()).st_size, limits.bytes) + 1)
        if len(text) <= limits.bytes:  # a device or a pipe has no size
            text += file.read(limits.bytes + 1 - len(text))
    return text


def write(data: bytes, path: str | PathLike[str]) -> None:
    """Write bytes to a file so that no reader and no crash ever meets half of them."""
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    handle, temporary = tempfile.mkstemp(prefix=f".{name[:100]}.", suffix=".tmp", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode(target))
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    with suppress(OSError):  # not every system lets a folder be opened
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _mode(target: str) -> int:
    """The permissions a file has already, or those that `open` would give a new one."""
    try:
        return os.stat(target).st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0o077)
        os.umask(mask)
        return 0o666 & ~mask
