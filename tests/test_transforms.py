"""Transforms of functions: values against closed forms, mpmath and laws, and every error's text."""

import math
from collections import namedtuple

import mpmath
import pytest

import gatenet as gn
from gatenet import Circuit, Unit, grad, hessian, jacobian, jvp, value_and_grad, vjp
from gatenet.errors import (
    DomainError,
    FlippedBranchError,
    StaleCircuitError,
)
from gatenet.gates import exp, log, sigmoid, tanh

Point = namedtuple("Point", "x y")


def derivative(f, order):
    """The derivative of a function of one number, by composing grad with itself."""
    for _ in range(order):
        f = grad(f)
    return f


def forward_derivative(f, order):
    """The same, by composing jvp with itself."""
    for _ in range(order):
        f = lambda x, inner=f: jvp(inner, (x,), (1.0,))[1]
    return f


# Each function twice: on gates, and on mpmath numbers, which know nothing of gatenet.
FUNCTIONS = {
    "power": (lambda x: x**5, lambda x: x**5),
    "quotient": (lambda x: (1 + x) / (2 + x * x), lambda x: (1 + x) / (2 + x * x)),
    "exp of a square": (lambda x: exp(-x * x), lambda x: mpmath.exp(-x * x)),
    "log of exp": (lambda x: log(1 + exp(x)), lambda x: mpmath.log(1 + mpmath.exp(x))),
    "sigmoid": (lambda x: sigmoid(3 * x), lambda x: 1 / (1 + mpmath.exp(-3 * x))),
    "tanh": (lambda x: x * tanh(x), lambda x: x * mpmath.tanh(x)),
    "self-exponent": (lambda x: x**x, lambda x: x**x),
}


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_orders_one_to_four_agree_with_mpmath(name, order):
    """Composed grad and composed jvp both give the derivative mpmath finds by differences."""
    ours, theirs = FUNCTIONS[name]
    with mpmath.workdps(60):
        truth = float(mpmath.diff(theirs, mpmath.mpf(0.7), order))

    assert derivative(ours, order)(0.7) == pytest.approx(truth, rel=1e-12)
    assert forward_derivative(ours, order)(0.7) == pytest.approx(truth, rel=1e-12)


def test_mixed_orders_of_forward_and_reverse_agree():
    """Any nesting of grad and jvp gives the same third derivative."""
    f = lambda x: tanh(x) * exp(x)
    push = lambda g: lambda x: jvp(g, (x,), (1.0,))[1]
    with mpmath.workdps(40):
        truth = float(mpmath.diff(lambda x: mpmath.tanh(x) * mpmath.exp(x), 0.3, 3))

    for one in (grad, push):
        for two in (grad, push):
            for three in (grad, push):
                assert three(two(one(f)))(0.3) == pytest.approx(truth, rel=1e-12)


@pytest.mark.parametrize(
    ("f", "at", "expected"),
    [
        (lambda a: grad(lambda x: a * x * x)(3.0), 2.0, 6.0),
        (lambda x: x * grad(lambda y: x * y)(x), 2.0, 4.0),
        (lambda x: x * jvp(lambda y: x * y, (x,), (1.0,))[1], 2.0, 4.0),
        (lambda x: grad(lambda y: x)(x), 2.0, 0.0),
        (lambda x: x * grad(lambda y: x + y)(1.0), 3.0, 1.0),
        (lambda x: grad(lambda y: y * y * x)(x * x), 3.0, 6 * 9.0),
        (lambda x: jacobian(lambda y: [x * y, y])(x)[0], 5.0, 1.0),
        (lambda x: vjp(lambda y: x * y, x)[1](x)[0], 3.0, 6.0),
    ],
    ids=["closure", "inner x", "inner jvp", "unused", "constant", "argument", "jacobian", "vjp"],
)
def test_nested_transforms_do_not_confuse_their_arguments(f, at, expected):
    """An inner transform holds outer units fixed, and its result still depends on them."""
    assert grad(f)(at) == expected
    assert jvp(f, (at,), (1.0,))[1] == expected


