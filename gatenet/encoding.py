"""Encoding: a circuit as JSON text, one row a line, the same bytes for the same circuit.

Knows circuits; `decoding` reads what is written here and `io` puts it in files.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from gatenet.circuit import Circuit, Row
from gatenet.declaration import Gate
from gatenet.errors import FormatError, OperandError, StaleCircuitError
from gatenet.gates import CATALOGUE
from gatenet.strictjson import LABEL
from gatenet.unit import Unit

FORMAT = "gatenet.circuit"
VERSION = 1


def dumps(circuit: Circuit) -> str:
    """Write a circuit as JSON text: wiring, values, names, roles, static parameters, outputs.

    Every float comes back with the same bits (a nan as a nan), gradients are not kept.  The
    comparisons recorded under `record()` are kept with the place that asked, less its folders.

    Raises FormatError for a gate that a file cannot name (a rule given as bare Python), and
    StaleCircuitError when a value is older than a write to something it depends on.

    >>> from gatenet import Circuit, Unit
    >>> print(dumps(Circuit(Unit(2.0, "x") * 3)), end="")
    {
    "format": "gatenet.circuit",
    "version": 1,
    "rows": [
    {"role": "input", "value": 2.0, "name": "x"},
    {"role": "constant", "value": 3.0},
    {"gate": "multiply", "operands": [0, 1], "value": 6.0}
    ],
    "output": 2
    }
    """
    if not isinstance(circuit, Circuit):
        raise OperandError(
            f"only a Circuit is saved, not {type(circuit).__name__}: write Circuit(output) first"
        )
    if circuit.stale:
        raise StaleCircuitError(
            "this circuit's values are older than a write to one of its leaves: replay it with "
            "forward() before saving it"
        )
    values = circuit.values
    rows = [_row(k, row, circuit, values[k]) for k, row in enumerate(circuit.rows)]
    parts = [f'"format": "{FORMAT}"', f'"version": {VERSION}']
    modules = _modules(circuit)
    if modules:
        parts.append(f'"gates": {json.dumps(modules)}')
    parts.append('"rows": [\n' + ",\n".join(rows) + "\n]")
    outputs = circuit.outputs
    parts.append(f'"output": {outputs[0]}' if circuit.single else f'"outputs": {outputs}')
    if circuit.comparisons:
        lines = [_comparison(circuit, comparison) for comparison in circuit.comparisons]
        parts.append('"comparisons": [\n' + ",\n".join(lines) + "\n]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _row(k: int, row: Row, circuit: Circuit, value: float) -> str:
    if row.gate is None:
        parts = [f'"role": "{row.role}"', f'"value": {_number(value)}']
    else:
        _nameable(row.gate, k)
        parts = [f'"gate": "{row.gate.name}"', f'"operands": {list(row.operands)}']
        if row.static:
            static = [f"{json.dumps(key)}: {_number(v)}" for key, v in row.static.items()]
            parts.append(f'"static": {{{", ".join(static)}}}')
        parts.append(f'"value": {_number(value)}')
    if row.name is not None:
        parts.append(f'"name": {_label(row.name, k)}')
    unit = circuit.units[k]
    if unit is not None and not unit.requires_grad:
        parts.append('"requires_grad": false')
    return "{" + ", ".join(parts) + "}"


def _number(value: float) -> str:
    """Print a float for JSON, which has no infinities and no nan: those go as text."""
    return repr(value) if math.isfinite(value) else f'"{value!r}"'


def _label(name: str, k: int) -> str:
    if len(name) > LABEL:
        raise FormatError(
            f"the name of row {k} has {len(name)} characters, and a file takes {LABEL}: "
            "shorten unit.name",
            where=f"rows[{k}].name",
        )
    try:
        name.encode()
    except UnicodeEncodeError:
        raise FormatError(
            f"the name of row {k} holds half a character (a lone surrogate), which no UTF-8 file "
            f"can hold: {name[:40]!r}; change unit.name",
            where=f"rows[{k}].name",
        ) from None
    return json.dumps(name, ensure_ascii=False)


def _nameable(gate: Gate, k: int) -> None:
    if gate.opaque:
        raise FormatError(
            f"row {k} is the rule {gate.name!r}, given as Python code, which a file cannot hold: "
            "declare it with @gate, or build that part from gates",
            where=f"rows[{k}].gate",
            gate=gate,
        )


def _modules(circuit: Circuit) -> dict[str, str]:
    """Where the gates that are not gatenet's own were declared: to say so to who loads it."""
    used = {row.gate.name: row.gate for row in circuit.rows if row.gate is not None}
    own = {name for name, gate in used.items() if CATALOGUE.get(name) is gate}
    return {name: used[name].__module__ for name in sorted(set(used) - own)}


def _comparison(circuit: Circuit, comparison: Any) -> str:
    parts = [f'"left": {circuit.index(comparison.left)}', f'"sign": "{comparison.sign}"']
    right = comparison.right
    if type(right) is Unit:
        parts.append(f'"right": {circuit.index(right)}')
    else:
        parts.append(f'"number": {_number(right)}')
    parts.append(f'"held": {"true" if comparison.held else "false"}')
    parts.append(f'"place": {_place(comparison.place)}')
    return "{" + ", ".join(parts) + "}"


def _place(place: str) -> str:
    """Keep the file's name and the line, and leave the folders of this machine out."""
    found = re.match(r"(.*?)(:\d+(?:: |$).*)", place, re.DOTALL)
    if found:
        place = re.split(r"[/\\]", found[1])[-1] + found[2]
    return json.dumps(place[:LABEL].encode(errors="replace").decode(), ensure_ascii=False)
