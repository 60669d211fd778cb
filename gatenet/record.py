"""The record of a gate: everything a declaration said, and the gate as a function.

Knows formulas and the functions printed from them; does not know units: an operand's own hook
`__gate__` says what applying a gate to it means.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, Protocol, TypeVar, overload

from gatenet.calculation import partials_function, value_function
from gatenet.domain import Domain
from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.formula import Expr, evaluate, to_text
from gatenet.placed import PlacedGate
from gatenet.primitives import Primitive
from gatenet.real import number


class Wired(Protocol):
    """What gates can be applied to besides numbers: units, formulas."""

    @staticmethod
    def __gate__(gate: Any, operands: Any, static: Any) -> Any:
        """Say what applying a gate means."""


Wire = TypeVar("Wire", bound=Wired)


class Gate:
    """A kind of operation: one stateless object per kind, or per kind and static parameters.

    Call it with numbers for a number, with units for a unit.  `value` and `partials` work on
    plain floats; `formula` and `partial_formulas` are the expressions everything is printed from.
    """

    #: Whether the gate has no formula: a rule given as Python, or a block around a circuit.
    opaque = False
    #: The gate this one is a derivative of, where that is why it exists.
    slope_of = ""

    def __init__(
        self,
        name: str,
        *,
        inputs: Sequence[str],
        static: Mapping[str, float],
        variadic: bool,
        symbol: str,
        textbook: str,
        formula: Expr,
        primitive: Primitive | None,
        rules: Callable[[], tuple[Sequence[Expr], Domain]],
        doc: str,
        module: str,
        base: Gate | None = None,
    ) -> None:
        self.name = self.__name__ = self.__qualname__ = name
        self.inputs = tuple(inputs)
        self.static: Mapping[str, float] = MappingProxyType(dict(static))
        self.variadic = variadic
        self.groups = len(self.inputs) if variadic else 1
        self.symbol = symbol
        self.textbook = textbook
        self.formula = formula
        self.primitive = primitive
        self._rules = rules
        self.__doc__ = doc
        self.__module__ = module
        self.base = self if base is None else base
        #: What it is called where a derivative is about 0: "saturated". The declaration says it.
        self.flat: str = "" if base is None else base.flat
        #: What other rooms have made of this gate (the eager engine's functions), by their key.
        self.made: dict[Any, Any] = {}

    @cached_property
    def partial_formulas(self) -> tuple[Expr, ...]:
        """The local derivatives, one formula per input, in terms of the inputs and z."""
        return tuple(self._rules()[0])

    @cached_property
    def domain(self) -> Domain:
        """Where the gate is defined, its kinks and its edges."""
        return self._rules()[1]

    @cached_property
    def guarded(self) -> bool:
        """Whether a partial can be infinite: then an upstream of exactly 0 makes no pull."""
        return bool(self.domain.edges)

    @overload
    def __call__(  # type: ignore[overload-overlap]
        self, *operands: float, **static: float
    ) -> float: ...
    @overload
    def __call__(self, *operands: Wire | float, **static: float) -> Wire: ...
    @overload
    def __call__(self, *operands: Any, **static: Any) -> Any: ...
    def __call__(self, *operands: Any, **static: Any) -> Any:
        """Apply the gate: to numbers gives a float, to units a unit, to formulas a formula."""
        flat = self.gathered(operands)
        for operand in flat:
            hook = getattr(type(operand), "__gate__", None)
            if hook is not None:
                return hook(self, flat, static)
        return self.value(*[number(operand) for operand in flat], **static)

    def gathered(self, operands: Sequence[Any]) -> Sequence[Any]:
        """Check the number of operands and lay those of an n-ary gate out in a row."""
        if not self.variadic:
            if len(operands) != len(self.inputs):
                named = "".join(f"; {key}= is given by name" for key in self.static)
                raise WiringError(
                    f"gate {self.name!r} got {len(operands)} operand(s); it takes "
                    f"{len(self.inputs)}: {', '.join(self.inputs)}{named}",
                    gate=self,
                )
            return operands
        if any(isinstance(operand, Expr) for operand in operands):
            return operands
        if self.groups > 1:
            return self._grouped(operands)
        if len(operands) == 1 and _is_sequence(operands[0]):
            return tuple(operands[0])
        return operands

    def _grouped(self, operands: Sequence[Any]) -> Sequence[Any]:
        names = ", ".join(self.inputs)
        if len(operands) != self.groups or not all(_is_sequence(item) for item in operands):
            raise WiringError(
                f"gate {self.name!r} takes {self.groups} sequences ({names}) of one length; "
                f"got {len(operands)} operand(s)",
                gate=self,
            )
        lists = [tuple(item) for item in operands]
        if len({len(item) for item in lists}) != 1:
            raise WiringError(
                f"gate {self.name!r} takes sequences of one length; {names} have lengths "
                f"{', '.join(str(len(item)) for item in lists)}",
                gate=self,
            )
        return [operand for item in lists for operand in item]

    def bind(self, **static: Any) -> Gate:
        """Give this gate with its static parameters fixed; the same object for equal values."""
        if not static:
            return self
        for name, given in static.items():
            if name not in self.static:
                known = ", ".join(self.static) or "none"
                raise WiringError(
                    f"gate {self.name!r} has no static parameter {name!r}; it has: {known}",
                    gate=self,
                )
            if hasattr(type(given), "__gate__"):
                raise OperandError(
                    f"{name!r} of gate {self.name!r} is a static parameter: a plain number that "
                    f"gets no gradient; got {given!r}. Pass its .value, or wire the formula from "
                    "gates whose operands are units",
                    gate=self,
                )
        merged = {**self.static, **{name: number(given) for name, given in static.items()}}
        bits = tuple([(name, value.hex()) for name, value in merged.items()])  # 0.0 is not -0.0
        if bits == tuple([(name, value.hex()) for name, value in self.static.items()]):
            return self
        return _bound(self.base, bits)

    def value(self, *inputs: float, **static: float) -> float:
        """Give the gate's value at plain numbers."""
        bound = self.bind(**static)
        values = [number(value) for value in bound._flat(inputs)]
        if self.variadic and not values:
            return bound._empty()
        return bound.value_kernel(*bound._arguments(values))

    def partials(self, z: float, *inputs: float, **static: float) -> tuple[float, ...]:
        """Give the local derivatives at plain numbers; `z` is the gate's value there."""
        bound = self.bind(**static)
        values = [number(value) for value in bound._flat(inputs)]
        if not values:
            return ()
        return tuple(bound.partials_kernel(number(z), *bound._arguments(values)))

    def place(self, **static: float) -> PlacedGate:
        """Give a gate that stands in a circuit and is driven by hand."""
        return PlacedGate(self.bind(**static))

    def partials_on(self, z: Any, inputs: Sequence[Any], wanted: Sequence[bool]) -> list[Any]:
        """Evaluate the local derivatives on anything gates accept: units, to differentiate again.

        One result per input, 0.0 for one that is not wanted; what does not depend on the operands
        is a plain number.
        """
        names = dict(zip(self.inputs, self.split(inputs), strict=True))
        bindings = {**self.static, **names, "z": z}
        if not self.variadic:
            asked = [f for f, wants in zip(self.partial_formulas, wanted, strict=True) if wants]
            found = iter(evaluate(asked, bindings))
            return [next(found) if wants else 0.0 for wants in wanted]
        results = evaluate(self.partial_formulas, bindings)
        size = len(inputs) // self.groups
        lists = [r if isinstance(r, list) else [r] * size for r in results]
        return [item for one in lists for item in one]

    def split(self, inputs: Sequence[Any]) -> list[Any]:
        """Give the operands as the declaration names them: one each, or one list per group."""
        if not self.variadic:
            return list(inputs)
        size = len(inputs) // self.groups
        return [list(inputs[k * size : (k + 1) * size]) for k in range(self.groups)]

    @cached_property
    def value_kernel(self) -> Callable[..., float]:
        """The printed function of plain floats that `value` calls."""
        return value_function(self)

    @cached_property
    def partials_kernel(self) -> Callable[..., Sequence[float]]:
        """The printed function of z and plain floats that `partials` calls."""
        return partials_function(self)

    def _flat(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Accept operands of an n-ary gate in a row (as a circuit keeps them) or as sequences."""
        if self.variadic and not any(_is_sequence(item) for item in inputs):
            if len(inputs) % self.groups:
                raise WiringError(f"gate {self.name!r} got {len(inputs)} numbers", gate=self)
            return inputs
        return self.gathered(inputs)

    def _arguments(self, values: Sequence[float]) -> list[Any]:
        return [*self.split(values), *self.static.values()]

    def _empty(self) -> float:
        names: dict[str, list[float]] = {name: [] for name in self.inputs}
        try:
            result = evaluate([self.formula], {**self.static, **names})[0]
        except OperandError:  # what is folded has no value for nothing
            result = None
        if result is None or result != result:
            raise RangeError(f"gate {self.name!r} needs at least one operand", gate=self)
        return float(result)

    def __repr__(self) -> str:
        static = [f"{k}={v!r}" for k, v in self.static.items()] if self.base is not self else []
        return f"{self.name}({', '.join(static)})" if static else self.name

    def __reduce__(self) -> Any:
        if self.base is not self:
            return _rebind, (self.base, dict(self.static))
        return self.__qualname__

    def __copy__(self) -> Gate:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Gate:
        return self

    @property
    def __signature__(self) -> inspect.Signature:
        keyword = inspect.Parameter.KEYWORD_ONLY
        if self.variadic and self.groups == 1:
            kinds = [inspect.Parameter(self.inputs[0], inspect.Parameter.VAR_POSITIONAL)]
        else:
            plain = inspect.Parameter.POSITIONAL_ONLY
            kinds = [inspect.Parameter(name, plain) for name in self.inputs]
        fixed = [inspect.Parameter(k, keyword, default=v) for k, v in self.static.items()]
        return inspect.Signature(kinds + fixed)

    def describe(self) -> str:
        """Say everything the record states: value, partials, domain, kinks, edges."""
        lines = [f"{self.name}  ({self.symbol})", f"  value    {to_text(self.formula)}"]
        for name, partial in zip(self.inputs, self.partial_formulas, strict=True):
            lines.append(f"  d/d{name:<6}{to_text(partial)}")
        return "\n".join(lines + [f"  {line}" for line in self.domain.describe()])


@lru_cache(maxsize=1024)
def _bound(base: Gate, static: tuple[tuple[str, str], ...]) -> Gate:
    return Gate(
        base.name,
        inputs=base.inputs,
        static={name: float.fromhex(bits) for name, bits in static},
        variadic=base.variadic,
        symbol=base.symbol,
        textbook=base.textbook,
        formula=base.formula,
        primitive=base.primitive,
        rules=base._rules,
        doc=base.__doc__ or "",
        module=base.__module__,
        base=base,
    )


def _rebind(base: Gate, static: dict[str, float]) -> Gate:
    return base.bind(**static)


def _is_sequence(item: Any) -> bool:
    return hasattr(item, "__iter__") and not hasattr(type(item), "__gate__")
