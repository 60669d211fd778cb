"""The wide backend: a wide program behind the interface that every backend has.

Knows wide programs and what runs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gatenet.compiler.widening.arrays import ArrayRunner
from gatenet.compiler.widening.native import MachineRunner
from gatenet.compiler.widening.program import WideProgram
from gatenet.errors import CompileError, RangeError, ToolMissing

RUNNERS = ("auto", "machine", "numpy")


class WideBackend:
    """Run a wide program: runner "machine" is the C extension, "numpy" needs NumPy alone.

    "auto" takes the machine where it is there and knows every gate of the program, else NumPy.
    `runner` is then what was taken.

    `path` is the instruction set of the machine, by default the best there is; it changes no bit.

    Raises ToolMissing where the runner is not installed, CompileError for a primitive gate that it
    does not know.
    """

    name = "wide"

    def __init__(self, program: WideProgram, runner: str = "auto", *, path: str = "") -> None:
        if runner not in RUNNERS:
            raise RangeError(f"runner is {runner!r}: it is one of {', '.join(RUNNERS)}")
        self.program = program
        self.runner = "numpy" if runner == "numpy" else "machine"
        self._run: MachineRunner | ArrayRunner
        if self.runner == "machine":
            try:
                self._run = MachineRunner(program, path)
                return
            except (ToolMissing, CompileError):
                if runner == "machine":
                    raise
                self.runner = "numpy"
        self._run = ArrayRunner(program)

    def columns(self, uniform: Sequence[float], rows: Any) -> Any:
        """Run the rows; give for each of the program's results its value in each row."""
        return self._run.columns(uniform, rows)

    def block_sums(self, uniform: Sequence[float], rows: Any) -> Iterator[list[float]]:
        """Run the rows; give the sum of each result over each block of 128, block by block."""
        return self._run.block_sums(uniform, rows)

    def totals(self, uniform: Sequence[float], rows: Any) -> Any:
        """Run the rows; give the sum of each result over them all, block by block."""
        return self._run.totals(uniform, rows)
