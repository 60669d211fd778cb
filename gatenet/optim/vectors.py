"""Vectors and small matrices as lists of floats, for the methods that see all parameters at once.

Sums are rounded once (`math.fsum`), so that a result is the same in every version of Python.
Knows nothing of the other rooms.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from operator import mul

Vector = list[float]
Matrix = list[Vector]


def dot(a: Vector, b: Vector) -> float:
    """The sum of the products; nan where it is past what a float can hold.

    >>> dot([1.0, 2.0], [3.0, 4.0])
    11.0
    """
    try:
        return math.fsum(map(mul, a, b))
    except (OverflowError, ValueError):  # infinities on the way, or of both signs
        return math.nan


def largest(a: Iterable[float]) -> float:
    """The largest size of a component: 0.0 for no component."""
    return max(map(abs, a), default=0.0)


def along(a: Vector, t: float, b: Vector) -> Vector:
    """The vector a + t · b."""
    return [x + t * y for x, y in zip(a, b, strict=True)]


def difference(a: Vector, b: Vector) -> Vector:
    """The vector a - b."""
    return [x - y for x, y in zip(a, b, strict=True)]


def times(t: float, a: Vector) -> Vector:
    """The vector t · a."""
    return [t * x for x in a]


def cholesky(matrix: Matrix, shift: float = 0.0) -> Matrix | None:
    """The lower triangle L with L Lᵀ = matrix + shift · I; None where there is none.

    There is one where that matrix is positive definite; a pivot that is mere rounding does not
    count.

    >>> cholesky([[4.0, 2.0], [2.0, 5.0]])
    [[2.0], [1.0, 2.0]]
    >>> cholesky([[1.0, 2.0], [2.0, 1.0]]) is None
    True
    """
    tiny = 2.0**-48 * largest(matrix[k][k] + shift for k in range(len(matrix)))
    triangle: Matrix = []
    for i, entries in enumerate(matrix):
        row: Vector = []
        for j in range(i):
            other = triangle[j]
            row.append((entries[j] - math.fsum(map(mul, row, other))) / other[j])
        pivot = entries[i] + shift - math.fsum(x * x for x in row)
        if not pivot > tiny or not math.isfinite(pivot):
            return None
        row.append(math.sqrt(pivot))
        triangle.append(row)
    return triangle


def solved(triangle: Matrix, right: Vector) -> Vector:
    """The x with L Lᵀ x = right, from the lower triangle L.

    >>> solved([[2.0], [1.0, 2.0]], [8.0, 12.0])
    [1.0, 2.0]
    """
    halfway: Vector = []
    for row, item in zip(triangle, right, strict=True):
        halfway.append((item - math.fsum(map(mul, row, halfway))) / row[-1])
    found = halfway
    for i in reversed(range(len(found))):
        found[i] /= triangle[i][i]
        for j in range(i):
            found[j] -= triangle[i][j] * found[i]
    return found
