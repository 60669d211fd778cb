"""How a recorded circuit's derivative is judged beside the exact one, at each verdict's limits."""

import math
import random
from fractions import Fraction

import pytest

from gatenet import Circuit, Unit, gates
from gatenet.checking import exact as module
from gatenet.checking.exact import Exact, Limits
from gatenet.checking.lines import (
    BOUNDARY,
    JUMP,
    KINK,
    SMOOTH,
    UNDEFINED,
    UNSTABLE,
    VERTICAL,
    Truth,
)
from gatenet.checking.radii import Ball
from gatenet.declaration import gate

NAN, INF, Q = math.nan, math.inf, Fraction
ULP = 2.0**-51  # of 2


def exact(f, *values, **limits):
    """A function's circuit, ready to be judged; its leaves are a, b, ..."""
    leaves = [Unit(x, name) for x, name in zip(values, "abc", strict=False)]
    found = f(*leaves)
    circuit = Circuit(found if isinstance(found, list) else [found])
    return Exact(circuit, circuit.inputs, circuit.outputs, Limits(**limits))


def plain(x):
    """A smooth function without a kink."""
    return x * x


TWO = Truth(SMOOTH, Q(0), Q(2), Q(2))
NOTHING = Truth(SMOOTH, Q(0), Q(0), Q(0))
BENT = Truth(KINK, Q(0), Q(-1), Q(3))
#: (analytic, truth, radius, size of the terms, limits) -> verdict, reason, words of the note
SMOOTHLY = [
    (2.0, TWO, 1.0, 2.0, {}, "pass", "", ""),
    (2.0 + 4 * ULP, TWO, 1.0, 2.0, {}, "pass", "", ""),
    (2.0 + 4 * ULP, TWO, 0.0, 2.0, {}, "pass", "", ""),
    (2.0 + 5 * ULP, TWO, 0.0, 2.0, {}, "fail", "", ""),
    (2.0 + 5 * ULP, TWO, 1.2 * ULP, 2.0, {}, "fail", "", ""),
    (2.0 + 5 * ULP, TWO, 1.3 * ULP, 2.0, {}, "pass", "", ""),
    (2.0 + 1.9e-9, TWO, 1e-5, 2.0, {}, "pass", "", ""),
    (2.0 + 2.1e-9, TWO, 1e-5, 2.0, {}, "inconclusive", "ill-conditioned", "it by 5.0e-06 of its"),
    (2.0 + 2.1e-9, TWO, 1.9e-6, 2.0, {}, "pass", "", ""),
    (2.0 + 2.1e-9, TWO, 2.1e-6, 2.0, {}, "inconclusive", "ill-conditioned", "ill-conditioned: r"),
    (2.0 + 2.1e-9, TWO, 2.1e-6, 2.2e6, {}, "pass", "", ""),
    (2.0 + 2.1e-9, TWO, 2.1e-6, 2.05e6, {}, "inconclusive", "ill-conditioned", "own derivatives"),
    (2.0 + 2.1e-9, TWO, 1e-4, 2.0, {"atol": 1.1e-4}, "pass", "", ""),
    (2.0 + 2.1e-9, TWO, 1e-4, 2.0, {"rtol": 1.1e-4}, "pass", "", ""),
    (2.0 + 2.1e-9, TWO, 1e-4, 2.0, {"rtol": 0.9e-4}, "inconclusive", "ill-conditioned",
     "ill-conditioned"),
    (1e-3, NOTHING, 1.0, 1.0, {}, "inconclusive", "ill-conditioned", "it by inf of its size"),
    (2.5, TWO, INF, 2.0, {}, "inconclusive", "ill-conditioned", "it by inf of its size"),
    (INF, TWO, INF, INF, {}, "inconclusive", "ill-conditioned", "rounding may do anything here"),
    (INF, TWO, 1.0, 1.0, {}, "fail", "", ""),
    (NAN, TWO, 1.0, 1.0, {}, "fail", "", ""),
    (2.5, TWO, 0.0, 2.0, {"atol": 0.5}, "pass", "", ""),
    (2.5, TWO, 0.0, 2.0, {"rtol": 0.25}, "pass", "", ""),
    (2.5, TWO, 0.0, 2.0, {"rtol": 0.24}, "fail", "", ""),
    (2.5, TWO._replace(ties=(1, 0)), 0.0, 2.0, {}, "inconclusive", "kink",
     "a kink inside, at multiply (u1), a, which cancels out"),
    (1.0, BENT, 0.0, 1.0, {}, "inconclusive", "kink",
     "at a kink: -1 from the left, 3 from the right; the gradient is between them"),
    (1.0, BENT, 0.0, 1.0, {"allow_kinks": True}, "pass", "", "is between them"),
    (3.0 + 2.0**-47, BENT, 0.0, 1.0, {"allow_kinks": True}, "pass", "", "is between them"),
    (3.0 + 2.0**-46, BENT, 0.0, 1.0, {"allow_kinks": True}, "inconclusive", "kink",
     "the gradient is not between them"),
    (-1.0 - 2.0**-47, BENT, 0.0, 1.0, {"allow_kinks": True}, "pass", "", "is between them"),
    (-1.0 - 2.0**-46, BENT, 0.0, 1.0, {"allow_kinks": True}, "inconclusive", "kink", "not between"),
    (NAN, BENT._replace(ties=(1,)), 0.0, 1.0, {"allow_kinks": True}, "inconclusive", "kink",
     "at a kink of multiply (u1): -1 from the left"),
    (0.0, Truth(JUMP, Q(0)), 0.0, 1.0, {}, "inconclusive", "discontinuity",
     "a jump: there is no slope"),
    (0.0, Truth(JUMP, Q(0), ties=(1,)), 0.0, 1.0, {}, "inconclusive", "discontinuity",
     "a jump of multiply (u1): there is no slope"),
    (5.0, Truth(BOUNDARY, Q(0), None, Q(5)), 0.0, 1.0, {}, "inconclusive", "edge of the domain",
     "edge of the domain: 5 from the right, the only open side"),
    (5.0, Truth(BOUNDARY, Q(0), Q(5), None), 0.0, 1.0, {}, "inconclusive", "edge of the domain",
     "edge of the domain: 5 from the left, the only open side"),
    (4.0, Truth(BOUNDARY, Q(0), Q(5), None), 0.0, 1.0, {}, "fail", "", "5 from the left, the only"),
    (INF, Truth(BOUNDARY, Q(0), Q(5), None), INF, 1.0, {}, "inconclusive", "edge of the domain",
     "5 from the left"),
    (INF, Truth(BOUNDARY, Q(0), rising=(0, 1)), 0.0, 1.0, {}, "inconclusive", "edge of the domain",
     "the slope is infinite"),
    (INF, Truth(BOUNDARY, Q(0), rising=(0, -1)), 0.0, 1.0, {}, "inconclusive",
     "edge of the domain", "the slope is -infinite"),
    (INF, Truth(VERTICAL, Q(0), rising=(-1, -1)), 0.0, 1.0, {}, "inconclusive",
     "edge of the domain", "the slope is -infinite"),
    (0.0, Truth(UNDEFINED), 0.0, 1.0, {}, "inconclusive", "edge of the domain",
     "undefined around it"),
    (0.0, Truth(UNSTABLE), 0.0, 1.0, {}, "inconclusive", "noise",
     "the slope does not settle, however near one looks"),
]  # fmt: skip


