"""The law suite: our gates keep the laws, and each way to be wrong breaks the right one."""

import math

import pytest

from gatenet import gates
from gatenet.declaration import gate
from gatenet.errors import GatenetError, OperandError, WiringError
from gatenet.gates import CATALOGUE, SLOPES, exp, log, multiply, where
from gatenet.testing import LawBroken, check_laws, laws, samples
from gatenet.testing.claims import Claim, simpler
from gatenet.testing.places import inside

ALL = {**CATALOGUE, **SLOPES}


@pytest.mark.parametrize("name", ALL)
def test_every_gate_keeps_every_law(name):
    """Each gate of gatenet passes the suite that it offers for other people's gates."""
    report = check_laws(ALL[name], 5)

    assert report
    assert report.points == 5
    assert report.claims > 60


@pytest.mark.parametrize("static", [{"slope": 0.5}, {"slope": -1.0}])
def test_a_bound_gate_is_checked_as_bound(static):
    """Static parameters given with bind() hold in every law."""
    assert check_laws(gates.leaky_relu.bind(**static), 8)


def test_laws_can_be_parametrised():
    """A law has a name, a sentence, and is called with a gate."""
    assert [str(law) for law in laws()] == [
        "value", "seed", "accumulate", "fan_out", "constants", "forward_mode", "purity", "replay",
        "round_trip", "drawn", "domain", "symmetry", "slope",
    ]  # fmt: skip
    assert all(law.sentence.endswith(".") for law in laws())
    assert laws("seed")[0](gates.tanh, 5).laws == ("seed",)
    with pytest.raises(WiringError, match="unknown law 'sed': there are value, seed"):
        laws("sed")


def declared(value, partials, **told):
    """A gate of two inputs, or one, that is wrong somehow."""

    def wrong_testing_gate(a, b):
        """Be wrong."""
        return value(a, b)

    def wrong_testing_gate_of_one(x):
        """Be wrong."""
        return value(x)

    one = value.__code__.co_argcount == 1
    function = wrong_testing_gate_of_one if one else wrong_testing_gate
    return gate(symbol="w", textbook="1", partials=partials, **told)(function)


@pytest.mark.parametrize(
    ("wrong", "law"),
    [
        (declared(lambda a, b: a * b, lambda z, a, b: (a, b)), "slope"),
        (declared(lambda a, b: a * b, lambda z, a, b: (b, -a)), "slope"),
        (declared(lambda x: exp(x), lambda z, x: z * 1.001), "slope"),
        (declared(lambda x: where(x > 2, x * 0.5, x), lambda z, x: where(x > 2, 0.6, 1),
                  kinks=lambda x: x - 2), "slope"),
        (declared(lambda a, b: a * multiply(b, b), lambda z, a, b: (b * b, a * b * 2.001)),
         "symmetry"),
        (declared(lambda x: log(x), lambda z, x: 1 / x, domain=lambda x: x > -1), "domain"),
        (declared(lambda x: x * 2.0, lambda z, x: 2, domain=lambda x: x > 0), "domain"),
    ],
    ids=["swapped", "sign", "factor", "branch", "mixed", "domain too wide", "domain ignored"],
)  # fmt: skip
def test_a_wrong_gate_breaks_the_law(wrong, law):
    """Each mistake is found, and said with the gate, the law, the point and both numbers."""
    with pytest.raises(LawBroken) as caught:
        check_laws(wrong)
    broken = {one.law: one for one in caught.value.report.broken}

    assert law in broken
    assert wrong.name in str(caught.value)
    assert f"breaks the law {law!r} at (" in str(caught.value)
    assert "should be" in str(caught.value)
    assert isinstance(caught.value, AssertionError)
    assert isinstance(caught.value, GatenetError)
    assert not check_laws(wrong, raise_exception=False)


def test_the_point_of_a_broken_law_is_simple():
    """A point that breaks a law is simplified: the swapped product shows at 0 and 1."""
    wrong = declared(lambda a, b: a * b, lambda z, a, b: (a, b))
    (broken,) = check_laws(wrong, laws=["slope"], raise_exception=False).broken

    assert sorted(map(abs, broken.point)) == [0.0, 1.0]
    assert {abs(round(broken.claim.expected, 9)), abs(broken.claim.found)} == {0.0, 1.0}


def test_points_of_your_own_come_on_top():
    """A point given is tried first, and can break what others do not."""
    odd = declared(lambda x: where(gates.equal(x, 1234.5), x - x / 0.0 * 0.0, x), lambda z, x: 1)

    assert check_laws(odd, 3, laws=["domain"], points=[(2.0,)]).points == 4
    report = check_laws(odd, 3, laws=["domain"], points=[(1234.5,)], raise_exception=False)
    assert report.broken[0].point == (1234.5,)
    assert "should be 'a number' and is 'nan'" in str(report)


@pytest.mark.parametrize(
    ("law", "tamper"),
    [
        ("value", lambda one, v: setattr(one, "value_kernel", lambda x: v(x) + 1e-9)),
        ("seed", lambda one, v: setattr(one, "partials_kernel", lambda z, x: (z + 1e-9,))),
    ],
)
def test_an_engine_that_disagrees_with_the_gate_is_caught(law, tamper):
    """Where units carry something else than the gate says, the laws about units break."""
    one = declared(lambda x: exp(x), lambda z, x: z)
    one(gates.identity(0.5))
    kernel = one.value_kernel
    check_laws(one, 2, laws=["value", "seed"])
    tamper(one, kernel)

    with pytest.raises(LawBroken):
        check_laws(one, 4, laws=[law])


def test_what_is_no_gate_is_refused():
    """A function, or a rule given as Python, is sent to gradcheck."""
    with pytest.raises(OperandError, match=r"gatenet\.gradcheck"):
        check_laws(math.exp)


def test_nothing_claimed_is_no_pass():
    """A report without a claim is false and says why."""
    report = check_laws(gates.exp, 0, raise_exception=False)

    assert not report
    assert "nothing could be claimed" in str(report)
    with pytest.raises(LawBroken, match="nothing could be claimed"):
        check_laws(gates.exp, 0)


@pytest.mark.parametrize("name", ["acosh", "power", "dot", "hard_tanh", "divide"])
def test_samples_are_inside_and_the_same_every_time(name):
    """Points for the laws lie in the domain, hold hard numbers, and depend on the seed alone."""
    import random

    found = samples(ALL[name], 300, random.Random(3))

    assert len(found) == 300
    assert found == samples(ALL[name], 300, random.Random(3))
    assert all(inside(ALL[name], point) for point in found)
    assert any(0 < abs(x) < 2.3e-308 for p in found for x in p) or name == "acosh"
    assert any(abs(x) > 1e100 for point in found for x in point)


def test_claims_compare_to_the_bit_or_within_the_slack():
    """nan is nan, 0.0 is not -0.0, and slack is a distance."""
    assert Claim("it", math.nan, math.nan).holds
    assert not Claim("it", 0.0, -0.0).holds
    assert Claim("it", 1.0, 1.5, slack=0.5).holds
    assert not Claim("it", 1.0, 1.6, slack=0.5).holds
    assert not Claim("it", math.inf, 1.0, slack=1.0).holds
    assert not Claim("it", "a number", "nan").holds


def test_simpler_points_change_one_operand():
    """What is tried in place of a point is simpler in one operand, and never the point itself."""
    tried = list(simpler((2.75, 1.0)))

    assert (0.0, 1.0) in tried and (2.75, 0.0) in tried and (3.0, 1.0) in tried
    assert (2.75, 1.0) not in tried and (2.75, 2.0) not in tried
    assert list(simpler((0.0,))) == []
