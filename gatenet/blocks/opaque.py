"""Opaque gates: one row of a circuit whose inside the engine does not read as a formula.

A rule given as Python, a checkpoint, or a block around a nested circuit.  An opaque gate is wired,
replayed and swept like any other; it differs in that its derivatives may be worked out late, when
a sweep asks for them, and that it has no formula to print.
Knows units and the eager engine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, ClassVar

from gatenet.circuit import Circuit
from gatenet.declaration import Gate
from gatenet.domain import Domain
from gatenet.eager import wired
from gatenet.errors import DeclarationError, WiringError
from gatenet.formula import Apply, Expr, Symbol
from gatenet.transforms.calls import value_of
from gatenet.unit import Unit

_EVERYWHERE = Domain(None, (), ())
_UNREAD = Symbol("f")


@lru_cache(maxsize=256)
def numbered(count: int, *first: str) -> tuple[str, ...]:
    """Names for the operands of a row: those given, then x0, x1 ...; one tuple for all alike."""
    return (*first, *[f"x{k}" for k in range(count)])


class OpaqueGate(Gate, ABC):
    """A gate without a formula; subclasses say `computed`, and `partials` or `partials_on`.

    `circuits` are the nested circuits that a file can hold; where there are none, `mend` says
    what to do instead of saving.
    """

    opaque = True
    #: The word a file knows this kind of gate by; None for one that cannot be saved.
    kind: ClassVar[str | None] = None
    mend: ClassVar[str] = ""

    def __init__(
        self,
        name: str,
        *,
        inputs: Sequence[str],
        symbol: str,
        variadic: bool = False,
        static: Mapping[str, float] | None = None,
        doc: str = "",
        module: str = __name__,
        base: Gate | None = None,
    ) -> None:
        super().__init__(
            name,
            inputs=inputs,
            static=static or {},
            variadic=variadic,
            symbol=symbol,
            textbook="",
            formula=_UNREAD,
            primitive=None,
            rules=self._no_rules,
            doc=doc,
            module=module,
            base=base,
        )
        del self.formula  # worked out below when somebody reads it: rows may be many
        self.domain = _EVERYWHERE
        self.guarded = False

    @cached_property
    def formula(self) -> Expr:  # type: ignore[override]
        """The gate applied to its inputs: all that can be said of it as a formula."""
        return Apply(self, tuple(Symbol(k, self.variadic) for k in self.inputs), {})

    def _no_rules(self) -> Any:
        raise WiringError(
            f"gate {self.name!r} has no formula for its derivatives: its inside is "
            f"{'a nested circuit' if self.kind else 'Python code'}. {self.mend}",
            gate=self,
        )

    def describe(self) -> str:
        """Say what there is to say of a gate without a formula."""
        inside = "a nested circuit" if self.kind else "Python code"
        return f"{self.name}  ({self.symbol})\n  value    {self.formula!r}, {inside}"

    @property
    def circuits(self) -> tuple[Circuit, ...]:
        """The nested circuits inside this gate; none where its inside is Python code."""
        return ()

    def __call__(self, *operands: Any, **static: Any) -> Any:
        """Apply the gate: to numbers gives a float, to units a unit."""
        if any(isinstance(operand, Expr) for operand in operands):
            raise DeclarationError(
                f"gate {self.name!r} cannot stand in another gate's formula: it has none itself"
            )
        return super().__call__(*operands, **static)

    @abstractmethod
    def computed(self, values: Sequence[float]) -> float:
        """The value at plain numbers."""

    def value(self, *inputs: float, **static: float) -> float:
        """Give the gate's value at plain numbers."""
        bound: Any = self.bind(**static)
        return bound.computed([value_of(v) for v in bound._flat(inputs)])  # type: ignore[no-any-return]

    def wire(self, operands: Sequence[Unit | float]) -> Unit:
        """Make the output unit; the derivatives are left for the sweep to ask."""
        return wired(self, tuple(operands), self.computed([value_of(op) for op in operands]), None)

    def replay(self, unit: Unit) -> None:
        """Compute a unit's value again from its operands."""
        unit._value = self.computed([value_of(op) for op in unit.inputs])
        unit._pa = None

    def late_partials(self, unit: Unit) -> tuple[float, ...]:
        """The local derivatives of a recorded unit, worked out now."""
        return self.partials(unit.value, *[value_of(op) for op in unit.inputs])

    def notes(self, unit: Unit) -> list[Any]:
        """Which keys of a pass's adjoints `pull` may change, beside those of the operands."""
        return []

    def pull(self, unit: Unit, upstream: float, adjoints: dict[Any, Any]) -> None:
        """Add upstream times local derivative to what each operand has gathered."""
        for operand, slope in zip(unit.inputs, self.late_partials(unit), strict=True):
            if type(operand) is Unit:
                adjoints[operand._serial] += upstream * slope
