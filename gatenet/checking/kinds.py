"""Kinds of numbers: what a gate's textbook formula can be worked out on besides floats.

A kind wraps somebody's numbers (balls, long floats, complex numbers) so that textbook formulas,
which are Python expressions, and declared formulas, which are gates, both run on them.  Knows
gates; does not know where the numbers come from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from gatenet.circuit import Circuit
from gatenet.declaration import Gate
from gatenet.formula import evaluate
from gatenet.printing import compiled

Function = Callable[[Sequence[Any]], Any]


class NoFormula(Exception):
    """A gate cannot be worked out on this kind of number; the message says why."""


class Undecided(Exception):
    """A comparison of two numbers that this precision cannot tell apart."""


class Number:
    """A number of some kind: arithmetic on `.inner`; a kind says `of`, `sign`, `functions`."""

    __slots__ = ("inner",)

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    #: What textbook formulas may call.
    functions: ClassVar[Mapping[str, Callable[..., Any]]] = {}
    #: How many comparisons Python code made of numbers, those inside gates not counted.
    branches: ClassVar[int] = 0

    @classmethod
    def of(cls, value: Any) -> Any:
        """Lift a plain number; leave one of this kind as it is."""
        raise NotImplementedError

    @classmethod
    def pi(cls) -> Any:
        """The number pi, as exactly as this kind has it now."""
        return cls.of(math.pi)

    def sign(self) -> int:
        """-1, 0 or 1.  Raises Undecided where it cannot be told."""
        raise NotImplementedError

    def power(self, other: Any) -> Any:
        """This number to a power of the same kind."""
        raise NotImplementedError

    @staticmethod
    def __gate__(gate: Gate, operands: Sequence[Any], static: Mapping[str, Any]) -> Any:
        """Apply a gate of a formula: its textbook on these numbers."""
        kind = next(type(op) for op in operands if isinstance(op, Number))
        before = Number.branches
        found = worked_out(gate.bind(**static), kind, [kind.of(op) for op in operands])
        Number.branches = before
        return found

    def __add__(self, other: Any) -> Any:
        return type(self)(self.inner + self.of(other).inner)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        if other is self:  # exactly 0, which no ball minus a ball can say
            return type(self)(self.inner * 0)
        return type(self)(self.inner - self.of(other).inner)

    def __rsub__(self, other: Any) -> Any:
        return type(self)(self.of(other).inner - self.inner)

    def __mul__(self, other: Any) -> Any:
        return type(self)(self.inner * self.of(other).inner)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return type(self)(self.inner / self.of(other).inner)

    def __rtruediv__(self, other: Any) -> Any:
        return type(self)(self.of(other).inner / self.inner)

    def __neg__(self) -> Any:
        return type(self)(-self.inner)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return -self if self.sign() < 0 else self

    def __pow__(self, other: Any) -> Any:
        if isinstance(other, int):
            return math.prod([self] * other, start=self.of(1)) if other >= 0 else 1 / self**-other
        return self.power(self.of(other))

    def __rpow__(self, other: Any) -> Any:
        return self.of(other).power(self)

    def _beside(self, other: Any) -> int:
        Number.branches += 1
        sign: int = (self - other).sign()
        return sign

    def __lt__(self, other: Any) -> bool:
        return bool(self._beside(other) < 0)

    def __gt__(self, other: Any) -> bool:
        return bool(self._beside(other) > 0)

    def __le__(self, other: Any) -> bool:
        return bool(self._beside(other) <= 0)

    def __ge__(self, other: Any) -> bool:
        return bool(self._beside(other) >= 0)

    def __eq__(self, other: object) -> bool:
        return bool(self._beside(other) == 0)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]


#: Functions that follow from a kind's own ones, for the textbooks of other people's gates.
DERIVED: dict[str, Callable[..., Any]] = {
    "sinh": lambda f, x: (f["exp"](x) - f["exp"](-x)) / 2,
    "cosh": lambda f, x: (f["exp"](x) + f["exp"](-x)) / 2,
    "expm1": lambda f, x: f["exp"](x) - 1,
    "log1p": lambda f, x: f["log"](1 + x),
    "erfc": lambda f, x: 1 - f["erf"](x),
}


def derived(own: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """A kind's functions and those that follow from them."""
    more = {name: lambda x, rule=rule: rule(own, x) for name, rule in DERIVED.items()}
    return {**more, **own}


