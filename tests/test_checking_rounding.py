"""What rounding may do: to a gate on balls, to rules of Python, and to outputs."""

import math
import random
from fractions import Fraction

import pytest

from gatenet import Circuit, Unit, custom_gradient, gates
from gatenet.checking.blame import noise_of, numeric_slope
from gatenet.checking.radii import Ball, ball_of, lifted, partial_balls, radii
from gatenet.checking.subjects import rounding

INF = math.inf
EPS = 2.0**-51  # what a gate's own derivative may be off by, as a share


@custom_gradient(partials=lambda z, x: 2 * x)
def rounding_square(x):
    """A square; its derivative is exact and asks only x."""
    return x * x


@custom_gradient(partials=lambda z, x: 2 * z)
def rounding_from_output(x):
    """A derivative that asks only the output."""
    return x * x


@custom_gradient(partials=lambda z, x: 1.0 if x < 3.0 else 2.0)
def rounding_step(x):
    """A derivative that jumps at 3."""
    return x + 0.0


@custom_gradient(partials=lambda z, x: 1.0 if z < 3.0 else 2.0)
def rounding_output_step(x):
    """A derivative that jumps where the output is 3."""
    return x + 0.0


@custom_gradient(partials=lambda z, x, y: (y, x))
def rounding_product(x, y):
    """A product of two."""
    return x * y


@custom_gradient(partials=lambda z, x: 1 / (x - 3.0) if x > 3.0 else 1 / (x - x))
def rounding_pole(x):
    """A derivative that cannot be had at 3 or below."""
    return x + 0.0


def radius_of(rule, operands, z, recorded):
    """The radii of a rule's derivatives."""
    return [ball.radius for ball in partial_balls(rule, operands, z, recorded)]


def test_what_rounding_does_to_a_rule_of_python():
    """Its own share, what the output's rounding does, what bends, and what its operands' do."""
    nine, three = Ball(9.0), Ball(3.0)
    unit = math.ulp(9.0)

    assert radius_of(rounding_square, [three], nine, [6.0]) == [2 * EPS * 6.0]
    wide = radius_of(rounding_square, [Ball(3.0, 0.25)], nine, [6.0])
    assert wide == [0.5]
    assert radius_of(rounding_square, [Ball(3.0, INF)], nine, [6.0]) == [INF]
    assert radius_of(rounding_square, [Ball(INF, 1.0)], nine, [6.0]) == [2 * EPS * 6.0]
    output = radius_of(rounding_from_output, [Ball(0.0)], nine, [18.0])[0]
    assert output == pytest.approx(2 * EPS * 18 + 4 * unit, rel=1e-12)
    moved = radius_of(rounding_from_output, [Ball(0.0)], Ball(9.0, 0.5), [18.0])[0]
    assert moved == pytest.approx(2.0, rel=1e-12)
    assert radius_of(rounding_step, [three], three, [2.0])[0] == pytest.approx(1.0)
    far = Ball(3.0 + 2 * math.ulp(3.0))
    assert radius_of(rounding_step, [far], far, [2.0]) == [4 * EPS]
    near = Ball(3.0 + math.ulp(3.0))
    assert radius_of(rounding_step, [near], near, [2.0])[0] == pytest.approx(1.0)
    for aside in (3.4, 2.6):  # what moves an operand or the output over the step, either way
        recorded = [2.0 if aside > 3.0 else 1.0]
        assert radius_of(rounding_step, [Ball(aside, 0.5)], Ball(aside), recorded) == [1.0]
        given = Ball(aside, 0.5)
        found = radius_of(rounding_output_step, [Ball(aside)], given, recorded)[0]
        assert found == pytest.approx(1.0)
    two = radius_of(rounding_product, [Ball(3.0, 0.5), Ball(7.0, 0.25)], Ball(21.0), [7.0, 3.0])
    assert two == [0.25, 0.5]
    point = Ball(3.5)
    assert radius_of(rounding_pole, [point], point, [2.0])[0] < 1e-13
    edge = Ball(math.nextafter(3.0, 4.0))
    found = radius_of(rounding_pole, [edge], edge, [2.0**51])
    assert math.isfinite(found[0])


def test_balls_of_derivatives_are_those_of_their_formulas():
    """The middle is what was recorded; the formula's own rounding is added where it is near."""
    (one,) = partial_balls(gates.square, [Ball(3.0, 0.25)], Ball(9.0), [6.0])
    assert (one.middle, one.size) == (6.0, 6.0)
    assert one.radius == pytest.approx(0.5, rel=1e-12)
    (off,) = partial_balls(gates.square, [Ball(3.0)], Ball(9.0), [6.0 * (1 + 2.0**-51)])
    (right,) = partial_balls(gates.square, [Ball(3.0)], Ball(9.0), [6.0])
    assert off.radius == right.radius + 6.0 * 2.0**-51
    (wrong,) = partial_balls(gates.square, [Ball(3.0)], Ball(9.0), [6.0 * (1 + 2.0**-49)])
    assert wrong.radius == right.radius
    many = partial_balls(gates.total, [Ball(3.0), Ball(4.0)], Ball(7.0), [1.0, 1.0])
    assert [ball.middle for ball in many] == [1.0, 1.0]
    assert lifted(3).middle == 3.0
    kept = Ball(3.0, 1.0)
    assert lifted(kept) is kept


