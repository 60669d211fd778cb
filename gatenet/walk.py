"""The walk: every unit that some outputs depend on, in topological order; and whether it is stale.

A unit exists only after its inputs, so serial numbers are a topological order: the walk collects,
and sorting does the rest.  It is the only walk in the project; backpropagation, text, pictures,
files and pickles all use it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gatenet.errors import StaleCircuitError
from gatenet.storage import NATIVE
from gatenet.unit import MANY, Unit, describe, last_write


def reachable(outputs: Iterable[Unit]) -> dict[int, Unit]:
    """Every unit that the outputs depend on, themselves included, by serial number.

    Sorted by serial number they are in topological order: a unit exists only after its inputs.
    """
    found = {unit._serial: unit for unit in outputs}
    stack = list(found.values())
    pop, push = stack.pop, stack.append
    while stack:
        unit: Any = pop()
        while unit is not None:  # go on with one operand, leave the other for later
            following = None
            pb = unit._pb
            if pb is MANY:
                for operand in unit._a:
                    if type(operand) is Unit and operand._serial not in found:
                        found[operand._serial] = operand
                        push(operand)
                break
            if unit._pa is not None:
                a = unit._a
                serial = a._serial
                if serial not in found:
                    found[serial] = following = a
            if pb is not None:
                b = unit._b
                serial = b._serial
                if serial not in found:
                    found[serial] = b
                    if following is None:
                        following = b
                    else:
                        push(b)
            unit = following
    return found


def reachable_since(outputs: Iterable[Unit], since: int) -> dict[int, Unit]:
    """As `reachable`, going no further down than the first units older than serial `since`.

    Those are included: they are what the younger units take from outside.
    """
    found: dict[int, Unit] = {}
    stack = list(outputs)
    while stack:
        unit = stack.pop()
        if unit._serial not in found:
            found[unit._serial] = unit
            if unit._serial >= since:
                stack.extend([operand for operand in unit.inputs if type(operand) is Unit])
    return found


def topological(outputs: Iterable[Unit]) -> list[Unit]:
    """The units that the outputs depend on, inputs before outputs, in the order of creation."""
    if NATIVE is not None:
        return NATIVE.topological(list(outputs))  # type: ignore[no-any-return]
    found = reachable(outputs)
    return [found[serial] for serial in sorted(found)]


def stale_pair(found: Mapping[int, Unit], order: Sequence[int]) -> tuple[Unit, Unit] | None:
    """Find a unit that was computed before one of its inputs was written or replayed.

    `order` is the sorted serial numbers.  When the oldest gate is younger than the last write
    anywhere, as in every training step, nothing more needs to be looked at.
    """
    written = last_write()
    for serial in order:
        if found[serial]._a is not None:
            if serial > written:
                return None
            break
    for serial in order:
        unit = found[serial]
        for operand in unit.inputs:
            if type(operand) is Unit and operand._time > unit._time:
                return unit, operand
    return None


def check_fresh(found: Mapping[int, Unit], order: Sequence[int]) -> None:
    """Raise StaleCircuitError when a value is older than a write to something it depends on."""
    pair = stale_pair(found, order)
    if pair is None:
        return
    unit, source = pair
    what = "was written" if source._a is None else "was replayed"
    raise StaleCircuitError(
        f"{describe(unit)} was computed before {describe(source)} {what}: its gradient would mix "
        "old and new values. Replay it with Circuit(loss).forward(), loss being the output that "
        "you differentiate, or build it again",
        unit=unit,
        source=source,
    )
