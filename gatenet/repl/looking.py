"""Commands that look at the circuit and at a unit; nothing is changed.

Knows the stepper and the screen.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Any

from gatenet.errors import OperandError, RangeError
from gatenet.modes import place_of
from gatenet.record import Gate
from gatenet.repl.columns import Column
from gatenet.repl.console import Console
from gatenet.repl.expressions import Expression
from gatenet.stepper import Stepper
from gatenet.texts import count, counted, figure, shown
from gatenet.unit import Unit

WINDOW = 11
"""How many rows `l` shows, as in pdb."""
MOST_ROWS = 20
"""How many operands of one gate are listed."""
MOST_USERS = 8
"""How many of the gates that use a unit are named."""


class Looking(Console):
    """l, p, pp, info."""

    def __init__(self, stepper: Stepper, **streams: Any) -> None:
        super().__init__(stepper, **streams)
        self._listed: tuple[int, int] = (-1, 0)  # at which position, and the next row to list

    # The circuit.

    def do_list(self, argument: str) -> None:
        """l(ist) [. | UNIT | FIRST, LAST]

        List eleven rows around the position, then the next.  `->` marks the gate at work, `>` the
        selected unit, B a breakpoint.  With a unit: around it; `.`: around the position again; with
        two row numbers: from the one to the other.
        """
        units = self.stepper.circuit.order
        first, last = self._window(argument, units)
        self._listed = (self.stepper.position, last)
        if first >= last:
            self.say("[the end of the circuit]", "quiet")
            return
        columns = [
            Column(""), Column("row"), Column("unit", least=8), Column("value", True),
            Column("gradient", True),
        ]  # fmt: skip
        self.screen.table(columns, [self._listed_row(unit) for unit in units[first:last]])

    def _window(self, argument: str, units: list[Unit]) -> tuple[int, int]:
        """Which of the units to list: positions in their order."""
        position, following = self._listed
        match = re.fullmatch(r"u?(\d{1,12})\s*,\s*u?(\d{1,12})", argument)
        if match is not None:
            first, last = int(match[1]), int(match[2])
            if last < first:  # as in pdb: then it is how many
                last += first - 1
            rows = self.stepper.circuit.index
            inside = [k for k, unit in enumerate(units) if first <= rows(unit) <= last]
            if not inside:
                raise RangeError(f"rows {first} to {last} hold no unit: they go from 0 to "
                                 f"{len(self.stepper.circuit) - 1}")  # fmt: skip
            return inside[0], inside[-1] + 1
        if not argument and position == self.stepper.position:
            return following, min(following + WINDOW, len(units))
        here = self.stepper.event
        middle = here.unit if here is not None else units[0]
        if argument and argument != ".":
            name = f"u{argument}" if argument.isdecimal() else argument
            middle = self.names.unit(name)
        place = bisect_left(units, middle.serial, key=lambda unit: unit.serial)
        first = max(0, min(place - WINDOW // 2, len(units) - WINDOW))
        return first, min(first + WINDOW, len(units))

    def _listed_row(self, unit: Unit) -> list[str]:
        here = self.stepper.event
        mark = "B" if self._stops_at(unit) else ""
        if here is not None and here.unit is unit:
            mark += "->"
        elif unit is self.selected:
            mark += ">"
        made = f" = {self.formula(unit)}" if unit.gate is not None else f" ({unit.role})"
        value = figure(unit.value) if self.stepper.computed(unit) else "–"
        row = f"u{self.names.row(unit)}"
        return [mark, row, self.label(unit) + made, value, self.gradient(unit)]

    def _stops_at(self, unit: Unit) -> bool:
        """Whether an enabled breakpoint is at a unit or at its kind of gate."""
        for number, stop in self.stepper.breakpoints.items():
            place = getattr(self, "places", {}).get(number)
            target = place.target if place is not None and stop.enabled else None
            if target is not None and (target is unit or target is unit.gate):
                return True
        return False

    # A unit.

    def do_p(self, argument: str) -> None:
        """p(rint) EXPRESSION

        Print a unit, or what an expression comes to.  A unit is shown with its value and gradient;
        it has .value .grad .gate .inputs .partials .name; in arithmetic a unit stands for its
        value.  Gates can be called on numbers: `p tanh(x) - 1 / 3`.  A name that is no word goes
        in quotes: `p 'layer 1'.grad`.
        """
        if not argument:
            argument = f"u{self.names.row(self.selected)}"
        self.say(self.written(Expression(argument, self.names).value()))

    def do_pp(self, argument: str) -> None:
        """pp [EXPRESSION]

        Print all there is to know.  For a unit: its gate, its operands with their local derivatives
        and what they are sent, who uses it, and the line that built it.  For a gate: what its
        declaration says.
        """
        item = Expression(argument, self.names).value() if argument else self.selected
        if type(item) is Unit:
            self._card(item)
        elif isinstance(item, Gate):
            self.say(item.describe())
        elif isinstance(item, tuple):
            for part in item:
                self.say(self.written(part))
        else:
            self.say(self.written(item))

    def _card(self, unit: Unit) -> None:
        row = f"u{self.names.row(unit)}"
        head = f"{row}: " if self.label(unit) != row else ""
        self.say(head + self.described(unit), "title")
        if place_of(unit):
            self.say(f"  built at {place_of(unit)}")
        if unit.gate is not None:
            columns = [
                Column("operand"), Column("unit", least=8), Column("value", True),
                Column("partial", True), Column("pull", True),
            ]  # fmt: skip
            self.screen.table(columns, self._operands(unit, unit.gate))
            if len(unit.inputs) > MOST_ROWS:
                self.say(f"  and {counted(len(unit.inputs) - MOST_ROWS, 'more operand')}")
        users = self._users(unit)
        if users:
            more = f" and {count(len(users) - MOST_USERS)} more" if len(users) > MOST_USERS else ""
            self.say(f"  used by {', '.join(self.label(u) for u in users[:MOST_USERS])}{more}")

    def _operands(self, unit: Unit, gate: Gate) -> list[list[str]]:
        """A row for each operand: what the gate calls it, what it is, what it is sent."""
        partials, upstream = unit.partials, self.stepper.gradient(unit)
        silent = upstream is None or (not upstream and gate.guarded)  # 0 times inf is no pull
        rows = []
        for port, operand in enumerate(unit.inputs[:MOST_ROWS]):
            known = not gate.variadic and port < len(gate.inputs)
            name = gate.inputs[port] if known else str(port)
            if type(operand) is Unit:
                pull = "–" if silent or upstream is None else figure(upstream * partials[port])
                facts = [figure(operand.value), figure(partials[port]), pull]
                rows.append([name, self.label(operand), *facts])
            else:
                rows.append([name, "(constant)", figure(operand), "", ""])
        return rows

    def _users(self, unit: Unit) -> list[Unit]:
        units = self.stepper.circuit.order
        first = bisect_left(units, unit.serial, key=lambda one: one.serial)
        return [user for user in units[first:] if any(op is unit for op in user.inputs)]

    # The session.

    def do_info(self, argument: str) -> None:
        """i(nfo) [breakpoints | watches | display | circuit | position]

        Say how things stand.  All of it, or one part.
        """
        parts = {
            "position": self._info_position, "circuit": self._info_circuit,
            "breakpoints": self.say_breakpoints, "watches": self.say_watches,
            "display": self.show_displays,
        }  # fmt: skip
        chosen = [part for part in parts if part.startswith(argument)]
        if not chosen:
            raise OperandError(f"no info {shown(argument, 40)!r}; there are: {', '.join(parts)}")
        for part in chosen:
            parts[part]()

    def _info_position(self) -> None:
        stepper = self.stepper
        self.say(
            f"{count(stepper.position)} of {counted(len(stepper), 'event')} are done, of which the "
            f"first {count(stepper.forwards)} are the forward half; selected is "
            f"{self.described(self.selected)}."
        )

    def _info_circuit(self) -> None:
        circuit = self.stepper.circuit
        gates = sum(unit.gate is not None for unit in circuit.order)
        outputs = ", ".join(self.described(unit) for unit in self.stepper.outputs[:4])
        self.say(
            f"{counted(gates, 'gate')}, {counted(len(circuit.inputs), 'input')}, "
            f"{counted(len(circuit.parameters), 'parameter')}, "
            f"{counted(len(circuit.constants), 'constant')}. Output: {outputs}."
        )
