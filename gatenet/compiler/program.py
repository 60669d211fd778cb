"""Programs: a circuit and its gradient as one flat list of primitive gates.

A program is data: node k is a leaf, a constant, or a primitive gate of earlier nodes.  It knows
neither units nor how it will be run; `lowering` makes it and the backends read it.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from gatenet.compiler import machinecode
from gatenet.compiler.exports import ProgramExports
from gatenet.compiler.flat import Flat, flattened
from gatenet.declaration import Gate
from gatenet.errors import WiringError
from gatenet.printing import number
from gatenet.texts import counted


class Check(NamedTuple):
    """A comparison made while the circuit was recorded: node `node` is 1.0 while it still holds."""

    node: int
    text: str


@dataclass(frozen=True, eq=False)
class Program(ProgramExports):
    """Values and gradients of a circuit, as a list of nodes in an order that can be run.

    `gates[k]` is the primitive gate of node k with the nodes `args[k]`, or None for a leaf or a
    constant.  `inputs` differ from sample to sample; `uniform` leaves (parameters, seeds) are the
    same for a whole batch.  `outputs` are the values asked for, `gradients` the derivatives of
    their seeded sum, one for each leaf of `wrt`.

    Raises WiringError for nodes out of order or of the wrong number of operands.
    """

    gates: Sequence[Gate | None]
    args: Sequence[tuple[int, ...]]
    constants: dict[int, float]
    inputs: Sequence[int]
    uniform: Sequence[int]
    outputs: Sequence[int]
    gradients: Sequence[int] = ()
    checks: Sequence[Check] = ()
    labels: dict[int, str] = field(default_factory=dict)
    recorded: int = 0

    def __post_init__(self) -> None:
        leaves = {*self.inputs, *self.uniform, *self.constants}
        takes = {gate: len(gate.inputs) for gate in {*self.gates} if gate and gate.primitive}
        for k, (gate, args) in enumerate(zip(self.gates, self.args, strict=True)):
            if gate is None:
                if k not in leaves or args:
                    raise WiringError(f"node {k} of a program is no gate, leaf or constant")
            elif takes.get(gate) != len(args):
                raise WiringError(f"node {k} applies {gate.name} to {len(args)} nodes: it cannot")
            else:
                for arg in args:
                    if not 0 <= arg < k:
                        raise WiringError(f"node {k} reads {arg}: it reads earlier nodes alone")
        for k in (*self.outputs, *self.gradients, *[check.node for check in self.checks]):
            if not 0 <= k < len(self.gates):
                raise WiringError(f"a program of {len(self.gates)} nodes has no node {k}")

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """The lists of a program of the compiler's making, made when somebody looks."""
            flat = self.__dict__.get("flat")
            if flat is None or name not in ("gates", "args"):
                raise AttributeError(f"a Program has no attribute {name!r}")
            found = self.__dict__[name] = flat.gates() if name == "gates" else flat.args()
            return found

    def __len__(self) -> int:
        return memoryview(self.flat.ops).nbytes // 4

    @property
    def results(self) -> list[int]:
        """Every node that somebody reads at the end: outputs, gradients, checks."""
        return [*self.outputs, *self.gradients, *[check.node for check in self.checks]]

    @property
    def values(self) -> list[int]:
        """The nodes read at the end where nobody asks for gradients: outputs and checks."""
        return [*self.outputs, *[check.node for check in self.checks]]

    def pruned(self, *, gradients: bool = True) -> Program:
        """The same program without the nodes that no result needs; also without gradients."""
        leaves = [*self.inputs, *self.uniform]
        flat, place = self.flat.pruned([*leaves, *(self.results if gradients else self.values)])
        return made(
            flat=flat,
            constants={place[k]: v for k, v in self.constants.items() if place[k] >= 0},
            inputs=[place[k] for k in self.inputs],
            uniform=[place[k] for k in self.uniform],
            outputs=[place[k] for k in self.outputs],
            gradients=[place[k] for k in self.gradients] if gradients else [],
            checks=[check._replace(node=place[check.node]) for check in self.checks],
            labels={place[k]: label for k, label in self.labels.items() if place[k] >= 0},
            recorded=self.recorded,
        )

    @cached_property
    def flat(self) -> Flat:
        """The nodes as rows of numbers."""
        return flattened(self.gates, self.args, self.constants)

    @property
    def kinds_used(self) -> list[Gate]:
        """The primitive gates that occur, each once."""
        kinds = self.flat.kinds
        return [kinds[op] for op in sorted({*array("i", self.flat.ops)}) if op >= 0]

    @cached_property
    def varying(self) -> bytearray:
        """For each node 1 where it differs from sample to sample, 0 where a batch shares it."""
        return self.flat.varying(self.inputs)

    @cached_property
    def slots(self) -> int:
        """How many numbers of a sample are held at once, a place being used again when it can."""
        return machinecode.places(self)

    def stats(self) -> dict[str, int]:
        """How much there is of what: nodes by kind, and those that run once for a batch.

        `gates` counts the gates of the circuit before lowering; `operations` the primitive gates
        of the program, of which `shared` are worked out once for a batch; `slots` the numbers of
        a sample that are held at once.
        """
        varies = [
            v for op, v in zip(array("i", self.flat.ops), self.varying, strict=True) if op >= 0
        ]
        return {
            "gates": self.recorded,
            "operations": len(varies),
            "shared": varies.count(0),
            "slots": self.slots,
            "constants": len(self.constants),
            "inputs": len(self.inputs),
            "parameters": len(self.uniform),
            "outputs": len(self.outputs),
            "gradients": len(self.gradients),
            "checks": len(self.checks),
        }

    def kinds(self) -> dict[str, int]:
        """How often each primitive gate occurs, most frequent first."""
        return dict(Counter(gate.name for gate in self.gates if gate is not None).most_common())

    def pprint(self, max_lines: int = 1000) -> str:
        """The program as text, one line a node; `max_lines` keeps the head of a long one."""
        lines: list[str] = []
        for k, (gate, args) in enumerate(zip(self.gates, self.args, strict=True)):
            if k in self.constants:
                continue
            if len(lines) == max_lines:
                lines.append(f"... and {len(self.gates) - k} more nodes")
                break
            if gate is None:
                kind = "input" if self.varying[k] else "the same for every sample"
                lines.append(f"v{k} = {self.labels.get(k, 'leaf')}  ({kind})")
                continue
            texts = [number(self.constants[a]) if a in self.constants else f"v{a}" for a in args]
            assert gate.primitive is not None
            lines.append(f"v{k} = {gate.primitive.python.format(*texts)}")
        for title, nodes in (("outputs", self.outputs), ("gradients", self.gradients)):
            if nodes:
                lines.append(f"{title}: {', '.join(self._said(k) for k in nodes)}")
        return "\n".join(lines)

    def _said(self, node: int) -> str:
        return number(self.constants[node]) if node in self.constants else f"v{node}"

    def __repr__(self) -> str:
        counts = self.stats()
        return (
            f"<Program of {counted(counts['operations'], 'operation')} for "
            f"{counted(counts['gates'], 'gate')}; {counted(counts['inputs'], 'input')}, "
            f"{counted(counts['outputs'], 'output')}, {counted(counts['gradients'], 'gradient')}>"
        )


def made(flat: Flat, **fields: Any) -> Program:
    """A program of the compiler's own making, which need not be verified again.

    Its lists of gates and operands are made when somebody looks at them.
    """
    program = object.__new__(Program)
    program.__dict__.update(fields, flat=flat)
    return program
