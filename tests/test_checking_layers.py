"""The layers of a gradient check: many inputs, other people's functions, no packages, rounding."""

import math
import random
from fractions import Fraction

import numpy
import pytest

from gatenet import Circuit, Unit, custom_gradient, gates
from gatenet.checking import check_gate, gradcheck, gradgradcheck, precise
from gatenet.checking.complexstep import by_complex_step
from gatenet.checking.directions import directions
from gatenet.checking.exact import Exact, Limits
from gatenet.checking.kinds import Wiring
from gatenet.checking.radii import radii
from gatenet.declaration import gate
from gatenet.errors import GradientMismatch, OperandError, WiringError
from gatenet.gates import CATALOGUE
from gatenet.sweep import gradients

SMOOTH = ["add", "subtract", "multiply", "sin", "tanh", "sigmoid", "exp", "square", "atan", "dot",
          "logsumexp", "gelu", "softplus", "erf"]  # fmt: skip


def drawn(seed, size=40):
    """A random circuit of smooth gates over three leaves; its leaves and its output."""
    rng = random.Random(seed)
    leaves = [Unit(rng.uniform(-1.5, 1.5), f"x{k}") for k in range(3)]
    made = list(leaves)
    while len(made) < size:
        one = CATALOGUE[rng.choice(SMOOTH)]
        operands = [rng.choice(made) for _ in range(2 if one.variadic else len(one.inputs))]
        unit = one(*one.split(operands)) if one.groups > 1 else one(*operands)
        if abs(unit.value) < 50:
            made.append(unit)
    return leaves, made[-1]


@pytest.mark.parametrize("seed", range(25))
def test_errors_stay_within_their_radius(seed):
    """The gradient of a random circuit is within four radii of the exact one, and passes."""
    leaves, out = drawn(seed)
    circuit = Circuit(out)
    inputs = [x for x in leaves if x.serial in radii([out], [1.0]).gradients]
    exact = Exact(circuit, circuit.inputs, circuit.outputs, Limits())
    for x, got in zip(inputs, gradients([out], [1.0], inputs), strict=True):
        row = circuit.index(x)
        truth = exact.truths({row: 1.0})[0]
        assert abs(Fraction(got) - truth.slope) <= 4 * exact.ball(0, {row: 1.0}).radius
    assert gradcheck(circuit)


@pytest.mark.parametrize("hidden", [{"flint"}, {"mpmath"}, {"flint", "mpmath"}])
def test_each_oracle_comes_to_the_same_verdicts(hidden, monkeypatch):
    """With one package or none, right circuits pass and a wrong gate is found and named."""
    monkeypatch.setattr(precise, "HIDDEN", hidden)
    leaves, out = drawn(3, size=15)
    report = gradcheck(Circuit(out))
    assert report
    wrong = check_wrong(lambda x, y: (sloppy(x * y) + x).tanh())
    assert wrong.guilty.gate is sloppy
    assert leaves


def check_wrong(f):
    """The report on a function that is wrong at 0.4 and 0.9."""
    report = gradcheck(f, [0.4, 0.9], raise_exception=False)
    assert report.verdict == "fail"
    return report


@gate(symbol="!", textbook="sin(x)", partials=lambda z, x: 1.001 * gates.cos(x))
def sloppy(x):
    """A sine with a derivative that is a thousandth too large."""
    return gates.sin(x)


def test_the_complex_step_is_taken_without_packages(monkeypatch):
    """In plain Python analytic gates are judged to the last digits, others by differences."""
    monkeypatch.setattr(precise, "HIDDEN", {"flint", "mpmath"})

    (entry,) = gradcheck(lambda x: (x.exp() * x.sin()).log1p() ** 1.5, [0.7]).entries
    assert entry.method == "complex step"
    assert entry.error <= 1e-13
    (entry,) = gradcheck(lambda x: x.erf(), [0.7]).entries
    assert entry.method == "differences"
    with pytest.raises(GradientMismatch):
        gradcheck(lambda x: sloppy(x), [0.7])
    kinked = gradcheck(lambda z: z.relu() - (-z).relu(), [0.0], raise_exception=False)
    assert (kinked.verdict, kinked.reason) == ("inconclusive", "kink")
    assert "relu (u1), relu (u3)" in str(kinked)
    edge = gradcheck(lambda x, y: gates.maximum(x, y.log()), [1.0, 0.0], raise_exception=False)
    assert [entry.verdict for entry in edge.entries] == ["pass", "inconclusive"]
    assert check_gate(gates.tanh, 30)
    assert not check_gate(sloppy, 30, raise_exception=False)


