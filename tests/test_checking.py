"""Checking: every gate passes, every wrong gradient is caught, nothing right is refused."""

import math
import random

import pytest

from gatenet import Circuit, Unit, gates, record
from gatenet.checking import check_gate, check_point, gradcheck, gradgradcheck, points
from gatenet.checking.differences import slope
from gatenet.declaration import gate
from gatenet.errors import GradientMismatch, OperandError, RangeError
from gatenet.gates import CATALOGUE, exp, maximum, relu, where

#: Points a gate in this suite.
MANY = 250


def conventional(name, entry):
    """Whether a nan is one that is promised where the value, on floats, looks smooth.

    The derivative of a ** b in b is nan for every negative a, also where b is so large that all
    floats around it are integers; a product whose factors overflow on the way is nan beside a 0.
    """
    return name in ("power", "product") and math.isnan(entry.analytic)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_gate_over_its_domain(name):
    """No partial of any gate differs from the slope of its value anywhere in its domain."""
    report = check_gate(CATALOGUE[name], MANY, raise_exception=False)

    assert report.points == MANY
    assert [entry for entry in report.failures if not conventional(name, entry)] == []
    assert report.counts["pass"] > 0.6 * sum(report.counts.values())
    if CATALOGUE[name].domain.kinks and name not in ("elu", "clip"):
        assert report.kinks > 0


@pytest.mark.parametrize(
    ("name", "static"),
    [("leaky_relu", {"slope": -0.5}), ("elu", {"alpha": 2.0}), ("clip", {"low": -1.0, "high": 2.0}),
     ("hard_tanh", {"low": 0.0, "high": 0.5}), ("gaussian", {"alpha": 3.0, "beta": -2.0}),
     ("symmetric_sigmoid", {"alpha": 0.1, "beta": 7.0})],
)  # fmt: skip
def test_gates_with_other_static_parameters(name, static):
    """A gate bound to static parameters is checked with those."""
    assert check_gate(CATALOGUE[name].bind(**static), 300)


@pytest.mark.parametrize("name", CATALOGUE)
def test_second_derivatives_of_every_gate(name):
    """The derivative of each gate's derivative is the slope of its derivative."""
    one = CATALOGUE[name]
    size = 2 * one.groups if one.variadic else len(one.inputs)
    checked = 0
    for point in points(one, 400, random.Random(1)):
        if len(point) != size or not all(0.01 < abs(x) < 4 for x in point):
            continue
        if one.domain.at_edge(
            {**one.static, **dict(zip(one.inputs, one.split(point), strict=True))}
        ):
            continue
        report = gradgradcheck(
            lambda *units: one(*one.split(units)) if one.groups > 1 else one(*units),
            list(point), raise_exception=False,
        )  # fmt: skip
        assert not report.failures, report
        checked += bool(report)
        if checked == 6:
            break
    assert checked == 6


def wrong(name, body, partials, **options):
    """Declare a wrong gate."""
    body.__name__ = f"wrong_{name}"
    return gate(symbol="!", partials=partials, **options)(body)


def _product(a, b):
    """Doc."""
    return a * b


