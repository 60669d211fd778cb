"""Reports: parameters that the loss does not reach, units that are dead, nan at its birth.

What a gate is called where nothing gets through it is read off its declaration; no gate is known
by its name.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gatenet.errors import DomainError
from gatenet.explaining import genealogy
from gatenet.explaining.flatness import STEP
from gatenet.nn.module import Module
from gatenet.training.engines import Measured
from gatenet.unit import Unit
from gatenet.walk import topological


def warn_unreached(names: Sequence[str]) -> None:
    """Warn of parameters that the loss does not reach, at the line outside that trains them."""
    if not names:
        return
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    _warn(
        f"the loss does not reach {len(names)} of the model's parameters, which will not be "
        f"trained: {shown}"
    )


def warn_search(optimizer: Any, rows: int, rows_a_step: int) -> None:
    """Warn of a search along a line (`needs_closure`) whose steps do not see all the rows."""
    if getattr(optimizer, "needs_closure", False) and rows_a_step < rows:
        _warn(
            f"{type(optimizer).__name__} searches along a line, and {rows_a_step} of {rows} rows a "
            "step change what it searches on from step to step, so it may diverge: give it all "
            "rows, batch_size=len(X)"
        )


def _warn(text: str) -> None:
    """Warn at the line outside the library that led here."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("gatenet."):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, stacklevel=level + 1)


def check_finite(found: Measured, names: Sequence[str], where: str) -> None:
    """Check the loss and the gradients of a batch.

    Raises DomainError that tells where the first nan or infinity was born; its `genealogy` holds
    the whole story.
    """
    if math.isfinite(found.loss) and finite(found.gradients):
        return
    if not math.isfinite(found.loss):
        what, mend = f"the loss is {found.loss!r}", "scale the inputs"
    else:
        odd = next(
            k for k, g in enumerate(found.gradients) if g is not None and not math.isfinite(g)
        )
        what = f"the gradient of {names[odd]} is {found.gradients[odd]!r}"
        mend = "clip_norm bounds gradients that are finite"
    story = None if found.unit is None else genealogy(found.unit)
    told = "" if story is None else f". {story.what} {story.mend}".rstrip()
    raise DomainError(
        f"{what} in {where}{found.place}: lower lr, {mend}, or train under "
        f"gatenet.detect_anomaly() to stop at the first gate that is not finite{told}",
        unit=found.unit,
        genealogy=story,
        **found.facts,
    )


def finite(gradients: Sequence[float | None]) -> bool:
    """Whether every gradient is finite: a sum is not where one of them is not.

    >>> finite([1.0, None, 1e308, 1e308]), finite([math.inf, -math.inf])
    (True, False)
    """
    known = [gradient for gradient in gradients if gradient is not None]
    return math.isfinite(sum(known)) or all(map(math.isfinite, known))


@dataclass(frozen=True)
class DeadUnit:
    """A unit, or the units of one channel, that let nothing through in any of the rows.

    `name` is the place of the parameters that feed it, `gate` the gate it goes through and `word`
    what the gate's declaration calls it when it is flat.
    """

    name: str
    gate: str
    word: str

    def __str__(self) -> str:
        return f"{self.name}: its {self.gate} is {self.word} for every row"


def dead_units(model: Module, inputs: Sequence[Any], *, faint: float = 0.0) -> list[DeadUnit]:
    """Find the units that stand on a flat stretch of their gate for every row.

    Nothing is learnt through such a unit from these rows.  A gate of one unit counts where its
    declaration has a word for being flat and its local derivative is `faint` or less in size;
    a step, which is flat everywhere, does not.  Units fed by the same parameters (the places of a
    convolution's channel) are one.  The model runs in evaluation mode.

    >>> from gatenet.nn import MLP
    >>> model = MLP(1, [2, 1], init=lambda rng, nin, nout: [[1.0] * nin, [-1.0] * nin][:nout],
    ...             rng=0)
    >>> for unit in dead_units(model, [[1.0], [2.0]]):
    ...     print(unit)
    layers.0.neurons.1: its relu is dead for every row
    """
    owners = {id(unit): name for name, unit in model.named_parameters()}
    modes = [(module, module.training) for module in model.modules()]
    alive: dict[Any, bool] = {}
    known: dict[Any, DeadUnit] = {}
    model.eval()
    try:
        for row in inputs:
            for k, unit in enumerate(_flattening(model.batch([row]))):
                feeding = _feeding(unit, owners)
                key = (unit._gate, tuple(feeding) or k)
                alive[key] = alive.get(key, False) or not abs(unit.partials[0]) <= faint
                if key not in known:
                    gate: Any = unit._gate
                    known[key] = DeadUnit(
                        _place(feeding, owners.values()) if feeding else f"unit {k}",
                        gate.name,
                        gate.flat,
                    )
    finally:
        for module, training in modes:
            module.training = training
    return [unit for key, unit in known.items() if not alive[key]]


def _flattening(outputs: Any) -> Iterator[Unit]:
    """The units behind some outputs whose gate has one unit going in and a word for being flat."""
    waiting, found = [outputs], []
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, (list, tuple)):
            waiting += thing
        elif type(thing) is Unit and thing.requires_grad:
            found.append(thing)
    for unit in topological(found):
        gate: Any = unit._gate
        if unit._a is None or gate.opaque or not gate.flat or gate.flat == STEP:
            continue
        if len(unit.inputs) == 1 and type(unit.inputs[0]) is Unit:
            yield unit


def _feeding(unit: Unit, owners: dict[int, str]) -> list[str]:
    """The names of the parameters nearest below a unit's operand, level by level."""
    level: list[Any] = [unit.inputs[0]]
    for _ in range(4):
        names = [owners[id(one)] for one in level if id(one) in owners]
        if names:
            return names
        level = [op for one in level for op in one.inputs if type(op) is Unit]
    return []


def _place(feeding: Sequence[str], names: Iterable[str]) -> str:
    """What a unit is called: the place that holds all that feeds it, and nothing else.

    Where there is no such place, its shortest parameter: the bias, where there is one.
    """
    split = [name.split(".") for name in feeding]
    shared: list[str] = []
    for parts in zip(*split, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    place = ".".join(shared)
    own = set(feeding)
    if place and all(name in own for name in names if name.startswith(f"{place}.")):
        return place
    return min(feeding, key=lambda name: name.count("."))
