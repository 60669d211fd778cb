"""Tapes: a circuit written down as a flat list of steps, to be drawn, shrunk, printed and run.

A tape is data: leaf values, then steps that each name a gate and its operands.  An operand is the
number of an earlier row (an int: leaves come first) or a constant (a float).  A row may be used
any number of times: sharing is where reverse mode breaks.  The same tape builds a circuit of
units, runs another library's operations, and is printed for other frameworks.
Knows circuits and gates; does not know hypothesis.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from gatenet.circuit import Circuit
from gatenet.declaration import Gate, registry
from gatenet.errors import OperandError, WiringError
from gatenet.real import number
from gatenet.source import to_python
from gatenet.unit import Unit

Operand = int | float
#: The tape that each circuit was wired from, as long as the circuit is alive.
_ORIGINS: WeakKeyDictionary[Circuit, Tape] = WeakKeyDictionary()


class Step(NamedTuple):
    """One gate of a tape, static parameters bound, with its operands in a row."""

    gate: Gate
    operands: tuple[Operand, ...]


class Tape:
    """A flat recording: `Tape(leaves, steps)`, each step (gate or its name, *operands).

    An int is the number of an earlier row, a float a constant; a dict at the end gives static
    parameters.  The last row is the output.  What a tape prints can be pasted back.

    >>> tape = Tape([2.0, 3.0], [("multiply", 0, 1), ("leaky_relu", 2, {"slope": 0.5})])
    >>> tape
    Tape([2.0, 3.0], [("multiply", 0, 1), ("leaky_relu", 2, {"slope": 0.5})])
    >>> tape.circuit().forward({"x0": -1.0})
    -1.5

    Raises WiringError for an unknown gate, a wrong number of operands, a row that does not stand
    before its step, or a step that uses constants alone.
    """

    __slots__ = ("leaves", "steps")

    def __init__(self, leaves: Iterable[float], steps: Iterable[Sequence[Any]]) -> None:
        self.leaves: tuple[float, ...] = tuple(number(value) for value in leaves)
        if not self.leaves:
            raise WiringError("a tape needs at least one leaf: Tape([0.0], steps)")
        found: list[Step] = []
        for step in steps:
            found.append(_read(step, len(self.leaves) + len(found)))
        self.steps: tuple[Step, ...] = tuple(found)

    def units(self, leaves: Sequence[Unit] | None = None) -> list[Unit]:
        """Wire the tape; give the unit of every row.  New leaves are named x0, x1 ..."""
        given = [Unit(x, f"x{k}") for k, x in enumerate(self.leaves)] if leaves is None else leaves
        made: list[Unit] = self.play(given)
        return made

    def circuit(self) -> Circuit:
        """Wire the tape on new leaves and give the circuit of its last row.

        Leaves that nothing uses are not part of it.
        """
        circuit = Circuit(self.units()[-1])
        _ORIGINS[circuit] = self
        return circuit

    def play(
        self, leaves: Sequence[Any], rules: Mapping[str, Callable[..., Any]] | None = None
    ) -> list[Any]:
        """Run the tape on anything: give every row's result, the leaves first.

        `rules` maps the names of gates to another library's functions: then the test of that
        library needs no line of gatenet's engine.  Without rules the gates themselves are applied,
        to units or to plain numbers.  Static parameters are passed on by name.

        Raises WiringError when the number of leaves is wrong or a gate has no rule.

        >>> import operator
        >>> Tape([3.0], [("multiply", 0, 0)]).play([5], {"multiply": operator.mul})
        [5, 25]
        """
        if len(leaves) != len(self.leaves):
            raise WiringError(f"got {len(leaves)} leaves for a tape of {len(self.leaves)}")
        made = list(leaves)
        for gate, picks in self.steps:
            operands = [made[pick] if isinstance(pick, int) else pick for pick in picks]
            function: Callable[..., Any] = gate
            if rules is not None:
                if gate.name not in rules:
                    raise WiringError(
                        f"no rule for the gate {gate.name!r}: draw from gates=[...] that have one",
                        gate=gate,
                    )
                function = rules[gate.name]
            static = dict(gate.static) if gate.base is not gate or rules is not None else {}
            arguments = gate.split(operands) if gate.groups > 1 else operands
            made.append(function(*arguments, **static))
        return made

    def to_python(self) -> str:
        """Python source that builds the circuit with gatenet; see `gatenet.io.to_python`."""
        return to_python(self.circuit())

    def to(self, language: Any, **options: Any) -> Any:
        """The tape as a function of another framework: see `gatenet.testing.as_function`."""
        from gatenet.testing.exporting import as_function

        return as_function(self, language, **options)

    def pruned(self, *, leaves: int = 0) -> Tape:
        """Give the tape without the steps and leaves that its last row does not depend on.

        So many leaves are kept at least, the first ones of those not needed.

        >>> Tape([1.0, 2.0], [("exp", 0), ("negate", 1)]).pruned()
        Tape([2.0], [("negate", 0)])
        """
        width = len(self.leaves)
        last = width + len(self.steps) - 1
        wanted = {last}
        for row in range(last, width - 1, -1):
            if row in wanted:
                wanted.update(p for p in self.steps[row - width].operands if isinstance(p, int))
        missing = leaves - sum(row < width for row in wanted)
        wanted.update([row for row in range(width) if row not in wanted][: max(missing, 0)])
        places = {row: place for place, row in enumerate(sorted(wanted))}
        steps = [
            (gate, *[places[p] if isinstance(p, int) else p for p in picks])
            for row, (gate, picks) in enumerate(self.steps, width)
            if row in wanted
        ]
        return Tape([x for k, x in enumerate(self.leaves) if k in wanted], steps)

    def at(self, leaves: Iterable[float]) -> Tape:
        """The same wiring with other leaf values."""
        return Tape(leaves, [(gate, *picks) for gate, picks in self.steps])

    def __len__(self) -> int:
        """How many gates there are."""
        return len(self.steps)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tape) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        leaves = ", ".join(map(_number, self.leaves))
        steps = ", ".join(map(_written, self.steps))
        return f"Tape([{leaves}], [{steps}])"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))  # hypothesis would print slots otherwise

    def __reduce__(self) -> Any:
        return Tape, (self.leaves, [(gate, *picks) for gate, picks in self.steps])


def wire(tape: Tape) -> Circuit:
    """Wire a tape: `tape.circuit()` as a function, by which a drawn circuit is printed.

    >>> wire(Tape([2.0], [("square", 0)])).values
    [2.0, 4.0]
    """
    return tape.circuit()


def origin(circuit: Circuit) -> Tape | None:
    """The tape a circuit was wired from, where there is one."""
    return _ORIGINS.get(circuit)


def _read(step: Sequence[Any], rows: int) -> Step:
    """Check one step as it was given; `rows` is how many rows stand before it."""
    named, *rest = step
    gate = named
    if isinstance(named, str):
        found = registry().get(named)
        if found is None:
            raise WiringError(
                f"unknown gate {named!r}: import the file that declares it, or give the gate itself"
            )
        gate = found
    if not isinstance(gate, Gate):
        raise OperandError(f"a step begins with a gate or its name, not with {named!r}")
    if rest and isinstance(rest[-1], Mapping):
        gate = gate.bind(**rest.pop())
    operands = [_operand(gate, item, rows) for item in rest]
    fits = len(operands) == len(gate.inputs)
    if gate.variadic:
        fits = bool(operands) and len(operands) % gate.groups == 0
    if not fits:
        raise WiringError(f"{gate!r} got {len(operands)} operand(s) in a tape", gate=gate)
    if not any(isinstance(item, int) for item in operands):
        raise WiringError(
            f"{gate!r} uses constants alone in a tape: one operand must be a row (an int)",
            gate=gate,
        )
    return Step(gate, tuple(operands))


def _operand(gate: Gate, item: Any, rows: int) -> Operand:
    if isinstance(item, int) and not isinstance(item, bool):
        if not 0 <= item < rows:
            raise WiringError(
                f"{gate!r} uses row {item}, and {rows} row(s) stand before it (a constant is "
                f"written as a float: {item}.0)",
                gate=gate,
            )
        return item
    return number(item)


def _written(step: Step) -> str:
    gate, picks = step
    known = registry().get(gate.name) is gate.base
    parts = [f'"{gate.name}"' if known else gate.name]
    parts += [str(pick) if isinstance(pick, int) else _number(pick) for pick in picks]
    if gate.base is not gate:
        static = ", ".join(f'"{name}": {_number(value)}' for name, value in gate.static.items())
        parts.append(f"{{{static}}}")
    return f"({', '.join(parts)})"


def _number(value: float) -> str:
    return repr(value) if math.isfinite(value) else f'float("{value!r}")'
