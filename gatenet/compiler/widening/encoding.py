"""A wide program as code for the wide machine: chunks of eight sums, and copies where slots stand
apart.

The machine's vectors run across the sums of a chunk, so each term wants its factors as eight slots
in a row, or as one slot for all eight.  Slots that stand apart (a column of a matrix whose rows are
together) are copied together first: once for all samples where they are parameters, and once for
all steps that read the same eight.  Knows wide programs and the machine's words.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import pairwise

from gatenet.compiler.widening.program import VARYING, WideProgram, WideStep
from gatenet.compiler.widening.summing import only_summed
from gatenet.compiler.widening.tables import run_of

CHUNK = 8
_SUMS, _COPY, _ONCE = -1, -2, -3
_SHARED, _SINGLE, _APART = 1, 2, 4
_VECTOR, _NUMBER, _NONE, _APART_TERM = 0, 1, 2, 3
_FIRST_SHARED, _SECOND_SHARED, _MORE = 4, 8, 16


class Code:
    """The words of a program, and how large the machine's areas are.

    With `lanes` it is for many samples: vectors run across them, and slots may stand apart.  With
    `summed` only sums over samples are wanted: products that nobody else reads are not stored.
    """

    def __init__(
        self, program: WideProgram, gates: Sequence[str], lanes: bool, summed: bool = False
    ) -> None:
        self.lanes = lanes
        self.gates = {name: k for k, name in enumerate(gates)}
        # What is read past the end of a run is not used, but must be there.
        self.shared = program.uniform + len(program.constants)
        self.slots = program.varying + CHUNK
        self.once: list[int] = []
        self.body: list[int] = []
        self._copied: dict[tuple[int, ...], int] = {}
        self.copies = 0
        products, results = only_summed(program) if summed else ({}, {})
        for number, step in enumerate(program.steps):
            if number in products:
                continue
            if step.gate is not None:
                self._gate(step.gate.name, step)
            else:
                self._sums(step)
        self.shared += CHUNK
        self.slots += CHUNK
        ends = [-1 if slot in results else _word(slot) for slot in program.results]
        words = [word for rectangle in products.values() for word in rectangle]
        self.summed = len(words)
        self.words = array("i", [*self.once, *self.body, *words, *ends])
        self.steps = len(self.once) + len(self.body)

    def _together(self, slots: Sequence[int], varying: bool = False) -> int:
        """Where these slots stand in a row: there already, or copied there; a slot's number."""
        key = tuple(slots)
        count = len(key)
        start = self._copied.get((*key, -1) if varying else key)
        if start is not None:
            return start
        if not varying and max(key) < VARYING:
            start = self.shared
            self.shared += count
            self.once += (_ONCE, start, count, *[_word(slot) for slot in key])
            self._copied[key] = start
        else:
            start = VARYING + self.slots
            self.slots += count
            self.body += (_COPY, start - VARYING, count, *[_word(slot) for slot in key])
            self._copied[(*key, -1) if varying else key] = start
        self.copies += count
        return start

    def _gate(self, name: str, step: WideStep) -> None:
        operands: list[int] = []
        apart: list[int] = []
        for table in step.args:
            stride = run_of(table)
            if stride is None and self.lanes and min(table) >= VARYING:
                operands += (_APART, 0)
                apart += [slot - VARYING for slot in table]
                continue
            slot = table[0] if stride is not None else self._together(table)
            kind = 0 if slot >= VARYING else _SHARED
            if stride == 0 and len(table) > 1:
                kind |= _SINGLE
            operands += (kind, slot if kind & _SHARED else slot - VARYING)
        self.body += (self.gates[name], step.out - VARYING, step.size, *operands, *apart)

    def _sums(self, step: WideStep) -> None:
        """Encode ordered sums, chunk by chunk, in parts whose terms are of one kind each."""
        size = step.size
        passes: list[list[list[int]]] = []
        for first, last in _chunks(step):
            rows = [
                [t[k * size + first : k * size + last] for t in step.args]
                for k in range(self._trimmed(step, first, last))
            ]
            parts: list[tuple[int, list[int], int]] = []
            for row in rows:
                kind, words = self._term(row)
                if parts and parts[-1][0] == kind:
                    parts[-1][1].extend(words)
                    parts[-1] = (kind, parts[-1][1], parts[-1][2] + 1)
                else:
                    parts.append((kind, words, 1))
            for number, (kind, words, terms) in enumerate(parts):
                if number == len(passes):
                    passes.append([])
                more = _MORE if number else 0
                out = step.out - VARYING + first
                passes[number].append([kind | more, out, last - first, terms, *words])
        self.body += (_SUMS, sum(map(len, passes)), 0)
        for some in passes:
            for words in some:
                self.body += words

    def _term(self, factors: list[list[int]]) -> tuple[int, list[int]]:
        """The kind of one term of a chunk, and the words of its table."""
        if len(factors) == 1:
            start = self._row(factors[0], varying=self.lanes)
            kind = _NONE | (_FIRST_SHARED if start < VARYING else 0)
            return kind, [_place(start), 0]
        left, right = factors
        count = len(left)
        if left.count(left[0]) == count and right.count(right[0]) != count:
            left, right = right, left  # a * b is b * a
        number = right.count(right[0]) == count
        if self.lanes:
            if min(right) < VARYING <= max(right):
                right = self._copied_row(right)
            if min(left) < VARYING <= max(left) or (max(left) < VARYING and max(right) < VARYING):
                left = self._copied_row(left)
            left, right = self._row_once(left), self._row_once(right)
            if _stands(left) is None or not (number or _stands(right) is not None):
                kind = _APART_TERM | _sharing(left[0], right[0])
                fill = [0] * (CHUNK - count)
                return kind, [*map(_place, left), *fill, *map(_place, right), *fill]
        one = self._row(left)
        other = right[0] if number else self._row(right)
        kind = (_NUMBER if number else _VECTOR) | _sharing(one, other)
        return kind, [_place(one), _place(other)]

    def _row(self, slots: list[int], varying: bool = False) -> int:
        """Where these slots stand in a row, by themselves or copied."""
        start = _stands(slots)
        if start is None or (varying and min(slots) < VARYING):
            return self._together(slots, varying)
        return start

    def _row_once(self, slots: list[int]) -> list[int]:
        """Shared slots that stand apart, copied together once for all samples."""
        if slots[0] >= VARYING or slots.count(slots[0]) == len(slots):
            return slots
        start = self._row(slots)
        return list(range(start, start + len(slots)))

    def _copied_row(self, slots: list[int]) -> list[int]:
        start = self._together(slots, varying=True)
        return list(range(start, start + len(slots)))

    @staticmethod
    def _trimmed(step: WideStep, first: int, last: int) -> int:
        """How many terms these sums have: what every one of them is filled up with is left out."""
        count, size = step.terms, step.size
        if step.filling < 0:
            return count
        table, fill = step.args[0], step.filling
        while count > 1:
            row = table[(count - 1) * size + first : (count - 1) * size + last]
            if row.count(fill) != len(row):
                break
            count -= 1
        return count


def _chunks(step: WideStep) -> list[tuple[int, int]]:
    """Cut sums into runs of at most eight; where a factor is the same for a run, at its end."""
    size = step.size
    cuts = [0, size]
    for table in step.args:
        row = table[:size]
        found = [k for k in range(1, size) if row[k] != row[k - 1]]
        if len(found) + 1 < len(cuts) or (len(cuts) == 2 and 4 * (len(found) + 1) <= size):
            cuts = [0, *found, size]
    chunks = []
    for first, last in pairwise(cuts):
        chunks += [(k, min(k + CHUNK, last)) for k in range(first, last, CHUNK)]
    return chunks


def _stands(slots: Sequence[int]) -> int | None:
    """Where these slots start, if they stand in a row."""
    first, count = slots[0], len(slots)
    if slots[-1] - first == count - 1 and list(slots) == list(range(first, first + count)):
        return first
    return None


def _sharing(one: int, other: int) -> int:
    return (_FIRST_SHARED if one < VARYING else 0) | (_SECOND_SHARED if other < VARYING else 0)


def _place(slot: int) -> int:
    return slot - VARYING if slot >= VARYING else slot


def _word(slot: int) -> int:
    return (slot - VARYING) << 1 if slot >= VARYING else slot << 1 | 1
