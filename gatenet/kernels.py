"""Kernels: each gate printed as a Python function of units.

For `a * b` the printed function is what one would write by hand: read two values, compute the
product and the two local derivatives, fill in a new unit.  The same text serves replay, where it
writes into the unit that is there already.  Functions are printed at a gate's first use and kept
in `gate.made`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gatenet import real
from gatenet.calculation import laid_out, spread, statements
from gatenet.cprinting import digest
from gatenet.declaration import Gate
from gatenet.flattening import Lines
from gatenet.printing import compiled, number
from gatenet.storage import NATIVE
from gatenet.unit import Unit

#: An n-ary gate of up to so many operands gets a function of its own, without loops.
UNROLLED = 64

_NEW = """
u = new(Unit)
u._grad = u._name = None
u._gate = gate
u._serial = u._time = next(clock)
u._a = {a}
u._b = {b}
""".strip().splitlines()
_FILL = """
u._value = {z}
u._pa = {pa}
u._pb = {pb}
""".strip().splitlines()

# What a function is printed for: which operands of a fixed number are units; or how many operands
# an n-ary gate has; or None for any number of them, in a loop.
Shape = tuple[bool, ...] | int | None
Text = tuple[list[str], dict[str, str]]


def maker(gate: Gate, mask: tuple[bool, ...] | None) -> Callable[..., Unit]:
    """The function that applies `gate`, static parameters bound, and gives the output unit.

    `mask` says which operands are units; the function takes them one by one.  For an n-ary gate
    it is None, and the function takes one tuple of units and floats.
    """
    native = native_maker(gate)
    if native is not None:
        if mask is None:
            return native.flat  # type: ignore[no-any-return]
        return native if any(mask) else native.wire  # type: ignore[no-any-return]
    return _any_number(gate, "make") if mask is None else _made(gate, mask, "make")


def native_maker(gate: Gate) -> Any:
    """What applies a gate of the catalogue in C; None where there is no C, or no kernel of it.

    Its kernels were printed when the extension was built: a gate that is declared otherwise now
    has none, and is printed as Python.
    """
    if NATIVE is None:
        return None
    if "native" not in gate.made:
        made, base = None, gate.base
        if base.__module__.startswith("gatenet.gates.") and not gate.opaque:
            known = NATIVE.digests.get(base.name)
            if "digest" not in base.made:
                base.made["digest"] = digest(base) if known else ""
            if known and known == base.made["digest"]:
                static = tuple(gate.static.values())
                made = NATIVE.Maker(base.name, gate, gate.guarded, static, SLOW, real.number)
        gate.made["native"] = made
    return gate.made["native"]


#: What applies a gate to anything at all, told which gate.
SLOW: Callable[..., Any] = Gate.__call__


def replayer(gate: Gate, mask: tuple[bool, ...] | None) -> Callable[[Unit], None]:
    """The function that computes a unit's value and derivatives again from its operands."""
    native = native_maker(gate)
    if native is not None:
        return native.replay  # type: ignore[no-any-return]
    return _any_number(gate, "replay") if mask is None else _made(gate, mask, "replay")


def replay(unit: Unit) -> None:
    """Compute the value and the derivatives of a gate's output again, from its operands."""
    gate: Any = unit._gate
    if gate.opaque:
        gate.replay(unit)
    elif gate.variadic:
        replayer(gate, None)(unit)
    else:
        replayer(gate, tuple([type(op) is Unit for op in unit.inputs]))(unit)


