"""How far a gate's floats are from the truth: the measure that tests and benchmarks share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from balls import derivatives, ulps
from flint import arb
from sampling import LARGEST, points

from gatenet.declaration import Gate

#: Values of one and two inputs are within 3 ULP, but for these; partials are within 4 always.
VALUE_BOUNDS = {"erfc": 4.0, "gelu": 4.0, "mish": 4.0, "symmetric_sigmoid": 4.0}
VALUE_BOUND, PARTIAL_BOUND = 3.0, 4.0
#: So many times the points asked for are drawn at most: some lie outside the domain.
MOST_DRAWN = 40


class Exact(NamedTuple):
    """What is so at one point: balls for value and partials, and what they are measured by."""

    operands: tuple[float, ...]
    #: None where the truth is not known; both are left out at the gate's kinks.
    value: Any
    partials: list[Any]
    kink: bool
    #: The sizes whose ULP count for value and partials, 0 for their own; what divides distances.
    scale: tuple[float, float]
    count: int


@dataclass
class Measure:
    """The largest distances found, in ULP, with the operands where they were found."""

    points: int = 0
    value: float = 0.0
    value_at: tuple[float, ...] = ()
    partials: list[float] = field(default_factory=list)
    partials_at: list[tuple[float, ...]] = field(default_factory=list)
    unresolved: list[tuple[float, ...]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    #: How many values, and partials of each input, were compared, and how many were past 4 ULP.
    compared: list[int] = field(default_factory=list)
    past: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, gate: Gate) -> Measure:
        """Nothing found yet."""
        size = len(gate.inputs)
        return cls(partials=[0.0] * size, partials_at=[()] * size,
                   compared=[0] * (size + 1), past=[0] * (size + 1))  # fmt: skip

    def take(self, gate: Gate, exact: Exact, value: float, partials: Sequence[float]) -> None:
        """Compare one value and its partials (none, where there are none) with the truth."""
        operands, (size, slope_size), count = exact.operands, exact.scale, exact.count
        self.points += 1
        if exact.value is not None and not self._near(0, value, exact.value, size, self.value):
            here = ulps(value, exact.value, arb(size) if size else None) / count
            self._count(0, here)
            if here > self.value:
                self.value, self.value_at = here, operands
        if exact.kink:
            return
        for k, (partial, ball) in enumerate(zip(partials, exact.partials, strict=False)):
            if ball is None:
                continue
            group = k * gate.groups // len(operands) if gate.variadic else k
            if self._near(group + 1, partial, ball, slope_size, self.partials[group]):
                continue
            here = ulps(partial, ball, arb(slope_size) if slope_size else None) / count
            self._count(group + 1, here)
            if here > self.partials[group]:
                self.partials[group], self.partials_at[group] = here, operands

    def _near(self, place: int, got: float, ball: Any, size: float, worst: float) -> bool:
        """Whether floats alone show that this is no farther off than the worst so far; count it."""
        if size or worst < 0.4995:
            return False
        near = float(ball)
        apart = abs(got - near)
        unit = math.ulp(near)
        # The number is within half a unit of `near`, and just below a power of two units halve.
        if not (apart == 0.0 or 2 * apart / unit + 1.02 < min(worst, PARTIAL_BOUND)):
            return False
        if math.frexp(near)[0] == 0.5 or not 2.0**-1020 < abs(near) < LARGEST:
            return False
        self.compared[place] += 1
        return True

    def _count(self, place: int, here: float) -> None:
        self.compared[place] += 1
        self.past[place] += here > PARTIAL_BOUND


def _largest_sum(terms: Sequence[float]) -> float | None:
    size = math.fsum(abs(term) for term in terms) if max(map(abs, terms)) < LARGEST / 16 else None
    return size


def _spread(values: Sequence[float]) -> bool:
    """Whether no product of some of the values can leave the normal numbers."""
    return sum(abs(math.log2(abs(v))) for v in values if v) < 1000


#: For gates of any number of inputs: the sizes that value and partials are measured by, and None
#: where an intermediate result overflows, which is documented.
Scale = Callable[[Sequence[float]], tuple[float, float] | None]


def _of_total(x: Sequence[float]) -> tuple[float, float] | None:
    size = _largest_sum(x)
    return None if size is None else (size, 0.0)


def _of_product(x: Sequence[float]) -> tuple[float, float] | None:
    return (0.0, 0.0) if _spread(x) else None


def _of_dot(x: Sequence[float]) -> tuple[float, float] | None:
    half = len(x) // 2
    size = _largest_sum([a * b for a, b in zip(x[:half], x[half:], strict=True)])
    return None if size is None else (size, 0.0)


def _of_logsumexp(x: Sequence[float]) -> tuple[float, float] | None:
    top = max(x)
    heights = [math.exp(v - top) for v in x]
    moved = max((top - v) * height for v, height in zip(x, heights, strict=True))
    beside = math.log1p(max(math.fsum(heights) - 1, 0.0))
    return max(abs(top), beside, moved, 5e-324), 1.0


SCALES: dict[str, Scale] = {
    "total": _of_total,
    "mean": _of_total,
    "product": _of_product,
    "dot": _of_dot,
    "logsumexp": _of_logsumexp,
}


def measure(gate: Gate, number: int) -> Measure:
    """Compare a gate's value and partials with the truth at so many points of its domain."""
    found = Measure.of(gate)
    for exact, value, partials in compared(gate, number, found):
        found.take(gate, exact, value, partials)
    return found


measured = cache(measure)


def compared(
    gate: Gate, number: int, found: Measure
) -> Iterator[tuple[Exact, float, Sequence[float]]]:
    """The truth at so many points of a gate's domain, and what the gate says there.

    What is wrong outside the domain, and where the truth is not known, is kept in `found`.
    """
    count = 0
    for operands in points(gate, MOST_DRAWN * number):
        if count >= number:
            return
        if gate.name == "atan2" and str(operands[0]) == "-0.0":
            continue  # the oracle knows one zero alone, and the angle jumps there
        scale = SCALES[gate.name](operands) if gate.name in SCALES else (0.0, 0.0)
        if scale is None:
            continue
        names: dict[str, Any] = dict(zip(gate.inputs, gate.split(operands), strict=True))
        bindings = {**gate.static, **names}
        if gate.domain.edges and gate.domain.at_edge(bindings):
            continue
        value = gate.value(*operands)
        partials = gate.partials(value, *operands)
        if not gate.domain.contains(bindings):
            if not (math.isnan(value) and all(map(math.isnan, partials))):
                found.wrong.append(f"{value, partials} at {operands}, outside the domain")
            continue
        count += 1
        yield _exact(gate, operands, bindings, scale, partials, found), value, partials


def _exact(
    gate: Gate,
    operands: tuple[float, ...],
    bindings: dict[str, Any],
    scale: tuple[float, float],
    partials: Sequence[float],
    found: Measure,
) -> Exact:
    kink = bool(gate.domain.kinks) and gate.domain.at_kink(bindings)
    value, slopes = None, []
    for k, partial in enumerate(partials):
        exact = derivatives(gate, operands, k)
        slopes.append(None if exact is None else exact[1])
        if exact is not None and value is None:
            value = exact[0]
        if exact is None and not math.isnan(partial) and not kink:
            found.unresolved.append(operands)
    if value is None and not kink:
        found.unresolved.append(operands)
    return Exact(operands, value, slopes, kink, scale, len(operands) if gate.variadic else 1)
