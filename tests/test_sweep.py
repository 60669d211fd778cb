"""The sweep: what each pass writes, adds up, leaves alone, and refuses."""

import math
import threading

import pytest
from tapes import all_bits

from gatenet import (
    Circuit,
    Unit,
    backward,
    detect_anomaly,
    gates,
    gradients,
    no_grad,
    sweep,
)
from gatenet.errors import DomainError, OperandError, RangeError, StaleCircuitError, WiringError


def test_a_second_backward_adds_exactly_one_more_gradient():
    """x·x·x at 3 gives 27, then 54, then 81; the inner unit holds the last pass alone."""
    x = Unit(3.0)
    square = x * x
    cube = square * x
    grads = []
    for _ in range(3):
        cube.backward()
        grads.append((x.grad, square.grad, cube.grad))

    assert grads == [(27.0, 3.0, 1.0), (54.0, 3.0, 1.0), (81.0, 3.0, 1.0)]


def test_a_chain_of_ones_accumulates_linearly():
    """Ten times 1: four passes give 1, 2, 3, 4, not 1, 11, 66, 286."""
    x = y = Unit(5.0)
    for _ in range(10):
        y = y * 1.0
    grads = []
    for _ in range(4):
        y.backward()
        grads.append(x.grad)

    assert grads == [1.0, 2.0, 3.0, 4.0]


def test_two_losses_share_an_intermediate():
    """Sweeping two losses over one shared unit adds their gradients, no more (32, not 44)."""
    x = Unit(2.0)
    shared = x * x
    first, second = shared * 3.0, shared * 5.0
    first.backward()
    second.backward()

    assert x.grad == 3 * 4.0 + 5 * 4.0
    assert shared.grad == 5.0


def test_twice_is_double_to_the_bit():
    """Gradients that are no round numbers double exactly as well."""
    x, y = Unit(0.1), Unit(0.7)
    z = (x * y).sigmoid() * x.exp() / (y + 0.3) + x * 0.1
    z.backward()
    once = [x.grad, y.grad]
    z.backward()

    assert [x.grad, y.grad] == [2 * grad for grad in once]


@pytest.mark.parametrize(
    ("make", "value", "slope"),
    [
        (lambda a: a + a, 6.0, 2.0),
        (lambda a: a - a, 0.0, 0.0),
        (lambda a: a * a, 9.0, 6.0),
        (lambda a: a / a, 1.0, 0.0),
        (lambda a: a**a, 27.0, 27.0 * (1 + math.log(3.0))),
        (lambda a: gates.total(a, a, a, a), 12.0, 4.0),
        (lambda a: gates.dot([a, a], [a, 2.0]), 15.0, 8.0),
        (lambda a: gates.maximum(a, a), 3.0, 1.0),
        (lambda a: gates.where(a, a, a), 3.0, 1.0),
    ],
)
def test_one_unit_at_every_input(make, value, slope):
    """A unit that enters a gate twice receives both pulls."""
    a = Unit(3.0)
    y = make(a)
    y.backward()

    assert y.value == pytest.approx(value, rel=1e-15)
    assert a.grad == pytest.approx(slope, rel=1e-14, abs=1e-15)


def test_fan_out_adds_all_branches():
    """A unit used by many receives the sum over all uses."""
    x = Unit(2.0)
    branches = [x * float(k) for k in range(50)]
    backward(gates.total(branches))

    assert x.grad == float(sum(range(50)))


def test_seeds():
    """The output's own gradient is the seed: 1 unless given, one for each output of several."""
    x, w = Unit(2.0), Unit(3.0)
    y, z = x * w, x * x
    y.backward(seed=-2.5)
    assert (x.grad, w.grad, y.grad) == (-7.5, -5.0, -2.5)

    x.zero_grad()
    backward([y, z], [1.0, 10.0])
    assert x.grad == 3.0 + 40.0

    x.zero_grad()
    backward([y, z, z], 2)
    assert x.grad == 2 * 3.0 + 2 * 2 * 4.0
    with pytest.raises(WiringError, match=r"1 seed\(s\) for 2 output\(s\)"):
        backward([y, z], [1.0])
    with pytest.raises(OperandError, match="None"):
        y.backward(seed=None)
    with pytest.raises(RangeError, match="at least one unit"):
        backward([])
    with pytest.raises(OperandError, match="item 1"):
        backward([y, 1.0])


