"""Nested circuits: wiring kept as data, apart from any unit, to be run on numbers or on units.

A `Nested` is a short program: operands first, then steps, each a constant or a gate applied to
earlier places.  Run on floats it gives the value; on fresh units it records, and the one sweep
gives the derivatives; on a caller's own units it wires the inside, for higher orders.
Knows units, circuits, the sweep.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from gatenet.circuit import Circuit
from gatenet.declaration import Gate
from gatenet.eager import applied
from gatenet.errors import FlippedBranchError, WiringError
from gatenet.modes import HOLDS, Comparison, Recording, enable_grad, record
from gatenet.sweep import gradients
from gatenet.transforms.calls import constant, identity, value_of
from gatenet.unit import Unit, describe, tick
from gatenet.walk import reachable_since


class Step(NamedTuple):
    """One step: a gate (static parameters bound) and its places, or a constant and its value."""

    gate: Gate | None
    places: tuple[int, ...]
    value: float
    name: str | None


class Watch(NamedTuple):
    """A comparison that must go on holding, or not holding, as it did; sides are places."""

    sign: str
    left: int
    right: int
    held: bool
    place: str


@dataclass(frozen=True)
class Nested:
    """The wiring of one output over a number of operands, and the comparisons it rests on."""

    names: tuple[str | None, ...]
    steps: tuple[Step, ...]
    output: int
    watches: tuple[Watch, ...] = ()

    def run(self, operands: Sequence[Any]) -> list[Any]:
        """The value at every place: floats where everything is a float, units elsewhere.

        Raises FlippedBranchError when a comparison made while it was traced goes the other way.
        """
        values = list(operands)
        for gate, places, value, _ in self.steps:
            if gate is None:
                values.append(value)
                continue
            inputs = [values[k] for k in places]
            if any(type(item) is Unit for item in inputs):
                values.append(applied(gate, inputs))
            else:
                values.append(gate.value(*inputs))
        for watch in self.watches:
            left, right = value_of(values[watch.left]), value_of(values[watch.right])
            if HOLDS[watch.sign](left, right) != watch.held:
                raise FlippedBranchError(
                    f"a comparison inside a block, {left!r} {watch.sign} {right!r}, "
                    f"{'held' if watch.held else 'did not hold'} when the block was traced and "
                    f"goes the other way now; asked at {watch.place}. Choose with gatenet.where "
                    "or ifelse, whose conditions are part of the circuit",
                    comparison=watch,
                )
        return values

    def value(self, operands: Sequence[float]) -> float:
        """The output at plain numbers; no unit is touched."""
        return self.run(operands)[self.output]  # type: ignore[no-any-return]

    def partials(self, operands: Sequence[float]) -> list[float]:
        """The derivative of the output in each operand, by a sweep over fresh units."""
        with record(), enable_grad():
            roots = [Unit(value) for value in operands]
            out = self.run(roots)[self.output]
            return gradients([out], [1.0], roots) if type(out) is Unit else [0.0] * len(roots)

    def partials_on(self, operands: Sequence[Any], wanted: Sequence[bool]) -> list[Any]:
        """The derivatives wired from gates, in terms of the caller's own units."""
        roots: list[Any] = []
        known: set[int] = set()
        for operand, wants in zip(operands, wanted, strict=True):
            again = type(operand) is Unit and operand._serial in known
            roots.append(identity(operand) if again and wants else operand)
            if type(operand) is Unit:
                known.add(operand._serial)
        since = tick()  # after the roots: they are where the pass ends
        out = self.run(roots)[self.output]
        asked = [root for root, wants in zip(roots, wanted, strict=True) if wants]
        if type(out) is not Unit:
            return [0.0] * len(roots)
        found = iter(gradients([out], [1.0], asked, create_graph=True, since=since))
        return [next(found) if wants else 0.0 for wants in wanted]

    @property
    def slots(self) -> tuple[int, ...]:
        """The operands that matter, in order: those that are leaves of `circuit`."""
        count = len(self.names)
        used = {self.output, *[k for step in self.steps for k in step.places]}
        used.update([k for watch in self.watches for k in (watch.left, watch.right)])
        return tuple(sorted(k for k in used if k < count))

    @cached_property
    def circuit(self) -> Circuit:
        """The same wiring as a circuit of its own, with leaves that are called as the operands."""
        with record(), enable_grad():
            leaves = [Unit(0.5, name) for name in self.names]
            values = Nested(self.names, self.steps, self.output).run(leaves)
        for step, value in zip(self.steps, values[len(leaves) :], strict=True):
            if type(value) is Unit and value.name is None:
                value.name = step.name
        out = values[self.output]
        comparisons = [
            Comparison(w.sign, values[w.left], values[w.right], w.held, w.place)
            for w in self.watches
        ]
        return Circuit(
            out if type(out) is Unit else constant(out),
            recording=Recording(comparisons=comparisons),
        )


def from_units(
    output: Unit | float,
    operands: Sequence[Unit],
    since: int,
    comparisons: Iterable[Comparison] = (),
) -> Nested:
    """Read the wiring between `operands` and `output` off recorded units.

    Raises WiringError when it rests on a unit older than `since` that is no operand.
    """
    checks = list(comparisons)
    watched = [op for c in checks for op in c.operands() if type(op) is Unit]
    starts = [*([output] if type(output) is Unit else []), *watched]
    found = reachable_since(starts, since)
    places = {unit._serial: k for k, unit in enumerate(operands)}
    steps: list[Step] = []

    def place(item: Any) -> int:
        if type(item) is Unit:
            return places[item._serial]
        steps.append(Step(None, (), item, None))
        return len(operands) + len(steps) - 1

    for serial in sorted(found):
        unit = found[serial]
        if serial in places:
            continue
        if serial < since:
            raise WiringError(f"{describe(unit)} is used inside a block but is not an operand")
        gate: Any = unit._gate
        if not unit.inputs and unit.gate is None:  # a leaf made inside
            step = Step(None, (), unit.value, unit.name)
        else:
            step = Step(gate, tuple([place(op) for op in unit.inputs]), 0.0, unit.name)
        places[serial] = len(operands) + len(steps)
        steps.append(step)
    watches = [Watch(c.sign, place(c.left), place(c.right), c.held, c.place) for c in checks]
    last = place(output)  # before the steps are counted: a constant is a step
    return Nested(tuple(unit.name for unit in operands), tuple(steps), last, tuple(watches))


def from_circuit(circuit: Circuit, slots: Mapping[int, int] | None = None, size: int = 0) -> Nested:
    """Read a circuit as nested wiring; its leaves are the operands, in order of creation.

    `slots` and `size` put them elsewhere: leaf number k is operand slots[k] of `size` operands.

    Raises WiringError for a circuit of more than one output.
    """
    outputs = [circuit.units[k] for k in circuit.outputs]
    if len(outputs) != 1:
        raise WiringError(f"a block has one output; this circuit has {len(outputs)}")
    leaves = [unit for unit in circuit.units if unit is not None and unit.gate is None]
    operands = leaves
    if slots is not None:
        operands = [Unit(0.0) for _ in range(size)]
        for k, leaf in enumerate(leaves):
            operands[slots[k]] = leaf
    assert outputs[0] is not None
    return from_units(outputs[0], operands, 0, circuit.comparisons)
