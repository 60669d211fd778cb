"""Laying out: a wiring's nodes gate by gate, and the pulls of its reverse pass in their order.

`gatenet/_native/laid.h` says the same in C, node for node.  Knows templates and nodes; what a gate
becomes, and what is inside a block, it asks those who made it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gatenet.compiler.nodes import Core
from gatenet.compiler.templates import Shape, Template
from gatenet.gates import add, multiply, where

#: Lays out a block over nodes where these derivatives are wanted: its value's and their nodes.
Inside = Callable[[Any, list[int], tuple[bool, ...]], tuple[int, list[int | None]]]


class Laid:
    """A wiring in a core: a node for each place, and the local derivatives of each step.

    `needed` has a byte for each place: 1 where a derivative is wanted.  It is set for the given
    places, and filled in here for the others.
    """

    def __init__(
        self,
        core: Core,
        given: Sequence[int],
        steps: Sequence[tuple[Any, Sequence[int]]],
        needed: bytearray,
        template: Callable[[Any, Shape], Template],
        inside: Inside,
    ) -> None:
        self.core = core
        self._nodes = list(given)
        self._given = len(given)
        #: For each step its (place, derivative's node) pairs, in the order of the operands.
        self._pulls: list[list[tuple[int, int]]] = []
        self._guarded: list[bool] = []
        nodes = self._nodes
        known: dict[tuple[Any, Shape], Template] = {}
        for number, (gate, places) in enumerate(steps, len(given)):
            wants = tuple([needed[place] == 1 for place in places])
            if True in wants:
                needed[number] = 1
            operands = [nodes[k] for k in places]
            if gate.opaque:
                value, partials = inside(gate, operands, wants)
            else:
                shape = len(operands) if gate.variadic else wants
                found = known.get((gate, shape))
                if found is None:
                    found = known[gate, shape] = template(gate, shape)
                operands += [core.constant(static) for static in gate.static.values()]
                env = found.place(core, operands)
                value = env[found.value]
                partials = [None if k is None else env[k] for k in found.partials]
            nodes.append(value)
            self._guarded.append(gate.guarded)
            self._pulls.append(
                [
                    (place, partial)
                    for place, partial, want in zip(places, partials, wants, strict=True)
                    if want and partial is not None
                ]
            )

    def nodes(self) -> list[int]:
        """The node of each place."""
        return list(self._nodes)

    def reverse(self, seeds: Mapping[int, int]) -> dict[int, int]:
        """Lay out the reverse pass; `seeds` and the result map places to nodes of gradients.

        The result's places are those that were given.
        """
        emit = self.core.emit
        zero = self.core.constant(0.0)
        first = self._given
        adjoints: list[int | None] = [None] * len(self._nodes)
        for place, node in seeds.items():
            adjoints[place] = node
        for k in range(len(self._pulls) - 1, -1, -1):
            upstream = adjoints[first + k]
            if upstream is None:
                continue
            for place, partial in self._pulls[k]:
                pull = emit(multiply, (upstream, partial))
                if self._guarded[k]:
                    pull = emit(where, (upstream, pull, zero))
                before = adjoints[place]
                adjoints[place] = pull if before is None else emit(add, (before, pull))
        return {place: node for place, node in enumerate(adjoints[:first]) if node is not None}
