"""The console: reading commands, saying what came of them, and surviving mistakes.

The standard library's `cmd` with pdb's manners.  Knows the stepper, names and the screen; the
commands themselves are in the modules after this one.
"""

from __future__ import annotations

import builtins
import cmd
import re
import sys
from collections.abc import Sequence
from types import BuiltinFunctionType
from typing import Any, NamedTuple, TextIO

from gatenet.errors import GatenetError, OperandError, RangeError, WiringError
from gatenet.listing import applied
from gatenet.record import Gate
from gatenet.repl import commands
from gatenet.repl.expressions import Expression
from gatenet.repl.names import Names
from gatenet.repl.screen import Screen
from gatenet.stepper import Event, Stepper
from gatenet.texts import figure, shown
from gatenet.unit import Unit

MOST_OPERANDS = 6
"""How many operands of one gate are written out in a line."""


_OPERATOR = re.compile(r"(?:\*\*?|/|[-+]|[<>]=?|[!=]=)\s*(?!if\b|,)[^\s=]")
"""An operator with something after it: what follows a unit's name rather than a command's."""
_SIGN = re.compile(r"[-+/](?!\s)")
_TAKE_SIGNS = frozenset(
    ("p", "pp", "display", "undisplay", "break", "tbreak", "until", "draw", "save")
)
"""Commands that may be told `-x` or `/x.svg`: after these `- x` goes on from a unit's name."""


class Move(NamedTuple):
    """What `undo` needs to take a move back: where it began, and a leaf's value before `set`."""

    position: int
    leaf: Unit | None = None
    value: float = 0.0


