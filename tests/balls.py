"""The fast oracle: a gate's textbook formula in ball arithmetic, by python-flint.

A power series in one input, with balls for coefficients, gives a value and its derivatives with a
rigorous bound in some tens of microseconds; the precision doubles until the bound is small.
`test_oracle` holds it against the slow oracle, which knows no rule of differentiation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

from flint import arb, arb_series, ctx

from gatenet.declaration import Gate

#: Bits to start with, the most that are tried, and how many must be right.
START, MOST, RIGHT = 200, 12800, 70
#: What textbook formulas may call, besides abs, max, min, sum, prod, tanh, atan2.
FUNCTIONS = ("exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "erf")


class Series:
    """A truncated power series that textbook formulas can be evaluated on."""

    __slots__ = ("terms",)

    def __init__(self, terms: Any) -> None:
        self.terms = terms

    @property
    def middle(self) -> Any:
        """The constant term."""
        return self.terms[0]

    def __lt__(self, other: Any) -> bool:
        return bool(self.middle < lifted(other).middle)

    def __gt__(self, other: Any) -> bool:
        return bool(self.middle > lifted(other).middle)

    def __le__(self, other: Any) -> bool:
        return not self > other

    def __ge__(self, other: Any) -> bool:
        return not self < other

    def __eq__(self, other: object) -> bool:
        return bool(self.middle == lifted(other).middle)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other: Any) -> Series:
        return Series(self.terms + lifted(other).terms)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Series:
        return Series(self.terms - lifted(other).terms)

    def __rsub__(self, other: Any) -> Series:
        return Series(lifted(other).terms - self.terms)

    def __mul__(self, other: Any) -> Series:
        return Series(self.terms * lifted(other).terms)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Series:
        return Series(self.terms / lifted(other).terms)

    def __rtruediv__(self, other: Any) -> Series:
        return Series(lifted(other).terms / self.terms)

    def __neg__(self) -> Series:
        return Series(-self.terms)

    def __abs__(self) -> Series:
        return -self if self < 0 else self

    def __pow__(self, other: Any) -> Series:
        if isinstance(other, int):
            return math.prod([self] * other, start=lifted(1))
        power = lifted(other)
        if self > 0:
            return Series((power.terms * self.terms.log()).exp())
        if power.terms.length() <= 1 and power.middle.is_integer() and self < 0:
            size = Series((power.terms * (-self.terms).log()).exp())
            return size if (power.middle / 2).is_integer() else -size
        raise ValueError("not real")


def lifted(value: Any) -> Series:
    """Turn a number into a series that is constant."""
    return value if isinstance(value, Series) else Series(arb_series([arb(value)]))


def _function(name: str) -> Any:
    return lambda x: Series(getattr(lifted(x).terms, name)())


def _tanh(x: Any) -> Series:
    """Give tanh by exponentials of what is not positive, which cannot overflow."""
    fall = _function("exp")(-2 * abs(lifted(x)))
    size = (1 - fall) / (1 + fall)
    return -size if lifted(x) < 0 else size


def _atan2(y: Any, x: Any) -> Series:
    """Give the angle: the constant term by flint, the others as those of atan(y/x) or of its
    complement."""
    y, x = lifted(y), lifted(x)
    turned = -(x / y) if abs(y) > abs(x) else y / x
    terms = turned.terms.atan()
    return Series(terms - terms[0] + arb.atan2(y.middle, x.middle))


_NAMES = {
    "__builtins__": {"abs": abs, "max": max, "min": min, "sum": sum, "len": len, "zip": zip},
    "prod": math.prod,
    "atan2": _atan2,
    "tanh": _tanh,
    **{name: _function(name) for name in FUNCTIONS},
}


@cache
def _code(textbook: str) -> Any:
    return compile(textbook, f"<{textbook}>", "eval")


def derivatives(
    gate: Gate, inputs: Sequence[float], at: int, order: int = 1, **static: float
) -> list[Any] | None:
    """Give the textbook's value and derivatives in input number `at`, up to `order`, as balls.

    None where the formula is undefined, or where no precision tried gives a small bound.
    """
    code, bits = _code(gate.textbook), START
    while bits <= MOST:
        ctx.prec, ctx.cap = bits, order + 1
        operands = [Series(arb_series([arb(x), 1] if k == at else [arb(x)]))
                    for k, x in enumerate(inputs)]  # fmt: skip
        size = len(operands) // gate.groups
        rows: list[Any] = operands
        if gate.variadic:
            rows = [operands[k * size : (k + 1) * size] for k in range(gate.groups)]
        names = dict(zip(gate.inputs, rows, strict=True))
        fixed = {name: lifted(value) for name, value in {**gate.static, **static}.items()}
        try:
            terms = lifted(eval(code, {**_NAMES, "pi": arb.pi(), **fixed, **names})).terms
        except (ZeroDivisionError, ValueError):
            terms = None
        if terms is not None:
            found = [terms[k] * math.factorial(k) for k in range(order + 1)]
            if all(map(_settled, found)):
                return found
        bits *= 2
    return None


def _settled(ball: Any) -> bool:
    """Whether a ball is small enough to be the truth, or lies wholly below what floats can hold."""
    if ball.is_nan() or not ball.is_finite():
        return False
    return bool(
        ball.is_zero() or ball.rel_accuracy_bits() >= RIGHT or abs(ball).upper() < arb(2) ** -1140
    )


def ulps(got: float, exact: Any, largest: Any = None) -> float:
    """Say how many units in the last place lie between `got` and the exact ball.

    With `largest`, the units are those of that number, where it is larger than the exact one.
    """
    if math.isnan(got):
        return math.inf
    if exact.is_zero() and largest is None:
        return 0.0 if got == 0 else math.inf
    exponent = max(_exponent(exact), -1073 if largest is None else _exponent(largest))
    if exponent > 1030:
        return 0.0 if math.isinf(got) and (got > 0) == bool(exact > 0) else math.inf
    unit = arb(2) ** min(max(exponent - 53, -1074), 971)
    if math.isinf(got):
        if (got > 0) != bool(exact > 0):
            return math.inf
        return max(0.0, float(((arb(2) ** 1024 - abs(exact)) / unit).mid()) - 0.5)
    return float((abs(arb(got) - exact) / unit).upper())


def _exponent(ball: Any) -> int:
    """The least e with abs(ball) < 2**e."""
    mantissa, exponent = ball.mid().man_exp()
    return int(exponent) + int(mantissa).bit_length() if mantissa else -1073
