"""The eager engine: applying gates to units, and the operators and methods of a unit.

`kernels` prints each gate as a function of units; here they are called, installed as `Unit`'s
operators and methods, and watched by the modes (`no_grad`, `detect_anomaly`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from gatenet import gates
from gatenet.declaration import Gate
from gatenet.errors import DomainError
from gatenet.formula import OPERATORS, to_text
from gatenet.kernels import SLOW, maker, native_maker, operator_maker
from gatenet.methods import Methods
from gatenet.modes import calling_line, current, place_of
from gatenet.printing import NAMESPACE
from gatenet.real import number
from gatenet.storage import NATIVE
from gatenet.unit import LEAVES, MANY, Leaf, Unit, describe, tick


def applied(gate: Gate, operands: Sequence[Unit | float]) -> Unit:
    """Apply a gate (static parameters bound) to checked operands, at least one of them a unit."""
    if gate.opaque:
        return gate.wire(operands)  # type: ignore[attr-defined, no-any-return]
    if gate.variadic:
        return maker(gate, None)(tuple(operands))
    return maker(gate, tuple([type(op) is Unit for op in operands]))(*operands)


def wired(gate: Any, operands: tuple[Unit | float, ...], value: float, partials: Any) -> Unit:
    """Make the output unit of a gate whose value and derivatives are known already."""
    u: Unit = object.__new__(Unit)
    u._grad = u._name = None
    u._gate = gate
    u._serial = u._time = tick()
    u._a, u._b, u._pa, u._pb = operands, None, partials, MANY
    u._value = value
    if NAMESPACE["active"]:
        noted(u)
    return u


def noted(unit: Unit) -> None:
    """Do what the modes of this thread ask of a new unit."""
    state = current()
    if not state.grad and unit._a is not None:
        unit._gate = LEAVES["input", False]
        unit._a = unit._b = unit._pa = unit._pb = None
    if state.anomaly is not None:
        state.anomaly.places[unit._serial] = calling_line()
        if state.strict:
            check_forward(unit)


def check_forward(unit: Unit) -> None:
    """Raise DomainError when a unit's value is not finite."""
    if math.isfinite(unit._value):
        return
    place = place_of(unit)
    where = f"; built at {place}" if place else ""
    if isinstance(unit._gate, Leaf) or unit._a is None:
        raise DomainError(
            f"{describe(unit)} is not finite: under detect_anomaly() leaves must be{where}",
            unit=unit, place=place,
        )  # fmt: skip
    gate = unit._gate
    raise DomainError(
        f"{gate.name} gave {unit._value!r} at {operands_text(unit)}{_domain_text(gate)}{where}",
        unit=unit, gate=gate, inputs=unit.inputs, place=place,
    )  # fmt: skip


def operands_text(unit: Unit) -> str:
    """Name a gate's operands with their values: x=-1.0 (unit 'score'), y=2.0."""
    gate: Any = unit._gate
    names = [f"{gate.inputs[0]}[{k}]" for k in range(len(unit.inputs))]
    if not gate.variadic:
        names = list(gate.inputs)
    parts = []
    for name, operand in list(zip(names, unit.inputs, strict=True))[:8]:
        if type(operand) is Unit:
            known = f" (unit {operand._name!r})" if operand._name else ""
            parts.append(f"{name}={operand._value!r}{known}")
        else:
            parts.append(f"{name}={operand!r}")
    more = len(unit.inputs) - len(parts)
    return ", ".join(parts) + (f" and {more} more" if more else "")


def _domain_text(gate: Gate) -> str:
    condition = gate.domain.condition
    return f": its domain is {to_text(condition)}" if condition is not None else ""


def _operator(gate: Gate) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Make `self ∘ other` and `other ∘ self` for a gate of two inputs."""
    is_add = gate.name == "add"
    right = maker(gate, (True, False))
    left = maker(gate, (False, True))

    def mixed(self: Unit, other: Any) -> Any:
        if type(other) is not float:
            if hasattr(type(other), "__gate__"):
                return NotImplemented
            if is_add and type(other) is int and other == 0:
                return self
            other = number(other)
        return right(self, other)

    def reflected(self: Unit, other: Any) -> Any:
        if type(other) is not float:
            if is_add and type(other) is int and other == 0:
                return self  # sum() starts with the int 0
            other = number(other)
        return left(other, self)

    return operator_maker(gate, mixed), reflected


def _method(gate: Gate) -> Callable[..., Unit]:
    """Make the method of a gate; a plain unary one gives way to its printed function."""
    simple = not gate.static and not gate.variadic and len(gate.inputs) == 1

    def method(self: Unit, *others: Any, **static: Any) -> Unit:
        if simple and not others and not static:
            made = maker(gate, (True,))
            setattr(Methods, gate.name, _dressed(made, gate))
            return made(self)
        return gate(self, *others, **static)  # type: ignore[no-any-return]

    return _dressed(method, gate)


def _dressed(function: Callable[..., Any], gate: Gate) -> Callable[..., Any]:
    function.__name__ = gate.name
    function.__qualname__ = f"Unit.{gate.name}"
    function.__doc__ = gate.__doc__
    function.__module__ = "gatenet.unit"
    return function


def _set_operator(sign: int, names: Sequence[str], gate: Gate, functions: Sequence[Any]) -> None:
    """Give units an operator: in C where the gate has kernels there."""
    native = native_maker(gate)
    if native is not None:  # what is no unit, float or int goes through the functions all the same
        NATIVE.operator(sign, native, functions[0], functions[-1])
        return
    for name, function in zip(names, functions, strict=True):
        setattr(Unit, name, function)


def _install() -> None:
    NAMESPACE.update(applied=applied, noted=noted)
    signs = dict(add="add", sub="subtract", mul="multiply", truediv="divide", pow="power")
    for k, (sign, name) in enumerate(signs.items()):
        gate = OPERATORS[name]
        _set_operator(k, (f"__{sign}__", f"__r{sign}__"), gate, _operator(gate))
    for k, (sign, name) in enumerate(dict(neg="negate", abs="absolute").items(), len(signs)):
        gate = OPERATORS[name]
        _set_operator(k, (f"__{sign}__",), gate, [maker(gate, (True,))])
    for gate in gates.CATALOGUE.values():
        if gate.groups == 1:  # dot takes two lists: a function, not a method of one unit
            setattr(Methods, gate.name, _method(gate))
    if NATIVE is not None:
        setattr(Gate, "__call__", NATIVE.Caller(SLOW))  # noqa: B010  (the same, sooner)


_install()
