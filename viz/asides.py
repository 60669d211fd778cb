"""Asides: what a picture says about itself, in words below its boxes.

That its numbers are older than a write, that it was folded to be readable, that something which
was asked for made no difference.  Knows rows, units and foldings; does not know boxes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gatenet.walk import stale_pair

from .folding import Folding
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


def on_folding(
    folds: Folding, most: int, depth: int | None, *, readable: bool, idle: bool
) -> Iterator[str]:
    """Say how a folding differs from what may have been expected.

    `most` is the most boxes it may have, `readable` says that nobody asked for folding, and
    `idle` that something was to be opened where nothing is folded.
    """
    runs = any(group.key.startswith("run:") for group in folds.groups.values())
    units = sum(lead >= 0 for lead in folds.owner)
    if readable and folds.groups:
        yield "Folded to be readable: depth=4 draws every gate."
    if depth is not None and runs:
        mend = (
            f"max_units={units} draws every gate" if depth == 4 else "a larger max_units shows it"
        )
        yield f"More boxes at depth={depth} than max_units={most}, so it is folded further: {mend}."
    if idle:
        yield "Nothing is folded here that open= could open: depth=2 draws layers, depth=3 neurons."
