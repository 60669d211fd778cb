"""The builder: primitive gates are added one by one, and what is known already is not added.

Constants are folded, equal nodes shared, and operations that change no bit of any result left
out (`identities`).  Each can be switched off.  Knows primitive gates; does not know circuits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gatenet.compiler.identities import COMMUTATIVE, WITH_CONSTANT, WITHOUT
from gatenet.compiler.program import Check, Program
from gatenet.declaration import Gate


class Builder:
    """Nodes in the making.

    `fold` works gates of constants out now, `share` gives equal nodes one number, `reduce` leaves
    out what changes nothing (x * 1), `prune` drops what no result needs.
    """

    def __init__(
        self, *, fold: bool = True, share: bool = True, reduce: bool = True, prune: bool = True
    ) -> None:
        self.gates: list[Gate | None] = []
        self.args: list[tuple[int, ...]] = []
        self.constants: dict[int, float] = {}
        self.labels: dict[int, str] = {}
        self._fold, self._share, self._reduce, self._prune = fold, share, reduce, prune
        self._known: dict[tuple[Gate, tuple[int, ...]], int] = {}
        self._numbers: dict[str, int] = {}

    def leaf(self, label: str = "") -> int:
        """Add a leaf: a number that is given when the program runs."""
        self.gates.append(None)
        self.args.append(())
        if label:
            self.labels[len(self.gates) - 1] = label
        return len(self.gates) - 1

    def constant(self, value: float) -> int:
        """Add a constant, or find the one that has the same bits."""
        key = value.hex()
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = self.leaf()
            self.constants[found] = value
        return found

    def emit(self, gate: Gate, args: tuple[int, ...]) -> int:
        """Add a primitive gate of earlier nodes, or find a node that is the same."""
        if gate in COMMUTATIVE and args[0] > args[1]:
            args = (args[1], args[0])
        key = (gate, args)
        if self._share:
            found = self._known.get(key)
            if found is not None:
                return found
        node = self._simpler(gate, args)
        if node is None:
            node = len(self.gates)
            self.gates.append(gate)
            self.args.append(args)
        self._known[key] = node
        return node

    def _simpler(self, gate: Gate, args: tuple[int, ...]) -> int | None:
        """A node that is to the bit what this gate would be, where one is known."""
        constants = self.constants
        known = 0
        for arg in args:
            if arg in constants:
                known += 1
        if known == len(args) and self._fold:
            return self.constant(gate.value_kernel(*[constants[arg] for arg in args]))
        if self._reduce:
            rule = (WITH_CONSTANT if known else WITHOUT).get(gate)
            if rule is not None:
                return rule(self, args)
        return None

    def finished(
        self,
        inputs: Sequence[int],
        uniform: Sequence[int],
        outputs: Sequence[int],
        gradients: Sequence[int] = (),
        checks: Iterable[Check] = (),
        recorded: int = 0,
    ) -> Program:
        """Put the program together, without the nodes that nothing needs."""
        whole = Program(
            gates=self.gates,
            args=self.args,
            constants=self.constants,
            inputs=inputs,
            uniform=uniform,
            outputs=outputs,
            gradients=gradients,
            checks=list(checks),
            labels=self.labels,
            recorded=recorded,
        )
        return whole.pruned() if self._prune else whole
