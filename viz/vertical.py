"""Vertical: how high each box stands in its column.

A column is placed at once: among all placements that keep its order and its gaps, the one
nearest to what the neighbours ask for (least squares, by pooling adjacent violators), to and
fro until it settles; then long wires are levelled.  Knows `layers`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from .layers import Layers

GAP = 14.0
"""The least distance of two boxes in a column."""
LANE = 12.0
"""The least distance of a rail from what is above and below it."""
TURNS, BOTH = 14, 10
"""How often the columns are placed, and from which turn on both sides are asked."""


def middles(layers: Layers, columns: list[list[int]], tall: list[float]) -> list[float]:
    """Return the middle of each box and rail point, the uppermost box touching 0.

    `tall` has the height of each box, and 0 for each rail point.
    """
    middle = [0.0] * len(tall)
    gaps: list[list[float]] = []
    for column in columns:
        gap, at = [0.0] * len(column), 0.0
        for i in range(1, len(column)):
            upper, lower = column[i - 1], column[i]
            between = GAP if upper < layers.boxes and lower < layers.boxes else LANE
            gap[i] = (tall[upper] + tall[lower]) / 2 + between
        gaps.append(gap)
        start = -math.fsum(gap) / 2
        for i, box in enumerate(column):
            at += gap[i]
            middle[box] = start + at
    last = len(columns) - 1
    for turn in range(TURNS):
        sides = [layers.before] if turn % 2 else [layers.after]
        if turn >= BOTH:
            sides = [layers.before, layers.after]
        for i in range(last + 1) if turn % 2 else range(last, -1, -1):
            _settle(layers, columns[i], gaps[i], middle, sides)
    _straighten(layers, columns, gaps, middle)
    top = min((middle[box] - tall[box] / 2 for box in range(len(tall))), default=0.0)
    return [y - top for y in middle]


def settled(asked: Sequence[float], weight: Sequence[float], gap: Sequence[float]) -> list[float]:
    """Return the places nearest to those asked for that keep the order and the gaps.

    `gap[i]` is the least distance of place i from place i - 1 (`gap[0]` is not read).

    >>> settled([0.0, 0.0, 9.0], [1.0, 1.0, 1.0], [0.0, 4.0, 4.0])
    [-2.0, 2.0, 9.0]
    """
    pools: list[tuple[float, float, int]] = []
    offsets: list[float] = []
    offset = 0.0
    for i, (place, load) in enumerate(zip(asked, weight, strict=True)):
        offset += gap[i] if i else 0.0
        offsets.append(offset)
        pool = ((place - offset) * load, load, 1)
        while pools and pools[-1][0] * pool[1] >= pool[0] * pools[-1][1]:
            last = pools.pop()
            pool = (last[0] + pool[0], last[1] + pool[1], last[2] + pool[2])
        pools.append(pool)
    flat = [total / load for total, load, n in pools for _ in range(n)]
    return [place + shift for place, shift in zip(flat, offsets, strict=True)]


def _settle(
    layers: Layers,
    column: list[int],
    gap: list[float],
    middle: list[float],
    sides: list[list[list[int]]],
) -> None:
    """Place one column where its neighbours on the given sides would have it."""
    asked: list[float] = []
    weight: list[float] = []
    for box in column:
        pull = load = 0.0
        for side in sides:
            for other in side[box]:
                strength = _strength(layers, box, other)
                pull += strength * middle[other]
                load += strength
        asked.append(pull / load if load else middle[box])
        weight.append(load or 0.05)
    for box, y in zip(column, settled(asked, weight, gap), strict=True):
        middle[box] = y


def _strength(layers: Layers, first: int, second: int) -> float:
    """Return how strongly a link wants to be level.

    A leaf beside what other gates made follows its one gate, so that main lines stay straight.
    """
    if max(first, second) >= layers.boxes:
        return 8.0 if min(first, second) >= layers.boxes else 3.0
    leaf, gate = sorted((first, second), key=layers.column.__getitem__)
    follows = not layers.before[leaf] and len(layers.after[leaf]) == 1
    if follows and any(layers.before[other] for other in layers.before[gate]):
        return 0.03
    return 1.0


def _straighten(
    layers: Layers, columns: list[list[int]], gaps: list[list[float]], middle: list[float]
) -> None:
    """Level each rail, from its box on, as far as what stands above and below it allows."""
    rank = {box: i for column in columns for i, box in enumerate(column)}
    for tail, rail in layers.rails.items():
        y, start = middle[tail], 0
        while start < len(rail):
            low, high, end = -math.inf, math.inf, start
            while end < len(rail):
                at = layers.column[rail[end]]
                column, gap, i = columns[at], gaps[at], rank[rail[end]]
                least = middle[column[i - 1]] + gap[i] if i else -math.inf
                most = middle[column[i + 1]] - gap[i + 1] if i + 1 < len(column) else math.inf
                if max(low, least) > min(high, most):
                    break
                low, high, end = max(low, least), min(high, most), end + 1
            if end == start:
                y, end = middle[rail[start]], start + 1
            y = min(max(y, low), high)
            for point in rail[start:end]:
                middle[point] = y
            start = end
