"""Boxes: what the box of a unit, or of a folded group, says.

Knows circuits as they are read, overlays and the words for them; does not know wires.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gatenet.texts import ELLIPSIS, count, counted, shown

from .changes import changed
from .fold import KINDS, kind
from .folding import Group
from .labels import DASH, number
from .overlay import Overlay
from .parts import Box
from .scale import sign_of, strength_of
from .wording import NOT_VISITED, Reading, between, extent, hover_of, symbol_of

ONE_RESULT = "sum"
"""The kind of group that is drawn like one gate."""


def unit_box(circuit: Reading, overlay: Overlay, row: int, top: int, output: bool) -> Box:
    """Describe the box of a single unit."""
    shows, grad = overlay.value(circuit, row), overlay.gradients.get(row)
    state, note = overlay.states.get(row, ""), overlay.notes.get(row, "")
    said = _said(overlay, row)
    key = (row, shows, grad, state, note, said)
    return overlay.once(key, lambda: _unit_box(circuit, overlay, row, top, output))


def _unit_box(circuit: Reading, overlay: Overlay, row: int, top: int, output: bool) -> Box:
    """Describe the box of a single unit, whether it was described before or not."""
    wiring = circuit.rows[row]
    role = KINDS[kind(wiring)]
    if role == "constant":
        value = float(circuit.values[row])
        hover = (f"constant {value!r}",)
        return Box(row, role, output, "", False, number(value, 9), None, "zero", "", hover)
    name = circuit.label(row)
    shows, grad = overlay.value(circuit, row), overlay.gradients.get(row)
    box = Box(
        number=row,
        role=role,
        output=output,
        name=name,
        named=bool(wiring.name),
        value=DASH if shows is None else number(shows),
        grad=DASH if grad is None else number(grad),
        sign=sign_of(grad, grad),
        symbol=symbol_of(wiring),
        hover=_said(overlay, row) + hover_of(circuit, row, name, shows, grad),
        state=overlay.states.get(row, ""),
        note=overlay.notes.get(row, ""),
        strength=strength_of([grad], top),
    )
    return box if overlay.before is None else changed(box, circuit, overlay, [row])


def group_box(
    circuit: Reading,
    overlay: Overlay,
    lead: int,
    group: Group,
    rows: Sequence[int],
    results: Sequence[int],
    top: int,
) -> Box:
    """Describe a folded group by its results: how many, and the range of their numbers."""
    values = [overlay.value(circuit, row) for row in results]
    grads = [overlay.gradients.get(row) for row in results]
    span = extent(known(values)) if None not in values else ()
    pull = extent(known(grads))
    role = KINDS[kind(circuit.rows[lead])]
    state, note = _progress(overlay, circuit, rows)
    name = _title(group)
    outputs = len(set(rows).intersection(circuit.outputs))
    hover = [*_said(overlay, overlay.working if overlay.working in rows else -1)]
    hover += [f"{name}: {counted(len(rows), 'unit')} folded", f"opens as {shown(group.key)}"]
    hover += _ranges(circuit, overlay, rows)
    if outputs:
        hover.append(f"{counted(outputs, 'output')} among them")
    box = Box(
        number=lead,
        role=f"folded {role}",
        output=outputs > 0,
        name=name,
        named=True,
        value=between(*span) if span else DASH,
        grad=None if role == "constant" else between(*pull) if pull else DASH,
        sign=sign_of(*pull) if pull else "unvisited",
        symbol="Σ" if group.kind == ONE_RESULT else "",
        hover=tuple(hover),
        count=len(rows),
        state=state,
        note=note,
        strength=strength_of(pull, top),
        group=group,
    )
    return box if overlay.before is None else changed(box, circuit, overlay, results)


def known(numbers: Iterable[float | None]) -> list[float]:
    """Return the numbers that are there."""
    return [x for x in numbers if x is not None]


def _title(group: Group) -> str:
    """Return what a folded box is called: its title, and how many equal parts it stands for."""
    title = shown(group.title)
    if group.kind == "run":
        return f"{ELLIPSIS} {title} {ELLIPSIS}"
    return f"{title} ×{count(group.copies)}" if group.copies > 1 and "×" not in title else title


def _said(overlay: Overlay, row: int) -> tuple[str, ...]:
    """Return what the overlay alone knows of a row, for its hover text."""
    some = [overlay.sentence] if row == overlay.working and row >= 0 else []
    return tuple(line for line in [*some, overlay.remarks.get(row, "")] if line)


def _ranges(circuit: Reading, overlay: Overlay, rows: Sequence[int]) -> list[str]:
    """Say for each kind of unit in a group how many there are and between what numbers."""
    lines = []
    for which, role in enumerate(KINDS):
        some = [row for row in rows if kind(circuit.rows[row]) == which]
        if not some:
            continue
        values = extent(known(overlay.value(circuit, row) for row in some))
        grads = extent(known(overlay.gradients.get(row) for row in some))
        line = counted(len(some), "gate" if role == "inner" else role)
        line += f": value {between(*values)}" if values else ": value not computed yet"
        if role != "constant":
            line += f", gradient {between(*grads)}" if grads else f", {NOT_VISITED}"
        lines.append(line)
    return lines


def _progress(overlay: Overlay, circuit: Reading, rows: Sequence[int]) -> tuple[str, str]:
    """Return the state of a group, and how many of its units are done."""
    if overlay.before is not None:
        notes = [overlay.notes[row] for row in rows if row in overlay.notes]
        many = f"{count(len(notes))} of the largest Δ"
        return ("largest", many if len(notes) > 1 else notes[0]) if notes else ("", "")
    if not overlay.states:
        return "", ""
    states = [overlay.states.get(row) for row in rows if not circuit.constant(row)]
    done = states.count("done")
    word = "computed" if overlay.kind == "forward" else "visited"
    if "working" in states:
        return "working", f"at work, {count(done)} of {count(len(states))} {word}"
    if done == len(states):
        return "done", ""
    if done or "partial" in states:
        return "partial", f"{count(done)} of {count(len(states))} {word}"
    return "pending", ""
