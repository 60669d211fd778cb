"""How far a gate's floats are from the truth: the measure that tests and benchmarks share."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from balls import derivatives, ulps
from flint import arb
from sampling import LARGEST, points

from gatenet.declaration import Gate

#: Values of one and two inputs are within 3 ULP, but for these; partials are within 4 always.
VALUE_BOUNDS = {"erfc": 4.0, "gelu": 4.0, "mish": 4.0, "symmetric_sigmoid": 4.0}
VALUE_BOUND, PARTIAL_BOUND = 3.0, 4.0


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
    """Compare a gate's value and partials with the truth at so many points."""
    found = Measure(partials=[0.0] * len(gate.inputs), partials_at=[()] * len(gate.inputs))
    for operands in points(gate, number):
        _compare(gate, operands, found)
    return found


measured = cache(measure)


def _compare(gate: Gate, operands: tuple[float, ...], found: Measure) -> None:
    if gate.name == "atan2" and str(operands[0]) == "-0.0":
        return  # the oracle knows one zero alone, and the angle jumps there
    scale = SCALES[gate.name](operands) if gate.name in SCALES else (0.0, 0.0)
    if scale is None:
        return
    count = len(operands) if gate.variadic else 1
    names: dict[str, Any] = dict(zip(gate.inputs, gate.split(operands), strict=True))
    bindings = {**gate.static, **names}
    value = gate.value(*operands)
    partials = gate.partials(value, *operands)
    if gate.domain.edges and gate.domain.at_edge(bindings):
        return
    found.points += 1
    if not gate.domain.contains(bindings):
        if not (math.isnan(value) and all(map(math.isnan, partials))):
            found.wrong.append(f"{value, partials} at {operands}, outside the domain")
        return
    kink = bool(gate.domain.kinks) and gate.domain.at_kink(bindings)
    known = False
    for k, partial in enumerate(partials):
        exact = derivatives(gate, operands, k)
        if exact is None:
            if not math.isnan(partial) and not kink:
                found.unresolved.append(operands)
            continue
        if not known:
            known = True
            here = ulps(value, exact[0], arb(scale[0]) if scale[0] else None) / count
            if here > found.value:
                found.value, found.value_at = here, operands
        if not kink:
            group = k * gate.groups // len(operands) if gate.variadic else k
            here = ulps(partial, exact[1], arb(scale[1]) if scale[1] else None) / count
            if here > found.partials[group]:
                found.partials[group], found.partials_at[group] = here, operands
    if not known and not kink:
        found.unresolved.append(operands)
