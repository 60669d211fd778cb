"""Encoding: a circuit as JSON text, one row a line, the same bytes for the same circuit.

Knows circuits; `decoding` reads what is written here and `io` puts it in files.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from gatenet.circuit import Circuit, Row
from gatenet.errors import FlippedBranchError, FormatError, OperandError, StaleCircuitError
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
    modules: dict[str, str] = {}
    body = _body(circuit, modules, "")
    parts = [f'"format": "{FORMAT}"', f'"version": {VERSION}']
    if modules:
        named = {name: modules[name] for name in sorted(modules)}
        parts.append(f'"gates": {json.dumps(named)}')
    return "{\n" + ",\n".join([*parts, *body]) + "\n}\n"


def _body(circuit: Circuit, modules: dict[str, str], where: str) -> list[str]:
    """Write blocks, rows, outputs and comparisons; note the modules of gates that are not ours."""
    blocks: dict[int, int] = {}
    texts: list[str] = []
    rows: list[str] = []
    values = circuit.values
    for k, row in enumerate(circuit.rows):
        gate: Any = row.gate
        if gate is not None and gate.opaque:
            if id(gate) not in blocks:
                blocks[id(gate)] = len(texts)
                texts.append(_block(gate, modules, f"{where}rows[{k}].gate"))
            _reproducible(gate, [values[i] for i in row.operands], f"{where}rows[{k}]")
            driver = f'"block": {blocks[id(gate)]}'
        elif gate is not None:
            driver = f'"gate": "{gate.name}"'
            if CATALOGUE.get(gate.name) is not gate:
                modules[gate.name] = gate.__module__
        else:
            driver = f'"role": "{row.role}"'
        rows.append(_row(k, row, driver, circuit, values[k], where))
    parts = ['"blocks": [\n' + ",\n".join(texts) + "\n]"] if texts else []
    parts.append('"rows": [\n' + ",\n".join(rows) + "\n]")
    outputs = circuit.outputs
    parts.append(f'"output": {outputs[0]}' if circuit.single else f'"outputs": {outputs}')
    if circuit.comparisons:
        lines = [_comparison(circuit, comparison) for comparison in circuit.comparisons]
        parts.append('"comparisons": [\n' + ",\n".join(lines) + "\n]")
    return parts


def _row(k: int, row: Row, driver: str, circuit: Circuit, value: float, where: str) -> str:
    parts = [driver]
    if row.gate is not None:
        parts.append(f'"operands": {list(row.operands)}')
        if row.static:
            static = [f"{json.dumps(key)}: {_number(v)}" for key, v in row.static.items()]
            parts.append(f'"static": {{{", ".join(static)}}}')
    parts.append(f'"value": {_number(value)}')
    if row.name is not None:
        parts.append(f'"name": {_label(row.name, f"{where}rows[{k}].name")}')
    unit = circuit.units[k]
    if unit is not None and not unit.requires_grad:
        parts.append('"requires_grad": false')
    return "{" + ", ".join(parts) + "}"


def _block(gate: Any, modules: dict[str, str], where: str) -> str:
    """Write a gate around nested circuits: its kind, its circuits and what their leaves are."""
    if gate.kind is None:
        raise FormatError(
            f"{where}: {gate.name!r} is a rule given as Python code, which a file cannot hold. "
            + (gate.mend or "Declare it with @gate, or build that part from gates"),
            where=where,
            gate=gate,
        )
    circuits = [
        "{" + ", ".join(_body(circuit, modules, f"{where}.circuits[{k}].")) + "}"
        for k, circuit in enumerate(gate.circuits)
    ]
    slots = json.dumps([list(slots) for slots in gate.slots])
    name = _label(gate.name, where)
    return (
        f'{{"kind": "{gate.kind}", "name": {name}, "size": {gate.size}, "slots": {slots}, '
        f'"circuits": [\n{", ".join(circuits)}\n]}}'
    )


def _reproducible(gate: Any, operands: list[float], where: str) -> None:
    """Refuse a row whose block went another way than the one a file keeps, the first traced."""
    if not gate.nested:
        return
    skip = len(operands) - gate.size
    chosen = gate.nested[operands[0] == 0.0 if skip else 0]
    try:
        chosen.value(operands[skip:])
    except FlippedBranchError as error:
        raise FormatError(
            f"{where}: {error}; a file keeps one way through each block", where=where, gate=gate
        ) from None


def _number(value: float) -> str:
    """Print a float for JSON, which has no infinities and no nan: those go as text."""
    return repr(value) if math.isfinite(value) else f'"{value!r}"'


def _label(name: str, where: str) -> str:
    if len(name) > LABEL:
        raise FormatError(
            f"{where}: it has {len(name)} characters, and a file takes {LABEL}: shorten unit.name",
            where=where,
        )
    try:
        name.encode()
    except UnicodeEncodeError:
        raise FormatError(
            f"{where}: {name[:40]!r} holds half a character (a lone surrogate), which no UTF-8 "
            "file can hold; change unit.name",
            where=where,
        ) from None
    return json.dumps(name, ensure_ascii=False)


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
