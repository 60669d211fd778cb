"""IEEE 754 results where Python's operators and `math` would raise.

`1.0 / 0.0`, `math.exp(710.0)` and `math.log(0.0)` are exceptions in Python; in gatenet they are
inf, inf and -inf, as in C and in every array library.  The functions here have C99's values at
those points and call the same functions as the plain operators everywhere else, to the bit.
Knows nothing of the other rooms.
"""

from __future__ import annotations

import math
from collections.abc import Callable

inf = math.inf
nan = math.nan


def divide(a: float, b: float) -> float:
    """Divide as IEEE 754 does: x/0 is an infinity with the product of the signs, 0/0 is nan.

    >>> divide(1.0, -0.0)
    -inf
    """
    try:
        return a / b
    except ZeroDivisionError:
        if a == 0 or a != a:
            return nan
        return math.copysign(inf, a) * math.copysign(1.0, b)


def power(a: float, b: float) -> float:
    """Raise a to b as C99's `pow` does; never complex, never an exception.

    >>> power(0.0, -1.0), power(-8.0, 0.5), power(10.0, 400.0), power(-10.0, 401.0)
    (inf, nan, inf, -inf)
    """
    try:
        return math.pow(a, b)
    except OverflowError:
        odd = b % 2.0 == 1.0
        return -inf if a < 0 and odd else inf
    except ValueError:
        if a == 0:
            odd = b % 2.0 == 1.0
            return math.copysign(inf, a) if odd else inf
        return nan


def _trapped(
    function: Callable[[float], float],
    overflow: Callable[[float], float],
    undefined: Callable[[float], float],
) -> Callable[[float], float]:
    """Make `function` total: `overflow(x)` for OverflowError, `undefined(x)` for ValueError."""

    def total(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return overflow(x)
        except ValueError:
            return undefined(x)

    total.__name__ = function.__name__
    return total


def _infinite(x: float) -> float:
    return inf


def _signed(x: float) -> float:
    return math.copysign(inf, x)


def _undefined(x: float) -> float:
    return nan


def _pole(at: float, value: Callable[[float], float]) -> Callable[[float], float]:
    """Give `value(x)` where x is exactly the pole `at`, nan beyond it."""
    return lambda x: value(x) if x == at else nan


def _negative_infinite(x: float) -> float:
    return -inf


exp = _trapped(math.exp, _infinite, _undefined)
expm1 = _trapped(math.expm1, _infinite, _undefined)
sinh = _trapped(math.sinh, _signed, _undefined)
cosh = _trapped(math.cosh, _infinite, _undefined)
log = _trapped(math.log, _infinite, _pole(0.0, _negative_infinite))
log2 = _trapped(math.log2, _infinite, _pole(0.0, _negative_infinite))
log10 = _trapped(math.log10, _infinite, _pole(0.0, _negative_infinite))
log1p = _trapped(math.log1p, _infinite, _pole(-1.0, _negative_infinite))
sqrt = _trapped(math.sqrt, _infinite, _undefined)
sin = _trapped(math.sin, _infinite, _undefined)
cos = _trapped(math.cos, _infinite, _undefined)
tan = _trapped(math.tan, _signed, _undefined)
asin = _trapped(math.asin, _infinite, _undefined)
acos = _trapped(math.acos, _infinite, _undefined)
acosh = _trapped(math.acosh, _infinite, _undefined)


def atanh(x: float) -> float:
    """Give the inverse hyperbolic tangent; an infinity at -1 and 1, nan beyond.

    >>> atanh(-1.0), atanh(2.0)
    (-inf, nan)
    """
    try:
        return math.atanh(x)
    except ValueError:
        return math.copysign(inf, x) if abs(x) == 1 else nan
