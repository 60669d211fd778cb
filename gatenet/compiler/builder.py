"""The builder: what a program is made with, in C where that was built and in Python elsewhere.

Both engines give the same nodes in the same order.  Knows the two engines and programs; does not
know circuits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gatenet.compiler import laying, nodes
from gatenet.compiler.engine import collector_paused, engine, engine_gates
from gatenet.compiler.flat import Flat
from gatenet.compiler.program import Check, Program, made
from gatenet.declaration import Gate
from gatenet.errors import ToolMissing


class Builder:
    """Nodes in the making, and the program that they become.

    `fold` works gates of constants out now, `share` gives equal nodes one number, `reduce` leaves
    out what changes nothing (x * 1), `prune` drops what no result needs.  `native` asks for the
    builder in C or in Python; None takes the one in C where it was built.

    Raises ToolMissing for native=True where it was not built.
    """

    def __init__(
        self,
        *,
        fold: bool = True,
        share: bool = True,
        reduce: bool = True,
        prune: bool = True,
        native: bool | None = None,
    ) -> None:
        gates = engine_gates() if native is None or native else None
        if native and gates is None:
            raise ToolMissing(
                "the builder in C was not built, is refused by GATENET_PURE, or was built for "
                "other gates: install gatenet again, or leave native=True out"
            )
        self.native = gates is not None
        if gates is not None:
            self.core: Any = engine().Core(gates, fold, share, reduce)
            self._laid: Any = engine().Laid
        else:
            self.core = nodes.Core(fold=fold, share=share, reduce=reduce)
            self._laid = laying.Laid
        self.labels: dict[int, str] = {}
        self._prune = prune

    def leaf(self, label: str = "") -> int:
        """Add a leaf: a number that is given when the program runs."""
        node: int = self.core.leaf()
        if label:
            self.labels[node] = label
        return node

    def constant(self, value: float) -> int:
        """Add a constant, or find the one that has the same bits."""
        node: int = self.core.constant(value)
        return node

    def emit(self, gate: Gate, args: Sequence[int]) -> int:
        """Add a primitive gate of earlier nodes, or find a node that is the same to the bit."""
        node: int = self.core.emit(gate, args)
        return node

    @collector_paused()
    def laid(
        self,
        given: Sequence[int],
        steps: Sequence[tuple[Any, Sequence[int]]],
        needed: bytearray,
        template: Any,
        inside: laying.Inside,
    ) -> laying.Laid:
        """Lay out a wiring, as `laying.Laid` says."""
        found: laying.Laid = self._laid(self.core, given, steps, needed, template, inside)
        return found

    @collector_paused()
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
        *rows, constants = self.core.flat()
        whole = made(
            flat=Flat(*rows),
            constants=constants,
            inputs=list(inputs),
            uniform=list(uniform),
            outputs=list(outputs),
            gradients=list(gradients),
            checks=list(checks),
            labels=self.labels,
            recorded=recorded,
        )
        return whole.pruned() if self._prune else whole
