"""Kernels: the primitive gates printed as C, for the lane machine's build.

The text is a list of macro calls, ONE(name, expression) and so on, that `machine.c` and `wide.c`
expand into one loop for each kind of operand and each instruction set.  Knows the declarations.
"""

from __future__ import annotations

from pathlib import Path

from gatenet.declaration import Gate
from gatenet.gates import CATALOGUE

_WORDS = ("ONE", "TWO", "THREE")
_NAMES = ("a", "b", "c")


def primitives() -> list[Gate]:
    """The gates that the machine has kernels for, in the order of their numbers."""
    return [gate for gate in CATALOGUE.values() if gate.primitive is not None]


def printed() -> str:
    """Print the list of kernels as a C header.

    >>> "TWO(add, (a + b))" in printed()
    True
    """
    lines = [
        "/* Printed from the gates when the package is built. */",
        "#define KERNELS EVERY_GATE(ONE, TWO, THREE)",
        "#define EVERY_GATE(ONE, TWO, THREE) \\",
    ]
    for gate in primitives():
        assert gate.primitive is not None
        arity = len(gate.inputs)
        expression = gate.primitive.c.format(*_NAMES[:arity])
        lines.append(f"    {_WORDS[arity - 1]}({gate.name}, {expression}) \\")
    return "\n".join([*lines, ""]) + "\n"


def written(folder: Path) -> Path:
    """Write the header into a folder, which is made; give the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "printedgates.h").write_text(printed(), encoding="ascii")
    return folder
