"""Unconnected: why no path leads from an output to a unit, and what was probably meant.

Knows units and the walk.
"""

from __future__ import annotations

from collections.abc import Iterable

from gatenet.explaining.cone import Cone
from gatenet.explaining.flatness import Cause, cause
from gatenet.explaining.names import Names
from gatenet.texts import counted, figure
from gatenet.unit import Unit
from gatenet.walk import reachable


def why_unconnected(cone: Cone, names: Names) -> list[Cause]:
    """Say that no output depends on the unit, and where the connection may have been lost."""
    unit, outputs = cone.unit, cone.outputs
    label, above = names.label(unit), outputs_text(outputs, names)
    detached = [output for output in outputs if not output.requires_grad]
    if detached:
        text = (
            f"{names.label(detached[0])} is detached (made under no_grad(), by detach(), or with "
            "requires_grad=False): nothing leads back from it"
        )
        return [cause("detached", text, detached[0], names)]
    if unit._serial > max(output._serial for output in outputs):
        text = f"{label} was made after {above}, which cannot depend on it"
        if any(output._serial in reachable([unit]) for output in outputs):
            text = (
                f"{label} is computed from {above}, not the other way round: gradients flow from "
                "a result back to what it was made of"
            )
        return [cause("disconnected", text, unit, names)]
    text = (
        f"no path leads from {above} to {label}: nothing that {above} is computed from uses {label}"
    )
    found = [cause("disconnected", text, unit, names)]
    circuit = reachable(outputs).values()
    return found + _namesakes(unit, circuit, names) + _detached(unit, circuit, names)


def outputs_text(outputs: list[Unit], names: Names) -> str:
    """The outputs by name; several by their number."""
    different = list(dict.fromkeys(outputs))
    if len(different) == 1:
        return names.label(different[0])
    return f"the {counted(len(different), 'output')}"


def _namesakes(unit: Unit, circuit: Iterable[Unit], names: Names) -> list[Cause]:
    """Another unit of the same name in the circuit: a notebook's cell that was run again."""
    if unit._name is None:
        return []
    for other in circuit:
        if other._name == unit._name and other.requires_grad:
            text = (
                f"another unit called {names.label(unit)} is part of the circuit, with the value "
                f"{figure(other._value)} where this one has {figure(unit._value)}: was one of them "
                "made anew, as when a notebook's cell runs twice?"
            )
            return [cause("namesake", text, other, names)]
    return []


def _detached(unit: Unit, circuit: Iterable[Unit], names: Names) -> list[Cause]:
    """Detached leaves of the circuit: where a way back may have been cut."""
    cut = [one for one in circuit if one.gate is None and not one.requires_grad]
    cut.sort(key=lambda one: one._serial)
    copies = [one for one in cut if one._value == unit._value and one._serial > unit._serial]
    if copies:
        text = (
            f"the circuit has a detached leaf of the same value, {names.label(copies[0])}: was "
            f"{names.label(unit)} cut off there, by detach() or under no_grad()?"
        )
        return [cause("detached", text, copies[0], names)]
    if not cut:
        return []
    some = ", ".join([f"{names.label(one)} ({figure(one._value)})" for one in cut[:3]])
    more = f" and {len(cut) - 3} more" if len(cut) > 3 else ""
    text = (
        f"the circuit has {'detached leaves' if len(cut) > 1 else 'a detached leaf'}, {some}"
        f"{more}: what went into {'them' if len(cut) > 1 else 'it'} has no way back"
    )
    return [cause("detached", text, cut[0], names)]
