"""The lane machine's backend: a program as code for the C extension.

Nodes that a batch shares are worked out once, by a machine of their own that has one lane; the
others for 128 samples side by side.  Rows of the workspace are used again after their last reader.
Knows programs and the machine's code; numbers go in and out as buffers, NumPy's or `array`'s.
"""

from __future__ import annotations

import importlib
import os
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

from gatenet.compiler.machinecode import encoded, read
from gatenet.compiler.program import Program
from gatenet.compiler.sums import AT_ONCE, BLOCK, block_sum, single, single_plus
from gatenet.compiler.tables import Packed, is_array
from gatenet.errors import CompileError, ToolMissing
from gatenet.gates import CATALOGUE


def native() -> Any:
    """The C extension.

    Raises ToolMissing where it was not built, or is refused by GATENET_PURE=1.
    """
    if os.environ.get("GATENET_PURE", "0") not in ("", "0"):
        raise ToolMissing("the lane machine is refused by GATENET_PURE: unset it, or take python")
    try:
        return importlib.import_module("gatenet._native.machine")
    except ImportError as error:
        raise ToolMissing(
            "the lane machine was not built when gatenet was installed: install a C compiler and "
            "gatenet again, or take backend='numpy' or 'python'"
        ) from error


class MachineBackend:
    """Run a program on the lane machine.

    `path` is the instruction set: "base", "avx2" or "avx512", by default the best there is.
    `threads` is how many may share the blocks of a large batch.  Neither changes a bit.
    `dtype` is "float64" or "float32": every number and operation is of that type.

    Raises ToolMissing where the extension is not there, CompileError for a primitive gate that
    was declared after it was built.
    """

    name = "machine"

    def __init__(
        self, program: Program, *, path: str = "", threads: int = 0, dtype: str = "float64"
    ) -> None:
        self.program = program
        self.dtype = dtype
        self.typecode = "f" if dtype == "float32" else "d"
        self.native = native()
        self.path = self.native.paths.index(path) if path else -1
        self.threads = threads or os.cpu_count() or 1
        #: So many operations times samples are worth a thread of their own: a few milliseconds.
        self.worth = 20_000_000
        for gate in program.kinds_used:
            if CATALOGUE.get(gate.name) is not gate:
                raise CompileError(
                    f"the lane machine has no kernel for the primitive gate {gate.name!r}: declare "
                    "it as a formula of other gates, or take backend='numpy' or 'python'",
                    gate=gate,
                )
        results = program.results
        #: What the batch works out once and a row or a result reads, in this order.
        self.common, constants = read(program, True, results)
        self.head = _Code(self, False, program.uniform, [], _places(self.common), len(self.common))
        self.constants = self.numbers([program.constants[k] for k in constants])
        found = {node: at for node, at in _places(results).items() if program.varying[node]}
        given = [*program.uniform, *self.common]
        self.body = _Code(self, True, program.inputs, [*given, *constants], found, len(results))
        #: The results that are one number for all rows: their places, and where that number is.
        at = {node: k for k, node in enumerate(given)}
        self.fixed = [
            (k, at.get(node), program.constants.get(node, 0.0))
            for k, node in enumerate(results)
            if not program.varying[node]
        ]

    def numbers(self, given: Iterable[float]) -> Any:
        """Numbers as the machine reads them."""
        if self.typecode == "d":
            return array("d", given)
        whole = given if isinstance(given, (array, memoryview)) else array("d", given)
        found = self.zeros(len(whole))
        self.native.converted(whole, found)
        return found

    def zeros(self, count: int) -> Any:
        """So many zeros as the machine reads and writes them."""
        return array(self.typecode, bytes((4 if self.typecode == "f" else 8) * count))

    def _shared(self, uniform: Sequence[float]) -> Any:
        """Work out what a batch shares: the numbers that the body reads."""
        given = self.numbers(uniform)
        found = self.zeros(len(self.common))
        if self.common:
            self.head.run(given, self.head.constants, 1, found, None)
        return given + found + self.constants

    def columns(self, uniform: Sequence[float], rows: Any) -> Any:
        """Run the rows; give for each of the program's results its value in each row.

        Rows in a NumPy array give an array of (results, rows), others a list of columns.
        """
        count = len(rows)
        shared = self._shared(uniform)
        width = self.body.results
        found: Any
        view: Any
        if is_array(rows):
            import numpy

            found = view = numpy.empty((width, count), dtype=self.dtype)
        else:
            found = self.zeros(width * count)
            view = [memoryview(found)[k * count : (k + 1) * count] for k in range(width)]
        self._threaded(self._buffer(rows), shared, count, found, None)
        for k, place, constant in self.fixed:
            value = constant if place is None else shared[place]
            view[k][:] = value if found is view else self.numbers([value]) * count
        return view

    def block_sums(self, uniform: Sequence[float], rows: Any) -> Iterator[list[float]]:
        """Run the rows; give the sum of each result over each block of 128, block by block."""
        width = self.body.results
        sums = self._sums(self._shared(uniform), self._buffer(rows), len(rows))
        for start in range(0, len(sums), width):
            yield sums[start : start + width].tolist()

    def totals(self, uniform: Sequence[float], rows: Any) -> Any:
        """Run the rows; give the sum of each result over them all, block by block."""
        totals = array("d", bytes(8 * self.body.results))
        shared = self._shared(uniform)
        for start in range(0, len(rows), AT_ONCE):
            part = rows if len(rows) <= AT_ONCE else rows[start : start + AT_ONCE]
            sums = self._sums(shared, self._buffer(part), len(part))
            if self.typecode == "f":
                sums, single_sums = array("d", bytes(8 * len(sums))), sums
                self.native.converted(single_sums, sums)  # blocks are added in float64
            self.native.added(sums, totals, start > 0)
        return totals

    def planes(self, uniform: Sequence[float], rows: Any, count: int) -> Any:
        """Run rows that stand column after column; give the results likewise, in one buffer."""
        shared = self._shared(uniform)
        found = self.zeros(self.body.results * count)
        self.body.run(rows, shared, count, found, None, planar=True)
        for k, place, constant in self.fixed:
            value = constant if place is None else shared[place]
            found[k * count : (k + 1) * count] = self.numbers([value]) * count
        return found

    def whole(self) -> Any:
        """The program as one object of the extension, with machines of its own: see its `step`."""
        fixed = [(k, -1 if place is None else place, constant) for k, place, constant in self.fixed]
        return self.native.Whole(
            self.head.machine() if self.common else None,
            self.body.machine(),
            len(self.program.uniform),
            self.head.constants,
            self.constants,
            array("d", [x for triple in fixed for x in triple]),
        )

    def threads_for(self, count: int) -> int:
        """How many threads so many samples are worth."""
        worth = len(self.body.code) // 20 * count // self.worth
        return max(1, min(self.threads, -(-count // BLOCK), worth))

    def _sums(self, shared: Any, rows: Any, count: int) -> Any:
        """The block sums, block by block."""
        width = self.body.results
        blocks = -(-count // BLOCK)
        sums = self.zeros(width * blocks)
        self._threaded(rows, shared, count, None, sums)
        whole, rest = divmod(count, BLOCK)
        parts = [(BLOCK, 0, whole)] * (whole > 0) + [(rest, whole, blocks)] * (rest > 0)
        for k, place, constant in self.fixed:
            value = constant if place is None else shared[place]
            for size, first, last in parts:
                if self.typecode == "f":
                    some = block_sum([single(value)] * size, single_plus)
                else:
                    some = block_sum([value] * size)
                for block in range(first, last):
                    sums[block * width + k] = some
        return sums

    def _buffer(self, rows: Any) -> Any:
        """The rows as one buffer of numbers, sample after sample; a fit array is used as is."""
        if type(rows) is Packed:
            return rows.data if self.typecode == "d" else self.numbers(rows.data)
        if is_array(rows):
            import numpy

            return numpy.ascontiguousarray(rows, dtype=self.dtype)
        return self.numbers([x for row in rows for x in row])

    def _threaded(self, rows: Any, shared: Any, count: int, out: Any, sums: Any) -> None:
        """Run every block, on as many threads as the work is worth."""
        blocks = -(-count // BLOCK)
        threads = self.threads_for(count)
        if threads == 1:
            self.body.run(rows, shared, count, out, sums)
            return
        cuts = [blocks * k // threads * BLOCK for k in range(threads)] + [count]
        with ThreadPoolExecutor(threads) as pool:
            parts = [
                pool.submit(self.body.run, rows, shared, count, out, sums, first, last)
                for first, last in pairwise(cuts)
            ]
            for part in parts:
                part.result()


class _Code:
    """Code for some operations of a program, and the machines that were made of it."""

    def __init__(
        self,
        backend: MachineBackend,
        varies: bool,
        columns: Sequence[int],
        shared: Sequence[int],
        results: Mapping[int, Sequence[int]],
        width: int,
    ) -> None:
        program = backend.program
        self.backend = backend
        self.columns = len(columns)
        self.results = width
        number = {CATALOGUE.get(name): k for k, name in enumerate(backend.native.gates)}
        constants = [] if varies else read(program, False, ())[1]
        self.constants = backend.numbers([program.constants[k] for k in constants])
        place = [*shared, *constants]
        self.shared = len(place)
        fused = backend.native.multiply_add
        self.code, self.rows = encoded(program, varies, columns, place, results, number, fused)
        self._idle: list[Any] = []

    def machine(self) -> Any:
        """A new machine that runs this code."""
        return self.backend.native.Machine(
            self.code, self.rows, self.shared, self.columns, self.results, self.backend.path,
            4 if self.backend.typecode == "f" else 8,
        )  # fmt: skip

    def run(
        self,
        rows: Any,
        shared: Any,
        count: int,
        out: Any,
        sums: Any,
        first: int = 0,
        last: int | None = None,
        planar: bool = False,
    ) -> None:
        """Run samples first to last on a machine that is free, or on a new one."""
        try:
            machine = self._idle.pop()
        except IndexError:
            machine = self.machine()
        machine.run(rows, shared, count, first, count if last is None else last, out, sums, planar)
        self._idle.append(machine)


def _places(results: Sequence[int]) -> dict[int, list[int]]:
    """For each node the places it has among the results."""
    found: dict[int, list[int]] = {}
    for k, node in enumerate(results):
        found.setdefault(node, []).append(k)
    return found
