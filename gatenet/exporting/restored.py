"""Restored: a compiled circuit that came from a file, which has a program and no circuit.

Knows compiled circuits and the units that were read.
"""

from __future__ import annotations

from typing import Any

from gatenet.circuit import Circuit
from gatenet.compiler.choosing import USUAL, candidates
from gatenet.compiler.compiled import Compiled
from gatenet.errors import CompileError, RangeError, ToolMissing
from gatenet.exporting.reading import Read, compiled_loads
from gatenet.exporting.writing import compiled_dumps
from gatenet.unit import Unit


class Restored(Compiled):
    """A compiled circuit as it was read from a file; its leaves are units of their own."""

    def __init__(self, read: Read, backend: str) -> None:
        if backend not in ("auto", *USUAL):
            raise RangeError(f"backend is {backend!r}: it is auto, {', '.join(USUAL)}")
        leaves = [*read.inputs, *read.shared]
        self.program = read.program
        self.single = read.single
        self.inputs = tuple(read.inputs)
        self.shared = tuple(read.shared)
        self.wrt = tuple([leaves[k] for k in read.wrt])
        inputs = {unit._serial for unit in self.inputs}
        self._varying = next((unit for unit in self.wrt if unit._serial in inputs), None)
        self.seconds = 0.0
        #: Units that have the outputs' names alone.
        self.outputs = tuple([Unit(0.0, name) for name in read.outputs])
        self._backends: dict[str, Any] = {}
        self._curves = {}
        self.dtype = "float64"
        self._asked = (backend, False, self.dtype)
        self._switches = {}
        for name in candidates(backend, self.program):
            self.backend = name
            try:
                self._ready("gradients")
                return
            except (ToolMissing, CompileError):
                if name == "python" or backend != "auto":
                    raise

    @property
    def circuit(self) -> Circuit:  # type: ignore[override]
        """There is none.

        Raises CompileError, always: what was asked for needs the circuit itself.
        """
        raise CompileError(
            "this was loaded from a file, which holds values and gradients of a circuit and not "
            "the circuit: for Jacobians and second derivatives save it with gatenet.io.save, load "
            "that and compile it"
        )

    def __reduce__(self) -> Any:
        """A pickle or a deep copy is the text that a file would hold."""
        return _again, (compiled_dumps(self), self._asked[0])


def _again(text: str, backend: str) -> Restored:
    return Restored(compiled_loads(text), backend)
