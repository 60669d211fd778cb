"""The checker's numbers at their limits: balls, long floats, complex steps, slopes that shrink."""

import math
from fractions import Fraction

import pytest

from gatenet import Circuit, Unit, custom_gradient, gates
from gatenet.checking import gradcheck, precise
from gatenet.checking.complexstep import Step, by_complex_step
from gatenet.checking.kinds import (
    NoFormula,
    Number,
    Undecided,
    Wiring,
    derived,
    function_of,
    named,
    worked_out,
)
from gatenet.checking.lines import SMOOTH, Truth
from gatenet.checking.precise import Series, Wide, scaled
from gatenet.checking.pythonrules import slopes_of, value_of_rule
from gatenet.declaration import gate, libm

INF, NAN = math.inf, math.nan
flint = precise.package("flint")
mpmath = precise.package("mpmath")
if flint is None or mpmath is None:
    pytest.skip("needs python-flint and mpmath", allow_module_level=True)


class Doubled(Number):
    """Halves that know nothing but arithmetic."""

    @classmethod
    def of(cls, value):
        """Lift a number."""
        return value if type(value) is cls else cls(Fraction(value))

    def sign(self):
        """The sign."""
        return (self.inner > 0) - (self.inner < 0)


def test_a_kind_of_ones_own():
    """Arithmetic, powers and comparisons of any kind come from its own numbers."""
    two, three = Doubled.of(2), Doubled.of(3)

    for found, expected in [
        (two + three, 5), (1 + two, 3), (two - three, -1), (1 - two, -1), (two - two, 0),
        (two * three, 6), (3 * two, 6), (two / three, Fraction(2, 3)), (1 / two, Fraction(1, 2)),
        (-two, -2), (+two, 2), (abs(-three), 3), (abs(three), 3), (two**0, 1), (two**1, 2),
        (two**5, 32), (two**-2, Fraction(1, 4)),
    ]:  # fmt: skip
        assert (type(found), found.inner) == (Doubled, expected)
    Number.branches = 0
    assert (two < three, two > three, two <= three, two >= three) == (True, False, True, False)
    assert (two <= two, two >= two, two < two, two > two) == (True, True, False, False)
    assert (two == 2, two != 2, two == 3, two != 3) == (True, False, False, True)
    assert Number.branches == 12
    assert Doubled.pi().inner == Fraction(math.pi)
    with pytest.raises(TypeError):
        hash(two)
    for missing in (lambda: Number(1).sign(), lambda: Number(1).power(2), lambda: Number.of(1)):
        with pytest.raises(NotImplementedError):
            missing()


def test_functions_that_follow_from_others():
    """What a kind does not have is made of what it has; its own goes first."""
    own = {"exp": math.exp, "log": math.log, "erf": math.erf, "sinh": lambda x: "own"}
    made = derived(own)

    assert made["sinh"](1.0) == "own"
    assert made["cosh"](1.5) == pytest.approx(math.cosh(1.5))
    assert made["expm1"](1.5) == pytest.approx(math.expm1(1.5))
    assert made["log1p"](1.5) == pytest.approx(math.log1p(1.5))
    assert made["erfc"](0.5) == pytest.approx(math.erfc(0.5))
    assert derived({"exp": math.exp})["sinh"](1.5) == pytest.approx(math.sinh(1.5))


@gate(symbol="?", partials=lambda z, x: 1, primitive=libm("cbrt", raises=False))
def numbers_bare(x):
    """A primitive with no textbook."""


def test_what_cannot_be_worked_out_says_why():
    """Each reason for which a gate has no formula is a sentence with its name."""
    with pytest.raises(NoFormula) as caught:
        function_of(numbers_bare, Wide)
    assert str(caught.value) == (
        "gate 'numbers_bare' has no formula and no textbook= to judge it by"
    )
    for text, said in [
        ("1 +", r"^the textbook= of gate 'sin' is no expression: invalid syntax"),
        ("nobody(x)", r"^the textbook= of gate 'sin': name 'nobody' is not defined"),
        ("x.real", r"^the textbook= of gate 'sin': 'Wide' object has no attribute 'real'"),
    ]:
        one = gates.sin.bind()
        broken = object.__new__(type(one))
        broken.__dict__.update(one.__dict__)
        broken.__dict__.update(textbook=text, made={})
        with pytest.raises(NoFormula, match=said):
            function_of(broken, Wide)([Wide.of(1.0)])


def test_a_gate_on_numbers_of_a_kind():
    """Textbook, own formula or Python, static parameters bound; nan where there is none."""
    assert named(gates.clip.bind(low=2.0, high=7.0), [5.0]) == {"low": 2.0, "high": 7.0, "x": 5.0}
    with precise.wide_bits(200):
        five = Wide.of(5.0)
        assert worked_out(gates.leaky_relu.bind(slope=0.25), Wide, [Wide.of(-2.0)]).exact == -0.5
        assert worked_out(gates.dot, Wide, [five, five, five, five]).exact == 50
        assert math.isnan(worked_out(gates.log, Wide, [Wide.of(-1.0)]).inner)
        assert math.isnan(worked_out(gates.reciprocal, Wide, [Wide.of(0.0)]).inner)
        assert math.isnan(worked_out(gates.relu, Wide, [Wide.of(NAN)]).inner)
        assert function_of(gates.sin, Wide) is function_of(gates.sin, Wide)
        assert function_of(gates.sin, Wide) is not function_of(gates.sin, Series)
        before = Number.branches
        Number.__gate__(gates.relu, [1.0, five][1:], {})
        assert Number.branches == before


