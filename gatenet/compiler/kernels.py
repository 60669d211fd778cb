"""Kernels: the primitive gates printed as C, for the lane machine's build.

The text is a list of macro calls, ONE(name, expression) and so on, that `machine.c` and `wide.c`
expand into one loop for each kind of operand and each instruction set.  Knows the declarations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from gatenet.declaration import Gate
from gatenet.gates import CATALOGUE

_WORDS = ("ONE", "TWO", "THREE")
_NAMES = ("a", "b", "c")


def primitives() -> list[Gate]:
    """The gates that the machine has kernels for, in the order of their numbers."""
    return [gate for gate in CATALOGUE.values() if gate.primitive is not None]


def single(expression: str) -> str:
    """Write an expression of C for float32: its functions, and numbers, are those of float.

    >>> single("(exp(a) != 0.0 ? b : fabs(c))")
    '(expf(a) != 0.0f ? b : fabsf(c))'
    """
    return re.sub(r"(\b[a-z]\w*(?=\()|\b\d+\.\d+\b)", r"\1f", expression)


def printed() -> str:
    """Print the list of kernels as a C header, for float64 and for float32.

    >>> "TWO(add, (a + b))" in printed()
    True
    """
    return "\n".join(
        [
            "/* Printed from the gates when the package is built. */",
            "#define KERNELS EVERY_GATE(ONE, TWO, THREE)",
            *_listed("EVERY_GATE", lambda expression: expression),
            *_listed("EVERY_GATE_32", single),
        ]
    )


def _listed(name: str, written: Callable[[str], str]) -> Iterator[str]:
    yield f"#define {name}(ONE, TWO, THREE) \\"
    for gate in primitives():
        assert gate.primitive is not None
        arity = len(gate.inputs)
        expression = written(gate.primitive.c.format(*_NAMES[:arity]))
        yield f"    {_WORDS[arity - 1]}({gate.name}, {expression}) \\"
    yield "\n"


def written(folder: Path) -> Path:
    """Write the header into a folder, which is made; give the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "printedgates.h").write_text(printed(), encoding="ascii")
    return folder
