"""The native runner: a wide program on the wide machine of the C extension.

Knows the machine's code and buffers; needs no NumPy.
"""

from __future__ import annotations

import importlib
import os
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from gatenet.compiler.sums import BLOCK, added
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
        self._codes: dict[bool, Code] = {}
        self._idle: dict[int, list[Any]] = {}

    def code(self, lanes: bool) -> Code:
        """The code for many samples, or for one; made when it is first asked for."""
        if lanes not in self._codes:
            self._codes[lanes] = Code(self.program, self.native.gates, lanes)
        return self._codes[lanes]

    def _machine(self, lanes: int) -> Any:
        code, program = self.code(lanes > 1), self.program
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
        )

    def run(self, uniform: Any, rows: Any, count: int, out: Any, sums: Any) -> None:
        """Run the rows, one buffer of numbers, on a machine that is free, or on a new one."""
        lanes = 1
        if count > 2:
            lanes = CHUNK
            while lanes < min(count, self.lanes):
                lanes *= 2
        idle = self._idle.setdefault(lanes, [])
        try:
            machine = idle.pop()
        except IndexError:
            machine = self._machine(lanes)
        machine.run(uniform, rows, count, out, sums)
        idle.append(machine)

    def columns(self, uniform: Sequence[float], rows: Any) -> Any:
        """Run the rows; give for each of the program's results its value in each row.

        Rows in a NumPy array give an array of (results, rows), others a list of columns.
        """
        count, width = len(rows), len(self.program.results)
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
        width = len(self.program.results)
        sums = self._sums(uniform, rows)
        for start in range(0, len(sums), width):
            yield sums[start : start + width].tolist()

    def totals(self, uniform: Sequence[float], rows: Any) -> Any:
        """Run the rows; give the sum of each result over them all, block by block."""
        if len(rows) <= BLOCK:
            return self._sums(uniform, rows)
        return added(self.block_sums(uniform, rows))

    def _sums(self, uniform: Sequence[float], rows: Any) -> Any:
        """The block sums of all results, block by block, in one buffer."""
        count = len(rows)
        sums = array("d", bytes(8 * len(self.program.results) * -(-count // BLOCK)))
        self.run(_buffer(uniform), _rows(rows), count, None, sums)
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
