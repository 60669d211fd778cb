"""Timeline: a pass cut into events that can be done and taken back, one at a time.

First come the forward events, one for each gate in the order of the rows: its value and local
derivatives are computed again.  Then the backward events, one for each unit from the output
down: a gate makes its pulls, a leaf takes the pass's total.  Doing one is the sweep itself, run
over one unit; what it is about to overwrite is kept, so taking it back restores every bit.

Knows units, circuits and the sweep; does not know breakpoints, sentences or pictures.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from typing import Any

from gatenet.circuit import Circuit
from gatenet.eager import check_forward
from gatenet.errors import StaleCircuitError, WiringError
from gatenet.kernels import replay
from gatenet.modes import current
from gatenet.stepper.counting import Counting
from gatenet.sweep import seeded, stepping, visits
from gatenet.unit import MANY, Unit, describe, last_write, tick, write_now
from gatenet.walk import check_fresh, reachable


class Timeline:
    """The events of one circuit, how many are done, and what is needed to take them back."""

    def __init__(self, circuit: Circuit, seed: Any) -> None:
        self.circuit = circuit
        if circuit.comparisons:  # what was only compared is replayed, but no gradient reaches it
            self.found = reachable(circuit.ends)
        else:
            self.found = {unit._serial: unit for unit in circuit.order}
        self.order = sorted(self.found)
        self.forwards = sum([unit._a is not None for unit in circuit.order])
        self.adjoints = seeded(self.found, circuit.ends, seed)
        self.counting = Counting(self.found, self.order, self.forwards)
        self._computed = self.forwards
        #: What each forward event done here replaced: value, derivatives, time.
        self._replaced: list[tuple[Any, ...]] = []
        #: What each backward event overwrote: the unit's gradient ...
        self._grads: list[float | None] = []
        #: ... and what its operands had gathered, one after the other (see `_gathered`).
        self._sums: list[Any] = []
        self._written = -1

    def __len__(self) -> int:
        return self.forwards + len(self.order)

    @cached_property
    def gates(self) -> list[Unit]:
        """The units of the forward events."""
        return [unit for unit in self.circuit.order if unit._a is not None]

    @property
    def position(self) -> int:
        """How many events are done."""
        return self._computed + len(self._grads)

    @property
    def unfinished(self) -> bool:
        """Whether a backward pass has begun and not ended."""
        return 0 < len(self._grads) < len(self.order)

    def unit(self, index: int) -> Unit:
        """The unit of event `index`, counted from 1."""
        if index <= self.forwards:
            return self.gates[index - 1]
        return self.found[self.order[self.forwards - index]]

    def forward_index(self, unit: Unit) -> int:
        """The number of a gate's forward event; 0 for a leaf, whose value always stands."""
        if unit._a is None:
            return 0
        return bisect_left(self.gates, unit._serial, key=_serial) + 1

    def backward_index(self, unit: Unit) -> int:
        """The number of a unit's backward event; 0 if no gradient can reach it."""
        if unit._serial not in self.found:
            return 0
        return len(self) - bisect_left(self.order, unit._serial)

    def forth(self) -> None:
        """Do the next event; when it raises, nothing was done."""
        if self._computed < self.forwards:
            self._compute(self.gates[self._computed])
            return
        self.check()
        unit = self.unit(self.position + 1)
        done, start = len(self._grads), len(self._sums)
        try:
            self._sums += self._gathered(unit)
            self._grads.append(unit._grad)  # from here on the event can be taken back
            for _ in visits(self.found, [unit._serial], self.adjoints):
                pass
        except BaseException:
            if len(self._grads) > done:
                self._restore(unit)
            del self._sums[start:]
            raise
        self._announce()

    def back(self) -> None:
        """Take the last event back, to the bit."""
        if not self._grads:
            if self._replaced:
                unit = self.gates[self._computed - 1]
                unit._value, unit._pa, unit._pb, unit._time = self._replaced.pop()
            self._computed -= 1
            return
        unit = self.unit(self.position)
        if unit._a is None:
            self._check_untouched(unit)
        self._restore(unit)
        self._announce()

    def run(self) -> None:
        """Do every event that is left, as fast as the sweep goes."""
        while self._computed < self.forwards or (current().strict and self.position < len(self)):
            self.forth()
        self.check()
        adjoints, found = self.adjoints, self.found
        grads, sums = self._grads, self._sums
        already = len(grads)
        left = self.order[: len(self) - self.position]
        sweep = visits(found, left, adjoints)
        try:
            for serial in reversed(left):
                unit: Any = found[serial]
                grads.append(unit._grad)
                next(sweep)  # the pulls of the unit before this one, and the visit of this one
                pb = unit._pb
                if pb is MANY:
                    sums += self._gathered(unit)
                    continue
                if unit._pa is not None:
                    sums.append(adjoints[unit._a._serial])
                if pb is not None:
                    sums.append(adjoints[unit._b._serial])
            next(sweep, None)  # the pulls of the last
        except BaseException:
            self._recover(already)
            raise
        finally:
            self._announce()

    def _recover(self, already: int) -> None:
        """After an interrupted run: the last two events may be half done, so take them back."""
        if len(self._grads) == already:
            return
        units = [self.unit(self.forwards + k + 1) for k in range(len(self._grads))]
        last = units.pop()
        del self._sums[sum(len(self._keys(unit)) for unit in units) :]
        last._grad = self._grads.pop()
        if len(self._grads) > already:
            self._restore(units[-1])

    def overwrote(self) -> tuple[float | None, dict[Any, Any]]:
        """What the last backward event overwrote: its unit's gradient, its operands' by serial."""
        keys = self._keys(self.unit(self.position))
        return self._grads[-1], dict(zip(keys, self._sums[len(self._sums) - len(keys) :]))  # noqa: B905

    def replaced(self) -> float:
        """The value that the last forward event replaced: the same where nothing was computed."""
        value: float = self.unit(self.position)._value
        return self._replaced[-1][0] if self._replaced else value

    def check(self) -> None:
        """Raise StaleCircuitError when a value changed that this pass has used or will use."""
        if self._written == last_write():
            return
        if not self._grads:
            check_fresh(self.found, self.order)
        else:
            for unit in self.found.values():
                if unit._time > self._written:
                    raise StaleCircuitError(
                        f"{describe(unit)} changed in the middle of this pass, which began with "
                        "its old value: reset() the stepper and goto(0) to replay the forward "
                        "half, or make a new one",
                        unit=unit,
                    )
        self._written = last_write()

    def _compute(self, unit: Unit) -> None:
        """Compute a gate again; note the time only where an operand is younger than its value."""
        saved = (unit._value, unit._pa, unit._pb, unit._time)
        stale = any(type(op) is Unit and op._time > unit._time for op in unit.inputs)
        start = len(self._replaced)
        try:
            replay(unit)
            if current().strict:
                check_forward(unit)
            if stale:
                write_now()
                unit._time = tick()
            if self._computed + 1 == self.forwards:
                self.circuit.check_comparisons()
            self._replaced.append(saved)
            self._computed += 1
        except BaseException:
            unit._value, unit._pa, unit._pb, unit._time = saved
            del self._replaced[start:]
            raise

    def _keys(self, unit: Unit) -> list[Any]:
        """The keys of the adjoints that a unit's event may change, in the order they are kept."""
        keys: list[Any] = [op._serial for op in unit.inputs if type(op) is Unit]
        gate: Any = unit._gate
        return keys + gate.notes(unit) if keys and gate.opaque else keys

    def _gathered(self, unit: Unit) -> list[Any]:
        """What stands at those keys now; None where nothing does."""
        return [self.adjoints.get(key) for key in self._keys(unit)]

    def _restore(self, unit: Unit) -> None:
        """Undo the last backward event, which was this unit's."""
        keys = self._keys(unit)
        start = len(self._sums) - len(keys)
        for key, value in zip(keys, self._sums[start:]):  # noqa: B905
            if value is None:
                self.adjoints.pop(key, None)
            else:
                self.adjoints[key] = value
        unit._grad = self._grads.pop()
        del self._sums[start:]

    def _check_untouched(self, leaf: Unit) -> None:
        """Raise WiringError when somebody changed a leaf's gradient after this pass had."""
        before, now = self._grads[-1], leaf._grad
        total = self.adjoints[leaf._serial]
        left = total if before is None else before + total
        if not leaf.requires_grad or now == left or (now != now and left != left):
            return
        raise WiringError(
            f"the gradient of {describe(leaf)} is {leaf.grad!r} now, and this pass had left "
            f"{left!r}: somebody changed it since, so the step cannot be taken back. Make a new "
            "Stepper for a new pass",
            unit=leaf,
        )

    def _announce(self) -> None:
        """Let optimizers know of a pass that stands in the middle."""
        (stepping.add if self.unfinished else stepping.discard)(self)


def _serial(unit: Unit) -> int:
    return unit._serial
