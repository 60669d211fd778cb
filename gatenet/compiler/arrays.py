"""The NumPy backend: a program run a whole batch at a time, one function call for each node.

Nodes that a batch shares are worked out once by the Python backend's own pass.  The others are
rows of a workspace that is used again, written in place.  NumPy's exp, tanh and their like are
not libm's: a gate's value may differ from the other backends' by the ULP the documentation says;
arithmetic, comparisons and the square root are the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from gatenet.compiler.program import Program
from gatenet.compiler.python import Pass
from gatenet.compiler.slots import allocated
from gatenet.compiler.sums import AT_ONCE, added, array_block_sums
from gatenet.declaration import Gate
from gatenet.errors import ToolMissing

#: Rows that are worked on together: a whole number of blocks, and few enough for the cache.
WIDTH = 1024


class ArrayBackend:
    """Run a program over arrays, one row for each node and one column for each sample.

    Raises ToolMissing where NumPy is not installed.
    """

    name = "numpy"

    def __init__(self, program: Program) -> None:
        try:
            import numpy
        except ImportError as error:
            raise ToolMissing(
                "NumPy is not installed: pip install numpy, or take backend='python'"
            ) from error
        self.np = numpy
        self.program = program
        varying = program.varying
        operations = [k for k, gate in enumerate(program.gates) if gate is not None]
        body = [k for k in operations if varying[k]]
        read = {arg for k in body for arg in program.args[k]}
        shared = [k for k in operations if not varying[k]]
        wanted = (read | set(program.results)).difference(body)
        self.head = Pass(program, shared, program.uniform, {}, wanted)
        slots, self.rows = allocated(body, program.args, program.results)
        first = len(program.inputs)
        self.place = {node: k for k, node in enumerate(program.inputs)}
        self.place.update({node: first + slot for node, slot in slots.items()})
        self.rows += first
        self.steps = [
            (self._function(program.gates[node]), self.place[node], program.args[node])
            for node in body
        ]
        self._workspace: dict[int, Any] = {}

    def _function(self, gate: Gate | None) -> Callable[..., Any]:
        """What computes a gate on arrays and numbers, written to `out`."""
        assert gate is not None
        assert gate.primitive is not None
        name = gate.primitive.ufunc
        if name == "where":  # the one of NumPy's that takes no `out`
            return self._where
        return getattr(self.np, name) if name else self._mapped(gate)

    def _where(self, asked: Any, chosen: Any, other: Any, out: Any) -> None:
        self.np.copyto(out, other)
        self.np.copyto(out, chosen, where=self.np.not_equal(asked, 0.0))

    def _mapped(self, gate: Gate) -> Callable[..., Any]:
        """A gate for which NumPy has no function: number by number."""
        kernel = self.np.frompyfunc(gate.value_kernel, len(gate.inputs), 1)

        def apply(*operands: Any, out: Any) -> None:
            out[...] = kernel(*[self.np.asarray(op).astype(object) for op in operands])

        return apply

    def columns(self, uniform: Sequence[float], rows: Any) -> Any:
        """Run the rows (an array or lists); give an array of (results, rows)."""
        np = self.np
        shared = self.head.state(uniform)
        self.head.run([shared], [])
        given = np.asarray(rows, dtype=float).reshape(len(rows), len(self.program.inputs))
        found = np.empty((len(self.program.results), len(given)))
        constant = self._fixed(shared)
        with np.errstate(all="ignore"):
            for start in range(0, len(given), WIDTH):
                part = given[start : start + WIDTH]
                self._run(part, constant, found[:, start : start + WIDTH])
        return found

    def block_sums(self, uniform: Sequence[float], rows: Any) -> Iterator[list[float]]:
        """Run the rows; give the sum of each result over each block of 128, block by block."""
        for sums in array_block_sums(self.columns(uniform, rows), self.np).T:
            yield sums.tolist()

    def totals(self, uniform: Sequence[float], rows: Any) -> list[float]:
        """Run the rows; give the sum of each result over them all, block by block."""
        return added(
            sums
            for start in range(0, len(rows), AT_ONCE)
            for sums in self.block_sums(uniform, rows[start : start + AT_ONCE])
        )

    def _fixed(self, shared: Sequence[float]) -> dict[int, float]:
        """The nodes that are one number for the whole batch."""
        fixed = dict(self.program.constants)
        fixed.update({node: shared[slot] for node, slot in self.head.slots.items()})
        return fixed

    def _run(self, part: Any, fixed: dict[int, float], found: Any) -> None:
        width = len(part)
        work = self._workspace.pop(width, None)  # ours until it is put back: threads may call
        if work is None:
            work = self.np.empty((self.rows, width))
        work[: len(self.program.inputs)] = part.T
        views = list(work)
        place = self.place
        for function, target, args in self.steps:
            operands = [views[place[k]] if k in place else fixed[k] for k in args]
            function(*operands, out=views[target])
        for row, node in enumerate(self.program.results):
            found[row] = views[place[node]] if node in place else fixed[node]
        self._workspace.clear()
        self._workspace[width] = work
