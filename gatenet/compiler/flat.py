"""Flat programs: the nodes as three rows of numbers, which C reads and a million gates fit in.

Node k is a gate of kind `kinds[ops[k]]`, a constant where `ops[k]` is -2, a leaf where it is -1;
it reads the nodes `operands[ends[k - 1] : ends[k]]`.  Knows gates; does not know circuits.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from gatenet.compiler.engine import engine
from gatenet.declaration import Gate

LEAF, CONSTANT = -1, -2


class Flat(NamedTuple):
    """Nodes as rows of 32-bit numbers, each row an array or its bytes."""

    kinds: Sequence[Gate]
    ops: Any
    ends: Any
    operands: Any

    def gates(self) -> list[Gate | None]:
        """The gate of each node, None for a leaf or a constant."""
        kinds = [*self.kinds, None, None]
        return [kinds[op] for op in array("i", self.ops)]

    def args(self) -> list[tuple[int, ...]]:
        """The nodes that each node reads."""
        operands = array("i", self.operands).tolist()
        return [tuple(operands[a:b]) for a, b in pairwise([0, *array("i", self.ends)])]

    def pruned(self, roots: Iterable[int]) -> tuple[Flat, Any]:
        """The nodes that `roots` need; and of each node its new number, -1 where it fell away."""
        native = engine()
        if native is not None:
            *rows, place = native.pruned(*self[1:], [*roots])
            return Flat(self.kinds, *rows), array("i", place)
        args = self.args()
        kept = bytearray(len(args))
        for k in roots:
            kept[k] = 1
        for k in range(len(kept) - 1, -1, -1):
            if kept[k]:
                for arg in args[k]:
                    kept[arg] = 1
        place = array("i", [-1]) * len(kept)
        found = Flat(self.kinds, array("i"), array("i"), array("i"))
        for k, op in enumerate(array("i", self.ops)):
            if kept[k]:
                place[k] = len(found.ops)
                found.ops.append(op)
                found.operands.extend([place[arg] for arg in args[k]])
                found.ends.append(len(found.operands))
        return found, place

    def varying(self, inputs: Iterable[int]) -> bytearray:
        """For each node 1 where it depends on one of the inputs, else 0."""
        native = engine()
        if native is not None:
            marked: bytearray = native.varying(*self[1:], [*inputs])
            return marked
        args = self.args()
        found = bytearray(len(args))
        for k in inputs:
            found[k] = 1
        for k, read in enumerate(args):
            if 1 in {found[arg] for arg in read}:
                found[k] = 1
        return found


def flattened(
    gates: Sequence[Gate | None], args: Iterable[Sequence[int]], constants: Mapping[int, float]
) -> Flat:
    """Lists of gates and operands as rows of numbers."""
    kinds: dict[Gate, int] = {}
    found = Flat([], array("i"), array("i"), array("i"))
    for k, (gate, read) in enumerate(zip(gates, args, strict=True)):
        if gate is None:
            found.ops.append(CONSTANT if k in constants else LEAF)
        else:
            found.ops.append(kinds.setdefault(gate, len(kinds)))
        found.operands.extend(read)
        found.ends.append(len(found.operands))
    return found._replace(kinds=list(kinds))
