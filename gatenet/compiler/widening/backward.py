"""The reverse pass in wide steps: a unit's gradient is the ordered sum of its pulls.

A pull is upstream times derivative.  Pulls are added in the order in which the sweep makes them,
so such a sum is one of products, grouped by level and length as sums forwards are.  Knows recorded
circuits and the slots of the forward pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any

from gatenet.compiler.widening.forward import Forward
from gatenet.compiler.widening.making import batched, first_of
from gatenet.compiler.widening.program import WideStep
from gatenet.gates import multiply, where


class Backward(Forward):
    """The gradients of the seeded outputs in every unit that depends on what they are asked in."""

    #: The pulls of guarded gates: upstream, and the derivative's slot.
    pulls: list[tuple[int, int]]

    def _edges(self) -> list[list[int]]:
        """For each unit who pulls at it: upstream's number and the derivative's slot, in order.

        Numbers from len(gates) on are the seeds, then the pulls of guarded gates.
        """
        read, slot, one = self.read, self.slot, self.one
        count, base = len(read.gates), self.uniform - 1
        edges: list[list[int]] = [[] for _ in range(count)]
        for j, k in enumerate(self.ends):
            edges[k] += (count + j, one)
        self.pulls = []
        spare = count + len(self.ends)
        root = list(range(count))
        needed, into, forms = read.needed, read.into, read.forms
        for k in range(count - 1, -1, -1):
            if into[k] >= 0:
                root[k] = root[into[k]]
            if read.gates[k] is None or not needed[k] or not edges[root[k]]:
                continue
            form, given, up = forms[k], read.operands[k], root[k]
            if form is not None:
                partner: list[int | None] = [None] * len(given)
                for i, pair in form:
                    if pair is not None:
                        partner[i], partner[pair] = given[pair], given[i]
                for op, by in zip(given, partner, strict=True):
                    if op >= 0 and needed[op] and into[op] != k:
                        slope = one if by is None else slot[by] if by >= 0 else base - by
                        edges[op] += (up, slope)
                continue
            guarded = read.gates[k].guarded
            for op, partial in zip(given, self.partials[k], strict=True):
                if op < 0 or not needed[op] or partial is None:
                    continue
                if guarded:
                    self.pulls.append((up, partial))
                    edges[op] += (spare, one)
                    spare += 1
                else:
                    edges[op] += (up, partial)
        return edges

    def reverse(self) -> tuple[int, list[int]]:
        """Add the steps; give the number of levels and each unit's slot of its gradient, or -1."""
        edges = self._edges()
        count, one = len(self.read.gates), self.one
        first_pull = count + len(self.seeds)
        level = [0] * (first_pull + len(self.pulls))
        alias: dict[int, int] = {}
        groups: dict[tuple[Any, ...], list[int]] = {}
        of_gate: dict[int, list[int]] = {}
        for j, (up, _) in enumerate(self.pulls, first_pull):
            of_gate.setdefault(up, []).append(j)
        for k in range(count - 1, -1, -1):
            pulls = edges[k]
            if pulls:
                ups, slopes = pulls[::2], pulls[1::2]
                highest = max([level[up] for up in ups])
                plain = slopes.count(one) == len(slopes)
                if plain and len(ups) == 1:
                    alias[k] = alias.get(ups[0], ups[0])
                    level[k] = highest
                else:
                    level[k] = highest + 1
                    groups.setdefault((highest, plain), []).append(k)
            for j in of_gate.get(k, ()):
                level[j] = level[k] + 1
                groups.setdefault((level[k], None), []).append(j)
        place = [-1] * len(level)
        place[count:first_pull] = self.seeds

        def found(k: int) -> int:
            return place[alias.get(k, k)]

        for key in sorted(groups, key=first_of):
            everyone, plain = groups[key][::-1], key[1]
            if plain is None:
                first = self._guarded([self.pulls[k - first_pull] for k in everyone], found)
                for i, k in enumerate(everyone):
                    place[k] = first + i
                continue
            for members in batched(everyone, lambda k: len(edges[k]) // 2):
                pairs = [edges[k] for k in members]
                columns = list(zip_longest(*pairs, fillvalue=-1))
                fill = self.slots([self.nothing])[0]
                left = [fill if up < 0 else found(up) for column in columns[::2] for up in column]
                right = None
                if not plain:
                    right = [one if s < 0 else s for column in columns[1::2] for s in column]
                first = self.sums(len(members), left, right, len(columns) // 2)
                for i, k in enumerate(members):
                    place[k] = first + i
        return max(level, default=0), [found(k) if edges[k] else -1 for k in range(count)]

    def _guarded(self, pulls: Sequence[tuple[int, int]], found: Callable[[int], int]) -> int:
        """Add pulls that are 0 where their upstream is, whatever the derivative is."""
        size = len(pulls)
        ups = [found(up) for up, _ in pulls]
        product = self.new(size)
        self.steps.append(WideStep(multiply, product, size, [ups, [slope for _, slope in pulls]]))
        first = self.new(size)
        chosen = list(range(product, product + size))
        self.steps.append(WideStep(where, first, size, [ups, chosen, [self.zero] * size]))
        return first
