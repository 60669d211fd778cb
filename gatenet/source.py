"""Source: a circuit as Python text that builds it again.

A name of a unit reaches the text as a string literal alone, and the variables are u0, u1 ... as
everywhere; a circuit of a million gates is a million short lines, never one deep expression.
"""

from __future__ import annotations

import math
from typing import Any

from gatenet.circuit import Circuit, Row
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
    writer = _Writer()
    lines, made = writer.circuit(circuit)
    head = ["from gatenet import Circuit, Unit, gates"]
    if writer.blocks:
        head.append("from gatenet.blocks.choice import rebuilt")
    if writer.foreign:
        modules = sorted(set(writer.foreign.values()))
        head.append("from gatenet.declaration import registry")
        head.append(f"# The gates {', '.join(sorted(writer.foreign))} are not gatenet's: import")
        head.append(f"# what declares them before this: {', '.join(map(ascii, modules))}")
    if writer.compares:
        head.append("from gatenet.modes import Comparison, Recording")
    return "\n".join([*head, "", *writer.blocks, *lines, f"circuit = {made}", ""])


class _Writer:
    """Writes one circuit, and the circuits nested in it, which become functions block0, block1."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.names: dict[int, str] = {}
        self.foreign: dict[str, str] = {}
        self.compares = False

    def circuit(self, circuit: Circuit) -> tuple[list[str], str]:
        """Give the lines that build a circuit's units, and the expression that makes it."""
        lines: list[str] = []
        values = circuit.values
        texts: list[str] = []
        for k, row in enumerate(circuit.rows):
            texts.append(_number(values[k]) if row.role == "constant" else f"u{k}")
            if row.role == "constant":
                continue
            made = _leaf(row, values[k]) if row.gate is None else self._applied(row, texts)
            lines.append(f"u{k} = {made}")
            if row.gate is not None and row.name is not None:
                lines.append(f"u{k}.name = {row.name!r}")
            unit = circuit.units[k]
            if unit is not None and not unit.requires_grad:
                lines.append(f"u{k}.requires_grad = False")
        outputs = [f"u{k}" for k in circuit.outputs]
        output = outputs[0] if circuit.single else f"[{', '.join(outputs)}]"
        if circuit.comparisons:
            self.compares = True
            lines.append("recording = Recording()")
            lines += [
                f"recording.comparisons.append({_comparison(circuit, comparison)})"
                for comparison in circuit.comparisons
            ]
            output += ", recording=recording"
        return lines, f"Circuit({output})"

    def _applied(self, row: Row, texts: list[str]) -> str:
        gate: Any = row.gate
        operands = [texts[k] for k in row.operands]
        if gate.opaque:
            return f"{self._block(gate)}({', '.join(operands)})"
        function = f"gates.{gate.name}"
        if CATALOGUE.get(gate.name) is not gate:
            function = f"registry()[{gate.name!r}]"
            self.foreign[gate.name] = gate.__module__
        if gate.groups > 1:
            lists = gate.split(operands)
            operands = [f"[{', '.join(listed)}]" for listed in lists]
        static = [f"{name}={_number(value)}" for name, value in row.static.items()]
        return f"{function}({', '.join([*operands, *static])})"

    def _block(self, gate: Any) -> str:
        """Write a gate around nested circuits once; give the variable it is in."""
        if id(gate) in self.names:
            return self.names[id(gate)]
        if gate.kind is None:
            raise FormatError(
                f"{gate.name!r} is a rule given as Python code, which no text can name. "
                + (gate.mend or "Declare it with @gate, or build that part from gates"),
                gate=gate,
            )
        functions = []
        for circuit in gate.circuits:
            lines, made = self.circuit(circuit)
            functions.append(f"circuit{sum(line.startswith('def ') for line in self.blocks)}")
            self.blocks += [f"def {functions[-1]}():", *[f"    {line}" for line in lines]]
            self.blocks += [f"    return {made}", ""]
        name = self.names[id(gate)] = f"block{len(self.names)}"
        called = ", ".join(f"{function}()" for function in functions)
        slots = [list(slots) for slots in gate.slots]
        self.blocks.append(
            f"{name} = rebuilt({gate.kind!r}, [{called}], {slots}, {gate.size}, name={gate.name!r})"
        )
        return name


def _leaf(row: Row, value: float) -> str:
    name = f", {row.name!r}" if row.name is not None else ""
    role = f", role={row.role!r}" if row.role != "input" else ""
    return f"Unit({_number(value)}{name}{role})"


def _number(value: float) -> str:
    return repr(value) if math.isfinite(value) else f'float("{value!r}")'


def _comparison(circuit: Circuit, comparison: Comparison) -> str:
    sides = [
        f"u{circuit.index(side)}" if type(side) is Unit else _number(side)
        for side in comparison.operands()
    ]
    sign, place = comparison.sign, comparison.place
    return f"Comparison({sign!r}, {sides[0]}, {sides[1]}, {comparison.held}, {place!r})"
