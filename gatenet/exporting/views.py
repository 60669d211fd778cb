"""Views: the tables of a wide step read as nested loops, with strides where there are any.

Term k of number i of a step stands `start` + something for k + something for i.  Either is a
stride or a table of offsets; only where the two do not part is there a table of both.  Knows wide
steps; the printers of languages read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from gatenet.compiler.widening.program import VARYING, WideProgram, WideStep
from gatenet.compiler.widening.tables import affine, strides_of

#: Into so many runs of terms a sum may fall before tables are shorter.
RUNS = 4
#: So many loops may stand inside each other for the numbers of a step.
AXES = 4

Offsets = tuple[int, ...]


class View(NamedTuple):
    """Where the numbers of one operand stand.

    `term` is the stride from one term to the next, or the offset of each; `strides` those along
    the axes of the numbers, None where `table` holds an offset for each number.  Without `term`
    the table holds one for each term of each number, term after term.  Offsets are 0 or more.
    """

    start: int
    term: int | Offsets | None
    strides: tuple[int, ...] | None
    table: Offsets = ()


class Nest(NamedTuple):
    """Loops over some terms (all of a gate's one) of all numbers, whose axes have these lengths."""

    terms: int
    lengths: tuple[int, ...]
    views: tuple[View, ...]


def nests(step: WideStep, first: int) -> list[Nest]:
    """Read a step as nests of loops, one after another in the order of the terms.

    Numbers of each sample stand from place `first` on, those that all share before it.

    >>> from gatenet.gates import negate
    >>> nests(WideStep(negate, VARYING + 9, 3, [[VARYING, VARYING + 2, VARYING + 4]]), 10)
    [Nest(terms=1, lengths=(3,), views=(View(start=10, term=0, strides=(2,), table=()),))]
    """
    size, terms = step.size, max(step.terms, 1)
    tables = [
        [slot - VARYING + first if slot >= VARYING else slot for slot in table]
        for table in step.args
    ]
    rows = [_rows(table, size) for table in tables]
    starts = _starts(tables, rows, size)
    if len(starts) > RUNS:
        starts = [0, *[k for k in range(1, terms) if any(row[k] is not row[k - 1] for row in rows)]]
    if len(starts) > RUNS:
        return [_nest(tables, rows, 0, terms, size)]
    ends = [*starts[1:], terms]
    return [_nest(tables, rows, *span, size) for span in zip(starts, ends, strict=True)]


def places(program: WideProgram, slots: Sequence[int]) -> list[int]:
    """Where slots stand: those that all samples share first, then those of each sample."""
    first = program.uniform + len(program.constants)
    return [slot - VARYING + first if slot >= VARYING else slot for slot in slots]


def natural(lengths: Sequence[int]) -> tuple[int, ...]:
    """How far apart neighbours along each axis are, where the numbers stand one after another."""
    strides = [1]
    for length in reversed(lengths[1:]):
        strides.insert(0, strides[0] * length)
    return tuple(strides)


def staged(program: WideProgram) -> list[list[WideStep]]:
    """The steps that rows share, for values and then for gradients; likewise those of each row."""
    wanted = {step.out for step in program.pruned(gradients=False).steps}
    varies = bytearray([1]) * program.inputs + bytearray(program.varying - program.inputs)
    parts: list[list[WideStep]] = [[], [], [], []]
    for step in program.steps:
        moving = any(
            slot >= VARYING and varies[slot - VARYING] for table in step.args for slot in table
        )
        if moving:
            start = step.out - VARYING
            varies[start : start + step.size] = bytearray([1]) * step.size
        parts[2 * moving + (step.out not in wanted)].append(step)
    return parts


def _rows(table: Sequence[int], size: int) -> list[Offsets]:
    """For each term the offsets of its numbers from the first; equal rows are one object."""
    known: dict[Offsets, Offsets] = {}
    rows = []
    for k in range(0, len(table), size):
        start = table[k]
        row = tuple([place - start for place in table[k : k + size]])
        rows.append(known.setdefault(row, row))
    return rows


def _starts(
    tables: Sequence[Sequence[int]], rows: Sequence[Sequence[Offsets]], size: int
) -> list[int]:
    """Where runs of terms begin that are one stride apart, such as the products beside a bias."""
    terms = len(rows[0])
    steps: list[Any] = [
        [table[k * size] - table[(k - 1) * size] for table in tables]
        if k and all(row[k] is row[k - 1] for row in rows)
        else None
        for k in range(terms)
    ]
    starts = [0]
    for k in range(1, terms):
        begun = starts[-1]
        if steps[k] is None:
            starts.append(k)
        elif k == begun + 1:  # a run of one, where the next ones go another way
            if k + 1 < terms and steps[k + 1] is not None and steps[k + 1] != steps[k]:
                starts.append(k)
        elif steps[k] != steps[k - 1]:
            starts.append(k)
    return starts


def _nest(
    tables: Sequence[Sequence[int]],
    rows: Sequence[Sequence[Offsets]],
    first: int,
    end: int,
    size: int,
) -> Nest:
    """The loops over the terms first to end."""
    parted = [all(one is row[first] for one in row[first:end]) for row in rows]
    lengths = _lengths([row[first] for row, apart in zip(rows, parted, strict=True) if apart], size)
    views = []
    for table, row, apart in zip(tables, rows, parted, strict=True):
        start = table[first * size]
        if not apart:
            some = table[first * size : end * size]
            low = min(some)
            views.append(View(low, None, None, tuple([place - low for place in some])))
            continue
        low, along = _term([table[k * size] - start for k in range(first, end)])
        strides = strides_of(row[first], lengths)
        if strides is not None:
            views.append(View(start + low, along, tuple(strides)))
        else:
            least = min(row[first])
            offsets = tuple([offset - least for offset in row[first]])
            views.append(View(start + low + least, along, None, offsets))
    return Nest(end - first, lengths, tuple(views))


def _term(offsets: Sequence[int]) -> tuple[int, int | Offsets]:
    """What the terms' own part is: nothing and a stride, or the least and what is above it."""
    stride = offsets[1] if len(offsets) > 1 else 0
    if all(offset == k * stride for k, offset in enumerate(offsets)):
        return 0, stride
    low = min(offsets)
    return low, tuple([offset - low for offset in offsets])


def _lengths(rows: Sequence[Offsets], size: int) -> tuple[int, ...]:
    """The axes along which the most operands have strides; of those the fewest."""
    found: dict[tuple[int, ...], None] = {(size,): None}
    for row in {*rows}:
        shape = affine(row, AXES)
        if shape is not None and len(shape[1]) > 1:
            found[tuple([length for length, _ in shape[1]])] = None

    def fits(lengths: tuple[int, ...]) -> tuple[int, int]:
        return sum(strides_of(row, lengths) is None for row in rows), len(lengths)

    return min(found, key=fits) if len(found) > 1 else (size,)
