"""ONNX's words for primitive gates, and how gates without one are built of those that have one.

ONNX has no expm1, log1p, log2, log10 and atan2; onnxruntime has no float64 kernel for several
operators that ONNX does have (tan, asin, acos, atan, sinh, cosh, asinh, acosh, atanh).  The forms
are written with gates, on whatever takes gates; each is good to a few units in the last place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from gatenet import gates
from gatenet.declaration import Gate

#: Gates that are one operator of ONNX, which onnxruntime runs in float64.
OPERATORS: Mapping[Gate, str] = {
    gates.add: "Add", gates.subtract: "Sub", gates.multiply: "Mul", gates.divide: "Div",
    gates.power: "Pow", gates.negate: "Neg", gates.absolute: "Abs", gates.exp: "Exp",
    gates.log: "Log", gates.sqrt: "Sqrt", gates.tanh: "Tanh", gates.sin: "Sin", gates.cos: "Cos",
}  # fmt: skip
#: Gates that give ONNX's truth values.
COMPARISONS: Mapping[Gate, str] = {
    gates.less: "Less", gates.less_equal: "LessOrEqual", gates.greater: "Greater",
    gates.greater_equal: "GreaterOrEqual", gates.equal: "Equal",
}  # fmt: skip

LN2 = math.log(2.0)


def _signed(x: Any, size: Any) -> Any:
    """Give a size the sign of x; x itself where it is a zero of either sign."""
    return gates.where(gates.equal(x, 0.0), x, gates.where(gates.less(x, 0.0), -size, size))


def _not_equal(a: Any, b: Any) -> Any:
    return gates.subtract(1.0, gates.equal(a, b))


def _expm1(x: Any) -> Any:
    """Kahan's quotient, in which the rounding of exp(x) cancels."""
    u = gates.exp(x)
    near = (u - 1.0) * (x / gates.log(u))
    found = gates.where(gates.equal(u, math.inf), u, near)
    found = gates.where(gates.equal(u - 1.0, -1.0), -1.0, found)
    return gates.where(gates.equal(u, 1.0), x, found)


def _log1p(x: Any) -> Any:
    """Kahan's quotient, in which the rounding of 1 + x cancels."""
    u = 1.0 + x
    found = gates.where(gates.equal(u, math.inf), u, gates.log(u) * (x / (u - 1.0)))
    return gates.where(gates.equal(u, 1.0), x, found)


def _sinh(x: Any) -> Any:
    size = gates.absolute(x)
    small = _expm1(size)
    half = gates.exp(0.5 * size)
    large = half * (0.5 * half)
    return _signed(x, gates.where(size < 22.0, 0.5 * (small + small / (small + 1.0)), large))


def _cosh(x: Any) -> Any:
    size = gates.absolute(x)
    half = gates.exp(0.5 * size)
    small = 0.5 * (gates.exp(size) + gates.exp(-size))
    return gates.where(size < 22.0, small, half * (0.5 * half))


def _asinh(x: Any) -> Any:
    size = gates.absolute(x)
    small = _log1p(size + size * size / (1.0 + gates.sqrt(size * size + 1.0)))
    return _signed(x, gates.where(size > 1e8, gates.log(size) + LN2, small))


def _acosh(x: Any) -> Any:
    more = x - 1.0
    small = _log1p(more + gates.sqrt(more * (more + 2.0)))
    found = gates.where(x > 1e8, gates.log(x) + LN2, small)
    return gates.where(x < 1.0, math.nan, found)


def _atanh(x: Any) -> Any:
    size = gates.absolute(x)
    return _signed(x, 0.5 * _log1p(2.0 * size / (1.0 - size)))


def _atan(x: Any) -> Any:
    """Halve the angle three times, then the series, which is short for so small an angle."""
    size = gates.absolute(x)
    outside = size > 1.0
    t = gates.where(outside, 1.0 / size, size)
    for _ in range(3):
        t = t / (1.0 + gates.sqrt(1.0 + t * t))
    square = t * t
    series: Any = 1.0 / 19.0
    for n in range(17, 0, -2):
        series = 1.0 / n - square * series
    angle = 8.0 * (t * series)
    return _signed(x, gates.where(outside, math.pi / 2 - angle, angle))


def _asin(x: Any) -> Any:
    return _atan(x / gates.sqrt((1.0 - x) * (1.0 + x)))


def _acos(x: Any) -> Any:
    return 2.0 * _atan(gates.sqrt((1.0 - x) / (1.0 + x)))


def _atan2(y: Any, x: Any) -> Any:
    """The angle of the quotient, moved by half a turn left of the axis; all of C99's corners."""
    left = gates.where(gates.equal(x, 0.0), (1.0 / x) < 0.0, x < 0.0)
    below = gates.where(gates.equal(y, 0.0), (1.0 / y) < 0.0, y < 0.0)
    far = gates.equal(gates.absolute(x), math.inf) * gates.equal(gates.absolute(y), math.inf)
    origin = gates.equal(x, 0.0) * gates.equal(y, 0.0)
    corner = gates.where(gates.equal(x, y), 1.0, -1.0)
    quotient = gates.where(far, corner, gates.where(origin, y, y / x))
    angle = _atan(quotient)
    moved = angle + gates.where(below, -math.pi, math.pi)
    return gates.where(left, moved, gates.where(origin, y, angle))


#: Gates that are built of others.
FORMS: Mapping[Gate, Callable[..., Any]] = {
    gates.not_equal: _not_equal, gates.expm1: _expm1, gates.log1p: _log1p,
    gates.log2: lambda x: gates.log(x) / LN2,
    gates.log10: lambda x: gates.log(x) / math.log(10.0),
    gates.tan: lambda x: gates.sin(x) / gates.cos(x),
    gates.sinh: _sinh, gates.cosh: _cosh, gates.asinh: _asinh, gates.acosh: _acosh,
    gates.atanh: _atanh, gates.atan: _atan, gates.asin: _asin, gates.acos: _acos,
    gates.atan2: _atan2,
}  # fmt: skip
