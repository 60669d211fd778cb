"""Hierarchy: gate, sum, neuron, layer, module: what is part of what in a circuit.

Each level groups the boxes of the one before, so any mixture of levels is a picture; each is
free of circles by itself, and so is every mixture of them: a circle would run within one box
of the coarsest level in it, and there among the boxes of the next.  Leaves go with the one box
that uses them, or with their like.  Cost: linear, without recursion.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from .cones import Cones, used
from .contract import Parts, contracted, untangled
from .scopes import NOWHERE, Scopes, Steps, layer_of, model_of

GATES, SUMS, CONES, NEURONS, LAYERS, MODULES = range(6)
"""The levels, finest first."""

ALIKE = 5
"""From this many on, leaves with the same users share a box."""
HELD_ROLES = ("constant", "parameter")
"""What is drawn in the box of its one user."""
HELD = 3
"""A single gate that takes this many parameters of its own is drawn as one box with them."""


class Hierarchy:
    """The levels of a circuit: `owners[level]` has for each row the lead of its box there.

    The lead of a box is its last gate, or its last leaf where it holds only leaves.
    """

    def __init__(self, rows: Sequence[Any], outputs: Iterable[int]) -> None:
        self.rows = rows
        self.outputs = frozenset(outputs)
        uses = used(rows, sorted(self.outputs))
        self.scopes = Scopes(rows, uses, self.outputs)
        self.cones = Cones(rows, uses, self.scopes)
        self.leaf = [row.gate is None for row in rows]
        owners = [list(range(len(rows))), list(self.cones.sums), list(self.cones.roots)]
        parts = self._circuit_of_cones()
        for name in (self._neuron_name, self._layer_name, self._module_name):
            if len(owners) > NEURONS and not self.scopes.ways:
                owners.append(owners[NEURONS])
                continue
            leads, parts = self._grouped(parts, list(map(name, parts.leads, parts.levels())))
            owners.append([leads.get(lead, lead) for lead in owners[-1]])
        self.owners = owners
        self._attach(SUMS, ("constant",), tuple)
        self._attach(CONES, HELD_ROLES, tuple)
        self._attach(NEURONS, HELD_ROLES, tuple)
        if self.scopes.ways:
            self._attach(LAYERS, HELD_ROLES, layer_of)
            self._attach(MODULES, HELD_ROLES, lambda steps: model_of(layer_of(steps)))

    @cached_property
    def sizes(self) -> list[Counter[int]]:
        """How many rows each box has, by level and lead."""
        found: list[Counter[int]] = []
        for level, owner in enumerate(self.owners):
            same = level and owner is self.owners[level - 1]
            found.append(found[-1] if same else Counter(owner))
        return found

    def steps(self, row: int) -> Steps | None:
        """Return the way to a row's module; None where it has none."""
        scope = self.scopes.of[row]
        return None if scope == NOWHERE else self.scopes.ways[scope]

    def _circuit_of_cones(self) -> Parts:
        """Return the circuit of the cones."""
        roots, leaf = self.cones.roots, self.leaf
        leads = [row for row, root in enumerate(roots) if row == root and not leaf[row]]
        return contracted(
            leads,
            (
                (roots[i], [roots[o] for o in row.operands if not leaf[o]])
                for i, row in enumerate(self.rows)
                if not leaf[i]
            ),
        )

    def _neuron_name(self, root: int, level: int) -> Any:
        """Say what a cone is grouped by: its neuron, or its shape and how deep it stands."""
        steps = self.steps(root)
        if steps is not None and layer_of(steps) != steps:
            return steps
        return self.scopes.of[root], self.cones.signs[root], level

    def _layer_name(self, lead: int, level: int) -> Any:
        """Say what a neuron is grouped by: its layer, or nothing but itself."""
        steps = self.steps(lead)
        return lead if steps is None or layer_of(steps) == steps else layer_of(steps)

    def _module_name(self, lead: int, level: int) -> Any:
        """Say what a layer is grouped by: its module, or nothing but itself."""
        steps = self.steps(lead)
        return lead if steps is None else model_of(layer_of(steps))

    def _grouped(self, parts: Parts, names: list[Any]) -> tuple[dict[int, int], Parts]:
        """Group boxes by name, splitting where that would close a circle.

        Returns the new lead of each old one, and the circuit of the groups.
        """
        group = untangled(parts, names) if self.scopes.ways else _numbered(names)
        last = [-1] * (max(group, default=-1) + 1)
        for box, lead in enumerate(parts.leads):
            last[group[box]] = max(last[group[box]], lead)
        leads = [last[one] for one in group]
        seen = contracted(
            dict.fromkeys(leads),
            ((leads[box], [leads[o] for o in some]) for box, some in enumerate(parts.before)),
        )
        return dict(zip(parts.leads, leads, strict=True)), seen

    def _attach(self, level: int, roles: Sequence[str], around: Callable[[Steps], Steps]) -> None:
        """Give each leaf its box: that of its one user, or one it shares with its like."""
        owner, leaf, rows = self.owners[level], self.leaf, self.rows
        home = [-1] * len(rows)
        many: dict[int, set[int]] = {}
        for i, row in enumerate(rows):
            for operand in row.operands:
                if leaf[operand] and home[operand] != owner[i]:
                    if home[operand] >= 0:
                        many.setdefault(operand, {home[operand]}).add(owner[i])
                    home[operand] = owner[i]
        holds = self._holding(owner, home, many, level)
        alike: dict[Any, list[int]] = {}
        for i, row in enumerate(rows):
            if not leaf[i] or home[i] < 0 or i in self.outputs:
                continue
            if i not in many and row.role in roles and home[i] in holds:
                owner[i] = home[i]
                continue
            steps = self.steps(i)
            users = tuple(sorted(many[i])) if i in many else (home[i],)
            way = None if steps is None else around(steps)
            alike.setdefault((row.role, way, users), []).append(i)
        for (_, way, _), some in alike.items():
            if len(some) >= (ALIKE if way is None else 2):
                for i in some:
                    owner[i] = some[-1]

    def _holding(
        self, owner: list[int], home: list[int], many: dict[int, set[int]], level: int
    ) -> set[int]:
        """Return the boxes that leaves are drawn in: not gates that are drawn for themselves."""
        gates = Counter(lead for lead, leaf in zip(owner, self.leaf, strict=True) if not leaf)
        holds = {lead for lead, n in gates.items() if n > 1}
        if level > SUMS:
            own = Counter(
                home[i]
                for i, row in enumerate(self.rows)
                if row.role == "parameter" and i not in many and home[i] >= 0
            )
            holds.update(lead for lead, n in own.items() if n >= HELD)
            holds.update(lead for lead in gates if self.scopes.of[lead] != NOWHERE)
        return holds


def _numbered(names: Iterable[Any]) -> list[int]:
    """Number names in the order in which they are met."""
    number: dict[Any, int] = {}
    return [number.setdefault(name, len(number)) for name in names]
