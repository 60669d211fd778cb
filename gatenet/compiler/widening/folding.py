"""Folding: chains of `maximum` or `minimum` in a wide program as one step over all their terms.

The largest of many numbers is recorded as a chain of five primitive steps for each further number,
each step over few numbers: work for the wide machine, but mostly waiting for NumPy.  Nobody reads
what is inside such a chain.  Knows wide steps, and how the two gates are written in them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from gatenet.compiler.widening.program import VARYING, WideProgram, WideStep
from gatenet.declaration import Gate
from gatenet.gates import greater, greater_equal, less, less_equal, where

#: How the choice of one of two is written: the first where it is as far out, else the second where
#: that is farther out, else their sum, which is nan.
_CHOICES = {greater_equal: (greater, "maximum"), less_equal: (less, "minimum")}


#: Sums of so many products are cut, into one part more than this at most.
LARGE, PARTS = 2000, 3


class Folded(NamedTuple):
    """A step to run, and the number of the program's step that it is or ends.

    `choice` names a choice among its terms, "maximum" or "minimum".
    """

    number: int
    step: WideStep
    choice: str = ""


class _Choice(NamedTuple):
    """Five steps that are one choice of two: which they are, and the numbers chosen from."""

    steps: tuple[int, ...]
    name: str
    first: list[int]
    second: list[int]


def folded(program: WideProgram, np: Any) -> list[Folded]:
    """The steps of a program, chains of choices being one step where the last of them stood.

    A chain shorter than others of its step repeats its last term, which changes nothing.
    """
    steps = program.steps
    if where not in {step.gate for step in steps}:
        return [Folded(k, step) for k, step in enumerate(steps)]
    tables = [[np.array(table) - VARYING for table in step.args] for step in steps]
    found = _choices(program, _readers(program, tables, np))
    inside = {k for choice in found.values() for k in choice.steps}
    read = np.zeros(program.varying, dtype=bool)
    for table in [
        np.array(program.results, dtype=int) - VARYING,
        *[table for k, given in enumerate(tables) if k not in inside for table in given],
    ]:
        read[table[table >= 0]] = True
    outside = {*(np.flatnonzero(read) + VARYING).tolist()}
    named: dict[int, str] = {}
    for k, choice in found.items():
        outside.update(choice.second)
        outside.update(slot for slot in choice.first if named.get(slot) != choice.name)
        named.update(dict.fromkeys(_numbers(steps[k]), choice.name))
    kept: list[Folded] = []
    chains: dict[int, tuple[int, int]] = {}
    for k, step in enumerate(steps):
        if k not in inside:
            kept.append(Folded(k, step))
        elif k in found:
            numbers = _numbers(step)
            pairs = zip(found[k].first, found[k].second, strict=True)
            chains.update(zip(numbers, pairs, strict=True))
            if not outside.isdisjoint(numbers):
                terms = [_chain(slot, chains, outside) for slot in numbers]
                longest = max(map(len, terms))
                table = [
                    chain[min(row, len(chain) - 1)] for row in range(longest) for chain in terms
                ]
                whole = WideStep(None, step.out, step.size, [table], longest)
                kept.append(Folded(k, whole, found[k].name))
    return kept


def cut(one: Folded, program: WideProgram) -> list[Folded]:
    """Cut sums of products where what they read was made by other steps, if that is seldom.

    Sums of unlike steps share one where their lengths allow it; apart they may be views of it.
    What a part's sums are all filled up with is left out: x + -0 is x.
    """
    step = one.step
    if len(step.args) != 2 or step.gate is not None or step.size * step.terms < LARGE:
        return [one]
    starts = [made.out for made in program.steps]
    size = step.size
    makers = [[bisect_right(starts, slot) for slot in table[:size]] for table in step.args]
    cuts = [k for k in range(1, size) if any(row[k] != row[k - 1] for row in makers)]
    if not cuts or len(cuts) > PARTS:
        return [one]
    parts = []
    for first, last in pairwise([0, *cuts, size]):
        rows = [[t[k * size + first : k * size + last] for t in step.args]
                for k in range(step.terms)]  # fmt: skip
        while len(rows) > 1 and rows[-1][0].count(step.filling) == last - first:
            rows.pop()
        args = [[slot for row in rows for slot in row[k]] for k in range(2)]
        part = WideStep(None, step.out + first, last - first, args, len(rows), step.filling)
        parts.append(Folded(one.number, part))
    return parts


def _chain(slot: int, chains: dict[int, tuple[int, int]], outside: set[int]) -> list[int]:
    """The terms a number is chosen from, in their order."""
    first, second = chains[slot]
    terms = [second]
    while first in chains and first not in outside:
        first, second = chains[first]
        terms.append(second)
    return [first, *reversed(terms)]


def _choices(program: WideProgram, readers: Any) -> dict[int, _Choice]:
    """The choices of two in a program, by the number of their last step."""
    steps = program.steps
    made = {step.out: k for k, step in enumerate(steps)}

    def whole(table: Sequence[int], gate: Gate | None) -> int:
        """The step of this gate whose numbers a table is, read there alone; or -1."""
        k = made.get(table[0], -1)
        if k < 0 or readers[k] != 1 or steps[k].gate is not gate:
            return -1
        same = steps[k].size == len(table) and list(table) == [*_numbers(steps[k])]
        return k if same else -1

    found = {}
    for k, last in enumerate(steps):
        if last.gate is not where:
            continue
        asked, first, other = last.args
        for reached, (beyond, name) in _CHOICES.items():
            a = whole(asked, reached)
            b = whole(other, where) if a >= 0 else -1
            if b < 0 or steps[a].args[0] != first:
                continue
            second = steps[a].args[1]
            c, d = whole(steps[b].args[0], beyond), whole(steps[b].args[2], None)
            if (
                c >= 0
                and d >= 0
                and steps[b].args[1] == second
                and steps[c].args == [second, first]
                and steps[d].args in ([[*first, *second]], [[*second, *first]])
            ):
                found[k] = _Choice((a, b, c, d, k), name, first, second)
    return found


def _numbers(step: WideStep) -> range:
    return range(step.out, step.out + step.size)


def _readers(program: WideProgram, tables: Sequence[Sequence[Any]], np: Any) -> Any:
    """How many tables read numbers of each step; results count twice."""
    starts = np.array([step.out - VARYING for step in program.steps])
    counts = np.zeros(len(starts) + 1, dtype=int)
    results = np.array(program.results, dtype=int) - VARYING
    for table in [results, results, *[table for given in tables for table in given]]:
        found = np.zeros(len(starts) + 1, dtype=bool)
        found[np.searchsorted(starts, table, "right")] = True
        counts += found
    return counts[1:]
