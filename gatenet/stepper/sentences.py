"""Sentences: the chain rule in numbers and names, as one says it to somebody beside one.

Knows events; decides nothing but words.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gatenet.listing import applied
from gatenet.texts import counted, figure, shown

if TYPE_CHECKING:
    from gatenet.stepper.events import Change, Event, Pull

SAID = 4
"""The most pulls of one gate that a sentence spells out."""


def sentence(event: Event) -> str:
    """Say what an event did.

    >>> from gatenet import Stepper, Unit
    >>> a, b = Unit(2.0, "a"), Unit(-3.0, "b")
    >>> for event in Stepper(a * b): print(event)
    u2 = a * b: upstream 1 (the seed). To a: 1 × -3 = -3, gathered 0 → -3 (pull 1 of 1). To b:
    1 × 2 = 2, gathered 0 → 2 (pull 1 of 1).
    b is an input: its 1 pull brought 2. b.grad 0 → 2.
    a is an input: its 1 pull brought -3. a.grad 0 → -3.
    """
    return " ".join(lines(event))


def lines(event: Event) -> list[str]:
    """The same in lines: what is at work, and then one for each pull and each watched change."""
    if event.phase == "forward":
        said = [_computed(event)]
    elif event.gate is None:
        said = [_arrived(event)]
    else:
        said = _pulled(event)
    said += [f"Watched: {one}." for one in event.changes]
    return [f"Taken back: {said[0]}", *said[1:]] if event.undone else said


def _computed(event: Event) -> str:
    """The forward half: a gate's value."""
    before, after = float(event.before or 0.0), float(event.after or 0.0)
    was = "" if before == after or before != before else f" (was {figure(before)})"
    return f"{event.name} = {formula(event)} = {_with_numbers(event)}{figure(after)}{was}."


def formula(event: Event) -> str:
    """The gate applied to its operands by name, as one would type it.

    >>> from gatenet import Stepper, Unit
    >>> formula(Stepper(Unit(2.0, "a") * 3).upcoming)
    'a * 3'
    """
    return _gate_text(event, numbers=False)


def _with_numbers(event: Event) -> str:
    """The same with the operands' values, and an equals sign."""
    if len(event.unit.inputs) > SAID:
        return ""
    return _gate_text(event, numbers=True) + " = "


def _gate_text(event: Event, numbers: bool) -> str:
    row = event.circuit.rows[event.row]
    operands = []
    for place, operand in zip(row.operands, event.unit.inputs, strict=True):
        if isinstance(operand, float):
            text = figure(operand)
        elif numbers:
            text = figure(operand.value)
        else:
            text = _name(event, place)
        operands.append(f"({text})" if text.startswith("-") and len(row.operands) == 2 else text)
    assert row.gate is not None
    return applied(row.gate.name, operands, dict(row.static))


def _name(event: Event, row: int) -> str:
    return shown(event.circuit.label(row))


def _arrived(event: Event) -> str:
    """A leaf: the total of this pass."""
    name, total = event.name, figure(event.upstream or 0.0)
    role = {"input": "an input", "parameter": "a parameter"}[event.unit.role]
    if event.is_output and not event.paths:
        brought = f"it is the output itself, with a seed of {total}"
    elif event.paths == 1:
        brought = f"its 1 pull brought {total}"
    else:
        brought = f"its {event.paths:,} pulls brought {total}"
    if not event.unit.requires_grad:
        return f"{name} is {role}: {brought}, but it is detached and keeps no gradient."
    before = 0.0 if event.before is None else event.before
    kept = f"{name}.grad {figure(before)} → {figure(float(event.after or 0.0))}"
    return f"{name} is {role}: {brought}. {kept}."


def _pulled(event: Event) -> list[str]:
    """A gate: its upstream and what it sends to each operand."""
    upstream = figure(event.upstream or 0.0)
    seed = " (the seed)" if event.is_output and not event.paths else ""
    start = f"{event.name} = {formula(event)}: upstream {upstream}{seed}."
    if not event.pulls:
        if event.afterwards is not None:
            return [start + " It leaves its upstream to the first output of its block."]
        return [start + " No operand takes a gradient."]
    if event.pulls[0].blocked:
        names = ", ".join(pull.name for pull in event.pulls[:SAID])
        return [
            f"{start} An upstream of 0 makes no pull to {names}: the local derivative of "
            f"{event.gate and event.gate.name} can be infinite, and 0 times infinity is no number."
        ]
    said = [_pull(event, pull) for pull in event.pulls[:SAID]]
    more = len(event.pulls) - len(said)
    if more:
        said.append(f"And {counted(more, 'more operand')}.")
    return [start, *said]


def _pull(event: Event, pull: Pull) -> str:
    product = f"{figure(event.upstream or 0.0)} × {figure(pull.partial)} = {figure(pull.pull)}"
    count = f" (pull {pull.path:,} of {pull.paths:,})"
    note = "" if math.isfinite(pull.after) or not math.isfinite(pull.before) else ", not finite"
    gathered = f"gathered {figure(pull.before)} → {figure(pull.after)}"
    return f"To {pull.name}: {product}, {gathered}{note}{count}."


def change(one: Change) -> str:
    """Say how a watched number changed."""
    before, after = ["–" if x is None else figure(x) for x in (one.before, one.after)]
    return f"the {one.what} of {one.name} {before} → {after}"
