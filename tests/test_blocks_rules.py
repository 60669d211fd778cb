"""Custom rules: Python functions with derivatives given by hand."""

import copy
import math
import pickle

import mpmath
import pytest

from gatenet import (
    Circuit,
    Unit,
    block,
    custom_gradient,
    grad,
    hessian,
    jvp,
    no_grad,
)
from gatenet.errors import (
    DeclarationError,
    DetachError,
    OperandError,
    WiringError,
)


@custom_gradient(partials=lambda z, a: 1 / (2 * z), symbol="√")
def newton_root(a):
    """The square root, by Newton's method on plain numbers."""
    z = 1.0
    for _ in range(80):
        z = (z + a / z) / 2
    return z


@custom_gradient(partials=lambda z, x, *, slope: slope)
def straight_through(x, *, slope=1.0):
    """Round down, and pretend it was linear."""
    return float(math.floor(x))


@custom_gradient(partials=lambda z, *xs: [2 * x for x in xs])
def sum_of_squares(*xs):
    """Add the squares of any number of values."""
    return math.fsum(x * x for x in xs)


def test_a_rule_is_one_row():
    """However long its loop, a rule adds one unit; it replays, names itself, and draws."""
    x = Unit(4.0, "x")
    y = newton_root(x) * 3
    circuit = Circuit(y)

    assert [row.gate.name for row in circuit.rows if row.gate] == ["newton_root", "multiply"]
    assert circuit.forward({"x": 9.0}) == 9.0
    circuit.backward()
    assert x.grad == 0.5
    assert (newton_root.symbol, newton_root(9.0)) == ("√", 3.0)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_a_rule_written_with_gates_has_every_order(order):
    """Its partials are formulas of the output, so the fourth derivative needs no second rule."""
    f, g = newton_root, newton_root
    for _ in range(order):
        f, g = grad(f), (lambda x, g=g: jvp(g, (x,), (1.0,))[1])
    truth = float(mpmath.diff(mpmath.sqrt, 2, order))

    assert f(2.0) == pytest.approx(truth, rel=1e-12)
    assert g(2.0) == pytest.approx(truth, rel=1e-12)


def test_a_rule_may_bend_the_gradient():
    """The straight-through estimator: floor forwards, a slope of one's own backwards."""
    x = Unit(2.7)

    assert grad(straight_through)(2.7) == 1.0
    assert grad(lambda x: straight_through(x, slope=3.0) * 2)(2.7) == 6.0
    assert straight_through(x, slope=3.0).static == {"slope": 3.0}
    assert straight_through(x).gate is straight_through


def test_a_rule_takes_any_number_of_inputs():
    """*xs in the signature makes an n-ary gate, which also takes a list."""
    x = [Unit(1.0), Unit(2.0), Unit(3.0)]
    sum_of_squares(x).backward()

    assert [u.grad for u in x] == [2.0, 4.0, 6.0]
    assert hessian(lambda p: sum_of_squares(*p))([1.0, 2.0]) == [[2.0, 0.0], [0.0, 2.0]]


def test_a_rule_in_plain_math_gives_first_derivatives_and_says_so_beyond():
    """math.cos in the partials is fine for a gradient, and a clear error for a second one."""

    @custom_gradient(partials=lambda z, x: math.cos(x))
    def sine(x):
        return math.sin(x)

    assert grad(sine)(1.0) == math.cos(1.0)
    with pytest.raises(DetachError, match="rule 'sine' cannot be differentiated again"):
        grad(grad(sine))(1.0)


def test_inside_a_rule_transforms_are_at_the_top():
    """A rule may use grad on plain numbers, wherever it is called from."""

    @custom_gradient(partials=lambda z, a: 1 / (2 * z))
    def root(a):
        z = 1.0
        for _ in range(60):
            slope = grad(lambda y: y * y)(z)
            assert type(slope) is float
            z -= (z * z - a) / slope
        return z

    assert grad(root)(4.0) == 0.25


def test_without_a_gradient_to_keep_the_partials_are_not_asked():
    """Under no_grad the rule for the derivatives does not run."""
    asked = []
    rule = custom_gradient(partials=lambda z, x: asked.append(x) or 2.0)(lambda x: 2 * x)
    with no_grad():
        assert rule(Unit(1.0)).value == 2.0

    assert (asked, grad(rule)(1.0), asked) == ([1.0], 2.0, [1.0])


def test_a_guarded_rule_makes_no_pull_at_upstream_zero():
    """guarded=True is the edge rule of the house, for a rule whose partial may be infinite."""
    plain = lambda z, x: 0.5 / z if z else math.inf
    free = custom_gradient(partials=plain)(lambda x: math.sqrt(x))
    kept = custom_gradient(partials=plain, guarded=True)(lambda x: math.sqrt(x))

    assert math.isnan(grad(lambda x: free(x) * 0.0)(0.0))
    assert grad(lambda x: kept(x) * 0.0)(0.0) == 0.0


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: custom_gradient(partials=lambda z: 1)(lambda: 1.0), DeclarationError, "none"),
        (
            lambda: custom_gradient(partials=lambda z: 1)(lambda x, **k: 1.0),
            DeclarationError,
            r"\*\*k is not possible",
        ),
        (
            lambda: custom_gradient(partials=lambda z: 1)(lambda x, *, s: 1.0),
            DeclarationError,
            "'s' needs a default",
        ),
        (
            lambda: custom_gradient(partials=lambda z, x: (1, 2))(lambda x: x)(Unit(1.0)),
            WiringError,
            r"1 input\(s\) but 2 partial\(s\)",
        ),
        (
            lambda: custom_gradient(partials=lambda z, x: 1)(lambda x: None)(Unit(1.0)),
            OperandError,
            "gave no number: None",
        ),
        (lambda: newton_root(Unit(1.0), 2.0), WiringError, r"got 2 operand\(s\); it takes 1"),
        (lambda: newton_root(Unit(1.0), slope=2.0), WiringError, "no static parameter 'slope'"),
        (lambda: newton_root.partial_formulas, WiringError, "Declare a gate with @gate"),
    ],
)
def test_mistakes_with_rules_are_named(make, kind, message):
    """Signatures, results and counts that cannot work say so."""
    with pytest.raises(kind, match=message):
        make()


def test_a_rule_cannot_stand_in_a_formula():
    """A declared gate is a formula; a rule has none to give."""
    from gatenet.declaration import gate

    with pytest.raises(DeclarationError, match="'newton_root' cannot stand in another gate's"):

        @gate(symbol="r", partials=lambda z, x: 1)
        def block_test_rooted(x):
            return newton_root(x)


def test_rules_and_blocks_describe_themselves():
    """They say their name, a lambda's is no name, and that there is no formula."""
    square = custom_gradient(partials=lambda z, x: 2 * x)(lambda x: x * x)
    cell = block(lambda x: x * x)(Unit(2.0)).gate

    assert newton_root.describe() == "newton_root  (√)\n  value    newton_root(a), Python code"
    assert (square.name, cell.name) == ("rule", "block")
    assert cell.describe() == "block  (block)\n  value    block(x0), a nested circuit"


def test_rules_pickle_by_name_and_copy_as_themselves():
    """A unit of a rule at module level survives pickle and deepcopy."""
    y = newton_root(Unit(4.0, "x"))

    for twin in (pickle.loads(pickle.dumps(y)), copy.deepcopy(y)):
        assert twin.gate is newton_root
        assert Circuit(twin).forward({"x": 16.0}) == 4.0
