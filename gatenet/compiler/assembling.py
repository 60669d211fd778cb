"""Assembling: the programs of a compiled circuit, out of its lowered wiring.

Knows circuits and how they are lowered; does not know how a program is run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gatenet.circuit import Circuit
from gatenet.compiler.builder import Builder
from gatenet.compiler.lowering import Lowered, checked, wiring_of
from gatenet.compiler.program import Check, Program
from gatenet.errors import WiringError
from gatenet.gates import add
from gatenet.unit import Unit, as_units, describe


def gradient_program(
    circuit: Circuit,
    inputs: Sequence[Unit],
    shared: Sequence[Unit],
    wrt: Sequence[Unit],
    switches: Mapping[str, bool],
) -> Program:
    """Outputs and the gradients of their seeded sum; the seeds follow the shared leaves."""
    assembly = _Assembly(circuit, inputs, shared, wrt, switches)
    seeds = [assembly.builder.leaf("seed") for _ in circuit.ends]
    start: dict[int, int] = {}
    for unit, seed in zip(circuit.ends, seeds, strict=True):
        place = assembly.places[unit._serial]
        start[place] = _plus(assembly.builder, start.get(place), seed)
    return assembly.finished(seeds, assembly.gradients(start))


def jacobian_program(
    circuit: Circuit,
    inputs: Sequence[Unit],
    shared: Sequence[Unit],
    wrt: Sequence[Unit],
    switches: Mapping[str, bool],
) -> Program:
    """Outputs, and as gradients every derivative of every output: output by output."""
    assembly = _Assembly(circuit, inputs, shared, wrt, switches)
    one = assembly.builder.constant(1.0)
    found: list[int] = []
    for unit in circuit.ends:
        found += assembly.gradients({assembly.places[unit._serial]: one})
    return assembly.finished([], found)


class _Assembly:
    """A circuit lowered into a builder, its leaves in the order of the columns."""

    def __init__(
        self,
        circuit: Circuit,
        inputs: Sequence[Unit],
        shared: Sequence[Unit],
        wrt: Sequence[Unit],
        switches: Mapping[str, bool],
    ) -> None:
        self.circuit = circuit
        self.wrt = wrt
        self.builder = builder = Builder(**switches)
        nodes = {unit._serial: builder.leaf(unit._name or "") for unit in (*inputs, *shared)}
        self.columns = [nodes[unit._serial] for unit in inputs]
        self.uniform = [nodes[unit._serial] for unit in shared]
        wiring, self.places = wiring_of(builder, circuit.order, nodes)
        self.recorded = len(wiring.steps)
        wanted = [self.places[unit._serial] for unit in wrt]
        self.lowered = Lowered(builder, wiring, wanted)
        self.checks: list[Check] = list(self.lowered.checks)
        for asked in circuit.comparisons:
            sides = [self._node(operand) for operand in asked.operands()]
            self.checks.append(checked(builder, asked, sides))

    def gradients(self, start: Mapping[int, int]) -> list[int]:
        """The gradients in each leaf of `wrt`, from the seeds of some places."""
        adjoints = self.lowered.reverse(start)
        zero = self.builder.constant(0.0)
        found = [adjoints.get(self.places[unit._serial]) for unit in self.wrt]
        return [_plus(self.builder, node, zero) for node in found]

    def finished(self, seeds: Sequence[int], gradients: Sequence[int]) -> Program:
        """The program of everything that was laid out."""
        lowered = self.lowered
        outputs = [lowered.nodes[self.places[unit._serial]] for unit in self.circuit.ends]
        return self.builder.finished(
            self.columns, [*self.uniform, *seeds], outputs, gradients, self.checks, self.recorded
        )

    def _node(self, operand: Any) -> int:
        if type(operand) is Unit:
            return self.lowered.nodes[self.places[operand._serial]]
        return self.builder.constant(operand)


def _plus(builder: Builder, before: int | None, node: int) -> int:
    return node if before is None else builder.emit(add, (before, node))


def leaves(
    given: Iterable[Unit] | None, known: set[int], name: str, usual: Sequence[Unit]
) -> tuple[Unit, ...]:
    """The leaves somebody listed, checked; or the usual ones.

    Raises WiringError for a gate's output, a leaf of another circuit, and one listed twice.
    """
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
