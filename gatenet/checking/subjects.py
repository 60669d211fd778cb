"""Subjects: what is checked, a function of units or a circuit, as a function of plain numbers.

A subject can be evaluated at a point, and can say whether a kink or an edge of any gate, another
branch of an `if`, or a recorded comparison lies between two points.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

from gatenet.checking.domains import Signs, crossed, looker
from gatenet.checking.inlining import inlined
from gatenet.circuit import Circuit
from gatenet.errors import FlippedBranchError, OperandError
from gatenet.modes import Recording, enable_grad
from gatenet.real import number
from gatenet.sweep import gradients
from gatenet.trees import Structure, flatten, unflatten
from gatenet.unit import Unit

#: What `steady` says of a function that gives two answers at one point.
IMPURE = "two calls at the same point give different values"
#: What it says where a part of the circuit was cut off from the inputs.
FOLLOWING = "its constants follow its inputs"
#: What it says at the place where an `if` goes the other way.
BRANCHES = "it is wired otherwise right beside the point"


class Sample(NamedTuple):
    """A subject at one point: outputs, wiring, constants, the signs of its kinks and edges."""

    outputs: list[float]
    wiring: Any
    constants: list[float]
    signs: list[Signs]
    #: The values of leaves that are none of the inputs.
    leaves: list[float] = []  # noqa: RUF012


class Subject(Protocol):
    """Something with inputs and outputs that can be evaluated and differentiated."""

    name: str
    names: list[str]
    point: list[float]
    #: Whether its gradient comes from the engine's own sweep.
    swept: bool
    #: The rows of the leaves that are inputs, and of the outputs (None for one that is a number).
    rows: list[int]
    output_rows: list[int | None]

    @property
    def circuit(self) -> Circuit | None:
        """The circuit at the point, None for what has none."""

    def sample(self, point: Sequence[float]) -> Sample:
        """Evaluate at a point."""

    def analytic(self, output: int) -> list[float]:
        """The derivatives of one output in each input, by backpropagation."""

    def noise(self, output: int) -> float:
        """What rounding inside can have done to an output, to first order."""


def between(start: Sample, end: Sample, following: bool = False) -> bool:
    """Whether a kink, an edge or another branch lies between two samples.

    Other constants mean another branch, unless they are known to be `following` the inputs.
    """
    if start.wiring != end.wiring or (not following and start.constants != end.constants):
        return True
    return any(crossed(a, b) for a, b in zip(start.signs, end.signs, strict=True))


def steady(subject: Subject, here: Sample, rng: random.Random) -> str:
    """Whether the circuit recorded at the point is what the function is around it: "" or why not.

    Two calls at the point must agree, and near it the wiring and the constants must be the same:
    a constant that follows the inputs (through `.value` or `detach`) hides a part of the slope.
    """
    again = subject.sample(subject.point)
    if list(map(repr, again.outputs)) != list(map(repr, here.outputs)):
        return IMPURE
    for power in (20, 40):
        signs = [rng.choice((-1.0, 1.0)) for _ in subject.point]
        near = []
        for side in (1.0, -1.0):
            moved = [
                x + side * sign * (max(abs(x), 2.0**-1000) * 2.0**-power if x else 2.0**-power)
                for x, sign in zip(subject.point, signs, strict=True)
            ]
            near.append(subject.sample(moved))
        if all(one.wiring == here.wiring for one in near):
            fixed = list(map(repr, [*here.constants, *here.leaves]))
            same = [list(map(repr, [*one.constants, *one.leaves])) == fixed for one in near]
            return "" if all(same) else BRANCHES if any(same) else FOLLOWING
    return BRANCHES


def standing(sample: Sample) -> bool:
    """Whether a gate of this sample stands exactly on a kink or an edge."""
    return any(0 in signs for signs in sample.signs)


def sampled(circuit: Circuit, outputs: list[float]) -> Sample:
    """Look at a circuit's gates at its present values."""
    values = circuit.values
    signs = []
    for row in circuit.rows:
        gate = row.gate
        if gate is not None and (gate.domain.kinks or gate.domain.edges):
            look = looker(gate.bind(**row.static))
            signs.append(look([values[k] for k in row.operands])[1])
    wiring = [(row.gate, row.operands, dict(row.static)) for row in circuit.rows]
    return Sample(outputs, wiring, [values[k] for k in circuit.constants], signs)


def rounding(circuit: Circuit, output: Unit) -> float:
    """Running error analysis: each gate may be wrong by an ULP or so, and that is passed on."""
    inner = [unit for unit in circuit.units if unit is not None and unit.inputs]
    reach = gradients([output], [1.0], inner)
    parts = [abs(u.value * d) for u, d in zip(inner, reach, strict=True) if d]
    total = math.fsum(part for part in parts if math.isfinite(part))
    return 2.0**-51 * max(total, abs(output.value))


