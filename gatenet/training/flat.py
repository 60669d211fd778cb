"""Flat training: a step as one native call, the numbers in flat buffers from step to step.

The gradients come from one run of the compiled circuit, the optimizer's rule is another with the
parameters as its lanes; no parameter is looked at one by one in between.  The units are written
when somebody may look: at the end of an epoch, before a callback, a checkpoint or an error.  An
engine that works its totals out elsewhere gives them; the rule is then a call of its own.
Knows steps, engines and traced rules; does not know epochs.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from gatenet.compiler.machine import MachineBackend, native
from gatenet.compiler.sums import AT_ONCE
from gatenet.compiler.tables import Packed
from gatenet.errors import FlippedBranchError, ToolMissing
from gatenet.optim import clip_grad_norm_, clip_grad_value_
from gatenet.optim.optimizer import Optimizer
from gatenet.optim.rules import Coefficients
from gatenet.optim.saving import settings_of
from gatenet.optim.schedule import Schedule
from gatenet.optim.traced import TracedRule, has_rule, planes_of, rule_of
from gatenet.storage import write_columns
from gatenet.training.batching import Rows
from gatenet.training.callbacks import Callback
from gatenet.training.compiledengine import CompiledEngine
from gatenet.training.slabs import Slab, memory_of
from gatenet.training.slabs import Snapshot as Snapshot
from gatenet.training.slabs import plain as plain
from gatenet.training.standing import Parts, Position, Standing, Sums, state_of
from gatenet.training.steps import Found, Stepping
from gatenet.training.streams import Run, Stream
from gatenet.unit import Unit, write_now


class FlatStepping:
    """Stepping whose numbers stay in flat buffers, where the training allows it.

    It does where the optimizer has a rule, one circuit serves all rows, and nothing stands
    between the gradient and the step but clipping: no penalty, augmentation or noise, no metrics
    of the training rows, one batch a step, no callback after each batch.
    """

    def __init__(self, stepping: Stepping, schedule: Any, callbacks: Sequence[Callback]) -> None:
        self.plain = stepping
        self.engine: Any = stepping.engine
        self.schedule = schedule
        self._allowed = (
            isinstance(stepping.engine, CompiledEngine)
            and has_rule(stepping.optimizer)
            and not (stepping.penalty or stepping.augment or stepping.metrics)
            and not (stepping.weight_noise or stepping.grad_noise)
            and (schedule is None or isinstance(schedule, Schedule))
            and all(type(one).on_batch_end is Callback.on_batch_end for one in callbacks)
        )
        self._rules: dict[Any, TracedRule] = {}
        self._clips = stepping.clip_norm is not None or stepping.clip_value is not None
        self._table: Any = None
        self._whole: Any = None
        self._names: list[str] = []
        self._slabs: list[Slab] | None = None
        self._native: Any = None
        self._uniform: Any = array("d")
        self._slopes: Any = array("d")
        self._others: list[tuple[int, Unit]] = []

    def prepare(self, rows: Rows | Stream) -> None:
        """Let the engine look at the rows, and pack them; those of a stream are never held."""
        self.engine.prepare(rows)
        self._table = self._whole = None
        if not self._allowed or self.engine.circuits != 1 or isinstance(rows, Stream):
            return
        try:
            self._native = native()
        except ToolMissing:
            return
        packed = self.engine.packed(rows.inputs, rows.targets, rows.weights)
        self._table = memoryview(b"".join([row for _, row in packed])).cast("d")
        backend = self.engine.only._ready("gradients")
        own = type(self.engine) is CompiledEngine and self.engine.shard_size is None
        if own and type(backend) is MachineBackend and not self._clips:
            self._whole = backend.whole()
        reached = {*self.engine.only.wrt}
        self._names = [
            name
            for name, unit in zip(self.plain.names, self.plain.parameters, strict=True)
            if unit.requires_grad and unit not in reached
        ]

    def step(self, batches: Sequence[Rows | Run], where: str) -> Found:
        """Move the parameters once; give what was found before."""
        (rows, *more) = batches
        held = self._table is not None and not more
        if held and isinstance(rows, Rows) and rows.places is not None:
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
        whole = rows.weight
        self._uniform[-1] = 1.0 / whole if self.engine.mean else 1.0
        places = [*rows.places]
        backend = self.engine.only._ready("gradients")
        alone = len(places) <= AT_ONCE and self._whole and backend.threads_for(len(places)) == 1
        moved = self._at_once(places, slabs) if alone else self._after(places, slabs)
        if moved is None:
            return None
        self._slabs = moved
        loss = self._slopes[0] / whole if self.engine.mean else self._slopes[0]
        sums = Sums(whole, loss * whole, 0.0, (), len(rows.inputs))
        return Found(sums, self._names, Unit(loss))

    def _at_once(self, places: list[int], slabs: list[Slab]) -> list[Slab] | None:
        """Totals and rules in one native call; None where it would not be a step."""
        groups, moved = [], []
        program = self.engine.only.program
        totals = array("d", bytes(8 * len(program.results)))
        for slab in slabs:
            rule, coefficients = self._ruled(slab)
            count = slab.last - slab.first
            after = array("d", bytes(8 * count * len(rule.backend.program.results)))
            shared = rule.shared(coefficients)
            groups.append((rule.whole, rule.picked, shared, slab.first, slab.planes, after))
            moved.append(slab._replace(t=slab.t + 1, planes=after, names=rule.after))
        if not self._native.step(
            self._whole, self._uniform, self._table, places, len(program.checks),
            totals, groups,
        ):  # fmt: skip
            return None
        self._slopes = totals
        return moved

    def _after(self, places: list[int], slabs: list[Slab]) -> list[Slab] | None:
        """The rules after totals that the engine works out, or clips; None as above."""
        for slab in slabs:
            count = slab.last - slab.first
            self._uniform[slab.first : slab.last] = slab.planes[count : 2 * count]
        width = len(self.engine.only.inputs)
        rows = [self._table[k * width : (k + 1) * width] for k in places]
        try:
            totals = self.engine.totals(Packed.of(rows, width), self._uniform, places=places)
        except FlippedBranchError:
            return None
        if type(totals) is not array:
            totals = array("d", totals)
        if self._native.odd(totals) >= 0:
            return None
        if self._clips:
            self._clip(totals)
        moved = []
        for slab in slabs:
            count = slab.last - slab.first
            rule, coefficients = self._ruled(slab)
            before = totals[1 + slab.first : 1 + slab.last] + slab.planes[count:]
            planes = rule.run(coefficients, before, count)
            if self._native.odd(planes) >= 0:
                return None
            moved.append(slab._replace(t=slab.t + 1, planes=planes, names=rule.after))
        self._slopes = totals
        return moved

    def _clip(self, totals: Any) -> None:
        """Clip the gradients in the order of the model's parameters, as units are clipped."""
        index = {unit: 1 + k for k, unit in enumerate(self.engine.only.wrt)}
        places = [index[unit] for unit in self.plain.parameters if unit in index]
        units = [Unit(0.0) for _ in places]
        for unit, place in zip(units, places, strict=True):
            unit._grad = totals[place]
        if self.plain.clip_value is not None:
            clip_grad_value_(units, self.plain.clip_value)
        if self.plain.clip_norm is not None:
            clip_grad_norm_(units, self.plain.clip_norm)
        for unit, place in zip(units, places, strict=True):
            totals[place] = unit._grad

    def _ruled(self, slab: Slab) -> tuple[TracedRule, Coefficients]:
        """The rule that moves a group, and its coefficients at the next step."""
        optimizer: Optimizer = self.plain.optimizer
        optimizer.check(slab.group)
        names = list(optimizer.REMEMBERED)
        coefficients = optimizer.coefficients(slab.group, slab.t + 1)
        empty = [name for name in names if name not in slab.names]
        return rule_of(self._rules, optimizer, coefficients, names, empty), coefficients

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
        moved = {k for slab in slabs for k in range(slab.first, slab.last)}
        self._others = [(k, u) for k, u in enumerate(compiled.wrt) if k not in moved]
        self._uniform = compiled._uniform(1.0)
        self._slabs = slabs
        return slabs

    def settle(self) -> None:
        """Write what the buffers hold to the units and the optimizer, and start from them anew."""
        slabs, self._slabs = self._slabs, None
        now = write_now() if slabs else 0
        optimizer = self.plain.optimizer
        for slab in slabs or ():
            count = slab.last - slab.first
            grads, values = slab.planes[:count], slab.planes[count : 2 * count]
            index = next(k for k, g in enumerate(optimizer.param_groups) if g is slab.group)
            write_columns(slab.group["params"], values, grads, now)
            optimizer.state[index].update(memory_of(slab), step=[slab.t] * count)
        if slabs and self._slopes:
            for k, unit in self._others:
                unit._grad = self._slopes[1 + k]

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