def test_the_complex_step_refuses_what_it_cannot_do():
    """A kink under the point, or a function without a complex form, gives no slope at all."""
    x = Unit(0.0)
    for out in (abs(x), (x + 0.5).erf(), (x - 1.0).log()):
        circuit = Circuit(out)
        assert by_complex_step(Wiring(circuit, circuit.inputs), {circuit.index(x): 1.0}) is None


def test_many_inputs_are_projected():
    """Past 200 inputs random directions are taken, with a seed that is printed and can be given."""
    values = [math.sin(k) for k in range(250)]
    f = lambda *x: gates.total([a * a for a in x]).tanh()
    report = gradcheck(f, values, seed=17)

    assert report
    assert len(report.entries) == 30
    assert "seed=17" in str(report)
    assert report.entries == gradcheck(f, values, seed=17).entries
    assert "seed=" in str(gradcheck(f, values))


def test_one_wrong_partial_among_many_is_seen_by_projections():
    """A partial of 250 that is wrong by a thousandth shows along every direction, and is traced."""
    values = [math.sin(k) for k in range(250)]

    def f(*x):
        return gates.total([sloppy(a) if k == 77 else a * a for k, a in enumerate(x)])

    report = gradcheck(f, values, raise_exception=False)

    assert len(report.failures) >= 20
    assert report.guilty.gate is sloppy
    assert report.guilty.operands == (values[77],)


def test_directions():
    """Few inputs are checked one by one, unless it is asked for otherwise or too much work."""
    rng = random.Random(0)

    assert [d.alone for d in directions("abc", 10, rng)[0]] == [0, 1, 2]
    for found in (directions("abc", 10, rng, fast=True), directions("abc", 10**6, rng)):
        assert found[1]
        assert len(found[0]) == 20 + 3
        assert all(len(d.parts) == 3 and d.alone is None for d in found[0][:20])
    assert not directions("a", 10**9, rng)[1]


def sines(x):
    """The sum of the sines of an array."""
    return numpy.sum(numpy.sin(x))


def test_a_pair_of_numpy_functions():
    """A function of arrays is checked against its gradient, number by number."""
    report = gradcheck((sines, numpy.cos), [numpy.array([[0.3, 1.2], [2.0, -0.5]])])

    assert [entry.name for entry in report.entries] == [f"inputs[0][{k}]" for k in range(4)]
    assert "sines" in str(report)
    assert {entry.method for entry in report.entries} == {"differences"}
    with pytest.raises(GradientMismatch, match="fail"):
        gradcheck((sines, lambda x: numpy.cos(x) * 1.0001), [numpy.array([0.3, 1.2])])
    with pytest.raises(WiringError, match="1 number"):
        gradcheck((sines, lambda x: 1.0), [numpy.array([0.3, 1.2])])


def test_a_pair_of_functions_of_numbers():
    """Plain Python functions are checked, also where they raise beside the point."""
    assert gradcheck((math.log, lambda x: 1 / x), [1e-5])
    assert gradcheck((lambda x, y: x * math.sin(y), lambda x, y: (math.sin(y), x * math.cos(y))),
                     [2.0, 0.5])  # fmt: skip
    nested = (lambda p: p[0] * p[1], lambda p: [p[1], p[0]])
    assert gradcheck(nested, [[2.0, 3.0]])


def test_a_gradient_given_for_a_function_of_units():
    """With units as inputs the exact layer judges the user's own gradient."""
    x = Unit(0.5, "x")
    assert gradcheck((lambda x: x.tanh(), lambda x: 1 - math.tanh(x) ** 2), [x])
    report = gradcheck((lambda x: x.tanh(), lambda x: 1.0), [x], raise_exception=False)
    assert report.verdict == "fail"
    assert report.guilty is None
    assert "how the gradient is put together" in str(report)


def test_what_is_no_function_is_refused():
    """Something that cannot be called is an error that says what can be."""
    with pytest.raises(OperandError, match="function of units"):
        gradcheck(3.0, [1.0])


def test_a_function_that_gives_two_answers_is_inconclusive():
    """Noise in the function itself, such as dropout's, is said to be that."""
    rng = random.Random(0)
    report = gradcheck(lambda x: x * rng.random(), [1.0], raise_exception=False)

    assert (report.verdict, report.reason) == ("inconclusive", "noise")
    assert "two calls" in str(report)


def test_a_rule_of_python_is_judged_by_differences():
    """A gate without a formula falls back on differences, and is still the one that is named."""

    @custom_gradient(partials=lambda z, x: 2.001 * x)
    def squared(x):
        return math.pow(x, 2.0)

    report = gradcheck(lambda x: squared(x) + x.sin(), [1.5], raise_exception=False)

    assert report.verdict == "fail"
    assert report.guilty.gate.name == "squared"
    assert "judged by differences" in str(report)


