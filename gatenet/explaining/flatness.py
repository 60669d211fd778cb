"""Flatness: why one gate lets nothing, or next to nothing, through at the values it stands at.

What is said is read off the gate's declaration: its derivative's formula (a constant 0, another
operand), its kinks, and the word it gives itself for being flat.  No gate is known by its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gatenet.declaration import Gate
from gatenet.explaining.names import Names, amount
from gatenet.formula import Constant, Expr, Symbol
from gatenet.unit import Unit

#: What a gate is called whose derivative is 0 everywhere, as comparisons declare it.
STEP = "a step"
#: A factor of this size or less counts as next to nothing where the gate has a word for it.
FAINT = 0.01


@dataclass(frozen=True)
class Cause:
    """Why a gradient is what it is, in one word (`kind`) and in a sentence (`text`).

    `unit` is where it happens, `label` what that is called, `gate` the gate that drives it.
    """

    kind: str
    text: str
    unit: Unit
    label: str
    gate: Gate | None

    def __str__(self) -> str:
        return self.text


def cause(kind: str, text: str, unit: Unit, names: Names) -> Cause:
    """Make the record of a cause that happens at a unit."""
    return Cause(kind, text, unit, names.label(unit), unit.gate)


def flat_at(unit: Unit, port: int, slope: float, names: Names) -> Cause:
    """Say why the local derivative of a unit in its operand number `port` is about 0."""
    gate: Any = unit._gate
    operand = unit.inputs[port]
    wired, label, at = names.wired(unit, port), names.operand(operand), names.valued(operand)
    there = f"the local derivative there is {amount(slope)}"
    if gate.opaque:
        text = f"{wired} does not change with {label}: {at}, and {there}"
        return cause("flat", text, unit, names)
    if gate.flat == STEP or all(map(_never, gate.partial_formulas)):
        text = f"{wired} is a step: its derivative is 0 everywhere"
        return cause(STEP, text, unit, names)
    if _never(formula_of(gate, port, len(unit.inputs))):
        text = f"in {wired} the operand {label} only decides: its derivative is 0 everywhere"
        return cause(STEP, text, unit, names)
    factor = _factor(gate, port, unit)
    if factor is not None:
        zero = "multiplied by 0" if slope == 0.0 else "multiplied by next to 0"
        text = f"{wired} multiplies {label} by {_which(factor, names)}"
        return cause(zero, text, unit, names)
    if len(gate.inputs) == 1 and not gate.variadic and _at_kink(unit) and slope == 0.0:
        text = f"{wired} stands on its kink: {at}, where the derivative is taken to be 0"
        return cause("kink", text, unit, names)
    if not gate.flat:
        return cause("flat", f"{wired} is flat there: {at}, and {there}", unit, names)
    if len(unit.inputs) == 1:
        return cause(gate.flat, f"{wired} is {gate.flat}: {at}, and {there}", unit, names)
    text = f"in {wired} the operand {label} is {gate.flat}: {_standing(unit, port, names)}"
    return cause(gate.flat, text, unit, names)


def formula_of(gate: Any, port: int, size: int) -> Expr | None:
    """The formula of the local derivative in operand number `port`; None inside a block."""
    if gate.opaque:
        return None
    place = port // (size // gate.groups) if gate.variadic else port
    return gate.partial_formulas[place]  # type: ignore[no-any-return]


def _never(formula: Expr | None) -> bool:
    """Whether a derivative is declared to be 0 everywhere."""
    return isinstance(formula, Constant) and formula.value == 0.0


def _factor(gate: Any, port: int, unit: Unit) -> Unit | float | None:
    """The other operand, where the declaration says that the derivative is just that."""
    formula = formula_of(gate, port, len(unit.inputs))
    if not isinstance(formula, Symbol) or formula.name not in gate.inputs:
        return None
    other = gate.inputs.index(formula.name)
    if not gate.variadic:
        return unit.inputs[other] if other != port else None
    size = len(unit.inputs) // gate.groups
    found: Unit | float = unit.inputs[other * size + port % size]
    return found


def _which(factor: Unit | float, names: Names) -> str:
    """A factor with its value: x, which is 0; or just 0."""
    if type(factor) is not Unit:
        return amount(factor)
    return f"{names.label(factor)}, which is {amount(factor._value)}"


def _standing(unit: Unit, port: int, names: Names) -> str:
    """What a gate of several operands stands at: all of them, or this one and the result."""
    if not unit._gate.variadic:  # type: ignore[union-attr]
        known = [op for op in unit.inputs if type(op) is Unit]
        return ", ".join(dict.fromkeys([names.valued(op) for op in known]))
    return f"{names.valued(unit.inputs[port])}, and the result is {amount(unit._value)}"


def _at_kink(unit: Unit) -> bool:
    """Whether a gate's operands stand exactly on one of its declared kinks."""
    gate: Any = unit._gate
    values = [op._value if type(op) is Unit else op for op in unit.inputs]
    return bool(gate.domain.at_kink({**gate.static, **dict(zip(gate.inputs, values, strict=True))}))
