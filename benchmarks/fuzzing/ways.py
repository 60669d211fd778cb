"""The ways of running a circuit, each compared with the eager engine in every bit.

A way is a name and settings: "python", "machine", "machine path=avx2 threads=2", "numpy exact=1"
(NumPy's rows with libm's functions, so that everything but those functions is tried on every
gate), "numpy", "wide", "wide runner=numpy", "python fold=0 share=0", and exported source: "source
form=python", "source form=c loops=1".
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from fuzzing.exported import exported
from gatenet import Circuit, Unit
from gatenet.compiler import Compiled
from gatenet.compiler.arrays import ArrayBackend
from gatenet.compiler.choosing import EXACT
from gatenet.compiler.compiled import BACKENDS
from gatenet.compiler.machine import MachineBackend, native
from gatenet.compiler.widening import WideBackend, widen
from gatenet.errors import CompileError, ToolMissing

SWITCHES = ("fold", "share", "reduce", "prune")


class ExactArrays(ArrayBackend):
    """NumPy's rows, with the C library's function wherever NumPy's own may differ."""

    def _function(self, gate: Any) -> Any:
        exact = gate.primitive.ufunc in EXACT
        return super()._function(gate) if exact else self._mapped(gate)


def paths() -> list[str]:
    """The instruction sets of this processor; none where the extension is not built."""
    try:
        return list(native().paths)
    except ToolMissing:
        return []


def bits(numbers: Sequence[float]) -> bytes:
    """The bits of numbers, every nan the same."""
    return array("d", [x if x == x else math.nan for x in numbers]).tobytes()


def block_sum(values: Sequence[float]) -> float:
    """The order of a block's sum, from its definition, sample by sample."""
    lanes = [[0.0] * 8 for _ in range(4)]
    for k in range(128):
        value = values[k] if k < len(values) else 0.0
        j, lane = k % 32 // 8, k % 8
        lanes[j][lane] = value if k < 32 else lanes[j][lane] + value
    eight = [(lanes[0][k] + lanes[1][k]) + (lanes[2][k] + lanes[3][k]) for k in range(8)]
    four = [eight[k] + eight[k + 4] for k in range(4)]
    return (four[0] + four[2]) + (four[1] + four[3])


