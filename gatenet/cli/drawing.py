"""`draw`: a circuit, a model, or the loss that a Python file makes, as a picture."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatenet.cli.options import numbers, whole
from gatenet.errors import WiringError
from gatenet.texts import shown

if TYPE_CHECKING:
    from gatenet.circuit import Circuit


def add_to(commands: Any) -> None:
    """Add the command and its options to the command line's parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "draw",
        help="draw a circuit, or the loss that a Python file makes, as SVG",
        description="Draw FILE: a circuit that gatenet.io.save wrote, a model that `train` left, "
        "or a Python program, which is run as `debug` runs it; its loss is the variable called "
        "loss, else what backward() was last called on, else the output that nothing else uses.",
        epilog="example: python -m gatenet draw examples/neuron.py --out neuron.svg",
    )
    parser.add_argument("source", type=Path, metavar="FILE", help="a .json or .py file")
    parser.add_argument(
        "arguments", nargs="*", metavar="ARGS", help="the program's own arguments, after --"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE",
        help="where the picture goes: .svg or .dot (default: beside here, FILE's name with .svg)",
    )  # fmt: skip
    parser.add_argument("--name", metavar="NAME", help="the variable of the program to draw")
    parser.add_argument(
        "--at", type=numbers, metavar="X,Y,...", help="values of the inputs of a circuit or model"
    )
    parser.add_argument(
        "--backward", action="store_true", help="run the backward pass first, so gradients show"
    )
    parser.add_argument(
        "--engine", default="auto", metavar="NAME",
        help="what lays it out: auto, dot, pygraphviz or builtin (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--max-units", type=whole(4), metavar="N", help="fold the circuit past N boxes"
    )
    parser.add_argument(
        "--depth", type=int, choices=(1, 2, 3, 4),
        help="1 draws modules, 2 layers, 3 neurons, 4 gates (default: what can be read)",
    )  # fmt: skip
    parser.add_argument("--around", metavar="UNIT", help="draw what is near a unit, by its name")
    parser.add_argument(
        "--radius", type=whole(0), default=3, metavar="N",
        help="how many gates from it (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--open", action="append", default=[], metavar="BOX",
        help="a folded box to draw by its parts, by its title; may be repeated",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Draw."""
    from gatenet.viz import draw

    circuit = found(arguments)
    if arguments.backward:
        for unit in circuit.order:
            unit.zero_grad()
        circuit.backward()
    path = arguments.out or Path(f"{arguments.source.stem}.svg")
    path.parent.mkdir(parents=True, exist_ok=True)
    drawing = draw(
        circuit,
        path,
        engine=arguments.engine,
        max_units=arguments.max_units,
        depth=arguments.depth,
        around=arguments.around,
        radius=arguments.radius,
        open=arguments.open,
    )
    print(f"wrote {shown(str(path))}: {drawing!r}")
    return 0


def found(arguments: argparse.Namespace) -> Circuit:
    """The circuit to draw; units without a name are called as the program's variables.

    Raises WiringError where a program fails before it made a loss.
    """
    if arguments.source.suffix.lower() == ".json":
        from gatenet.cli.subjects import circuit_of

        return circuit_of(arguments.source, arguments.at)
    from gatenet.circuit import Circuit
    from gatenet.repl import program
    from gatenet.repl.names import give_names

    ran = program.run(str(arguments.source), arguments.arguments)
    sys.stdout.flush()
    if ran.error is not None:
        print(ran.trouble, file=sys.stderr)
        raise WiringError(f"{shown(str(arguments.source))} failed: nothing was drawn")
    circuit = Circuit(program.loss_of(ran, arguments.name).unit)
    give_names(circuit, ran.variables)
    if circuit.stale:
        circuit.forward()
    return circuit
