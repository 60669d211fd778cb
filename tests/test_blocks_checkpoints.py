"""Checkpoints: the same gradients to the bit, from less memory."""

import gc
import math
import random

import pytest
from hypothesis import given
from programs import mix, one
from tapes import SMOOTH, leaves_of, play, tapes

import gatenet as gn
from gatenet import (
    Circuit,
    Unit,
    block,
    checkpoint,
    grad,
    hessian,
    jvp,
)
from gatenet.errors import (
    DomainError,
    WiringError,
)
from gatenet.gates import total
from gatenet.storage import alive


def swept(f, a, b):
    """Values and gradients of a program that uses f twice, its output in between, and w around."""
    a, b, w = Unit(a), Unit(b), Unit(1.3)
    c = a * w
    first = f(c, b)
    second = f(first[1], first[0])
    loss = second[0] * c + second[1] * first[0] + a * b
    loss.backward()
    return loss.value, a.grad, b.grad, w.grad


@given(tapes(SMOOTH, hard=False))
def test_checkpointed_gradients_are_equal_to_the_bit(tape):
    """Every sum is made in the order it would have without the checkpoint."""
    leaves, twins = leaves_of(tape), leaves_of(tape)
    inside = lambda *x: play(tape, x)[-2:]
    plain, kept = inside(*leaves), checkpoint(inside)(*twins)
    for units, (left, right) in ((leaves, plain), (twins, kept)):
        (left * right + units[0] * left).backward()

    assert [u.value for u in kept] == [u.value for u in plain]
    assert [u.grad for u in twins] == [u.grad for u in leaves]


def test_a_checkpoint_of_several_outputs_within_a_larger_program():
    """Outputs used in turn, operands shared with the outside: the same bits."""
    assert swept(checkpoint(mix), 0.3, -0.7) == swept(mix, 0.3, -0.7)
    assert swept(checkpoint(lambda a, b: checkpoint(mix)(a, b)), 0.3, -0.7) == swept(mix, 0.3, -0.7)


def test_a_checkpoint_reaches_what_its_function_closes_over():
    """Units around the function are operands of the row, and get their gradients."""
    w, x = Unit(2.0), Unit(3.0)
    y = checkpoint(lambda x: (x * w).tanh() * w)(x)
    y.backward()
    twin, other = Unit(2.0), Unit(3.0)
    ((other * twin).tanh() * twin).backward()

    assert set(y.inputs) == {x, w}
    assert (x.grad, w.grad) == (other.grad, twin.grad)


def test_an_output_nobody_uses_spoils_nothing():
    """The first output is visited for the sake of the second; it sends nothing by itself."""
    x = Unit(2.0)
    checkpoint(lambda x: (x * math.inf, x * 3))(x)[1].backward()

    assert x.grad == 3.0


def test_a_checkpoint_forgets_its_inside():
    """Only outputs stay alive: of a hundred steps of thirty gates, a hundred units, not 3,000."""

    def step(x):
        for _ in range(30):
            x = (x * 0.99).tanh()
        return x

    def kept_by(f):
        gc.collect()
        before = alive()
        x = Unit(0.5)
        y = x
        for _ in range(100):
            y = f(y)
        gc.collect()
        count = alive() - before
        y.backward()
        return count, x.grad

    plain, kept = kept_by(step), kept_by(checkpoint(step))

    assert plain[0] >= 6000
    assert kept[0] <= 110
    assert kept[1] == plain[1]


@pytest.mark.parametrize("wrap", [checkpoint, block], ids=["checkpoint", "block"])
def test_higher_orders_go_through(wrap):
    """Hessians and third derivatives through a checkpoint and a block are those of the plain."""
    plain, kept = hessian(one(mix))([0.3, -0.7]), hessian(one(wrap(mix)))([0.3, -0.7])
    for ours, theirs in zip(kept, plain, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-12)
    third = lambda f: grad(grad(grad(lambda x: one(f)([x, x * 2]))))(0.4)
    assert third(wrap(mix)) == pytest.approx(third(mix), rel=1e-11)
    push = lambda f: jvp(one(f), ([0.3, -0.7],), ([1.0, 2.0],))
    assert push(wrap(mix)) == pytest.approx(push(mix), rel=1e-13)


