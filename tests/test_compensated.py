"""Exact rests of products, against rational numbers."""

import math
import sys
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatenet.gates import compensated
from gatenet.gates.compensated import halves, normal, polynomial, product_rest, square_rest

moderate = st.floats(1e-120, 1e120).flatmap(lambda x: st.sampled_from([x, -x]))


@given(moderate)
def test_halves_are_exact_and_short(x):
    """The two parts add up to x exactly, and each has at most 26 bits."""
    high, low = halves(x)

    assert Fraction(high) + Fraction(low) == Fraction(x)
    for part in (high, low):
        mantissa, _ = math.frexp(part)
        assert (mantissa * 2**26).is_integer()


@given(moderate, moderate)
def test_the_rest_of_a_product_is_exact(a, b):
    """Product and rest are the exact product."""
    product = a * b

    assert Fraction(product) + Fraction(product_rest(a, b, product)) == Fraction(a) * Fraction(b)


@given(moderate)
def test_the_rest_of_a_square_is_exact(x):
    """Square and rest are the exact square."""
    square = x * x

    assert Fraction(square) + Fraction(square_rest(x, square)) == Fraction(x) ** 2


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=6), st.integers(-9, 9))
def test_a_polynomial_has_its_constant_first(coefficients, x):
    """Horner's scheme gives the sum of coefficients times powers."""
    expected = sum(c * x**k for k, c in enumerate(coefficients))

    assert expected == polynomial(x, coefficients)


def test_what_is_normal():
    """Normal numbers have all their digits."""
    good, bad = [1.0, -1.0, 2.0**-1022, 1.7e308], [0.0, 5e-324, 1e-310, math.inf, math.nan]

    bad += [-5e-324, -math.inf, math.nextafter(2.0**-1022, 0.0)]
    assert [bool(normal(x)) for x in good + bad] == [True] * len(good) + [False] * len(bad)


def test_constants_are_the_nearest_floats():
    """Each irrational constant is the float nearest to it, and the rest is what that leaves out."""
    mpmath = pytest.importorskip("mpmath")
    with mpmath.mp.workprec(300):
        half, pi = mpmath.sqrt(mpmath.mpf(1) / 2), +mpmath.mp.pi
        assert float(half) == compensated.SQRT_HALF
        assert float(half - compensated.SQRT_HALF) == compensated.SQRT_HALF_REST
        assert float(1 / mpmath.sqrt(2 * pi)) == compensated.INV_SQRT_2PI
        assert float(2 / mpmath.sqrt(pi)) == compensated.TWO_OVER_SQRT_PI


def test_sizes_leave_room_for_squares():
    """Squares between LOW and HIGH keep all their digits; LIFT brings other numbers there."""
    low, high, lift = compensated.LOW, compensated.HIGH, compensated.LIFT

    assert sys.float_info.min == compensated.TINY
    assert (low, high, lift) == (2.0**-500, 2.0**500, 2.0**600)
    assert low * low / 2.0**20 > compensated.TINY
    assert math.isfinite(high * high * 2.0**20)
    assert low <= 5e-324 * lift <= high
    assert low <= sys.float_info.max / lift <= high
