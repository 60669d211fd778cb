"""C loops: the functions that work a wide program out, a loop or two for each step.

Every number has a place in one workspace: parameters, constants, a row's inputs, then what the
steps write.  Sums add their terms in the recorded order, so the bits are the eager engine's.
Knows wide programs and how their tables are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from gatenet.compiler.widening.program import VARYING, WideProgram, WideStep
from gatenet.exporting.cbody import Calls, Functions, number
from gatenet.exporting.plan import bare, cut
from gatenet.exporting.views import Nest, Offsets, View, natural, nests, places, staged

#: So many steps stand in one function.
STEPS = 10
#: Sums of so few numbers are held in a variable each; of more they grow side by side.
FEW = 4
#: Where sums or results stand, and where the operands do, while a loop runs.
_OUT, _OPERANDS, _LOOPS = "z", "abc", "ijlm"


class Loops(Functions):
    """The functions of a wide program; the calls are kept by stage, as in `Body`."""

    def __init__(self, program: WideProgram, name: str) -> None:
        super().__init__(name)
        self.headers = ["#include <stdint.h>"]
        self.program = program
        self.first = program.uniform + len(program.constants)
        self.sizes = {"w": self.first + program.varying}
        self._known: dict[Offsets, str] = {}
        stages = staged(program)
        self.shared = self._stage("shared", stages[:2], self._given())
        self.row = self._stage("row", stages[2:], self._read())
        self.copies = {
            "outputs": self._copied("outputs", program.outputs, ""),
            # What the sweep starts from: no gradient is -0.0.
            "gradients": self._copied("gradients", program.gradients, " + 0.0"),
        }

    def checks(self) -> Iterator[str]:
        """What is asked of a row's recorded comparisons: one condition each."""
        for place in places(self.program, [check.node for check in self.program.checks]):
            yield f"w[{place}] == 0.0"

    def _given(self) -> list[str]:
        """The lines that put parameters and constants into the workspace."""
        lines = []
        program = self.program
        if program.uniform:
            lines += [f"    for (int i = 0; i < {program.uniform}; i++)", "        w[i] = p[i];"]
        if program.constants:
            table = f"{self.name}_constants"
            texts = [number(value) for value in program.constants]
            self._table(f"double {table}", texts)
            lines += [
                f"    for (int i = 0; i < {len(texts)}; i++)",
                f"        w[{program.uniform} + i] = {table}[i];",
            ]
        return lines

    def _read(self) -> list[str]:
        """The lines that put a row's inputs into the workspace."""
        if not self.program.inputs:
            return []
        return [
            f"    for (int i = 0; i < {self.program.inputs}; i++)",
            f"        w[{self.first} + i] = x[i];",
        ]

    def _stage(self, title: str, parts: Sequence[Sequence[WideStep]], head: list[str]) -> Calls:
        """Print the functions of a stage; give the calls for values, and those for gradients."""
        made: Calls = ([], [])
        if head:
            made[0].append(self._function(f"{title}_given", head, "w"))
        count = 0
        for calls, steps in zip(made, parts, strict=True):
            for some in cut(steps, STEPS):
                lines = [line for step in some for line in self._step(step)]
                calls.append(self._function(f"{title}_{count}", lines, "w"))
                count += 1
        return made

    def _step(self, step: WideStep) -> list[str]:
        """A step as blocks of loops."""
        out = step.out - VARYING + self.first
        form = "{} * {}" if len(step.args) == 2 else "{}"
        if step.gate is not None:
            form = bare(self._template(step.gate))
        shape = f"{step.size} sums of {step.terms}" if step.gate is None else f"{step.size}"
        lines = [f"    /* {step.kind}: {shape} */"]
        for k, nest in enumerate(nests(step, self.first)):
            lines += self._block(f"double *restrict {_OUT} = w + {out}", nest, form, k > 0)
        return lines

    def _block(self, out: str, nest: Nest, form: str, more: bool, after: str = "") -> list[str]:
        """The loops of a nest, with names for where its operands begin."""
        names = _OPERANDS[: len(nest.views)]
        views = list(zip(names, nest.views, strict=True))
        begin = [f"*{name} = w + {view.start}" for name, view in views]
        lines = [f"{out};", f"const double {', '.join(begin)};"]
        place = _at(nest, natural(nest.lengths))

        def term(later: bool) -> str:
            texts = [f"{name}[{self._index(nest, view, later)}]" for name, view in views]
            return form.format(*texts) + after

        size = prod(nest.lengths)
        counted = zip(_LOOPS[: len(nest.lengths)], nest.lengths, strict=True)
        numbers = [(name, 0, length) for name, length in counted if size > 1]
        terms = [("k", 1, nest.terms)] if nest.terms > 1 else []
        first = f"{_OUT}[{place}] + {term(False)}" if more else term(False)
        if terms and size <= FEW:
            inner = [
                f"double sum = {first};",
                *_looped(terms, [f"sum = sum + {term(True)};"]),
                f"{_OUT}[{place}] = sum;",
            ]
            lines += _looped(numbers, inner)
        else:
            lines += _looped(numbers, [f"{_OUT}[{place}] = {first};"])
            if terms:
                adding = f"{_OUT}[{place}] = {_OUT}[{place}] + {term(True)};"
                lines += _looped([*terms, *numbers], [adding])
        return ["    {", *[f"        {line}" for line in lines], "    }"]

    def _index(self, nest: Nest, view: View, later: bool) -> str:
        """Where an operand stands from its begin on; in the first term, or a `later` one."""
        if view.strides is not None:
            parts = [_at(nest, view.strides)]
        else:
            inside = _at(nest, natural(nest.lengths))
            if later and view.term is None:
                inside = f"{prod(nest.lengths)} * k + {inside}".removesuffix(" + 0")
            parts = [f"{self._offsets(view.table)}[{inside}]"]
        if isinstance(view.term, tuple):
            parts.append(f"{self._offsets(view.term)}[k]" if later else str(view.term[0]))
        elif later and view.term:
            parts.append("k" if view.term == 1 else f"{view.term} * k")
        return " + ".join([part for part in parts if part != "0"]) or "0"

    def _copied(self, kind: str, slots: Sequence[int], after: str) -> list[str]:
        """The function that copies results out of the workspace."""
        if not slots:
            return []
        (nest,) = nests(WideStep(None, 0, len(slots), [[*slots]], 1), self.first)
        out = f"double *restrict {_OUT} = {kind} + 0"
        return [self._function(kind, self._block(out, nest, "{}", False, after))]

    def _offsets(self, offsets: Offsets) -> str:
        """The name of a table; equal ones are printed once."""
        name = self._known.get(offsets)
        if name is None:
            name = self._known[offsets] = f"{self.name}_at_{len(self._known)}"
            most = max(offsets)
            bits = 8 if most < 1 << 8 else 16 if most < 1 << 16 else 32
            self._table(f"uint{bits}_t {name}", [str(offset) for offset in offsets])
        return name

    def _table(self, head: str, texts: Sequence[str]) -> None:
        self.tables += ["", f"static const {head}[{len(texts)}] = {{"]
        self.tables += [f"    {', '.join(some)}," for some in cut(texts, 12)]
        self.tables.append("};")


def _at(nest: Nest, strides: Sequence[int]) -> str:
    """A place from the counters of the loops over the numbers."""
    loops = zip(_LOOPS[: len(strides)], nest.lengths, strides, strict=True)
    parts = [
        name if stride == 1 else f"{stride} * {name}"
        for name, length, stride in loops
        if stride and length > 1
    ]
    return " + ".join(parts) or "0"


def _looped(loops: Sequence[tuple[str, int, int]], lines: Sequence[str]) -> list[str]:
    """Put loops round some lines."""
    found = [f"{'    ' * len(loops)}{line}" for line in lines]
    for depth in range(len(loops) - 1, -1, -1):
        name, start, end = loops[depth]
        block = depth < len(loops) - 1 or len(lines) > 1
        head = f"{'    ' * depth}for (int {name} = {start}; {name} < {end}; {name}++)"
        found.insert(0, f"{head} {{" if block else head)
        if block:
            found.append(f"{'    ' * depth}}}")
    return found
