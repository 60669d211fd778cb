"""Exported sources as a way of running a circuit: C, compiled and loaded, Python and NumPy."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gatenet.errors import ToolMissing
from gatenet.exporting import c_source, numpy_source, python_source

FLAGS = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "-ffp-contract=off", "-shared", "-fPIC"]


def exported(
    compiled: Any, form: str, loops: bool, parameters: Sequence[float], rows: Sequence[Any]
) -> list[list[float]]:
    """Print, run and read: for each row its outputs and gradients.  `form` is c, python or numpy.

    Raises ToolMissing where there is no C compiler.
    """
    if form == "c":
        return _in_c(c_source(compiled, loops=loops), compiled, parameters, rows)
    names: dict[str, Any] = {"__name__": "exported"}
    text = numpy_source(compiled, loops=loops) if form == "numpy" else python_source(compiled)
    exec(compile(text, "exported", "exec"), names)
    if not compiled.wrt:
        return [[*row] for row in names["f"](rows, parameters)]
    found = names["f_and_gradients"](rows, parameters)
    if form == "numpy":
        found = [[*one, *other] for one, other in zip(*[part.tolist() for part in found])]
        return found
    return [[*one, *other] for one, other in found]


def _in_c(
    source: str, compiled: Any, parameters: Sequence[float], rows: Sequence[Any]
) -> list[list[float]]:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise ToolMissing("no C compiler is installed", tool="cc")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.c"
        path.write_text(source, encoding="ascii")
        command = [compiler, *FLAGS, str(path), "-o", f"{folder}/f.so", "-lm"]
        subprocess.run(command, check=True)
        function = ctypes.CDLL(f"{folder}/f.so").f
    function.restype = ctypes.c_size_t

    def numbers(values: Sequence[float], count: int) -> Any:
        return (ctypes.c_double * max(1, count))(*values)

    count, outputs, gradients = len(rows), len(compiled.outputs), len(compiled.wrt)
    given = [x for row in rows for x in row]
    found, slopes = numbers([], count * outputs), numbers([], count * gradients)
    table = numbers(parameters, len(parameters))
    done = function(numbers(given, len(given)), ctypes.c_size_t(count), table, found, slopes)
    assert done == count, f"{done} rows of {count} were done"
    return [
        [*found[k * outputs : (k + 1) * outputs], *slopes[k * gradients : (k + 1) * gradients]]
        for k in range(count)
    ]
