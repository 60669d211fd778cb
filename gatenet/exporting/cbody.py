"""C bodies: the functions that work a program out, and the lines that call them.

Each operation is the C that its gate's declaration says.  Knows plans and primitive gates.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from gatenet.declaration import Gate
from gatenet.exporting.plan import Chunk, Names, Plan, Result, Stage, bare, cut

#: How many operations a function holds: gcc was quickest with so many, over a whole file.
SIZE = 100

#: What a function may be given, in this order.
ARRAYS = {
    "x": "const double *restrict x",
    "p": "const double *restrict p",
    "s": "const double *restrict s",
    "w": "double *restrict w",
    "outputs": "double *restrict outputs",
    "gradients": "double *restrict gradients",
}
#: Functions of the C library that are rounded correctly wherever they are worked out.
EXACT = frozenset(["fabs", "sqrt", "fma", "fmax", "fmin", "copysign", "floor", "ceil", "trunc"])


#: Calls for values, and those for gradients.
Calls = tuple[list[str], list[str]]


class Functions:
    """Functions in the making: `lines` holds them."""

    def __init__(self, name: str) -> None:
        self.name = name
        #: The word before each function that keeps it apart from the others.
        self.apart = f"{name.upper()}_APART"
        #: Functions of the C library that are called, with how many numbers each takes.
        self.functions: dict[str, int] = {}
        self._printed: dict[Gate, str] = {}
        #: Headers besides those that every file has, and tables that stand before the functions.
        self.headers: list[str] = []
        self.tables: list[str] = []
        self.lines: list[str] = []

    def _function(self, title: str, body: list[str], target: str = "") -> str:
        """Print a function of the arrays its lines name; give the call."""
        text = "\n".join(body)
        used = [one for one in ARRAYS if re.search(rf"\b{one}(\[| \+)", text)]
        takes = [
            ARRAYS[one].removeprefix("const ") if one == target else ARRAYS[one] for one in used
        ]
        made = f"{self.name}_{title}"
        head = f"{self.apart} void {made}("
        gap = "\n    " if len(takes) > 2 else ""
        self.lines += ["", f"{head}{gap}{', '.join(takes)})", "{", *body, "}"]
        return f"{made}({', '.join(used)});"

    def _template(self, gate: Gate) -> str:
        """The C of a gate; a function of the library is called through a pointer of ours."""
        found = self._printed.get(gate)
        if found is None:
            assert gate.primitive is not None
            found = gate.primitive.c
            call = re.fullmatch(r"([a-z]\w*)\((\{\d*\}(?:, \{\d*\})*)\)", found)
            if call and call[1] not in EXACT:
                self.functions[call[1]] = call[2].count("{")
                found = f"lib_{found}"
            self._printed[gate] = found
        return found


class Body(Functions):
    """The functions of a program, operation by operation; the calls are kept by stage.

    `sizes` are the numbers that rows share and those that one row needs, by their arrays.
    """

    def __init__(self, plan: Plan, name: str) -> None:
        super().__init__(name)
        self.plan = plan
        self.names = Names(plan, number)
        self.sizes = {"s": plan.shared.size, "w": plan.row.size}
        self.shared = self._stage("shared", plan.shared, "s")
        self.row = self._stage("row", plan.row, "w")
        self.copies = {
            kind: [
                self._function(f"{kind}_{k}", self._copied(kind, nodes))
                for k, nodes in enumerate(cut([r for r in plan.rest if r.kind == kind], SIZE))
            ]
            for kind in ("outputs", "gradients")
        }

    def _stage(self, title: str, stage: Stage, target: str) -> Calls:
        """Print the functions of a stage; give the calls for values, and those for gradients."""
        calls = [
            self._function(f"{title}_{k}", self._chunk(chunk, target), target)
            for k, chunk in enumerate(stage.chunks)
        ]
        return calls[: stage.early], calls[stage.early :]

    def _chunk(self, chunk: Chunk, target: str) -> list[str]:
        """The lines of one function."""
        inside = {*chunk.nodes}
        program, of = self.plan.program, self.names.of
        lines = []
        for node in chunk.nodes:
            gate = program.gates[node]
            assert gate is not None
            texts = [of(arg, inside) for arg in program.args[node]]
            lines.append(f"    const double v{node} = {bare(self._template(gate).format(*texts))};")
        lines += [f"    {target}[{place}] = v{node};" for node, place in chunk.stores]
        lines += [f"    {kind}[{k}] = v{node};" for kind, k, node in chunk.results]
        return lines

    def _copied(self, kind: str, results: Sequence[Result]) -> list[str]:
        return [f"    {kind}[{k}] = {self.names.of(node)};" for _, k, node in results]

    def checks(self) -> Iterator[str]:
        """What is asked of a row's recorded comparisons: one condition each."""
        for check in self.plan.program.checks:
            value = self.plan.program.constants.get(check.node)
            if value is None:
                yield f"{self.names.of(check.node)} == 0.0"
            elif value == 0.0:
                yield "1"


def number(value: float) -> str:
    """A float as C99 that reads back as the same bits: hexadecimal where decimals are long.

    >>> number(-2.0), number(0.1), number(float("inf"))
    ('(-2.0)', '0x1.999999999999ap-4', 'INFINITY')
    """
    if value != value:
        return "NAN"
    if math.isinf(value):
        return "INFINITY" if value > 0 else "(-INFINITY)"
    text = repr(value) if value == int(value) and abs(value) < 1e15 else value.hex()
    return f"({text})" if text.startswith("-") else text
