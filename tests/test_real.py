"""Real numbers: what becomes a float, and what is refused with a mend."""

import enum
import math
from decimal import Decimal
from fractions import Fraction

import pytest
from tapes import bits

from gatenet import Unit
from gatenet.errors import OperandError, RangeError
from gatenet.real import number


class Level(enum.IntEnum):
    """An int by another name."""

    LOW = 3
    HUGE = 10**400


class Metres(float):
    """A float by another name."""


@pytest.mark.parametrize(
    ("given", "expected"),
    [(3, 3.0), (-0.0, -0.0), (2**53 + 2, float(2**53 + 2)), (Level.LOW, 3.0), (Metres(0.5), 0.5),
     (math.inf, math.inf), (math.nan, math.nan), (5e-324, 5e-324), (10**308, 1e308)],
)  # fmt: skip
def test_a_real_number_becomes_a_plain_float(given, expected):
    """Ints, floats and their subclasses become plain floats of the same value."""
    found = number(given)

    assert type(found) is float
    assert bits(expected) == bits(found)


@pytest.mark.parametrize(
    ("given", "words"),
    [(True, ["bool", "1.0 or 0.0"]), (1j, ["complex", ".real"]), ("2", ["'2'", "str", "float"]),
     (b"2", ["bytes", "float"]), (None, ["NoneType", "return"]),
     (Decimal("0.1"), ["Decimal", "float"]), (Fraction(1, 3), ["Fraction", "float"]),
     ([1.0], ["list", "one by one"]), ((1.0,), ["tuple", "one by one"]), ({}, ["dict"]),
     (object(), ["object", "real number"]), (Unit(1.0), ["Unit", ".value"]),
     ([10**5000], ["list", "one by one"])],
)  # fmt: skip
def test_anything_else_is_refused_with_its_type_and_a_mend(given, words):
    """What is no real number is a TypeError that names the type and what to write instead."""
    with pytest.raises(OperandError) as caught:
        number(given)

    assert isinstance(caught.value, TypeError)
    assert all(word in str(caught.value) for word in words)
    assert caught.value.value is given


@pytest.mark.parametrize("given", [2**1024, -(2**2000), Level.HUGE])
def test_an_int_past_float64_is_a_value_error(given):
    """An int that no float holds is a RangeError that says how large it is."""
    with pytest.raises(RangeError, match=f"{int(given).bit_length()} bits") as caught:
        number(given)

    assert isinstance(caught.value, ValueError)


def test_a_long_thing_is_shown_short():
    """A message shows the value, but not a page of it."""
    with pytest.raises(OperandError) as caught:
        number("x" * 10_000)

    assert len(str(caught.value)) < 200


def test_numpy_scalars_become_floats_once():
    """NumPy's real scalars are converted; an int8 can overflow no more."""
    numpy = pytest.importorskip("numpy", reason="NumPy is not installed")
    for kind in ("int8", "uint64", "int32", "float16", "float32", "float64"):
        assert type(number(getattr(numpy, kind)(100))) is float
        assert number(getattr(numpy, kind)(100)) == 100.0

    assert (Unit(numpy.int8(100)) + numpy.int8(100)).value == 200.0


def test_other_things_of_numpy_are_refused_each_with_its_own_mend():
    """Truth values, complex numbers, dates and arrays of NumPy are refused."""
    numpy = pytest.importorskip("numpy", reason="NumPy is not installed")
    for given, word in [
        (numpy.bool_(True), "1.0 or 0.0"),
        (numpy.complex64(1), ".real"),
        (numpy.complex128(1), ".real"),
        (numpy.array([1.0, 2.0]), "one by one"),
        (numpy.array(1.0), ".item()"),
        (numpy.str_("2"), "float"),
        (numpy.datetime64("2020-01-01"), "is no real number"),
    ]:
        with pytest.raises(OperandError, match=word):
            number(given)
