"""The cone: the part of a circuit that lies between some outputs and one unit.

Its wires are one flat list of edges, sorted so that a plain loop over them is a pass upwards or
downwards: whatever is asked of all paths at once (how many, how large) is one such loop, at any
depth.  Knows units and the sweep; does not know single paths.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property

from gatenet.modes import detect_anomaly
from gatenet.sweep import gradients
from gatenet.unit import Unit
from gatenet.walk import reachable


class Cone:
    """What lies on the paths from outputs down to `unit`, with one backward pass over it.

    `units[0]` is the unit itself, the others follow in the order of creation.  Edge e leads from
    the gate's output `units[target[e]]` down to its operand `units[source[e]]`, at operand number
    `port[e]`, with local derivative `slope[e]`; edges are sorted by target.  `ends` maps the
    outputs, as positions in `units`, to their seeds; `adjoints` are the gradients of this pass.
    Where no output depends on the unit there are no ends and no edges.

    Raises StaleCircuitError when a value is older than a write to something it depends on.
    """

    def __init__(self, outputs: Sequence[Unit], seeds: Sequence[float], unit: Unit) -> None:
        found = reachable(outputs)
        self.unit = unit
        self.outputs = list(outputs)
        self.units: list[Unit] = [unit]
        self.source: list[int] = []
        self.target: list[int] = []
        self.port: list[int] = []
        place = {unit._serial: 0}
        if unit._serial in found:
            self._collect(found, place)
        self.ends: dict[int, float] = {}
        for output, seed in zip(outputs, seeds, strict=True):
            k = place.get(output._serial)
            if k is not None:
                self.ends[k] = self.ends[k] + seed if k in self.ends else seed
        with detect_anomaly(check_nan=False):  # a nan is what is asked about: no error here
            self.adjoints: list[float] = gradients(outputs, seeds, self.units)
            self.slope = self._slopes()

    def _collect(self, found: dict[int, Unit], place: dict[int, int]) -> None:
        """Gather the units that depend on ours, and the edges among them."""
        first = self.unit._serial
        source, target, port, units = self.source, self.target, self.port, self.units
        for serial in sorted(found):
            if serial <= first:
                continue
            unit = found[serial]
            here = -1
            for k, operand in enumerate(unit.inputs):
                below = place.get(operand._serial) if type(operand) is Unit else None
                if below is not None:
                    if here < 0:
                        here = len(units)
                    source.append(below)
                    target.append(here)
                    port.append(k)
            if here >= 0:
                place[serial] = here
                units.append(unit)

    def _slopes(self) -> list[float]:
        """The local derivative of each edge; a block's are worked out once."""
        found: list[float] = []
        last = -1
        partials: tuple[float, ...] = ()
        for target, port in zip(self.target, self.port, strict=True):
            if target != last:
                last, partials = target, self.units[target].partials
            found.append(partials[port])
        return found

    @property
    def total(self) -> float:
        """The gradient of the unit in this pass."""
        return self.adjoints[0]

    @cached_property
    def blocked(self) -> set[int]:
        """The edges without a pull: an upstream of 0 meets a derivative that is not finite.

        A gate whose local derivative can be infinite makes no pull then; any other one does.
        """
        finite, adjoints, target = math.isfinite, self.adjoints, self.target
        return {
            e
            for e, slope in enumerate(self.slope)
            if not finite(slope) and not adjoints[target[e]] and self.guarded(target[e])
        }

    def guarded(self, k: int) -> bool:
        """Whether a gate makes no pull where its upstream is exactly 0."""
        return bool(self.units[k]._gate.guarded)  # type: ignore[union-attr]

    @cached_property
    def factor(self) -> list[float]:
        """What each edge multiplies by: its local derivative, and 0 where no pull is made."""
        if not self.blocked:
            return self.slope
        return [0.0 if e in self.blocked else slope for e, slope in enumerate(self.slope)]

    @cached_property
    def count(self) -> int:
        """How many paths there are, exactly."""
        return self._counted(False)

    @cached_property
    def alive(self) -> int:
        """How many of the paths have no factor of 0, exactly."""
        if all(self.ends.values()) and all(self.factor):
            return self.count
        return self._counted(True)

    def _counted(self, alive: bool) -> int:
        """Count paths from the outputs down; a number is dropped once nothing needs it.

        Sixty doublings make 2**60 paths, and half a million make a number of half a million bits:
        no more of them are held at a time than the circuit is wide.
        """
        counts: dict[int, int] = {k: 1 for k, seed in self.ends.items() if seed or not alive}
        edges = self._downwards()
        last = -1
        number: int | None = None
        for target, source, factor in edges:
            if target != last:
                last, number = target, counts.pop(target, None)
            if number is not None and (factor or not alive):
                counts[source] = counts[source] + number if source in counts else number
        return counts.get(0, 0)

    def _downwards(self) -> Iterator[tuple[int, int, float]]:
        """The target, source and factor of each edge, the highest targets first."""
        return zip(reversed(self.target), reversed(self.source), reversed(self.factor), strict=True)

    @cached_property
    def magnitude(self) -> float:
        """The sum of the sizes of all contributions: how much there is to cancel."""
        gathered = [0.0] * len(self.units)
        for k, seed in self.ends.items():
            gathered[k] = abs(seed)
        edges = self._downwards()
        for target, source, factor in edges:
            if factor and gathered[target]:
                gathered[source] += gathered[target] * abs(factor)
        return gathered[0]
