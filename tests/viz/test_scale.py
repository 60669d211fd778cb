"""Scale: steps of powers of ten, the same as the numbers are written."""

from __future__ import annotations

import math

import pytest
from gatenet.viz.scale import STEPS, decade, said_of, sign_of, strength_of, top_of
from hypothesis import assume, given
from hypothesis import strategies as st

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(finite, finite)
def test_the_larger_number_is_never_the_weaker(a: float, b: float) -> None:
    """Strength grows with size, whatever the largest of the picture is."""
    small, large = sorted((abs(a), abs(b)))
    assume(small)
    top = top_of([a, b])

    assert strength_of([small], top) <= strength_of([large], top) == 4


@given(finite)
def test_a_step_says_what_is_in_it(x: float) -> None:
    """A number lies on the side of a step's bound that the legend says, as it is written."""
    assume(x and abs(x) < 1e300)
    for top in range(decade(x) - 5, decade(x) + 6):
        strength = strength_of([x], top)
        least = top - 4 + max(strength, 2)

        assert (decade(x) >= least) == (strength > 1)


def test_the_steps_of_the_legend_go_down_by_ten() -> None:
    """The bounds are powers of ten, with a true minus in the exponent."""
    assert ["≥ 10", "≥ 1", "≥ 0.1", "< 0.1"] == [said_of(step, 1) for step in STEPS]
    assert "≥ 1e−7" == said_of(4, -7)


@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_has_no_strength_and_sets_no_scale(x: float) -> None:
    """nan and infinities are broken, not strong, and leave the scale to the others."""
    assert (0, -1, "broken") == (strength_of([x], 0), top_of([x, 0.25]), sign_of(x, x))


@pytest.mark.parametrize(
    ("low", "high", "sign"),
    [(0.0, 0.0, "zero"), (-0.0, 0.0, "zero"), (0.0, 1.0, "plus"), (-1.0, 0.0, "minus"),
     (-1.0, 1.0, "mixed"), (None, None, "unvisited")],
)  # fmt: skip
def test_the_sign_of_a_range(low: float | None, high: float | None, sign: str) -> None:
    """A range is of one sign unless it has numbers on both sides of 0."""
    assert sign == sign_of(low, high)
