"""Precise numbers: balls by python-flint and long floats by mpmath, where these are installed.

The only module of the library that looks for a package from outside, and it does without: where
neither is installed the checker works in float64 and its answers are wider.  Knows kinds of
numbers; does not know circuits.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from typing import Any, ClassVar

from gatenet.checking.kinds import Number, Undecided, derived

#: Functions that both packages have under the name that textbooks use.
_SHARED = ("exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "erf")
#: Numbers smaller than 2 to this power are as good as 0 to float64.
_NOTHING = -20000


#: Packages to do without even where they are installed: add "flint", "mpmath" or both.
HIDDEN: set[str] = set()


def package(name: str) -> Any:
    """A package if it is installed and not hidden, else None: "flint" or "mpmath"."""
    return None if name in HIDDEN else _imported(name)


@cache
def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


class Series(Number):
    """A value and its slope in one direction, as balls: a power series of two terms (flint).

    Comparing two series compares what they are just beyond the point, in the direction they move:
    at a kink each direction finds its own side.  `ties` counts comparisons between equal values
    that part beyond the point, which is where kinks and jumps are.
    """

    __slots__ = ()
    ties: ClassVar[int] = 0

    @classmethod
    def of(cls, value: Any) -> Any:
        """Lift a plain number to a series that does not move."""
        if type(value) is cls:
            return value
        flint = package("flint")
        return cls(flint.arb_series([flint.arb(value)]))

    @classmethod
    def moving(cls, value: float, slope: float) -> Any:
        """A leaf that moves with a slope."""
        flint = package("flint")
        return cls(flint.arb_series([flint.arb(value), flint.arb(slope)]))

    @classmethod
    def pi(cls) -> Any:
        """The number pi in a ball."""
        return cls(package("flint").arb_series([package("flint").arb.pi()]))

    def sign(self) -> int:
        """The sign just beyond the point."""
        for k in range(2):
            term = self.inner[k]
            if term.is_zero():
                continue
            Series.ties += k
            if term > 0:
                return 1
            if term < 0:
                return -1
            raise Undecided
        return 0

    def power(self, other: Any) -> Any:
        """The power by exp and log; of a negative number for a whole constant exponent alone."""
        base, exponent = self.inner[0], other.inner[0]
        if base > 0:
            return Series((other.inner * self.inner.log()).exp())
        fixed = other.inner[1].is_zero() and exponent.is_integer()
        if fixed and base < 0:
            size = Series((other.inner * (-self.inner).log()).exp())
            return size if (exponent / 2).is_integer() else -size
        if fixed and 0 <= exponent < 64:
            return self ** int(float(exponent))
        raise ValueError("not real")

    @property
    def settled(self) -> bool:
        """Whether value and slope are known well enough to stand for the truth."""
        return all(_settled(self.inner[k]) for k in range(2))

    def term(self, k: int) -> Fraction:
        """The value (0) or the slope (1)."""
        mantissa, exponent = self.inner[k].mid().man_exp()
        return scaled(int(mantissa), int(exponent))


def scaled(mantissa: int, exponent: int) -> Fraction:
    """The number mantissa x 2**exponent; 0 for one far below every float."""
    if mantissa.bit_length() + exponent < _NOTHING:
        return Fraction(0)
    return Fraction(mantissa) * Fraction(2) ** exponent


def _settled(ball: Any) -> bool:
    if ball.is_nan() or not ball.is_finite():
        return False
    small = package("flint").arb(2) ** -1140
    return bool(ball.is_zero() or ball.rel_accuracy_bits() >= 70 or abs(ball).upper() < small)


def _of_series(name: str) -> Callable[[Any], Any]:
    return lambda x: Series(getattr(Series.of(x).inner, name)())


def _tanh(x: Any) -> Any:
    """Give tanh by exponentials of what is not positive, which cannot overflow."""
    x = Series.of(x)
    downwards = bool(x.inner[0] < 0)
    fall = Series(((2 if downwards else -2) * x.inner).exp())
    size = (1 - fall) / (1 + fall)
    return -size if downwards else size


def _atan2(y: Any, x: Any) -> Any:
    """Give the angle: the constant term by flint, the slope as that of atan(y/x) or its rest."""
    y, x = Series.of(y), Series.of(x)
    turned = -(x / y) if abs(y.inner[0]) > abs(x.inner[0]) else y / x
    terms = turned.inner.atan()
    angle = package("flint").arb.atan2(y.inner[0], x.inner[0])
    if y.inner[0].is_zero() and x.inner[0] < 0 and y.sign() < 0:
        angle = -angle  # just below the cut, where the angle jumps
    return Series(terms - terms[0] + angle)


Series.functions = derived(
    {"atan2": _atan2, "tanh": _tanh, **{name: _of_series(name) for name in _SHARED}}
)


@contextmanager
def series_bits(bits: int) -> Iterator[None]:
    """Work in balls of so many bits, with series of two terms; put back what was set."""
    context = package("flint").ctx
    before = context.prec, context.cap
    context.prec, context.cap = bits, 2
    try:
        yield
    finally:
        context.prec, context.cap = before


class Wide(Number):
    """A long float (mpmath), for differences that need no rule of differentiation."""

    __slots__ = ()

    @classmethod
    def of(cls, value: Any) -> Any:
        """Lift a plain number, exactly."""
        return value if type(value) is cls else cls(package("mpmath").mpf(value))

    @classmethod
    def pi(cls) -> Any:
        """The number pi at the present precision."""
        return cls(+package("mpmath").mp.pi)

    def sign(self) -> int:
        """The sign of the number.  Raises Undecided for nan."""
        if self.inner != self.inner:
            raise Undecided
        return int(self.inner > 0) - int(self.inner < 0)

    def power(self, other: Any) -> Any:
        """The power, where it is real."""
        return _real(self.inner**other.inner)

    @property
    def finite(self) -> bool:
        """Whether this is neither infinite nor nan."""
        return bool(package("mpmath").isfinite(self.inner))

    @property
    def exact(self) -> Fraction:
        """The number as a fraction."""
        sign, mantissa, exponent, _ = self.inner._mpf_
        return scaled(-int(mantissa) if sign else int(mantissa), int(exponent))


def _of_wide(name: str) -> Callable[..., Any]:
    return lambda *x: _real(getattr(package("mpmath").mp, name)(*[Wide.of(v).inner for v in x]))


def _real(inner: Any) -> Wide:
    if not isinstance(inner, package("mpmath").mpf):
        raise ValueError("not real")
    return Wide(inner)


Wide.functions = derived({name: _of_wide(name) for name in (*_SHARED, "tanh", "atan2")})


def wide_bits(bits: int) -> Any:
    """Work in long floats of so many bits, inside a `with`."""
    return package("mpmath").mp.workprec(bits)
