"""Ports: each local derivative of a gate at a point, against the exact one.

The exact derivative is that of the textbook formula (or of the declared one), in balls or in long
differences.  Knows the truth and gates; does not know circuits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from gatenet.checking.domains import looker
from gatenet.checking.lines import BOUNDARY, JUMP, KINK, SMOOTH, VERTICAL, GateLine, Truth
from gatenet.checking.radii import Ball, ball_of, partial_balls
from gatenet.checking.truth import truths
from gatenet.checking.ulps import as_float, ulps
from gatenet.declaration import Gate
from gatenet.gates import CATALOGUE, SLOPES

#: How many ULP the gates of gatenet may be off; how many radii of rounding any gate may.
ULPS, FACTOR = 4.0, 4.0
#: A slope whose rounding is larger than this beside it says nothing.
HOPELESS = 1e-6
#: Gates of more operands are looked at in so many of them.
_PORTS = 12


class Port(NamedTuple):
    """What was found at one port (or, at a tie, along all): None as verdict where nothing can be
    said."""

    place: int
    name: str
    recorded: float
    truth: Truth
    #: True right, False wrong, None undecided.
    right: bool | None
    ulps: float
    #: How far off it may be.
    tolerance: float

    @property
    def numeric(self) -> float:
        """The exact slope as a float; at a kink the nearest one between both sides."""
        truth = self.truth
        if truth.kind == KINK and truth.left is not None and truth.right is not None:
            low, high = sorted((as_float(truth.left), as_float(truth.right)))
            return min(max(self.recorded, low), high) if self.recorded == self.recorded else low
        if truth.slope is None:
            rising = truth.rising[0] or truth.rising[1]
            return math.copysign(math.inf, rising) if rising else math.nan
        return as_float(truth.slope)


def bound_of(gate: Gate, given: float | None) -> float | None:
    """How many ULP a gate may be off; None: what rounding of its own formula allows."""
    if given is not None:
        return given
    ours = CATALOGUE.get(gate.name) is gate.base or SLOPES.get(gate.name) is gate.base
    return ULPS if ours and not gate.variadic else None


def port_names(gate: Gate, count: int) -> list[str]:
    """What to call each operand of a gate: x, or x[3] for a gate of any number."""
    if not gate.variadic:
        return list(gate.inputs)
    size = count // gate.groups
    return [f"{name}[{k}]" for name in gate.inputs for k in range(size)]


def ports(
    gate: Gate,
    point: Sequence[float],
    partials: Sequence[float] | None = None,
    *,
    ulp: float | None = None,
    wanted: Sequence[int] | None = None,
) -> Iterator[Port]:
    """Judge each local derivative at a point: the gate's own, or those given as `partials`.

    Raises NoFormula where the gate cannot be worked out exactly.
    """
    bound = bound_of(gate, ulp)
    if partials is None:
        partials = gate.partials(gate.value(*point), *point)
    radii = [0.0] * len(point) if bound is not None else _radii(gate, point, partials)
    names = port_names(gate, len(point))
    if wanted is None:
        wanted = range(len(point))
    tied: list[int] = []
    for k in _some(wanted):
        direction = [0.0] * len(point)
        direction[k] = 1.0
        truth = truths(GateLine(gate, point, direction))[0]
        tied += [k] * (truth.kind == KINK)
        yield judged_port(k, names[k], partials[k], truth, bound, radii[k])
    if tied and len(point) > 1 and 0 in looker(gate)(point)[1]:
        # At a tie each partial may be right alone and their sum wrong: (1, 1) for a maximum.
        truth = truths(GateLine(gate, point, [1.0] * len(point)))[0]
        whole = math.fsum(partials) if all(map(math.isfinite, partials)) else sum(partials)
        found = judged_port(tied[0], "all inputs", whole, truth, bound, sum(radii))
        # Where the sum rounds, its terms are large beside it: half an ULP of each.
        rounding = 2.0**-50 * sum(map(abs, partials))
        yield _loosened(found, rounding)


def _some(wanted: Sequence[int]) -> Sequence[int]:
    if len(wanted) <= _PORTS:
        return wanted
    return [wanted[k * len(wanted) // _PORTS] for k in range(_PORTS)]


def _radii(gate: Gate, point: Sequence[float], partials: Sequence[float]) -> list[float]:
    operands = [Ball(x) for x in point]
    balls = partial_balls(gate, operands, ball_of(gate, operands), partials)
    return [ball.radius for ball in balls]


def judged_port(
    index: int, name: str, recorded: float, truth: Truth, bound: float | None, radius: float
) -> Port:
    """Compare a recorded local derivative with the truth."""
    distance, tolerance, right = math.nan, FACTOR * radius, None
    if truth.kind in (SMOOTH, BOUNDARY) and truth.slope is not None:
        exact = truth.slope
        distance = ulps(recorded, exact)
        within = distance <= (ULPS if bound is None else bound)
        right = within or (bound is None and _apart(recorded, exact) <= tolerance)
        vague = not radius <= HOPELESS * abs(as_float(exact))
        if not within and vague and bound is None and (right or not math.isfinite(radius)):
            right = None
    elif truth.kind == KINK and truth.left is not None and truth.right is not None:
        low, high = sorted((truth.left, truth.right))
        slack = FACTOR * radius + 2.0**-50 * max(abs(as_float(low)), abs(as_float(high)))
        right = recorded == recorded and (
            not (_apart(recorded, low) > slack and recorded < low)
            and not (_apart(recorded, high) > slack and recorded > high)
        )
    elif truth.kind in (BOUNDARY, VERTICAL):
        side = truth.rising[0] or truth.rising[1]
        right = True if math.isinf(recorded) and (recorded > 0) == (side > 0) else None
    elif truth.kind == JUMP:
        right = None
    return Port(index, name, recorded, truth, right, distance, tolerance)


def _loosened(port: Port, rounding: float) -> Port:
    near = port.right is False and _between(port, rounding)
    return port._replace(right=True) if near else port


def _between(port: Port, slack: float) -> bool:
    sides = [side for side in (port.truth.left, port.truth.right) if side is not None]
    if not sides or port.recorded != port.recorded:
        return False
    return bool(min(sides) - Fraction(slack) <= port.recorded <= max(sides) + Fraction(slack))


def _apart(recorded: float, exact: Fraction) -> float:
    """The distance between a float and an exact number."""
    return as_float(abs(Fraction(recorded) - exact)) if math.isfinite(recorded) else math.inf
