"""Programs: what a compiled program looks like to a picture of circuits.

A program's nodes are primitive gates over leaves, so it is drawn as a circuit is: its rows are the
nodes, outputs and gradients have names.  It has no values of its own: every value is a dash.
Knows programs; does not know boxes.
"""

from __future__ import annotations

from gatenet.circuit import Row
from gatenet.compiler.program import Program
from gatenet.texts import counted

from .overlay import Overlay


class Laid:
    """A program that reads like a circuit."""

    def __init__(self, program: Program) -> None:
        uniform = {*program.uniform}
        names = dict(program.labels)
        for kind, nodes in (("output", program.outputs), ("gradient", program.gradients)):
            for number, node in enumerate(nodes):
                if node not in names and node not in program.constants:
                    names[node] = f"{kind} {number}" if len(nodes) > 1 else kind
        self.rows = [
            Row(gate, tuple(args), {}, self._role(program, uniform, k), names.get(k))
            for k, (gate, args) in enumerate(zip(program.gates, program.args, strict=True))
        ]
        self.units = [None] * len(self.rows)
        self.values = [program.constants.get(k, 0.0) for k in range(len(self.rows))]
        self.outputs = list(dict.fromkeys([*program.outputs, *program.gradients]))
        counts = program.stats()
        self.title = (
            f"a program of {counted(counts['operations'], 'operation')} for "
            f"{counted(counts['gates'], 'gate')}"
        )
        #: Only constants have a value here.
        self.overlay = Overlay(
            gradients={},
            values={k: None for k in range(len(self.rows)) if k not in program.constants},
            title=self.title,
            kind="program",
        )

    @staticmethod
    def _role(program: Program, uniform: set[int], node: int) -> str:
        if program.gates[node] is not None:
            return "inner"
        if node in program.constants:
            return "constant"
        return "parameter" if node in uniform else "input"
