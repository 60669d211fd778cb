"""IEEE results where Python raises: against C99's table, and bit-equal elsewhere."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tapes import bits

from gatenet import ieee

inf, nan = math.inf, math.nan

#: C99 Annex F, and IEEE 754 for division.
TABLE = [
    ("divide", (1.0, 0.0), inf), ("divide", (1.0, -0.0), -inf), ("divide", (-1.0, 0.0), -inf),
    ("divide", (-1.0, -0.0), inf), ("divide", (0.0, 0.0), nan), ("divide", (0.0, -0.0), nan),
    ("divide", (inf, 0.0), inf), ("divide", (inf, -0.0), -inf), ("divide", (nan, 0.0), nan),
    ("divide", (inf, inf), nan), ("divide", (1e308, 1e-308), inf), ("divide", (0.0, -1.0), -0.0),
    ("power", (0.0, -1.0), inf), ("power", (-0.0, -1.0), -inf), ("power", (-0.0, -2.0), inf),
    ("power", (0.0, -0.5), inf), ("power", (-0.0, -3.0), -inf), ("power", (-0.0, -inf), inf),
    ("power", (-1.0, inf), 1.0), ("power", (1.0, nan), 1.0), ("power", (nan, 0.0), 1.0),
    ("power", (-8.0, 1 / 3), nan), ("power", (-8.0, 3.0), -512.0), ("power", (10.0, 400.0), inf),
    ("power", (-10.0, 400.0), inf), ("power", (-10.0, 401.0), -inf), ("power", (0.0, 0.0), 1.0),
    ("power", (-inf, -3.0), -0.0), ("power", (-inf, 3.0), -inf), ("power", (-inf, 0.5), inf),
    ("power", (0.5, -inf), inf), ("power", (1e-200, -2.0), inf), ("power", (1e-200, -3.0), inf),
    ("power", (-1e-200, -3.0), -inf),
    ("exp", (710.0,), inf), ("exp", (-746.0,), 0.0), ("exp", (-inf,), 0.0), ("exp", (nan,), nan),
    ("expm1", (710.0,), inf), ("expm1", (-inf,), -1.0), ("expm1", (-0.0,), -0.0),
    ("sinh", (711.0,), inf), ("sinh", (-711.0,), -inf), ("cosh", (711.0,), inf),
    ("cosh", (-711.0,), inf), ("cosh", (-inf,), inf),
    ("log", (0.0,), -inf), ("log", (-0.0,), -inf), ("log", (-1.0,), nan), ("log", (inf,), inf),
    ("log", (-inf,), nan), ("log2", (0.0,), -inf), ("log2", (-1.0,), nan),
    ("log10", (0.0,), -inf), ("log10", (-1.0,), nan), ("log1p", (-1.0,), -inf),
    ("log1p", (-2.0,), nan), ("log1p", (-inf,), nan), ("log1p", (-0.0,), -0.0),
    ("sqrt", (-1.0,), nan), ("sqrt", (-0.0,), -0.0), ("sqrt", (-inf,), nan), ("sqrt", (inf,), inf),
    ("sin", (inf,), nan), ("cos", (-inf,), nan), ("tan", (inf,), nan),
    ("asin", (1.5,), nan), ("acos", (-1.5,), nan), ("asin", (inf,), nan),
    ("acosh", (0.5,), nan), ("acosh", (1.0,), 0.0), ("acosh", (-inf,), nan),
    ("atanh", (1.0,), inf), ("atanh", (-1.0,), -inf), ("atanh", (1.5,), nan),
    ("atanh", (inf,), nan), ("atanh", (nan,), nan), ("atanh", (-0.0,), -0.0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "at", "expected"), TABLE)
def test_the_hard_places(name, at, expected):
    """Each function has C99's value, to the sign of zero, and raises nothing."""
    assert bits(getattr(ieee, name)(*at)) == bits(expected)


UNARY = ["exp", "expm1", "sinh", "cosh", "log", "log2", "log10", "log1p", "sqrt", "sin", "cos",
         "tan", "asin", "acos", "acosh", "atanh"]  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
@given(x=st.floats())
def test_where_python_answers_so_do_we(name, x):
    """Where `math` has a value ours has the same bits; where it raises ours is nan or infinite."""
    try:
        expected = getattr(math, name)(x)
    except (ValueError, OverflowError):
        assert not math.isfinite(getattr(ieee, name)(x))
    else:
        assert bits(getattr(ieee, name)(x)) == bits(expected)


@given(st.floats(), st.floats())
def test_division_and_power_of_anything(a, b):
    """Division and power are total, and Python's own where Python has an answer."""
    for ours, theirs in [(ieee.divide, lambda: a / b), (ieee.power, lambda: math.pow(a, b))]:
        found = ours(a, b)
        assert isinstance(found, float)
        try:
            assert bits(found) == bits(theirs())
        except (ZeroDivisionError, ValueError, OverflowError):
            assert not math.isfinite(found)


@given(st.floats(-1e3, 1e3), st.integers(-9, 9))
def test_power_keeps_the_sign_of_an_odd_power(a, n):
    """A power past float64 keeps the sign that the exact power has."""
    big = ieee.power(a * 1e300, 2.0 * n + 1.0)
    if math.isinf(big) and n > 0:
        assert math.copysign(1.0, big) == math.copysign(1.0, a)
