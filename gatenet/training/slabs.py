"""Slabs: a group's parameters in one flat buffer, and the standing of a training made of them.

Knows standings and optimizers' memory; does not know how a step is made.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from gatenet.optim.groups import Group
from gatenet.training.standing import Parts, Position, Standing
from gatenet.unit import Unit


class Slab(NamedTuple):
    """The parameters of one group in one buffer: planes of gradients, values and memory.

    `first` to `last` are its places among the circuit's parameters.
    """

    group: Group
    first: int
    last: int
    t: int
    planes: Any
    names: list[str]


class Snapshot(NamedTuple):
    """A standing whose values and memory are still in flat buffers."""

    position: Position
    slabs: list[Slab]
    settings: list[dict[str, Any]]
    parts: Parts
    buffers: list[list[float]]
    generators: list[Any]
    schedule: Any
    callbacks: list[Any]

    def standing(self) -> Standing:
        """The same as plain numbers."""
        optimizer = self.parts.optimizer
        moved: dict[Unit, float] = {}
        states = []
        for slab in self.slabs:
            count = slab.last - slab.first
            moved.update(zip(slab.group["params"], slab.planes[count : 2 * count], strict=True))
            fresh = {**optimizer.fresh(slab.group), "step": [slab.t] * count}
            states.append(optimizer.saved({**fresh, **memory_of(slab)}))
        return Standing(
            self.position,
            [moved.get(unit, unit._value) for unit in self.parts.parameters],
            self.buffers,
            self.generators,
            {
                "kind": type(optimizer).__name__,
                "param_groups": self.settings,
                "state": states,
            },
            self.schedule,
            self.callbacks,
        )


def plain(standing: Standing | Snapshot) -> Standing:
    """A standing as plain numbers."""
    return standing.standing() if type(standing) is Snapshot else standing  # type: ignore[return-value]


def memory_of(slab: Slab) -> dict[str, list[Any]]:
    """What a slab remembers, by name; None in what is remembered of nothing."""
    count = slab.last - slab.first
    return {
        name: slab.planes[k * count : (k + 1) * count].tolist()
        for k, name in enumerate(slab.names, 2)
    }
