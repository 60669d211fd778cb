"""Genealogy: where the first nan or infinity was born, and the way it took.

Knows births and domains in words; the text is laid out here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gatenet.declaration import Gate
from gatenet.errors import OperandError
from gatenet.explaining.births import (
    Pull,
    backward_pull,
    forward_trail,
    harmless_trail,
    way_up,
)
from gatenet.explaining.domains import (
    Remark,
    backward_remark,
    domain_words,
    forward_remark,
    inside_remark,
)
from gatenet.explaining.names import Names
from gatenet.explaining.printed import wrapped
from gatenet.modes import place_of
from gatenet.texts import ELLIPSIS, figure
from gatenet.unit import Unit

#: A longer trail is shown by its two ends and by where it turned to nan.
_TRAIL = 9
#: So many operands of a gate are listed.
_OPERANDS = 8


@dataclass(frozen=True, eq=False, repr=False)
class Genealogy:
    """Where a value or gradient first went nan or infinite; printing it tells the story.

    `born` is the unit that went first, `gate` the gate that made it (None for a leaf that was
    given such a value), `operands` and `partials` what it stood at, `place` the source line that
    built it where `detect_anomaly(check_nan=False)` noted it.  In phase "backward" `port` is the
    operand whose pull was the first, `upstream` and `pull` its numbers.  `trail` leads from the
    birth to the unit that was asked about.  `what` and `mend` say what happened and what helps.
    """

    unit: Unit
    phase: str
    born: Unit
    trail: tuple[Unit, ...]
    what: str
    mend: str
    port: int | None = None
    upstream: float | None = None
    pull: float | None = None
    place: str = ""
    harmless: bool = False

    @property
    def gate(self) -> Gate | None:
        """The gate of the birth; None for a leaf."""
        return self.born.gate

    @property
    def operands(self) -> tuple[Unit | float, ...]:
        """What the gate of the birth was applied to."""
        return self.born.inputs

    @cached_property
    def partials(self) -> tuple[float, ...]:
        """The local derivatives of the birth in its operands."""
        return self.born.partials

    @cached_property
    def text(self) -> str:
        """The whole story as text, at most some 80 columns wide."""
        return _printed(self)

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


def genealogy(unit: Unit) -> Genealogy | None:
    """Find the first nan or infinity behind a unit: of the forward pass, else of a sweep from it.

    A value of the unit itself that is not finite is followed back to its birth.  Where it is
    finite, a sweep is made (no `.grad` is changed) and stopped at the first pull that is not.
    Where that is in order as well, an infinity among what the unit depends on is reported as
    harmless.  None where everything is finite.

    Raises StaleCircuitError when a value is older than a write to something it depends on,
    OperandError for what is not a unit.

    >>> p = Unit(-1.0, "p")
    >>> loss = p.log() * 2.0
    >>> genealogy(loss).born.gate, genealogy(loss).operands
    (log, (Unit(-1.0, name='p'),))
    """
    if type(unit) is not Unit:
        raise OperandError(f"genealogy takes the unit that is asked about, not {unit!r}")
    names = Names([unit])
    if not math.isfinite(unit._value):
        return _forward(unit, forward_trail(unit), names)
    pull = backward_pull(unit)
    if pull is not None:
        return _backward(unit, pull, names)
    trail = harmless_trail(unit)
    return None if trail is None else _forward(unit, trail, names, harmless=True)


def _forward(unit: Unit, trail: Sequence[Unit], names: Names, harmless: bool = False) -> Genealogy:
    born = trail[0]
    what, mend = forward_remark(born, names)
    return Genealogy(
        unit, "forward", born, tuple(trail), what, mend, place=place_of(born), harmless=harmless
    )


def _backward(unit: Unit, pull: Pull, names: Names) -> Genealogy:
    born, port, upstream = pull
    made = upstream * born.partials[port]
    what, mend = _backward_remark(born, port, upstream, made, names)
    return Genealogy(
        unit, "backward", born, tuple(way_up(born, unit)), what, mend, port, upstream, made,
        place_of(born),
    )  # fmt: skip


def _backward_remark(born: Unit, port: int, upstream: float, made: float, names: Names) -> Remark:
    """What happened at a pull; a value that was not finite before is said first."""
    gate: Any = born._gate
    odd = [op for op in born.inputs if type(op) is Unit and not math.isfinite(op._value)]
    if gate.opaque:
        return inside_remark(born)
    if odd and not math.isfinite(born.partials[port]):
        first = forward_trail(odd[0])[0]
        what, mend = forward_remark(first, names)
        return Remark(
            f"The value is finite, but {names.valued(odd[0])} since the forward pass, and so the "
            f"local derivative is {figure(born.partials[port])}. {what}",
            mend,
        )
    return backward_remark(born, port, upstream, made, names)


def _printed(one: Genealogy) -> str:
    """Lay out a genealogy."""
    names = Names([one.unit])
    parts = [_headline(one, names), _table(one, names)]
    parts.append(wrapped(one.what))
    if one.place:
        parts.append(wrapped(f"It was built at {one.place}"))
    trail = _trail(one, names)
    parts += [trail] if trail else []
    if not one.harmless:
        parts.append(wrapped(f"What helps: {one.mend}"))
    return "\n\n".join([part for part in parts if part])


def _headline(one: Genealogy, names: Names) -> str:
    """Where it was born, in a sentence."""
    born, label = one.born, names.label(one.born)
    if one.phase == "backward":
        assert one.port is not None
        operand = names.operand(born.inputs[one.port])
        return wrapped(
            f"The sweep from {names.label(one.unit)} goes wrong at "
            f"{names.wired(born, one.port)}, in its pull into {operand}."
        )
    value = "nan" if born._value != born._value else figure(born._value)
    if one.harmless:
        return wrapped(
            f"{names.label(one.unit)} and its gradients are finite. On the way {label} is {value}, "
            "which does no harm here."
        )
    if born.gate is None:
        return wrapped(f"The first value that is not finite is that of {label}: {value}.")
    return wrapped(f"The first value that is not finite is {names.wired(born)}: {value}.")


def _table(one: Genealogy, names: Names) -> str:
    """The gate's operands and numbers, aligned."""
    born = one.born
    if born.gate is None:
        return ""
    gate: Any = born._gate
    rows = []
    for k, operand in enumerate(born.inputs[:_OPERANDS]):
        value = figure(operand._value if type(operand) is Unit else operand)
        name = gate.inputs[k] if not gate.variadic and not gate.opaque else f"operand {k}"
        what = names.label(operand) if type(operand) is Unit else "a constant"
        rows.append((name, value, what))
    if len(born.inputs) > _OPERANDS:
        rows.append(("", ELLIPSIS, f"{len(born.inputs) - _OPERANDS} more operands"))
    rows.append(("value", figure(born._value), names.label(born)))
    if one.phase == "backward":
        assert one.port is not None and one.upstream is not None and one.pull is not None
        into = names.operand(born.inputs[one.port])
        slope = born.partials[one.port]
        rows.append(("upstream", figure(one.upstream), f"the gradient of {names.label(born)}"))
        rows.append(("partial", figure(slope), f"∂{names.label(born)}/∂{into}"))
        rows.append(("pull", figure(one.pull), f"upstream · partial, into {into}"))
    rows.append(("domain", "", domain_words(gate)))
    first = max(len(row[0]) for row in rows)
    second = max(len(row[1]) for row in rows)
    return "\n".join([f"  {a.ljust(first)}  {b.rjust(second)}  {c}".rstrip() for a, b, c in rows])


def _trail(one: Genealogy, names: Names) -> str:
    """The units from the birth to the one asked about, with their values."""
    if len(one.trail) < 2:
        return ""
    shown = list(range(len(one.trail)))
    if len(shown) > _TRAIL:
        turned = next((k for k in shown if one.trail[k]._value != one.trail[k]._value), 0)
        keep = {*shown[:3], *shown[-3:], *([turned] if one.phase == "forward" else [])}
        shown = sorted(keep)
    lines, last = [], -1
    for k in shown:
        if k != last + 1:
            lines.append(f"  {ELLIPSIS} {k - last - 1:,} more")
        unit = one.trail[k]
        lines.append(f"  {names.wired(unit)}  is  {figure(unit._value)}")
        last = k
    head = "From there to" if one.phase == "forward" else "The way from there up to"
    return f"{head} {names.label(one.unit)}:\n" + "\n".join(lines)
