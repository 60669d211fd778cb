"""Checkpoints: keep a function's outputs, forget its inside, and make it again at the sweep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from gatenet.blocks.opaque import OpaqueGate, numbered
from gatenet.eager import wired
from gatenet.errors import WiringError
from gatenet.modes import current, enable_grad, record
from gatenet.sweep import gradients, visits
from gatenet.transforms.calls import inside, name_of, unit_or_number, value_of
from gatenet.trees import Structure, checked, flatten, unflatten
from gatenet.unit import Unit, describe, tick
from gatenet.walk import reachable_since


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function forget its inside: one row per output, recomputed when a sweep comes by.

    Same values, gradients equal to the bit, less memory and one more evaluation: only the outputs
    are kept as units.  Arguments and results may be containers; f must give the same result when
    it is called again.  A replay calls f again too.  A file cannot hold it: `block` instead.

    Raises WiringError when f gives another value the second time.

    >>> from gatenet import Unit
    >>> x = Unit(0.5)
    >>> y = checkpoint(lambda x: (x * x).tanh() + x)(x)
    >>> y.backward(); y.inputs, x.grad
    ((Unit(0.5, grad=1.940...),), 1.940...)
    """

    @wraps(f)
    def wired_checkpoint(*args: Any) -> Any:
        if not current().grad:
            return f(*args)
        leaves, arguments = flatten(args)
        operands = list({leaf._serial: leaf for leaf in leaves if type(leaf) is Unit}.values())
        serials = [operand._serial for operand in operands]
        places = [serials.index(u._serial) if type(u) is Unit else -1 for u in leaves]
        inner = _Inside(f, arguments, leaves, places)
        since = tick()
        outputs, structure = inner.run(operands)
        new = [u for u in outputs if type(u) is Unit and u._serial > since]
        new = list({u._serial: u for u in new}.values())
        inner.picks = [next(k for k, u in enumerate(outputs) if u is one) for one in new]
        found = reachable_since(new, since)
        around = [found[s] for s in sorted(found) if s < since and s not in serials]
        values = [unit.value for unit in new]
        rows: list[Unit] = []
        for k, value in enumerate(values):
            wires = (*rows[:1], *operands, *around)
            rows.append(wired(Checkpoint(inner, k, len(wires)), wires, value, None))
        where = {unit._serial: row for unit, row in zip(new, rows, strict=True)}
        made = [where.get(u._serial, u) if type(u) is Unit else u for u in outputs]
        return unflatten(structure, made)

    return wired_checkpoint


class _Inside:
    """The function behind the rows of one checkpointed call, and how to call it again."""

    def __init__(
        self, f: Callable[..., Any], arguments: Structure, leaves: list[Any], places: list[int]
    ) -> None:
        self.f = f
        self.arguments = arguments
        # Units are forgotten here: they are the rows' operands, and a copy of a row has its own.
        self.constants = [None if type(leaf) is Unit else leaf for leaf in leaves]
        self.places = places
        #: Which leaves of the output are rows.
        self.picks: list[int] = []
        self.latest: tuple[int, list[float]] = (0, [])

    def run(self, operands: Sequence[Unit | float]) -> tuple[list[Any], Structure]:
        """Call the function on these operands, recording."""
        leaves = [
            constant if place < 0 else operands[place]
            for constant, place in zip(self.constants, self.places, strict=True)
        ]
        with inside(), record():  # branches are taken anew at each run: nothing to watch
            outputs, structure = flatten(self.f(*unflatten(self.arguments, leaves)))
        return checked(structure, outputs, f"{name_of(self.f)} returned", unit_or_number), structure

    def again(self, wires: Sequence[Unit | float]) -> tuple[list[Any], int]:
        """Make the inside of recorded rows once more: their units, and where they begin.

        Raises WiringError when the function uses a unit that the rows do not depend on.
        """
        since = tick()
        outputs, _ = self.run(wires)
        rows = [outputs[k] for k in self.picks]
        found = reachable_since([row for row in rows if type(row) is Unit], since)
        known = {wire._serial for wire in wires if type(wire) is Unit}
        for serial, unit in found.items():
            if serial < since and serial not in known:
                raise WiringError(
                    f"checkpoint of {name_of(self.f)}: it uses {describe(unit)}, which it did not "
                    "when its row was made (or the row was copied and the function was not): pass "
                    "that unit as an argument",
                    unit=unit,
                )
        return rows, since


