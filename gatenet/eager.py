"""The eager engine: each gate printed as a Python function of units.

For `a * b` the printed function is what one would write by hand: read two values, compute the
product and the two local derivatives, fill in a new unit.  The same text serves replay, where it
writes into the unit that is there already.  Functions are printed at a gate's first use and kept
in `gate.made`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from gatenet import gates
from gatenet.declaration import Gate
from gatenet.errors import DomainError
from gatenet.formula import OPERATORS, to_text
from gatenet.methods import Methods
from gatenet.modes import Anomaly, calling_line, current
from gatenet.printing import NAMESPACE, compiled
from gatenet.real import number
from gatenet.unit import LEAVES, MANY, Leaf, Unit, describe, tick

_NEW = """
u = new(Unit)
u._grad = u._name = None
u._gate = gate
u._serial = u._time = tick()
u._a = {a}
u._b = {b}
""".strip().splitlines()
_FILL = """
u._value = z
u._pa = {pa}
u._pb = {pb}
""".strip().splitlines()


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


def maker(gate: Gate, mask: tuple[bool, ...] | None) -> Callable[..., Unit]:
    """The function that applies `gate` where `mask` says which operands are units."""
    return _made(gate, mask, "make")


def replayer(gate: Gate, mask: tuple[bool, ...] | None) -> Callable[[Unit], None]:
    """The function that computes a unit's value and derivatives again from its operands."""
    return _made(gate, mask, "replay")


def _made(gate: Gate, mask: tuple[bool, ...] | None, kind: str) -> Callable[..., Any]:
    key = (kind, mask)
    if key not in gate.made:
        base = gate.base.made
        if ("factory", *key) not in base:
            base["factory", *key] = _factory(gate.base, mask, kind)
        gate.made[key] = base["factory", *key](gate, *gate.static.values())
    return gate.made[key]  # type: ignore[no-any-return]


def _factory(gate: Gate, mask: tuple[bool, ...] | None, kind: str) -> Callable[..., Any]:
    """Print a function of (gate, static parameters) that gives the function wanted."""
    read, compute, layout = _variadic(gate) if mask is None else _fixed(gate, mask)
    operands = "operands" if mask is None else ", ".join(f"u{k}" for k in range(len(mask)))
    fill = [line.format(**layout) for line in _FILL]
    if kind != "replay":
        new = [line.format(**layout) for line in _NEW]
        body = [*read, *compute, *new, *fill, "if active: noted(u)", "return u"]
        if kind == "operator":
            body = ["if type(u1) is not Unit:", "    return mixed(u0, u1)", *body]
    else:
        unpack = f"({layout['a']}, {layout['b']}) = (u._a, u._b)"
        body = [unpack.replace(", None)", ", _)"), *read, *compute, *fill]
        operands = "u"
    static = "".join(f", s{k}" for k in range(len(gate.static)))
    static += ", mixed" if kind == "operator" else ""
    text = [f"def factory(gate{static}):", f"    def apply({operands}):"]
    text += [f"        {line}" for line in body]
    return compiled("\n".join([*text, "    return apply"]), "factory")  # type: ignore[no-any-return]


def _fixed(gate: Gate, mask: tuple[bool, ...]) -> tuple[list[str], list[str], dict[str, str]]:
    """Print a gate of fixed arity: constants (plain floats) need no local derivative."""
    read = [f"x{k} = u{k}._value" if is_unit else f"x{k} = u{k}" for k, is_unit in enumerate(mask)]
    lines, roots = gate.lines(mask)
    names = ["z"] + [f"p{k}" for k in range(len(mask))]
    wanted = [(root, name) for root, name in zip(roots, names, strict=True) if root is not None]
    compute = gate.body(lines, [root for root, _ in wanted], [name for _, name in wanted])
    nothing = "None" if len(mask) <= 2 else "0.0"
    partials = [f"p{k}" if is_unit else nothing for k, is_unit in enumerate(mask)]
    inputs = [f"u{k}" for k in range(len(mask))]
    if len(mask) <= 2:
        inputs, partials = [*inputs, "None"], [*partials, "None"]
        return read, compute, dict(a=inputs[0], b=inputs[1], pa=partials[0], pb=partials[1])
    tuples = dict(a=f"({', '.join(inputs)})", pa=f"({', '.join(partials)})")
    return read, compute, dict(**tuples, b="None", pb="...")


def _variadic(gate: Gate) -> tuple[list[str], list[str], dict[str, str]]:
    """Print a gate of any number of inputs: operands stand in one tuple, group after group."""
    read = ["values = [o._value if type(o) is Unit else o for o in operands]"]
    if gate.groups == 1:
        read.append("x0 = values")
    else:
        read.append(f"size = len(values) // {gate.groups}")
        read += [f"x{k} = values[{k} * size:{k + 1} * size]" for k in range(gate.groups)]
    lines, roots = gate.lines()
    found = [root for root in roots if root is not None]
    names = ["z"] + [f"p{k}" for k in range(len(found) - 1)]
    compute = gate.body(lines, found, names)
    spread = [
        name if lines.lines[root].vector else f"[{name}] * len(x0)"
        for name, root in zip(names[1:], found[1:], strict=True)
    ]
    pa = f"tuple({' + '.join(spread)})"
    return read, compute, dict(a="operands", b="None", pa=pa, pb="...")


def noted(unit: Unit) -> None:
    """Do what the modes of this thread ask of a new unit."""
    state = current()
    if not state.grad and unit._a is not None:
        unit._gate = LEAVES["input", False]
        unit._a = unit._b = unit._pa = unit._pb = None
    if state.anomaly is not None:
        state.anomaly.places[unit._serial] = calling_line()
        check_forward(unit, state.anomaly)


def check_forward(unit: Unit, anomaly: Anomaly) -> None:
    """Raise DomainError when a unit's value is not finite."""
    if math.isfinite(unit._value):
        return
    place = anomaly.places.get(unit._serial, "")
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

    return _factory(gate, (True, True), "operator")(gate, mixed), reflected


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


def _install() -> None:
    NAMESPACE.update(applied=applied, noted=noted)
    for sign, name in dict(add="add", sub="subtract", mul="multiply", truediv="divide",
                           pow="power").items():  # fmt: skip
        forward, reflected = _operator(OPERATORS[name])
        setattr(Unit, f"__{sign}__", forward)
        setattr(Unit, f"__r{sign}__", reflected)
    for sign, name in dict(neg="negate", abs="absolute").items():
        setattr(Unit, f"__{sign}__", maker(OPERATORS[name], (True,)))
    for gate in gates.CATALOGUE.values():
        setattr(Methods, gate.name, _method(gate))


_install()