class FunctionSubject:
    """A function of units, called anew at every point; inputs that are units are its own."""

    swept = True

    def __init__(self, f: Callable[..., Any], inputs: Any) -> None:
        self.f = f
        self.name = getattr(f, "__name__", type(f).__name__)
        listed = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        leaves, self.structure = flatten(listed)
        self.leaves = [
            leaf if type(leaf) is Unit else Unit(leaf, f"inputs{self.structure.path(k)}")
            for k, leaf in enumerate(leaves)
        ]
        for unit in self.leaves:
            if unit.inputs:
                raise OperandError(
                    f"gradcheck moves its inputs, and {unit!r} is the output of a gate: give its "
                    "leaves, or its .value",
                    unit=unit,
                )
        self.names = [_label(self.structure, k, u) for k, u in enumerate(self.leaves)]
        self.point = [unit.value for unit in self.leaves]
        with enable_grad():
            self.outputs = self._called()
            self.circuit, moved = self._circuit(self.outputs)
        #: What stands for the outputs where blocks are opened.
        self.ends = [moved.get(o._serial, o) if type(o) is Unit else o for o in self.outputs]
        self.rows = [self.circuit.index(unit) for unit in self.leaves]
        self.output_rows = [
            self.circuit.index(out) if type(out) is Unit else None for out in self.ends
        ]

    def _called(self) -> list[Any]:
        outputs, _ = flatten(self.f(*unflatten(self.structure, self.leaves)))
        return outputs

    def _circuit(self, outputs: list[Any]) -> tuple[Circuit, dict[int, Unit]]:
        units = [out for out in outputs if type(out) is Unit]
        return inlined(Circuit([*self.leaves, *units], recording=Recording()))

    def sample(self, point: Sequence[float]) -> Sample:
        """Call the function with the inputs moved to a point."""
        with _moved(self.leaves, point), enable_grad():
            outputs = self._called()
            values = [out.value if type(out) is Unit else number(out) for out in outputs]
            found, _ = self._circuit(outputs)
            own = {unit._serial for unit in self.leaves}
            others = [u._value for u in found.units
                      if u is not None and u._a is None and u._serial not in own]  # fmt: skip
            sample = sampled(found, values)
            return sample._replace(leaves=others)

    def values_given(self) -> list[Any]:
        """The arguments at the point, as plain numbers."""
        return unflatten(self.structure, self.point)  # type: ignore[no-any-return]

    def analytic(self, output: int) -> list[float]:
        """The derivatives of one output in each input."""
        out = self.outputs[output]
        if type(out) is not Unit:
            return [0.0] * len(self.leaves)
        return gradients([out], [1.0], self.leaves)

    def noise(self, output: int) -> float:
        """What rounding inside can have done to an output."""
        out = self.ends[output]
        return rounding(self.circuit, out) if type(out) is Unit else 0.0


class CircuitSubject:
    """A circuit, replayed on a copy; its inputs are its leaves."""

    swept = True

    def __init__(self, circuit: Circuit, inputs: Any = None) -> None:
        self.name = "circuit"
        #: The copy that is replayed; `circuit` is the same with its blocks opened.
        self.own = circuit.copy()
        if isinstance(inputs, Mapping):
            own = self.own.units
            inputs = {own[circuit.index(k)] if type(k) is Unit else k: v for k, v in inputs.items()}
        self.own.forward(inputs)
        self.circuit, moved = inlined(self.own)
        rows = sorted([*self.own.inputs, *self.own.parameters])
        self.names = [self.own.label(k) for k in rows]
        self.leaves: list[Any] = [self.own.units[k] for k in rows]
        self.rows = [self.circuit.index(unit) for unit in self.leaves]
        self.point = [unit.value for unit in self.leaves]
        self.outputs: list[Any] = [self.own.units[k] for k in self.own.outputs]
        self.ends: list[Any] = [moved.get(unit._serial, unit) for unit in self.outputs]
        self.output_rows: list[int | None] = [self.circuit.index(unit) for unit in self.ends]

    def sample(self, point: Sequence[float]) -> Sample:
        """Replay at a point; a recorded comparison that flips is another wiring."""
        flipped = False
        try:
            found = self._replayed(point, force=False)
        except FlippedBranchError:
            flipped = True
            found = self._replayed(point, force=True)
        return sampled(self.circuit, found)._replace(wiring=flipped)

    def _replayed(self, point: Sequence[float], force: bool) -> list[float]:
        found = self.own.forward(dict(zip(self.leaves, point, strict=True)), force=force)
        if self.circuit is not self.own:
            self.circuit.forward()
        return [found] if self.own.single else list(found)

    def analytic(self, output: int) -> list[float]:
        """The derivatives of one output in each input, at the first point."""
        self._replayed(self.point, force=True)
        return gradients([self.outputs[output]], [1.0], self.leaves)

    def noise(self, output: int) -> float:
        """What rounding inside can have done to an output."""
        self._replayed(self.point, force=True)
        return rounding(self.circuit, self.ends[output])


@contextmanager
def _moved(leaves: Sequence[Unit], point: Sequence[float]) -> Iterator[None]:
    """Write values to leaves and put back what was there: no circuit on them becomes stale."""
    before = [(unit._value, unit._time) for unit in leaves]
    try:
        for unit, value in zip(leaves, point, strict=True):
            unit._value = value
        yield
    finally:
        for unit, (value, time) in zip(leaves, before, strict=True):
            unit._value, unit._time = value, time


def _label(structure: Structure, k: int, unit: Unit) -> str:
    return unit.name or f"inputs{structure.path(k)}"
