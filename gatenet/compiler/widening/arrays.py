"""The NumPy runner: rows of samples through a workspace, as many at once as fit.

Knows wide programs, and nothing of how their steps are called.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gatenet.compiler.sums import added, array_block_sums
from gatenet.compiler.widening.arraysteps import Space
from gatenet.compiler.widening.program import WideProgram
from gatenet.errors import ToolMissing

#: Numbers that a workspace may hold, lanes included.
NUMBERS = 1 << 22


class ArrayRunner:
    """Run a wide program with NumPy.

    Raises ToolMissing where NumPy is not installed.
    """

    def __init__(self, program: WideProgram) -> None:
        try:
            import numpy
        except ImportError as error:
            raise ToolMissing(
                "NumPy is not installed: pip install numpy, or take runner='machine'"
            ) from error
        self.np = numpy
        self.program = program
        self._made: dict[int, Space] = {}

    def columns(self, uniform: Sequence[float], rows: Any) -> Any:
        """Run the rows; give an array, one row for each result and one column for each sample."""
        np, program = self.np, self.program
        given = np.asarray(rows, dtype=float).reshape(len(rows), -1)
        count = len(given)
        found = np.empty((len(program.results), count))
        at_once = max(1, min(count, NUMBERS // max(1, program.varying)))
        with np.errstate(all="ignore"):
            for start in range(0, count, at_once):
                part = given[start : start + at_once]
                space = self._made.pop(len(part), None) or Space(np, program, len(part))
                found[:, start : start + at_once] = space.run(uniform, part)
                self._made = {len(part): space}
        return found

    def block_sums(self, uniform: Sequence[float], rows: Any) -> Iterator[list[float]]:
        """Run the rows; give the sum of each result over each block of 128, block by block."""
        columns = self.columns(uniform, rows)
        if columns.shape[1] <= 32:
            with self.np.errstate(all="ignore"):
                yield self._short(columns).tolist()
            return
        for sums in array_block_sums(columns, self.np).T:
            yield sums.tolist()

    def _short(self, columns: Any) -> Any:
        """The sums of up to 32 samples.

        Adding the zeros that fill up a short block changes nothing but the sign of a zero.
        """
        np = self.np
        count, width = columns.shape
        if width == 1:
            return columns[:, 0] + 0.0
        groups = -(-width // 8)
        padded = np.zeros((count, groups, 8))
        padded.reshape(count, -1)[:, :width] = columns
        joined = padded[:, 0]
        if groups > 1:
            joined = joined + padded[:, 1]
        if groups > 2:
            joined = joined + (padded[:, 2] + padded[:, 3] if groups > 3 else padded[:, 2])
        for half in (4, 2, 1):
            joined = joined[:, :half] + joined[:, half:]
        return joined[:, 0] + 0.0

    def totals(self, uniform: Sequence[float], rows: Any) -> list[float]:
        """Run the rows; give the sum of each result over them all, block by block."""
        return added(self.block_sums(uniform, rows))
