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
    multiply,
    negate,
    power,
    subtract,
    where,
)

if TYPE_CHECKING:
    from gatenet.compiler.builder import Builder

Rule = Callable[["Builder", tuple[int, ...]], int | None]

#: Gates whose two operands may change places.
COMMUTATIVE = frozenset([add, multiply])


def _add(builder: Builder, args: tuple[int, ...]) -> int | None:
    """x + -0 is x."""
    for this, other in (args, args[::-1]):
        if _is(builder, this, -0.0):
            return other
    return None


def _subtract(builder: Builder, args: tuple[int, ...]) -> int | None:
    """x - 0 is x."""
    return args[0] if _is(builder, args[1], 0.0) else None


def _multiply(builder: Builder, args: tuple[int, ...]) -> int | None:
    """x * 1 is x, and x * -1 is -x."""
    for this, other in (args, args[::-1]):
        if _is(builder, this, 1.0):
            return other
        if _is(builder, this, -1.0):
            return builder.emit(negate, (other,))
    return None


def _divide(builder: Builder, args: tuple[int, ...]) -> int | None:
    """x / 1 is x; dividing by a power of two is multiplying by its inverse, where that is exact."""
    by = builder.constants.get(args[1])
    if by is None or not math.isfinite(by) or by == 0.0:
        return None
    if abs(math.frexp(by)[0]) != 0.5 or not 2.0**-1000 < abs(by) < 2.0**1000:
        return None
    return builder.emit(multiply, (args[0], builder.constant(1.0 / by)))


def _negate(builder: Builder, args: tuple[int, ...]) -> int | None:
    """-(-x) is x."""
    inner = args[0]
    return builder.args[inner][0] if builder.gates[inner] is negate else None


def _absolute(builder: Builder, args: tuple[int, ...]) -> int | None:
    """|-x| and ||x|| are |x|."""
    inner = builder.gates[args[0]]
    if inner is absolute:
        return args[0]
    return builder.emit(absolute, builder.args[args[0]]) if inner is negate else None


def _power(builder: Builder, args: tuple[int, ...]) -> int | None:
    """C99 says so of every x, nan too: x ** 0 is 1, and x ** 1 is x."""
    if builder.constants.get(args[1]) == 0.0:
        return builder.constant(1.0)
    return args[0] if _is(builder, args[1], 1.0) else None


def _where(builder: Builder, args: tuple[int, ...]) -> int | None:
    """A choice by a constant, or between two nodes that are the same, is no choice."""
    asked, chosen, other = args
    if chosen == other:
        return chosen
    condition = builder.constants.get(asked)
    if condition is None:
        return None
    return chosen if condition != 0.0 else other


def _is(builder: Builder, node: int, value: float) -> bool:
    """Whether a node is this constant, the sign of a zero included."""
    found = builder.constants.get(node)
    return found == value and math.copysign(1.0, found) == math.copysign(1.0, value)


#: What may hold whatever the operands are.
WITHOUT: dict[Gate, Rule] = {negate: _negate, absolute: _absolute, where: _where}

#: What may hold where an operand is a constant.
WITH_CONSTANT: dict[Gate, Rule] = {
    **WITHOUT,
    add: _add,
    subtract: _subtract,
    multiply: _multiply,
    divide: _divide,
    power: _power,
}
