"""Names: what units, gates and their operands are called in an explanation, in safe text.

A unit is called by its name, or u and its row number in the circuit, as everywhere in gatenet.
Knows circuits and texts; does not know paths or causes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from gatenet.circuit import Circuit
from gatenet.listing import applied
from gatenet.texts import ELLIPSIS, figure, shown
from gatenet.unit import Unit

#: The longest name that is written in full; of a longer one both ends are.
LONGEST = 32
_END = 20
#: A gate of more operands is shown by its first ones and the one that is spoken of.
_OPERANDS = 4


class Names:
    """What the units of one circuit are called."""

    def __init__(self, circuit: Circuit | Sequence[Unit]) -> None:
        self._of = circuit

    @cached_property
    def _rows(self) -> dict[int, int]:
        """The row number of each unit, by its serial: as a Circuit numbers them, with constants."""
        circuit = self._of if isinstance(self._of, Circuit) else Circuit(list(self._of))
        rows: dict[int, int] = {}
        row = 0
        for unit in circuit.order:
            for operand in unit.inputs:
                if type(operand) is not Unit:
                    row += 1
            rows[unit._serial] = row
            row += 1
        return rows

    def label(self, unit: Unit) -> str:
        """What a unit is called; "unit" where it has no name and is not in the circuit."""
        if unit._name:
            return short(unit._name)
        row = self._rows.get(unit._serial)
        return "unit" if row is None else f"u{row}"

    def operand(self, operand: Unit | float) -> str:
        """A unit by its label, a constant as a number."""
        return self.label(operand) if type(operand) is Unit else amount(operand)

    def wired(self, unit: Unit, port: int = 0) -> str:
        """A unit with its gate and operands, as one would type it: h1 = relu(s1).

        Of many operands a few are shown, number `port` among them.
        """
        gate: Any = unit._gate
        if unit.gate is None:
            return self.label(unit)
        return f"{self.label(unit)} = {self.call(gate, unit.inputs, port)}"

    def call(self, gate: Any, operands: Sequence[Unit | float], port: int = 0) -> str:
        """A gate applied to its operands."""
        static = {} if gate.base is gate else dict(gate.static)
        if len(operands) <= _OPERANDS:
            return applied(shown(gate.name, LONGEST), [self.operand(op) for op in operands], static)
        parts = [self.operand(op) for op in operands[:2]]
        parts += [ELLIPSIS] * (port > 2)
        parts += [self.operand(operands[port])] * (port > 1)
        parts += [ELLIPSIS] * (port < len(operands) - 1)
        return f"{shown(gate.name, LONGEST)}({', '.join(parts)})"

    def valued(self, operand: Unit | float) -> str:
        """A unit with its value, as a clause: s1 is -0.31."""
        if type(operand) is not Unit:
            return f"the constant {amount(operand)}"
        return f"{self.label(operand)} is {amount(operand._value)}"


def short(name: str) -> str:
    """A name in one safe line; of a long one its beginning and its end, which tell it apart.

    >>> short("layers.0.neurons.11.embedding.weights.0")
    'layers.0.ne….embedding.weights.0'
    """
    text = shown(name)
    if len(text) <= LONGEST:
        return text
    start = len(text) - _END
    while start < len(text) and unicodedata.category(text[start])[0] in "MC":
        start += 1  # not in the middle of a letter
    return shown(text, LONGEST - _END) + text[start:]


def amount(x: float, digits: int = 6) -> str:
    """A number as text, without a sign on 0."""
    return figure(x + 0.0, digits)


def symbol_of(gate: Any) -> str:
    """What a gate is drawn with, in a formula's line."""
    symbol = (gate.symbol or "").strip()
    return shown(gate.name if symbol in ("", "·") else symbol, 14)  # the dot stands between factors
