"""Places: where somebody wants to stop, read from what was typed.

A place is a unit, a gate kind, one of the stepper's own words, a bound on the gradient, or a
condition on the event; any of them may carry a condition further.  Knows names, expressions and
gates; sets no breakpoint.
"""

from __future__ import annotations

import ast
import math
import re
from typing import Any, NamedTuple

from gatenet.declaration import registry
from gatenet.errors import OperandError, WiringError
from gatenet.record import Gate
from gatenet.repl.expressions import Expression
from gatenet.repl.names import Names
from gatenet.repl.parsing import parsed
from gatenet.stepper import Breakpoint, Event
from gatenet.texts import shown
from gatenet.unit import Unit

WORDS = ("nan", "inf", "nonfinite")
"""What the stepper calls a number that is not finite and was not there before."""
FACTS = ("grad", "upstream", "value", "pull")
"""What a condition may ask of an event."""


class Condition:
    """A condition on events: an expression in which grad, upstream, value and pull are known.

    `grad` is the unit's gradient after the event, `upstream` what this pass brought it, `value`
    its value, `pull` what the gate sends to an operand: true if it is so for any of them.

    >>> from gatenet import Circuit, Stepper
    >>> x = Unit(3.0, "x")
    >>> stepper = Stepper(x * x + x)
    >>> stepper.until(Condition("pull > 2", Names(stepper.circuit))).name
    'u1'

    Raises what `Expression` raises for a text that is none.
    """

    def __init__(self, text: str, names: Names) -> None:
        self.text = shown(text.strip())
        self.__name__ = self.text  # what the stepper calls a function it stops for
        try:
            self._expression = Expression(text, names, FACTS)
        except WiringError as error:
            raise WiringError(
                f"{error} (a condition knows {', '.join(FACTS)} of the event, and units)"
            ) from None
        self._pulls = re.search(r"\bpull\b", text) is not None

    def __call__(self, event: Event) -> bool:
        """Whether it holds of an event."""
        forward = event.phase == "forward"
        upstream = math.nan if forward or event.upstream is None else event.upstream
        grad = event.after if event.gate is None and event.after is not None else upstream
        facts = {"grad": grad, "upstream": upstream, "value": event.value, "pull": math.nan}
        if not self._pulls:
            return self._expression.holds(facts)
        return any(self._expression.holds({**facts, "pull": pull.pull}) for pull in event.pulls)


class Place(NamedTuple):
    """Where to stop: a target for the stepper, a bound on the gradient, a further condition."""

    target: Unit | Gate | str | Condition | None
    above: float | None = None
    condition: Condition | None = None


def place_of(text: str, names: Names) -> Place:
    """Read a place: `tanh`, `loss if grad > 1`, `x, value < 0`, `nan`, `above 10`, `if pull > 2`.

    Raises WiringError for what is no place in this circuit, and what Expression raises.
    """
    text = text.strip()
    found = _plain(text, names)
    if found is not None:
        return Place(found)
    match = re.fullmatch(r"(?:(.*?)(?:\s*,\s*|\s+if\s+)|if\s+)(.+)", text, re.DOTALL)
    if match is not None and not _is_question(text):
        condition = Condition(match[2], names)
        if not match[1]:
            return Place(condition)
        return place_of(match[1], names)._replace(condition=condition)
    if text.startswith("above "):
        bound = Expression(text.removeprefix("above "), names).value()
        if not isinstance(bound, float):
            raise OperandError(f"above what size: a number, not {shown(text[6:], 40)!r}")
        return Place(None, above=bound)
    if _is_question(text):
        return Place(Condition(text, names))
    near = names.near(text, (*kinds(names), *WORDS))
    if near:
        raise WiringError(f"{shown(text, 60)!r} is no place here{near}")
    raise WiringError(
        f"{shown(text, 60)!r} is no place here: name a unit, a kind of gate "
        f"({', '.join(kinds(names))}), nan, inf, nonfinite, `above 10`, or a condition such as "
        "`abs(grad) > 1`"
    )


def target_of(place: Place, text: str) -> Any:
    """The one target that `until` takes, of a place that was read from a text.

    Raises WiringError for a place that is none, such as a bound.
    """
    if place.above is not None or isinstance(place.target, str):
        raise WiringError(f"until takes no {shown(text, 40)!r}: `b {shown(text, 40)}`, then c")
    if place.condition is None:
        return place.target
    target, condition = place.target, place.condition
    if isinstance(target, Unit):
        return lambda event: event.unit is target and condition(event)
    return lambda event: event.gate is target and condition(event)


def _plain(text: str, names: Names) -> Unit | Gate | str | None:
    """The unit, the gate or the word that a text is, if it is one; units before gates."""
    if names.rows(text) or (len(text) > 1 and text[0] == text[-1] and text[0] in "'\""):
        return names.unit(text)
    if text in WORDS:
        return text
    gate = registry().get(text)
    if gate is None:
        same = [one for one in registry().values() if one.symbol == text]
        here = set(kinds(names))
        gate = next((one for one in same if one.name in here), same[0] if same else None)
    if gate is not None and gate.name not in kinds(names):
        raise WiringError(
            f"no gate of this circuit is of the kind {gate.name}; there are: "
            f"{', '.join(kinds(names)) or 'none'}"
        )
    return gate


def kinds(names: Names) -> list[str]:
    """The kinds of gates that a circuit has, by name."""
    found = {row.gate for row in names.circuit.rows if row.gate is not None}
    return sorted(gate.name for gate in found)


def _is_question(text: str) -> bool:
    """Whether a text reads as something that holds or does not."""
    if not re.search(r"[<>=!]|\bnot\b", text):
        return False
    try:
        return isinstance(parsed(text), (ast.Compare, ast.BoolOp, ast.UnaryOp))
    except OperandError:
        return False


def stop_text(stop: Breakpoint) -> str:
    """Where a breakpoint stops, with its condition."""
    condition = getattr(stop.condition, "text", None)
    return shown(stop.text) + (f" if {condition}" if condition else "")