def operator_maker(gate: Gate, mixed: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The function behind an operator; `mixed` takes over where the right side is no unit."""
    made: Callable[[Any, Any], Any] = _factory(gate, (True, True), "operator")(gate, mixed)
    return made


def _made(gate: Gate, shape: Shape, kind: str) -> Callable[..., Any]:
    """Find a function for a gate, or print it; gates that differ in static numbers share text."""
    key = (kind, shape)
    if key not in gate.made:
        base = gate.base.made
        if ("factory", *key) not in base:
            base["factory", *key] = _factory(gate.base, shape, kind)
        gate.made[key] = base["factory", *key](gate, *gate.static.values())
    return gate.made[key]  # type: ignore[no-any-return]


def _any_number(gate: Gate, kind: str) -> Callable[..., Any]:
    """Choose the function of an n-ary gate by the number of operands."""
    key = (kind, "any")
    if key in gate.made:
        return gate.made[key]  # type: ignore[no-any-return]
    table: dict[int, Callable[..., Any]] = {}

    def find(size: int) -> Callable[..., Any]:
        table[size] = _made(gate, size if size <= UNROLLED else None, kind)
        return table[size]

    def make(operands: tuple[Unit | float, ...]) -> Unit:
        size = len(operands)
        return (table.get(size) or find(size))(operands)  # type: ignore[no-any-return]

    def replay(unit: Unit) -> None:
        size = len(unit._a)
        (table.get(size) or find(size))(unit)

    gate.made[key] = make if kind == "make" else replay
    return gate.made[key]  # type: ignore[no-any-return]


def _factory(gate: Gate, shape: Shape, kind: str) -> Callable[..., Any]:
    """Print a function of (gate, static parameters) that gives the function wanted."""
    if isinstance(shape, tuple):
        code, layout = _fixed(gate, shape)
        operands = ", ".join(f"u{k}" for k in range(len(shape)))
    else:
        code, layout = _looped(gate) if shape is None else _unrolled(gate, shape)
        operands = "operands"
    fill = [line.format(**layout) for line in _FILL]
    if kind == "replay":
        unpack = f"({layout['a']}, {layout['b']}) = (u._a, u._b)".replace(", None)", ", _)")
        body = [unpack, *code, *fill]
        operands = "u"
    else:
        new = [line.format(**layout) for line in _NEW]
        body = [*code, *new, *fill, "if active: noted(u)", "return u"]
        if kind == "operator":
            body = ["if type(u1) is not Unit:", "    return mixed(u0, u1)", *body]
    static = "".join(f", s{k}" for k in range(len(gate.static)))
    static += ", mixed" if kind == "operator" else ""
    text = [f"def factory(gate{static}):", f"    def apply({operands}):"]
    text += [f"        {line}" for line in body]
    made: Callable[..., Any] = compiled("\n".join([*text, "    return apply"]), "factory")
    return made


def _fixed(gate: Gate, mask: tuple[bool, ...]) -> Text:
    """Print a gate of fixed arity: constants (plain floats) need no local derivative."""
    read = [f"x{k} = u{k}._value" if is_unit else f"x{k} = u{k}" for k, is_unit in enumerate(mask)]
    lines, roots = laid_out(gate, mask)
    code, (z, *texts) = _computed(lines, [root for root in roots if root is not None])
    found = iter(texts)
    nothing = "None" if len(mask) <= 2 else "0.0"
    partials = [next(found) if is_unit else nothing for is_unit in mask]
    inputs = [f"u{k}" for k in range(len(mask))]
    if len(mask) <= 2:
        inputs, partials = [*inputs, "None"], [*partials, "None"]
        layout = dict(a=inputs[0], b=inputs[1], pa=partials[0], pb=partials[1])
    else:
        layout = dict(a=_tuple(inputs), b="None", pa=_tuple(partials), pb="...")
    return read + code, dict(layout, z=z)


def _unrolled(gate: Gate, size: int) -> Text:
    """Print an n-ary gate for one number of operands, each by a name of its own."""
    names = [f"u{k}" for k in range(size)]
    read = [f"{_tuple(names)} = operands"]
    read += [f"x{k} = {u}._value if type({u}) is Unit else {u}" for k, u in enumerate(names)]
    lines, roots = laid_out(gate, size=size)
    code, (z, *partials) = _computed(lines, [root for root in roots if root is not None])
    return read + code, dict(a="operands", b="None", pa=_tuple(partials), pb="...", z=z)


def _looped(gate: Gate) -> Text:
    """Print an n-ary gate for any number of operands: they stand in one tuple, group by group."""
    code = ["values = [o._value if type(o) is Unit else o for o in operands]"]
    if gate.groups == 1:
        code.append("x0 = values")
    else:
        code.append(f"size = len(values) // {gate.groups}")
        code += [f"x{k} = values[{k} * size:{k + 1} * size]" for k in range(gate.groups)]
    lines, roots = laid_out(gate)
    found = [root for root in roots if root is not None]
    names = ["z"] + [f"p{k}" for k in range(len(found) - 1)]
    code += statements(lines, found, names)
    partials = " + ".join(spread(lines, found[1:], names[1:]))
    return code, dict(a="operands", b="None", pa=f"tuple({partials})", pb="...", z="z")


def _computed(lines: Lines, roots: Sequence[int]) -> tuple[list[str], list[str]]:
    """Print what computes the roots, and what to call each: a bare name or number as it is."""
    texts, names, wanted = [], [], []
    for place, root in enumerate(roots):
        line = lines.lines[root]
        if line.kind == "symbol":
            texts.append(line.data)
        elif line.kind == "constant":
            texts.append(number(line.data))
        else:
            texts.append(f"p{place}" if place else "z")
            names.append(texts[-1])
            wanted.append(root)
    return statements(lines, wanted, names) if wanted else [], texts


def _tuple(items: Sequence[str]) -> str:
    return f"({', '.join(items)},)"
