"""Places: the numbers at which something happens to a gate, read off its declaration.

Numbers that its formulas compare with, its static parameters, the kinks, the edges and the ends
of its domain found by bisection, and the ends of float64.  Strategies and laws try these points
and their neighbours.  Knows gates by their record; does not know hypothesis.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from gatenet.declaration import Gate
from gatenet.errors import OperandError
from gatenet.formula import Apply, Constant, Expr, evaluate, ordered

LARGEST = 1.7976931348623157e308
SMALLEST = 5e-324
NORMAL = 2.2250738585072014e-308

#: Where floats end, where formulas round to 1, saturate, overflow and underflow.
EXTREMES = (
    0.0, 1.0, 2.0, 0.5, 3.0, 20.0, 37.0, 354.9, 709.782712893384, 710.4758600739439,
    745.1332191019411, 1e-8, 1e8, 1e16, 2.0**-53, 1e-160, 1e160, SMALLEST, 1e-310, NORMAL,
    8.98846567431158e307, LARGEST,
)  # fmt: skip

#: What is walked over, both signs of it, in search of a kink, an edge or the end of a domain.
_LADDER = (
    0.0, SMALLEST, 1e-300, 1e-100, 1e-30, 1e-12, 1e-6, 1e-3, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 1.1,
    1.6, 2.5, 4.0, 7.0, 11.0, 20.0, 50.0, 120.0, 400.0, 800.0, 2e3, 1e6, 1e12, 1e30, 1e100, 1e200,
    1e300, LARGEST,
)  # fmt: skip
_COMPARISONS = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
#: What the other operands are held at meanwhile.
_OTHERS = (1.0, -2.0)


class Stretch(NamedTuple):
    """A run of floats of one operand, both ends included, that lies inside the domain."""

    low: float
    high: float


class Places(NamedTuple):
    """What is special about one operand: single numbers, and the stretches of its domain."""

    numbers: tuple[float, ...]
    stretches: tuple[Stretch, ...]


def branch_points(gate: Gate) -> list[float]:
    """The numbers that a gate's formulas compare something with, and those in its domain.

    >>> from gatenet.gates import hard_tanh, relu
    >>> branch_points(relu)
    [0.0]
    """
    found: set[float] = set()
    seen: set[str] = set()
    waiting: list[Expr] = [gate.formula, *gate.partial_formulas]
    while waiting:
        for expr in ordered([waiting.pop()]):
            if not isinstance(expr, Apply):
                continue
            if expr.gate.name in _COMPARISONS:
                found.update(arg.value for arg in expr.args if isinstance(arg, Constant))
            if expr.gate.name not in seen:
                seen.add(expr.gate.name)
                if expr.gate.primitive is None:
                    waiting.append(expr.gate.formula)
    domain = gate.domain
    told = [] if domain.condition is None else [domain.condition]
    for expr in ordered([*told, *domain.kinks, *domain.edges]):
        if isinstance(expr, Constant):
            found.add(expr.value)
    return sorted(value for value in found if math.isfinite(value))


def bindings(gate: Gate, point: Sequence[float]) -> dict[str, object]:
    """A point's operands by the names the declaration gives them, with the static parameters."""
    return {**gate.static, **dict(zip(gate.inputs, gate.split(point), strict=True))}


def inside(gate: Gate, point: Sequence[float]) -> bool:
    """Whether a point lies in the gate's declared domain."""
    return gate.domain.condition is None or gate.domain.contains(bindings(gate, point))


def ordinary(gate: Gate, point: Sequence[float]) -> bool:
    """Whether a point lies in the domain, on no kink and on no edge."""
    domain = gate.domain
    if domain.condition is None and not domain.kinks and not domain.edges:
        return True
    named = bindings(gate, point)
    return domain.contains(named) and not domain.at_kink(named) and not domain.at_edge(named)


