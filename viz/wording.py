"""Wording: the texts of a picture, read off a circuit and made safe to show.

Knows rows, units and labels; does not know boxes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gatenet.texts import ELLIPSIS, LONGEST, count, counted, shown

from .fold import KINDS, kind
from .labels import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gatenet.circuit import Row
    from gatenet.unit import Unit

NOT_VISITED = "gradient not visited by backward"
SAID = 12
"""The most local derivatives, or outputs, that one text lists."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read off a circuit, once: its tables cost a pass each."""

    rows: Sequence[Row]
    units: Sequence[Unit | None]
    values: Sequence[float]
    outputs: Sequence[int]

    def label(self, row: int, longest: int = LONGEST) -> str:
        """Return what a row is called, as it is shown."""
        return _shown(str(self.rows[row].name or f"u{row}"), longest)

    def operand(self, row: int) -> str:
        """Name a row as an operand: its label, or a constant's value."""
        if self.constant(row):
            return repr(float(self.values[row]))
        return self.label(row, 40)

    def constant(self, row: int) -> bool:
        """Say whether a row is a constant."""
        return bool(self.rows[row].role == "constant")


@lru_cache(maxsize=8192)
def _shown(text: str, longest: int) -> str:
    """Make a name safe to show: a picture says the same ones many times."""
    return shown(text, longest)


def symbol_of(wiring: Any) -> str:
    """Return what a gate is drawn with: its symbol, and its static parameter if it has one."""
    if wiring.gate is None:
        return ""
    symbol = str(wiring.gate.symbol).strip() or str(wiring.gate.name)
    fixed = [number(x) for x in wiring.static.values() if isinstance(x, int | float)]
    return shown(f"{symbol} {fixed[0]}" if len(fixed) == 1 else symbol)


def hover_of(
    circuit: Reading, row: int, name: str, value: float | None, grad: float | None
) -> tuple[str, ...]:
    """Say everything about a unit, with every digit: gate, value, gradient, derivatives."""
    wiring, unit = circuit.rows[row], circuit.units[row]
    lines = [f"{name}: {KINDS[kind(wiring)]}"]
    if wiring.gate is not None:
        some = [circuit.operand(operand) for operand in wiring.operands[:SAID]]
        some += [ELLIPSIS] * (len(wiring.operands) > SAID)
        some += [f"{shown(str(key))}={value!r}" for key, value in wiring.static.items()]
        lines = [f"{name} = {shown(str(wiring.gate.name))}({', '.join(some)})"]
    lines.append("value not computed yet" if value is None else f"value {value!r}")
    lines.append(NOT_VISITED if grad is None else f"gradient {grad!r}")
    if unit is not None and value is not None:
        pairs = list(zip(wiring.operands, unit.partials, strict=False))
        for operand, partial in pairs[:SAID]:
            if not circuit.constant(operand):
                lines.append(f"∂{name}/∂{circuit.operand(operand)} = {float(partial)!r}")
        if len(pairs) > SAID:
            lines.append(f"{ELLIPSIS} and {count(len(pairs) - SAID)} more")
    return tuple(lines)


def said(circuit: Reading, note: str) -> tuple[str, str]:
    """Return the picture's title and its description in words."""
    kinds = [kind(row) for row in circuit.rows]
    parts = [
        counted(kinds.count(k), "gate" if k == 0 else name)
        for k, name in enumerate(KINDS)
        if k in kinds
    ]
    ends = [
        f"{circuit.label(row, 40)} = {number(float(circuit.values[row]))}"
        for row in circuit.outputs[:SAID]
    ]
    more = [f"{count(len(circuit.outputs) - SAID)} more"] if len(circuit.outputs) > SAID else []
    description = f"Values flow from left to right. Outputs: {', '.join(ends + more)}."
    return f"Circuit of {', '.join(parts)}", description + (f" {note}." if note else "")


def extent(some: list[float]) -> tuple[float, ...]:
    """Return the least and the greatest number; (nan, nan) if one is nan, () if none is."""
    if any(math.isnan(x) for x in some):
        return (math.nan, math.nan)
    return (min(some), max(some)) if some else ()


def between(low: float, high: float) -> str:
    """Write a range of numbers."""
    lower, upper = number(low), number(high)
    return lower if lower == upper else f"{lower} {ELLIPSIS} {upper}"