def test_a_value_on_balls_loses_digits_below_the_normal_numbers():
    """What is subnormal, or was moved at all, is off by the smallest number at least."""
    tiny = ball_of(gates.multiply, [Ball(1e-200), Ball(1e-115)])
    assert tiny.radius == 2 * 2.0**-53 * tiny.middle + 5e-324
    assert ball_of(gates.multiply, [Ball(0.0), Ball(1.0)]).radius == 5e-324
    normal = ball_of(gates.negate, [Ball(2.5)])
    assert normal.radius == 2.5 * 2.0**-52 + 5e-324
    assert ball_of(gates.tanh, [Ball(0.5, INF)]).radius == INF
    assert ball_of(gates.reciprocal, [Ball(0.0)]).radius == INF


def test_balls_of_a_whole_pass():
    """Radii grow along a chain, pulls add up, and what nothing flows through stays exact."""
    x, y = Unit(3.0), Unit(-2.0)
    product = x * y
    found = radii([product, product + x], [2.0, 1.0])

    assert found.values[x.serial].radius == 0.0
    assert found.values[product.serial].radius == 6.0 * 2.0**-52 + 5e-324
    assert found.gradients[x.serial].middle == 2.0 * -2.0 + -2.0 + 1.0
    assert found.gradients[x.serial].size == 2.0 * 2.0 + 2.0 + 1.0
    assert found.gradients[y.serial].middle == 9.0
    assert 0 < found.gradients[y.serial].radius < 1e-14
    twice = radii([x * 5.0, x * 5.0], [1.0, 1.0])
    assert twice.gradients[x.serial].middle == 10.0
    same = x * 5.0
    assert radii([same, same], [1.0, 2.0]).gradients[x.serial].middle == 15.0
    unused = radii([x * 0.0 + y], [1.0])
    assert unused.gradients[x.serial].middle == 0.0
    doubled = x * 2.0
    parts = radii([doubled * 3.0 - doubled * 2.0], [1.0]).gradients[x.serial]
    assert (parts.middle, parts.size) == (2.0, 10.0)
    nothing = radii([x * y], [0.0])
    assert (nothing.gradients[x.serial].middle, nothing.gradients[x.serial].radius) == (0.0, 0.0)


def test_a_radius_holds_what_float64_loses():
    """The exact gradient of chains that round lies within the radius, which is not far above."""
    for seed in range(12):
        rng = random.Random(seed)
        values = [rng.uniform(0.5, 2.0) for _ in range(6)]
        leaves = [Unit(v) for v in values]
        out = leaves[0]
        for leaf in leaves[1:]:
            out = out * leaf
        found = radii([out], [1.0]).gradients[leaves[0].serial]
        exact = math.prod(map(Fraction, values[1:]))
        assert abs(Fraction(found.middle) - exact) <= found.radius
        assert found.radius < 12 * 2.0**-52 * abs(found.middle)


def test_the_noise_of_a_gate():
    """Four halves of an ULP of the value, or of the largest number for each that is added."""
    assert noise_of(gates.multiply, [2.0, -3.0], -6.0) == 6 * EPS
    assert noise_of(gates.total, [1.0, -8.0, 2.0], -5.0) == 8 * EPS * 3
    assert noise_of(gates.total, [1.0, 2.0], 3.0) == 3 * EPS * 2


def test_the_numeric_slope_of_a_gate():
    """One input moves, the others stand; steps end at a kink and at the end of the domain."""
    found = numeric_slope(gates.multiply, [2.0, -3.0], 1, -6.0)
    assert found.value == pytest.approx(2.0, abs=found.error)
    assert found.side == "both"
    assert numeric_slope(gates.relu, [0.0], 0, 0.0)[2:5] == ("kink", 0.0, 1.0)
    assert numeric_slope(gates.sqrt, [0.0], 0, 0.0).side == "right"
    assert numeric_slope(gates.log, [1.0], 0, 0.0).side == "both"
    beside = numeric_slope(gates.maximum, [1.0, 1.0 + 2.0**-20], 0, 1.0 + 2.0**-20)
    assert (beside.value, beside.side) == (0.0, "left")


def test_rounding_of_an_output_is_the_largest_part_or_their_sum():
    """Each gate's value times its reach, an ULP or so of it, and the output's own at least."""
    x = Unit(3.0)
    for out, parts in [
        (x * 5.0, 15.0), ((x + 1e6) * 2.0 - 2e6, 1000003.0 * 2 + 2000006.0 + 6.0),
        ((x * 0.0) + 7.0, 7.0), (x * 5.0 * 0.5, 15.0 * 0.5 + 7.5),
    ]:  # fmt: skip
        assert rounding(Circuit(out), out) == pytest.approx(EPS * parts, rel=1e-12)
    endless = (x * 1e308 * 1e308).tanh() + x * 2.0
    assert math.isfinite(rounding(Circuit(endless), endless))
    assert rounding(Circuit(x), x) == EPS * 3.0
