"""Lowering: a recorded circuit as a program, and its gradient built on the same declarations.

Forwards every gate becomes its template of primitive gates.  Backwards the pulls are laid out in
the order in which the sweep makes them: highest serial first, operand by operand, upstream times
local derivative, none from an upstream of 0 where the derivative can be infinite.  So a program's
gradient is the sweep's, to the bit.  Knows units and circuits by what they recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from gatenet.compiler.builder import Builder
from gatenet.compiler.engine import collector_paused
from gatenet.compiler.program import Check
from gatenet.compiler.templates import template
from gatenet.declaration import Gate, comparison, registry
from gatenet.errors import CompileError
from gatenet.gates import equal, where
from gatenet.unit import Unit


class Step(NamedTuple):
    """One gate as it was recorded: the places of its operands among all places."""

    gate: Any
    places: Sequence[int]


class Wiring(NamedTuple):
    """What is lowered: places 0 to len(given) - 1 are given nodes, then one place for each step."""

    given: Sequence[int]
    steps: Sequence[Step]


class Lowered:
    """A wiring in a builder: a node for each place, and its reverse pass.

    `wanted` are the given places that derivatives are wanted in; what no such derivative needs is
    not laid out.
    """

    def __init__(self, builder: Builder, wiring: Wiring, wanted: Iterable[int]) -> None:
        self.builder = builder
        self.wiring = wiring
        self.checks: list[Check] = []
        self.needed = bytearray(len(wiring.given) + len(wiring.steps))
        for k in wanted:
            self.needed[k] = 1
        self._laid = builder.laid(wiring.given, wiring.steps, self.needed, template, self._inside)
        self.nodes = self._laid.nodes()

    def reverse(self, seeds: Mapping[int, int]) -> dict[int, int]:
        """Lay out the reverse pass; `seeds` and the result map places to nodes of gradients.

        The result's places are those of `wiring.given`.
        """
        return self._laid.reverse(dict(seeds))

    def _inside(
        self, gate: Any, operands: Sequence[int], wants: tuple[bool, ...]
    ) -> tuple[int, list[int | None]]:
        """Lay out the circuits inside a block; a choice between two works both out and picks."""
        nested = getattr(gate, "nested", None)
        if nested is None:
            raise CompileError(
                f"gate {gate.name!r} is Python code, which cannot be compiled: declare it with "
                "@gatenet.gate, as a formula with its derivatives",
                gate=gate,
            )
        skip = len(operands) - gate.size
        found = [self._branch(one, operands[skip:], wants[skip:]) for one in nested]
        if len(found) == 1:
            (value, partials, checks) = found[0]
            self.checks += checks
            return value, [None] * skip + partials
        (value, partials, checks), (other, others, more) = found
        asked, emit = operands[0], self.builder.emit
        one = self.builder.constant(1.0)
        self.checks += [c._replace(node=emit(where, (asked, c.node, one))) for c in checks]
        self.checks += [c._replace(node=emit(where, (asked, one, c.node))) for c in more]
        chosen: list[int | None] = [self.builder.constant(0.0)] * skip
        chosen += [
            None if a is None or b is None else emit(where, (asked, a, b))
            for a, b in zip(partials, others, strict=True)
        ]
        return emit(where, (asked, value, other)), chosen

    def _branch(
        self, nested: Any, operands: Sequence[int], wants: Sequence[bool]
    ) -> tuple[int, list[int | None], list[Check]]:
        given = list(operands)
        places = list(range(len(operands)))  # of the nested places among ours
        steps = []
        constants = [step for step in nested.steps if step.gate is None]
        given += [self.builder.constant(step.value) for step in constants]
        spare = iter(range(len(operands), len(given)))
        for step in nested.steps:
            if step.gate is None:
                places.append(next(spare))
            else:
                steps.append(Step(step.gate, [places[k] for k in step.places]))
                places.append(len(given) + len(steps) - 1)
        wanted = [k for k, want in enumerate(wants) if want]
        inner = Lowered(self.builder, Wiring(given, steps), wanted)
        output = places[nested.output]
        adjoints = inner.reverse({output: self.builder.constant(1.0)})
        nothing = self.builder.constant(0.0)
        partials = [adjoints.get(k, nothing) if want else None for k, want in enumerate(wants)]
        checks = list(inner.checks)
        for watch in nested.watches:
            sides = [inner.nodes[places[k]] for k in (watch.left, watch.right)]
            checks.append(checked(self.builder, watch, sides))
        return inner.nodes[output], partials, checks


@collector_paused()
def wiring_of(
    builder: Builder, order: Sequence[Unit], leaves: Mapping[int, int]
) -> tuple[Wiring, dict[int, int]]:
    """Read recorded units, in their order; `leaves` maps the serials of leaves to nodes.

    Gives the wiring, and the place of each unit by its serial.
    """
    given: list[int] = []
    places: dict[int, int] = {}
    constants: dict[float | str, int] = {}
    read: list[tuple[Unit, Sequence[Any]]] = []
    for unit in order:
        if unit._a is None:
            places[unit._serial] = len(given)
            given.append(leaves[unit._serial])
            continue
        operands: Sequence[Any] = unit.inputs
        read.append((unit, operands))
        for operand in operands:
            if type(operand) is float:
                key = operand or operand.hex()  # 0.0 is not -0.0
                if key not in constants:
                    constants[key] = len(given)
                    given.append(builder.constant(operand))
    steps: list[Step] = []
    step = tuple.__new__  # a named tuple's own constructor takes three times as long
    place = len(given)
    for unit, operands in read:
        found = [
            constants[op or op.hex()] if type(op) is float else places[op._serial]
            for op in operands
        ]
        steps.append(step(Step, (unit._gate, found)))
        places[unit._serial] = place
        place += 1
    return Wiring(given, steps), places


def checked(builder: Builder, asked: Any, sides: Sequence[int]) -> Check:
    """The check that a recorded comparison goes as it went: sign, held, and the nodes compared."""
    node = builder.emit(_comparing(asked.sign), (sides[0], sides[1]))
    if not asked.held:
        node = builder.emit(equal, (node, builder.constant(0.0)))
    was = "held" if asked.held else "did not hold"
    return Check(node, f"the comparison {asked.sign} asked at {asked.place}, which {was}")


def _comparing(sign: str) -> Gate:
    """The gate that asks what a sign of Python's asks."""
    return next(gate for gate in registry().values() if gate.primitive == comparison(sign))
