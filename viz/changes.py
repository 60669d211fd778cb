"""Changes: what a comparison says of one box: both numbers, their difference, the largest.

Knows overlays and texts of boxes; does not know where anything stands.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from .labels import DASH, number
from .overlay import Overlay
from .parts import Box, Change
from .scale import sign_of, strength_of
from .wording import Reading, between, extent

ARROW = " → "
PODIUM = 3
"""How many of the largest changes are marked."""


def difference(before: float | None, after: float | None) -> float | None:
    """Return how much a number changed; 0 where both are the same infinity or both nan."""
    if before is None or after is None:
        return None
    if before == after or (before != before and after != after):
        return 0.0
    return after - before


def largest(changes: Mapping[int, float | None]) -> list[int]:
    """Return the rows with the largest changes, largest first; what is not finite before all."""
    some = [(row, x) for row, x in changes.items() if x]
    some.sort(key=lambda pair: (-abs(pair[1]) if math.isfinite(pair[1]) else -math.inf, pair[0]))
    return [row for row, _ in some[:PODIUM]]


def changed(box: Box, circuit: Reading, overlay: Overlay, rows: Sequence[int]) -> Box:
    """Return a box that shows the numbers of some rows before and after."""
    before = overlay.before
    assert before is not None
    values = [(before.value(circuit, row), overlay.value(circuit, row)) for row in rows]
    grads = [(before.gradients.get(row), overlay.gradients.get(row)) for row in rows]
    tops = overlay.tops
    said = [
        f"{what} {overlay.names[0]}: {_all(a for a, _ in pairs)}, {overlay.names[1]}: "
        f"{_all(b for _, b in pairs)}, change: {_all(difference(*p) for p in pairs)}"
        for what, pairs in (("value", values), ("gradient", grads))
    ]
    return replace(
        box,
        value=_span(a for a, _ in values) + ARROW + _span(b for _, b in values),
        grad=_span(a for a, _ in grads) + ARROW + _span(b for _, b in grads),
        strength=0,
        changes=(_change(values, tops[0]), _change(grads, tops[1])),
        hover=(box.hover[0], *said),
    )


def _change(pairs: Iterable[tuple[float | None, float | None]], top: int) -> Change:
    """Return the change of a number, or the range of changes of several."""
    some = extent([x for x in (difference(a, b) for a, b in pairs) if x is not None])
    if not some:
        return Change(DASH, "unvisited", 0)
    return Change(_signed(some), sign_of(*some), strength_of(some, top))


def _signed(some: Sequence[float]) -> str:
    """Write a change with its sign, or a range of changes."""
    text = between(*some)
    return f"+{text}" if some[0] == some[-1] > 0 else text


def _span(numbers: Iterable[float | None]) -> str:
    """Write a number, or the range of several."""
    some = extent([x for x in numbers if x is not None])
    return between(*some) if some else DASH


def _all(numbers: Iterable[float | None]) -> str:
    """Write a number with every digit, or the range of several."""
    some = extent([x for x in numbers if x is not None])
    if not some:
        return DASH
    return (
        repr(some[0]) if some[0] == some[-1] else f"{number(some[0], 9)} to {number(some[-1], 9)}"
    )
