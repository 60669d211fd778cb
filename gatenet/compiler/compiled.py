"""Compiled circuits: what `circuit.compile()` gives, run on rows of numbers.

Knows units (whose values it reads and whose gradients it adds to), programs and backends.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from gatenet.circuit import Circuit
from gatenet.compiler.assembling import gradient_program, jacobian_program, leaves
from gatenet.compiler.batched import Batched
from gatenet.compiler.choosing import BACKENDS as BACKENDS
from gatenet.compiler.choosing import backend_of, candidates, check_backend, checked_dtype
from gatenet.compiler.curving import Curved
from gatenet.compiler.exports import CompiledExports
from gatenet.compiler.hessians import SecondDerivatives
from gatenet.compiler.program import Program
from gatenet.compiler.sums import added
from gatenet.compiler.tables import checked_rows, is_array, rows_of
from gatenet.compiler.widening import WideProgram, widen
from gatenet.errors import (
    CompileError,
    FlippedBranchError,
    RangeError,
    ToolMissing,
    WiringError,
)
from gatenet.real import number
from gatenet.storage import add_grads, values_of
from gatenet.sweep import check_finished
from gatenet.texts import counted
from gatenet.unit import Unit, describe


class Compiled(CompiledExports, Batched, SecondDerivatives):
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
        *,
        reassociate: bool = False,
        dtype: Any = "float64",
        **switches: bool,
    ) -> None:
        started = time.perf_counter()
        #: The type of every number: "float64", or "float32".
        self.dtype = checked_dtype(dtype)
        self.circuit = circuit
        self.single = circuit.single
        self.outputs = tuple(circuit.ends)
        found = [unit for unit in circuit.order if unit._a is None]
        known = {unit._serial for unit in found}
        self.inputs = leaves(inputs, known, "inputs", [u for u in found if u.role == "input"])
        varying = {unit._serial for unit in self.inputs}
        shared = [unit for unit in found if unit._serial not in varying]
        trained = [u for u in shared if u.role == "parameter" and u.requires_grad]
        self.wrt = leaves(wrt, known, "wrt", trained or [u for u in found if u.requires_grad])
        first = [unit for unit in self.wrt if unit._serial not in varying]
        #: One of `wrt` that is an input, which has no one gradient.
        self._varying = next((unit for unit in self.wrt if unit._serial in varying), None)
        chosen = {unit._serial for unit in first}
        #: The leaves that a batch shares: those of `wrt`, then the others.
        self.shared = (*first, *[unit for unit in shared if unit._serial not in chosen])
        self._switches = switches
        self._asked = (backend, reassociate, self.dtype)
        self._backends: dict[str, Any] = {}
        self._curves: dict[bool, tuple[Curved, Compiled, list[int]]] = {}
        self._choose(backend, reassociate)
        #: How long compiling took.
        self.seconds = time.perf_counter() - started

    def _choose(self, backend: str, reassociate: bool) -> None:
        check_backend(backend)
        if reassociate and backend != "wide":
            raise RangeError(
                f"reassociate=True with backend={backend!r}: only backend='wide' adds in another "
                "order than was recorded; the others never do"
            )
        #: The name of what runs the program.
        self.backend = backend
        #: What runs: values, and gradients of their seeded sum.
        self.program: Program | WideProgram = (
            widen(self.circuit, self.inputs, self.shared, self.wrt, reassociate=reassociate)
            if backend == "wide"
            else gradient_program(self.circuit, *self._leaves(), self._switches)
        )
        tried = candidates(backend, self.program, self.dtype)
        for name in tried:
            self.backend = name
            try:
                self._ready("gradients")
                return
            except (ToolMissing, CompileError):
                if name == tried[-1]:
                    raise

    def _leaves(self) -> tuple[tuple[Unit, ...], tuple[Unit, ...], tuple[Unit, ...]]:
        return self.inputs, self.shared, self.wrt

    def _ready(self, kind: str) -> Any:
        found = self._backends.get(kind)
        if found is None:
            program: Any = self.program
            name = self.backend
            if kind == "values":
                program = program.pruned(gradients=False)
            elif kind == "jacobian":
                program = jacobian_program(self.circuit, *self._leaves(), self._switches)
                name = "machine" if name == "wide" else name
            found = self._backends[kind] = backend_of(name, program, self.dtype)
        return found

    def __call__(self, rows: Any = None) -> Any:
        """The outputs for each row: numbers for one output, rows of numbers for several.

        A NumPy array of rows gives a NumPy array, lists give lists.  With no inputs, call it with
        nothing: that is one row.  Arrays have the `dtype`, lists hold Python's own floats.

        Raises WiringError or OperandError for rows of another shape, FlippedBranchError where a
        comparison recorded under `record()` goes the other way.
        """
        given = checked_rows(rows, self.inputs)
        columns = self._columns("values", given, 1.0)
        return self._shaped(columns[: len(self.outputs)], given)

    def value_and_grad(self, rows: Any = None, *, seed: Any = 1.0) -> tuple[Any, Any]:
        """The outputs and, for each row, its gradients in the order of `wrt`.

        `seed` is the outputs' own gradient: one number, or one for each output.
        """
        given = checked_rows(rows, self.inputs)
        columns = self._columns("gradients", given, seed)
        count = len(self.outputs)
        gradients = columns[count : count + len(self.wrt)]
        values = self._shaped(columns[:count], given)
        return values, rows_of(gradients, len(given), is_array(given))

    def jacobian(self, rows: Any = None) -> Any:
        """Every derivative of every output, for each row: outputs by `wrt`, lists or an array.

        >>> from gatenet import Circuit, Unit
        >>> x, y = Unit(0.0), Unit(0.0)
        >>> Circuit([x * y, x + y]).compile([x, y]).jacobian([[2.0, 3.0]])
        [[[3.0, 2.0], [1.0, 1.0]]]
        """
        given = checked_rows(rows, self.inputs)
        columns = self._columns("jacobian", given, 1.0)
        count, width = len(self.outputs), len(self.wrt)
        flat = rows_of(columns[count : count + count * width], len(given), is_array(given))
        if is_array(given):
            return flat.reshape(len(given), count, width)
        return [[row[k : k + width] for k in range(0, count * width, width)] for row in flat]

    def sums(self, rows: Any = None, *, seed: Any = 1.0) -> tuple[list[float], list[float]]:
        """Outputs and gradients summed over the rows, in the one order every backend keeps.

        Two lists of floats, whatever the rows are.
        """
        totals = self.totals(checked_rows(rows, self.inputs), seed)
        count = len(self.outputs)
        return [*totals[:count]], [*totals[count : count + len(self.wrt)]]

    def totals(self, given: Any, seed: Any = 1.0, *, uniform: Any = None) -> Any:
        """The sum over checked rows of each result of the program: outputs, gradients, checks.

        One flat list or array of floats, as the backend has it; `sums` takes it apart.
        `uniform` may give the numbers of the shared leaves and then the seeds, in the place of
        the values that the leaves have.
        """
        backend = self._ready("gradients")
        uniform = self._uniform(seed) if uniform is None else uniform
        if hasattr(backend, "totals"):
            totals = backend.totals(uniform, given)
        else:
            totals = added(backend.block_sums(uniform, given))
        checks = totals[len(totals) - len(self.program.checks) :]
        if any(total != len(given) for total in checks):
            self._columns("gradients", given, seed, uniform)  # finds the row, and raises
        return totals

    def backward(self, rows: Any = None, *, seed: Any = 1.0) -> Any:
        """Add the gradient of the sum over the rows to each `.grad` of `wrt`; give that sum.

        For the mean of n rows take seed=1/n: the gradients are then those of the mean, the result
        is still the sum.  Nothing is changed when something is wrong.

        Raises WiringError where `wrt` holds an input, which has no one value.
        """
        if self._varying is not None:
            raise WiringError(
                f"{describe(self._varying)} differs from row to row: its gradients do as well. Ask "
                "value_and_grad(rows), or compile with wrt= its parameters",
                unit=self._varying,
            )
        check_finished(self.wrt)
        totals = self.totals(checked_rows(rows, self.inputs), seed)
        count = len(self.outputs)
        add_grads(self.wrt, totals, count)
        return totals[0] if self.single else [*totals[:count]]

    def _columns(self, kind: str, given: Any, seed: Any, uniform: Any = None) -> Any:
        """Run the rows and see that every recorded comparison went as it went."""
        backend = self._ready(kind)
        uniform = self._uniform(seed) if uniform is None else uniform
        if kind == "jacobian":
            del uniform[len(self.shared) :]  # its seeds are constants
        columns = backend.columns(uniform, given)
        asked = backend.program.checks
        for check, column in zip(asked, columns[len(columns) - len(asked) :], strict=True):
            for row, holds in enumerate(column):
                if holds == 0.0:
                    raise FlippedBranchError(
                        f"row {row}: {check.text} when this circuit was recorded, goes "
                        "the other way here, so the wiring may be another. Use gatenet.where, or "
                        "record a circuit for such rows as well",
                        check=check, row=row,
                    )  # fmt: skip
        return columns if is_array(given) or not hasattr(columns, "tolist") else columns.tolist()

    def _uniform(self, seed: Any) -> Any:
        """What a batch shares: the values of its leaves as they are now, and the seeds."""
        return values_of(self.shared, self._seeds(seed))

    def _seeds(self, seed: Any) -> list[float]:
        seeds = list(seed) if hasattr(seed, "__iter__") else [seed] * len(self.outputs)
        if len(seeds) != len(self.outputs):
            raise WiringError(f"got {len(seeds)} seed(s) for {len(self.outputs)} output(s)")
        return [number(item) for item in seeds]

    def _shaped(self, columns: Any, given: Any) -> Any:
        """Outputs as asked for: one column flat, several as rows."""
        array = is_array(given)
        if self.single:
            return columns[0] if array else list(columns[0])
        return rows_of(columns, len(given), array)

    def __reduce__(self) -> Any:
        """A pickle or a deep copy is the circuit, compiled again where it is loaded."""
        leaves = self.circuit, self.inputs, self.wrt
        return _again, (type(self), *leaves, *self._asked, self._switches)

    def __repr__(self) -> str:
        kind = "" if self.dtype == "float64" else f" in {self.dtype}"
        leaves = counted(len(self.shared), "shared leaf").replace("leafs", "leaves")
        return (
            f"<Compiled for {self.backend}{kind}: {counted(len(self.inputs), 'input')}, {leaves}, "
            f"{counted(len(self.outputs), 'output')}, "
            f"{counted(len(self.wrt), 'gradient')}; in {self.seconds * 1e3:.3g} ms>"
        )


def _again(kind: type[Compiled], circuit: Circuit, inputs: Any, wrt: Any, *asked: Any) -> Compiled:
    backend, reassociate, dtype, switches = asked
    return kind(circuit, inputs, wrt, backend, reassociate=reassociate, dtype=dtype, **switches)