@pytest.mark.parametrize("wrap", [checkpoint, block], ids=["checkpoint", "block"])
def test_replays_run_the_inside_again(wrap):
    """Circuit.forward computes the inside with the new values, and the sweep follows."""
    a, b = Unit(0.3, "a"), Unit(-0.7, "b")
    circuit = Circuit(total(wrap(mix)(a, b)))
    value = circuit.forward({"a": 1.1, "b": 0.2})
    circuit.backward()

    assert value == total(mix(1.1, 0.2))
    assert circuit.forward({"a": 0.3}) == total(mix(0.3, 0.2))
    assert circuit.forward({"a": 1.1}) == value
    assert [a.grad, b.grad] == pytest.approx(grad(one(mix))([1.1, 0.2]), rel=1e-13)


@pytest.mark.parametrize("wrap", [checkpoint, block], ids=["checkpoint", "block"])
def test_a_branch_inside_is_taken_anew_at_a_replay(wrap):
    """A comparison of units inside chooses again, instead of following what was recorded."""
    x = Unit(2.0, "x")
    with gn.record():
        y = wrap(lambda x: x * x if x > 0 else -3 * x)(x)
    circuit = Circuit(y)

    assert circuit.forward({"x": -2.0}) == 6.0
    circuit.backward()
    assert x.grad == -3.0


@pytest.mark.parametrize("wrap", [checkpoint, block], ids=["checkpoint", "block"])
def test_containers_constants_and_passing_through(wrap):
    """Arguments and results may be nested; floats beside units are constants."""
    x = Unit(3.0)
    found = wrap(lambda p: {"y": p["x"] * p["k"][0], "z": (p["x"],)})({"x": x, "k": [2.0]})
    (found["y"] * found["z"][0]).backward()

    assert (found["y"].value, found["z"][0].value, x.grad) == (6.0, 3.0, 12.0)


def test_without_a_gradient_to_keep_the_function_is_simply_called():
    """Under no_grad, and for plain numbers, there are no rows."""
    assert checkpoint(lambda x: x * 2)(3.0) == 6.0
    assert block(lambda x: x * 2)(3.0) == 6.0
    with gn.no_grad():
        assert checkpoint(lambda x: x * 2)(Unit(3.0)).inputs == ()
        assert block(lambda x: x * 2)(Unit(3.0)).inputs == ()


def test_a_checkpoint_that_changes_its_mind_is_reported():
    """A function that is random by itself cannot be run again; the sweep says so."""
    generator = random.Random(0)
    y = checkpoint(lambda x: x * generator.random())(Unit(1.0))

    with pytest.raises(WiringError, match=r"called again, .* must give the same result"):
        y.backward()


def test_a_copied_checkpoint_says_when_its_closure_was_left_behind():
    """Through arguments a checkpoint can be copied; what a closure holds cannot."""
    x, w = Unit(3.0, "x"), Unit(2.0, "w")
    through = Circuit(checkpoint(lambda x, w: x * w)(x, w)).copy()
    around = Circuit(checkpoint(lambda x: x * w)(x)).copy()

    assert through.forward({"x": 5.0, "w": 7.0}) == 35.0
    with pytest.raises(WiringError, match=r"uses unit 'w'.*pass that unit as an argument"):
        around.forward({"x": 5.0})


def test_detect_anomaly_looks_inside_a_checkpoint():
    """The gate inside that makes a gradient infinite is the one that is named."""
    x = Unit(0.0)
    y = checkpoint(lambda x: x**0.5)(x)

    with gn.detect_anomaly(), pytest.raises(DomainError, match=r"not finite at (power|check)"):
        y.backward()
