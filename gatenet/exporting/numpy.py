"""NumPy: a program as a module that works out a whole batch of rows at a time.

Each gate is the function of whole arrays that its declaration names.  Knows NumPy's forms of
gates; imports nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from gatenet.declaration import Gate
from gatenet.exporting.pybody import Body, plain
from gatenet.exporting.subject import subject


def numpy_source(
    what: Any,
    name: str = "f",
    *,
    parameters: Iterable[float] | None = None,
    gradients: bool = True,
) -> str:
    """Print a program or a compiled circuit as a module that needs NumPy and nothing else.

    The module has `f(rows, parameters=PARAMETERS)`, which gives an array with a row of outputs for
    each row, and `f_and_gradients(rows, parameters=PARAMETERS)`, which gives two such arrays.  The
    results are the eager engine's bits wherever NumPy's own function of a gate is the C library's;
    its exp, tanh and their like may be a few units in the last place apart.

    Raises RangeError for a name that cannot be used, WiringError for a program without its
    parameters' values.

    >>> from gatenet import Circuit, Unit
    >>> x = Unit(0.0, "x")
    >>> print(numpy_source(Circuit(x.tanh()).compile([x])))
    \"\"\"f: 1 input, 1 parameter, 1 output, 1 gradient; printed by gatenet ...
    def f_row_0(x, w, outputs):
        v... = np.tanh(x[0])
    ...
    """
    return _Numpy(subject(what, parameters=parameters, gradients=gradients), name).source()


class _Numpy(Body):
    imports = ("import math", "", "import numpy as np")

    def __init__(self, *given: Any) -> None:
        self._own: dict[str, str] = {}
        super().__init__(*given)

    def template(self, gate: Gate) -> str:
        """An operator of Python's, the function that is named, or Python's own for each number."""
        printed = gate.primitive
        assert printed is not None
        if re.fullmatch(r"\((\{\} )?[-+*/]( )?\{\}\)", printed.python):
            return printed.python
        takes = ", ".join(["{}"] * len(gate.inputs))
        if printed.condition and printed.ufunc:
            return f"(np.{printed.ufunc}({takes}) * 1.0)"
        if printed.ufunc:
            return f"np.{printed.ufunc}({takes})"
        letters = ["a", "b", "c"][: len(gate.inputs)]
        text = plain(printed.total, self.needed).format(*letters)
        self._own[f"each_{gate.name}"] = f"lambda {', '.join(letters)}: {text}"
        return f"each_{gate.name}({takes})"

    def extra(self) -> list[str]:
        """NumPy has no function of these gates: Python's is called for each number."""
        lines = [f"{name} = np.vectorize({text}, otypes=[float])"
                 for name, text in sorted(self._own.items())]  # fmt: skip
        return ["", "", *lines] if lines else []

    def flipped(self, node: str) -> str:
        """The same question of any row."""
        return f"np.any({node} == 0.0)"

    def loop(
        self, shared: Sequence[str], values: Sequence[str], gradients: Sequence[str] | None
    ) -> list[str]:
        found = self.subject
        wide, many = len(found.inputs), len(found.parameters)
        sizes = {"outputs": len(found.outputs)}
        if gradients is not None:
            sizes["gradients"] = len(found.gradients)
        return [
            "rows = np.asarray(rows, dtype=float)",
            "p = np.asarray(parameters, dtype=float)",
            f"if rows.ndim != 2 or rows.shape[1] != {wide} or p.shape != ({many},):",
            f'    raise ValueError("give rows of {wide} and {many} parameters")',
            "x = rows.T",
            *self.workspace("s", self.plan.shared),
            *self.workspace("w", self.plan.row),
            *[f"{kind} = np.empty(({size}, len(rows)))" for kind, size in sizes.items()],
            'with np.errstate(all="ignore"):',
            *[f"    {line}" for line in [*shared, *values, *(gradients or ())]],
            f"return {', '.join(f'{kind}.T' for kind in sizes)}",
        ]