def test_a_leaf_is_its_own_output():
    """backward() on a leaf gives it the seed."""
    x = Unit(3.0)
    x.backward()
    x.backward(seed=4.0)

    assert x.grad == 5.0


def test_zero_grad_forgets():
    """zero_grad() makes a gradient 0.0 and the unit unvisited."""
    x = Unit(3.0)
    y = x * x
    y.backward()
    assert x.visited
    x.zero_grad()
    assert (x.grad, x.visited) == (0.0, False)
    y.backward()
    assert x.grad == 6.0


def test_a_gradient_can_be_written():
    """`.grad` can be set by hand, and passes add to it."""
    x = Unit(3.0)
    x.grad = 100
    (x * x).backward()

    assert x.grad == 106.0
    with pytest.raises(OperandError):
        x.grad = "1"


def test_the_sweep_visits_last_made_first():
    """Units come by falling serial number, each with its complete upstream, leaves with totals."""
    x, w = Unit(3.0, "x"), Unit(2.0, "w")
    product = x * w
    product.name = "product"
    out = product * product + x
    seen = [(unit.name, unit.grad) for unit in sweep(out)]

    assert seen == [(None, 1.0), (None, 1.0), ("product", 12.0), ("w", 36.0), ("x", 25.0)]


def test_the_sweep_stops_before_each_units_pulls():
    """What a visit shows of its inputs is the state before its pulls are made."""
    x = Unit(3.0)
    y = x * x
    watching = sweep(y)

    assert next(watching) is y
    assert (y.grad, x.visited) == (1.0, False)
    assert next(watching) is x
    assert x.grad == 6.0
    with pytest.raises(StopIteration):
        next(watching)


def test_every_pull_adds_up():
    """Each unit's gradient is the sum of upstream times partial over its uses."""
    x, w = Unit(0.3), Unit(-1.2)
    a = x * w
    out = gates.total(a.tanh() * w, a * 2.0, x, a / x)
    out.backward()
    units = [unit for unit in Circuit(out).units if unit is not None]
    for unit in units[:-1]:
        pulls = [
            user.grad * partial
            for user in units
            for operand, partial in zip(user.inputs, user.partials, strict=True)
            if operand is unit
        ]
        assert unit.grad == pytest.approx(math.fsum(pulls), rel=1e-14)


def test_a_stale_output_is_refused_before_anything_changes():
    """A leaf written after the forward pass makes backward an error that writes nothing."""
    x, w = Unit(3.0, "x"), Unit(2.0, "w")
    y = x * w + 1.0
    y.backward()
    before = (x.grad, w.grad, y.grad)
    x.value = 4.0
    with pytest.raises(StaleCircuitError, match=r"'x' \(4.0\) was written.*forward\(\)") as caught:
        y.backward()

    assert (x.grad, w.grad, y.grad) == before
    assert caught.value.source is x
    Circuit(y).forward()
    y.backward()
    assert w.grad == before[1] + 4.0


def test_writing_the_same_value_back_is_stale_too():
    """Whether a value changed is not asked: a write is a write."""
    x = Unit(3.0)
    y = x * x
    x.value = 3.0

    with pytest.raises(StaleCircuitError):
        y.backward()


def test_other_circuits_are_not_stale():
    """Writing a leaf concerns the circuits on it alone, made before."""
    x, w = Unit(3.0), Unit(2.0)
    old, other = x * x, w * w
    x.value = 5.0
    new = x * x
    other.backward()
    new.backward()

    assert (w.grad, x.grad) == (4.0, 10.0)
    with pytest.raises(StaleCircuitError):
        old.backward()


def test_detached_outputs_have_nothing_to_differentiate():
    """backward() of a detached unit is an error that says why."""
    with no_grad():
        y = Unit(2.0) * 3.0
    for output in (y, Unit(1.0).detach()):
        with pytest.raises(WiringError, match="detached"):
            output.backward()


