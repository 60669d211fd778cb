"""`export`: a saved model or circuit as JSON, source, ONNX, LaTeX or a picture."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from gatenet.cli.options import numbers
from gatenet.texts import counted, shown

#: What a file's ending stands for.
ENDINGS = {
    ".json": "circuit", ".py": "builder", ".svg": "picture", ".dot": "picture", ".gv": "picture",
    ".c": "c", ".onnx": "onnx", ".tex": "latex",
}  # fmt: skip
FORMS = ("circuit", "builder", "picture", "c", "python", "numpy", "onnx", "latex", "compiled")


def add_to(commands: Any) -> None:
    """Add the command and its options to the command line's parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "export",
        help="write a model or circuit as JSON, C, Python, NumPy, ONNX, LaTeX or SVG",
        description="Write a model that `train` left, or a circuit that gatenet.io.save wrote, in "
        "the form that --to names, or the ending of OUT: .json for a circuit, .py for Python "
        "source that builds it, .svg or .dot for a picture, .c for C99, .onnx, .tex for LaTeX. C, "
        "python and numpy stand alone, without gatenet. A model's circuit takes cells as they "
        "stand in the table and gives probabilities, or the number predicted.",
        epilog="example: python -m gatenet export out/model.json predict.c --main",
    )
    parser.add_argument("source", type=Path, metavar="FILE", help="a model.json or a circuit")
    parser.add_argument("out", type=Path, metavar="OUT", help="the file to write")
    parser.add_argument(
        "--at", type=numbers, metavar="X,Y,...",
        help="values of the inputs, in the order of the columns (default: an average row)",
    )  # fmt: skip
    parser.add_argument(
        "--to", choices=FORMS,
        help="the form (default: by the ending of OUT; 'builder' is Python that builds the circuit "
        "with gatenet, 'compiled' what Compiled.load reads)",
    )  # fmt: skip
    parser.add_argument(
        "--name", default="f", help="what the function is called, in C and Python (default: f)"
    )
    parser.add_argument(
        "--gradients", action="store_true", help="export derivatives in every leaf as well"
    )
    parser.add_argument(
        "--main", action="store_true",
        help="C: add a program that reads rows of inputs and prints what they give",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Export."""
    from gatenet.cli.subjects import circuit_of
    from gatenet.errors import FormatError

    form = arguments.to or ENDINGS.get(arguments.out.suffix.lower())
    if form is None:
        raise FormatError(
            f"{shown(str(arguments.out))} ends in none of {', '.join(ENDINGS)}: the ending says "
            "what to write, or --to does"
        )
    circuit = circuit_of(arguments.source, arguments.at)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    _write(circuit, form, arguments)
    print(f"wrote {shown(str(arguments.out))}: {counted(len(circuit.rows), 'row')}")
    return 0


def _write(circuit: Any, form: str, arguments: argparse.Namespace) -> None:
    """Write a circuit in one of the forms."""
    from gatenet import exporting, io

    out = arguments.out
    if form == "circuit":
        io.save(circuit, out)
    elif form == "builder":
        io.write(io.to_python(circuit).encode(), out)
    elif form == "picture":
        from gatenet.viz import draw

        draw(circuit, out)
    elif form == "latex":
        io.write(f"{exporting.to_latex(circuit)}\n".encode(), out)
    else:
        leaves = [unit for unit in circuit.order if unit.gate is None]
        inputs = [unit for unit in leaves if unit.role == "input"]
        wrt = leaves if arguments.gradients else []
        compiled = circuit.compile(inputs, wrt=wrt, backend="python")
        if form == "compiled":
            exporting.save_compiled(compiled, out)
        elif form == "onnx":
            exporting.save_onnx(compiled, out)
        else:
            options: dict[str, Any] = {"gradients": arguments.gradients}
            if form == "c":
                options["main"] = arguments.main
            printers = {
                "c": exporting.c_source,
                "python": exporting.python_source,
                "numpy": exporting.numpy_source,
            }
            io.write(printers[form](compiled, arguments.name, **options).encode(), out)