def test_a_wiring_is_run_and_rerun():
    """Every row's number; what is called after each gate; only what moves is worked out again."""
    x, y = Unit(3.0), Unit(2.0)
    circuit = Circuit([x * y + 4.0, y * 5.0])
    wiring = Wiring(circuit, circuit.inputs)
    kinds = [row.gate.name if row.gate else "" for row in circuit.rows]
    made = [k for k, name in enumerate(kinds) if name]
    seen = []
    with precise.wide_bits(100):
        found = wiring.run(Wide, {}, seen.append)
        assert [float(v.inner) for v in found] == circuit.values
        assert seen == made
        row = circuit.index(x)
        assert wiring.moved_by([row]) == [k for k in made if kinds[k] == "add" or k == made[0]]
        moved = wiring.run(Wide, {row: Wide.of(10.0)})
        assert float(moved[circuit.outputs[0]].inner) == 24.0
        seen.clear()
        again = wiring.rerun(Wide, found, {row: Wide.of(10.0)}, wiring.moved_by([row]), seen.append)
        assert [float(v.inner) for v in again] == [float(v.inner) for v in moved]
        assert seen == wiring.moved_by([row])
        assert float(found[row].inner) == 3.0


def test_balls_at_their_limits():
    """What is not told apart is undecided; powers of 0, settled balls, and exact ends."""
    with precise.series_bits(200):
        for middle, radius in ((0, 1), (-1, 1), (1, 1)):
            with pytest.raises(Undecided):
                Series(flint.arb_series([flint.arb(middle, radius)])).sign()
        zero = Series.of(0.0)
        assert zero.power(Series.of(63.0)).term(0) == 0
        assert zero.power(Series.of(0.0)).term(0) == 1
        for exponent in (64.0, -1.0, 0.5):
            with pytest.raises((ValueError, ZeroDivisionError)):
                zero.power(Series.of(exponent))
        for relative, settled in ((2.0**-75, True), (2.0**-60, False)):
            ball = flint.arb_series([flint.arb(3, 3 * relative), flint.arb(1)])
            assert Series(ball).settled is settled
            slope = flint.arb_series([flint.arb(1), flint.arb(3, 3 * relative)])
            assert Series(slope).settled is settled
        small = flint.arb(0, 1)
        assert Series(flint.arb_series([small * flint.arb(2) ** -1150])).settled
        assert not Series(flint.arb_series([small * flint.arb(2) ** -1130])).settled
        assert not Series(flint.arb_series([flint.arb("inf")])).settled
        assert Series.of(0.0).settled
        moving = Series.moving(0.75, -2.0)
        assert (moving.term(0), moving.term(1)) == (Fraction(3, 4), -2)
        assert Series.of(moving) is moving
        assert (moving - moving).term(1) == 0
    assert scaled(1, -20001)
    assert not scaled(1, -20002)
    assert not scaled(3, -20003)


def test_hyperbolic_tangents_of_balls_do_not_overflow():
    """tanh and its slope are right far out on both sides and at 0."""
    with precise.series_bits(400):
        for x in (-1e5, -20.0, -0.3, 0.0, 0.3, 20.0, 1e5):
            found = Series.functions["tanh"](Series.moving(x, 2.0))
            assert float(found.term(0)) == pytest.approx(math.tanh(x), rel=1e-15)
            slope = 2.0 / math.cosh(x) ** 2 if abs(x) < 300 else 0.0
            assert float(found.term(1)) == pytest.approx(slope, rel=1e-12)


def test_angles_at_the_cut():
    """On the negative axis the angle is that of the side from which it is looked at."""
    with precise.series_bits(200):
        turn = Series.functions["atan2"]
        for slope, angle in ((1.0, math.pi), (-1.0, -math.pi)):
            found = turn(Series.moving(0.0, slope), Series.of(-1.0))
            assert float(found.term(0)) == pytest.approx(angle)
            assert float(found.term(1)) == -slope
        assert float(turn(Series.of(0.0), Series.of(1.0)).term(0)) == 0.0
        assert float(turn(Series.of(-2.0), Series.of(-2.0)).term(0)) == pytest.approx(-2.35619449)


def test_contexts_are_put_back():
    """Precision is what it was after work at another, also after an error."""
    context, bits = flint.ctx, mpmath.mp.prec
    before = context.prec, context.cap
    with pytest.raises(KeyError), precise.series_bits(321):
        assert (context.prec, context.cap) == (321, 2)
        raise KeyError
    assert (context.prec, context.cap) == before
    with precise.wide_bits(321):
        assert mpmath.mp.prec == 321
    assert mpmath.mp.prec == bits


