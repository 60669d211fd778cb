"""Columns: the parameters of a group as lists of numbers, and back.

One list holds all the values of a group, one the gradients, one each thing that is remembered of
the parameters.  A whole column in one comprehension is several times faster than one parameter
after the other, and reads as the formula does.  Knows units and groups; does not know any rule.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gatenet.errors import DomainError
from gatenet.optim.groups import Group
from gatenet.unit import Unit, describe

#: One number for each of the parameters that are moved together.
Column = list[float]
#: What an optimizer remembers of them, by name; None where a parameter has nothing yet.
Memory = dict[str, list[Any]]
#: What is remembered of a parameter before its first step.
Starts = Mapping[str, float | None]


class Cohort(NamedTuple):
    """The parameters of a group that have made equally many steps, and move together now.

    `t` is the number of the step that they are about to make, from 1.
    """

    units: Sequence[Unit]
    places: Sequence[int]
    t: int
    values: Column
    grads: Column
    memory: Memory
    remembered: dict[str, Any]


def cohorts(group: Group, remembered: dict[str, Any], starts: Starts) -> Iterator[Cohort]:
    """The parameters of a group that are to move, by how many steps they have made.

    Those are the ones that a pass has visited and that are not frozen; as a rule all of them,
    with equally many steps.

    Raises DomainError for a gradient that is not finite.
    """
    units: list[Any] = group["params"]
    steps: list[int] = remembered["step"]
    places: Sequence[int] = [
        k for k, unit in enumerate(units) if unit._grad is not None and unit._gate.requires_grad
    ]
    everything = len(places) == len(units)
    if not all(map(math.isfinite, [units[k]._grad for k in places])):
        raise _not_finite(next(units[k] for k in places if not math.isfinite(units[k]._grad)))
    counts = {*steps} if everything else {steps[k] for k in places}
    for t in sorted(counts):
        chosen = places if len(counts) == 1 else [k for k in places if steps[k] == t]
        if t == 0:
            memory = {name: [start] * len(chosen) for name, start in starts.items()}
        elif len(chosen) == len(units):
            memory = {name: remembered[name] for name in starts}
        else:
            memory = {name: [remembered[name][k] for k in chosen] for name in starts}
        moving = units if len(chosen) == len(units) else [units[k] for k in chosen]
        values = [unit._value for unit in moving]
        grads = [unit._grad for unit in moving]
        yield Cohort(moving, chosen, t + 1, values, grads, memory, remembered)


def check_values(cohort: Cohort, values: Column) -> None:
    """Raise DomainError for the first value that is not finite."""
    if all(map(math.isfinite, values)):
        return
    for unit, value in zip(cohort.units, values, strict=True):
        if not math.isfinite(value):
            raise DomainError(
                f"the step would take {describe(unit)}, whose gradient is {unit.grad!r}, to "
                f"{value!r}: no parameter was moved. Lower lr, or clip the gradients",
                unit=unit,
            )


def write(cohort: Cohort, values: Column, memory: Memory, now: int) -> None:
    """Move the units and remember; circuits that were computed before `now` are then stale."""
    remembered = cohort.remembered
    if len(cohort.units) == len(remembered["step"]):
        remembered.update(memory, step=[cohort.t] * len(values))
    else:
        for place in cohort.places:
            remembered["step"][place] = cohort.t
        for name, column in memory.items():
            kept = remembered[name]
            for place, item in zip(cohort.places, column, strict=True):
                kept[place] = item
    place_values(cohort.units, values, now)


def place_values(units: Sequence[Unit], values: Sequence[float], now: int) -> None:
    """Write the values of leaves, all at the time `now` of one write."""
    for unit, value in zip(units, values, strict=True):
        unit._value = value
        unit._time = now


def decayed(grads: Any, values: Any, weight_decay: Any) -> Any:
    """The gradients with weight_decay · value added to each: that of a penalty on the squares."""
    if weight_decay is None or (type(weight_decay) is not Unit and not weight_decay):
        return grads
    return [grad + weight_decay * value for grad, value in zip(grads, values, strict=True)]


def _not_finite(unit: Unit) -> DomainError:
    return DomainError(
        f"the gradient of {describe(unit)} is {unit.grad!r}: no parameter was moved. "
        "Lower lr, or run the pass under gatenet.detect_anomaly() to find the first "
        "gate that is not finite",
        unit=unit,
    )
