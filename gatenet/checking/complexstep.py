"""The complex step: slopes to the last digits in plain Python, where every gate allows it.

The imaginary part of f(x + ih) over h is f'(x) for a tiny h, with no difference taken and so no
digit lost.  Textbook formulas run on complex numbers; the real parts are put right from the
recorded values, because textbooks cancel.  Gates without a complex form (erf, atan2, a kink under
the point) say no, and differences serve.
Source: Squire and Trapp, Using complex variables to estimate derivatives of real functions (1998).
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from gatenet.checking.kinds import NoFormula, Number, Undecided, Wiring, derived, function_of
from gatenet.checking.lines import SMOOTH, Truth

#: The step: so small that its square is nothing, so large that most products are numbers. What is
#: nearer to 0 than the other number has lost digits, or is about to.
STEP = 2.0**-600
_LOST = 2.0**-1000


class Step(Number):
    """A complex number that stands for a real one and its slope."""

    __slots__ = ()

    @classmethod
    def of(cls, value: Any) -> Any:
        """Lift a plain number."""
        return value if type(value) is cls else cls(complex(value))

    def sign(self) -> int:
        """The sign of the real part.  Raises Undecided at 0, where a kink may be."""
        if self.inner.real == 0.0:
            if self.inner.imag == 0.0:
                return 0
            raise Undecided
        return 1 if self.inner.real > 0 else -1

    def power(self, other: Any) -> Any:
        """The power of a positive number, or of any for a small whole exponent."""
        exponent = other.inner
        if exponent.imag == 0.0 and exponent.real.is_integer() and abs(exponent.real) <= 64:
            return self ** int(exponent.real)
        return Step(cmath.exp(exponent * _positive(self.inner, cmath.log)))


def _positive(inner: complex, function: Callable[[complex], complex]) -> complex:
    if not inner.real > 0:
        raise Undecided
    return function(inner)


def _lifted(function: Callable[[complex], complex]) -> Callable[[Any], Step]:
    return lambda x: Step(function(Step.of(x).inner))


def _missing(x: Any) -> Any:
    raise NoFormula("a function without a complex form")


Step.functions = derived({
    **{name: _lifted(getattr(cmath, name))
       for name in ("exp", "sin", "cos", "tan", "atan", "tanh", "asin", "acos")},
    "log": lambda x: Step(_positive(Step.of(x).inner, cmath.log)),
    "sqrt": lambda x: Step(_positive(Step.of(x).inner, cmath.sqrt)),
    "erf": _missing,
    "atan2": lambda y, x: _missing(x),
})  # fmt: skip


def _slope(function: Callable[[Any], Any], operands: list[Any]) -> float:
    """The imaginary part of a gate; Undecided where so small a number has lost its digits.

    One that is exactly 0 must be so for operands that move faster as well.
    """
    found: float = function(operands).inner.imag
    if found == 0.0:
        faster = [Step(complex(op.inner.real, op.inner.imag * 2.0**400)) for op in operands]
        if any(op.inner.imag for op in operands) and function(faster).inner.imag:
            raise Undecided
    elif abs(found) < _LOST:
        raise Undecided
    return found


def by_complex_step(wiring: Wiring, direction: Mapping[int, float]) -> list[Truth] | None:
    """The slope of each output as leaves move in a direction; None where a gate says no."""
    values: list[Any] = [Step.of(value) for value in wiring.values]
    for k, slope in direction.items():
        values[k] = Step(complex(wiring.values[k], STEP * slope))
    try:
        for k in wiring.moved_by(list(direction)):
            operands = [values[j] for j in wiring.rows[k].operands]
            function = function_of(wiring.gates[k], Step)
            values[k] = Step(complex(wiring.values[k], _slope(function, operands)))
    except (NoFormula, Undecided, ArithmeticError, ValueError):
        return None
    truths = []
    for row in wiring.outputs:
        slope = values[row].inner.imag / STEP
        if not math.isfinite(slope) or not math.isfinite(wiring.values[row]):
            return None
        exact = Fraction(slope)
        value = Fraction(wiring.values[row])
        truths.append(Truth(SMOOTH, value, exact, exact, "complex step", 600))
    return truths
