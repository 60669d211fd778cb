"""Circuits: the recorded wiring as an ordered, replayable value.

A `Circuit` is a view on the units that some outputs depend on, in the order in which they were
made.  Knows units, gates and the walk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from gatenet import listing
from gatenet.declaration import Gate
from gatenet.eager import check_forward
from gatenet.errors import FlippedBranchError, WiringError
from gatenet.kernels import replay
from gatenet.modes import HOLDS, Comparison, Recording, current, recordings
from gatenet.printing import NAMESPACE
from gatenet.real import number
from gatenet.unit import Unit, as_units, describe, last_write, tick, write_now
from gatenet.walk import reachable, stale_pair, topological

if TYPE_CHECKING:
    from gatenet.compiler import Compiled


class Row(NamedTuple):
    """One wire: the gate that drives it, its operands as row numbers, and what it is.

    `role` is "input", "parameter", "constant" or "inner"; row i is called u{i} where it has no
    name.
    """

    gate: Gate | None
    operands: tuple[int, ...]
    static: Mapping[str, float]
    role: str
    name: str | None


_NOTHING: Mapping[str, float] = {}
_CONSTANT = Row(None, (), _NOTHING, "constant", None)


class Circuit(listing.Formulas):
    """The recorded circuit behind one output or several.

    It is a view: `forward` writes the values of the units themselves.  `copy` gives a circuit
    that stands alone.  Rows and their numbers (u0, u1 ...) follow the order of creation, the same
    in every process; a constant's row stands before that of the gate that uses it.

    >>> from gatenet import Unit
    >>> a, b = Unit(2.0, "a"), Unit(3.0, "b")
    >>> circuit = Circuit(a * b + 1)
    >>> circuit.forward({"a": 5})
    16.0
    >>> circuit.backward()
    >>> a.grad, b.grad
    (3.0, 5.0)

    Raises WiringError for something that is not a unit or a list of units.
    """

    def __init__(
        self, outputs: Unit | Iterable[Unit], *, recording: Recording | None = None
    ) -> None:
        self._renamed = NAMESPACE["renamed"]
        self.single = type(outputs) is Unit
        self._outputs = as_units(outputs)
        self._order = topological(self._outputs)
        self.comparisons = self._recorded(recording)
        if self.comparisons:
            watched = [op for c in self.comparisons for op in c.operands() if type(op) is Unit]
            self._order = topological([*self._outputs, *watched])

    def _recorded(self, recording: Recording | None) -> list[Comparison]:
        """The comparisons to check at replay: those of every recording that saw this circuit."""
        if recording is not None:
            return list(recording.comparisons)
        gates = [unit._serial for unit in self._order if unit._a is not None]
        if not gates:
            return []
        seen = recordings(gates[0], gates[-1])
        return [c for one in seen for c in one.comparisons]

    @cached_property
    def _table(self) -> tuple[list[Row], list[Unit | None], dict[int, int], list[float]]:
        rows: list[Row] = []
        units: list[Unit | None] = []
        where: dict[int, int] = {}
        constants: list[float] = []
        for unit in self._order:
            places = []
            for operand in unit.inputs:
                if type(operand) is Unit:
                    places.append(where[operand._serial])
                else:
                    places.append(len(rows))
                    rows.append(_CONSTANT)
                    units.append(None)
                    constants.append(operand)
            where[unit._serial] = len(rows)
            gate: Any = unit._gate
            if unit._a is None:
                rows.append(Row(None, (), _NOTHING, gate.role, unit._name))
            else:
                rows.append(Row(gate.base, tuple(places), gate.static, "inner", unit._name))
            units.append(unit)
        return rows, units, where, constants

    @property
    def rows(self) -> list[Row]:
        """Every wire in topological order, by the names the units have now."""
        rows, units = self._table[:2]
        if self._renamed != NAMESPACE["renamed"]:
            self._renamed = NAMESPACE["renamed"]
            for k, unit in enumerate(units):
                if unit is not None and unit._name != rows[k].name:
                    rows[k] = rows[k]._replace(name=unit._name)
        return rows

    @property
    def order(self) -> list[Unit]:
        """The units in topological order, without rows for constants."""
        return self._order

    @property
    def ends(self) -> list[Unit]:
        """The units of the outputs."""
        return self._outputs

    @property
    def units(self) -> list[Unit | None]:
        """The unit of each row; None for a constant."""
        return self._table[1]

    @property
    def values(self) -> list[float]:
        """The value of each row as it is now."""
        constants = iter(self._table[3])
        return [next(constants) if unit is None else unit._value for unit in self.units]

    @property
    def outputs(self) -> list[int]:
        """The rows of the outputs."""
        return [self.index(unit) for unit in self._outputs]

    @property
    def inputs(self) -> list[int]:
        """The rows of the inputs, in the order of creation."""
        return self._role("input")

    @property
    def parameters(self) -> list[int]:
        """The rows of the parameters, in the order of creation."""
        return self._role("parameter")

    @property
    def constants(self) -> list[int]:
        """The rows of the constants."""
        return self._role("constant")

    def _role(self, role: str) -> list[int]:
        return [k for k, row in enumerate(self.rows) if row.role == role]

    def index(self, unit: Unit) -> int:
        """The row number of a unit.

        Raises WiringError when the unit is not part of this circuit.
        """
        number = self._table[2].get(unit._serial)
        if number is None:
            raise WiringError(f"{describe(unit)} is not part of this circuit", unit=unit)
        return number

    def find(self, label: str) -> Unit:
        """The unit of this circuit that goes by a name, or by u and its row's number.

        Raises WiringError when there is none or several, with the names that come near.
        """
        found = [u for k, u in enumerate(self.units) if u is not None and self.label(k) == label]
        if len(found) == 1:
            return found[0]
        if found:
            raise WiringError(f"{len(found)} units of this circuit are named {label!r}: give one")
        row = int(label[1:]) if label[:1] == "u" and label[1:].isdecimal() else len(self.units)
        unit = self.units[row] if row < len(self.units) else None
        if unit is None:
            from difflib import get_close_matches

            known = [row.name for row in self.rows if row.name]
            near = get_close_matches(label, known, n=3)
            mend = f"did you mean {' or '.join(map(repr, near))}?" if near else (
                "its units are named by Unit(value, name) or unit.name, or u0, u1 ... by row"
            )  # fmt: skip
            raise WiringError(f"no unit of this circuit is named {label!r}: {mend}")
        return unit

    def label(self, index: int) -> str:
        """What to call a row: the unit's name, or u and its number."""
        return self.rows[index].name or f"u{index}"

    def __len__(self) -> int:
        return len(self.rows)

    def forward(self, values: Any = None, *, force: bool = False) -> Any:
        """Replay the circuit, after writing `values` to its leaves; give its output or outputs.

        `values` maps units or names to numbers, or lists numbers for the inputs in order.
        Nothing is changed when something is wrong.

        Raises WiringError for an unknown name or a wrong number of values, FlippedBranchError when
        a comparison recorded under `record()` goes the other way (`force=True` goes on).
        """
        assigned = self._assignments(values)
        log: list[tuple[Any, ...]] = [(u, u._value, u._pa, u._pb) for u in assigned]
        try:
            for leaf, value in assigned.items():
                leaf._value = value
            self._replay(log, force)
        except BaseException:
            for unit, value, pa, pb in log:
                unit._value, unit._pa, unit._pb = value, pa, pb
            raise
        if assigned:
            write_now()
            for leaf in assigned:
                leaf._time = last_write()
        write_now()  # whatever else depends on these units is stale now
        now = tick()
        for unit in self._order:
            if unit._a is not None:
                unit._time = now
        results = [unit._value for unit in self._outputs]
        return results[0] if self.single else results

    def _replay(self, log: list[tuple[Any, ...]], force: bool) -> None:
        strict = current().strict
        for unit in self._order:
            if unit._a is None:
                continue
            log.append((unit, unit._value, unit._pa, unit._pb))
            replay(unit)
            if strict:
                check_forward(unit)
        self.check_comparisons(force)

    def check_comparisons(self, force: bool = False) -> None:
        """Raise FlippedBranchError when a recorded comparison goes the other way now."""
        if not force:
            for comparison in self.comparisons:
                self._check(comparison)

    def _check(self, comparison: Comparison) -> None:
        sides = [op._value if type(op) is Unit else op for op in comparison.operands()]
        if HOLDS[comparison.sign](*sides) == comparison.held:
            return
        names = [
            self.label(self.index(op)) if type(op) is Unit else repr(op)
            for op in comparison.operands()
        ]
        was, now = ("held", "does not") if comparison.held else ("did not hold", "does")
        raise FlippedBranchError(
            f"{names[0]} {comparison.sign} {names[1]} {was} when this circuit was recorded and "
            f"{now} now ({sides[0]!r}, {sides[1]!r}), so its wiring may be another; asked at "
            f"{comparison.place}. Build it again, use gatenet.where, or replay with force=True",
            comparison=comparison,
        )

    def _assignments(self, values: Any) -> dict[Unit, float]:
        """Read the values for a replay; everything is checked before anything is written."""
        if values is None:
            return {}
        inputs = [unit for unit in self._order if unit._a is None and unit.role == "input"]
        if not isinstance(values, Mapping):
            listed = list(values) if hasattr(values, "__iter__") else [values]
            if len(listed) != len(inputs):
                raise WiringError(
                    f"got {len(listed)} value(s) for a circuit of {len(inputs)} input(s): "
                    f"{', '.join(self.label(k) for k in self.inputs) or 'none'}"
                )
            return {u: number(v) for u, v in zip(inputs, listed, strict=True)}
        return {self._leaf(key): number(value) for key, value in values.items()}

    def _leaf(self, key: Any) -> Unit:
        """Find the leaf that a unit or a name stands for."""
        if type(key) is Unit:
            self.index(key)
            found = [key]
        else:
            found = [u for k, u in enumerate(self.units) if u is not None and self.label(k) == key]
        if len(found) != 1:
            leaves = [self.label(k) for k in sorted(self.inputs + self.parameters)]
            raise WiringError(
                f"{len(found)} units of this circuit are named {key!r}; its leaves are: "
                f"{', '.join(leaves[:20]) or 'none'}. The unit itself can be the key as well"
            )
        if found[0]._a is not None:
            raise WiringError(f"{describe(found[0])} is a gate's output; only leaves take values")
        return found[0]

    def backward(self, seed: Any = 1.0) -> None:
        """Sweep backwards from the outputs; `seed` is one number, or one for each output.

        Raises StaleCircuitError when a leaf was written since the last forward pass.
        """
        from gatenet.sweep import backward

        backward(self._outputs, seed)

    @property
    def stale(self) -> bool:
        """Whether a value is older than a write to something it depends on."""
        found = {unit._serial: unit for unit in self._order}
        return stale_pair(found, list(found)) is not None

    def unreached(self, parameters: Any) -> list[Unit]:
        """Those of `parameters` (units, or a mapping of names to units) no output depends on."""
        units = parameters.values() if isinstance(parameters, Mapping) else parameters
        known = reachable(self._outputs)
        return [unit for unit in as_units(units, empty=True) if unit._serial not in known]

    def copy(self) -> Circuit:
        """A circuit of the same shape and values whose units are its own."""
        import copy

        return copy.deepcopy(self)

    def __reduce__(self) -> Any:
        from gatenet.copying import Led

        return _rebuilt, (Led(self._order), self._outputs, self.single, self.comparisons)

    def compile(
        self,
        inputs: Iterable[Unit] | None = None,
        *,
        wrt: Iterable[Unit] | None = None,
        outputs: Unit | Iterable[Unit] | None = None,
        backend: str = "auto",
        reassociate: bool = False,
        dtype: Any = "float64",
    ) -> Compiled:
        """This circuit as a function of rows of numbers, run without units.

        `inputs` are the leaves that differ from row to row (usually all of role "input"), `wrt`
        those to differentiate by (usually the parameters, else every leaf), `outputs` units of
        this circuit to ask for in the place of its own.  `backend` is "machine", "numpy",
        "python", "wide" or "auto", which takes the quickest that is installed and gives the
        eager engine's bits.  `reassociate` lets backend="wide" add in another order than was
        recorded.  `dtype` "float32" computes every number in float32, on "machine" or "numpy".

        Raises CompileError for a gate that is Python code, WiringError for an output that is no
        unit of this circuit.
        """
        from gatenet.compiler import Compiled

        circuit = self
        if outputs is not None:
            circuit = Circuit(outputs, recording=Recording(self.comparisons))
            known = {unit._serial for unit in self._order}
            for unit in circuit._outputs:
                if unit._serial not in known:
                    raise WiringError(f"{describe(unit)} is not part of this circuit", unit=unit)
        return Compiled(circuit, inputs, wrt, backend, reassociate=reassociate, dtype=dtype)

    def pprint(self, max_lines: int = 1000) -> str:
        """The circuit in infix, one line for each unit that has a name or is used twice."""
        return listing.infix(self, max_lines)

    def debugprint(self, max_lines: int = 1000) -> str:
        """The circuit as a tree from the outputs down, with row numbers and values."""
        return listing.tree(self, max_lines)

    def __repr__(self) -> str:
        gates = sum(unit._a is not None for unit in self._order)
        leaves = len(self._order) - gates
        names = ", ".join(
            [describe(unit).removeprefix("the output of ") for unit in self._outputs[:3]]
        )
        return f"<Circuit of {gates} gates and {leaves} leaves; output {names}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from gatenet.viz import bundle

        return bundle(self, include, exclude)


def _rebuilt(
    order: list[Unit], outputs: list[Unit], single: bool, comparisons: list[Comparison]
) -> Circuit:
    """Make a circuit anew from a pickle or a copy, whose units have numbers of their own."""
    return Circuit(outputs[0] if single else outputs, recording=Recording(comparisons))