class Checkpoint(OpaqueGate):
    """The gate of one output of a checkpointed call; made by `checkpoint`.

    Output 0 has the arguments as operands, and what the function takes from around it; the other
    outputs have output 0 first, so that a sweep comes to it last and runs the inside once.
    """

    mend = "Use gatenet.block, whose inside is kept as a circuit, where a file must hold it"

    def __init__(self, inner: _Inside, index: int, count: int) -> None:
        names = numbered(count - 1, "first") if index else numbered(count)
        super().__init__("checkpoint", inputs=names, symbol="checkpoint")
        self.inner = inner
        self.index = index

    def _wires(self, inputs: Sequence[Any]) -> Sequence[Any]:
        return inputs[1:] if self.index else inputs

    def computed(self, values: Sequence[float]) -> float:
        """The value at plain numbers, by calling the function on them."""
        wires = self._wires(values)
        if len(wires) > len(set(self.inner.places) - {-1}):
            raise WiringError(
                f"checkpoint of {name_of(self.inner.f)} uses units from around it, which plain "
                "numbers cannot stand for: pass them as arguments",
                gate=self,
            )
        return value_of(self.inner.run(wires)[0][self.inner.picks[self.index]])

    def replay(self, unit: Unit) -> None:
        """Call the function again; the first output keeps the values for the others."""
        inner = self.inner
        first = unit.inputs[0]._serial if self.index else unit._serial  # type: ignore[union-attr]
        if not self.index or inner.latest[0] != first:
            rows, _ = inner.again(self._wires(unit.inputs))
            inner.latest = first, [value_of(row) for row in rows]
        unit._value = inner.latest[1][self.index]

    def notes(self, unit: Unit) -> list[Any]:
        """Where the upstreams of the further outputs wait for the first."""
        if self.index:
            return [(unit.inputs[0]._serial, self.index)]  # type: ignore[union-attr]
        return [(unit._serial, k) for k in range(1, len(self.inner.picks))]

    def pull(self, unit: Unit, upstream: float, adjoints: dict[Any, Any]) -> None:
        """Go on with this very sweep inside the function, run again on the row's own operands.

        Every addition happens in the order it would have without the checkpoint.
        """
        if self.index:  # leave the upstream with the first output, which is visited last
            adjoints[unit.inputs[0]._serial, self.index] = upstream  # type: ignore[union-attr]
            return
        with record(), enable_grad():
            rows, since = self.inner.again(unit.inputs)
        self._check_same(unit, rows[0])
        seeds = {k: adjoints.pop((unit._serial, k), None) for k in range(1, len(rows))}
        used = {k: seed for k, seed in seeds.items() if seed is not None}
        if upstream or not used:
            used[0] = upstream
        outputs = {k: rows[k] for k in used if type(rows[k]) is Unit}
        found = reachable_since(outputs.values(), since)
        order = [serial for serial in sorted(found) if serial > since]
        adjoints.update(dict.fromkeys(order, 0.0))
        for k, output in outputs.items():
            adjoints[output._serial] += used[k]
        for _ in visits(found, order, adjoints, keep=False):
            pass
        for serial in order:
            del adjoints[serial]

    def _check_same(self, unit: Unit, again: Any) -> None:
        before, now = unit.value, value_of(again)
        if before != now and (before == before or now == now):
            raise WiringError(
                f"checkpoint of {name_of(self.inner.f)} gave {before!r} and, called again, "
                f"{now!r}: the function must give the same result each time (draw its random "
                "numbers outside and pass them in)",
                unit=unit,
            )

    def late_partials(self, unit: Unit) -> tuple[float, ...]:
        """The local derivatives of a recorded unit, worked out now."""
        return tuple(self._slopes(unit.inputs, [True] * len(unit.inputs), create_graph=False))

    def partials_on(self, z: Any, inputs: Sequence[Any], wanted: Sequence[bool]) -> list[Any]:
        """Wire the local derivatives from the gates inside, to differentiate again."""
        return self._slopes(inputs, wanted, create_graph=True)

    def _slopes(
        self, inputs: Sequence[Any], wanted: Sequence[bool], create_graph: bool
    ) -> list[Any]:
        wires = self._wires(inputs)
        with record(), enable_grad():
            rows, since = self.inner.again(wires)
            row = rows[self.index]
            asked = [
                wire if wants and type(wire) is Unit else None
                for wire, wants in zip(wires, self._wires(wanted), strict=True)
            ]
            wrt = [wire for wire in asked if wire is not None]
            slopes: list[Any] = [0.0] * len(wrt)
            if type(row) is Unit:
                slopes = gradients([row], [1.0], wrt, create_graph=create_graph, since=since)
        found = iter(slopes)
        results = [0.0 if wire is None else next(found) for wire in asked]
        return [0.0, *results] if self.index else results
