"""Comparing: two passes over the same wiring in one picture.

Before and after an optimizer's step, analytic against numeric, pass against pass: every unit
shows both of its values and gradients and how they changed, and the largest changes are named
in words.  Knows snapshots, overlays and drawings.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gatenet.errors import RangeError, WiringError
from gatenet.texts import shown

from .changes import difference, largest
from .drawing import FEWEST, Drawing
from .fold import folding
from .labels import DASH, number
from .overlay import Overlay
from .picture import wrong_ending
from .scale import top_of
from .scene import scene
from .snapshot import Snapshot, snapshot

RANKS = ("largest", "2nd", "3rd")


def compare(
    before: Any,
    after: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    names: tuple[str, str] | None = None,
    engine: str = "auto",
    max_units: int = 500,
) -> Drawing:
    """Draw what changed between two passes over the same wiring, and save it where a path is given.

    Each side is a unit or units, a Circuit, a Stepper, or a `snapshot` of one; or a mapping of
    gradients by unit, name or row number, to hold numeric gradients against those of a pass.
    `names` are what the sides are called.  To see an optimizer's step, take a snapshot, step,
    and compare it with the new loss.

    >>> from gatenet import Unit
    >>> x = Unit(3.0, "x")
    >>> y = x * x
    >>> y.backward()
    >>> compare(y, {"x": 6.001}, engine="builtin").scene.caption[2]
    'Largest changes of gradient: x 6 → 6.001 (+0.001).'

    Raises:
        WiringError: if the two are not wired alike, or a mapping's key is not one of the units.
        StaleCircuitError: if a side's values are older than a write to something they depend on.
        RangeError: if `engine` is unknown or `max_units` is less than 4.
        FormatError: if the ending of `path` is none of .svg, .dot and .gv.
    """
    if not isinstance(max_units, int) or max_units < FEWEST:
        raise RangeError(
            f"max_units got {max_units!r}; it is how many boxes a picture may have, "
            f"a whole number from {FEWEST}",
            max_units=max_units,
        )
    if path is not None and Path(path).suffix.lower() not in Drawing.endings:
        raise wrong_ending(path, Drawing.endings)
    first, second = _pair(before, after)
    _check(first, second)
    numeric = isinstance(before, Mapping) or isinstance(after, Mapping)
    called = names or (("analytic", "numeric") if numeric else ("before", "after"))
    if isinstance(before, Mapping) and names is None:
        called = ("numeric", "analytic")
    overlay = compared(first, second, (shown(called[0], 40), shown(called[1], 40)))
    drawing = Drawing(scene(second, folding(second.rows, max_units), overlay), engine)
    if path is not None:
        drawing.save(path)
    return drawing


def compared(before: Snapshot, after: Snapshot, names: tuple[str, str]) -> Overlay:
    """Return what a picture shows of the change from one snapshot to another."""
    rows = [row for row, wiring in enumerate(after.rows) if wiring.role != "constant"]
    values = {row: difference(before.values[row], after.values[row]) for row in rows}
    grads = {row: difference(before.gradients[row], after.gradients[row]) for row in rows}
    notes: dict[int, list[str]] = {}
    said = []
    for what, changes, one, other in (
        ("value", values, before.values, after.values),
        ("gradient", grads, before.gradients, after.gradients),
    ):
        found = largest(changes)
        for rank, row in zip(RANKS, found, strict=False):
            notes.setdefault(row, []).append(f"{rank} Δ {what}")
        lines = [_line(after, row, one[row], other[row], changes[row]) for row in found]
        listed = f"Largest changes of {what}: {', '.join(lines)}."
        said.append(listed if lines else _no_change(what, one, other, rows))
    return Overlay(
        gradients=dict(enumerate(after.gradients)),
        values=dict(enumerate(after.values)),
        states=dict.fromkeys(notes, "largest"),
        notes={row: ", ".join(some) for row, some in notes.items()},
        sentence="\n".join(said),
        title=f"{names[0]} → {names[1]}",
        kind="comparison",
        before=Overlay(
            gradients=dict(enumerate(before.gradients)), values=dict(enumerate(before.values))
        ),
        names=names,
        tops=(top_of(values.values()), top_of(grads.values())),
    )


def _pair(before: Any, after: Any) -> tuple[Snapshot, Snapshot]:
    """Return both sides as snapshots; a mapping's side is the other with its gradients."""
    if isinstance(before, Mapping):
        second = snapshot(after)
        return second.with_gradients(before), second
    first = snapshot(before)
    return first, first.with_gradients(after) if isinstance(after, Mapping) else snapshot(after)


def _check(before: Snapshot, after: Snapshot) -> None:
    """Raise WiringError where two circuits are not wired alike."""
    if len(before.rows) != len(after.rows):
        raise WiringError(
            f"cannot compare a circuit of {len(before.rows):,} rows with one of "
            f"{len(after.rows):,}: the two sides must be wired alike, gate for gate"
        )
    for row, (a, b) in enumerate(zip(before.rows, after.rows, strict=True)):
        if (a.gate, a.operands, a.role) != (b.gate, b.operands, b.role):
            one, other = [x.role if x.gate is None else x.gate.name for x in (a, b)]
            raise WiringError(
                f"cannot compare: row {row} is {one} of rows {list(a.operands)} before and "
                f"{other} of rows {list(b.operands)} after; the two sides must be wired alike, "
                "gate for gate. Build both by the same code, or replay one circuit"
            )


def _no_change(
    what: str, before: Sequence[float | None], after: Sequence[float | None], rows: Sequence[int]
) -> str:
    """Say that nothing changed, or why nothing can be said to have."""
    first, second = (any(side[row] is not None for row in rows) for side in (before, after))
    if first and second:
        both = any(before[row] is not None and after[row] is not None for row in rows)
        return f"No {what} changed." if both else f"No unit has a {what} in both passes."
    if first or second:
        return f"The {'second' if first else 'first'} pass has no {what}s: call backward() first."
    return f"Neither pass has {what}s: call backward() first." if rows else f"No {what} changed."


def _line(
    of: Snapshot, row: int, before: float | None, after: float | None, change: float | None
) -> str:
    """Say one change in words."""
    name = shown(of.rows[row].name or f"u{row}", 40)
    one, other, by = [DASH if x is None else number(x) for x in (before, after, change)]
    return f"{name} {one} → {other} ({'+' if change and change > 0 else ''}{by})"
