"""Scopes: which module of a model each gate belongs to, read off the names of parameters.

A parameter called layers.0.neurons.3.weights.1 stands in the module layers.0.neurons.3; a gate
that takes it belongs there, and so does a gate between such gates, to the innermost module
that holds all it is fed by.  What only follows the last module, such as a loss, belongs to
none.  Cost: linear, without recursion.  Knows rows alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from gatenet.formula import to_text

Steps = tuple[str, ...]
"""The way to a module, a step for each attribute: ("layers.0", "neurons.3")."""
NOWHERE = -1
"""The scope of a row that belongs to no module."""


def steps_of(name: str | None) -> Steps:
    """Return the way to the module that a parameter's name says it stands in.

    >>> steps_of("encoder.layers.0.neurons.3.weights.1")
    ('encoder', 'layers.0', 'neurons.3')
    >>> steps_of("w.1"), steps_of("bias"), steps_of(None)
    ((), (), ())
    """
    parts = (name or "").split(".")
    while len(parts) > 1 and parts[-1].isdecimal():
        parts.pop()
    steps: list[str] = []
    for part in parts[:-1]:
        if part.isdecimal() and steps:
            steps[-1] += "." + part
        else:
            steps.append(part)
    return tuple(steps)


def without_index(step: str) -> str:
    """Return the list that a step picks from ("neurons" for neurons.3); "" where it is none."""
    list_, dot, index = step.rpartition(".")
    return list_ if dot and index.isdecimal() else ""


def layer_of(steps: Steps) -> Steps:
    """Return the layer around a module: what holds the list that it stands in, else itself."""
    return steps[:-1] if steps and without_index(steps[-1]) else steps


def model_of(steps: Steps) -> Steps:
    """Return the module around a layer; () is the model itself."""
    if steps and (without_index(steps[-1]) or len(steps) > 1):
        return steps[:-1]
    return steps


def shared(a: Steps, b: Steps) -> Steps:
    """Return as much of the way as two modules share.

    >>> shared(("a", "b", "c"), ("a", "b", "d"))
    ('a', 'b')
    """
    n = 0
    while n < min(len(a), len(b)) and a[n] == b[n]:
        n += 1
    return a[:n]


@lru_cache(maxsize=1024)
def adds(gate: Any) -> bool:
    """Say whether a gate adds its two inputs, by its declared derivatives."""
    return _slopes(gate) == ("1", "1")


@lru_cache(maxsize=1024)
def multiplies(gate: Any) -> bool:
    """Say whether a gate multiplies its two inputs, by its declared derivatives."""
    return bool(slopes := _slopes(gate)) and slopes == (gate.inputs[1], gate.inputs[0])


def _slopes(gate: Any) -> tuple[str, ...]:
    """Return the declared derivatives of a gate of two inputs as texts; () for any other."""
    if getattr(gate, "opaque", True) or gate.variadic or len(gate.inputs) != 2:
        return ()
    return tuple(to_text(partial) for partial in gate.partial_formulas)


class Scopes:
    """The modules of a circuit: `ways` lists them, `of` has the number of each row's."""

    def __init__(self, rows: Sequence[Any], uses: Sequence[int], outputs: frozenset[int]) -> None:
        self.ways: list[Steps] = []
        self._known: dict[Steps, int] = {}
        self._joined: dict[tuple[int, int], int] = {}
        self.of = [NOWHERE] * len(rows)
        self._direct = bytearray(len(rows))
        if self._parameters(rows):
            self._gates(rows, uses, outputs)

    def number(self, steps: Steps) -> int:
        """Return the number of a module, a new one where it has none."""
        if steps not in self._known:
            self._known[steps] = len(self.ways)
            self.ways.append(steps)
        return self._known[steps]

    def _parameters(self, rows: Sequence[Any]) -> bool:
        """Note the modules of parameters and of the gates that take them."""
        for i, row in enumerate(rows):
            if row.gate is None and row.role == "parameter":
                steps = steps_of(row.name)
                if steps:
                    self.of[i] = self.number(steps)
            elif row.gate is not None and self.ways:
                for operand in row.operands:
                    if rows[operand].gate is None and self.of[operand] >= 0:
                        self.of[i] = self._both(self.of[i], self.of[operand])
                        self._direct[i] = 1
        return bool(self.ways)

    def _both(self, a: int, b: int) -> int:
        """Return the innermost module that holds two; either may be NOWHERE, which holds none."""
        if a == b or b < 0:
            return a
        if a < 0:
            return b
        if (a, b) not in self._joined:
            self._joined[a, b] = self.number(shared(self.ways[a], self.ways[b]))
        return self._joined[a, b]

    def _gates(self, rows: Sequence[Any], uses: Sequence[int], outputs: frozenset[int]) -> None:
        """Note the modules of the gates between gates that have one."""
        feeds = bytearray(len(rows))
        for i in range(len(rows) - 1, -1, -1):
            if feeds[i] or self._direct[i]:
                for operand in rows[i].operands:
                    feeds[operand] = 1
        for i, row in enumerate(rows):
            if row.gate is None or self._direct[i]:
                continue
            signals = [operand for operand in row.operands if rows[operand].gate is not None]
            scopes = {self.of[signal] for signal in signals}
            if not scopes or NOWHERE in scopes:
                continue
            if feeds[i]:
                found = scopes.pop()
                for other in sorted(scopes):
                    found = self._both(found, other)
                self.of[i] = found
            elif len(scopes) == 1 and (
                self._sums(rows, uses, i)
                or (
                    i in outputs
                    and all(
                        rows[o].role == "constant" or rows[o].gate is not None for o in row.operands
                    )
                )
            ):
                self.of[i] = scopes.pop()

    def _sums(self, rows: Sequence[Any], uses: Sequence[int], i: int) -> bool:
        """Say whether a row goes on adding up the products of a module's own parameters."""
        return adds(rows[i].gate) and any(
            uses[o] == 1 and self._direct[o] and multiplies(rows[o].gate) for o in rows[i].operands
        )
