"""Tables of slots, and the shapes in them: contiguous, broadcast, strided or none of these.

Knows lists of numbers alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

#: An affine table: its first slot, and a (length, stride) pair for each axis, outermost first.
Affine = tuple[int, tuple[tuple[int, int], ...]]


def affine(table: Sequence[int], axes: int = 3) -> Affine | None:
    """Find start and strides such that the table is an array of at most `axes` axes; or None.

    >>> affine([5, 6, 7, 15, 16, 17])
    (5, ((2, 10), (3, 1)))
    >>> affine([3, 3, 3]), affine([1, 2, 4])
    ((3, ((3, 0),)), None)
    """
    start = table[0]
    lengths: list[tuple[int, int]] = []
    block, total = 1, len(table)
    while block < total:
        if len(lengths) == axes:
            return None
        stride = table[block] - start
        count, at = 1, block
        while at < total and table[at] == start + count * stride:
            count += 1
            at += block
        # The axis ends where the stride does, at a length that divides what is left.
        while total % (count * block):
            count -= 1
        if count == 1:
            return None
        lengths.append((count, stride))
        block *= count
    pattern = [start]
    for count, stride in lengths:
        pattern = [p + k * stride for k in range(count) for p in pattern]
    return (start, tuple(reversed(lengths))) if pattern == list(table) else None


def run_of(table: Sequence[int]) -> int | None:
    """The stride of a table that is one run: 1 for contiguous, 0 for broadcast; None for neither.

    >>> run_of([4, 5, 6]), run_of([4, 4]), run_of([4, 6])
    (1, 0, None)
    """
    first = table[0]
    if table[-1] == first:
        return 0 if list(table).count(first) == len(table) else None
    return 1 if list(table) == list(range(first, first + len(table))) else None


def described(table: Sequence[int], size: int, terms: int) -> str:
    """What kind of table it is, in a word."""
    stride = run_of(table)
    if len(table) == 1 or stride == 1:
        return "contiguous"
    if stride == 0:
        return "broadcast"
    return "strided" if affine(table) is not None else "indexed"


class Matrix(NamedTuple):
    """Sums of products that are a product of matrices, or several side by side.

    `shape` is (groups, rows, columns) and `terms` how many terms of the sums, from `first` on, are
    those of the product; `left` holds the start and the strides of the first factors by group, row
    and term, `right` those of the second by group, term and column.  `order` says which of the
    three each axis of the sums is, outermost first, with its length.
    """

    shape: tuple[int, int, int]
    first: int
    terms: int
    left: tuple[int, tuple[int, int, int]]
    right: tuple[int, tuple[int, int, int]]
    order: tuple[tuple[int, int], ...]


def matrix(left: Sequence[int], right: Sequence[int], terms: int, size: int) -> Matrix | None:
    """Find the product of matrices that sums of products are; one term more may stand beside it.

    Entry k * size + i of the tables is that of term k of sum i.  A bias, or what a residual layer
    adds, is one term before or after.

    >>> x, w = [0, 0, 1, 1], [10, 12, 11, 13]  # x0 w00 + x1 w01, x0 w10 + x1 w11
    >>> matrix(x, w, 2, 2)
    Matrix(shape=(1, 2, 1), first=0, terms=2, left=(10, (0, 2, 1)), right=(0, (0, 1, 0)), \
order=((1, 2),))
    """
    for first, count in ((0, terms), (1, terms - 1), (0, terms - 1)):
        if count > 1 and size > 1:
            part = slice(first * size, (first + count) * size)
            found = _matrix(left[part], right[part], count, size, first)
            if found is not None:
                return found
    return None


def _matrix(
    left: Sequence[int], right: Sequence[int], terms: int, size: int, first: int
) -> Matrix | None:
    one, other = affine(left, 4), affine(right, 4)
    if one is None or other is None:
        return None
    for _, axes in sorted([one, other], key=lambda found: -len(found[1])):
        lengths = tuple([length for length, _ in axes])
        if len(lengths) < 2 or lengths[0] != terms:
            continue
        a, b = strides_of(left, lengths), strides_of(right, lengths)
        if a is None or b is None:
            continue
        kinds = [2 * (not p) + (not q) for p, q in zip(a[1:], b[1:], strict=True)]
        if 3 in kinds or len({*kinds}) != len(kinds) or {*kinds} == {0}:
            continue
        # An axis along which both factors move is a group, the first alone a row.
        if kinds.count(1) == 0:
            left, right, a, b = right, left, b, a
            kinds = [{0: 0, 2: 1}[kind] for kind in kinds]
        sizes, along_a, along_b = [1, 1, 1], [0, 0, 0], [0, 0, 0]
        for kind, length, p, q in zip(kinds, lengths[1:], a[1:], b[1:], strict=True):
            sizes[kind], along_a[kind], along_b[kind] = length, p, q
        return Matrix(
            (sizes[0], sizes[1], sizes[2]),
            first,
            terms,
            (left[0], (along_a[0], along_a[1], a[0])),
            (right[0], (along_b[0], b[0], along_b[2])),
            tuple(zip(kinds, lengths[1:], strict=True)),
        )
    return None


def strides_of(table: Sequence[int], lengths: Sequence[int]) -> list[int] | None:
    """The strides of a table as an array of these lengths; None where it is none.

    An axis of one has the stride 0.

    >>> strides_of([7, 7, 9, 9], (2, 2)), strides_of([1, 2, 4], (3,))
    ([2, 0], None)
    """
    pattern = [table[0]]
    strides: list[int] = []
    block = 1
    for length in reversed(lengths):
        stride = table[block] - table[0] if length > 1 else 0
        strides.insert(0, stride)
        pattern = [p + k * stride for k in range(length) for p in pattern]
        block *= length
    return strides if pattern == list(table) else None
