"""Nodes in the making: primitive gates are added one by one, and what is known already is not.

Constants are folded, equal nodes shared, and operations that change no bit of any result left
out (`identities`).  Each can be switched off.  `gatenet/_native/builder.c` says the same in C,
node for node.  Knows primitive gates; does not know circuits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gatenet.compiler.flat import flattened
from gatenet.compiler.identities import COMMUTATIVE, RULES
from gatenet.declaration import Gate


class Core:
    """Nodes by number: `gates[k]` of the nodes `args[k]`, or a leaf, or one of `constants`.

    `fold` works gates of constants out now, `share` gives equal nodes one number, `reduce` leaves
    out what changes nothing (x * 1).
    """

    def __init__(self, *, fold: bool, share: bool, reduce: bool) -> None:
        self.gates: list[Gate | None] = []
        self.args: list[tuple[int, ...]] = []
        self.constants: dict[int, float] = {}
        self._fold, self._share, self._reduce = fold, share, reduce
        self._known: dict[tuple[Gate, tuple[int, ...]], int] = {}
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.gates)

    def leaf(self) -> int:
        """Add a leaf; give its node."""
        self.gates.append(None)
        self.args.append(())
        return len(self.gates) - 1

    def constant(self, value: float) -> int:
        """Add a constant, or find the one of the same bits; every nan is one."""
        key = value.hex()
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = self.leaf()
            self.constants[found] = value
        return found

    def emit(self, gate: Gate, args: Sequence[int]) -> int:
        """Add a primitive gate of earlier nodes, or find a node that is the same to the bit."""
        args = tuple(args)
        if gate in COMMUTATIVE and args[0] > args[1]:
            args = (args[1], args[0])
        key = (gate, args)
        if self._share:
            found = self._known.get(key)
            if found is not None:
                return found
        constants = self.constants
        if self._fold and constants.keys() >= {*args}:
            return self.constant(gate.value_kernel(*[constants[arg] for arg in args]))
        if self._reduce:
            rule = RULES.get(gate)
            if rule is not None:
                node = rule(self, args)
                if node is not None:
                    return node
        self.gates.append(gate)
        self.args.append(args)
        node = len(self.gates) - 1
        if self._share:
            self._known[key] = node
        return node

    def flat(self) -> tuple[Sequence[Gate], Any, Any, Any, dict[int, float]]:
        """Every node, as the rows of a `Flat`; and the constants."""
        return (*flattened(self.gates, self.args, self.constants), self.constants)
