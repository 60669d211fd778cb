"""Derivatives of orders one to four, at every branch point of every formula and beside it.

A formula may choose between two forms; its derivatives must not notice.  The truth comes from the
textbook formula's power series in ball arithmetic, and at some points from the slow oracle.
"""

import math

import pytest
from balls import derivatives
from sampling import special_points

from gatenet import gates, transforms
from gatenet.gates import CATALOGUE

ORDERS = 4
#: Gates whose derivatives are derivatives: not those that only compare or choose.
GATES = [
    gate
    for gate in CATALOGUE.values()
    if not gate.variadic and len(gate.inputs) <= 2 and gate.symbol not in set("<≤>≥=≠")
]
#: The order from which on a gate has no derivative at its kink, when that is not the first.
ROUGH = {"softsign": 2, "elu": 2}
OTHERS = (2.5, -0.75, 1.0)


def places(gate):
    """Branch points of ordinary size, their neighbours, and a few plain numbers."""
    special = [x for x in special_points(gate) if x == 0 or 1e-5 < abs(x) < 1e6]
    beside = [y for x in special for y in (math.nextafter(x, 9e99), math.nextafter(x, -9e99))]
    near = [x + d for x in special for d in (-1e-3, 1e-3)]
    return sorted({*special, *beside, *near, 0.3, -0.3, 1.7, 5.3, -5.3})


def cases(gate):
    """Operands and the number of the input to differentiate in."""
    if len(gate.inputs) == 1:
        return [((x,), 0) for x in places(gate)]
    return [
        ((x, other) if at == 0 else (other, x), at)
        for at in range(2)
        for other in OTHERS
        for x in places(gate)
    ]


def successive(gate, operands, at):
    """Give the derivatives of orders one to four, each the gradient of the one before."""

    def f(x):
        return gate(*operands[:at], x, *operands[at + 1 :])

    found = []
    for _ in range(ORDERS):
        f = transforms.grad(f)
        found.append(f(operands[at]))
    return found


@pytest.mark.parametrize("gate", GATES, ids=str)
def test_derivatives_of_orders_one_to_four(gate):
    """Each is within 2e-12 of the truth, relative to the largest derivative up to that order."""
    tried = 0
    for operands, at in cases(gate):
        names = {**gate.static, **dict(zip(gate.inputs, operands, strict=True))}
        kink = (gate.name in ROUGH and operands == (0.0,)) or gate.domain.at_kink(names)
        smooth = ROUGH.get(gate.name, 1) if kink else ORDERS + 1
        if gate.domain.at_edge(names) or not gate.domain.contains(names):
            continue
        truth = derivatives(gate, operands, at, ORDERS)
        if truth is None:
            continue
        exact = [float(ball.mid()) for ball in truth[1:]]
        for order, got in enumerate(successive(gate, operands, at)[: smooth - 1], 1):
            if not all(map(math.isfinite, exact[:order])):
                break
            truth_here = exact[order - 1]
            allowed = 2e-12 * abs(truth_here) + 4e-15 * max(map(abs, exact[:order])) + 1e-290

            assert abs(got - truth_here) <= allowed, (operands, order)
            tried += 1

    assert tried > 20


@pytest.mark.parametrize("gate", GATES, ids=str)
def test_derivatives_beyond_the_middle_are_numbers(gate):
    """Far out, while x⁴ is finite, no choice between forms turns a derivative into nan."""
    if len(gate.inputs) > 1:
        pytest.skip("quotients of two such numbers do overflow")
    for x in (1e-310, 1e-200, 1e-100, 50.0, 500.0, 1e9, 1e20, 1e70):
        for operands in ((x,), (-x,)):
            names = {**gate.static, **dict(zip(gate.inputs, operands, strict=True))}
            truth = derivatives(gate, operands, 0, ORDERS)
            if truth is None or not gate.domain.contains(names):
                continue
            exact = [float(ball.mid()) for ball in truth[1:]]
            if all(abs(number) < 1e150 for number in exact):
                assert all(map(math.isfinite, successive(gate, operands, 0))), operands


@pytest.mark.parametrize("n", [1, 2, 3])
def test_logsumexp_differentiates_four_times(n):
    """The slopes of logsumexp are exponentials of what is left; so are all that follow."""
    others = [0.3, -1.2][: n - 1]

    def f(x):
        return gates.logsumexp(x, *others)

    def share(x):
        total = math.fsum([math.exp(x), *map(math.exp, others)])
        return math.exp(x) / total

    for x in (-2.0, 0.3, 0.0, 4.0):
        p = share(x)
        q = p * (1 - p)
        expected = [p, q, q * (1 - 2 * p), q * (1 - 6 * q)]
        g = f
        for order in range(ORDERS):
            g = transforms.grad(g)

            assert g(x) == pytest.approx(expected[order], rel=1e-13, abs=1e-15)


def test_a_product_of_the_same_unit_differentiates():
    """product(x, x, x) is x³ in every order, at 0 as well."""

    def cube(x):
        return gates.product(x, x, x)

    for x in (0.0, 2.0):
        first, second, third = [3 * x * x, 6 * x, 6.0]
        g = transforms.grad(cube)

        assert g(x) == first
        assert transforms.grad(g)(x) == second
        assert transforms.grad(transforms.grad(g))(x) == third


@pytest.mark.parametrize(
    ("f", "second"),
    [
        (lambda x: (x - 1) * gates.log(x), 2.0),
        (lambda x: (x - 1) * gates.sqrt(x), 1.0),
        (lambda x: gates.square(x - 1) / x, 2.0),
        (lambda x: (x - 1) * gates.power(x, 3.0), 6.0),
        (lambda x: gates.sin(x - 1) * gates.exp(x), 2 * math.e),
    ],
)
def test_an_upstream_of_zero_still_has_a_derivative(f, second):
    """A gate with an edge makes no pull from 0 times infinity, but 0 times a slope has one."""
    assert transforms.grad(transforms.grad(f))(1.0) == pytest.approx(second, rel=1e-15)
    forward = transforms.jvp(transforms.grad(f), (1.0,), (1.0,))[1]

    assert forward == pytest.approx(second, rel=1e-15)