def test_no_gradient_enters_a_detached_unit():
    """detach() cuts: the detached leaf and everything before it receive nothing."""
    x = Unit(3.0)
    y = x * x
    cut = y.detach()
    (cut * x).backward()

    assert x.grad == 9.0
    assert not cut.visited
    assert not y.visited
    assert cut.value == 9.0


def test_a_frozen_leaf_keeps_its_gradient():
    """requires_grad = False stops accumulation and changes nothing for the others."""
    x, w = Unit(3.0), Unit(2.0, role="parameter")
    w.requires_grad = False
    y = x * w
    y.backward()
    assert (x.grad, w.grad, w.visited) == (2.0, 0.0, False)

    w.requires_grad = True
    y.backward()
    assert (x.grad, w.grad) == (4.0, 3.0)
    with pytest.raises(WiringError, match=r"detach\(\)"):
        y.requires_grad = False


@pytest.mark.parametrize(
    ("edge", "at"),
    [
        (lambda y: y.log(), 0.0),
        (lambda y: y**0.5, 0.0),
        (lambda y: 1.0 / y, 0.0),
        (lambda y: y.log(), -1.0),
        (lambda y: y.exp(), 710.0),
    ],
)
def test_a_blocked_edge_gets_nothing(edge, at):
    """A gate that runs to infinity makes no pull when what comes from above is exactly 0."""
    x, y = Unit(1.0), Unit(at)
    chosen = gates.where(Unit(0.0), edge(y), x)
    chosen.backward()

    assert (x.grad, y.grad) == (1.0, 0.0)


def test_max_of_a_log_at_zero():
    """max(x, log(y)) at y = 0 with x the winner: y gets 0, not nan."""
    x, y = Unit(1.0), Unit(0.0)
    gates.maximum(x, y.log()).backward()

    assert (x.grad, y.grad) == (1.0, 0.0)


def test_an_open_edge_is_infinite():
    """With a gradient from above the derivative at an edge is what IEEE says."""
    y = Unit(0.0)
    y.log().backward()

    assert y.grad == math.inf


def test_nan_is_never_dropped():
    """A nan at an input is a nan in the value and in the gradient."""
    for make in [lambda u: u.relu(), lambda u: gates.maximum(u, 1.0), lambda u: abs(u)]:
        u = Unit(math.nan)
        y = make(u)
        y.backward()
        assert math.isnan(y.value)
        assert math.isnan(u.grad)


def test_anomaly_finds_a_leaf_where_finite_pulls_overflow():
    """Two finite pulls that add up to an infinity are named at the leaf they meet in."""
    x = Unit(0.5, "x")
    y = x * 1.7e308 + x * 1.7e308 - x
    with pytest.raises(DomainError, match=r"unit 'x'.*add up to inf") as caught, detect_anomaly():
        y.backward()
    assert caught.value.unit is x

    w = Unit(0.5, "w")
    z = w * 1.7e308
    z.backward()
    with pytest.raises(DomainError, match=r"unit 'w'"), detect_anomaly():
        z.backward()
    assert w.grad == 1.7e308


def test_anomaly_finds_an_inner_unit_where_finite_pulls_overflow():
    """The same at an inner unit names the gate whose output it is."""
    x = Unit(0.5, "x")
    inner = x * 1.0
    y = inner * 1.7e308 + inner * 1.7e308 - inner
    with pytest.raises(DomainError, match="not finite at multiply: upstream inf"), detect_anomaly():
        y.backward()


