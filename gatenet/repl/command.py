"""`python -m gatenet debug`: run a program, choose its loss, and open the debugger on it.

Knows programs and the debugger; the command line itself is `gatenet.cli`'s.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from gatenet.circuit import Circuit
from gatenet.errors import FormatError, WiringError
from gatenet.repl import program
from gatenet.repl.debugger import Debugger
from gatenet.repl.names import give_names
from gatenet.repl.screen import Screen
from gatenet.stepper import Stepper
from gatenet.texts import counted, figure, shown
from gatenet.unit import Unit

MOST_SCRIPT = 1_000_000
"""The most characters of a script that are read."""


def add_to(commands: Any) -> None:
    """Add the command and its options to the command line's parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "debug",
        help="run a program and step through the backward pass of its loss",
        description="Run FILE as Python would, then step through the backward pass of its loss at "
        "a prompt, forwards and backwards; `h` there lists the commands. The loss is the variable "
        "called loss, else what backward() was last called on, else the output that nothing else "
        "uses.",
    )
    parser.add_argument(
        "-m", dest="module", action="store_true",
        help="FILE is the name of a module, as in python -m",
    )  # fmt: skip
    parser.add_argument(
        "-c", "--command", dest="commands_first", action="append", default=[], metavar="COMMAND",
        help="a command to obey before asking for one; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--script", type=Path, metavar="SCRIPT",
        help="a file of commands to obey, one a line; after them the debugger leaves",
    )  # fmt: skip
    parser.add_argument("--name", metavar="NAME", help="the variable that is the loss")
    parser.add_argument(
        "--seed", type=float, default=1.0, metavar="X",
        help="the gradient of the loss itself (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--keep-grads", action="store_true",
        help="add to the gradients that the program left, instead of beginning from zero",
    )  # fmt: skip
    parser.add_argument(
        "--history", type=Path, metavar="HISTORY", help="a file to keep the typed lines in"
    )
    parser.add_argument("target", metavar="FILE", help="the program to run")
    rest = parser.add_argument(
        "arguments", nargs=argparse.REMAINDER, metavar="ARGS", help="the program's own arguments"
    )
    rest.required = False  # argparse asks for them where FILE is missing as well
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the program and the debugger; 1 when the program ended in an error."""
    script = list(arguments.commands_first)
    if arguments.script is not None:
        script += _script(arguments.script)
    ran = program.run(arguments.target, arguments.arguments, module=arguments.module)
    sys.stdout.flush()
    if ran.error is not None:
        Screen(sys.stderr).say(ran.trouble)
        if not _salvageable(ran, arguments.name):
            return 1
    choice = program.loss_of(ran, arguments.name)
    screen = Screen(sys.stdout)
    screen.say(_introduction(ran, choice))
    circuit = Circuit(choice.unit)
    _freshen(circuit, choice.unit, screen)
    if not arguments.keep_grads:
        _zero(circuit, screen)
    give_names(circuit, ran.variables)
    debugger = Debugger(Stepper(circuit, arguments.seed))
    debugger.run(script, converse=arguments.script is None, history=arguments.history)
    return 0 if ran.error is None else 1


def _script(path: Path) -> list[str]:
    """The lines of a script.

    Raises FormatError for what cannot be read, or is too long to be one.
    """
    try:
        with_size = path.stat().st_size
        if with_size > MOST_SCRIPT:
            raise FormatError(f"{path} is no script: it has {with_size:,} bytes")
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(f"cannot read the script {path}: {error}") from None


def _salvageable(ran: program.Program, name: str | None) -> bool:
    """Whether a program that failed had made a loss before: then that can be looked at."""
    try:
        program.loss_of(ran, name)
    except WiringError:
        return False
    return True


def _introduction(ran: program.Program, choice: program.Choice) -> str:
    """What was chosen, why, and what else there was."""
    ended = "failed; what it had made is here" if ran.error is not None else "ran"
    said = f"{shown(ran.name)} {ended}. Debugging {choice.why}"
    if choice.others:
        names = ", ".join(choice.others[:6]) + (", ..." if len(choice.others) > 6 else "")
        one = f"is an output as well: {names}" if len(choice.others) == 1 else f"are: {names}"
        return f"{said}; {counted(len(choice.others), 'other')} {one} (--name chooses)."
    return said + "."


def _freshen(circuit: Circuit, loss: Unit, screen: Screen) -> None:
    """Replay a circuit whose leaves were written since, as an optimizer does; say so."""
    if not circuit.stale:
        return
    before = loss.value
    circuit.forward()
    screen.say(
        f"Its leaves were written after it was computed (by an optimizer's step?), so it was "
        f"replayed: {figure(before)} → {figure(loss.value)}."
    )


def _zero(circuit: Circuit, screen: Screen) -> None:
    """Forget the gradients that the program left, so that this pass is not added to them."""
    left = [unit for unit in circuit.order if unit.gate is None and unit.grad]
    for unit in circuit.order:
        unit.zero_grad()
    if left:
        screen.say(
            f"The program had called backward(): the gradients of {counted(len(left), 'unit')} "
            "begin from zero again here (--keep-grads adds to them)."
        )
