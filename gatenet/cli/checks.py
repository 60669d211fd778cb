"""`check`: judge the derivatives of gates, or of a module's functions."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from typing import Any

from gatenet.cli.listing import chosen
from gatenet.cli.options import add_gate_file, numbers, whole
from gatenet.declaration import registry
from gatenet.errors import WiringError
from gatenet.texts import shown


def add_to(commands: Any) -> None:
    """Add the command and its options to the command line's parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "check",
        help="check the derivatives of gates, or of a module's functions",
        description="Judge the derivatives of every gate, of one, or of a module's gates or "
        "functions: pass, fail, or inconclusive with the reason. Exact where the extra [check] is "
        "installed, by differences otherwise.",
    )
    parser.add_argument(
        "name", nargs="?", metavar="NAME|MODULE[:FUNCTION]",
        help="a gate, or a module of gates or of functions of units (default: all gates)",
    )  # fmt: skip
    parser.add_argument(
        "--at", type=numbers, default=(), metavar="X,Y,...",
        help="where a function is checked (default: at random points)",
    )  # fmt: skip
    parser.add_argument(
        "--points", type=whole(1), default=200, metavar="N",
        help="how many points a gate is tried at (default: %(default)s)",
    )  # fmt: skip
    add_gate_file(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check, and give 1 where something fails."""
    from gatenet.checking import commandline

    target = arguments.name
    if target is not None and target.endswith(".py") and target not in registry():
        raise WiringError(
            f"{shown(target)} is a file: to check the gates it declares, say --file "
            f"{shown(target)}; a module is named as Python imports it, without .py"
        )
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
