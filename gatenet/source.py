"""Source: a circuit as Python text that builds it again.

A name of a unit reaches the text as a string literal alone, and the variables are u0, u1 ... as
everywhere; a circuit of a million gates is a million short lines, never one deep expression.
"""

from __future__ import annotations

import math

from gatenet.circuit import Circuit, Row
from gatenet.declaration import Gate
from gatenet.errors import FormatError
from gatenet.gates import CATALOGUE
from gatenet.modes import Comparison
from gatenet.unit import Unit


def to_python(circuit: Circuit) -> str:
    """Write Python source that rebuilds a circuit as the variable `circuit`.

    Raises FormatError for a gate that source cannot name (a rule given as bare Python).

    >>> from gatenet import Circuit, Unit
    >>> print(to_python(Circuit((Unit(2.0, "x") * 3).relu())), end="")
    from gatenet import Circuit, Unit, gates
    <BLANKLINE>
    u0 = Unit(2.0, 'x')
    u2 = gates.multiply(u0, 3.0)
    u3 = gates.relu(u2)
    circuit = Circuit(u3)
    """
    names = ["Circuit", "Unit", "gates"]
    lines: list[str] = []
    used = {row.gate.name: row.gate for row in circuit.rows if row.gate is not None}
    own = {name: gate for name, gate in used.items() if CATALOGUE.get(name) is not gate}
    values = circuit.values
    texts: list[str] = []
    for k, row in enumerate(circuit.rows):
        texts.append(_number(values[k]) if row.role == "constant" else f"u{k}")
        if row.role != "constant":
            made = _leaf(row, values[k]) if row.gate is None else _applied(row, texts, row.gate)
            lines.append(f"u{k} = {made}")
        unit = circuit.units[k]
        if row.gate is not None and row.name is not None:
            lines.append(f"u{k}.name = {row.name!r}")
        if unit is not None and not unit.requires_grad:
            lines.append(f"u{k}.requires_grad = False")
    outputs = [f"u{k}" for k in circuit.outputs]
    output = outputs[0] if circuit.single else f"[{', '.join(outputs)}]"
    head = [f"from gatenet import {', '.join(names)}"]
    if own:
        modules = sorted({gate.__module__ for gate in own.values()})
        head.append("from gatenet.declaration import registry")
        head.append(f"# The gates {', '.join(sorted(own))} are not gatenet's: import the modules")
        head.append(f"# that declare them before this one: {', '.join(map(ascii, modules))}")
    if circuit.comparisons:
        head.append("from gatenet.modes import Comparison, Recording")
        lines.append("recording = Recording()")
        lines += [
            f"recording.comparisons.append({_comparison(circuit, comparison)})"
            for comparison in circuit.comparisons
        ]
        output += ", recording=recording"
    lines.append(f"circuit = Circuit({output})")
    return "\n".join([*head, "", *lines, ""])


def _leaf(row: Row, value: float) -> str:
    name = f", {row.name!r}" if row.name is not None else ""
    role = f", role={row.role!r}" if row.role != "input" else ""
    return f"Unit({_number(value)}{name}{role})"


def _applied(row: Row, texts: list[str], gate: Gate) -> str:
    if gate.opaque:
        raise FormatError(
            f"the rule {gate.name!r} was given as Python code, which no text can name: declare "
            "it with @gate, or build that part from gates",
            gate=gate,
        )
    function = f"gates.{gate.name}"
    if CATALOGUE.get(gate.name) is not gate:
        function = f"registry()[{gate.name!r}]"
    operands = [texts[k] for k in row.operands]
    if gate.groups > 1:
        lists = gate.split(operands)
        operands = [f"[{', '.join(listed)}]" for listed in lists]
    static = [f"{name}={_number(value)}" for name, value in row.static.items()]
    return f"{function}({', '.join([*operands, *static])})"


def _number(value: float) -> str:
    return repr(value) if math.isfinite(value) else f'float("{value!r}")'


def _comparison(circuit: Circuit, comparison: Comparison) -> str:
    sides = [
        f"u{circuit.index(side)}" if type(side) is Unit else _number(side)
        for side in comparison.operands()
    ]
    sign, place = comparison.sign, comparison.place
    return f"Comparison({sign!r}, {sides[0]}, {sides[1]}, {comparison.held}, {place!r})"
