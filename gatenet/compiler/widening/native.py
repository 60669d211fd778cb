"""The native runner: a wide program on the wide machine of the C extension.

Knows the machine's code and buffers; needs no NumPy.
"""

from __future__ import annotations

import importlib
import os
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from gatenet.compiler.sums import BLOCK
from gatenet.compiler.tables import is_array
from gatenet.compiler.widening.encoding import CHUNK, Code
from gatenet.compiler.widening.program import WideProgram
from gatenet.errors import CompileError, ToolMissing
from gatenet.gates import CATALOGUE

#: Numbers that a workspace of many lanes may hold: twice what a core's own cache does.
NUMBERS = 1 << 19


def native() -> Any:
    """The C extension.

    Raises ToolMissing where it was not built, or is refused by GATENET_PURE=1.
    """
    if os.environ.get("GATENET_PURE", "0") not in ("", "0"):
        raise ToolMissing("the wide machine is refused by GATENET_PURE: unset it, or take numpy")
    try:
        return importlib.import_module("gatenet._native.wide")
    except ImportError as error:
        raise ToolMissing(
            "the wide machine was not built when gatenet was installed: install a C compiler and "
            "gatenet again, or take runner='numpy'"
        ) from error


class MachineRunner:
    """Run a wide program on the wide machine.

    Raises ToolMissing where the extension is not there, CompileError for a primitive gate that
    was declared after it was built.
    """

    def __init__(self, program: WideProgram, path: str = "") -> None:
        self.program = program
        self.native = native()
        self.path = self.native.paths.index(path) if path else -1
        for gate in {step.gate for step in program.steps}:
            if gate is not None and CATALOGUE.get(gate.name) is not gate:
                raise CompileError(
                    f"the wide machine has no kernel for the primitive gate {gate.name!r}: declare "
                    "it as a formula of other gates, or take runner='numpy'",
                    gate=gate,
                )
        #: How many samples are worked on side by side, where there are several.
        self.lanes = BLOCK
        while self.lanes > CHUNK and self.lanes * program.varying > NUMBERS:
            self.lanes //= 2
        #: How many results there are.
        self.width = len(program.results)
        self._codes: dict[tuple[bool, bool], Code] = {}
        self._idle: dict[tuple[int, bool], list[Any]] = {}

    def code(self, lanes: bool, summed: bool = False) -> Code:
        """The code for many samples or one, for sums alone or not; made when first asked for."""
        key = (lanes, summed)
        if key not in self._codes:
            self._codes[key] = Code(self.program, self.native.gates, lanes, summed)
        return self._codes[key]

    def _machine(self, lanes: int, summed: bool) -> Any:
        code, program = self.code(lanes > 1, summed), self.program
        return self.native.Wide(
            code.words,
            len(code.once),
            code.steps,
            program.uniform,
            array("d", program.constants),
            code.shared,
            code.slots,
            program.inputs,
            len(program.results),
            len(program.outputs),
            lanes,
            self.path,
            code.summed,
        )

    def run(
        self, uniform: Any, rows: Any, count: int, out: Any, sums: Any, together: bool = False
    ) -> None:
        """Run the rows, one buffer of numbers, on a machine that is free, or on a new one."""
        lanes = 1
        if count > 2:
            lanes = CHUNK
            while lanes < min(count, self.lanes):
                lanes *= 2
        # Products that are only summed are summed block by block, all lanes of it at once.
        summed = out is None and lanes > 1 and (lanes == BLOCK or count <= lanes)
        idle = self._idle.setdefault((lanes, summed), [])
        try:
            machine = idle.pop()
        except IndexError:
            machine = self._machine(lanes, summed)
        machine.run(uniform, rows, count, out, sums, together)
        idle.append(machine)

    def columns(self, uniform: Sequence[float], rows: Any) -> Any:
        """Run the rows; give for each of the program's results its value in each row.

        Rows in a NumPy array give an array of (results, rows), others a list of columns.
        """
        count, width = len(rows), self.width
        found = array("d", bytes(8 * width * count))
        self.run(_buffer(uniform), _rows(rows), count, found, None)
        if is_array(rows):
            import numpy

            return numpy.frombuffer(found).reshape(width, count)
        if count == 1:
            return [[value] for value in found]
        view = memoryview(found)
        return [view[k : k + count] for k in range(0, len(found), count)]

    def block_sums(self, uniform: Sequence[float], rows: Any) -> Iterator[list[float]]:
        """Run the rows; give the sum of each result over each block of 128, block by block."""
        width = self.width
        sums = self._sums(uniform, rows)
        for start in range(0, len(sums), width):
            yield sums[start : start + width].tolist()

    def totals(self, uniform: Sequence[float], rows: Any) -> Any:
        """Run the rows; give the sum of each result over them all, block by block."""
        return self._sums(uniform, rows, together=True)

    def _sums(self, uniform: Sequence[float], rows: Any, together: bool = False) -> Any:
        """The block sums of all results, block by block in one buffer, or added."""
        count = len(rows)
        blocks = -(-count // BLOCK)
        sums = array("d", bytes(8 * self.width * (1 if together else blocks)))
        self.run(_buffer(uniform), _rows(rows), count, None, sums, together)
        return sums


def _buffer(numbers: Sequence[float]) -> Any:
    """Numbers as a buffer of float64."""
    if isinstance(numbers, array) and numbers.typecode == "d":
        return numbers
    return array("d", numbers)


def _rows(rows: Any) -> Any:
    """The rows as one buffer of float64 numbers, sample after sample."""
    if is_array(rows):
        import numpy

        return numpy.ascontiguousarray(rows, dtype=float)
    return array("d", [x for row in rows for x in row])
