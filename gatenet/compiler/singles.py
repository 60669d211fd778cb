"""The NumPy backend in float32: a program run a batch at a time where the lane machine is missing.

Every node is an array of float32, those that a batch shares arrays of one number.  Arithmetic,
comparisons and the square root give the lane machine's bits; NumPy's own exp, tanh and their like
differ from the C library's by some units in the last place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gatenet.compiler.arrays import WIDTH, ArrayBackend
from gatenet.compiler.program import Program


class SingleArrayBackend(ArrayBackend):
    """Run a program over float32 arrays, one array for each node.

    Raises ToolMissing where NumPy is not installed.
    """

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        kept = {*program.results, *program.constants}
        last: dict[int, int] = {}
        for k, args in enumerate(program.args):
            last.update(dict.fromkeys(args, k))
        #: For each node those that nobody reads after it.
        self.done: dict[int, list[int]] = {}
        for node, reader in last.items():
            if node not in kept:
                self.done.setdefault(reader, []).append(node)

    def columns(self, uniform: Sequence[float], rows: Any) -> Any:
        """Run the rows (an array or lists); give an array of (results, rows)."""
        np = self.np
        program = self.program
        with np.errstate(all="ignore"):
            given = np.asarray(rows, dtype=np.float32).reshape(len(rows), len(program.inputs))
            shared = np.asarray(uniform, dtype=np.float32)
            constants = {
                k: np.asarray([value]).astype(np.float32) for k, value in program.constants.items()
            }
            found = np.empty((len(program.results), len(given)), dtype=np.float32)
            for start in range(0, len(given), WIDTH):
                part = given[start : start + WIDTH].T
                values: dict[int, Any] = dict(constants)
                values.update(zip(program.inputs, part, strict=True))
                values.update((node, shared[k : k + 1]) for k, node in enumerate(program.uniform))
                self._worked_out(values, part.shape[1])
                for row, node in enumerate(program.results):
                    found[row, start : start + WIDTH] = values[node]
        return found

    def _worked_out(self, values: dict[int, Any], width: int) -> None:
        program = self.program
        for k, (gate, args) in enumerate(zip(program.gates, program.args, strict=True)):
            if gate is None:
                continue
            count = width if program.varying[k] else 1
            out = values[k] = self.np.empty(count, dtype=self.np.float32)
            self._function(gate)(*[values[arg] for arg in args], out=out)
            for node in self.done.get(k, ()):
                values.pop(node, None)
