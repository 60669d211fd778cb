"""Rules: a Python function of numbers with derivatives given by hand, as one gate.

For what no formula of gates says: a root found by iteration, a table, a call into another
library, a gradient bent on purpose.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gatenet.blocks.opaque import OpaqueGate
from gatenet.declaration import Gate
from gatenet.eager import wired
from gatenet.errors import DeclarationError, DetachError, OperandError, WiringError
from gatenet.modes import current
from gatenet.real import number
from gatenet.transforms.calls import aside, unit_or_number, value_of
from gatenet.unit import Unit


def custom_gradient(
    *, partials: Callable[..., Any], symbol: str = "", guarded: bool = False
) -> Callable[[Callable[..., Any]], Rule]:
    """Give a Python function derivatives of its own: decorated, it is a gate with one row.

    The function takes floats and gives a float, computed in any way Python can; applied to
    units it gives a unit.  `partials(z, *inputs)` gives the local derivative in each input at the
    output z, as one number or a tuple.  Written with gates, so that they work on units too, they
    can be differentiated again; written in plain `math` they give first derivatives.
    Keyword-only arguments with a default are static parameters; `*xs` takes any number of inputs.
    `guarded` says that a partial may be infinite: then an upstream of exactly 0 makes no pull.
    A rule is Python code, so a file cannot hold it: declare a gate where a formula will do.

    Raises DeclarationError for a signature that cannot work, WiringError for a wrong number of
    partials, OperandError for a result that is no number.

    >>> from gatenet import Unit, grad
    >>> @custom_gradient(partials=lambda z, a: 1 / (2 * z))
    ... def newton_root(a):
    ...     "The square root of a, by Newton's method."
    ...     z = 1.0
    ...     for _ in range(60):
    ...         z = (z + a / z) / 2
    ...     return z
    >>> newton_root(4.0), grad(newton_root)(4.0), grad(grad(newton_root))(4.0)
    (2.0, 0.25, -0.03125)
    """

    def declare(function: Callable[..., Any]) -> Rule:
        return Rule(function, partials, symbol=symbol, guarded=guarded)

    return declare


class Rule(OpaqueGate):
    """A gate whose value and derivatives are Python functions; made by `custom_gradient`."""

    mend = "Declare a gate with @gate, its value and partials as formulas of gates"

    def __init__(
        self,
        function: Callable[..., Any],
        rule: Callable[..., Any],
        *,
        symbol: str,
        guarded: bool,
        static: Mapping[str, float] | None = None,
        base: Gate | None = None,
    ) -> None:
        inputs, variadic, defaults = _signature(function)
        name = function.__name__ if function.__name__.isidentifier() else "rule"
        super().__init__(
            name,
            inputs=inputs,
            symbol=symbol or name,
            variadic=variadic,
            static=defaults if static is None else static,
            doc=inspect.cleandoc(function.__doc__ or ""),
            module=function.__module__,
            base=base,
        )
        self.__qualname__ = function.__qualname__
        self.__wrapped__ = function
        self.rule = rule
        self.guarded = guarded
        asked = inspect.signature(rule).parameters
        self._asked = {k: v for k, v in self.static.items() if k in asked}

    def bind(self, **static: Any) -> Gate:
        """Give this rule with its static parameters fixed; the same object for equal values."""
        merged = dict(super().bind(**static).static)
        if merged == dict(self.static):
            return self
        made = self.base.made
        if ("bound", *merged.items()) not in made:
            made["bound", *merged.items()] = Rule(
                self.__wrapped__, self.rule, symbol=self.symbol, guarded=self.guarded,
                static=merged, base=self.base,
            )  # fmt: skip
        return made["bound", *merged.items()]  # type: ignore[no-any-return]

    def computed(self, values: Sequence[float]) -> float:
        """The function's value; what happens inside it is nobody else's business."""
        with aside():
            result = self.__wrapped__(*values, **self.static)
        try:
            return value_of(unit_or_number(result))
        except OperandError as error:
            raise OperandError(f"rule {self.name!r} gave no number: {error}", gate=self) from None

    def partials(self, z: float, *inputs: float, **static: float) -> tuple[float, ...]:
        """Give the local derivatives at plain numbers; `z` is the value there."""
        bound: Any = self.bind(**static)
        values = [number(value) for value in bound._flat(inputs)]
        with aside():
            found = bound._ruled(z, values)
        return tuple(value_of(unit_or_number(slope)) for slope in found)

    def _ruled(self, z: Any, inputs: Sequence[Any]) -> Sequence[Any]:
        """Call the rule and check how many derivatives it gives."""
        found = self.rule(z, *inputs, **self._asked)
        slopes = tuple(found) if isinstance(found, (tuple, list)) else (found,)
        if len(slopes) != len(inputs):
            raise WiringError(
                f"rule {self.name!r}: {len(inputs)} input(s) but {len(slopes)} partial(s)",
                gate=self,
            )
        return slopes

    def wire(self, operands: Sequence[Unit | float]) -> Unit:
        """Make the output unit, with its derivatives."""
        values = [value_of(operand) for operand in operands]
        z = self.computed(values)
        slopes = self.partials(z, *values) if current().grad else None
        return wired(self, tuple(operands), z, slopes)

    def replay(self, unit: Unit) -> None:
        """Compute a unit's value and derivatives again from its operands."""
        values = [value_of(operand) for operand in unit.inputs]
        z = self.computed(values)
        unit._value, unit._pa = z, self.partials(z, *values)

    def partials_on(self, z: Any, inputs: Sequence[Any], wanted: Sequence[bool]) -> list[Any]:
        """Evaluate the rule on units, to differentiate again."""
        try:
            found = self._ruled(z, inputs)
        except DetachError as error:
            raise DetachError(
                f"rule {self.name!r} cannot be differentiated again: {error}", gate=self
            ) from error
        return [
            unit_or_number(slope) if wants else 0.0
            for slope, wants in zip(found, wanted, strict=True)
        ]


def _signature(function: Callable[..., Any]) -> tuple[list[str], bool, dict[str, float]]:
    """Read inputs, whether there may be any number of them, and static parameters."""
    name = function.__name__
    inputs: list[str] = []
    static: dict[str, float] = {}
    variadic = False
    for key, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            if parameter.default is parameter.empty:
                raise DeclarationError(f"rule {name!r}: static parameter {key!r} needs a default")
            static[key] = number(parameter.default)
        elif parameter.kind is parameter.VAR_KEYWORD:
            raise DeclarationError(f"rule {name!r}: **{key} is not possible; name each parameter")
        else:
            variadic = variadic or parameter.kind is parameter.VAR_POSITIONAL
            inputs.append(key)
    if not inputs or (variadic and len(inputs) > 1):
        raise DeclarationError(
            f"rule {name!r} must take inputs x, y, ... or any number of them as *xs; it takes "
            f"{', '.join(inputs) or 'none'}"
        )
    return inputs, variadic, static
