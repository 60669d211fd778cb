"""Domains in words: where a gate is defined, how it was left, and what people do about it.

Everything is read off the gate's declaration: its condition, its edges, its value.  Knows gates
and names; does not know paths or sweeps.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from gatenet.errors import DomainError
from gatenet.explaining.names import Names, short
from gatenet.formula import Apply, Expr, evaluate, to_text
from gatenet.modes import detect_anomaly
from gatenet.texts import figure
from gatenet.unit import Unit

_LARGEST = "the largest float, 1.8e+308"


class Remark(NamedTuple):
    """What happened, in a sentence, and what can be done about it, in another."""

    what: str
    mend: str


def domain_words(gate: Any) -> str:
    """Where a gate is defined: "x > 0"; "everywhere" where it has no condition."""
    condition = None if gate.opaque else gate.domain.condition
    return "everywhere" if condition is None else condition_words(condition)


def condition_words(condition: Expr) -> str:
    """A condition as people write it; what must merely equal itself must not be nan."""
    if isinstance(condition, Apply) and len(condition.args) == 2:
        left, right = map(to_text, condition.args)
        if left == right:
            return f"{left} is a number"
    return to_text(condition)


def bindings(unit: Unit) -> dict[str, Any]:
    """The operands of a recorded gate by the names its declaration has for them."""
    gate: Any = unit._gate
    values = [op._value if type(op) is Unit else op for op in unit.inputs]
    return {**gate.static, **dict(zip(gate.inputs, gate.split(values), strict=True))}


def edge_at(unit: Unit) -> str:
    """The declared edge that a gate's operands stand on, as "b = 0"; "" where on none."""
    gate: Any = unit._gate
    if gate.opaque:
        return ""
    for edge in gate.domain.edges:
        (found,) = evaluate([edge], bindings(unit))
        if 0.0 in (found if isinstance(found, list) else [found]):
            return f"{to_text(edge)} = 0"
    return ""


def outside(unit: Unit) -> bool:
    """Whether a gate's operands lie outside its declared domain."""
    gate: Any = unit._gate
    return not gate.opaque and not gate.domain.contains(bindings(unit))


def forward_remark(unit: Unit, names: Names) -> Remark:
    """Say why a unit's value is not finite though its operands are, and what helps."""
    gate: Any = unit._gate
    value = figure(unit._value)
    if unit.gate is None:
        return _leaf(unit, names)
    odd = [op for op in unit.inputs if type(op) is not Unit and not math.isfinite(op)]
    if odd:
        return Remark(
            f"One of its operands is the constant {figure(odd[0])}.",
            "look at the line that wired that number in.",
        )
    if gate.opaque:
        return inside_remark(unit)
    spread = names.operand(unit.inputs[0]) if len(unit.inputs) == 1 else ", ".join(gate.inputs)
    standing = f"{spread} is" if len(unit.inputs) == 1 else "The operands are"
    edge = edge_at(unit)
    if edge:
        return Remark(
            f"{standing} on the edge of where {short(gate.name)} is defined, {edge}, and the "
            f"value there is {value}.",
            "keep off the edge. Add a small number such as 1e-12, or choose with gatenet.where.",
        )
    if outside(unit):
        return Remark(
            f"{standing} outside of where {short(gate.name)} is defined ({domain_words(gate)}).",
            f"keep {spread} inside. gatenet.clip and gatenet.maximum hold a value at a bound, and "
            "gatenet.where chooses what to do beyond it.",
        )
    return Remark(
        f"The operands are finite, but the result is past {_LARGEST}.",
        "scale the operands down, or stay with logarithms: logsumexp, log_sigmoid and softplus "
        "are written so that they do not overflow.",
    )


def inside_remark(unit: Unit) -> Remark:
    """Say of a block, which is one row, what happens inside it: it is run again under watch."""
    gate: Any = unit._gate
    what = f"It happens inside {short(gate.name)}, which is one row here."
    try:
        with detect_anomaly():
            _ = unit.partials
    except DomainError as error:
        told = str(error) if not gate.circuits else str(error).split("; built at")[0]
        what += f" Run again, it says: {told}."
    return Remark(what, "call the function without the block around it to see every gate.")


def _leaf(unit: Unit, names: Names) -> Remark:
    """Say of a leaf that it was given what it has."""
    given = f"{names.label(unit)} is a leaf: it was given the value {figure(unit._value)}."
    if unit.role == "parameter":
        return Remark(
            given,
            "look at what wrote it. An optimizer's step with a gradient that was not finite, or "
            "with a learning rate too large; or its initial value.",
        )
    return Remark(
        given, "look at where the number comes from, the data or what was computed from them."
    )


def backward_remark(unit: Unit, port: int, upstream: float, pull: float, names: Names) -> Remark:
    """Say why a pull is not finite though the upstream is, and what helps."""
    slope = unit.partials[port]
    label, at = names.operand(unit.inputs[port]), names.valued(unit.inputs[port])
    gate: Any = unit._gate
    edge = edge_at(unit)
    if math.isfinite(slope) and math.isfinite(pull):
        return Remark(
            f"The pulls into {label} are finite and add up to more than {_LARGEST}.",
            "scale the loss down (a mean in place of a sum), or clip the gradients.",
        )
    if math.isfinite(slope):
        return Remark(
            f"Upstream and local derivative are finite; their product is past {_LARGEST}.",
            "scale the loss or the operands down.",
        )
    if upstream == 0.0:
        return Remark(
            f"No gradient comes from above, and 0 times {figure(slope)} is nan.",
            "keep the operand that is infinite out of this gate, with gatenet.where.",
        )
    if not gate.opaque and outside(unit):
        return Remark(
            f"The operands are outside of where {short(gate.name)} is defined "
            f"({domain_words(gate)}): there is no derivative.",
            f"keep {', '.join(gate.inputs)} inside, with gatenet.clip or gatenet.where.",
        )
    where = f"on the edge {edge}" if edge else f"where {at}"
    return Remark(
        f"The value is finite, but {where} the local derivative is {figure(slope)}.",
        f"keep {label} off that point. Add a small number such as 1e-12, or choose with "
        "gatenet.where.",
    )
