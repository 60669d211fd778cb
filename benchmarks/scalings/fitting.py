"""Least squares of a few coefficients, by the normal equations, with what is left over.

Sizes run over decades, so what is made small is the sum of squared *relative* errors: each row is
divided by what was measured.  A coefficient that comes out negative, which no cost can be, is set
to 0 and the others are fitted again.

Knows numbers alone; NumPy is not needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fit:
    """Coefficients by name, and for each point what was measured and what they say."""

    coefficients: dict[str, float]
    measured: list[float]
    fitted: list[float]

    @property
    def errors(self) -> list[float]:
        """What is left over at each point, as a part of what was measured."""
        return [f / m - 1 for f, m in zip(self.fitted, self.measured, strict=True)]

    @property
    def worst(self) -> float:
        """The largest of them, of either sign."""
        return max(map(abs, self.errors))


def solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Solve a small square system by elimination with pivots."""
    rows = [[*row, b] for row, b in zip(matrix, right, strict=True)]
    n = len(rows)
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(rows[i][k]))
        rows[k], rows[pivot] = rows[pivot], rows[k]
        if rows[k][k] == 0.0:
            raise ValueError("the points do not tell the coefficients apart: measure other sizes")
        for i in range(n):
            if i != k:
                part = rows[i][k] / rows[k][k]
                rows[i] = [a - part * b for a, b in zip(rows[i], rows[k], strict=True)]
    return [rows[k][n] / rows[k][k] for k in range(n)]


def fit(names: Sequence[str], points: Sequence[Sequence[float]], measured: Sequence[float]) -> Fit:
    """Coefficients, none negative, of a sum: coefficient times number, one for each name.

    >>> found = fit(["call", "row"], [[1, 10], [1, 100], [1, 1000]], [7.0, 25.0, 205.0])
    >>> {name: round(value, 12) for name, value in found.coefficients.items()}
    {'call': 5.0, 'row': 0.2}
    """
    kept = list(range(len(names)))
    values: list[float] = []
    while kept:
        rows = [[point[k] / m for k in kept] for point, m in zip(points, measured, strict=True)]
        # columns of like size, so that elimination loses nothing
        scale = [sum(row[k] ** 2 for row in rows) ** 0.5 or 1.0 for k in range(len(kept))]
        rows = [[x / s for x, s in zip(row, scale, strict=True)] for row in rows]
        normal = [[sum(r[i] * r[j] for r in rows) for j in range(len(kept))]
                  for i in range(len(kept))]  # fmt: skip
        right = [sum(row[i] for row in rows) for i in range(len(kept))]
        values = [v / s for v, s in zip(solve(normal, right), scale, strict=True)]
        below = [k for k, v in zip(kept, values, strict=True) if v < 0]
        if not below:
            break
        kept = [k for k in kept if k not in below]
    found = dict.fromkeys(names, 0.0) | dict(zip([names[k] for k in kept], values, strict=False))
    fitted = [
        sum(found[name] * x for name, x in zip(names, point, strict=True)) for point in points
    ]
    return Fit(found, list(measured), fitted)
