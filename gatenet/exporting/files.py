"""Files: programs and compiled circuits saved and loaded.

What is loaded runs on every backend, without the code that built it.  Safe on whatever a file
holds, as `gatenet.io` is.
"""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike, fspath
from typing import Any, TypeVar

from gatenet import io
from gatenet.compiler.compiled import Compiled
from gatenet.compiler.program import Program
from gatenet.decoding import LIMITS
from gatenet.errors import FormatError
from gatenet.exporting.reading import compiled_loads, program_loads
from gatenet.exporting.restored import Restored
from gatenet.exporting.writing import compiled_dumps, program_dumps
from gatenet.strictjson import Limits

Found = TypeVar("Found")


def save_program(program: Any, path: str | PathLike[str]) -> None:
    """Write a program to a file, whole or not at all.

    Raises what `program_dumps` raises before anything is touched, and OSError as `open` does.
    """
    io.write(program_dumps(program).encode(), path)


def load_program(path: str | PathLike[str], *, limits: Limits = LIMITS) -> Program:
    """Read a program from a file that `save_program` wrote.

    Raises FormatError, naming the file, the place in it and the reason, for a file that holds no
    program, and OSError as `open` does.
    """
    return _loaded(path, limits, lambda text: program_loads(text, limits=limits))


def save_compiled(compiled: Any, path: str | PathLike[str]) -> None:
    """Write a compiled circuit to a file: program, names, and the values its leaves have now.

    Raises FormatError for a name that no file can hold, and OSError as `open` does.
    """
    io.write(compiled_dumps(compiled).encode(), path)


def load_compiled(
    path: str | PathLike[str], *, backend: str = "auto", limits: Limits = LIMITS
) -> Compiled:
    """Read a compiled circuit from a file that `save_compiled` wrote.

    Its `inputs`, `shared` and `wrt` are new units of the names, roles and values that were saved;
    what needs the circuit itself (Jacobians, second derivatives) is a CompileError.

    Raises FormatError for a file that holds none, and OSError as `open` does.

    >>> import os, tempfile
    >>> from gatenet import Circuit, Unit
    >>> x, w = Unit(0.0, "x"), Unit(0.5, "w", role="parameter")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.json")
    ...     save_compiled(Circuit(w * x).compile([x]), path)
    ...     model = load_compiled(path)
    >>> list(model([[4.0], [6.0]])), model.wrt[0].name
    ([2.0, 3.0], 'w')
    """
    read = _loaded(path, limits, lambda text: compiled_loads(text, limits=limits))
    return Restored(read, backend)


def _loaded(path: str | PathLike[str], limits: Limits, reading: Callable[[bytes], Found]) -> Found:
    text = io.read(path, limits)
    try:
        return reading(text)
    except FormatError as error:
        raise FormatError(
            f"{fspath(path)}: {error}", path=fspath(path), where=error.where, reason=error.reason
        ) from None