def test_long_floats():
    """Signs, exact fractions, real powers alone, and whether a number is finite."""
    with precise.wide_bits(200):
        assert [Wide.of(x).sign() for x in (2.0, -2.0, 0.0, INF)] == [1, -1, 0, 1]
        with pytest.raises(Undecided):
            Wide.of(NAN).sign()
        assert [Wide.of(x).finite for x in (1.0, INF, NAN)] == [True, False, False]
        assert [Wide.of(x).exact for x in (0.75, -0.75, 0.0)] == [
            Fraction(3, 4), Fraction(-3, 4), 0]  # fmt: skip
        with pytest.raises(ValueError, match=r"^not real$"):
            Wide.of(-2.0).power(Wide.of(0.5))
        with pytest.raises(ValueError, match=r"^not real$"):
            Wide.functions["log"](Wide.of(-2.0))
        assert abs(Wide.pi().exact - Fraction(math.pi)) < Fraction(1, 2**52)
        assert Wide.pi().exact != Fraction(math.pi)


def test_complex_steps_at_their_limits():
    """Whole powers to 64 of any number, others of positive ones; logarithms above 0 alone."""
    minus = Step.of(-1.5)
    assert minus.power(Step.of(3.0)).inner.real == -3.375
    assert minus.power(Step.of(-2.0)).inner.real == pytest.approx(1 / 2.25)
    assert Step.of(-1.0).power(Step.of(64.0)).inner == 1.0
    assert Step.of(-1.0).power(Step.of(-63.0)).inner == -1.0
    for exponent in (65.0, 0.5, complex(2.0, 1e-9)):
        with pytest.raises(Undecided):
            minus.power(Step.of(exponent))
    assert Step.of(2.0).power(Step.of(0.5)).inner.real == pytest.approx(math.sqrt(2.0))
    for name in ("log", "sqrt"):
        for x in (0.0, -1.0):
            with pytest.raises(Undecided):
                Step.functions[name](Step.of(x))
    step = Step.of(2.0)
    assert Step.of(step) is step


def stepped(f, *values):
    """The truth of a function's outputs as its first input moves, by the complex step."""
    leaves = [Unit(x) for x in values]
    circuit = Circuit(f(*leaves))
    return by_complex_step(Wiring(circuit, circuit.inputs), {circuit.index(leaves[0]): 1.0})


def test_what_complex_steps_say():
    """Value and slope of each output; nothing where digits would be lost or a gate says no."""
    (one,) = stepped(lambda x: x * x * x, 2.0)
    assert one == Truth(SMOOTH, Fraction(8), Fraction(12), Fraction(12), "complex step", 600)
    two = stepped(lambda x, y: [x * y, y * 3.0], 2.0, 5.0)
    assert [one.slope for one in two] == [5, 0]
    assert stepped(lambda x: x * 1e-160 * 1e-160, 1.5) is None
    assert stepped(lambda x: x * 1e-100, 1.5)[0].slope == Fraction(1e-100)
    assert stepped(lambda x: x * 0.0, 1.5)[0].slope == 0
    assert stepped(lambda x: x * 1e300 * 1e300, 1.5) is None
    assert stepped(lambda x: gates.relu(x), 0.0) is None
    assert stepped(lambda x: gates.relu(x), -1.0)[0].slope == 0
    assert stepped(lambda x: gates.atan2(x, 2.0), 1.0) is None
    assert stepped(lambda x: (x * 1e-200) * (x * 1e-200), 1.0) is None


@custom_gradient(partials=lambda z, x, y: (y, x))
def numbers_rule(x, y):
    """A product as Python code."""
    return x * y


@custom_gradient(partials=lambda z, x, y: [y])
def numbers_short(x, y):
    """A rule with one derivative of two."""
    return x * y


@custom_gradient(partials=lambda z, x: "text")
def numbers_text(x):
    """A rule that gives no number."""
    return 2


def test_rules_of_python_on_exact_numbers():
    """Values and derivatives are of the kind; what is no number or too few says so."""
    with precise.wide_bits(100):
        two, five = Wide.of(2.0), Wide.of(5.0)
        assert value_of_rule(numbers_rule, Wide, [two, five]).exact == 10
        assert [s.exact for s in slopes_of(numbers_rule, Wide, [two, five], two)] == [5, 2]
        assert value_of_rule(numbers_text, Wide, [two]).exact == 2
        with pytest.raises(NoFormula, match=r"^rule 'numbers_short' gives 1 derivative\(s\)$"):
            slopes_of(numbers_short, Wide, [two, five], two)
        with pytest.raises(NoFormula, match=r"^the Python of rule 'numbers_text' takes floats al"):
            slopes_of(numbers_text, Wide, [two], two)


def test_a_function_of_nothing_says_nothing():
    """Without inputs there is nothing to doubt and nothing to remark."""
    report = gradcheck(lambda: Unit(1.0) * 2.0, [], raise_exception=False)

    assert (report.verdict, report.remarks, report.entries) == ("inconclusive", [], [])