@pytest.mark.parametrize(("analytic", "truth", "radius", "size", "limits", "verdict", "reason",
                          "note"), SMOOTHLY)  # fmt: skip
def test_a_derivative_beside_the_exact_one(analytic, truth, radius, size, limits, verdict, reason,
                                           note):  # fmt: skip
    """Verdict, reason, note and figures of an entry, on both sides of every limit."""
    whole = exact(plain, 1.0, **limits)
    entry = whole.entry("a", 1.0, analytic, 0, truth, Ball(2.0, radius, size))

    assert (entry.verdict, entry.reason) == (verdict, reason)
    assert entry.note == note if note == "" else note in entry.note
    assert (entry.name, entry.at, entry.output, entry.method) == ("a", 1.0, 0, "balls")
    assert entry.at_kink == (truth.kind == KINK)
    assert math.isnan(entry.ulps) == (truth.slope is None)
    expected = truth.slope if truth.slope is not None else NAN
    if truth.kind == KINK:
        expected = min(max(analytic, -1.0), 3.0) if analytic == analytic else -1.0
    assert entry.numeric == expected or (math.isnan(expected) and math.isnan(entry.numeric))
    if truth.slope is not None and math.isfinite(radius):
        own = Limits(**limits).of(entry.numeric)
        assert entry.error == abs(entry.numeric) * 2.0**-70
        assert entry.tolerance == 4 * radius + entry.error + own
    assert entry.step == 0.0


