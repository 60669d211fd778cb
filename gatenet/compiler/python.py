"""The backend that needs nothing: a program printed as plain Python functions.

Nodes that a whole batch shares are worked out once, the others sample by sample, in functions of
bounded size (Python's own compiler is slow on long ones).  The statements are printed by the same
printer as the eager engine's, so the results are the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from gatenet.compiler.program import Program
from gatenet.compiler.sums import AT_ONCE, BLOCK, added, block_sum
from gatenet.flattening import Line
from gatenet.printing import Printer, compiled

#: How many operations one printed function holds.
SIZE = 1000

State = list[float]


class PythonBackend:
    """Run a program sample by sample, as generated Python.

    >>> from gatenet import Circuit, Unit
    >>> x = Unit(3.0, "x")
    >>> PythonBackend(Circuit(x * x).compile([x], backend="python").program).columns([1.0], [[3.0]])
    [[9.0], [6.0]]
    """

    name = "python"

    def __init__(self, program: Program) -> None:
        self.program = program
        varying = program.varying
        operations = [k for k, gate in enumerate(program.gates) if gate is not None]
        shared = [k for k in operations if not varying[k]]
        body = [k for k in operations if varying[k]]
        read = {arg for k in body for arg in program.args[k]}
        results = set(program.results)
        self.head = Pass(program, shared, program.uniform, {}, (read | results).difference(body))
        self.body = Pass(program, body, program.inputs, self.head.slots, results)

    def columns(self, uniform: Sequence[float], rows: Sequence[Sequence[float]]) -> list[State]:
        """Run the rows; give for each of the program's results its value in each row."""
        if hasattr(rows, "tolist"):
            rows = rows.tolist()
        shared = self.head.state(uniform)
        self.head.run([shared], [])
        states = [self.body.state(row) for row in rows]
        self.body.run(states, shared)
        program = self.program
        found = []
        for node in program.results:
            if node in program.constants:
                found.append([program.constants[node]] * len(rows))
            elif program.varying[node]:
                slot = self.body.slots[node]
                found.append([state[slot] for state in states])
            else:
                found.append([shared[self.head.slots[node]]] * len(rows))
        return found

    def block_sums(
        self, uniform: Sequence[float], rows: Sequence[Sequence[float]]
    ) -> Iterator[list[float]]:
        """Run the rows; give the sum of each result over each block of 128, block by block."""
        columns = self.columns(uniform, rows)
        for start in range(0, len(rows), BLOCK):
            yield [block_sum(column[start : start + BLOCK]) for column in columns]

    def totals(self, uniform: Sequence[float], rows: Sequence[Sequence[float]]) -> list[float]:
        """Run the rows; give the sum of each result over them all, block by block."""
        return added(
            sums
            for start in range(0, len(rows), AT_ONCE)
            for sums in self.block_sums(uniform, rows[start : start + AT_ONCE])
        )


class Pass:
    """The operations that run together: once for a batch, or once for each sample.

    A sample's state is a list: its leaves first, then what later functions or the results need.
    `slots` says where; `shared` where in the batch's own state the nodes stand that all share.
    """

    def __init__(
        self,
        program: Program,
        operations: Sequence[int],
        leaves: Sequence[int],
        shared: Mapping[int, int],
        wanted: Iterable[int],
    ) -> None:
        self.program = program
        self.shared = shared
        self.slots = {node: k for k, node in enumerate(leaves)}
        self.leaves = len(leaves)
        wanted = set(wanted)
        chunks = [operations[k : k + SIZE] for k in range(0, len(operations), SIZE)]
        last = {arg: k for k, chunk in enumerate(chunks) for n in chunk for arg in program.args[n]}
        kept: list[list[int]] = []
        for k, chunk in enumerate(chunks):
            kept.append([n for n in chunk if n in wanted or last.get(n, k) > k])
            for node in kept[-1]:
                self.slots[node] = len(self.slots)
        self.functions = [self._printed(*pair) for pair in zip(chunks, kept, strict=True)]

    def state(self, leaves: Sequence[float]) -> State:
        """A fresh state for one sample, its leaves filled in."""
        return [*leaves, *[0.0] * (len(self.slots) - self.leaves)]

    def run(self, states: Sequence[State], shared: State) -> None:
        """Run every operation on every state."""
        for function in self.functions:
            function(states, shared)

    def _printed(self, chunk: Sequence[int], kept: Sequence[int]) -> Callable[..., None]:
        """Print one function of (states, shared): the fast style, the total one where it raises."""
        if not kept:
            return _nothing
        lines, place = self._lines(chunk)
        inside = {*chunk}
        read = [k for k in place if k not in inside]
        given = [k for k in read if k in self.slots]
        common = [k for k in read if k in self.shared]
        roots = [place[k] for k in kept]
        load = [f"n{k} = state[{self.slots[k]}]" for k in given]
        head = [f"n{k} = shared[{self.shared[k]}]" for k in common]

        def body(total: bool) -> list[str]:
            printer = Printer(lines, roots, total)
            store = [
                f"state[{self.slots[k]}] = {text}"
                for k, text in zip(kept, printer.texts, strict=True)
            ]
            return [*load, *printer.statements, *store]

        return _function(head, body)

    def _lines(self, chunk: Sequence[int]) -> tuple[list[Line], dict[int, int]]:
        """The chunk as lines: what it reads from elsewhere first, as symbols and constants."""
        program = self.program
        inside = {*chunk}
        place: dict[int, int] = {}
        lines: list[Line] = []
        for node in chunk:
            for arg in program.args[node]:
                if arg in place or arg in inside:
                    continue
                place[arg] = len(lines)
                if arg in program.constants:
                    lines.append(Line("constant", (), program.constants[arg], False))
                else:
                    lines.append(Line("symbol", (), f"n{arg}", False))
        for node in chunk:
            args = tuple([place[arg] for arg in program.args[node]])
            place[node] = len(lines)
            lines.append(Line("gate", args, program.gates[node], False))
        return lines, place


def _nothing(states: Sequence[State], shared: State) -> None:
    """Do what a function without results does."""


def _function(head: Sequence[str], body: Callable[[bool], list[str]]) -> Callable[..., None]:
    """Compile the fast style now, and the total one when a sample first needs it."""

    def text(total: bool) -> str:
        lines = ["def run(states, shared, slow=None):", *[f"    {line}" for line in head]]
        lines += ["    for state in states:", *([] if total else ["        try:"])]
        indent = "        " if total else "            "
        lines += [indent + line for line in body(total)]
        if not total:
            lines.append("        except (ArithmeticError, ValueError):")
            lines.append("            slow([state], shared)")
        return "\n".join(lines)

    made: list[Callable[..., None]] = []

    def slow(states: Sequence[State], shared: State) -> None:
        if not made:
            made.append(compiled(text(True), "run"))
        made[0](states, shared)

    quick: Any = compiled(text(False), "run")

    def run(states: Sequence[State], shared: State) -> None:
        quick(states, shared, slow)

    return run
