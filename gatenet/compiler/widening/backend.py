"""The wide backend: a wide program behind the interface that every backend has.

Knows wide programs and what runs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gatenet.compiler.widening.arrays import ArrayRunner
from gatenet.compiler.widening.native import MachineRunner
from gatenet.compiler.widening.program import WideProgram
from gatenet.errors import RangeError

RUNNERS = ("machine", "numpy")


class WideBackend:
    """Run a wide program: runner "machine" is the C extension, "numpy" needs NumPy alone.

    `path` is the instruction set of the machine, by default the best there is; it changes no bit.

    Raises ToolMissing where the runner is not installed, CompileError for a primitive gate that it
    does not know.
    """

    name = "wide"

    def __init__(self, program: WideProgram, runner: str = "machine", *, path: str = "") -> None:
        if runner not in RUNNERS:
            raise RangeError(f"runner is {runner!r}: it is {' or '.join(RUNNERS)}")
        self.program = program
        self.runner = runner
        self._run: MachineRunner | ArrayRunner = (
            MachineRunner(program, path) if runner == "machine" else ArrayRunner(program)
        )

    def columns(self, uniform: Sequence[float], rows: Any) -> Any:
        """Run the rows; give for each of the program's results its value in each row."""
        return self._run.columns(uniform, rows)

    def block_sums(self, uniform: Sequence[float], rows: Any) -> Iterator[list[float]]:
        """Run the rows; give the sum of each result over each block of 128, block by block."""
        return self._run.block_sums(uniform, rows)

    def totals(self, uniform: Sequence[float], rows: Any) -> Any:
        """Run the rows; give the sum of each result over them all, block by block."""
        return self._run.totals(uniform, rows)
