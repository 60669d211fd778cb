"""`gates`: list the gates, or describe one; and finding the gates that a command is about."""

from __future__ import annotations

import argparse
from typing import Any

from gatenet.cli.options import add_gate_file
from gatenet.declaration import Gate, registry
from gatenet.errors import WiringError
from gatenet.gates import CATALOGUE


def add_to(commands: Any) -> None:
    """Add the command and its options to the command line's parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "gates",
        help="list the gates, or describe one",
        description="List every gate with its symbol and first sentence; with a name, its value, "
        "derivatives, domain and kinks.",
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="a gate's name, such as sigmoid")
    add_gate_file(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the list, or one gate's page."""
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


def chosen(arguments: argparse.Namespace) -> list[Gate]:
    """The gates a command is about: the one named, those of the file, or the catalogue."""
    mine: list[Gate] = []
    if arguments.file is not None:
        import runpy

        if not arguments.file.is_file():
            raise WiringError(f"there is no file {str(arguments.file)!r} that declares gates")
        before = dict(registry())
        runpy.run_path(str(arguments.file), run_name="gatenet_file")
        mine = [gate for name, gate in registry().items() if before.get(name) is not gate]
        if not mine:
            raise WiringError(f"{arguments.file} declares no gate; decorate one with @gate(...)")
    if arguments.name is not None:
        return [named(arguments.name)]
    return mine or list(CATALOGUE.values())


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
