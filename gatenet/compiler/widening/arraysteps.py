"""Wide steps as calls of NumPy, each with its arrays in hand: what one run of a workspace does.

Sums keep their recorded order and functions are the C library's; with `reassociate` both are left
to NumPy.  Knows wide programs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from gatenet.compiler.widening.arraycalls import FIXED, Call, chosen, mapped, named, ordered
from gatenet.compiler.widening.arraytables import Tables, shaped
from gatenet.compiler.widening.folding import Folded, cut, folded
from gatenet.compiler.widening.program import VARYING, WideProgram, WideStep
from gatenet.compiler.widening.tables import matrix

#: So many products are worth a call of NumPy's own product of matrices.
MATRIX = 256

#: Copying so many numbers takes as long as another call of NumPy.
CALL = 500


class Space:
    """A workspace for so many lanes, and the calls that fill it."""

    def __init__(self, np: Any, program: WideProgram, lanes: int) -> None:
        self.np, self.program, self.lanes = np, program, lanes
        self.tables = Tables(program, lanes, np)
        self.work, self.first, self.tail = self.tables.work, self.tables.first, self.tables.tail
        steps = [part for one in folded(program, np) for part in cut(one, program)]
        #: What still wants its copies: for each step what gives its calls.
        makers = [(one.number, self._step(one)) for one in steps]
        gathers = self.tables.scheduled()
        longest = max([max(s.step.terms, 1) * s.step.size for s in steps], default=1)
        self._spare = np.empty(longest * lanes)
        self._masks = self._asked(steps)
        self.calls: list[Call] = []
        for number, make in makers:
            if number in gathers:
                self.calls.append(gathers.pop(number))
            self.calls += make()
        self.results = self.tables.places(program.results)
        self.tables.mixed |= min(program.results, default=VARYING) < VARYING

    def run(self, uniform: Sequence[float], part: Any) -> Any:
        """Run so many rows as there are lanes; give (results, lanes)."""
        program, tables, np = self.program, self.tables, self.np
        given = np.asarray(uniform, dtype=float)
        if self.lanes == 1:
            self.work[: program.uniform] = given
            self.work[self.first : self.first + program.inputs] = part[0]
        else:
            tables.common[: program.uniform, 0] = given
            if tables.mixed:
                self.work[: self.first] = tables.common
            self.work[self.first : self.first + program.inputs] = part.T
        for call in self.calls:
            call()
        found = self.work.take(self.results, 0)
        found[len(program.outputs) :] += 0.0  # what the sweep starts from: no gradient is -0.0
        return found.reshape(len(found), self.lanes)

    def _out(self, step: WideStep) -> Any:
        start = self.tables.place(step.out)
        return self.work[start : start + step.size]

    def _read(self, table: Sequence[int], lengths: tuple[int, ...], need: int) -> Any:
        view = self.tables.view(table, lengths)
        return self.tables.gather(table, need) if view is None else view

    def _step(self, one: Folded) -> Callable[[], list[Call]]:
        """Ask for what a step reads; give what makes its calls when the copies have a place."""
        step, number = one.step, one.number
        if one.choice:
            table = self._flat(step.args[0], (step.terms, step.size), number)
            return lambda: [
                chosen(self.np, one.choice, shaped(table, (step.terms, step.size)), self._out(step))
            ]
        if step.gate is None:
            product = self._product(step, number)
            return product or self._sums(step, number)
        lengths = self.tables.lengths(step.args, step.size)
        reads = [self._read(table, lengths, number) for table in step.args]
        return lambda: self._gate(step, [shaped(read, lengths) for read in reads], lengths)

    def _gate(self, step: WideStep, reads: list[Any], lengths: tuple[int, ...]) -> list[Call]:
        """The calls of a primitive gate."""
        np, gate = self.np, step.gate
        assert gate is not None
        assert gate.primitive is not None
        out = self._out(step).reshape(*lengths, *self.tail)
        name = gate.primitive.ufunc
        if name == "where":
            return self._where(step, reads, out)
        if gate.primitive.condition and name:
            # NumPy is slow to write numbers where it finds yes or no.
            mask = self._masks.get(step.out)
            if mask is None:
                mask = np.empty(out.size, dtype=bool)
            mask = mask.reshape(out.shape)
            return [partial(getattr(np, name), *reads, mask), partial(np.copyto, out, mask)]
        if name and (name in FIXED or self.program.reassociate):
            return [partial(getattr(np, name), *reads, out)]
        reads = [np.broadcast_to(read, out.shape) for read in reads]
        return [mapped(gate, reads, out.reshape(-1))]

    def _asked(self, steps: Sequence[Folded]) -> dict[int, Any]:
        """Comparisons that a choice asks as they are: their yes and no, by their first slot."""
        asked = {
            one.step.args[0][0]
            for one in steps
            if one.step.gate is not None and named(one.step.gate) == "where"
        }
        return {
            one.step.out: self.np.empty(one.step.size * self.lanes, dtype=bool)
            for one in steps
            if one.step.out in asked
            and one.step.gate is not None
            and one.step.gate.primitive is not None
            and one.step.gate.primitive.condition
        }

    def _where(self, step: WideStep, reads: list[Any], out: Any) -> list[Call]:
        """A choice: what is chosen where yes is the answer, written over the other.

        Any number but 0 is a yes, nan as well.
        """
        np, asked = self.np, step.args[0]
        answers = self._masks.get(asked[0])
        if (
            answers is not None
            and answers.size == step.size * self.lanes
            and asked == [*range(asked[0], asked[0] + step.size)]
        ):
            reads[0] = answers.reshape(out.shape)
        yes, chosen, other = [np.broadcast_to(read, out.shape) for read in reads]
        return [partial(np.copyto, out, other), partial(np.putmask, out, yes, chosen)]

    def _flat(self, table: Sequence[int], shape: tuple[int, ...], need: int) -> Any:
        """A table of numbers for all lanes that stand in memory in its order."""
        view = self.tables.view(table, shape, whole=True)
        if view is None or not view.flags.c_contiguous:
            return self.tables.gather(table, need)
        return view

    def _sums(self, step: WideStep, number: int) -> Callable[[], list[Call]]:
        """Ordered sums of numbers or of products."""
        terms, size, args = step.terms, step.size, step.args
        if len(args) == 1 and terms > 3:
            table = self._flat(args[0], (terms, size), number)
            return lambda: [ordered(self.np, shaped(table, (terms, size)), self._out(step))]
        if len(args) == 1 or terms == 1:
            rows = [[t[k * size : (k + 1) * size] for t in args] for k in range(terms)]
            axes = self.tables.lengths([table for row in rows for table in row], size)
            reads = [[self._read(table, axes, number) for table in row] for row in rows]
            return lambda: self._few(step, reads, axes)
        lengths = self.tables.lengths(args, size)
        parts = []
        for first, last in self._parts(step, lengths):
            shape = (last - first, *lengths)
            some = [table[first * size : last * size] for table in args]
            parts.append((first, last, [self._read(table, shape, number) for table in some]))

        def made() -> list[Call]:
            products = self._spare[: terms * size * self.lanes].reshape(terms, size, *self.tail)
            calls: list[Call] = []
            for first, last, reads in parts:
                shape = (last - first, *lengths)
                factors = [shaped(read, shape) for read in reads]
                target = products[first:last].reshape(*shape, *self.tail)
                calls.append(partial(self.np.multiply, *factors, target))
            return [*calls, ordered(self.np, products, self._out(step))]

        return made

    def _parts(self, step: WideStep, lengths: tuple[int, ...]) -> list[tuple[int, int]]:
        """Cut the terms so that their tables are views: the first or the last may stand apart."""
        terms, size = step.terms, step.size

        def copies(first: int, last: int) -> int:
            shape = (last - first, *lengths)
            some = [table[first * size : last * size] for table in step.args]
            return sum(len(table) for table in some if self.tables.view(table, shape) is None)

        whole = copies(0, terms)
        if whole > CALL:
            for at in (1, terms - 1):
                if copies(0, at) + copies(at, terms) + CALL < whole:
                    return [(0, at), (at, terms)]
        return [(0, terms)]

    def _few(self, step: WideStep, reads: list[list[Any]], axes: tuple[int, ...]) -> list[Call]:
        """The calls of sums of few terms, and of single products."""
        np, out = self.np, self._out(step).reshape(*axes, *self.tail)
        rows = [[shaped(read, axes) for read in row] for row in reads]
        if len(rows[0]) == 2:
            return [partial(np.multiply, *rows[0], out)]
        if len(rows) == 1:
            return [partial(np.copyto, out, rows[0][0])]
        calls: list[Call] = [partial(np.add, rows[0][0], rows[1][0], out)]
        return calls + [partial(np.add, out, row[0], out) for row in rows[2:]]

    def _product(self, step: WideStep, number: int) -> Callable[[], list[Call]] | None:
        """Leave sums that are a product of matrices to NumPy's, where any order will do."""
        if len(step.args) == 1 or not self.program.reassociate:
            return None
        if self.lanes > 1 or step.size * step.terms < MATRIX:
            return None
        found = matrix(step.args[0], step.args[1], step.terms, step.size)
        if found is None:
            return None
        np, (groups, rows, columns) = self.np, found.shape
        out = self._out(step)
        left = self._strided(*found.left, (groups, rows, found.terms))
        right = self._strided(*found.right, (groups, found.terms, columns))
        axes = [kind for kind, _ in found.order]
        target = out.reshape([length for _, length in found.order])
        missing = [kind for kind in range(3) if kind not in axes]
        target = target.reshape([*target.shape, *[1] * len(missing)])
        target = target.transpose([[*axes, *missing].index(kind) for kind in range(3)])
        calls: list[Call] = [partial(np.matmul, left, right, target)]
        if found.terms == step.terms:
            return lambda: calls
        row = 0 if found.first else step.terms - 1
        beside = [table[row * step.size : (row + 1) * step.size] for table in step.args]
        lengths = self.tables.lengths(beside, step.size)
        one, other = [self._read(table, lengths, number) for table in beside]
        spare = np.empty(lengths)
        whole = out.reshape(lengths)
        return lambda: [
            *calls,
            partial(np.multiply, shaped(one, lengths), shaped(other, lengths), spare),
            partial(np.add, whole, spare, whole),
        ]

    def _strided(self, start: int, strides: Sequence[int], shape: Sequence[int]) -> Any:
        work = self.work
        return self.np.lib.stride_tricks.as_strided(
            work[self.tables.place(start) :], shape, [s * work.strides[0] for s in strides]
        )