def test_newton_steps_inside_a_function_are_differentiated():
    """The square root by Newton's method with an inner grad has the derivative 1/(2 sqrt a)."""

    def root(a):
        x = 1.0
        for _ in range(12):
            value, slope = value_and_grad(lambda y: y * y - a)(x)
            x = x - value / slope
        return x

    assert root(2.0) == pytest.approx(math.sqrt(2.0), rel=1e-15)
    assert grad(root)(2.0) == pytest.approx(0.5 / math.sqrt(2.0), rel=1e-14)


def test_results_are_nested_as_the_arguments_are():
    """Lists, tuples, dicts and named tuples of numbers come back as themselves."""
    tree = {"p": Point(2.0, [3.0, (4.0,)]), "q": 5.0}

    def f(t):
        return t["p"].x * t["p"].y[0] * t["p"].y[1][0] * t["q"]

    assert value_and_grad(f)(tree) == (120.0, {"p": Point(60.0, [40.0, (30.0,)]), "q": 24.0})
    assert isinstance(grad(f)(tree)["p"], Point)


def test_argnums_names_arguments_by_position():
    """One position gives one gradient, a tuple a tuple; negative ones count from the end."""
    f = lambda a, b, c: a * b + c**2

    assert grad(f)(2, 3, 4) == 3.0
    assert grad(f, 1)(2, 3, 4) == 2.0
    assert grad(f, -1)(2, 3, 4) == 8.0
    assert grad(f, (2, 0))(2, 3, 4) == (8.0, 3.0)
    assert hessian(f, (0, 1))(2.0, 3.0, 4.0) == ((0.0, 1.0), (1.0, 0.0))
    assert jacobian(f, (0, 1))(2.0, 3.0, 4.0) == (3.0, 2.0)


def test_other_arguments_pass_through_untouched():
    """What is not differentiated may be anything, and arrives as it is."""
    marker = object()

    def f(x, flag, *, scale):
        assert flag is marker
        return x * scale["by"]

    assert grad(f)(2.0, marker, scale={"by": 3}) == 3.0


def test_floats_give_floats_and_units_give_units():
    """The kind of result follows the arguments, also for value, vjp, jvp and jacobian."""
    u = Unit(3.0)
    f = lambda x: x * x

    assert type(grad(f)(3.0)) is float
    assert [type(part) for part in value_and_grad(f)(3)] == [float, float]
    assert [type(part) for part in value_and_grad(f)(u)] == [Unit, Unit]
    assert type(grad(lambda x: 2 * x)(u)) is Unit  # a constant slope is a unit all the same
    assert [type(part) for part in jvp(f, (u,), (1.0,))] == [Unit, Unit]
    assert [type(part) for part in jvp(f, (3.0,), (u,))] == [Unit, Unit]
    value, pull = vjp(f, 3.0)
    assert (type(value), type(pull(1.0)[0]), type(pull(u)[0])) == (float, float, Unit)
    assert type(jacobian(lambda x: [x, x])(u)[1]) is Unit
    assert grad(f)(u).value == 6.0


def test_units_that_come_out_are_part_of_the_circuit():
    """A gradient taken at a unit can be swept and replayed like anything else."""
    x = Unit(3.0, "x")
    slope = grad(lambda y: y**3)(x)
    slope.backward()

    assert (slope.value, x.grad) == (27.0, 18.0)
    assert Circuit(slope).forward({"x": 2.0}) == 12.0


def test_nobodys_gradients_are_touched():
    """Transforms are pure: `.grad` of a unit in the closure stays as it was."""
    w = Unit(2.0)
    (w * 1.0).backward()

    assert grad(lambda x: w * x * x)(3.0) == 12.0
    assert jvp(lambda x: w * x, (3.0,), (1.0,)) == (6.0, 2.0)
    assert w.grad == 1.0


def test_what_does_not_depend_has_the_gradient_zero():
    """A constant output, a plain number, and an unused argument all give 0.0."""
    assert grad(lambda x: 7)(2.0) == 0.0
    assert value_and_grad(lambda x, y: y * 2, (0, 1))(1.0, 2.0) == (4.0, (0.0, 2.0))
    assert jvp(lambda x: [5.0, x], (1.0,), (2.0,)) == ([5.0, 1.0], [0.0, 2.0])
    assert vjp(lambda x: 5.0, [1.0, 2.0])[1](1.0) == ([0.0, 0.0],)
    assert jacobian(lambda x: [5.0, x[0]])([1.0, 2.0]) == [[0.0, 0.0], [1.0, 0.0]]
    assert grad(grad(lambda x: 3 * x))(2.0) == 0.0


