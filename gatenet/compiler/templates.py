"""Templates: what a gate becomes, in primitive gates; worked out once per kind and shape.

The lines are those that the eager engine prints its functions from (`calculation.laid_out`), so
that a compiled gate computes what the recorded one did, operation for operation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gatenet.calculation import laid_out
from gatenet.compiler.nodes import Core
from gatenet.declaration import Gate

#: For a gate of fixed arity, which operands a derivative is wanted in; else how many there are.
Shape = tuple[bool, ...] | int

#: Templates of n-ary gates up to this size are kept; a longer one is as long as its row anyway.
KEPT = 256


class Template(NamedTuple):
    """Steps over places: the operands come first, then the static numbers, then the steps.

    A step is a constant, or a primitive gate and the places it reads.  `value` is the place of
    the gate's value, `partials` those of the derivatives, None where none is wanted.
    """

    steps: tuple[tuple[Gate, tuple[int, ...]] | float, ...]
    value: int
    partials: tuple[int | None, ...]

    def place(self, core: Core, nodes: Sequence[int]) -> list[int]:
        """Add the steps over nodes of operands and static numbers; give each place's node."""
        env = list(nodes)
        emit = core.emit
        for step in self.steps:
            if isinstance(step, float):
                env.append(core.constant(step))
            else:
                gate, places = step
                env.append(emit(gate, tuple([env[k] for k in places])))
        return env


def template(gate: Gate, shape: Shape) -> Template:
    """Give the template of a gate, static parameters aside: they are places as operands are."""
    base = gate.base
    key = ("template", shape)
    found = base.made.get(key)
    if found is None:
        found = _worked_out(base, shape)
        if not isinstance(shape, int) or shape <= KEPT:
            base.made[key] = found
    return found


def _worked_out(gate: Gate, shape: Shape) -> Template:
    if isinstance(shape, int):
        lines, roots = laid_out(gate, size=shape)
        count = shape
    else:
        lines, roots = laid_out(gate, shape)
        count = len(shape)
    named = {f"x{k}": k for k in range(count)}
    named.update({f"s{k}": count + k for k in range(len(gate.static))})
    place: list[int] = []
    steps: list[tuple[Gate, tuple[int, ...]] | float] = []
    for line in lines.lines:
        if line.kind == "symbol":
            place.append(named[line.data])
            continue
        if line.kind == "constant":
            steps.append(float(line.data))
        else:
            steps.append((line.data, tuple([place[arg] for arg in line.args])))
        place.append(len(named) + len(steps) - 1)
    value, *partials = [None if root is None else place[root] for root in roots]
    assert value is not None
    return Template(tuple(steps), value, tuple(partials))
