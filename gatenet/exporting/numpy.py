"""NumPy: a program as a module that works out a whole batch of rows at a time.

What was compiled wide has a statement for many numbers at once.  Imports nothing of NumPy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gatenet.exporting.numpygates import Arrays
from gatenet.exporting.numpywide import Wide
from gatenet.exporting.pybody import Body
from gatenet.exporting.subject import subject, wide_subject


def numpy_source(
    what: Any,
    name: str = "f",
    *,
    parameters: Iterable[float] | None = None,
    gradients: bool = True,
    loops: bool | None = None,
) -> str:
    """Print a program or a compiled circuit as a module that needs NumPy and nothing else.

    The module has `f(rows, parameters=PARAMETERS)`, which gives an array with a row of outputs for
    each row, and `f_and_gradients(rows, parameters=PARAMETERS)`, which gives two such arrays.  The
    results are the eager engine's bits wherever NumPy's own function of a gate is the C library's;
    its exp, tanh and their like may be a few units in the last place apart.

    With `loops` the circuit is widened: a statement works many numbers of each row out, sums term
    by term in the recorded order.  By default what was compiled with backend="wide" is so written.

    Raises RangeError for a name that cannot be used, WiringError for a program without its
    parameters' values, CompileError for `loops` without a circuit, or with one that cannot be
    widened.

    >>> from gatenet import Circuit, Unit
    >>> x = Unit(0.0, "x")
    >>> print(numpy_source(Circuit(x.tanh()).compile([x])))
    \"\"\"f: 1 input, 1 parameter, 1 output, 1 gradient; printed by gatenet ...
    def f_row_0(x, w, outputs):
        v... = np.tanh(x[0])
    ...
    """
    wide = wide_subject(what, loops, parameters=parameters, gradients=gradients)
    if wide is not None:
        return Wide(wide, name).source()
    return _Numpy(subject(what, parameters=parameters, gradients=gradients), name).source()


class _Numpy(Arrays, Body):
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
