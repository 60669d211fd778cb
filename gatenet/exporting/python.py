"""Python: a program as a module that needs `math` and nothing else.

Operations are printed in the style that never raises; the functions this takes are those of
`ieee`, copied into the module.  Knows Python's own forms of gates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gatenet.declaration import Gate
from gatenet.exporting.pybody import Body, plain
from gatenet.exporting.subject import subject


def python_source(
    what: Any,
    name: str = "f",
    *,
    parameters: Iterable[float] | None = None,
    gradients: bool = True,
) -> str:
    """Print a program or a compiled circuit as a Python module that stands alone.

    The module has `f(rows, parameters=PARAMETERS)`, which gives a list of outputs for each row,
    and `f_and_gradients(rows, parameters=PARAMETERS)`, which gives two lists for each row.  The
    results are the eager engine's, to the bit.

    Raises RangeError for a name that cannot be used, WiringError for a program without its
    parameters' values.

    >>> from gatenet import Circuit, Unit
    >>> x = Unit(0.0, "x")
    >>> print(python_source(Circuit(x * x).compile([x]), "square"))
    \"\"\"square: 1 input, 1 parameter, 1 output, 1 gradient; printed by gatenet ...
    def square_row_0(x, outputs):
        v... = x[0] * x[0]
        outputs[0] = v...
    ...
    """
    return _Python(subject(what, parameters=parameters, gradients=gradients), name).source()


class _Python(Body):
    imports = ("import math",)

    def template(self, gate: Gate) -> str:
        assert gate.primitive is not None
        return plain(gate.primitive.total, self.needed)

    def loop(
        self, shared: Sequence[str], values: Sequence[str], gradients: Sequence[str] | None
    ) -> list[str]:
        found = self.subject
        lines = [
            "p = list(parameters)",
            *self.workspace("s", self.plan.shared),
            *shared,
            "results = []",
            "for row in rows:",
            "    x = list(row)",
            f"    if len(x) != {len(found.inputs)} or len(p) != {len(found.parameters)}:",
            f'        raise ValueError("give rows of {len(found.inputs)} and '
            f'{len(found.parameters)} parameters")',
            *[f"    {line}" for line in self.workspace("w", self.plan.row)],
            f"    outputs = [0.0] * {len(found.outputs)}",
            *[f"    {line}" for line in values],
        ]
        if gradients is not None:
            lines.append(f"    gradients = [0.0] * {len(found.gradients)}")
            lines += [f"    {line}" for line in gradients]
        got = "outputs" if gradients is None else "(outputs, gradients)"
        return [*lines, f"    results.append({got})", "return results"]