def function_of(gate: Gate, kind: type[Number]) -> Function:
    """A gate, static parameters bound, as a function of a list of numbers of a kind.

    The textbook formula is taken where the gate declares one, else the declared formula itself.

    Raises NoFormula where there is neither.
    """
    key = ("number", kind)
    if key not in gate.made:
        gate.made[key] = _made(gate, kind)
    made: Function = gate.made[key]
    return made


def _made(gate: Gate, kind: type[Number]) -> Function:
    static = [kind.of(value) for value in gate.static.values()]
    if gate.opaque:
        from gatenet.checking.pythonrules import value_of_rule

        return lambda operands: value_of_rule(gate, kind, operands)
    if not gate.textbook:
        if gate.primitive is not None:
            raise NoFormula(f"gate {gate.name!r} has no formula and no textbook= to judge it by")
        return lambda operands: kind.of(evaluate([gate.formula], named(gate, operands))[0])
    arguments = ", ".join([*gate.inputs, *gate.static, "pi"])
    source = f"def textbook({arguments}):\n    return ({gate.textbook})"
    try:
        code = compiled(source, "textbook", **kind.functions)
    except SyntaxError as error:
        raise NoFormula(f"the textbook= of gate {gate.name!r} is no expression: {error}") from error

    def textbook(operands: Sequence[Any]) -> Any:
        try:
            return kind.of(code(*gate.split(operands), *static, kind.pi()))
        except (NameError, TypeError, AttributeError) as error:
            raise NoFormula(f"the textbook= of gate {gate.name!r}: {error}") from error

    return textbook


def worked_out(gate: Gate, kind: type[Number], operands: Sequence[Any]) -> Any:
    """A gate on numbers of a kind; nan where it is undefined there, or where this precision cannot
    decide: a branch that nobody takes may be either."""
    function = function_of(gate, kind)
    try:
        return function(operands)
    except (ArithmeticError, ValueError, Undecided):
        return kind.of(math.nan)


def named(gate: Gate, operands: Sequence[Any]) -> dict[str, Any]:
    """Operands and static parameters by the names that a gate's formulas call them."""
    return {**gate.static, **dict(zip(gate.inputs, gate.split(operands), strict=True))}


class Wiring:
    """A circuit's gates laid out for running on numbers of any kind, its leaves set apart.

    `leaves` are the rows that move; every other leaf and every constant stands at its value.
    """

    def __init__(self, circuit: Circuit, leaves: Sequence[int]) -> None:
        self.values = circuit.values
        self.outputs = circuit.outputs
        self.leaves = list(leaves)
        self.rows = circuit.rows
        self.gates: list[Any] = [None if u is None or u._a is None else u._gate
                                 for u in circuit.units]  # fmt: skip

    def moved_by(self, roots: Sequence[int]) -> list[int]:
        """The rows of gates that depend on some rows, in order."""
        moving, found = set(roots), []
        for k, gate in enumerate(self.gates):
            if gate is not None and not moving.isdisjoint(self.rows[k].operands):
                moving.add(k)
                found.append(k)
        return found

    def run(
        self,
        kind: type[Number],
        leaves: Mapping[int, Any],
        after: Callable[[int], None] | None = None,
    ) -> list[Any]:
        """Every row's value as a number of this kind; `after(row)` is called for each gate."""
        values: list[Any] = []
        for k, (row, gate) in enumerate(zip(self.rows, self.gates, strict=True)):
            if gate is None:
                values.append(leaves[k] if k in leaves else kind.of(self.values[k]))
                continue
            values.append(worked_out(gate, kind, [values[j] for j in row.operands]))
            if after is not None:
                after(k)
        return values

    def rerun(
        self,
        kind: type[Number],
        base: Sequence[Any],
        leaves: Mapping[int, Any],
        moving: Sequence[int],
        after: Callable[[int], None] | None = None,
    ) -> list[Any]:
        """As `run`, from the values at the point, working out again only the `moving` rows."""
        values = list(base)
        for k, value in leaves.items():
            values[k] = value
        for k in moving:
            values[k] = worked_out(self.gates[k], kind, [values[j] for j in self.rows[k].operands])
            if after is not None:
                after(k)
        return values
