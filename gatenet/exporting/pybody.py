"""Python bodies: a module in Python or NumPy in the making, which differ in what a gate is.

Knows plans, and what a module has however its program is worked out; names of units stand in it as
string literals alone.
"""

from __future__ import annotations

import builtins
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from gatenet import ieee
from gatenet._version import __version__
from gatenet.declaration import Gate
from gatenet.errors import WiringError
from gatenet.exporting.helpers import helpers
from gatenet.exporting.naming import checked
from gatenet.exporting.plan import SIZE, Chunk, Names, Plan, Result, Stage, bare, cut
from gatenet.exporting.subject import Subject
from gatenet.printing import NAMESPACE, number

_ARRAYS = ("x", "p", "s", "w", "outputs", "gradients")
_TAKEN = frozenset(
    ["PARAMETERS", "INPUTS", "OUTPUTS", "GRADIENTS", "math", "np", "rows", "parameters", "at",
     "ordered"]
)  # fmt: skip


_FLIPPED = 'raise ValueError("a comparison that was recorded goes the other way in a row")'


class Module(ABC):
    """A module in the making: `source` is the whole of it."""

    #: What the module begins with.
    imports: Sequence[str]
    #: Lines that work out what rows share, and a row: for values, and more for gradients.
    shared: tuple[list[str], list[str]]
    row: tuple[list[str], list[str]]
    #: Lines that copy results, by their kind.
    copies: dict[str, list[str]]

    def __init__(self, found: Subject[Any], name: str) -> None:
        self.name = checked(name, {*dir(ieee), *dir(builtins), *_TAKEN})
        if found.values is None:
            raise WiringError(
                "a program does not know its parameters' values: give parameters=, or export the "
                "compiled circuit in place of its program"
            )
        self.subject, self.values = found, found.values
        #: Functions of `ieee` that the module needs.
        self.needed: set[str] = set()
        self._templates: dict[Gate, str] = {}
        self.functions: list[str] = []

    @abstractmethod
    def template(self, gate: Gate) -> str:
        """How a gate is written, with {} for each operand."""

    @abstractmethod
    def loop(
        self, shared: Sequence[str], values: Sequence[str], gradients: Sequence[str] | None
    ) -> list[str]:
        """The body of the function that is called, round the lines of each stage."""

    def extra(self) -> list[str]:
        """Definitions that stand after the helpers."""
        return []

    def source(self) -> str:
        """The module."""
        names = [self.name, *([f"{self.name}_and_gradients"] if self.subject.gradients else [])]
        called = [line for k, one in enumerate(names) for line in self._called(one, k > 0)]
        lines = [
            f'"""{self.name}: {self.subject.said()}; printed by gatenet {__version__}."""',
            "",
            *self.imports,
            "",
            *self._listed(),
            "",
            *helpers(self.needed),
            *self.extra(),
            *self.functions,
            *called,
            "",
        ]
        return "\n".join(lines)

    def _listed(self) -> list[str]:
        """The parameters' values and everybody's names, one a line."""
        found = self.subject
        lines = ["#: The last parameters are the seeds of the outputs.", "PARAMETERS = ["]
        for value, name in zip(self.values, found.parameters, strict=True):
            text = number(value).replace("inf", 'float("inf")').replace("nan", 'float("nan")')
            lines.append(f"    {bare(text)},  # {name!a}")
        lines.append("]")
        kinds = {"INPUTS": found.inputs, "OUTPUTS": found.outputs, "GRADIENTS": found.gradients}
        for title, names in kinds.items():
            lines += [f"{title} = [", *[f"    {name!a}," for name in names], "]"]
        return lines

    def _function(self, title: str, body: list[str]) -> str:
        """Print a function of the arrays its lines name; give the call."""
        text = "\n".join(body)
        used = [one for one in _ARRAYS if re.search(rf"\b{one}[\[,]", text)]
        made = f"{self.name}_{title}"
        self.functions += ["", "", f"def {made}({', '.join(used)}):", *body]
        return f"{made}({', '.join(used)})"

    def applied(self, gate: Gate) -> str:
        """The template of a gate, worked out once."""
        if gate not in self._templates:
            self._templates[gate] = self.template(gate)
        return self._templates[gate]

    def _called(self, name: str, gradients: bool) -> list[str]:
        """One of the two functions that are called from elsewhere."""
        more = " and its gradients" if gradients else ""
        head = [
            "",
            "",
            f"def {name}(rows, parameters=PARAMETERS):",
            f'    """Give the outputs of each row{more}."""',
        ]
        values = [*self.row[0], *self._checks(), *self.copies["outputs"]]
        found = [*self.row[1], *self.copies["gradients"]] if gradients else None
        shared = [*self.shared[0], *(self.shared[1] if gradients else ())]
        return [*head, *[f"    {line}" for line in self.loop(shared, values, found)]]

    @abstractmethod
    def checked_nodes(self) -> list[str]:
        """How the recorded comparisons are called, where they are worked out for a row."""

    def _checks(self) -> list[str]:
        """What is asked of a row's recorded comparisons."""
        return [
            line
            for node in self.checked_nodes()
            for line in (f"if {self.flipped(node)}:", f"    {_FLIPPED}")
        ]

    def flipped(self, node: str) -> str:
        """The question whether a comparison goes the other way."""
        return f"{node} == 0.0"


