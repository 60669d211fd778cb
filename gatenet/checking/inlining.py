"""Inlining: a circuit with its blocks, choices and checkpoints opened, so that all its gates show.

The leaves are the same units; rows that depend on no block are the same as well.  What a block
computes is worked out by the gates inside it, and a wrong one among them can be named.
Knows blocks and circuits; does not know what is checked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gatenet.blocks.checkpointing import Checkpoint
from gatenet.blocks.choice import Block, IfElse
from gatenet.circuit import Circuit
from gatenet.eager import applied
from gatenet.gates import where
from gatenet.modes import Recording, enable_grad, record
from gatenet.unit import Unit, tick
from gatenet.walk import reachable_since

#: Blocks within blocks are opened so many levels deep.
_LEVELS = 50


def inlined(circuit: Circuit) -> tuple[Circuit, dict[int, Unit]]:
    """The circuit on the same leaves with every block opened, itself where there is none.

    With it, by serial number, the unit that stands for each unit that had to be wired again.
    """
    moved: dict[int, Any] = {}
    for _ in range(_LEVELS):
        if not any(_opens(unit) for unit in circuit.order):
            break
        circuit, more = _opened_once(circuit)
        moved = {**more, **{serial: _put(unit, more) for serial, unit in moved.items()}}
    return circuit, moved


def _opens(unit: Unit) -> bool:
    return unit._a is not None and isinstance(unit._gate, (Block, IfElse, Checkpoint))


def _opened_once(circuit: Circuit) -> tuple[Circuit, dict[int, Any]]:
    """Open the outermost blocks: their insides are recorded, and what uses them wired again."""
    instead: dict[int, Any] = {}
    firsts: dict[int, list[Any]] = {}
    with record(), enable_grad():
        for unit in circuit.order:
            if unit._a is None:
                continue
            operands = [_put(op, instead) for op in unit.inputs]
            if _opens(unit):
                instead[unit._serial] = _inside(unit, operands, instead, firsts)
            elif any(new is not old for new, old in zip(operands, unit.inputs, strict=True)):
                instead[unit._serial] = _again(unit._gate, operands)
    for unit in circuit.ends:
        end = _put(unit, instead)
        instead[unit._serial] = end if type(end) is Unit else Unit(end)
    ends = [instead[unit._serial] for unit in circuit.ends]
    known = {end._serial for end in ends}
    leaves = [unit for unit in circuit.order if unit._a is None and unit._serial not in known]
    for old in circuit.order:
        new = instead.get(old._serial)
        if type(new) is Unit and new is not old and new._name is None and new._a is not None:
            new._name = old._name
    return Circuit([*leaves, *ends], recording=Recording()), instead


def _put(operand: Any, instead: dict[int, Any]) -> Any:
    return instead.get(operand._serial, operand) if type(operand) is Unit else operand


def _again(gate: Any, operands: list[Any]) -> Any:
    if any(type(op) is Unit for op in operands):
        return applied(gate, operands)
    return gate.value(*operands)


def _inside(
    unit: Unit, operands: list[Any], instead: dict[int, Any], firsts: dict[int, list[Any]]
) -> Any:
    """The output of a block's own wiring, on the operands put in their places."""
    gate: Any = unit._gate
    if isinstance(gate, Checkpoint):
        first = unit.inputs[0]._serial if gate.index else unit._serial  # type: ignore[union-attr]
        if first not in firsts:
            firsts[first] = _transplanted(unit, gate, instead)
        return firsts[first][gate.index]
    if not isinstance(gate, IfElse):
        return _run(gate.branches[0], operands, gate.index)
    taken, rest = gate._chosen(operands)
    both = []
    for branch in gate.branches:
        try:
            both.append(_run(branch, rest, gate.index))
        except Exception:  # what nobody takes may be anything: a domain left, a log of nothing
            if branch is taken:
                raise
            both.append(math.nan)
    return where(operands[0], *both)


def _run(branch: Any, operands: Sequence[Any], index: int) -> Any:
    return branch.attempt(lambda nested: nested.run(operands)[nested.output], operands, index)


def _transplanted(unit: Unit, gate: Checkpoint, instead: dict[int, Any]) -> list[Any]:
    """A checkpoint's inside: recorded on the units it closes over, then wired on others."""
    since = tick()
    rows, _ = gate.inner.again(gate._wires(unit.inputs))
    found = reachable_since([row for row in rows if type(row) is Unit], since)
    here = dict(instead)
    for serial in sorted(found):
        one = found[serial]
        if serial <= since or one._a is None:
            continue
        operands = [_put(op, here) for op in one.inputs]
        if any(new is not old for new, old in zip(operands, one.inputs, strict=True)):
            here[serial] = _again(one._gate, operands)
    return [_put(row, here) for row in rows]
