"""Compiled circuits: what `circuit.compile()` gives, run on rows of numbers.

Knows units (whose values it reads and whose gradients it adds to), programs and backends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gatenet.circuit import Circuit
from gatenet.compiler.arrays import ArrayBackend
from gatenet.compiler.builder import Builder
from gatenet.compiler.lowering import Lowered, checked, wiring_of
from gatenet.compiler.machine import MachineBackend
from gatenet.compiler.program import Program
from gatenet.compiler.python import PythonBackend
from gatenet.compiler.sums import BLOCK
from gatenet.errors import (
    CompileError,
    FlippedBranchError,
    OperandError,
    RangeError,
    ToolMissing,
    WiringError,
)
from gatenet.gates import add
from gatenet.real import number
from gatenet.sweep import check_finished
from gatenet.unit import Unit, as_units, describe

BACKENDS = {"machine": MachineBackend, "numpy": ArrayBackend, "python": PythonBackend}

#: Rows that a sum holds in memory at once: a whole number of blocks.
AT_ONCE = 64 * BLOCK


class Compiled:
    """A circuit as a function of rows of numbers: values, and gradients of their seeded sum.

    `inputs` are the leaves that differ from row to row, one column each; every other leaf keeps
    the value its unit has at the time of the call, so an optimizer's steps are seen at once.
    `wrt` are the leaves to differentiate by.  `program` is what runs, `backend` what runs it.

    >>> from gatenet import Circuit, Unit
    >>> x, t = Unit(0.0, "x"), Unit(0.0, "t")
    >>> w = Unit(0.5, "w", role="parameter")
    >>> error = Circuit((w * x - t) ** 2).compile([x, t])
    >>> list(error([[2.0, 1.0], [4.0, 1.0]]))
    [0.0, 1.0]
    >>> error.backward([[2.0, 1.0], [4.0, 1.0]], seed=0.5), w.grad
    (1.0, 4.0)
    """

    def __init__(
        self,
        circuit: Circuit,
        inputs: Iterable[Unit] | None,
        wrt: Iterable[Unit] | None,
        backend: str,
        **switches: bool,
    ) -> None:
        self.single = circuit.single
        self.outputs = tuple(circuit.ends)
        leaves = [unit for unit in circuit.order if unit._a is None]
        known = {unit._serial for unit in leaves}
        self.inputs = _leaves(inputs, known, "inputs", [u for u in leaves if u.role == "input"])
        varying = {unit._serial for unit in self.inputs}
        #: The leaves that a batch shares, in the order of the circuit.
        self.shared = tuple([unit for unit in leaves if unit._serial not in varying])
        trained = [u for u in self.shared if u.role == "parameter" and u.requires_grad]
        self.wrt = _leaves(wrt, known, "wrt", trained or [u for u in leaves if u.requires_grad])
        self._lower(circuit, varying, switches)
        self._choose(backend)

    def _lower(self, circuit: Circuit, varying: set[int], switches: dict[str, bool]) -> None:
        builder = Builder(**switches)
        nodes = {unit._serial: builder.leaf(unit._name or "") for unit in self.inputs}
        nodes.update({unit._serial: builder.leaf(unit._name or "") for unit in self.shared})
        seeds = [builder.leaf("seed") for _ in self.outputs]
        wiring, places = wiring_of(builder, circuit.order, nodes)
        lowered = Lowered(builder, wiring, [places[unit._serial] for unit in self.wrt])
        start: dict[int, int] = {}
        for unit, seed in zip(self.outputs, seeds, strict=True):
            place = places[unit._serial]
            start[place] = _plus(builder, start.get(place), seed)
        checks = list(lowered.checks)
        for asked in circuit.comparisons:
            sides = [_node(builder, op, lowered, places) for op in asked.operands()]
            checks.append(checked(builder, asked, sides))
        adjoints = lowered.reverse(start)
        zero = builder.constant(0.0)
        gradients = [_plus(builder, adjoints.get(places[unit._serial]), zero) for unit in self.wrt]
        columns = [nodes[unit._serial] for unit in self.inputs]
        uniform = [nodes[unit._serial] for unit in self.shared] + seeds
        outputs = [lowered.nodes[places[unit._serial]] for unit in self.outputs]
        recorded = len(wiring.steps)
        self.program: Program = builder.finished(
            columns, uniform, outputs, gradients, checks, recorded
        )

    def _choose(self, backend: str) -> None:
        if backend not in ("auto", *BACKENDS):
            raise RangeError(f"backend is {backend!r}: it is auto, {', '.join(BACKENDS)}")
        self._backends: dict[str, Any] = {}
        #: The name of what runs the program.
        self.backend = backend
        for name in BACKENDS if backend == "auto" else [backend]:
            self.backend = name
            try:
                self._ready("gradients")
                return
            except (ToolMissing, CompileError):
                if backend != "auto":
                    raise

    def _ready(self, kind: str) -> Any:
        if kind not in self._backends:
            program = self.program
            if kind == "values":
                program = program.pruned(gradients=False)
            self._backends[kind] = BACKENDS[self.backend](program)
        return self._backends[kind]

    def __call__(self, rows: Any = None) -> Any:
        """The outputs for each row: numbers for one output, rows of numbers for several.

        A NumPy array of rows gives a NumPy array, lists give lists.  With no inputs, call it with
        nothing: that is one row.

        Raises WiringError or OperandError for rows of another shape, FlippedBranchError where a
        comparison recorded under `record()` goes the other way.
        """
        given, array = self._rows(rows)
        columns = self._columns("values", given, 1.0)
        return self._shaped(columns[: len(self.outputs)], array)

    def value_and_grad(self, rows: Any = None, *, seed: Any = 1.0) -> tuple[Any, Any]:
        """The outputs and, for each row, its gradients in the order of `wrt`.

        `seed` is the outputs' own gradient: one number, or one for each output.
        """
        given, array = self._rows(rows)
        columns = self._columns("gradients", given, seed)
        count = len(self.outputs)
        gradients = columns[count : count + len(self.wrt)]
        values = self._shaped(columns[:count], array)
        return values, _rows_of(gradients, len(given), array)

    def sums(self, rows: Any = None, *, seed: Any = 1.0) -> tuple[list[float], list[float]]:
        """Outputs and gradients summed over the rows, in the one order every backend keeps."""
        given, _ = self._rows(rows)
        count = len(self.outputs) + len(self.wrt)
        uniform = self._uniform(seed)
        backend = self._ready("gradients")
        totals: list[float] = []
        for start in range(0, len(given), AT_ONCE):
            part = given[start : start + AT_ONCE]
            for block, sums in enumerate(backend.block_sums(uniform, part)):
                size = min(BLOCK, len(part) - block * BLOCK)
                if sums[count:] != [float(size)] * (len(sums) - count):
                    self._columns("gradients", part, seed, start)  # finds the row, and raises
                one = sums[:count]
                totals = [a + b for a, b in zip(totals, one, strict=True)] if totals else one
        return totals[: len(self.outputs)], totals[len(self.outputs) :]

    def backward(self, rows: Any = None, *, seed: Any = 1.0) -> Any:
        """Add the gradient of the sum over the rows to each `.grad` of `wrt`; give that sum.

        For the mean of n rows take seed=1/n: the gradients are then those of the mean, the result
        is still the sum.  Nothing is changed when something is wrong.

        Raises WiringError where `wrt` holds an input, which has no one value.
        """
        varying = {unit._serial for unit in self.inputs}
        for unit in self.wrt:
            if unit._serial in varying:
                raise WiringError(
                    f"{describe(unit)} differs from row to row: its gradients do as well. Ask "
                    "value_and_grad(rows), or compile with wrt= its parameters",
                    unit=unit,
                )
        check_finished(self.wrt)
        values, gradients = self.sums(rows, seed=seed)
        for unit, total in zip(self.wrt, gradients, strict=True):
            unit._grad = total if unit._grad is None else unit._grad + total
        return values[0] if self.single else values

    def _columns(self, kind: str, given: Any, seed: Any, first: int = 0) -> Any:
        """Run the rows and see that every recorded comparison went as it went."""
        backend = self._ready(kind)
        columns = backend.columns(self._uniform(seed), given)
        asked = backend.program.checks
        for check, column in zip(asked, columns[len(columns) - len(asked) :], strict=True):
            for row, holds in enumerate(column):
                if holds == 0.0:
                    raise FlippedBranchError(
                        f"row {first + row}: {check.text} when this circuit was recorded, goes "
                        "the other way here, so the wiring may be another. Use gatenet.where, or "
                        "record a circuit for such rows as well",
                        check=check, row=first + row,
                    )  # fmt: skip
        return columns

    def _uniform(self, seed: Any) -> list[float]:
        """What a batch shares: the values of its leaves as they are now, and the seeds."""
        seeds = list(seed) if hasattr(seed, "__iter__") else [seed] * len(self.outputs)
        if len(seeds) != len(self.outputs):
            raise WiringError(f"got {len(seeds)} seed(s) for {len(self.outputs)} output(s)")
        return [unit._value for unit in self.shared] + [number(item) for item in seeds]

    def _rows(self, rows: Any) -> tuple[Any, bool]:
        """Check the rows; also whether they came as an array."""
        width = len(self.inputs)
        names = ", ".join([describe(unit) for unit in self.inputs[:10]])
        if rows is None:
            if width:
                raise WiringError(f"give rows of {width} number(s), for {names}")
            return [[]], False
        if hasattr(rows, "__array_interface__"):
            if getattr(rows, "ndim", 0) != 2 or rows.shape[1] != width or not len(rows):
                raise WiringError(
                    f"got an array of shape {rows.shape}: give one row of {width} number(s) for "
                    f"each sample, for {names}"
                )
            if rows.dtype.kind not in "fiu":
                raise OperandError(f"got an array of {rows.dtype}: give real numbers")
            return (rows.tolist() if self.backend == "python" else rows), True
        try:
            found = [[x if type(x) is float else number(x) for x in row] for row in rows]
        except TypeError as error:
            if isinstance(error, OperandError):
                raise
            raise OperandError(f"give rows of {width} number(s) each, not {rows!r:.80}") from None
        for k, row in enumerate(found):
            if len(row) != width:
                raise WiringError(f"row {k} has {len(row)} number(s); it takes {width}: {names}")
        if not found:
            raise WiringError(f"got no rows: give at least one, of {width} number(s)")
        return found, False

    def _shaped(self, columns: Any, array: bool) -> Any:
        """Outputs as asked for: one column flat, several as rows."""
        rows = _rows_of(columns, len(columns[0]), array)
        return (rows[:, 0] if array else [row[0] for row in rows]) if self.single else rows

    def __repr__(self) -> str:
        return (
            f"<Compiled for {self.backend}: {len(self.inputs)} inputs, {len(self.shared)} shared "
            f"leaves, {len(self.outputs)} outputs, gradients in {len(self.wrt)}>"
        )


def _leaves(
    given: Iterable[Unit] | None, known: set[int], name: str, usual: Sequence[Unit]
) -> tuple[Unit, ...]:
    """The leaves somebody listed, checked; or the usual ones."""
    if given is None:
        return tuple(usual)
    units = as_units(given, empty=True)
    seen: set[int] = set()
    for unit in units:
        if unit._a is not None:
            raise WiringError(f"{name} lists {describe(unit)}: list leaves", unit=unit)
        if unit._serial not in known:
            raise WiringError(
                f"{name} lists {describe(unit)}, which no output depends on", unit=unit
            )
        if unit._serial in seen:
            raise WiringError(f"{name} lists {describe(unit)} twice", unit=unit)
        seen.add(unit._serial)
    return tuple(units)


def _plus(builder: Builder, before: int | None, node: int) -> int:
    return node if before is None else builder.emit(add, (before, node))


def _node(builder: Builder, operand: Any, lowered: Lowered, places: dict[int, int]) -> int:
    if type(operand) is Unit:
        return lowered.nodes[places[operand._serial]]
    return builder.constant(operand)


def _rows_of(columns: Any, count: int, array: bool) -> Any:
    """Columns as rows: an array of them, or lists of plain numbers."""
    if array:
        import numpy

        return numpy.asarray(columns, dtype=float).reshape(-1, count).T
    return [[float(column[k]) for column in columns] for k in range(count)]
