"""Asides: what a picture says about itself, in words below its boxes.

That its numbers are older than a write, that it was folded to be readable, that something which
was asked for made no difference.  Knows rows, units and foldings; does not know boxes.
"""

from __future__ import annotations

from typing import Any

from gatenet.walk import stale_pair

from .wording import Reading


def staleness(circuit: Reading) -> str:
    """Say what the values are older than; "" where none is older than what it depends on."""
    found = {unit.serial: unit for unit in circuit.units if unit is not None}
    pair = stale_pair(found, sorted(found))
    if pair is None:
        return ""
    source: Any = pair[1]
    row = next(row for row, unit in enumerate(circuit.units) if unit is source)
    what = "a replay of" if source.inputs else "a write to"
    return (
        f"Values are older than {what} {circuit.label(row, 40)}: "
        "replay with Circuit(loss).forward()."
    )
