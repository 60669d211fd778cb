"""Gates followed along an input: marks to the last bit, and nothing marked that is not there."""

from __future__ import annotations

import math

import pytest
from gatenet.viz.along import as_gate, broken, followed

from gatenet import gate, where
from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.gates import asin, atan2, clip, dot, log, reciprocal, tan


@gate(
    symbol="?",
    textbook="x",
    partials=lambda z, x: where(x < 0, 1, 1),
    kinks=lambda x: where(x < 0, 0, x - 1 / 3),
    domain=lambda x: x * x < 4,
)
def along_example(x):  # type: ignore[no-untyped-def]
    """Pass x on, and claim kinks everywhere below 0 and at a third."""
    return x * 1


def test_a_kink_between_two_samples_is_found_to_the_last_bit() -> None:
    """The zero of x - 1/3 is the float 1/3 or its neighbour; a stretch of zeros marks its end."""
    found = followed(along_example, -1.0, 1.0).kinks

    assert found[-1] == pytest.approx(1 / 3, abs=2e-16)
    assert len(found) == 2
    assert -0.01 < found[0] < 0


def test_stretches_outside_the_domain_end_where_it_begins() -> None:
    """x² < 4 leaves out what is below -2 and above 2; arcsine, what is beyond -1 and 1."""
    (left, right) = followed(along_example, -3.0, 3.0).outside
    way = followed(asin, -2.0, 0.5)

    assert left == pytest.approx((-3.0, -2.0), abs=1e-15)
    assert right == pytest.approx((2.0, 3.0), abs=1e-15)
    assert way.outside[0] == pytest.approx((-2.0, -1.0), abs=1e-15)
    assert way.edges == pytest.approx([-1.0], abs=1e-15)
    assert followed(log, -3.0, -1.0).outside == [(-3.0, -1.0)]


def test_static_parameters_place_the_kinks() -> None:
    """clip's kinks stand at its bounds, wherever they are bound to be."""
    assert followed(clip.bind(low=-0.25, high=0.7), -1.0, 1.0).kinks == pytest.approx([-0.25, 0.7])


def test_two_inputs() -> None:
    """Along x at y = 0, atan2 jumps where the half line of its kink begins; y is held and said."""
    way = followed(atan2, -1.0, 1.0, along="x", at=[0.5])

    assert (way.name, way.held) == ("x", {"y": 0.5})
    assert way.values[0] == math.atan2(0.5, -1.0)
    assert way.at(3.0) == [0.5, 3.0]


def test_a_dot_product_runs_along_one_factor() -> None:
    """With x, 3 · y, 4 given as operands, x·y is x times 2 where y is held at 2."""
    way = followed(dot, -1.0, 1.0)
    long = followed(dot, -1.0, 1.0, at=[10.0, 3.0, 4.0])

    assert way.partials == [2.0] * len(way.xs)
    assert long.values[0] == -1.0 * 3.0 + 10.0 * 4.0


def test_a_curve_breaks_where_it_jumps() -> None:
    """1/x and tan break at their poles; a straight line does not break."""
    for one in (reciprocal, tan):
        way = followed(one, -2.0, 2.0)
        span = 20.0
        assert any(math.isnan(y) for _, y in broken(way.xs, way.values, span))
    assert broken([0.0, 1.0, 2.0], [0.0, 1.0, 2.0], 2.0) == [(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)]


def test_gates_by_name() -> None:
    """A gate of one's own is found by its name as well, and nothing else is taken for a gate."""
    assert as_gate("along_example") is along_example
    assert as_gate(tan) is tan
    with pytest.raises(OperandError, match="it is no gate"):
        as_gate(tan.place())
    with pytest.raises(WiringError, match="no gate 'along_exampl': did you mean along_example"):
        as_gate("along_exampl")


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.0), (1.0, -1.0), (math.nan, 1.0), (0, 10**400)])
def test_a_range_must_be_one(low: float, high: float) -> None:
    """An empty or endless range is refused, a number past the floats as well."""
    with pytest.raises(RangeError):
        followed(tan, low, high)


@pytest.mark.parametrize(("name", "at"), [("add", []), ("add", [1.0, 2.0]), ("dot", [1.0, 2.0])])
def test_each_other_operand_is_held(name: str, at: list[float]) -> None:
    """Too few or too many numbers to hold are counted in the error."""
    with pytest.raises(WiringError, match=rf"at= holds {len(at)} number"):
        followed(as_gate(name), -1.0, 1.0, at=at)
