"""Wires: which boxes are joined, and what each wire says.

Wires run in the order of the rows; those that begin or end in a folded box are merged where
they join the same two, and counted.  Knows circuits as they are read, and overlays.
"""

from __future__ import annotations

from collections.abc import Sequence

from gatenet.texts import counted

from .held import pull_of
from .overlay import Overlay, Pulled
from .parts import Wire
from .wording import Reading

TOLD = 12
"""The most pulls that the hover text of one folded wire lists."""


def wires(
    circuit: Reading,
    overlay: Overlay,
    owner: Sequence[int],
    places: dict[int, int],
    alone: Sequence[bool],
) -> list[Wire]:
    """List the wires between boxes: `places` has each lead row's box, `alone` the single ones."""
    found: list[Wire] = []
    merged: dict[tuple[int, int], list[int]] = {}
    pulled: dict[tuple[int, int], list[Pulled]] = {}
    for head, row in enumerate(circuit.rows):
        if owner[head] < 0 or not row.operands:
            continue
        to = places[owner[head]]
        for port, operand in enumerate(row.operands):
            start = places.get(owner[operand], to)
            if start == to:
                continue
            if alone[to] and alone[start]:
                found.append(_known(circuit, overlay, start, to, operand, head, port))
                continue
            pull = overlay.pulls.get((operand, head, port))
            if pull is not None:
                pulled.setdefault((start, to), []).append(pull)
            if (start, to) in merged:
                merged[start, to].append(head)
            else:
                merged[start, to] = [len(found), head]
                found.append(Wire(start, to, 1, ()))
    for (start, to), (at, *heads) in merged.items():
        found[at] = _merged(overlay, start, to, heads, pulled.get((start, to), []))
    return found


def _known(
    circuit: Reading, overlay: Overlay, start: int, to: int, operand: int, head: int, port: int
) -> Wire:
    """Return one wire, as it was before in a series where nothing on it changed."""
    key = (
        (operand, head, port),
        overlay.kind,
        _state(overlay, head),
        overlay.value(circuit, operand),
        overlay.gradients.get(head),
        overlay.pulls.get((operand, head, port)),
    )
    return overlay.once(key, lambda: _wire(circuit, overlay, start, to, operand, head, port))


def _wire(
    circuit: Reading, overlay: Overlay, start: int, to: int, operand: int, head: int, port: int
) -> Wire:
    """Describe one wire: where it runs, and the chain rule along it with every digit."""
    hover = [f"{circuit.operand(operand)} → {circuit.label(head, 40)}"]
    state = _state(overlay, head)
    if circuit.constant(operand):
        if overlay.kind == "backward":
            state = ""
        return Wire(start, to, 1, tuple(hover), state)
    value = overlay.value(circuit, operand)
    pull = overlay.pulls.get((operand, head, port))
    hover.append("value not computed yet" if value is None else f"value {value!r}")
    if state != "pending" or overlay.kind == "backward":
        hover += _chain(circuit, overlay, head, port, state)
    if pull is not None:
        hover.append(pull.hover)
    text, sign = ("", "") if pull is None else pull[:2]
    return Wire(start, to, 1, tuple(hover), state, text, sign)


def _chain(circuit: Reading, overlay: Overlay, head: int, port: int, state: str) -> list[str]:
    """Say local derivative, upstream and pull of one wire, as far as they are known."""
    unit, gate = circuit.units[head], circuit.rows[head].gate
    partials = () if unit is None else unit.partials
    if overlay.before is not None or port >= len(partials) or gate is None:
        return []
    lines = [f"local derivative {float(partials[port])!r}"]
    upstream = overlay.gradients.get(head)
    if upstream is None or state not in ("", "done", "working"):
        return lines
    lines.append(f"upstream {upstream!r}")
    if not gate.opaque:
        lines.append(f"pull {pull_of(gate, upstream, float(partials[port]))!r}")
    return lines


def _state(overlay: Overlay, head: int) -> str:
    """Return the state of a wire: that of the gate it enters, which is all or nothing."""
    state = overlay.states.get(head, "")
    return "pending" if state == "partial" else state


def _merged(
    overlay: Overlay, start: int, to: int, heads: Sequence[int], pulls: Sequence[Pulled]
) -> Wire:
    """Describe all wires between two boxes as one."""
    n = len(heads)
    states = {_state(overlay, head) for head in heads}
    state = states.pop() if len(states) == 1 else "working" if "working" in states else "done"
    hover = (
        [counted(n, "wire"), *[f"{p.hover}: {p.text}" for p in pulls[:TOLD]]]
        if n > 1 or pulls
        else []
    )
    text, sign = "", ""
    if pulls:
        text = pulls[0].text if len(pulls) == 1 else counted(len(pulls), "pull")
        sign = pulls[0].sign if len({p.sign for p in pulls}) == 1 else "mixed"
    return Wire(start, to, n, tuple(hover), state, text, sign)
