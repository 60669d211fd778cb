"""Wide NumPy: a wide program as a module in which a statement works many numbers out.

Every number has a row in one array, with a column for each row of a batch: operands are slices,
strided views and takes of it.  Sums add their terms in the recorded order.  Knows wide programs
and how their tables are read; imports nothing of NumPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gatenet.compiler.widening.program import VARYING, WideProgram, WideStep
from gatenet.exporting.numpygates import Arrays
from gatenet.exporting.plan import bare, cut
from gatenet.exporting.subject import Subject
from gatenet.exporting.views import Nest, Offsets, View, natural, nests, places, staged
from gatenet.printing import number

#: Numbers that the array may hold: more rows are worked out part by part.
NUMBERS = 1 << 22
#: So many steps stand in one function.
STEPS = 100

_HELPERS = '''

def at(w, start, lengths, strides):
    """A view of the rows that begin at `start`, along axes of these lengths and strides."""
    strides = [stride * w.strides[0] for stride in strides]
    return np.lib.stride_tricks.as_strided(
        w[start:], (*lengths, w.shape[1]), (*strides, w.strides[1])
    )


def ordered(terms, before=None):
    """The sums along the first axis, term by term, which NumPy keeps in no other axis."""
    if before is not None:
        terms = np.concatenate([before[None], terms])
    if terms[0].size == 1:
        return np.add.accumulate(terms)[-1]
    return np.add.reduce(np.ascontiguousarray(terms), axis=0, initial=-0.0)
'''.splitlines()


class Wide(Arrays):
    """A module of a wide program."""

    def __init__(self, found: Subject[WideProgram], name: str) -> None:
        super().__init__(found, name)
        self.program = program = found.program
        self.first = program.uniform + len(program.constants)
        self._tables: dict[Offsets, str] = {}
        self._indices: dict[str, str] = {}
        self._lines: list[str] = []
        stages = staged(program)
        self.shared = self._stage("shared", stages[:2], self._given())
        self.row = self._stage("row", stages[2:], self._read())
        self.copies = {
            "outputs": [f"outputs[:, part] = {self._taken(program.outputs)}"],
            # What the sweep starts from: no gradient is -0.0.
            "gradients": [f"gradients[:, part] = {self._taken(program.gradients)} + 0.0"],
        }

    def extra(self) -> list[str]:
        """The helpers, and the tables and indices of operands that no stride leads to."""
        return [*super().extra(), *_HELPERS, "", "", *self._lines]

    def checked_nodes(self) -> list[str]:
        """The rows of the recorded comparisons."""
        nodes = [check.node for check in self.program.checks]
        return [f"w[{place}]" for place in places(self.program, nodes)]

    def loop(
        self, shared: Sequence[str], values: Sequence[str], gradients: Sequence[str] | None
    ) -> list[str]:
        """The body of a function: the rows part by part."""
        found = self.subject
        wide, many = len(found.inputs), len(found.parameters)
        size = self.first + self.program.varying
        sizes = {"outputs": len(found.outputs)}
        if gradients is not None:
            sizes["gradients"] = len(found.gradients)
        most = max(1, NUMBERS // max(1, size))
        return [
            "rows = np.asarray(rows, dtype=float)",
            "p = np.asarray(parameters, dtype=float)",
            f"if rows.ndim != 2 or rows.shape[1] != {wide} or p.shape != ({many},):",
            f'    raise ValueError("give rows of {wide} and {many} parameters")',
            *[f"{kind} = np.empty(({count}, len(rows)))" for kind, count in sizes.items()],
            f"whole = w = np.empty(({size}, min(len(rows), {most})))",
            'with np.errstate(all="ignore"):',
            *[f"    {line}" for line in shared],
            f"    for start in range(0, len(rows), {most}):",
            f"        part = slice(start, start + {most})",
            "        x = rows[part].T",
            "        w = whole[:, : x.shape[1]]",
            *[f"        {line}" for line in [*values, *(gradients or ())]],
            f"return {', '.join(f'{kind}.T' for kind in sizes)}",
        ]

    def _given(self) -> list[str]:
        uniform, constants = self.program.uniform, self.program.constants
        lines = [f"    w[:{uniform}] = p[:, None]"] if uniform else []
        if constants:
            texts = [number(x).replace("inf", "math.inf").replace("nan", "math.nan")
                     for x in constants]  # fmt: skip
            name = self._table("constants", texts)
            lines.append(f"    w[{uniform}:{self.first}] = {name}[:, None]")
        return lines

    def _read(self) -> list[str]:
        end = self.first + self.program.inputs
        return [f"    w[{self.first}:{end}] = x[:]"] if self.program.inputs else []

    def _stage(
        self, title: str, parts: Sequence[Sequence[WideStep]], head: list[str]
    ) -> tuple[list[str], list[str]]:
        made: tuple[list[str], list[str]] = ([], [])
        if head:
            made[0].append(self._function(f"{title}_given", head))
        count = 0
        for calls, steps in zip(made, parts, strict=True):
            for some in cut(steps, STEPS):
                lines = [line for step in some for line in self._step(step)]
                calls.append(self._function(f"{title}_{count}", lines))
                count += 1
        return made

    def _step(self, step: WideStep) -> list[str]:
        """A step as a statement for each run of terms."""
        out = step.out - VARYING + self.first
        lines = []
        for k, nest in enumerate(nests(step, self.first)):
            target = _slice(out, nest.lengths, natural(nest.lengths))
            texts = [self._operand(nest, view) for view in nest.views]
            if step.gate is not None:
                found = bare(self.applied(step.gate).format(*texts))
            elif nest.terms == 1:
                found = " * ".join(texts)
                found = f"{target} + {found}" if k else found
            else:
                found = texts[0]
                if len(texts) == 2:
                    found = f'np.multiply({found}, {texts[1]}, order="C")'
                found = f"ordered({found}{f', {target}' if k else ''})"
            full = f"{target}[...]" if len(nest.lengths) > 1 else target
            lines.append(f"    {full} = {found}")
        return lines

    def _operand(self, nest: Nest, view: View) -> str:
        """An operand: a slice or a view of the rows, or a take of them."""
        lengths, strides = nest.lengths, view.strides
        if strides is not None and not isinstance(view.term, tuple):
            if nest.terms > 1:
                assert view.term is not None
                return _view(view.start, (nest.terms, *lengths), (view.term, *strides))
            return _slice(view.start, lengths, strides)
        if nest.terms == 1 or view.term is None:
            shape = lengths if nest.terms == 1 else (nest.terms, *lengths)
            index = self._table("at", view.table)
        else:
            shape = (nest.terms, *lengths)
            along = (
                f"{self._table('at', view.term)}[:, None]"
                if isinstance(view.term, tuple)
                else f"np.arange({nest.terms})[:, None] * {view.term}"
            )
            across = view.table or _offsets(lengths, strides or ())
            index = f"({self._table('at', across)} + {along})"
        if len(shape) > 1:
            index += f".reshape{shape}"
        return f"w[{self._index(f'{index} + {view.start}')}]"

    def _taken(self, slots: Sequence[int]) -> str:
        """Results, in their order."""
        if not slots:
            return "0.0"
        (nest,) = nests(WideStep(None, 0, len(slots), [[*slots]], 1), self.first)
        if len(nest.lengths) == 1:
            return self._operand(nest, nest.views[0])
        return f"w[{self._index(self._table('at', tuple(places(self.program, slots))))}]"

    def _index(self, text: str) -> str:
        """The name of an index, worked out once."""
        name = self._indices.get(text)
        if name is None:
            name = self._indices[text] = f"{self.name}_index_{len(self._indices)}"
            self._lines.append(f"{name} = {text}")
        return name

    def _table(self, kind: str, numbers: Sequence[Any]) -> str:
        """The name of a table; equal ones are printed once."""
        key = tuple(numbers)
        name = self._tables.get(key)
        if name is None:
            name = self._tables[key] = f"{self.name}_{kind}_{len(self._tables)}"
            self._lines.append(f"{name} = np.array([")
            self._lines += [f"    {', '.join(map(str, some))}," for some in cut(key, 16)]
            self._lines.append("])")
        return name


def _offsets(lengths: Sequence[int], strides: Sequence[int]) -> Offsets:
    """Where the numbers along some axes stand."""
    found = [0]
    for length, stride in zip(reversed(lengths), reversed(strides), strict=True):
        found = [k * stride + place for k in range(length) for place in found]
    return tuple(found)


def _slice(start: int, lengths: Sequence[int], strides: Sequence[int]) -> str:
    """The rows along one axis as a slice; a view along more."""
    if not any(strides):
        return f"w[{start}]"
    if len(lengths) > 1 or strides[0] < 0:
        return _view(start, lengths, strides)
    length, stride = lengths[0], strides[0]
    if stride == 1:
        return f"w[{start}:{start + length}]"
    return f"w[{start}:{start + (length - 1) * stride + 1}:{stride}]"


def _view(start: int, lengths: Sequence[int], strides: Sequence[int]) -> str:
    return f"at(w, {start}, {tuple(lengths)}, {tuple(strides)})"