class Console(cmd.Cmd):
    """Commands in, text out: the ground that the commands stand on."""

    prompt = "(gatenet) "
    identchars = cmd.IDENTCHARS + "-"

    def __init__(
        self, stepper: Stepper, *, stdin: TextIO | None = None, stdout: TextIO | None = None
    ) -> None:
        super().__init__(stdin=stdin, stdout=stdout)
        self.stepper = stepper
        self.names = Names(stepper.circuit)
        self.screen = Screen(self.stdout)  # type: ignore[arg-type]
        self.use_rawinput = stdin is None and stdout is None and _is_person()
        self.selected: Unit = stepper.outputs[0]
        self.moves: list[Move] = []
        self.failures = 0
        self._echoing = not self.use_rawinput

    # Reading.

    def converse(self) -> None:
        """Read and obey commands until one of them leaves; Ctrl-C only ends a command."""
        while True:
            try:
                self.cmdloop()
                return
            except KeyboardInterrupt:
                if not self.use_rawinput:
                    raise
                self.say("--KeyboardInterrupt--")

    def obey(self, lines: Sequence[str]) -> bool:
        """Obey the lines of a script, each echoed; say whether one of them left."""
        for line in lines:
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            self.stdout.write(self.prompt)
            if self.postcmd(self.onecmd(self._echoed(text)), text):
                return True
        return False

    def precmd(self, line: str) -> str:
        """Echo a command that nobody typed, so that a transcript reads like a session."""
        return self._echoed(line) if self._echoing and line != "EOF" else line

    def _echoed(self, line: str) -> str:
        self.screen.say(line)
        return line

    def parseline(self, line: str) -> tuple[str | None, str | None, str]:
        """Split a line into a command by its full name, its argument, and the line.

        `n.value` and `n * 2` are about a unit called n; `!n` is as well.  `c = 2` writes to c.
        """
        line = line.strip()
        if line.startswith("?"):
            line = "help " + line[1:]
        if line.startswith("!"):
            line = "p " + line[1:]
        word, argument, line = super().parseline(line)
        if not word:
            return None, None, line
        if argument and not line[len(word)].isspace():
            return None, None, line
        name = commands.resolved(word)
        if re.match(r"=(?!=)", argument or "") and (name != "set" or self.names.rows(word)):
            return None, None, line
        if self.names.rows(word) and (
            word not in commands.KNOWN or _goes_on(name.replace("_", "-"), argument or "")
        ):  # a unit's name rather than a command, or than the beginning of one
            return None, None, line
        return name, argument, line

    def onecmd(self, line: str) -> bool:
        """Obey one command; whatever goes wrong is a line, and the session goes on."""
        if line.lstrip().startswith("#"):
            return False
        try:
            return bool(super().onecmd(line))
        except GatenetError as error:
            self.fail(str(error))
        except OSError as error:
            where = f", {shown(str(error.filename), 200)}" if error.filename else ""
            self.fail(f"{error.strerror or error}{where}: choose a place that can be written")
        except RecursionError:
            self.fail("this goes too deep")
        except Exception as error:  # a user's own gate or condition; the session survives it
            self.fail(f"{type(error).__name__}: {error}")
        return False

    def default(self, line: str) -> Any:
        """Anything else is an expression, as in pdb; `x = 2` writes a leaf."""
        self.lastcmd = line  # so that an empty line repeats it
        match = re.fullmatch(r"([^=<>!]+?)\s*=\s*([^=].*)", line)
        if match is not None:
            name = commands.resolved(match[1])
            if match[1] in commands.KNOWN and not self.names.rows(match[1]):
                raise WiringError(
                    f"there is no unit {match[1]} to write to, and the command "
                    f"{name.replace('_', '-')} takes no `=`; `l` lists the units"
                )
            return self.onecmd(f"set {match[1]} = {match[2]}")
        try:
            said = Expression(line, self.names)
        except GatenetError:
            word = line.split()[0]
            if not re.search(r"[-+*/().<>='\"]", line):
                raise WiringError(
                    f"{shown(word, 60)!r} is neither a command nor a unit{commands.near(word)}; "
                    "h lists the commands, l the units"
                ) from None
            raise
        self.say(self.written(said.value()))
        return False

    # Saying.

    def say(self, text: str = "", style: str = "") -> None:
        """Write lines; what does not fit is wrapped."""
        self.screen.say(text, style)

    def fail(self, text: str) -> None:
        """Say what went wrong, as pdb does."""
        self.failures += 1
        self.say(f"*** {text}", "fault")

    def written(self, item: Any) -> str:
        """What an expression came to, as `p` prints it: numbers in full, units with their facts."""
        if type(item) is Unit:
            return self.described(item)
        if isinstance(item, tuple):
            parts = [self.label(x) if type(x) is Unit else repr(x) for x in item]
            return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
        if isinstance(item, Gate):
            return f"{item.name} ({item.symbol})"
        return repr(item)

    def described(self, unit: Unit) -> str:
        """A unit in a line: what it is, its value, and what it has gathered."""
        known = figure(unit.value) if self.stepper.computed(unit) else "not computed yet"
        gate = f" = {self.formula(unit)}" if unit.gate is not None else f" ({unit.role})"
        return f"{self.label(unit)}{gate}: value {known}, gradient {self.gradient(unit)}"

    def gradient(self, unit: Unit) -> str:
        """What a unit has gathered in this pass, and of how many pulls while there are more."""
        gathered = self.stepper.gradient(unit)
        if gathered is None:
            return "–"
        done, all_of_them = self.stepper.gathered(unit)
        partly = f" ({done} of {all_of_them})" if done < all_of_them else ""
        return figure(gathered) + partly

    def label(self, unit: Unit) -> str:
        """What a unit is called."""
        return self.names.label(unit)

    def formula(self, unit: Unit) -> str:
        """The gate that makes a unit, applied to its operands by name: `a * x`."""
        gate: Any = unit.gate
        operands = []
        for operand in unit.inputs[: MOST_OPERANDS + 1]:
            if type(operand) is Unit:
                operands.append(self.label(operand))
            else:
                operands.append(figure(operand))
        if len(unit.inputs) == 2:
            operands = [f"({text})" if text.startswith("-") else text for text in operands]
        if len(unit.inputs) > MOST_OPERANDS:
            operands[MOST_OPERANDS:] = [f"... {len(unit.inputs) - MOST_OPERANDS} more"]
        return applied(gate.name, operands, unit.static if unit.static else {})

    # Reading arguments.

    def count(self, argument: str) -> int:
        """A number of times, 1 when nothing is said.

        Raises RangeError for what is not a whole number from 1.
        """
        if not argument:
            return 1
        if not re.fullmatch(r"[0-9]{1,12}", argument) or int(argument) < 1:
            raise RangeError(f"how many times: a whole number from 1, not {shown(argument, 40)!r}")
        return int(argument)

    def unit(self, argument: str) -> Unit:
        """The unit that an argument names; the selected one when nothing is said."""
        return self.names.unit(argument) if argument else self.selected

    def no_argument(self, argument: str) -> None:
        """Refuse words that a command would ignore."""
        if argument:
            raise OperandError(f"this takes nothing further: not {shown(argument, 40)!r}")

    # What one part of the debugger needs of another.

    def moved(self, event: Event | None) -> None:
        """Say where a move led."""
        raise NotImplementedError

    def rewritten(self, leaf: Unit, value: float) -> None:
        """Give a leaf a value, and replay the forward half."""
        raise NotImplementedError

    def show_displays(self) -> None:
        """Show what is displayed."""
        raise NotImplementedError

    def say_breakpoints(self) -> None:
        """List the breakpoints."""
        raise NotImplementedError

    def say_watches(self) -> None:
        """List what is watched."""
        raise NotImplementedError


def _goes_on(name: str, argument: str) -> bool:
    """Whether what follows a word makes it a unit's name in an expression: the `* 2` of `n * 2`.

    >>> _goes_on("next", "* 2"), _goes_on("p", "-x"), _goes_on("p", "- x"), _goes_on("break", "*")
    (True, False, True, False)
    """
    if name in _TAKE_SIGNS and _SIGN.match(argument):
        return False
    return _OPERATOR.match(argument) is not None


def _is_person() -> bool:
    """Whether somebody types at a terminal, or in a notebook's own `input`."""
    if not isinstance(builtins.input, BuiltinFunctionType):
        return True
    try:
        return sys.stdin.isatty() and sys.stdout.isatty()
    except (AttributeError, ValueError):  # closed, or none at all
        return False
