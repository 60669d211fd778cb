"""The forward pass in wide steps: gates by level and kind, sums by level and length.

Knows recorded circuits and plans.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from gatenet.compiler.program import Check
from gatenet.compiler.widening.making import Making, batched, first_of
from gatenet.compiler.widening.plans import Plan, PlanStep
from gatenet.compiler.widening.program import WideStep
from gatenet.declaration import Gate


class Forward(Making):
    """Every unit's value and every derivative."""

    def run(self) -> int:
        """Compute every unit and every derivative; give the number of levels."""
        read = self.read
        level = [0] * len(read.gates)
        levels: list[dict[Any, list[int]]] = []
        for k, gate in enumerate(read.gates):
            if gate is None or read.into[k] >= 0:
                continue
            terms = read.terms[k]
            highest = 0
            kind: Any = read.plans[k]
            if terms is None:
                for op in read.operands[k]:
                    if op >= 0 and level[op] > highest:
                        highest = level[op]
            else:
                kind = True
                for a, b in terms:
                    if a >= 0 and level[a] > highest:
                        highest = level[a]
                    if b is not None:
                        kind = False
                        if b >= 0 and level[b] > highest:
                            highest = level[b]
            level[k] = highest + 1
            while len(levels) <= highest:
                levels.append({})
            found = levels[highest].get(kind)
            if found is None:
                levels[highest][kind] = [k]
            else:
                found.append(k)
        for groups in levels:
            for plain in (False, True):
                for members in batched(groups.pop(plain, []), self._length):
                    self._summed(members, plain)
            if groups:
                self._planned(groups)
        return len(levels)

    def _length(self, k: int) -> int:
        terms = self.read.terms[k]
        assert terms is not None
        return len(terms)

    def _summed(self, members: list[int], plain: bool) -> None:
        terms = [self.read.terms[k] or [] for k in members]
        columns = list(zip_longest(*terms, fillvalue=(self.nothing, None)))
        left = self.slots([a for column in columns for a, _ in column])
        right = None
        if not plain:
            slot, base, one = self.slot, self.uniform - 1, self.one
            right = [
                one if b is None else slot[b] if b >= 0 else base - b
                for column in columns
                for _, b in column
            ]
        first = self.sums(len(members), left, right, len(columns))
        for i, k in enumerate(members):
            self.slot[k] = first + i

    def _planned(self, groups: dict[Plan, list[int]]) -> None:
        """Add the steps of the plans of one level, those of equal rank and gate together."""
        tables: list[tuple[Plan, dict[int, list[int]], int]] = []
        waiting: dict[tuple[int, Any], list[tuple[PlanStep, int]]] = {}
        for number, (plan, members) in enumerate(groups.items()):
            size = len(members)
            operands = zip(*[self.read.operands[k] for k in members], strict=True)
            columns = [self.slots(column) for column in operands]
            statics = zip(*[[*self.read.gates[k].static.values()] for k in members], strict=True)
            columns += [[self.constant(value) for value in column] for column in statics]
            places = dict(enumerate(columns))
            places[-1] = [self.one] * size
            for place, value in plan.constants.items():
                places[place] = [self.constant(value)] * size
            tables.append((plan, places, size))
            for step in plan.steps:
                kind = max(step.args[1]) < 0 if step.gate is None else step.gate
                waiting.setdefault((-step.rank, kind), []).append((step, number))
        for key in sorted(waiting, key=first_of):
            if isinstance(key[1], Gate):
                self._gate_step(key[1], waiting[key], tables)
            else:
                for some in batched(waiting[key], lambda item: item[0].terms):
                    self._sum_step(some, tables, key[1])
        for (plan, places, _), members in zip(tables, groups.values(), strict=True):
            for k, slot in zip(members, places[plan.value], strict=True):
                self.slot[k] = slot
            for place, said in plan.checks:
                self.checks += [Check(slot, said) for slot in places[place]]
            derivatives = [None if p is None else places[p] for p in plan.partials]
            for i, k in enumerate(members):
                self.partials[k] = [None if d is None else d[i] for d in derivatives]

    def _gate_step(self, gate: Gate, steps: list[tuple[PlanStep, int]], tables: list[Any]) -> None:
        """One primitive gate over what several plans want of it."""
        args: list[list[int]] = [[] for _ in steps[0][0].args]
        for step, number in steps:
            places = tables[number][1]
            for arg, column in zip(args, step.args, strict=True):
                for p in column:
                    arg += places[p]
        first = self.new(len(args[0]))
        self.steps.append(WideStep(gate, first, len(args[0]), args))
        self._written(first, steps, tables)

    def _sum_step(self, steps: list[tuple[PlanStep, int]], tables: list[Any], plain: bool) -> None:
        """Ordered sums over what several plans want; short ones are filled up with -0."""
        longest = max([step.terms for step, _ in steps])
        left: list[int] = []
        right: list[int] = []
        fill = self.slots([self.nothing])
        width = 0
        for term in range(longest):
            for step, number in steps:
                _, places, size = tables[number]
                count = len(step.outs)
                if term >= step.terms:
                    left += fill * (size * count)
                    right += [self.one] * (size * count)
                    continue
                for arg, column in zip((left, right), step.args, strict=True):
                    for p in column[term * count : (term + 1) * count]:
                        arg += places[p]
            width = width or len(left)
        first = self.sums(width, left, None if plain else right, longest)
        self._written(first, steps, tables)

    def _written(self, first: int, steps: list[tuple[PlanStep, int]], tables: list[Any]) -> None:
        for step, number in steps:
            _, places, size = tables[number]
            for place in step.outs:
                places[place] = list(range(first, first + size))
                first += size
