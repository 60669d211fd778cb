"""Steps: the gradients of one step, put together from its batches, and the optimizer's move.

Batches of one step accumulate: its gradient is the mean over its rows.  Then come the penalty, the
bounds of clipping, and noise.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from gatenet.errors import WiringError
from gatenet.optim import add_grad_noise_, clip_grad_norm_, clip_grad_value_
from gatenet.randomness import normal
from gatenet.training.batching import Rows
from gatenet.training.compiledengine import CompiledEngine
from gatenet.training.engines import Engine, Measured
from gatenet.training.evaluation import Metric, number_of
from gatenet.training.reports import check_finite, finite
from gatenet.training.standing import Sums
from gatenet.training.streams import Run
from gatenet.unit import Unit

#: Gives a unit from the parameters, which is added to the loss: gatenet.losses.penalties has some.
Penalty = Callable[[list[Unit]], Any]


class Found(NamedTuple):
    """What was found for a step: sums for the epoch, names not reached, and what is minimised.

    `objective` is the loss with the penalty, as the end of its circuit where the engine wired one.
    """

    sums: Sums
    unreached: list[str]
    objective: Unit


@dataclass(frozen=True)
class Stepping:
    """What every step of a training has in common."""

    engine: Engine
    optimizer: Any
    parameters: list[Unit]
    names: list[str]
    rng: random.Random
    metrics: Mapping[str, Metric]
    penalty: Penalty | None
    augment: Callable[[Any, random.Random], Any] | None
    clip_norm: float | None
    clip_value: float | None
    weight_noise: float
    grad_noise: float

    def step(self, batches: Sequence[Rows | Run], where: str) -> Found:
        """Move the parameters once; give what was found before.

        An optimizer that searches along a line (`needs_closure`) asks for the gradients itself, as
        often as it likes, and may meet places where nothing is finite; only what it finds first
        must be, and that is given.
        """
        if self.augment is not None:
            batches = [
                Rows([self.augment(x, self.rng) for x in rows.inputs], rows.targets, rows.weights)
                for rows in batches
            ]
        if not getattr(self.optimizer, "needs_closure", False):
            found = self.measure(batches, where)
            self.optimizer.step()
            return found
        seen: list[Found] = []

        def closure() -> Unit:
            seen.append(self.measure(batches, "" if seen else where))
            return seen[-1].objective

        self.optimizer.step(closure)
        return seen[0]

    def measure(self, batches: Sequence[Rows | Run], where: str) -> Found:
        """Work out the step's gradients and leave them on the parameters.

        Raises DomainError that tells the birth of the first nan or infinity; with `where` empty it
        lets them stand.
        """
        whole = math.fsum(rows.weight for rows in batches)
        gathered: list[float | None] = []
        sums, objective = Sums(metrics=(0.0,) * len(self.metrics)), None
        for rows in batches:
            with self._shaken():
                found = self._found(rows)
                if where:
                    check_finite(found, self.names, where)
            share = rows.weight / whole
            gathered = _gathered(gathered, found.gradients, share)
            objective = _plus(objective, _measured_unit(found), share)
            sums = added(sums, self._counted(found, rows))
        unreached = [
            name
            for name, unit, gradient in zip(self.names, self.parameters, gathered, strict=True)
            if gradient is None and unit.requires_grad
        ]
        if self.penalty is not None:
            penalty, slopes = self._penalized(where)
            gathered = _gathered(gathered, slopes, 1.0)
            sums = sums._replace(penalty=penalty.value * sums.weight)
            objective = _plus(objective, penalty, 1.0)
        for unit, gradient in zip(self.parameters, gathered, strict=True):
            unit._grad = gradient
        if finite(gathered):
            self._bound()
        assert objective is not None
        return Found(sums, unreached, objective)

    def _found(self, rows: Rows | Run) -> Measured:
        """Ask the engine; one that holds the rows is told which they are."""
        if isinstance(self.engine, CompiledEngine):
            return self.engine.at(rows)
        return self.engine.gradients(rows.inputs, rows.targets, rows.weights)

    def _bound(self) -> None:
        """Clip the gradients, and shake them."""
        if self.clip_value is None and self.clip_norm is None and not self.grad_noise:
            return
        moving = [unit for unit in self.parameters if unit.visited]
        if self.clip_value is not None:
            clip_grad_value_(moving, self.clip_value)
        if self.clip_norm is not None:
            clip_grad_norm_(moving, self.clip_norm)
        if self.grad_noise:
            add_grad_noise_(moving, self.grad_noise, rng=self.rng)

    def _counted(self, found: Measured, rows: Rows | Run) -> Sums:
        """What one batch adds to the sums; a metric is a mean over rows that are not weighted."""
        count = rows.length
        return Sums(
            rows.weight,
            found.loss * rows.weight,
            0.0,
            tuple(
                number_of(metric(found.outputs, rows.targets)) * count
                for metric in self.metrics.values()
            ),
            count,
        )

    def _penalized(self, where: str) -> tuple[Unit, list[float | None]]:
        """Give the penalty, and its gradient in each parameter."""
        for unit in self.parameters:
            unit.zero_grad()
        value = self.penalty(self.parameters)  # type: ignore[misc]
        if type(value) is not Unit:
            raise WiringError(
                f"the penalty gave {value!r} and not a unit: it takes the list of parameters and "
                "wires a unit from them"
            )
        value.backward()
        slopes = [unit._grad for unit in self.parameters]
        if where:
            found = Measured(value.value, [], slopes, value)
            check_finite(found, self.names, f"the penalty in {where}")
        return value, slopes

    @contextmanager
    def _shaken(self) -> Iterator[None]:
        """Inside, the parameters stand `weight_noise` away from their values."""
        if not self.weight_noise:
            yield
            return
        moving = [unit for unit in self.parameters if unit.requires_grad]
        values = [unit.value for unit in moving]
        try:
            for unit in moving:
                unit.value += normal(self.rng, 0.0, self.weight_noise)
            yield
        finally:
            for unit, value in zip(moving, values, strict=True):
                unit.value = value


def added(a: Sums, b: Sums) -> Sums:
    """Add what two batches or steps found."""
    metrics = tuple(x + y for x, y in zip(a.metrics, b.metrics, strict=True))
    return Sums(
        a.weight + b.weight, a.loss + b.loss, a.penalty + b.penalty, metrics, a.rows + b.rows
    )


def _gathered(
    before: list[float | None], slopes: list[float | None], share: float
) -> list[float | None]:
    """Add a batch's gradients, each times the share of the step's rows that the batch has."""
    if share != 1.0:
        slopes = [None if slope is None else slope * share for slope in slopes]
    if not before:
        return slopes
    return [
        a if b is None else b if a is None else a + b for a, b in zip(before, slopes, strict=True)
    ]


def _measured_unit(found: Measured) -> Unit:
    return Unit(found.loss) if found.unit is None else found.unit


def _plus(total: Unit | None, unit: Unit, share: float) -> Unit:
    """Wire a share of a loss onto what there is; a whole loss alone stays what it is."""
    part = unit if share == 1.0 else unit * share
    return part if total is None else total + part
