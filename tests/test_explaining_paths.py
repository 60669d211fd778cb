"""Paths: every explanation against all paths of the circuit, listed one by one by recursion."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pathways import contribution, number_of_ways, ways
from tapes import SMOOTH, bits, leaves_of, play, tapes

from gatenet import Circuit, Unit, block, checkpoint, custom_gradient, explain, gradients, ifelse
from gatenet.errors import OperandError, RangeError, StaleCircuitError, WiringError
from gatenet.explaining.cone import Cone
from gatenet.explaining.routes import Routes
from gatenet.gates import less, maximum, product, where
from gatenet.walk import topological

FEW = 2_000  # paths that are listed one by one


def drawn(tape, pick):
    """Build a tape; give its last unit and one of the units that it depends on, or might."""
    made = play(tape, leaves_of(tape))
    return made[-1], made[pick % len(made)]


@given(tapes(SMOOTH, hard=False), st.integers(0, 30), st.integers(1, 6))
def test_the_largest_paths_are_listed_first(tape, pick, most):
    """The paths listed are those of largest contribution among all there are, in order."""
    loss, unit = drawn(tape, pick)
    assume(number_of_ways(loss, unit) <= FEW)
    expected = sorted([abs(contribution(way)) for way in ways(loss, unit)], reverse=True)[:most]
    found = explain(loss, unit, most=most)

    assert [abs(path.contribution) for path in found.paths] == pytest.approx(expected, rel=1e-9)
    assert len({tuple(zip(p.units, [*p.ports, 0], strict=True)) for p in found.paths}) == len(
        found.paths
    )


@given(tapes(SMOOTH, hard=False), st.integers(0, 30))
def test_every_path_is_what_it_says(tape, pick):
    """A path's units are wired as it says, and its numbers are those of its gates."""
    loss, unit = drawn(tape, pick)
    found = explain(loss, unit, most=5)
    for path in found.paths:
        assert (path.units[0], path.units[-1]) == (loss, unit)
        for k, port in enumerate(path.ports):
            assert path.units[k].inputs[port] is path.units[k + 1]
            assert path.units[k].partials[port] == path.partials[k]
            assert path.gates[k] is path.units[k].gate
        assert path.contribution == math.prod([1.0, *path.partials])
        assert path.product == path.contribution or abs(path.product) < 1e-300
        assert len(path.labels) == len(path.units) == len(path) + 1


@given(tapes(hard=True), st.integers(0, 30))
def test_counts_are_exact(tape, pick):
    """The number of paths, and of those without a factor of 0, is the number there is."""
    loss, unit = drawn(tape, pick)
    found = explain(loss, unit)

    assert found.count == number_of_ways(loss, unit)
    assume(found.count <= FEW)
    cone = Cone([loss], [1.0], unit)
    if not cone.blocked:
        living = [way for way in ways(loss, unit) if all(u.partials[port] for u, port in way)]
        assert found.alive == len(living)


@given(tapes(hard=True), st.integers(0, 30))
def test_the_total_is_the_gradient(tape, pick):
    """The total is the gradient of the sweep to the bit, and no `.grad` is touched."""
    loss, unit = drawn(tape, pick)
    order = topological([loss])
    found = explain(loss, unit)

    assert bits(found.total) == bits(gradients([loss], [1.0], [unit])[0])
    assert not any(one.visited for one in order)


@given(tapes(hard=False), st.integers(0, 30), st.integers(0, 6))
def test_everything_sums_to_the_gradient(tape, pick, most):
    """What is listed and what is not add up to the gradient, as do all paths there are."""
    loss, unit = drawn(tape, pick)
    found = explain(loss, unit, most=most)
    assume(found.count <= FEW)
    each = [contribution(way) for way in ways(loss, unit)]
    assume(all(map(math.isfinite, each)) and math.isfinite(found.total))
    rounding = 1e-12 * math.fsum(map(abs, each))

    listed = math.fsum([path.contribution for path in found.paths])
    assert listed + found.rest == pytest.approx(found.total, abs=rounding)
    assert math.fsum(each) == pytest.approx(found.total, abs=rounding)
    assert found.rest == 0.0 or found.count > len(found.paths)


@given(tapes(SMOOTH, hard=False), st.integers(0, 30))
def test_the_magnitude_is_the_sum_of_sizes(tape, pick):
    """What could cancel is the sum of the sizes of all contributions."""
    loss, unit = drawn(tape, pick)
    assume(number_of_ways(loss, unit) <= FEW)
    expected = math.fsum([abs(contribution(way)) for way in ways(loss, unit)])

    assert Cone([loss], [1.0], unit).magnitude == pytest.approx(expected, rel=1e-9)


@given(tapes(SMOOTH, hard=False), st.integers(0, 30))
def test_all_routes_are_found_once(tape, pick):
    """Asked for more routes than there are, every one comes once, the best first."""
    loss, unit = drawn(tape, pick)
    many = number_of_ways(loss, unit)
    assume(many <= 200)
    routes = Routes(Cone([loss], [1.0], unit)).best(many + 5)

    assert len(routes) == many
    assert len(set(map(tuple, routes))) == many


