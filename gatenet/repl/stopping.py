"""Commands that say where to stop, and what to show whenever it stops.

Knows places and the stepper's breakpoints and watches; moves nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from gatenet.errors import OperandError, RangeError
from gatenet.repl.columns import Column
from gatenet.repl.console import Console
from gatenet.repl.expressions import Expression
from gatenet.repl.places import Condition, Place, place_of, stop_text
from gatenet.stepper import Breakpoint, Stepper
from gatenet.texts import counted, shown
from gatenet.unit import Unit


@dataclass
class Display:
    """An expression that is shown at each stop, and what it came to at the last one."""

    expression: Expression
    before: str | None = None


class Stopping(Console):
    """b, tbreak, cl, enable, disable, ignore, condition, watch, unwatch, display, undisplay."""

    def __init__(self, stepper: Stepper, **streams: Any) -> None:
        super().__init__(stepper, **streams)
        self.places: dict[int, Place] = {}
        self.displays: dict[int, Display] = {}

    def do_break(self, argument: str) -> None:
        """b(reak) [WHERE] [if CONDITION | , CONDITION]

        Stop at a unit, a kind of gate, a nan, a condition.  After the events of a unit (`b x`) or
        of a kind of gate (`b tanh`), where a number that is not finite is born (`b nan`, `b inf`,
        `b nonfinite`), where a gradient comes to exceed a size (`b above 10`), or where a condition
        holds (`b abs(pull) > 10`).  A condition may be added to any of them; it knows grad,
        upstream, value and pull of the event.  Alone: list the breakpoints.
        """
        if not argument:
            self.say_breakpoints()
            return
        self._break(argument, temporary=False)

    def do_tbreak(self, argument: str) -> None:
        """tbreak WHERE [if CONDITION | , CONDITION]

        Stop there once.  As break, but it is cleared when it has stopped.
        """
        if not argument:
            raise OperandError("tbreak where? `help break` lists the places")
        self._break(argument, temporary=True)

    def _break(self, argument: str, *, temporary: bool) -> None:
        place = place_of(argument, self.names)
        made = self.stepper.break_at(place.target, above=place.above, temporary=temporary)
        made.condition = place.condition
        self.places[made.number] = place
        kind = "Temporary breakpoint" if temporary else "Breakpoint"
        self.say(f"{kind} {made.number}: {stop_text(made)}")

    def do_clear(self, argument: str) -> None:
        """cl(ear) [NUMBER...] | delete [NUMBER...]

        Remove breakpoints by number, or all of them.
        """
        if not argument:
            gone = len(self.stepper.breakpoints)
            self.stepper.clear()
            self.say(f"Cleared {counted(gone, 'breakpoint')}.")
            return
        for stop in self._chosen(argument):
            self.stepper.clear(stop.number)
            self.say(f"Cleared breakpoint {stop.number}: {stop_text(stop)}")

    def do_enable(self, argument: str) -> None:
        """enable NUMBER...

        Let breakpoints stop again.
        """
        for stop in self._chosen(argument):
            stop.enabled = True
            self.say(f"Enabled breakpoint {stop.number}: {stop_text(stop)}")

    def do_disable(self, argument: str) -> None:
        """disable NUMBER...

        Keep breakpoints, but pass them by.
        """
        for stop in self._chosen(argument):
            stop.enabled = False
            self.say(f"Disabled breakpoint {stop.number}: {stop_text(stop)}")

    def do_ignore(self, argument: str) -> None:
        """ignore NUMBER [COUNT]

        Pass a breakpoint by COUNT times.  Then it stops again; with 0, or nothing, at once.
        """
        number, _, times = argument.partition(" ")
        stop = self._breakpoint(number)
        stop.ignore = int(times) if re.fullmatch(r"\s*0+\s*", times) else 0
        if times.strip().strip("0"):
            stop.ignore = self.count(times.strip())
        if stop.ignore:
            self.say(f"Breakpoint {stop.number} will be passed by {counted(stop.ignore, 'time')}.")
        else:
            self.say(f"Breakpoint {stop.number} will stop the next time it is met.")

    def do_condition(self, argument: str) -> None:
        """condition NUMBER [CONDITION]

        Stop at a breakpoint only where a condition holds.  Without a condition, always.
        """
        number, _, text = argument.partition(" ")
        stop = self._breakpoint(number)
        stop.condition = Condition(text, self.names) if text.strip() else None
        self.say(f"Breakpoint {stop.number}: {stop_text(stop)}")

    def do_watch(self, argument: str) -> None:
        """watch [UNIT]

        Stop whenever a unit's value or gradient changes.  The event says from what to what.  Alone:
        list what is watched.
        """
        if not argument:
            self.say_watches()
            return
        watch = self.stepper.watch(self.names.unit(argument))
        self.say(f"Watch {watch.number}: {shown(watch.name)}")

    def do_unwatch(self, argument: str) -> None:
        """unwatch [UNIT]

        Watch a unit no more, or none at all.
        """
        units = [self.names.unit(argument)] if argument else self._watched()
        for unit in units:
            self.stepper.unwatch(unit)
        self.say(f"No longer watched: {', '.join(self.label(unit) for unit in units) or 'none'}.")

    def _watched(self) -> list[Unit]:
        return [watch.unit for watch in self.stepper.watches.values()]

    def do_display(self, argument: str) -> None:
        """display [EXPRESSION]

        Show an expression at each stop.  If it changed, with what it was before.  Alone: show them
        all now.
        """
        if not argument:
            self.show_displays()
            if not self.displays:
                self.say("Nothing is displayed.")
            return
        number = max(self.displays, default=0) + 1
        self.displays[number] = Display(Expression(argument, self.names))
        self._show(number)

    def do_undisplay(self, argument: str) -> None:
        """undisplay [NUMBER | EXPRESSION]

        Show an expression no more, or none at all.
        """
        chosen = [
            number
            for number, display in self.displays.items()
            if argument in ("", str(number), display.expression.text)
        ]
        if argument and not chosen:
            raise RangeError(f"{shown(argument, 40)!r} is not displayed; `display` shows what is")
        for number in chosen:
            del self.displays[number]
        self.say(f"No longer displayed: {', '.join(map(str, chosen)) or 'none'}.")

    def show_displays(self) -> None:
        """Show each displayed expression as it is now."""
        for number in self.displays:
            self._show(number)

    def _show(self, number: int) -> None:
        display = self.displays[number]
        now = self.written(display.expression.value())
        old = "" if display.before in (None, now) else f"  [was {display.before}]"
        display.before = now
        self.say(f"  {number}: {shown(display.expression.text)} = {now}{old}")

    def say_breakpoints(self) -> None:
        """List the breakpoints as a table."""
        stops = self.stepper.breakpoints
        if not stops:
            self.say("There are no breakpoints; `b UNIT`, `b GATE` or `b nan` sets one.")
            return
        columns = [
            Column("number", True), Column("kept"), Column("on"), Column("met", True),
            Column("where", least=16),
        ]  # fmt: skip
        rows = [
            [
                str(stop.number), "once" if stop.temporary else "yes",
                "yes" if stop.enabled else "no", str(stop.hits),
                stop_text(stop) + (f", passed by {stop.ignore} more" if stop.ignore else ""),
            ]
            for stop in stops.values()
        ]  # fmt: skip
        self.screen.table(columns, rows)

    def say_watches(self) -> None:
        """List what is watched."""
        for watch in self.stepper.watches.values():
            self.say(f"Watch {watch.number}: {self.described(watch.unit)}")
        if not self.stepper.watches:
            self.say("Nothing is watched; `watch UNIT` stops at each change.")

    def _chosen(self, argument: str) -> list[Breakpoint]:
        """The breakpoints of a list of numbers; checked before anything is done."""
        return [self._breakpoint(number) for number in argument.replace(",", " ").split() or [""]]

    def _breakpoint(self, number: str) -> Breakpoint:
        stops = self.stepper.breakpoints
        known = ", ".join(map(str, stops)) or "none"
        if not number:
            raise OperandError(f"which breakpoint: a number; there are: {known}")
        if not number.isdecimal() or len(number) > 9 or int(number) not in stops:
            raise RangeError(f"there is no breakpoint {shown(number, 40)!r}; there are: {known}")
        return stops[int(number)]