WRONG = {
    "sign": wrong("sign", lambda x: x * x * x, lambda z, x: -3 * x * x),
    "factor": wrong("factor", lambda x: x * x * x, lambda z, x: 3.003 * x * x),
    "factor_small": wrong("factor_small", lambda x: exp(x), lambda z, x: 1.00001 * z),
    "swapped": wrong("swapped", lambda a, b: a * b, lambda z, a, b: (a, b)),
    "swapped_quotient": wrong("swapped_quotient", lambda a, b: a / b,
                              lambda z, a, b: (-z / b, 1 / b), edges=lambda a, b: b),
    "dropped": wrong("dropped", lambda x: x * x + x, lambda z, x: 2 * x),
    "constant": wrong("constant", lambda x: exp(-x * x), lambda z, x: 0),
    "offset": wrong("offset", lambda x: exp(x), lambda z, x: z + 1e-3),
    "kink": wrong("kink", lambda x: where(x > 0, x, 0),
                  lambda z, x: where(x > 0, 1, where(x < 0, 0, 2)), kinks=lambda x: x),
    "kink_side": wrong("kink_side", lambda x: where(x > 0, x, 0),
                       lambda z, x: where(x < 0, 1, 0), kinks=lambda x: x),
    "kink_below": wrong("kink_below", lambda x: abs(x),
                        lambda z, x: where(x >= 0, 1, where(x < 0, -1.5, 0)), kinks=lambda x: x),
    "branch": wrong("branch", lambda x: where(x > 1, x * x, 2 * x - 1),
                    lambda z, x: where(x > 1, 2 * x, 2.01)),
    "tail": wrong("tail", lambda x: gates.sigmoid(x), lambda z, x: where(x > 15, 0, z * (1 - z))),
    "tiny": wrong("tiny", lambda x: 1e-6 * x * x, lambda z, x: -2e-6 * x),
    "one_of_three": wrong("one_of_three", lambda a, b, c: a * b + c,
                          lambda z, a, b, c: (b, a, 1.01)),
    "tie": wrong("tie", lambda a, b: where(a > b, a, b),
                 lambda z, a, b: (where(a >= b, 1, 0), where(b >= a, 1, 0)),
                 kinks=lambda a, b: a - b),
    "nan": wrong("nan", lambda x: x * x, lambda z, x: 2 * x + 0 * gates.log(x - 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_gate_is_caught(name):
    """Signs, factors, swapped and dropped terms, wrong sides: each is found, and said how."""
    with pytest.raises(GradientMismatch, match="fail") as caught:
        check_gate(WRONG[name], 300)

    report = caught.value.report
    assert not report
    assert report.failures
    assert "analytic" in str(caught.value)
    assert "numeric" in str(caught.value)
    assert f"wrong_{name}" in str(caught.value)
    assert isinstance(caught.value, AssertionError)


def test_the_same_gates_made_right_pass():
    """What is caught is the mistake: the gates with their partials put right pass."""
    right = [
        wrong("a", lambda x: x * x * x, lambda z, x: 3 * x * x),
        wrong("b", lambda a, b: a * b, lambda z, a, b: (b, a)),
        wrong("c", lambda x: where(x > 1, x * x, 2 * x - 1), lambda z, x: where(x > 1, 2 * x, 2)),
        wrong("d", lambda x: 1e-6 * x * x, lambda z, x: 2e-6 * x),
        wrong("e", lambda a, b: where(a > b, a, b),
              lambda z, a, b: (where(a >= b, 1, 0) - gates.equal(a, b) / 2,
                               where(b >= a, 1, 0) - gates.equal(a, b) / 2),
              kinks=lambda a, b: a - b),
    ]  # fmt: skip
    for one in right:
        assert check_gate(one, 300)


def test_a_wrong_gate_inside_a_function_is_caught():
    """gradcheck finds a wrong gate anywhere in what is checked."""
    for name in ("sign", "factor", "dropped", "offset", "tiny"):
        with pytest.raises(GradientMismatch) as caught:
            gradcheck(lambda x, y, g=WRONG[name]: (g(x * y) + x).tanh(), [0.4, 0.9])
        assert {entry.verdict for entry in caught.value.entries} >= {"fail"}


def neuron(x, w, b):
    """A neuron over nested containers."""
    return sum([xi * wi for xi, wi in zip(x, w["hidden"], strict=True)], b).tanh()


@pytest.mark.parametrize(
    ("f", "inputs"),
    [
        (lambda x: x * x * x, [3.0]),
        (lambda x, y, z: (x + y) * z, [-2.0, 5.0, -4.0]),
        (lambda x, y: [x * y, x / y, x**2.5 * y], [1.5, -0.7]),
        (lambda x: x.exp().log() - x + x * x, [0.3]),
        (neuron, [[0.5, -1.0], {"hidden": [2.0, 0.1]}, 0.2]),
        (lambda x: x * x, [1e10]),
        (lambda x: x.log(), [1e-5]),
        (lambda x: x.log(), [1e-300]),
        (lambda x: x**0.5, [1e-5]),
        (lambda x: x.relu(), [5e-7]),
        (lambda x: x.relu(), [-5e-7]),
        (lambda x: (x * 1e4).sin(), [0.7]),
        (lambda x: (x * 30.0).sin().exp(), [0.1]),
        (lambda x: gates.maximum(x, 2.0, x * x), [1.4]),
        (lambda x: gates.clip(x, low=0.0, high=1.0), [1.0 + 1e-9]),
        (lambda x: x + 1e8 - 1e8, [1.0]),
        (lambda x: 3.0, [1.0]),
        (lambda x, y: x * 1.0, [2.0, 3.0]),
        (lambda x: x * x if x > 0 else -x, [2.0]),
        (lambda x: x * x if x > 0 else -x, [-2.0]),
        (lambda x: 1e-6 * x * x, [1.0]),
        (lambda x: x.sigmoid(), [15.0]),
    ],
)
def test_right_gradients_pass(f, inputs):
    """Right gradients pass also where a fixed step or tolerance would refuse them."""
    report = gradcheck(f, inputs)

    assert report
    assert not report.failures
    assert "all agree" in str(report)


def test_where_rounding_hides_the_answer_differences_decide_nothing():
    """Differences of a noisy function decide nothing, where exact numbers see the slope."""

    def cancelling(x):
        return (x + 1e10) - 1e10

    report = gradcheck((cancelling, lambda x: 1.0), [1e-3], raise_exception=False)

    assert not report
    assert report.failures == []
    assert [entry.verdict for entry in report.entries] == ["inconclusive"]
    assert report.reason == "noise"
    with pytest.raises(GradientMismatch, match="inconclusive"):
        gradcheck((cancelling, lambda x: 1.0), [1e-3])
    assert gradcheck(cancelling, [1e-3])


@pytest.mark.parametrize(
    ("f", "at"),
    [
        (lambda x: x * x.detach(), 1.5),
        (lambda x: x * x.value, 1.5),
        (lambda x: Unit(x.value) * x, 0.7),
        (lambda x: x.sigmoid().detach() + 0.0 * x, 15.0),
        (lambda x: 1e-6 * x * x.detach(), 1.0),
    ],
)
def test_a_lost_gradient_is_caught(f, at):
    """A path cut off by detach() or .value shows in the values and not in the gradient."""
    with pytest.raises(GradientMismatch, match="fail"):
        gradcheck(f, [at])


def test_a_kink_is_said():
    """On a kink there is no derivative: inconclusive, the gate named, unless kinks are allowed."""
    report = gradcheck(lambda x: abs(x), [0.0], raise_exception=False)
    (entry,) = report.entries

    assert report.verdict == "inconclusive"
    assert report.reason == entry.reason == "kink"
    assert entry.at_kink
    assert "at a kink of absolute (u1): -1 from the left, 1 from the right" in str(report)
    with pytest.raises(GradientMismatch, match="kink"):
        gradcheck(lambda x: abs(x), [0.0])
    assert gradcheck(lambda x: abs(x), [0.0], allow_kinks=True)
    tie = gradcheck(lambda x, y: gates.maximum(x, y), [2.0, 2.0], raise_exception=False)
    assert [entry.at_kink for entry in tie.entries] == [True, True]
    assert tie.verdict == "inconclusive"
    assert not gradcheck(lambda x: abs(x), [1e-9]).entries[0].at_kink


def test_a_kink_inside_is_no_pass():
    """relu(z) - relu(-z) is z, and its gradient 0 at 0 is the kinks' doing: both are named."""
    report = gradcheck(lambda z: z.relu() - (-z).relu(), [0.0], raise_exception=False)

    assert report.verdict == "inconclusive"
    assert report.reason == "kink"
    assert "relu (u1), relu (u3)" in report.entries[0].note
    assert report.entries[0].numeric == 1.0
    assert not gradcheck(lambda z: z.relu() - (-z).relu(), [0.0], raise_exception=False,
                         allow_kinks=True)  # fmt: skip


def test_a_kink_that_leaves_a_smooth_function_passes():
    """x |x| has slope 0 at 0 from both sides, and the gradient is that."""
    assert gradcheck(lambda x: x * abs(x), [0.0])


def test_a_blocked_edge_is_no_failure():
    """max(x, log y) at y = 0 sends y nothing, which is its slope from inside: said, not failed."""
    report = gradcheck(lambda x, y: gates.maximum(x, y.log()), [1.0, 0.0], raise_exception=False)
    x, y = report.entries

    assert x.verdict == "pass"
    assert (y.verdict, y.reason, y.analytic, y.numeric) == (
        "inconclusive", "edge of the domain", 0.0, 0.0,
    )  # fmt: skip


def test_a_branch_of_python_is_a_kink():
    """Where an `if` goes another way right beside the point, one side's word is no pass."""
    report = gradcheck(lambda x: x * 1.0 if x >= 0 else x * 3.0, [0.0], raise_exception=False)
    (entry,) = report.entries

    assert report.verdict == "inconclusive"
    assert report.reason == "kink"
    assert "from the right alone" in entry.note
    assert "an `if` goes another way" in entry.note


def test_an_edge_is_looked_at_from_inside():
    """At the end of a domain the open side's slope is shown; an infinite one is recognised."""
    report = gradcheck(lambda x: x.sqrt() * x, [0.0], raise_exception=False)
    assert report.failures == []
    infinite = gradcheck(lambda x: x.sqrt(), [0.0], raise_exception=False)
    assert infinite.entries[0].analytic == math.inf
    assert infinite.reason == "edge of the domain"
    assert "the slope is infinite" in str(infinite)


def test_units_are_moved_and_put_back():
    """Inputs that are units are moved where they stand; circuits on them do not become stale."""
    w = Unit(0.5, "w", role="parameter")
    before = w * w
    report = gradcheck(lambda x, w: (x * w).tanh(), [2.0, w])

    assert report
    assert [entry.name for entry in report.entries] == ["inputs[0]", "w"]
    assert w.value == 0.5
    assert not w.visited
    before.backward()
    assert w.grad == 1.0


def test_units_around_a_function_can_be_checked():
    """Parameters that a function closes over are checked when they are given as inputs."""
    w, b = Unit(0.5, "w", role="parameter"), Unit(-0.1, "b", role="parameter")

    def loss(*_):
        return (w * 3.0 + b).sigmoid() * w

    assert gradcheck(loss, [w, b])
    assert {entry.analytic != 0.0 for entry in gradcheck(loss, [w, b]).entries} == {True}


def test_a_units_value_is_put_back_after_an_error():
    """A function that raises halfway leaves its inputs as they were."""
    w, calls = Unit(0.5, "w"), []

    def breaks(w):
        calls.append(w.value)
        if len(calls) > 3:
            raise ZeroDivisionError
        return w * w

    with pytest.raises(ZeroDivisionError):
        gradcheck(breaks, [w])
    assert w.value == 0.5


def test_a_gates_output_cannot_be_moved():
    """Inputs are leaves: a gate's output is refused with the mend."""
    with pytest.raises(OperandError, match="leaves"):
        gradcheck(lambda x: x * x, [Unit(1.0) * 2.0])


def test_a_circuit_can_be_checked():
    """A circuit is checked on a copy, at its values or at others, by name or in a list."""
    x, w = Unit(2.0, "x"), Unit(-0.5, "w", role="parameter")
    circuit = Circuit([(x * w).tanh() + x.relu(), x / w])
    report = gradcheck(circuit)

    assert report
    assert [(e.name, e.output) for e in report.entries] == [("x", 0), ("w", 0), ("x", 1), ("w", 1)]
    assert gradcheck(circuit, {"x": -3.0, w: 0.25})
    assert gradcheck(circuit, [1.0])
    assert circuit.values[0] == 2.0
    assert not x.visited
    bad = Circuit(WRONG["factor"](x) * w)
    with pytest.raises(GradientMismatch, match="circuit"):
        gradcheck(bad)


def test_a_recorded_comparison_is_a_kink_of_a_circuit():
    """A step over a recorded comparison is not taken: the other branch is another circuit."""
    x = Unit(1.0, "x")
    with record() as recording:
        y = x * x if x >= 1.0 else x * 3.0
    report = gradcheck(Circuit(y), raise_exception=False)

    assert len(recording) == 1
    assert report.reason == "kink"
    assert "from the right alone" in str(report)


def test_eps_fixes_the_step():
    """With `eps` plain differences of that step are taken, as good as they are."""
    loose = gradcheck(lambda x: x * x * x, [2.0], eps=1e-4, rtol=1e-6)
    (entry,) = loose.entries

    assert loose
    assert entry.numeric == pytest.approx(12.0, abs=1e-7)


def test_tolerances_are_kept():
    """atol and rtol decide: the same error passes when it is allowed and fails when not."""
    slightly = WRONG["factor_small"]

    assert gradcheck(lambda x: slightly(x), [1.0], rtol=1e-4)
    assert gradcheck(lambda x: slightly(x), [1.0], atol=1e-4)
    with pytest.raises(GradientMismatch):
        gradcheck(lambda x: slightly(x), [1.0])
    assert not gradcheck(lambda x: slightly(x), [1.0], raise_exception=False)


def test_the_report_prints_both_sides():
    """A report names each input with its point, analytic, numeric, difference and verdict."""
    report = gradcheck(lambda x, y: x * y, [Unit(2.0, "x"), Unit(3.0, "y")])
    text = str(report)

    assert text == repr(report)
    assert "2 derivatives, all agree" in text
    for part in ("x = 2.0", "y = 3.0", "analytic 3.0", "analytic 2.0", "numeric", "difference"):
        assert part in text
    assert report.entries[0].difference < 1e-10


def test_an_empty_report_is_no_agreement():
    """Nothing checked is nothing shown."""
    assert not gradcheck(lambda: Unit(1.0) * 2.0, [], raise_exception=False)


def test_second_derivatives():
    """gradgradcheck finds a wrong second derivative behind a right first one."""
    assert gradgradcheck(lambda x, y: x * x * y.exp() / (x + y), [1.2, 0.4])
    assert gradgradcheck(lambda x: x.tanh() * x.sigmoid(), [0.3])
    assert gradgradcheck(lambda x: 3.0 * x, [1.0])
    with pytest.raises(GradientMismatch):
        gradgradcheck(lambda x: lying_square(x), [1.5])


@gate(symbol="x²", partials=lambda z, x: 2 * x + (x - flat_copy(x)))
def lying_square(x):
    """A gate whose first derivative has the right value and a wrong derivative of its own."""
    return x * x


@gate(symbol="x", partials=lambda z, x: 0)
def flat_copy(x):
    """A copy that claims to have no derivative."""
    return 1 * x


def test_points_lie_in_the_domain_and_on_its_kinks():
    """Drawn points are inside, include kinks and extremes, and are the same for one seed."""
    for name, one in CATALOGUE.items():
        drawn = points(one, 400, random.Random(3))
        assert drawn == points(one, 400, random.Random(3)), name
        assert len(drawn) == 400
        for point in drawn:
            named = dict(zip(one.inputs, one.split(point), strict=True))
            assert one.domain.contains({**one.static, **named})
    assert any(x == 0 for (x,) in points(relu, 200, random.Random(4)))
    assert any(a == b for a, b in points(gates.less, 200, random.Random(4)))
    sizes = {len(point) for point in points(maximum, 200, random.Random(4))}
    assert sizes == {1, 2, 3, 4}


def test_a_domain_that_is_empty_is_an_error():
    """Where no point lies in the declared domain, that is said."""
    nowhere = wrong("nowhere", lambda x: x, lambda z, x: 1, domain=lambda x: x * x < 0)
    with pytest.raises(RangeError, match="wrong_nowhere"):
        points(nowhere, 10, random.Random(0))


def test_check_point_of_a_jump():
    """A jump has no slope: what is declared there is undecided, not right."""
    (entry,) = check_point(gates.sign, [0.0])

    assert entry.verdict == "inconclusive"
    assert entry.reason == "discontinuity"
    assert "jump" in entry.note


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [(math.sin, 0.5, math.cos(0.5)), (math.exp, 20.0, math.exp(20.0)), (math.log, 3.0, 1 / 3),
     (lambda t: t, 1e300, 1.0), (lambda t: t * t, 1e-150, 2e-150), (math.sin, 1e7, math.cos(1e7)),
     (lambda t: math.sin(1e6 * t), 0.3, 1e6 * math.cos(3e5)), (lambda t: 7.0, 3.0, 0.0),
     (lambda t: t**3 - 3 * t, 1.0, 0.0), (math.tanh, 5.0, 1 / math.cosh(5.0) ** 2)],
)  # fmt: skip
def test_slopes_lie_within_their_stated_error(f, x, expected):
    """The numeric slope is within its own error of the truth, and that error is small."""
    found = slope(f, x, noise=2.0**-51 * max(abs(f(x)), abs(x * expected)))

    assert found.side == "both"
    assert abs(found.value - expected) <= found.error
    assert found.error <= 1e-5 * abs(expected) + 1e-12


def test_a_slope_that_floats_cannot_show_is_not_invented():
    """At 1e22 the next float is a long way off: sin has no slope there that differences see."""
    assert slope(math.sin, 1e22, noise=2e-16).side == "none"
    assert slope(lambda t: math.nan, 1.0).side == "none"
    assert slope(lambda t: math.inf, 1.0).side == "none"
    assert slope(lambda t: 0.0 if t == 1.0 else math.nan, 1.0).side == "none"


@pytest.mark.parametrize(("function", "at"), [(gates.log, -1.0), (gates.sin, math.inf)])
def test_a_gradient_where_there_are_no_values_is_undecided(function, at):
    """nan beside nan is no agreement."""
    report = gradcheck(lambda x: function(x), [at], raise_exception=False)

    assert not report
    assert [entry.verdict for entry in report.entries] == ["inconclusive"]