@given(tapes(hard=True), st.integers(0, 30))
def test_anything_can_be_explained(tape, pick):
    """Whatever the values, there is a text, and a gradient of 0, inf or nan has a cause."""
    loss, unit = drawn(tape, pick)
    found = explain(loss, unit, most=4)
    lines = str(found).splitlines()

    assert lines[0].startswith("why is ")
    assert max(map(len, lines)) <= 80
    if found.total == 0.0 or not math.isfinite(found.total):
        assert found.causes


def test_both_operands_of_a_square_are_paths():
    """a * a is two paths of the same units: each operand pulls."""
    a = Unit(3.0, "a")
    found = explain(a * a, a)

    assert [path.ports for path in found.paths] == [(1,), (0,)]
    assert [path.contribution for path in found.paths] == [3.0, 3.0]
    assert (found.count, found.total) == (2, 6.0)


def test_the_output_is_its_own_path():
    """The path from a unit to itself has no factor: what it gets is the seed."""
    a = Unit(3.0, "a")
    y = a * 2.0
    found = explain([y, a], a, seed=[1.0, 5.0])

    assert [path.contribution for path in found.paths] == [5.0, 2.0]
    assert [len(path) for path in found.paths] == [0, 1]
    assert explain(a, a).total == 1.0


def test_several_outputs():
    """Each output starts paths with its own seed, one inside another too, and twice is twice."""
    x = Unit(2.0, "x")
    y = x * 3.0
    z = y * 5.0
    found = explain([y, z, z], x, seed=[1.0, 10.0, 100.0])

    assert [path.contribution for path in found.paths] == [1650.0, 3.0]
    assert found.total == gradients([y, z, z], [1.0, 10.0, 100.0], [x])[0]
    assert explain(Circuit([y, z]), x).total == 18.0
    assert "the 2 outputs" in str(explain([y, z], x))


def test_blocks_are_one_step():
    """A block, a checkpoint, a rule and a choice are one factor each, worked out when asked."""
    x = Unit(0.5, "x")

    @custom_gradient(partials=lambda z, a: 7.0)
    def bent(a):
        return a

    makers = [
        block(lambda v: v * v * 3.0),
        checkpoint(lambda v: v * v * 3.0),
        bent,
        lambda v: ifelse(less(v, 1.0), lambda w: w * w, lambda w: w, v),
    ]
    for make, slope in zip(makers, [3.0, 3.0, 7.0, 1.0], strict=True):
        y = make(x) * 2.0
        found = explain(y, x)
        assert found.total == gradients([y], [1.0], [x])[0] == 2.0 * slope
        assert found.paths[0].partials == (2.0, slope)


def test_the_outputs_of_one_checkpoint():
    """Two outputs of a checkpoint are two rows; what joins them carries nothing."""
    x = Unit(0.5, "x")
    a, b = checkpoint(lambda v: (v * 2.0, v * 5.0))(x)
    found = explain(a * b, x)

    assert found.total == 10.0
    assert sorted(path.contribution for path in found.paths) == [0.0, 5.0, 5.0]


def test_products_do_not_overflow_on_the_way():
    """The product is right where the sweep's own rounding loses it."""
    x = Unit(1.0, "x")
    y = x
    for factor in (1e200, 1e200, 1e-200, 1e-200):
        y = y * factor
    (path,) = explain(y, x).paths

    assert (path.product, path.contribution) == (pytest.approx(1.0), 0.0)


def test_a_way_of_zero_does_not_poison_the_sum():
    """A path with 0 that joins a gradient before an infinite derivative adds nothing to it."""
    p = Unit(0.0, "p")
    r = p.sqrt()
    y = r * 2.0 + maximum(r, 5.0)
    found = explain(y, p)

    assert found.total == math.inf
    assert [path.contribution for path in found.paths] == [math.inf, 0.0]


def test_no_pull_where_the_rule_says_so():
    """An infinite derivative under an upstream of 0 is no pull, by a factor 0 and by cancelling."""
    p = Unit(0.0, "p")
    r = p.log()
    for y in (maximum(r, 1.0), where(0.0, r, 1.0), r - r):
        found = explain(y, p)
        assert found.total == 0.0
        assert {path.contribution for path in found.paths} == {0.0}
        assert "blocked" in {cause.kind for cause in found.causes}


def test_nan_and_infinity_come_first():
    """A path that is nan stands before an infinite one, and that before finite ones."""
    a, p = Unit(2.0, "a"), Unit(0.0, "p")
    y = product(a, 3.0) + a * math.inf + a * p.log()
    found = explain(y, a)

    assert [abs(path.contribution) for path in found.paths] == [math.inf, math.inf, 3.0]
    z = y + a * math.nan
    assert math.isnan(explain(z, a).paths[0].contribution)


def test_what_is_asked_is_checked():
    """Not a unit, a negative number of paths, seeds of another number, and stale values raise."""
    x = Unit(2.0, "x")
    y = x * x
    with pytest.raises(OperandError, match=r"explain takes the unit .*not 2.0"):
        explain(y, 2.0)
    with pytest.raises(OperandError):
        explain(3.0, x)
    with pytest.raises(RangeError, match="most -1"):
        explain(y, x, most=-1)
    with pytest.raises(WiringError, match="2 seed"):
        explain(y, x, seed=[1.0, 2.0])
    x.value = 3.0
    with pytest.raises(StaleCircuitError):
        explain(y, x)
