"""Flat training: a step as two native calls, the numbers in flat buffers from step to step.

The gradients come from one run of the compiled circuit, the optimizer's rule is another with the
parameters as its lanes; no parameter is looked at one by one in between.  The units are written
when somebody may look: at the end of an epoch, before a callback, a checkpoint or an error.
Knows steps, engines and traced rules; does not know epochs.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

from gatenet.compiler.machine import native
from gatenet.compiler.tables import Packed
from gatenet.errors import FlippedBranchError, ToolMissing
from gatenet.optim.groups import Group
from gatenet.optim.optimizer import Optimizer
from gatenet.optim.saving import settings_of
from gatenet.optim.schedule import Schedule
from gatenet.optim.traced import TracedRule, has_rule, planes_of, rule_of
from gatenet.training.batching import Rows
from gatenet.training.callbacks import Callback
from gatenet.training.compiledengine import CompiledEngine
from gatenet.training.standing import Parts, Position, Standing, Sums, state_of
from gatenet.training.steps import Found, Stepping
from gatenet.training.streams import Run, Stream
from gatenet.unit import Unit, write_now


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


class FlatStepping:
    """Stepping whose numbers stay in flat buffers, where the training allows it.

    It does where the optimizer has a rule, one circuit serves all rows, and nothing stands
    between the gradient and the step: no penalty, augmentation, clipping or noise, no metrics of
    the training rows, one batch a step, no callback after each batch.
    """

    def __init__(self, stepping: Stepping, schedule: Any, callbacks: Sequence[Callback]) -> None:
        self.plain = stepping
        self.engine: Any = stepping.engine
        self.schedule = schedule
        self._allowed = (
            isinstance(stepping.engine, CompiledEngine)
            and has_rule(stepping.optimizer)
            and not (stepping.penalty or stepping.augment or stepping.metrics)
            and stepping.clip_norm is None
            and stepping.clip_value is None
            and not (stepping.weight_noise or stepping.grad_noise)
            and (schedule is None or isinstance(schedule, Schedule))
            and all(type(one).on_batch_end is Callback.on_batch_end for one in callbacks)
        )
        self._rules: dict[Any, TracedRule] = {}
        self._rows: list[bytes] = []
        self._names: list[str] = []
        self._slabs: list[Slab] | None = None
        self._native: Any = None
        self._uniform: Any = array("d")

    def prepare(self, rows: Rows | Stream) -> None:
        """Let the engine look at the rows, and pack them; those of a stream are never held."""
        self.engine.prepare(rows)
        self._rows = []
        if not self._allowed or self.engine.circuits != 1 or isinstance(rows, Stream):
            return
        try:
            self._native = native()
        except ToolMissing:
            return
        packed = self.engine.packed(rows.inputs, rows.targets, rows.weights)
        self._rows = [row for _, row in packed]
        reached = {*self.engine.only.wrt}
        self._names = [
            name
            for name, unit in zip(self.plain.names, self.plain.parameters, strict=True)
            if unit.requires_grad and unit not in reached
        ]

    def step(self, batches: Sequence[Rows | Run], where: str) -> Found:
        """Move the parameters once; give what was found before."""
        (rows, *more) = batches
        if self._rows and not more and isinstance(rows, Rows) and rows.places is not None:
            found = self._step(rows)
            if found is not None:
                return found
        self.settle()
        return self.plain.step(batches, where)

    def _step(self, rows: Rows) -> Found | None:
        """One step on the flat buffers; None where it must be made, or told of, in full."""
        slabs = self._slabs if self._slabs is not None else self._loaded()
        if slabs is None or rows.places is None:
            return None
        width = len(self.engine.only.inputs)
        given = Packed.of([self._rows[k] for k in rows.places], width)
        whole = rows.weight
        uniform = self._uniform
        for slab in slabs:
            count = slab.last - slab.first
            uniform[slab.first : slab.last] = slab.planes[count : 2 * count]
        uniform[-1] = 1.0 / whole if self.engine.mean else 1.0
        try:
            totals = self.engine.totals(given, uniform, places=rows.places)
        except FlippedBranchError:
            return None
        if type(totals) is not array:
            totals = array("d", totals)
        if self._native.odd(totals) >= 0:
            return None
        moved = []
        for slab in slabs:
            slab.planes[: slab.last - slab.first] = totals[1 + slab.first : 1 + slab.last]
            after = self._moved(slab)
            if self._native.odd(after.planes) >= 0:
                return None
            moved.append(after)
        self._slabs = moved
        loss = totals[0] / whole if self.engine.mean else totals[0]
        sums = Sums(whole, loss * whole, 0.0, (), len(rows.inputs))
        return Found(sums, self._names, Unit(loss))

    def _moved(self, slab: Slab) -> Slab:
        optimizer: Optimizer = self.plain.optimizer
        optimizer.check(slab.group)
        names = list(optimizer.REMEMBERED)
        coefficients = optimizer.coefficients(slab.group, slab.t + 1)
        empty = [name for name in names if name not in slab.names]
        rule = rule_of(self._rules, optimizer, coefficients, names, empty)
        planes = rule.run(coefficients, slab.planes, slab.last - slab.first)
        return slab._replace(t=slab.t + 1, planes=planes, names=rule.after)

    def _loaded(self) -> list[Slab] | None:
        """Read the units and the optimizer's memory; None where they are not in step."""
        optimizer: Optimizer = self.plain.optimizer
        compiled = self.engine.only
        index = {unit: k for k, unit in enumerate(compiled.wrt)}
        slabs = []
        for group, state in zip(optimizer.param_groups, optimizer.state, strict=True):
            units = group["params"]
            places = [index.get(unit, -1) for unit in units]
            first, count = places[0] if places else 0, len(units)
            if first < 0 or places != [*range(first, first + count)] or len({*state["step"]}) != 1:
                return None
            if not all(unit.requires_grad for unit in units):
                return None
            (t,) = {*state["step"]}
            starts = optimizer.starts(group)
            memory = {name: state[name] if t else [starts[name]] * count for name in starts}
            names = [name for name in memory if memory[name][0] is not None]
            columns = [memory[name] for name in names]
            if any(item is None for column in columns for item in column):
                return None
            values = [unit._value for unit in units]
            planes = planes_of([[0.0] * count, values, *columns])
            slabs.append(Slab(group, first, first + count, t, planes, names))
        self._uniform = array("d", [*[unit._value for unit in compiled.shared], 1.0])
        self._slabs = slabs
        return slabs

    def settle(self) -> None:
        """Write what the buffers hold to the units and the optimizer, and start from them anew."""
        slabs, self._slabs = self._slabs, None
        now = write_now() if slabs else 0
        optimizer = self.plain.optimizer
        for slab in slabs or ():
            values, grads, memory = _columns(slab)
            index = next(k for k, g in enumerate(optimizer.param_groups) if g is slab.group)
            for unit, value, grad in zip(slab.group["params"], values, grads, strict=True):
                unit._value, unit._grad, unit._time = value, grad, now
            optimizer.state[index].update(memory, step=[slab.t] * len(values))

    def take(self, parts: Parts, position: Position) -> Standing | Snapshot:
        """The standing of this moment: what is in the buffers is kept as it is."""
        if self._slabs is None:
            return parts.take(position)
        return Snapshot(
            position,
            list(self._slabs),
            [settings_of(group) for group in self.plain.optimizer.param_groups],
            parts,
            [list(buffer) for buffer in parts.buffers.values()],
            [generator.getstate() for generator in parts.generators.values()],
            state_of(self.schedule),
            [callback.state_dict() for callback in parts.callbacks.values()],
        )

    def drop(self) -> None:
        """Forget the buffers: the units are set by somebody else."""
        self._slabs = None


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
            values, _, memory = _columns(slab)
            moved.update(zip(slab.group["params"], values, strict=True))
            fresh = optimizer.fresh(slab.group)
            states.append(optimizer.saved({**fresh, "step": [slab.t] * len(values), **memory}))
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


def _columns(slab: Slab) -> tuple[list[float], list[float], dict[str, list[Any]]]:
    """A slab's values, gradients and memory; None in what is remembered of nothing."""
    count = slab.last - slab.first
    parts = [slab.planes[k * count : (k + 1) * count].tolist() for k in range(2 + len(slab.names))]
    return parts[1], parts[0], dict(zip(slab.names, parts[2:], strict=True))
