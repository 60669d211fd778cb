"""The command line: `python -m gatenet`.

Each command is a function of the parsed arguments that gives an exit code: 0 when all is well, 1
when something is wrong with the data or the machine, 2 (argparse's own) for a wrong command line.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gatenet._version import __version__
from gatenet.declaration import Gate, registry
from gatenet.errors import GatenetError, WiringError
from gatenet.gates import CATALOGUE
from gatenet.unit import Unit


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code; errors are one line on the standard error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # symbols a terminal cannot show become "?"
            stream.reconfigure(errors="replace")
    parser = build_parser()
    arguments = parser.parse_args(argv)
    if arguments.command is None:
        parser.print_help()
        return 0
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
        return code
    except GatenetError as error:
        print(f"gatenet {arguments.command}: {error}", file=sys.stderr)
    except BrokenPipeError:  # the reader, `head` for example, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(
            f"gatenet {arguments.command}: {error}: choose a place that can be written, with --out",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print(f"\ngatenet {arguments.command}: interrupted", file=sys.stderr)
        return 130
    return 1


def build_parser() -> argparse.ArgumentParser:
    """Put the commands and their options together."""
    parser = argparse.ArgumentParser(
        prog="python -m gatenet",
        description="Scalar reverse-mode automatic differentiation, as a circuit of gates.",
        epilog="`python -m gatenet COMMAND --help` says more about a command.",
    )
    parser.add_argument("--version", action="version", version=version())
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    demo = commands.add_parser(
        "demo",
        help="train a network on iris flowers and draw its circuit",
        description="Train a small network on Fisher's iris measurements (they come with "
        "gatenet), print its accuracy on held-out flowers, and write the circuit of one flower's "
        "loss and the loss curve as SVG.",
    )
    demo.add_argument(
        "--out", type=Path, default=Path("out"), metavar="DIR",
        help="where the pictures go (default: ./out)",
    )  # fmt: skip
    demo.add_argument(
        "--epochs", type=_positive, default=60, metavar="N",
        help="how often to go through the flowers (default: %(default)s)",
    )  # fmt: skip
    demo.add_argument(
        "--seed", type=int, default=0, metavar="N",
        help="of the split, the first weights and the shuffling (default: %(default)s)",
    )  # fmt: skip
    demo.set_defaults(run=_demo)

    gates = commands.add_parser(
        "gates",
        help="list the gates, or describe one",
        description="List every gate with its symbol and first sentence; with a name, its value, "
        "derivatives, domain and kinks.",
    )
    gates.add_argument("name", nargs="?", metavar="NAME", help="a gate's name, such as sigmoid")
    _add_file(gates)
    gates.set_defaults(run=_gates)

    check = commands.add_parser(
        "check",
        help="check the derivatives of gates, or of a module's functions",
        description="Judge the derivatives of every gate, of one, or of a module's gates or "
        "functions: pass, fail, or inconclusive with the reason. Exact where the extra [check] is "
        "installed, by differences otherwise.",
    )
    check.add_argument(
        "name", nargs="?", metavar="NAME|MODULE[:FUNCTION]",
        help="a gate, or a module of gates or of functions of units (default: all gates)",
    )  # fmt: skip
    check.add_argument(
        "--at", type=_numbers, default=(), metavar="X,Y,...",
        help="where a function is checked (default: at random points)",
    )  # fmt: skip
    check.add_argument(
        "--points", type=_positive, default=200, metavar="N",
        help="how many points a gate is tried at (default: %(default)s)",
    )  # fmt: skip
    _add_file(check)
    check.set_defaults(run=_check)
    _add_debug(commands)
    return parser


def _add_debug(commands: Any) -> None:
    from gatenet.repl import command  # here, so that the other commands start without it

    command.add_to(commands)


def _add_file(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--file", type=Path, metavar="FILE",
        help="a Python file that declares gates of your own: it is run, and they count as well",
    )  # fmt: skip


def chosen(arguments: argparse.Namespace) -> list[Gate]:
    """The gates a command is about: the one named, those of the file, or the catalogue."""
    mine: list[Gate] = []
    if arguments.file is not None:
        import runpy

        before = dict(registry())
        runpy.run_path(str(arguments.file), run_name="gatenet_file")
        mine = [gate for name, gate in registry().items() if before.get(name) is not gate]
        if not mine:
            raise WiringError(f"{arguments.file} declares no gate; decorate one with @gate(...)")
    if arguments.name is not None:
        return [named(arguments.name)]
    return mine or list(CATALOGUE.values())


def version() -> str:
    """Say the version of gatenet, of Python, and which engine runs."""
    engine = "pure Python" if Unit.__module__ == "gatenet.unit" else "native"
    return f"gatenet {__version__} (Python {sys.version.split()[0]}, engine: {engine})"


def _demo(arguments: argparse.Namespace) -> int:
    from gatenet import demo

    demo.run(arguments.out, epochs=arguments.epochs, seed=arguments.seed, stream=sys.stdout)
    return 0


def _gates(arguments: argparse.Namespace) -> int:
    found = chosen(arguments)
    if len(found) == 1:
        print(f"{found[0].describe()}\n\n{found[0].__doc__}")
        return 0
    width = max(len(gate.name) for gate in found)
    wide = max(len(gate.symbol) for gate in found)
    for gate in found:
        doc = (gate.__doc__ or "").partition("\n")[0]
        print(f"{gate.name:<{width}}  {gate.symbol:<{wide}}  {doc}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from gatenet.checking import commandline

    target = arguments.name
    if target is not None and (target in registry() or not _is_module(target)):
        target = None
    return commandline.run(
        target,
        [] if target is not None else chosen(arguments),
        points=arguments.points,
        stream=sys.stdout,
        bar=sys.stderr if sys.stderr.isatty() else None,
        at=arguments.at,
    )


def _is_module(target: str) -> bool:
    """Whether a name can only be a module's, or is that of one that is there."""
    name, colon, _ = target.partition(":")
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # as `python -m` does: the command `gatenet` does not
    if colon or "." in name:
        return True
    return name.isidentifier() and importlib.util.find_spec(name) is not None


def named(name: str) -> Gate:
    """Find a gate by its name.

    Raises WiringError that lists the names that come near.
    """
    if name in registry():
        return registry()[name]
    import difflib

    near = difflib.get_close_matches(name, registry(), n=3)
    mend = f"did you mean {' or '.join(near)}?" if near else "see `python -m gatenet gates`"
    raise WiringError(f"there is no gate {name!r}: {mend}")


def _numbers(text: str) -> tuple[float, ...]:
    """Read numbers between commas: an argparse type."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not numbers with commas between") from None


def _positive(text: str) -> int:
    """Read a whole number from 1: an argparse type."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return value