def places(gate: Gate) -> tuple[Places, ...]:
    """For each operand (each group of an n-ary gate), its special numbers and its stretches.

    >>> from gatenet.gates import acosh
    >>> (only,) = places(acosh)
    >>> only.stretches
    (Stretch(low=1.0, high=1.7976931348623157e+308),)
    """
    if gate.opaque:
        raise OperandError(
            f"{gate.name!r} is a rule or a block, which says nothing of its domain: draw its "
            "operands from numbers()",
            gate=gate,
        )
    if "testing.places" not in gate.made:
        special = {*branch_points(gate), *gate.static.values(), *EXTREMES}
        both = {sign * abs(x) for x in special if math.isfinite(x) for sign in (1.0, -1.0)}
        gate.made["testing.places"] = tuple(
            _of_operand(gate, k, both) for k in range(len(gate.inputs))
        )
    found: tuple[Places, ...] = gate.made["testing.places"]
    return found


def _of_operand(gate: Gate, k: int, special: set[float]) -> Places:
    """Walk one operand along the ladder and bisect to where kinks, edges and the domain change."""
    numbers, stretches = set(special), []
    domain = gate.domain
    if domain.condition is None and not domain.kinks and not domain.edges:
        return Places(_sorted(numbers), (Stretch(-LARGEST, LARGEST),))
    rungs = sorted({*special, *_LADDER, *(-x for x in _LADDER)})
    for other in _OTHERS[: len(gate.inputs) + gate.variadic]:
        signs = [_signs(gate, k, x, other) for x in rungs]
        ends: list[tuple[float, bool]] = [(rungs[0], signs[0][0])]
        for (low, start), (high, end) in pairwise(zip(rungs, signs, strict=True)):
            if start != end:
                below, above = _bisected(gate, k, other, low, high, start)
                numbers.update((below, above))
                if start[0] != end[0]:
                    ends += [(below, start[0]), (above, end[0])]
        ends.append((rungs[-1], signs[-1][0]))
        stretches += [Stretch(a, b) for (a, held), (b, _) in zip(ends[::2], ends[1::2]) if held]  # noqa: B905
    return Places(_sorted(numbers), tuple(dict.fromkeys(stretches)))


def _sorted(numbers: set[float]) -> tuple[float, ...]:
    """Simple numbers first: what is drawn shrinks towards the front."""
    return tuple(sorted(numbers, key=lambda x: (x != int(x) or abs(x) > 1e3, abs(x), x < 0)))


Signs = tuple[bool, tuple[int, ...]]


def _signs(gate: Gate, k: int, x: float, other: float) -> Signs:
    """Whether x is inside, and the sign of each kink and edge there, the others held still."""
    point = [other] * (len(gate.inputs) if not gate.variadic else 2 * gate.groups)
    point[k * (2 if gate.variadic else 1)] = x
    named = bindings(gate, point)
    values: list[float] = []
    for value in evaluate(gate.domain.kinks + gate.domain.edges, named):
        values.extend(value if isinstance(value, list) else [value])
    return inside(gate, point), tuple((v > 0) - (v < 0) for v in values)


def _bisected(
    gate: Gate, k: int, other: float, low: float, high: float, start: Signs
) -> tuple[float, float]:
    """The last float that is as `low` is, and the first that is not."""
    below, above = rank(low), rank(high)
    while above - below > 1:
        middle = (below + above) // 2
        if _signs(gate, k, ranked(middle), other) == start:
            below = middle
        else:
            above = middle
    return ranked(below), ranked(above)


def rank(x: float) -> int:
    """The place of a float among all floats, 0.0 and -0.0 at 0.

    >>> rank(5e-324), rank(-5e-324)
    (1, -1)
    """
    bits: int = struct.unpack("<q", struct.pack("<d", x))[0]
    return bits if bits >= 0 else -(bits & (2**63 - 1))


def ranked(place: int) -> float:
    """The float of a place; past either end the last finite one.

    >>> ranked(1), ranked(rank(1.0) + 1)
    (5e-324, 1.0000000000000002)
    """
    place = max(min(place, rank(LARGEST)), -rank(LARGEST))
    x: float = struct.unpack("<d", struct.pack("<q", abs(place)))[0]
    return x if place >= 0 else -x
