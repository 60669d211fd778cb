"""The NumPy runner: each wide step as a few calls over arrays, one row a slot, one column a lane.

Sums are added term by term in the recorded order, so that they are the eager engine's to the bit;
functions that IEEE does not fix (exp, tanh) are called number by number from `math` for the same
reason.  With `reassociate` both are left to NumPy.  Knows wide programs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from gatenet.compiler.sums import added, array_block_sums
from gatenet.compiler.widening.program import VARYING, WideProgram, WideStep
from gatenet.compiler.widening.tables import affine, matrix
from gatenet.declaration import Gate
from gatenet.errors import ToolMissing

#: NumPy's functions whose results IEEE 754 fixes to the bit.
FIXED = frozenset([
    "add", "subtract", "multiply", "divide", "negative", "absolute", "fabs", "sqrt", "square",
    "less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "where",
])  # fmt: skip
#: Numbers that a workspace may hold, lanes included.
NUMBERS = 1 << 22

#: So many products are worth a call of NumPy's own product of matrices.
MATRIX = 256


class ArrayRunner:
    """Run a wide program with NumPy.

    Raises ToolMissing where NumPy is not installed.
    """

    def __init__(self, program: WideProgram) -> None:
        try:
            import numpy
        except ImportError as error:
            raise ToolMissing(
                "NumPy is not installed: pip install numpy, or take runner='machine'"
            ) from error
        self.np = numpy
        self.program = program
        self._made: dict[int, _Space] = {}

    def columns(self, uniform: Sequence[float], rows: Any) -> Any:
        """Run the rows; give an array, one row for each result and one column for each sample."""
        np, program = self.np, self.program
        given = np.asarray(rows, dtype=float).reshape(len(rows), -1)
        count = len(given)
        found = np.empty((len(program.results), count))
        at_once = max(1, min(count, NUMBERS // max(1, program.varying)))
        with np.errstate(all="ignore"):
            for start in range(0, count, at_once):
                part = given[start : start + at_once]
                space = self._made.pop(len(part), None) or _Space(np, program, len(part))
                found[:, start : start + at_once] = space.run(uniform, part)
                self._made = {len(part): space}
        return found

    def block_sums(self, uniform: Sequence[float], rows: Any) -> Iterator[list[float]]:
        """Run the rows; give the sum of each result over each block of 128, block by block."""
        columns = self.columns(uniform, rows)
        if columns.shape[1] <= 32:
            yield self._short(columns).tolist()
            return
        for sums in array_block_sums(columns, self.np).T:
            yield sums.tolist()

    def _short(self, columns: Any) -> Any:
        """The sums of up to 32 samples.

        Adding the zeros that fill up a short block changes nothing but the sign of a zero.
        """
        np = self.np
        count, width = columns.shape
        if width == 1:
            return columns[:, 0] + 0.0
        groups = -(-width // 8)
        padded = np.zeros((count, groups, 8))
        padded.reshape(count, -1)[:, :width] = columns
        joined = padded[:, 0]
        if groups > 1:
            joined = joined + padded[:, 1]
        if groups > 2:
            joined = joined + (padded[:, 2] + padded[:, 3] if groups > 3 else padded[:, 2])
        for half in (4, 2, 1):
            joined = joined[:, :half] + joined[:, half:]
        return joined[:, 0] + 0.0

    def totals(self, uniform: Sequence[float], rows: Any) -> list[float]:
        """Run the rows; give the sum of each result over them all, block by block."""
        return added(self.block_sums(uniform, rows))


class _Space:
    """A workspace for so many lanes, and the calls that fill it."""

    def __init__(self, np: Any, program: WideProgram, lanes: int) -> None:
        self.np, self.program, self.lanes = np, program, lanes
        self.first = program.uniform + len(program.constants)
        self.work = np.zeros((self.first + program.varying, lanes))
        self.work[program.uniform : self.first] = np.array(program.constants).reshape(-1, 1)
        longest = max([max(s.terms, 1) * s.size for s in program.steps], default=1)
        self._spare = [np.empty(longest * lanes) for _ in range(3)]
        self.calls: list[Callable[[], object]] = []
        for step in program.steps:
            self._step(step)
        self.results = np.array([self._place(slot) for slot in program.results], dtype=np.intp)

    def run(self, uniform: Sequence[float], part: Any) -> Any:
        program = self.program
        self.work[: program.uniform] = self.np.asarray(uniform, dtype=float).reshape(-1, 1)
        self.work[self.first : self.first + program.inputs] = part.T
        for call in self.calls:
            call()
        found = self.work[self.results]
        found[len(program.outputs) :] += 0.0  # what the sweep starts from: no gradient is -0.0
        return found

    def _place(self, slot: int) -> int:
        return slot - VARYING + self.first if slot >= VARYING else slot

    def _table(self, table: list[int], shape: tuple[int, ...], spare: int) -> Any:
        """A view of the workspace that is the table, or an array to fill and what fills it."""
        np, work = self.np, self.work
        places = [self._place(slot) for slot in table]
        found = affine(places)
        if found is not None:
            start, axes = found
            lengths = tuple([length for length, _ in axes])
            view = np.lib.stride_tricks.as_strided(
                work[start:],
                (*lengths, self.lanes),
                (*[stride * work.strides[0] for _, stride in axes], work.strides[1]),
            )
            if lengths == shape or shape == (1,) or lengths == ():
                return view.reshape(*shape, self.lanes), None
            if len(lengths) == 1:
                if axes[0][1] == 0:
                    return np.broadcast_to(work[start], (*shape, self.lanes)), None
                return view.reshape(*shape, self.lanes), None
            # Where the axes are cut elsewhere than the shape, a view may still do.
            again = view.reshape(*shape, self.lanes)
            if np.may_share_memory(again, work):
                return again, None
        index = np.array(places, dtype=np.intp)
        target = self._spare[spare][: len(places) * self.lanes].reshape(len(places), self.lanes)
        return target.reshape(*shape, self.lanes), _take(work, index, target)

    def _step(self, step: WideStep) -> None:
        np, calls = self.np, self.calls
        out = self.work[self._place(step.out) :][: step.size]
        if self._product(step, out):
            return
        shape = (step.size,) if step.gate is not None else (step.terms, step.size)
        views = []
        for k, table in enumerate(step.args):
            view, fill = self._table(table, shape, k)
            views.append(view)
            if fill is not None:
                calls.append(fill)
        if step.gate is not None:
            function = self._function(step.gate)
            calls.append(lambda: function(*views, out=out))
            return
        if len(views) == 2:
            left, right = views
            if step.terms == 1:
                calls.append(lambda: np.multiply(left[0], right[0], out=out))
                return
            products = self._spare[0][: step.terms * step.size * self.lanes]
            products = products.reshape(step.terms, step.size, self.lanes)
            calls.append(lambda: np.multiply(left, right, out=products))
        else:
            products = views[0]
        calls.append(self._ordered(products, out))

    def _product(self, step: WideStep, out: Any) -> bool:
        """Leave sums that are a product of matrices to NumPy's, where any order will do."""
        if step.gate is not None or len(step.args) == 1 or not self.program.reassociate:
            return False
        if self.lanes > 1 or step.size * step.terms < MATRIX:
            return False
        found = matrix(step.args[0], step.args[1], step.terms, step.size)
        if found is None:
            return False
        np, (groups, rows, columns) = self.np, found.shape
        left = self._strided(*found.left, (groups, rows, found.terms))
        right = self._strided(*found.right, (groups, found.terms, columns))
        axes = [kind for kind, _ in found.order]
        target = out[:, 0].reshape([length for _, length in found.order])
        missing = [kind for kind in range(3) if kind not in axes]
        target = target.reshape([*target.shape, *[1] * len(missing)])
        target = target.transpose([[*axes, *missing].index(kind) for kind in range(3)])
        self.calls.append(lambda: np.matmul(left, right, out=target))
        if found.terms < step.terms:
            row = 0 if found.first else step.terms - 1
            beside = [table[row * step.size : (row + 1) * step.size] for table in step.args]
            one, fill = self._table(beside[0], (step.size,), 0)
            other, more = self._table(beside[1], (step.size,), 1)
            self.calls += [call for call in (fill, more) if call is not None]
            self.calls.append(lambda: np.add(out, one * other, out=out))
        return True

    def _strided(self, start: int, strides: Sequence[int], shape: Sequence[int]) -> Any:
        work = self.work
        return self.np.lib.stride_tricks.as_strided(
            work[self._place(start) :], shape, [stride * work.strides[0] for stride in strides]
        )

    def _ordered(self, products: Any, out: Any) -> Callable[[], object]:
        """What adds the terms in their order: NumPy keeps it along any axis but the innermost.

        It starts from -0.0, to which adding changes nothing; NumPy's own start, 0.0, loses a sign.
        """
        np = self.np
        terms, size, lanes = products.shape
        if terms == 1:
            return lambda: np.copyto(out, products[0])
        if size * lanes > 1 or terms <= 2:
            if products.flags.c_contiguous:
                return lambda: np.add.reduce(products, axis=0, out=out, initial=-0.0)
            flat = np.empty((terms, size, lanes))

            def copied() -> None:
                np.copyto(flat, products)
                np.add.reduce(flat, axis=0, out=out, initial=-0.0)

            return copied

        def running() -> None:
            out[:] = np.add.accumulate(products.reshape(terms))[-1]

        return running

    def _function(self, gate: Gate) -> Callable[..., object]:
        """What computes a primitive gate on arrays, written to `out`."""
        np = self.np
        assert gate.primitive is not None
        name = gate.primitive.ufunc
        if name == "where":
            return self._where
        if name and (name in FIXED or self.program.reassociate):
            return getattr(np, name)  # type: ignore[no-any-return]
        kernel = np.frompyfunc(gate.value_kernel, len(gate.inputs), 1)

        def mapped(*args: Any, out: Any) -> None:
            out[:] = kernel(*args)

        return mapped

    def _where(self, asked: Any, chosen: Any, other: Any, out: Any) -> None:
        np = self.np
        np.copyto(out, other)
        np.copyto(out, chosen, where=np.not_equal(asked, 0.0))


def _take(work: Any, index: Any, target: Any) -> Callable[[], object]:
    return lambda: work.take(index, axis=0, out=target, mode="clip")
