"""Titles: what a folded box is called, and the key that opens it.

A box that is the same at several levels is called what it is at the finest of them.  Every
text is safe to show.  Knows hierarchies; does not know pictures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from gatenet.texts import counted, shown

from .folding import Group
from .hierarchy import CONES, LAYERS, MODULES, NEURONS, SUMS, Hierarchy
from .scopes import Steps, layer_of, model_of, without_index

MODEL = "model"
"""What the module around all others is called, unless it is known."""

_KEYS = {
    SUMS: "sum", CONES: "neuron", NEURONS: "neurons", LAYERS: "neurons", MODULES: "module"
}  # fmt: skip


class Titles:
    """The groups of a hierarchy, by level and lead; `numbers` has the numbers rows go by."""

    def __init__(self, of: Hierarchy, numbers: Sequence[int], model: str = MODEL) -> None:
        self.of = of
        self.numbers = numbers
        self.model = shown(model)

    def group(self, level: int, lead: int) -> Group:
        """Describe the box of more than one row that has this lead at this level."""
        level = self._finest(level, lead)
        if self.of.leaf[lead]:
            return self._leaves(level, lead)
        base = self._base(level, lead)
        key = f"{_KEYS[level]}:{self.numbers[lead]}"
        if base:
            key = base if self._bases[level][base] == 1 else f"{base}:{self.numbers[lead]}"
        title, copies = self._title(level, lead)
        named = self.of.steps(lead) is not None
        kind = {SUMS: "sum", LAYERS: "layer", MODULES: "module"}.get(level, "neurons")
        return Group(shown(title), kind if named or level == SUMS else "neurons", copies, key)

    def names(self, level: int, lead: int) -> set[str]:
        """Return what a box answers to in `open=`: its key, its title, its module."""
        group = self.group(level, lead)
        return {group.key, group.title, self._base(self._finest(level, lead), lead)} - {""}

    def _finest(self, level: int, lead: int) -> int:
        """Return the finest level at which the box is the same."""
        sizes = self.of.sizes
        while level > SUMS and sizes[level - 1][lead] == sizes[level][lead]:
            level -= 1
        return level

    def _way(self, level: int, lead: int) -> Steps | None:
        """Return the module that a box stands for at its level."""
        steps = self.of.steps(lead)
        if steps is None or level == SUMS:
            return None
        if level <= NEURONS:
            return steps
        return layer_of(steps) if level == LAYERS else model_of(layer_of(steps))

    def _base(self, level: int, lead: int) -> str:
        """Return the name of a box's module, safe to show; "" where it has none."""
        way = self._way(level, lead)
        return "" if way is None else shown(".".join(way)) or self.model

    @cached_property
    def _bases(self) -> list[Counter[str]]:
        """How many boxes of each level have the name of the same module."""
        found = []
        for level, owner in enumerate(self.of.owners):
            leads = {lead for lead in owner if not self.of.leaf[lead]} if level > SUMS else ()
            found.append(Counter(self._base(level, lead) for lead in leads))
        return found

    def _leaves(self, level: int, lead: int) -> Group:
        """Describe a box of leaves alone."""
        role, n = self.of.rows[lead].role, self.of.sizes[level][lead]
        way = self._base(level, lead)
        title = f"{way}: {counted(n, role)}" if way else counted(n, role)
        return Group(shown(title), "run", 1, f"{role}s:{self.numbers[lead]}")

    def _title(self, level: int, lead: int) -> tuple[str, int]:
        """Return a box's title and how many equal parts it stands for."""
        cones = self.of.cones
        if level == SUMS:
            terms, products = cones.terms[lead], cones.products.get(lead, 0)
            dot = products >= terms - 1
            return (f"dot of {products:,}" if dot else f"Σ of {terms:,}"), 1
        base = self._base(level, lead)
        if level == CONES:
            return base or self._cone(lead), 1
        if level == MODULES:
            return base, 1
        inside = self._roots[level][lead]
        steps = self.of.steps(lead) or ()
        if not base or layer_of(steps) == steps:
            return (f"{base}: " if steps else "") + self._cone(lead, len(inside)), len(inside)
        if level == NEURONS:
            return base, len(inside)
        ways = {self.of.steps(root) or ("",) for root in inside}
        lists = {without_index(way[-1]) for way in ways}
        if len(lists) > 1:
            return base, 1
        return shown(".".join([*layer_of(steps), *lists])), len(ways)

    def _cone(self, root: int, copies: int = 1) -> str:
        """Say what a cone is: its output's name, a neuron if it is weighted, else its gates."""
        row = self.of.rows[root]
        if row.name and copies == 1:
            return str(row.name)
        if root in self._weighted:
            return "neuron"
        within = [o for o in row.operands if o != root and self.of.cones.roots[o] == root]
        names = [str(row.gate.name), *(str(self.of.rows[o].gate.name) for o in within[:1])]
        return " of ".join(names)

    @cached_property
    def _weighted(self) -> set[int]:
        """The cones that take parameters."""
        rows, leaf = self.of.rows, self.of.leaf
        return {
            self.of.cones.roots[i]
            for i, row in enumerate(rows)
            if any(leaf[o] and rows[o].role == "parameter" for o in row.operands)
        }

    @cached_property
    def _roots(self) -> dict[int, dict[int, list[int]]]:
        """The cones of each box of neurons and of layers."""
        found: dict[int, dict[int, list[int]]] = {NEURONS: {}, LAYERS: {}}
        for row, root in enumerate(self.of.cones.roots):
            if row == root and not self.of.leaf[row]:
                for level, boxes in found.items():
                    boxes.setdefault(self.of.owners[level][row], []).append(row)
        return found
