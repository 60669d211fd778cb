"""Arithmetic: the gates behind Python's operators, and a few that are one step from them.

Knows comparisons; does not know exponentials or anything above.
"""

from __future__ import annotations

from typing import Any

from gatenet.declaration import Primitive, gate, operator
from gatenet.gates.comparisons import equal, where
from gatenet.gates.compensated import TINY

#: Brings any number below the normal ones up among them, exactly.
_LIFT = 2.0**54


@gate(symbol="+", textbook="a + b", partials=lambda z, a, b: (1, 1), primitive=operator("+"))
def add(a: Any, b: Any) -> Any:
    """Add two values; the upstream gradient flows to both unchanged.

    Kinks: none.

    >>> add(1.0, 2.0), add.partials(3.0, 1.0, 2.0)
    (3.0, (1.0, 1.0))
    """


@gate(symbol="−", textbook="a - b", partials=lambda z, a, b: (1, -1), primitive=operator("-"))
def subtract(a: Any, b: Any) -> Any:
    """Subtract b from a; the gradient flows to a unchanged, to b with its sign turned.

    Kinks: none.

    >>> subtract(1.0, 2.0), subtract.partials(-1.0, 1.0, 2.0)
    (-1.0, (1.0, -1.0))
    """


@gate(symbol="×", textbook="a * b", partials=lambda z, a, b: (b, a), primitive=operator("*"))
def multiply(a: Any, b: Any) -> Any:
    """Multiply two values; each receives the upstream gradient times the other.

    Kinks: none.

    >>> multiply(-2.0, 3.0), multiply.partials(-6.0, -2.0, 3.0)
    (-6.0, (3.0, -2.0))
    """


@gate(
    symbol="÷",
    textbook="a / b",
    partials=lambda z, a, b: (1 / b, divide_slope(a, b)),
    edges=lambda a, b: b,
    primitive=Primitive("({} / {})", "({} / {})", "ieee.divide({}, {})", ufunc="divide"),
)
def divide(a: Any, b: Any) -> Any:
    """Divide a by b; the gradient flows to a through 1/b and to b through -(a/b)/b.

    Kinks: none; b = 0 is an edge: 1/0 is inf, its derivatives inf and -inf, and 0/0 is nan.
    Numerics: correctly rounded, slopes within 0.5 and 1.8 ULP.

    >>> divide(1.0, 4.0), divide.partials(0.25, 1.0, 4.0)
    (0.25, (0.25, -0.0625))
    """


@gate(
    symbol="−",
    textbook="-x",
    partials=lambda z, x: -1,
    primitive=Primitive("(-{})", "(-{})", ufunc="negative"),
)
def negate(x: Any) -> Any:
    """Turn the sign; the upstream gradient flows back with its sign turned.

    Kinks: none.

    >>> negate(2.0), negate.partials(-2.0, 2.0)
    (-2.0, (-1.0,))
    """


@gate(symbol="id", textbook="x", partials=lambda z, x: 1)
def identity(x: Any) -> Any:
    """Pass the value on as it is, and the gradient back as it is.

    Kinks: none.

    >>> identity(2.0), identity.partials(2.0, 2.0)
    (2.0, (1.0,))
    """
    return x


@gate(
    symbol="|·|",
    textbook="abs(x)",
    partials=lambda z, x: sign(x),
    kinks=lambda x: x,
    primitive=Primitive("abs({})", "fabs({})", ufunc="absolute"),
)
def absolute(x: Any) -> Any:
    """Drop the sign; the gradient flows back with the sign that was dropped.

    Kinks: at 0 the slopes are -1 and 1; 0 is returned, the one of least size between them.

    >>> absolute(-2.0), absolute.partials(2.0, -2.0), absolute.partials(0.0, 0.0)
    (2.0, (-1.0,), (0.0,))
    """


@gate(
    symbol="sgn",
    textbook="1 if x > 0 else -1 if x < 0 else 0",
    partials=lambda z, x: where(equal(x, x), 0, x),
    kinks=lambda x: x,
    flat="a step",
)
def sign(x: Any) -> Any:
    """Give 1.0, -1.0 or 0.0 by the sign of x; nothing flows back.

    Kinks: a jump at 0; 0 is returned there as everywhere, nan for nan.

    >>> sign(-3.0), sign(0.0), sign.partials(-1.0, -3.0)
    (-1.0, 0.0, (0.0,))
    """
    return where(x > 0, 1, where(x < 0, -1, x))


@gate(
    symbol="x²",
    textbook="x * x",
    partials=lambda z, x: x + x,
    edges=lambda x: absolute(x) - 8.98846567431158e307,
)
def square(x: Any) -> Any:
    """Multiply a value by itself; it receives the upstream gradient times twice itself.

    Kinks: none; 2x overflows past 8.98e307.

    >>> square(-3.0), square.partials(9.0, -3.0)
    (9.0, (-6.0,))
    """
    return x * x


@gate(symbol="1/x", textbook="1 / x", partials=lambda z, x: -(z * z), edges=lambda x: x)
def reciprocal(x: Any) -> Any:
    """Divide 1 by x; the gradient flows back through -1/x².

    Kinks: none; x = 0 is an edge: inf and -inf.
    Numerics: the slope is within 1.9 ULP; -1/(x·x) would overflow early.

    >>> reciprocal(4.0), reciprocal.partials(0.25, 4.0)
    (0.25, (-0.0625,))
    """
    return 1 / x


@gate(
    slope_of="divide",
    symbol="−a/b²",
    textbook="-a / (b * b)",
    partials=lambda z, a, b: (divide_slope(1, b), -2 * (z / b)),
    edges=lambda a, b: b,
)
def divide_slope(a: Any, b: Any) -> Any:
    """Give the derivative of a / b by b; a gate, so that it can be differentiated.

    Kinks: none; b = 0 is an edge.
    Numerics: -(a/b)/b is within 1.8 ULP where -a/(b·b) overflows or loses all digits; an a below
    the normal numbers is lifted among them first.

    >>> divide_slope(1.0, 4.0), divide_slope(1e300, 1e200)
    (-0.0625, -1e-100)
    """
    return where(absolute(a) >= TINY, -(a / b / b), -((a * _LIFT) / b) / (b * _LIFT))