def test_threads_share_an_intermediate_and_leaves():
    """Eight threads sweep eight losses over one shared unit: the leaf holds the exact total."""
    x, w = Unit(2.0), Unit(3.0)
    shared = x * w
    losses = [shared * float(k + 1) + w for k in range(8)]
    start = threading.Barrier(8, timeout=300)

    def run(loss):
        start.wait()
        for _ in range(100):
            loss.backward()

    threads = [threading.Thread(target=run, args=(loss,)) for loss in losses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert x.grad == 100 * 3.0 * 36
    assert w.grad == 100 * (2.0 * 36 + 8)


def test_gradients_touches_no_grad():
    """`gradients` is pure: it gives gradients, of inner units too, and writes none."""
    x, w = Unit(2.0), Unit(3.0)
    a = x * w
    y = a * a + x
    x.grad = 7.0
    found = gradients([y], [1.0], [x, w, a, Unit(1.0)])

    assert found == [37.0, 24.0, 12.0, 0.0]
    assert x.grad == 7.0
    assert not any(unit.visited for unit in (w, a, y))


def test_gradients_of_gradients():
    """With create_graph the results are units that can be differentiated again."""
    x = Unit(3.0)
    (first,) = gradients([x * x * x], [1.0], [x], create_graph=True)
    (second,) = gradients([first], [1.0], [x], create_graph=True)
    (third,) = gradients([second], [1.0], [x])

    assert (first.value, second.value, third) == (27.0, 18.0, 6.0)


def test_the_wired_pass_makes_no_idle_gates():
    """Slopes of 1 make no products and first pulls no sums: dz/dx of x y is y, of x + y is 1."""
    x, w = Unit(2.0), Unit(3.0)

    assert gradients([x * w], [1.0], [x, w], create_graph=True) == [w, x]
    assert gradients([x + w], [1.0], [x, w], create_graph=True) == [1.0, 1.0]
    assert gradients([x + w], [w], [x], create_graph=True) == [w]
    assert gradients([x - 2.0], [1.0], [x, w], create_graph=True) == [1.0, 0.0]
    (slope,) = gradients([x * x], [1.0], [x], create_graph=True)
    assert [row.gate for row in Circuit(slope).rows] == [None, gates.add]


def test_a_finite_slope_is_multiplied_and_nothing_else():
    """A gate that cannot run to infinity needs no choice before its product."""
    x, y = Unit(0.5), Unit(2.0)
    (slope,) = gradients([gates.exp(x * y)], [1.0], [x], create_graph=True)

    assert slope.gate is gates.multiply
    assert slope.inputs[1] is y
    assert slope.value == math.exp(1.0) * 2.0


def test_a_slope_of_zero_is_no_pull():
    """What a step sends back is the float 0.0, and no unit that is 0 at every replay."""
    x, w = Unit(0.5), Unit(2.0)
    found = gradients([gates.less(x, 1.0) * w], [1.0], [x, w], create_graph=True)

    assert type(found[0]) is float
    assert found[0] == 0.0
    assert found[1].value == 1.0


def test_both_passes_agree_to_the_bit():
    """The pass wired from gates has the values of the plain one."""

    def make():
        x, w = Unit(0.3), Unit(-1.2)
        y = gates.total((x * w).tanh() * w, (x - w).exp() / x, gates.maximum(x, w), x.sigmoid())
        return [x, w], y

    leaves, y = make()
    plain = gradients([y], [1.0], leaves)
    wired = gradients([y], [1.0], leaves, create_graph=True)

    assert [unit.value for unit in wired] == pytest.approx(plain, rel=1e-14)
    assert all_bits(plain) == all_bits(gradients([y], [1.0], leaves))


def test_the_order_of_adding_is_fixed():
    """Pulls are added from the last use to the first: the same bits in every run."""
    x = Unit(1.0)
    uses = [x * value for value in (1e16, 1.0, -1e16, 1.0)]
    out = uses[0]
    for use in uses[1:]:
        out = out + use
    out.backward()

    assert x.grad == ((1.0 + -1e16) + 1.0) + 1e16


def test_a_stale_gate_is_named_by_its_gate():
    """A unit without a name is described by what made it, and the mend names the loss."""
    x = Unit(2.0, "x")
    y = (x * 3.0).exp()
    x.value = 1.0

    with pytest.raises(StaleCircuitError, match=r"the output of multiply \(6\.0\).*\(loss\)"):
        y.backward()


def test_something_that_can_be_called_is_to_be_called_first():
    """Given a function (a model, say) instead of a unit, the error says to call it."""
    with pytest.raises(OperandError, match="call it first"):
        backward(lambda x: x)
