"""Paths: the largest contributions to a gradient, each with its factors and its product.

Every path from an output down to the unit contributes the seed times the local derivatives along
it.  Knows the cone and routes, which finds the paths; does not know causes or texts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gatenet.declaration import Gate
from gatenet.explaining.cone import Cone
from gatenet.explaining.routes import Routes
from gatenet.unit import Unit

#: Two numbers between these have a product that is neither too small nor too large for a float.
_LOW, _HIGH = 1e-150, 1e150


@dataclass(frozen=True, eq=False)
class Path:
    """One way from an output down to the unit: `units` from top to bottom, `ports` between them.

    `partials[k]` is the local derivative of `units[k]` in `units[k + 1]`, which is its operand
    number `ports[k]`.  `product` is what they multiply to; `contribution` is what reaches the
    unit along this path: the seed times the partials, rounded as the sweep rounds.
    """

    units: tuple[Unit, ...]
    ports: tuple[int, ...]
    partials: tuple[float, ...]
    seed: float
    product: float
    contribution: float
    #: The same product as a number in [0.5, 1) and a power of two, where no float could hold it.
    scaled: tuple[float, int]
    names: Any

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """What each unit is called, from the output down."""
        return tuple([self.names.label(unit) for unit in self.units])

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The gates on the way, from the output down: one for each partial."""
        return tuple([unit.gate for unit in self.units[:-1] if unit.gate is not None])

    def __len__(self) -> int:
        return len(self.partials)

    def __repr__(self) -> str:
        return f"<Path of {len(self)} gates contributing {self.contribution!r}>"


def largest(cone: Cone, most: int, names: Any) -> tuple[Path, ...]:
    """The paths of largest contribution by size, at most so many, the largest first.

    What is nan comes first and what is 0 last; among paths of equal size those through younger
    units come first.
    """
    found = [_measured(cone, edges, names) for edges in Routes(cone).best(most)]
    return tuple(sorted(found, key=_rank))


def _rank(path: Path) -> tuple[bool, float]:
    size = abs(path.contribution)
    return (size == size, -size)


def _measured(cone: Cone, edges: Sequence[int], names: Any) -> Path:
    """Multiply along a route, from the output down as the sweep does."""
    top = cone.target[edges[-1]] if edges else 0
    seed = cone.ends[top]
    running = seed
    product, power = 1.0, 0
    adjoints, blocked = cone.adjoints, cone.blocked
    for e in reversed(edges):
        slope, k = cone.slope[e], cone.target[e]
        if e in blocked:
            running = product = 0.0
            continue
        if running or not (adjoints[k] or cone.guarded(k)):
            running *= slope  # else 0 is what this path brings into a sum: 0 times inf is no nan
        if _LOW < abs(slope) < _HIGH:
            product *= slope
        elif product:
            part, shift = math.frexp(slope)
            product, power = product * part, power + shift
        elif running != running:
            product = math.nan
        if not _LOW < abs(product) < _HIGH:
            product, shift = math.frexp(product)
            power += shift
    product, shift = math.frexp(product)
    power += shift
    return Path(
        units=tuple([cone.units[k] for k in [cone.target[e] for e in reversed(edges)] + [0]]),
        ports=tuple([cone.port[e] for e in reversed(edges)]),
        partials=tuple([cone.slope[e] for e in reversed(edges)]),
        seed=seed,
        product=_float(product, power),
        contribution=running,
        scaled=(product, power),
        names=names,
    )


def _float(mantissa: float, power: int) -> float:
    """The float nearest to mantissa * 2**power, inf past the largest."""
    try:
        return math.ldexp(mantissa, power)
    except OverflowError:
        return math.copysign(math.inf, mantissa)
