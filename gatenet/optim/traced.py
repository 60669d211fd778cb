"""Traced rules: an optimizer's rule as a circuit, run with the parameters as the lanes.

The rule is called once on units; the lane machine then moves all parameters of a group together,
reading gradients, values and memory from one flat buffer and writing the next one.  Knows rules,
the compiler and the lane machine; does not know which parameters they are.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from gatenet.circuit import Circuit
from gatenet.compiler import Compiled
from gatenet.compiler.machine import MachineBackend
from gatenet.modes import enable_grad
from gatenet.optim.optimizer import Optimizer
from gatenet.optim.rules import UNITS, Coefficients, kind_of, leaves_of
from gatenet.unit import Unit


def has_rule(optimizer: Any) -> bool:
    """Whether an optimizer moves each parameter by a rule, in the steps of the base class."""
    kind = type(optimizer)
    return (
        isinstance(optimizer, Optimizer)
        and kind.step is Optimizer.step
        and kind.moved is Optimizer.moved
        and kind.rule is not Optimizer.rule
    )


class TracedRule:
    """One rule for the lane machine: planes of gradients, values and memory in, new planes out.

    `memory` has the names of what is remembered; `empty` those that have nothing yet.

    Raises ToolMissing where the lane machine was not built.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        coefficients: Coefficients,
        memory: Sequence[str],
        empty: Sequence[str] = (),
    ) -> None:
        shared, self.leaves = leaves_of(coefficients)
        grad, value = Unit(0.5, "grad"), Unit(0.5, "value")
        before = {name: None if name in empty else Unit(0.5, name) for name in memory}
        with enable_grad():
            (moved,), after = optimizer.rule(
                shared, [value], [grad], {name: [unit] for name, unit in before.items()}, UNITS
            )
        found = {name: column[0] for name, column in after.items()}
        #: What is remembered after the step, in the order of its planes.
        self.after = [name for name in memory if found[name] is not None]
        self.before = [name for name in memory if before[name] is not None]
        ends: list[Any] = [grad, moved, *[found[name] for name in self.after]]
        inputs: list[Any] = [grad, value, *[before[name] for name in self.before]]
        circuit = Circuit(ends)
        known = {unit._serial for unit in circuit.order}
        used = [unit._serial in known for unit in inputs]
        # A plane that nothing reads is still there: the columns are those of the buffer.
        self.columns = [k for k, reads in enumerate(used) if reads]
        compiled = Compiled(
            circuit, [unit for unit, reads in zip(inputs, used, strict=True) if reads], (),
            "machine",
        )  # fmt: skip
        self.names = [unit._name for unit in self.leaves if unit._serial in known]
        program: Any = compiled.program
        self.backend = MachineBackend(program.pruned(gradients=False))
        self._order = [compiled.shared.index(u) for u in self.leaves if u._serial in known]
        #: The rule as one object of the extension, for a step of one native call.
        self.whole = self.backend.whole()
        self.picked = array("d", self.columns)

    def shared(self, coefficients: Mapping[str, Any]) -> Any:
        """The coefficients as the machine reads them."""
        shared = array("d", bytes(8 * len(self.backend.program.uniform)))
        for name, place in zip(self.names, self._order, strict=True):
            shared[place] = coefficients[name]  # type: ignore[index]
        return shared

    def run(self, coefficients: Mapping[str, Any], planes: Any, count: int) -> Any:
        """Move `count` parameters; give the planes after the step."""
        shared = self.shared(coefficients)
        if len(self.columns) * count != len(planes):
            planes = b"".join(planes[k * count : (k + 1) * count].tobytes() for k in self.columns)
            planes = memoryview(planes).cast("d")
        return self.backend.planes(shared, planes, count)


def rule_of(
    known: dict[Any, TracedRule],
    optimizer: Optimizer,
    coefficients: Coefficients,
    memory: Sequence[str],
    empty: Sequence[str],
) -> TracedRule:
    """The traced rule of these coefficients, made where it is not known yet."""
    key = (type(optimizer), kind_of(coefficients), tuple(memory), tuple(empty))
    found = known.get(key)
    if found is None:
        found = known[key] = TracedRule(optimizer, coefficients, memory, empty)
    return found


def planes_of(columns: Sequence[Sequence[Any]]) -> Any:
    """Columns one after the other, in one flat buffer."""
    found = array("d")
    for column in columns:
        found.extend(column)
    return found