def test_an_entry_says_how_far_off_the_truth_may_be():
    """Where the exact slope has an error itself, that is allowed, and its step is kept."""
    truth = Truth(SMOOTH, Q(0), Q(2), Q(2), "long differences", 120)
    entry = exact(plain, 1.0).entry("a", 1.0, 2.0 + 9e-4, 0, truth, Ball(2.0), 1e-3)

    assert (entry.verdict, entry.error, entry.tolerance) == ("pass", 1e-3, 1e-3)
    assert (entry.method, entry.step) == ("long differences", 2.0**-120)
    assert exact(plain, 1.0).entry("a", 1.0, 2.01, 0, truth, Ball(2.0), 1e-3).verdict == "fail"


def bent(x, y):
    """A kink that a half of x + y stands on, and one that is far away."""
    return (x + y).relu() + abs(x * 3.0)


def test_gates_near_kinks_are_found():
    """Gates on a kink or within four radii of one are named, if they matter to the output."""
    on = exact(bent, 1.0, -1.0)
    assert on.gates_text(on.near_kinks(0)) == "relu (u3)"
    assert exact(bent, 1.0, 1.0).near_kinks(0) == []
    near = exact(lambda x, y: (x * 3.0 - y).relu(), 0.1, 0.3)  # 5.6e-17, from two rounded numbers
    assert near.gates_text(near.near_kinks(0)) == "relu (u5)"
    apart = exact(lambda x, y: (x - y).relu(), 1.0, 1.0 - 2.0**-50)  # exact, however small
    assert apart.near_kinks(0) == []
    unused = exact(lambda x, y: [x * 2.0, (x + y).relu()], 1.0, -1.0)
    assert (unused.near_kinks(0), len(unused.near_kinks(1))) == ([], 1)
    tied = exact(lambda x, y: gates.maximum(x, y, 3.0), 3.0, 1.0)
    assert len(tied.near_kinks(0)) == 1


def test_what_is_near_a_kink_or_not_finite_is_no_failure():
    """A gradient that is off beside such a gate is undecided, and the gate is named."""
    on = exact(bent, 1.0, -1.0)
    entry = on.entry("a", 1.0, 7.0, 0, TWO, Ball(2.0))
    assert (entry.verdict, entry.reason) == ("inconclusive", "kink")
    assert entry.note == "within rounding of a kink, at relu (u3)"
    entry = on.entry("a", 1.0, 7.0, 0, Truth(UNSTABLE), Ball(2.0))
    assert (entry.verdict, entry.reason) == ("inconclusive", "kink")
    assert entry.note == "no precision decides on which side of a kink relu (u3) stands"
    huge = exact(lambda x: (x * 1e300 * 1e300).tanh(), 1.0)
    assert huge.not_finite == "multiply (u4)"
    for truth in (TWO, Truth(UNDEFINED), Truth(UNSTABLE)):
        entry = huge.entry("a", 1.0, NAN, 0, truth, Ball(2.0))
        assert (entry.verdict, entry.reason) == ("inconclusive", "edge of the domain")
        assert entry.note == "multiply (u4) is not finite"
    assert huge.entry("a", 1.0, 7.0, 0, TWO, Ball(2.0)).verdict == "fail"
    assert exact(plain, 1.0).not_finite == ""
    assert exact(lambda x: x * INF, 0.5).not_finite == "multiply (u2)"  # not the constant


