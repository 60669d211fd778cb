"""Explaining a gradient: `explain(loss, unit)` gives the contributions by path, and the causes.

Knows the cone, its paths and causes; how it is laid out as text is in `printed`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gatenet.circuit import Circuit
from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.explaining.causes import causes_of
from gatenet.explaining.cone import Cone
from gatenet.explaining.cuts import described, stopped
from gatenet.explaining.flatness import Cause
from gatenet.explaining.names import Names
from gatenet.explaining.paths import Path, largest
from gatenet.explaining.printed import printed
from gatenet.real import number
from gatenet.unit import Unit, as_units


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """Why a unit's gradient is what it is; printing it gives the answer as text.

    The gradient `total` is the sum of the contributions of `count` paths.  `paths` holds the
    largest, and `rest` is what all the others add.  `alive` counts the paths that have no factor
    of 0.  `causes` says why the gradient is zero, vanishing, exploding or not finite; it is empty
    for a gradient of ordinary size.  `stops` says which gates stop some of the paths.
    """

    unit: Unit
    name: str
    outputs: tuple[Unit, ...]
    total: float
    paths: tuple[Path, ...]
    count: int
    alive: int
    rest: float
    causes: tuple[Cause, ...]
    stops: tuple[Cause, ...]
    names: Any = field(default=None)

    @cached_property
    def text(self) -> str:
        """The whole explanation as text, at most some 80 columns wide."""
        return printed(self)

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from gatenet.viz import bundle

        return bundle(self, include, exclude)


def explain(
    loss: Unit | Sequence[Unit] | Circuit, unit: Unit, *, seed: Any = 1.0, most: int = 10
) -> Explanation:
    """Say why a unit's gradient is what it is: its contributions by path, and what went wrong.

    By the chain rule the gradient is a sum over all paths from the loss down to the unit, each
    contributing the seed times the local derivatives along it.  The `most` largest are listed;
    the number of paths is exact, however many there are.  One backward pass is made and no
    `.grad` is changed.  `loss` may be several outputs, with one seed or one for each.

    Raises StaleCircuitError when a value is older than a write to something it depends on,
    RangeError for a negative `most`, OperandError for what is not a unit.

    >>> x, y, z = Unit(-2.0, "x"), Unit(5.0, "y"), Unit(-4.0, "z")
    >>> f = (x + y) * z
    >>> f.name = "f"
    >>> explain(f, x)
    why is x.grad -4?
    <BLANKLINE>
    One path leads from f down to x. By the chain rule the gradient is the product
    of the local derivatives along it:
    <BLANKLINE>
      -4  =  -4 (×) · 1 (+)
             f ← u3 ← x
    """
    circuit = loss if isinstance(loss, Circuit) else None
    outputs = as_units(loss if circuit is None else circuit.ends)
    if type(unit) is not Unit:
        raise OperandError(f"explain takes the unit whose gradient is asked about, not {unit!r}")
    if type(most) is not int or most < 0:
        raise RangeError(f"explain lists at most {most!r} paths: give a number of 0 or more")
    names = Names(outputs if circuit is None else circuit)
    cone = Cone(outputs, _seeds(outputs, seed), unit)
    found = largest(cone, max(most, 2), names)
    paths = found[:most]
    total = cone.total if cone.ends else 0.0
    causes = causes_of(cone, found, names)
    partly = cone.ends and cone.alive and cone.alive < cone.count and math.isfinite(total)
    return Explanation(
        unit=unit,
        name=names.label(unit),
        outputs=tuple(outputs),
        total=total,
        paths=paths,
        count=cone.count,
        alive=cone.alive,
        rest=_rest(total, paths, cone),
        causes=tuple(causes),
        stops=tuple(described(cone, stopped(cone), names)) if partly else (),
        names=names,
    )


def _seeds(outputs: Sequence[Unit], seed: Any) -> list[float]:
    """One seed for each output."""
    if not hasattr(seed, "__iter__"):
        return [number(seed)] * len(outputs)
    seeds = [number(item) for item in seed]
    if len(seeds) != len(outputs):
        raise WiringError(f"got {len(seeds)} seed(s) for {len(outputs)} output(s)")
    return seeds


def _rest(total: float, paths: Sequence[Path], cone: Cone) -> float:
    """What the paths that are not listed add; nan where an infinity hides it."""
    listed = [path.contribution for path in paths]
    if cone.count == len(paths):
        return 0.0
    alive = sum([all(path.partials) and path.seed != 0.0 for path in paths])
    if math.isfinite(total) and cone.alive == alive and not cone.blocked:
        return 0.0
    if not all(map(math.isfinite, listed)):
        return math.nan
    return total - math.fsum(listed)