class Case:
    """A circuit with rows and seeds: what the eager engine gives, and every other way."""

    def __init__(
        self, circuit: Circuit, inputs: Sequence[Unit], wrt: Sequence[Unit],
        seeds: Sequence[float], rows: Sequence[Sequence[float]],
    ) -> None:  # fmt: skip
        self.circuit, self.inputs, self.wrt = circuit, list(inputs), list(wrt)
        self.seeds, self.rows = list(seeds), [list(row) for row in rows]
        if not self.inputs:
            self.rows = self.rows[:1]
        self._made: dict[tuple[Any, ...], Any] = {}

    @cached_property
    def eager(self) -> list[list[float]]:
        """For each row its outputs and the gradients of `wrt`, from units."""
        found = []
        for row in self.rows:
            values = self.circuit.forward(dict(zip(self.inputs, row, strict=True)))
            for unit in self.wrt:
                unit.zero_grad()
            self.circuit.backward(self.seeds)
            found.append([*values, *[unit.grad for unit in self.wrt]])
        return found

    @cached_property
    def sums(self) -> list[list[float]]:
        """The sums of each block of 128 rows, one list a block."""
        columns = list(zip(*self.eager, strict=True))
        return [
            [block_sum(column[k : k + 128]) for column in columns]
            for k in range(0, len(self.rows), 128)
        ]

    def compiled(self, backend: str, switches: dict[str, bool]) -> Any:
        """The circuit compiled, once for each backend and switches."""
        key = (backend, *sorted(switches))
        if key not in self._made:
            self._made[key] = (
                Compiled(self.circuit, self.inputs, self.wrt, backend, **switches)
                if switches
                else self.circuit.compile(self.inputs, wrt=self.wrt, backend=backend)
            )
        return self._made[key]

    def applies(self, way: str) -> bool:
        """Whether a way's answers must be the eager engine's on this circuit."""
        if (way.startswith("wide") or "loops=1" in way) and self._widened is None:
            return False
        if "source" in way and not self.rows:
            return False
        if way != "numpy" and "form=numpy" not in way:
            return True
        program = self.compiled("python", {}).program
        return all(gate.primitive.ufunc in EXACT for gate in program.kinds_used)

    @cached_property
    def _widened(self) -> Any:
        """The wide program; None for a circuit with blocks, which are not widened."""
        known = {*self.inputs}
        shared = [u for u in self.circuit.order if u.gate is None and u not in known]
        try:
            return shared, widen(self.circuit, self.inputs, shared, self.wrt)
        except CompileError:
            return None

    def difference(self, way: str) -> str:
        """Say how a way differs from the eager engine; nothing where it does not."""
        name, *settings = way.split()
        given = dict(setting.split("=") for setting in settings)
        switches = {key: False for key in SWITCHES if given.pop(key, "1") == "0"}
        try:
            if name == "wide" and given:
                shared, program = self._widened
                runner = WideBackend(program, given["runner"], path=given.get("path", ""))
                return self._inside(shared, runner)
            if name == "source":
                return self._source(given["form"], "loops" in given)
            compiled = self.compiled(name, switches)
            if not given:
                return self._public(compiled)
            runner = (
                ExactArrays(compiled.program) if "exact" in given
                else MachineBackend(compiled.program, path=given.get("path", ""),
                                    threads=int(given.get("threads", "1")))
            )  # fmt: skip
            return self._inside(compiled.shared, runner)
        except Exception as error:  # an error where the eager engine has none is a difference
            return f"{type(error).__name__}: {error}"

    def _public(self, compiled: Any) -> str:
        rows = self.rows if self.inputs else None
        values, gradients = compiled.value_and_grad(rows, seed=self.seeds)
        alone = compiled(rows)
        outputs = len(compiled.outputs)
        for k, expected in enumerate(self.eager):
            found = values[k] if not compiled.single else [values[k]]
            other = alone[k] if not compiled.single else [alone[k]]
            for what, one, two in (
                ("outputs", found, expected[:outputs]),
                ("outputs without gradients", other, expected[:outputs]),
                ("gradients", gradients[k], expected[outputs:]),
            ):
                if bits(one) != bits(two):
                    return f"row {k}, {what}: {list(one)} where eager has {two}"
        totals = self.sums[0]
        for block in self.sums[1:]:
            totals = [a + b for a, b in zip(totals, block, strict=True)]
        found = [x for part in compiled.sums(rows, seed=self.seeds) for x in part]
        return "" if bits(found) == bits(totals) else f"sums: {found}, not {totals}"

    def _source(self, form: str, loops: bool) -> str:
        """The same of an exported source."""
        compiled = self.compiled("python", {})
        parameters = [*[unit.value for unit in compiled.shared], *self.seeds]
        found = exported(compiled, form, loops, parameters, self.rows)
        for k, (one, expected) in enumerate(zip(found, self.eager, strict=True)):
            if bits(one) != bits(expected):
                return f"row {k}: {one} where eager has {expected}"
        return ""

    def _inside(self, shared: Sequence[Unit], runner: Any) -> str:
        runner.worth = 1  # so that the smallest batch is worth a thread
        uniform = [unit.value for unit in shared] + self.seeds
        columns = runner.columns(uniform, self.rows)
        for k, (column, expected) in enumerate(
            zip(columns, zip(*self.eager, strict=True), strict=True)
        ):
            if bits(column) != bits(expected):
                row = [bits([x]) == bits([y]) for x, y in zip(column, expected)].index(False)
                return f"row {row}, result {k}: {column[row]!r} where eager has {expected[row]!r}"
        for number, block in enumerate(runner.block_sums(uniform, self.rows)):
            if bits(block) != bits(self.sums[number]):
                return f"sums of block {number}: {list(block)}, not {self.sums[number]}"
        return ""


def compare(
    outputs: Sequence[Unit], inputs: Sequence[Unit], wrt: Sequence[Unit],
    *, seeds: Sequence[float], rows: Sequence[Sequence[float]], way: str,
) -> None:  # fmt: skip
    """Run a circuit eagerly and one other way; say where they differ."""
    found = Case(Circuit(list(outputs)), inputs, wrt, seeds, rows).difference(way)
    print(found or "the same in every bit")


def ways() -> list[str]:
    """Every way there is here."""
    known = ["python", *[f"machine path={p} threads=1" for p in paths()]]
    known += ["machine", f"machine path={paths()[-1]} threads=2"] if paths() else []
    try:
        BACKENDS["numpy"](Circuit(Unit(1.0) + 1.0).compile(backend="python").program)
        known += ["numpy exact=1", "numpy"]
    except ToolMissing:
        pass
    case = Case(Circuit(Unit(1.0) + 1.0), [], [], [1.0], [[]])
    settings = ["runner=numpy", *[f"runner=machine path={path}" for path in paths()]]
    forms = ["python", "numpy loops=1", "c", "c loops=1"]
    more = [*[f"wide {setting}" for setting in settings], *[f"source form={f}" for f in forms]]
    for way in ["wide", *more]:
        if not case.difference(way).startswith(("ToolMissing", "RangeError", "ImportError")):
            known.append(way)
    return known