def test_a_function_with_its_own_sweep_inside():
    """backward() inside a transformed function fills the gradients of its units, as anywhere."""

    def f(x):
        y = x * x
        y.backward()
        return y * x.grad

    assert grad(f)(3.0) == 6.0 * 6.0  # .grad is a plain number: x.grad = 6 is a constant here


def test_no_grad_inside_cuts_and_outside_does_not():
    """Under no_grad a transform still differentiates; inside the function it cuts."""

    def f(x):
        with gn.no_grad():
            frozen = x * x
        return frozen * x

    assert grad(f)(3.0) == 9.0
    with gn.no_grad():
        assert grad(lambda x: x * x)(3.0) == 6.0
        assert jvp(lambda x: x * x, (3.0,), (1.0,)) == (9.0, 6.0)
        result = grad(lambda x: x * x)(Unit(3.0))
    assert (result.value, result.requires_grad, result.inputs) == (6.0, False, ())


def test_a_stale_closure_is_reported():
    """A unit in the closure that is older than a write to its leaf is an error in both modes."""
    w = Unit(2.0)
    double = w * 2 + 1
    w.value = 5.0

    with pytest.raises(StaleCircuitError):
        grad(lambda x: x * double)(3.0)
    with pytest.raises(StaleCircuitError):
        jvp(lambda x: x * double, (3.0,), (1.0,))


def test_recorded_comparisons_are_checked_when_a_gradient_is_replayed():
    """The wired gradient of a branch keeps record's promise."""
    x = Unit(2.0, "x")
    with gn.record() as recording:
        slope = grad(lambda y: y * y if y > 0 else -y)(x)
    circuit = Circuit(slope)

    assert len(recording) == 1
    assert circuit.forward({"x": 3.0}) == 6.0
    with pytest.raises(FlippedBranchError):
        circuit.forward({"x": -3.0})


def test_detect_anomaly_watches_the_push():
    """The first tangent that is not finite is named."""
    with gn.detect_anomaly(), pytest.raises(DomainError, match=r"tangent of .* gate power"):
        jvp(lambda x: x**0.5, (0.0,), (1.0,))


def test_zero_cotangents_take_no_part():
    """An output with cotangent 0.0 does not spoil the others with 0 times infinity."""
    f = lambda x: [x * math.inf, 3 * x]

    assert vjp(f, 1.0)[1]([0.0, 1.0]) == (3.0,)
    assert jacobian(f, mode="reverse")(1.0) == jacobian(f, mode="forward")(1.0) == [math.inf, 3.0]


def test_pulling_twice_gives_the_same():
    """The function vjp returns may be called as often as one likes."""
    _, pull = vjp(lambda x: x**3, 2.0)

    assert (pull(1.0), pull(2.0), pull(1.0)) == ((12.0,), (24.0,), (12.0,))
    assert grad(lambda v: pull(v)[0] * v)(5.0) == 120.0
    kinds = []
    grad(lambda x: kinds.append(type(pull(1.0)[0])) or x)(1.0)
    assert kinds == [Unit]


def test_wrapped_functions_keep_their_name():
    """grad(f) introduces itself as f does."""

    def loss(x):
        """Half a square."""
        return x * x / 2

    assert (grad(loss).__name__, jacobian(loss).__doc__) == ("loss", "Half a square.")


def test_a_million_gates_deep():
    """Neither grad nor jvp recurses: a chain of a million gates under the default limit."""

    def chain(x):
        for _ in range(1_000_000):
            x = -x
        return x

    assert grad(chain)(2.0) == 1.0
    assert jvp(chain, (2.0,), (3.0,)) == (2.0, 3.0)


def test_sixty_doublings_are_no_exponential():
    """A diamond of sixty levels is 2^60 paths and sixty gates, in both modes and at order two."""

    def doubled(x):
        for _ in range(60):
            x = x + x
        return x * x

    assert grad(doubled)(1.0) == 2.0 * 4.0**60
    assert grad(grad(doubled))(1.0) == 2.0 * 4.0**60
    assert jvp(doubled, (1.0,), (1.0,))[1] == 2.0 * 4.0**60