def test_ill_conditioning_is_said_with_its_number():
    """Where rounding alone explains a gradient that is off, the verdict says by how much."""
    report = gradcheck(lambda x: ((x + 1e13) - 1e13 - x).exp() * (x * 1e17).sin(), [0.1],
                       raise_exception=False)  # fmt: skip

    assert report.failures == []
    assert (report.verdict, report.reason) == ("inconclusive", "ill-conditioned")
    assert "rounding alone may move it by" in str(report)


def test_overflow_inside_is_an_edge():
    """A value that overflows on the way leaves no gradient to judge."""
    report = gradcheck(lambda x: (800.0 * x).exp() / (800.0 * x).exp(), [1.0],
                       raise_exception=False)  # fmt: skip

    assert (report.verdict, report.reason) == ("inconclusive", "edge of the domain")
    assert "is not finite" in str(report)


def test_reports_keep_their_facts():
    """The worst input, the reason, the step and the error bound are attributes."""
    report = gradcheck((math.sin, lambda x: 1.1 * math.cos(x)), [0.3], raise_exception=False)
    (entry,) = report.entries

    assert report.worst is entry
    assert entry.step > 0
    assert 0 < entry.error < 1e-9
    assert entry.difference == pytest.approx(0.1 * math.cos(0.3))
    assert entry.excess > 1e3
    assert report.reason == ""


def test_tolerances_excuse_a_gate_too():
    """With rtol a wrong derivative within it passes, the gate's own included."""
    assert gradcheck(lambda x: sloppy(x) * 2.0, [0.3], rtol=1e-2)
    assert not gradcheck(lambda x: sloppy(x) * 2.0, [0.3], rtol=1e-4, raise_exception=False)


def test_a_gates_accuracy_is_judged_in_ulp():
    """A gate of one's own may be as far off as its formula rounds, unless a bound is asked for."""

    @gate(symbol="g", textbook="exp(-x * x)", partials=lambda z, x: -2 * x * z)
    def layers_naive(x):
        """A bell curve, written naively."""
        return gates.exp(-(x * x))

    report = check_gate(layers_naive, 300)
    assert report
    assert report.ulps > 10
    assert not check_gate(layers_naive, 300, ulp=4.0, raise_exception=False)


def test_a_textbook_of_another_function_is_caught():
    """A textbook formula that is not the gate's own function is a failure of its own."""

    @gate(symbol="g", textbook="x + x ** 2", partials=lambda z, x: 1 + 2 * x)
    def layers_other(x):
        """A value that is not that of its textbook."""
        return x + x * x + 1

    assert "two functions" in str(check_gate(layers_other, 20, raise_exception=False))


def test_second_derivatives_are_judged_exactly():
    """gradgradcheck takes the same options and finds the wrong gate in the gradient's circuit."""
    report = gradgradcheck(lambda x, y: (x * y).sigmoid() / y, [0.4, 1.3])

    assert {entry.method for entry in report.entries} == {"balls"}
    assert gradgradcheck(lambda x: abs(x) * x * x, [0.0], raise_exception=False).verdict == "pass"
    second = gradgradcheck(lambda x: abs(x) * x, [0.0], raise_exception=False)
    assert (second.verdict, second.reason) == ("inconclusive", "kink")


def test_a_small_wrong_term_does_not_hide_under_the_tolerance():
    """A slope of 6e-7 left out of a gradient of 30 is within 1e-6 of it, and is not passed."""

    @custom_gradient(partials=lambda z, x: 0.0)
    def flat(x):
        return 1 / (1 + math.exp(-x))

    report = gradcheck(lambda x: flat(x) * 2.0 + x * x, [15.0], raise_exception=False)

    assert report.verdict == "inconclusive"
    assert "times the error bound" in str(report)
    assert gradcheck(lambda x: flat(x) * 2.0 + x * x, [15.0], rtol=1e-6).verdict == "pass"


def test_a_unit_less_itself_is_nothing_to_balls_too():
    """x - x is exactly 0, so a relu behind it is judged by balls and needs no long differences."""
    pytest.importorskip("flint")
    report = gradcheck(lambda x: (x - x).relu() + x * x, [0.7])

    assert report.verdict == "pass"
    assert report.entries[0].method == "balls"


def test_a_small_unexplained_difference_says_how_to_judge_it():
    """Wrong by 5e-7, a pair is within the default tolerances: the note names them and the mend."""
    pair = (lambda x: x**3, lambda x: [3 * x * x * (1 + 5e-7)])
    report = gradcheck(pair, [1.5], raise_exception=False)
    given = gradcheck(pair, [1.5], rtol=1e-6, raise_exception=False)

    assert report.verdict == "inconclusive"
    assert "rtol=1e-06" in report.entries[0].note
    assert "give rtol= and atol=" in report.entries[0].note
    assert given.verdict == "pass"