class Body(Module):
    """A module that works a program out operation by operation."""

    def __init__(self, found: Subject[Any], name: str) -> None:
        super().__init__(found, name)
        self.plan = Plan(found.program, SIZE)
        self.of = Names(self.plan, number).of
        self.shared = self._stage("shared", self.plan.shared, "s")
        self.row = self._stage("row", self.plan.row, "w")
        self.copies = {kind: self._copied(kind) for kind in ("outputs", "gradients")}

    def _stage(self, title: str, stage: Stage, target: str) -> tuple[list[str], list[str]]:
        calls = [
            self._function(f"{title}_{k}", self._chunk(chunk, target))
            for k, chunk in enumerate(stage.chunks)
        ]
        return calls[: stage.early], calls[stage.early :]

    def _chunk(self, chunk: Chunk, target: str) -> list[str]:
        inside = {*chunk.nodes}
        program = self.plan.program
        lines = []
        for node in chunk.nodes:
            gate = program.gates[node]
            assert gate is not None
            texts = [self.of(arg, inside) for arg in program.args[node]]
            lines.append(f"    v{node} = {bare(self.applied(gate).format(*texts))}")
        lines += [f"    {target}[{place}] = v{node}" for node, place in chunk.stores]
        return lines + [f"    {kind}[{k}] = v{node}" for kind, k, node in chunk.results]

    def _copied(self, kind: str) -> list[str]:
        rest: list[Result] = [result for result in self.plan.rest if result.kind == kind]
        calls = []
        for k, piece in enumerate(cut(rest, SIZE)):
            lines = [f"    {kind}[{number}] = {self.of(node)}" for _, number, node in piece]
            calls.append(self._function(f"{kind}_{k}", lines))
        return calls

    def checked_nodes(self) -> list[str]:
        """The nodes, without those that are constants and hold."""
        program = self.plan.program
        nodes = [check.node for check in program.checks]
        return [self.of(node) for node in nodes if program.constants.get(node, 0.0) == 0.0]

    @staticmethod
    def workspace(array: str, stage: Stage) -> list[str]:
        """The list that a stage hands values on in, where it needs one."""
        return [f"{array} = [0.0] * {stage.size}"] if stage.size else []


def plain(text: str, needed: set[str]) -> str:
    """A gate's Python for a module with `math` alone: functions of `ieee` by their own names."""
    needed.update(re.findall(r"\bieee\.(\w+)", text))
    parts = re.split(r"(\bieee\.\w+)", text)
    known = NAMESPACE.keys() - {"ieee", "exclusive", *dir(builtins)}
    for k in range(0, len(parts), 2):
        parts[k] = re.sub(
            r"\b([a-z]\w*)\b",
            lambda found: f"math.{found[1]}" if found[1] in known else found[1],
            parts[k],
        )
    return "".join(parts).replace("ieee.", "")
