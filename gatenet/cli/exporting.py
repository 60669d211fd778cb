"""`export`: a saved model or circuit as a JSON circuit, Python source or a picture."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from gatenet.cli.options import numbers
from gatenet.texts import counted, shown


def add_to(commands: Any) -> None:
    """Add the command and its options to the command line's parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "export",
        help="write a model or circuit as JSON, Python source or SVG",
        description="Write a model that `train` left, or a circuit that gatenet.io.save wrote, in "
        "the form that the ending of OUT names: .json for a circuit, .py for Python source that "
        "builds it, .svg or .dot for a picture. A model's circuit takes cells as they stand in the "
        "table and gives probabilities, or the number predicted.",
        epilog="example: python -m gatenet export out/model.json flower.py --at 5.1,3.5,1.4,0.2",
    )
    parser.add_argument("source", type=Path, metavar="FILE", help="a model.json or a circuit")
    parser.add_argument("out", type=Path, metavar="OUT", help="a .json, .py, .svg or .dot file")
    parser.add_argument(
        "--at", type=numbers, metavar="X,Y,...",
        help="values of the inputs, in the order of the columns (default: an average row)",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Export."""
    from gatenet import io
    from gatenet.cli.subjects import circuit_of
    from gatenet.errors import FormatError

    endings = (".json", ".py", ".svg", ".dot", ".gv")
    ending = arguments.out.suffix.lower()
    if ending not in endings:
        raise FormatError(
            f"{shown(str(arguments.out))} ends in none of {', '.join(endings)}: the ending says "
            "what to write"
        )
    circuit = circuit_of(arguments.source, arguments.at)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    if ending == ".json":
        io.save(circuit, arguments.out)
    elif ending == ".py":
        io.write(io.to_python(circuit).encode(), arguments.out)
    else:
        from gatenet.viz import draw

        draw(circuit, arguments.out)
    print(f"wrote {shown(str(arguments.out))}: {counted(len(circuit.rows), 'row')}")
    return 0