def test_rows_are_named():
    """A gate is named with its label, a leaf by its label, and of many the first five."""
    whole = exact(lambda x: ((x * 2.0 + 1.0) * 3.0).tanh().exp().sin(), 0.5)
    rows = [k for k, row in enumerate(whole.circuit.rows) if row.gate]

    assert whole.gate_text(whole.circuit.inputs[0]) == "a"
    assert whole.gates_text(rows[:2]) == "multiply (u2), add (u4)"
    assert whole.gates_text(rows) == (
        "multiply (u2), add (u4), multiply (u6), tanh (u7), exp (u8) and 1 more"
    )
    assert whole.gates_text(rows[:5]).endswith("exp (u8)")


def test_the_ball_along_a_direction():
    """Middles, radii and sizes add up along a direction; a leaf without a gradient adds nothing."""
    whole = exact(lambda x, y: [x * y * 0.1, x + 0.0 * y], 3.0, 7.0)
    a, b = whole.circuit.inputs
    alone, both = whole.ball(0, {a: 1.0}), whole.ball(0, {a: 1.0, b: -2.0})

    assert alone.middle == pytest.approx(0.7)
    assert alone.size == pytest.approx(0.7)
    assert 0 < alone.radius < 1e-15
    assert both.middle == pytest.approx(0.7 - 0.6)
    assert both.size == pytest.approx(1.0)
    other = whole.ball(0, {b: -2.0})
    assert both.radius == alone.radius + other.radius + 2.0**-52 * both.size
    assert other.radius == 2.0 * whole.ball(0, {b: 1.0}).radius
    lost = exact(lambda x: x / x, 0.0)
    assert math.isnan(lost.ball(0, {lost.circuit.inputs[0]: 1.0}).middle)


@gate(symbol="g", textbook="x * y", partials=lambda z, x, y: (y, x * (1 + 2.0**-46)))
def exact_slightly(x, y):
    """A product whose second derivative is 64 ULP too large."""
    return x * y


def test_a_gate_is_guilty_from_its_limits_on(monkeypatch):
    """A local derivative beyond eight ULP is a fault, unless what the user allows covers it."""
    whole = exact(lambda x, y: exact_slightly(x, y) * 2.0 + x, 1.5, 0.5)
    (fault,) = whole.faults(0, random.Random(1))

    assert (fault.label, fault.port, fault.operands) == ("u2", "y", (1.5, 0.5))
    assert (fault.recorded, fault.right) == (1.5 * (1 + 2.0**-46), 1.5)
    assert fault.gate is exact_slightly
    assert fault.unit is whole.unit(fault.row)
    for limits in ({"atol": 1e-12}, {"rtol": 1e-12}):
        allowed = exact(lambda x, y: exact_slightly(x, y) * 2.0 + x, 1.5, 0.5, **limits)
        assert list(allowed.faults(0, random.Random(1))) == []
    chain = exact(lambda x, y: exact_slightly(exact_slightly(exact_slightly(x, y), y), y), 1.5, 0.5)
    assert len(list(chain.faults(0, random.Random(1)))) == 3
    monkeypatch.setattr(module, "LOOKED_AT", 3)
    assert len(list(chain.faults(0, random.Random(1)))) == 3
    monkeypatch.setattr(module, "LOOKED_AT", 2)
    few = [fault.row for fault in chain.faults(0, random.Random(1))]
    assert few == sorted(few)
    assert len(few) == 2
    unseen = exact(lambda x, y: [x * 2.0, exact_slightly(x, y)], 1.5, 0.5)
    assert list(unseen.faults(0, random.Random(1))) == []
    constant = exact(lambda x: exact_slightly(x, 2.0) + 0.0, 1.5)
    assert list(constant.faults(0, random.Random(1))) == []
    endless = exact(lambda x, y: exact_slightly(x, y) + x, INF, 0.5)
    assert list(endless.faults(0, random.Random(1))) == []
