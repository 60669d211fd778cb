"""The slow oracle: a gate's textbook formula at 1,600 bits and more, by mpmath.

Its derivatives are differences of the textbook formula alone: no rule of differentiation, ours or
anybody's, enters them.  At 50 digits such an oracle is wrong at every third point of a sigmoid;
here the precision starts at 1,600 bits and doubles until two steps agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from balls import FUNCTIONS
from mpmath import mp, mpf

from gatenet.declaration import Gate

#: Bits to start with, the most that are tried, and how many a derivative must repeat.
START, MOST, AGREE = 1600, 12800, 80

_NAMES: dict[str, Any] = {
    "__builtins__": {"abs": abs, "max": max, "min": min, "sum": sum, "len": len, "zip": zip},
    "prod": math.prod,
    "pi": mp.pi,
    **{name: getattr(mp, name) for name in ("atan2", "tanh", *FUNCTIONS)},
}


class Slope(NamedTuple):
    """One-sided derivatives: equal where smooth, None on a side where there is none."""

    left: Any
    right: Any

    @property
    def smooth(self) -> bool:
        """Whether both sides are there and agree."""
        return (
            self.left is not None
            and self.right is not None
            and abs(self.left - self.right) <= abs(self.right) * mpf(2) ** -(AGREE - 10)
        )


@lru_cache(maxsize=1)
def _codes() -> dict[str, Any]:
    return {}


def textbook(gate: Gate, inputs: Sequence[Any], static: dict[str, Any]) -> Any:
    """Evaluate a gate's textbook formula on mpmath numbers; None where it is not real."""
    codes = _codes()
    if gate.textbook not in codes:
        codes[gate.textbook] = compile(gate.textbook, f"<textbook of {gate.name}>", "eval")
    if gate.variadic:
        size = len(inputs) // gate.groups
        rows = [list(inputs[k * size : (k + 1) * size]) for k in range(gate.groups)]
        names = dict(zip(gate.inputs, rows, strict=True))
    else:
        names = dict(zip(gate.inputs, inputs, strict=True))
    constants = {name: mpf(value) for name, value in {**gate.static, **static}.items()}
    try:
        found = eval(codes[gate.textbook], {**_NAMES, **constants, **names})
    except (ZeroDivisionError, ValueError):
        return None
    if isinstance(found, (int, float)):
        found = mpf(found)
    return found if isinstance(found, mpf) and not mp.isnan(found) else None


def value(gate: Gate, inputs: Sequence[float], **static: float) -> Any:
    """Give the textbook's value at float inputs, right to `AGREE` bits; None where undefined."""
    previous: Any = None
    bits = START
    while bits <= MOST:
        with mp.workprec(bits):
            found = textbook(gate, [mpf(x) for x in inputs], dict(static))
            if found is None or mp.isinf(found):
                return found
            if previous is not None and abs(found - previous) <= abs(found) * mpf(2) ** -AGREE:
                return found
        previous = found
        bits *= 2
    raise ArithmeticError(f"the textbook of {gate.name} does not settle at {inputs}")


def slope(gate: Gate, inputs: Sequence[float], at: int, **static: float) -> Slope:
    """Give the textbook's one-sided derivatives in input number `at`, by differences."""
    bits, previous = START, None
    while bits <= MOST:
        with mp.workprec(bits):
            found = _differences(gate, [mpf(x) for x in inputs], at, static)
            if previous is not None and all(map(_same, found, previous)):
                return found
        previous = found
        bits *= 2
    raise ArithmeticError(f"the textbook of {gate.name} has no stable slope at {inputs}")


def _differences(gate: Gate, inputs: list[Any], at: int, static: dict[str, float]) -> Slope:
    """Divide differences over two small steps on each side; extrapolate to no step at all."""

    def f(x: Any) -> Any:
        return textbook(gate, [*inputs[:at], x, *inputs[at + 1 :]], dict(static))

    x = inputs[at]
    middle = f(x)
    if middle is None or mp.isinf(middle):
        return Slope(None, None)
    step = min(abs(x), mpf(1)) if x != 0 else mpf(2) ** -1080
    return Slope(*[_one_sided(f, x, middle, sign * step) for sign in (-1, 1)])


def _one_sided(f: Callable[[Any], Any], x: Any, middle: Any, step: Any) -> Any:
    """Extrapolate (f(x + h) - f(x)) / h from three steps; None where f is not real there."""
    found = []
    for power in (100, 101, 102):
        h = step * mpf(2) ** -power
        beside = f(x + h)
        if beside is None or mp.isinf(beside):
            return None
        found.append((beside - middle) / h)
    first, second = 2 * found[1] - found[0], 2 * found[2] - found[1]
    return (4 * second - first) / 3


def _same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return bool(abs(one - other) <= abs(one) * mpf(2) ** -AGREE)


def ulps(got: float, exact: Any) -> float:
    """Say how many units in the last place of the exact number lie between it and `got`.

    >>> ulps(1.0, mpf(1))
    0.0
    """
    if math.isnan(got):
        return math.inf
    return distance(got, _fraction(exact))


def _fraction(exact: Any) -> Fraction:
    sign, mantissa, exponent, _ = exact._mpf_
    size = int(mantissa) * Fraction(2) ** int(exponent) if abs(exponent) < 20000 else Fraction(0)
    return -size if sign else size


def distance(got: float, exact: Fraction) -> float:
    """Measure in ULP of the exact number; an overflow counts from the largest float on."""
    size = abs(exact)
    top = Fraction(2) ** 1024
    unit = Fraction(2) ** -1074
    if size >= unit:
        exponent = size.numerator.bit_length() - size.denominator.bit_length()
        exponent -= size < Fraction(2) ** exponent
        unit = Fraction(2) ** min(max(exponent - 52, -1074), 971)
    if math.isinf(got):
        if (got > 0) != (exact > 0):
            return math.inf
        return float(max(Fraction(0), (top - size) / unit - Fraction(1, 2)))
    if size >= top:
        return math.inf
    return float(abs(Fraction(got) - exact) / unit)
