"""The main program: put the parser together, run one command, turn what went wrong into a line.

Knows the commands by name; what each does is its own module's matter.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from gatenet._version import __version__
from gatenet.cli import checks, demonstrate, drawing, exporting, listing, predicting, training
from gatenet.compiler.machine import native
from gatenet.errors import GatenetError, ToolMissing
from gatenet.repl import command as debugging
from gatenet.storage import NATIVE
from gatenet.texts import shown

#: The modules of the commands, in the order in which `--help` lists them.
COMMANDS = (demonstrate, training, predicting, exporting, drawing, debugging, listing, checks)
#: The longest message, in characters, that is printed of an error.
LONGEST = 2_000


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
        print(f"gatenet {arguments.command}: {_line(str(error))}", file=sys.stderr)
    except BrokenPipeError:  # the reader, `head` for example, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(
            f"gatenet {arguments.command}: {_line(str(error))}: choose a place that can be "
            "written, with --out",
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
    for module in COMMANDS:
        module.add_to(commands)
    return parser


def version() -> str:
    """Say the version of gatenet, of Python, which engine runs, and if there is a lane machine."""
    engine = "pure Python" if NATIVE is None else "native"
    try:
        native()
        machine = "built"
    except ToolMissing:
        machine = "refused" if "GATENET_PURE" in os.environ else "missing"
    python = sys.version.split()[0]
    return f"gatenet {__version__} (Python {python}, engine: {engine}, machine: {machine})"


def _line(message: str) -> str:
    """Make one line of a message, whatever names from a file stand in it."""
    return shown(" ".join(message.splitlines()), LONGEST)
