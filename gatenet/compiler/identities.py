"""Identities: rewritings that change no bit of any result, whatever the operands are.

Only what holds for every float stands here, signed zeros, infinities and nan included: x * 1 is
x, but x + 0 is not (-0 + 0 is 0) and x * 0 is not 0 (inf * 0 is nan).  Whether a nan carries a
sign is the one thing not kept.  Each rule is given the operands' nodes and answers with the node
that is the same, or None.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from gatenet.declaration import Gate
from gatenet.gates import (
    absolute,
    add,
    divide,
    equal,
    multiply,
    negate,
    not_equal,
    power,
    subtract,
    where,
)

if TYPE_CHECKING:
    from gatenet.compiler.nodes import Core

Rule = Callable[["Core", tuple[int, ...]], int | None]

#: Gates whose two operands may change places.
COMMUTATIVE = frozenset([add, multiply])


def _add(core: Core, args: tuple[int, ...]) -> int | None:
    """x + -0 is x, and x + -y is x - y."""
    a, b = args
    for this, other in ((a, b), (b, a)):
        if _is(core, this, -0.0):
            return other
    for this, other in ((b, a), (a, b)):
        if core.gates[this] is negate:
            return core.emit(subtract, (other, core.args[this][0]))
    return None


def _subtract(core: Core, args: tuple[int, ...]) -> int | None:
    """x - 0 is x, -0 - x is -x, and x - -y is x + y."""
    a, b = args
    if _is(core, b, 0.0):
        return a
    if _is(core, a, -0.0):
        return core.emit(negate, (b,))
    return core.emit(add, (a, core.args[b][0])) if core.gates[b] is negate else None


def _signs(core: Core, gate: Gate, args: tuple[int, ...]) -> int | None:
    """Of a product or a quotient: -x op -y is x op y, and -x op c is x op -c."""
    a, b = args
    left = core.args[a][0] if core.gates[a] is negate else None
    right = core.args[b][0] if core.gates[b] is negate else None
    if left is not None and right is not None:
        return core.emit(gate, (left, right))
    if left is not None and b in core.constants:
        return core.emit(gate, (left, core.constant(-core.constants[b])))
    if right is not None and a in core.constants:
        return core.emit(gate, (core.constant(-core.constants[a]), right))
    return None


def _multiply(core: Core, args: tuple[int, ...]) -> int | None:
    """x * 1 is x, and x * -1 is -x."""
    for this, other in (args, args[::-1]):
        if _is(core, this, 1.0):
            return other
        if _is(core, this, -1.0):
            return core.emit(negate, (other,))
    return _signs(core, multiply, args)


def _divide(core: Core, args: tuple[int, ...]) -> int | None:
    """Dividing by a power of two is multiplying by its inverse, where that is exact."""
    by = core.constants.get(args[1])
    power_of_two = by is not None and abs(math.frexp(by)[0]) == 0.5
    if by is not None and power_of_two and 2.0**-1000 < abs(by) < 2.0**1000:
        return core.emit(multiply, (args[0], core.constant(1.0 / by)))
    return _signs(core, divide, args)


def _negate(core: Core, args: tuple[int, ...]) -> int | None:
    """-(-x) is x."""
    inner = args[0]
    return core.args[inner][0] if core.gates[inner] is negate else None


def _absolute(core: Core, args: tuple[int, ...]) -> int | None:
    """|-x| and ||x|| are |x|."""
    inner = core.gates[args[0]]
    if inner is absolute:
        return args[0]
    return core.emit(absolute, core.args[args[0]]) if inner is negate else None


def _power(core: Core, args: tuple[int, ...]) -> int | None:
    """C99 says so of every x, nan too: x ** 0 is 1, and x ** 1 is x."""
    if core.constants.get(args[1]) == 0.0:
        return core.constant(1.0)
    return args[0] if _is(core, args[1], 1.0) else None


def _where(core: Core, args: tuple[int, ...]) -> int | None:
    """A choice by a constant, between two that are the same, or made already, is no choice.

    A condition asks whether it is 0: so -x, |x| and x != 0 ask what x asks, x == 0 the opposite.
    """
    asked, chosen, other = args
    if chosen == other:
        return chosen
    condition = core.constants.get(asked)
    if condition is not None:
        return chosen if condition != 0.0 else other
    gate, inner = core.gates[asked], core.args[asked]
    if gate is negate or gate is absolute:
        return core.emit(where, (inner[0], chosen, other))
    if gate is not_equal and core.constants.get(inner[1]) == 0.0:
        return core.emit(where, (inner[0], chosen, other))
    if gate is equal and core.constants.get(inner[1]) == 0.0:
        return core.emit(where, (inner[0], other, chosen))
    if core.gates[chosen] is where and core.args[chosen][0] == asked:
        return core.emit(where, (asked, core.args[chosen][1], other))
    if core.gates[other] is where and core.args[other][0] == asked:
        return core.emit(where, (asked, chosen, core.args[other][2]))
    return None


def _is(core: Core, node: int, value: float) -> bool:
    """Whether a node is this constant, the sign of a zero included."""
    found = core.constants.get(node)
    return found == value and math.copysign(1.0, found) == math.copysign(1.0, value)


RULES: dict[Gate, Rule] = {
    add: _add,
    subtract: _subtract,
    multiply: _multiply,
    divide: _divide,
    negate: _negate,
    absolute: _absolute,
    power: _power,
    where: _where,
}
