"""Functions in Theano's manner: inputs, defaults, state, updates, givens, copies."""

import math
import threading

import pytest
from hypothesis import given
from tapes import SMOOTH, leaves_of, play, tapes

from gatenet import Circuit, In, Unit, function, grad, record, scalar, scalars, shared, vector
from gatenet.errors import FlippedBranchError, OperandError, WiringError
from gatenet.gates import dot, exp


def test_a_function_of_two_numbers():
    """Called with numbers by position or by name, it gives a number."""
    x, y = scalars("x", "y")
    f = function([x, y], x * 10 + y)

    assert (f(2, 3), f(y=1.5, x=2), f(2, y=0)) == (23.0, 21.5, 20.0)
    assert type(f(2, 3)) is float


def test_outputs_are_nested_as_they_were_given():
    """One unit gives a number, a tree of units a tree of numbers, none gives None."""
    a, b = scalars("a", "b")
    f = function([a, b], {"sum": a + b, "rest": (a, [a * b, 7])})

    assert f(2, 3) == {"sum": 5.0, "rest": (2.0, [6.0, 7.0])}
    assert function([a])(1) is None


def test_inputs_may_be_trees():
    """A list of units is one argument, given as a list and called by the name they share."""
    x, w = vector("x", 2), vector("w", 2)
    f = function([x, In({"w": w}, name="p")], dot(x, w))

    assert f([1, 2], {"w": [3, 4]}) == 11.0
    assert f(p={"w": [1, 1]}, x=[5, 6]) == 11.0
    with pytest.raises(WiringError, match=r"'x' must be nested as .* a list of 2, got a list of 3"):
        f([1, 2, 3], {"w": [3, 4]})


def test_defaults_and_names():
    """In gives an input a default, or another name to call it by."""
    x, y, w = scalars("x", "y", "w")
    f = function([x, In(y, value=1), In(w, value=2, name="factor")], (x + y) * w)

    assert (f(33), f(33, 2), f(33, 0, 1)) == (68.0, 70.0, 33.0)
    assert (f(33, factor=1), f(33, factor=1, y=0)) == (34.0, 33.0)


def test_nobodys_units_change():
    """A call works on a copy: values, gradients and freshness of the units it came from stay."""
    x = Unit(3.0, "x")
    y = x * x
    y.backward()
    f = function([x], y)

    assert f(10) == 100.0
    assert (x.value, y.value, x.grad, Circuit(y).stale) == (3.0, 9.0, 6.0, False)


@given(tapes(SMOOTH, hard=False))
def test_a_function_computes_what_the_python_computes(tape):
    """For random circuits the function's values are those of the same steps done anew."""
    leaves = leaves_of(tape)
    f = function([leaves], play(tape, leaves)[-3:])
    numbers = [value / 2 + 0.25 for value in tape.leaves]

    anew = play(tape, [Unit(number) for number in numbers])

    assert f(numbers) == [unit.value for unit in anew[-3:]]


def test_state_is_read_at_each_call_and_shared_between_functions():
    """Two functions over one state see each other's updates, and a value written by hand."""
    state, inc, dec = shared(0, "state"), scalar("inc"), scalar("dec")
    up = function([inc], state, updates=[(state, state + inc)])
    down = function([dec], state, updates={state: state - dec})

    assert (up(1), up(300), down(2), state.value) == (0.0, 1.0, 301.0, 299.0)
    state.value = -1
    assert (up(3), state.value) == (-1.0, 2.0)


def test_updates_are_computed_from_the_old_state_and_written_together():
    """A swap of two states by updates swaps them."""
    a, b = shared(1.0, "a"), shared(2.0, "b")
    swap = function([], [a, b], updates=[(a, b), (b, a)])

    assert swap() == [1.0, 2.0]
    assert (a.value, b.value) == (2.0, 1.0)


def test_a_call_that_fails_updates_nothing():
    """After a wrong argument or a flipped comparison the state is what it was."""
    state, x = shared(5.0, "state"), Unit(1.0, "x")
    with record() as recording:
        y = x * 2 if x > 0 else -x
    f = function([x], y, updates=[(state, state + y)])

    assert f(2) == 4.0
    for wrong, kind in ((-1.0, FlippedBranchError), ("a", OperandError)):
        with pytest.raises(kind):
            f(wrong)
    assert (state.value, len(recording)) == (9.0, 1)


def test_state_may_be_a_tree():
    """Weights as lists: shared makes the units, updates takes pairs of lists."""
    w = shared([1.0, 2.0], "w")
    x = vector("x", 2)
    step = function([x], dot(w, x), updates=[(w, [u - 0.5 * g for u, g in zip(w, x, strict=True)])])

    assert [u.name for u in w] == ["w[0]", "w[1]"]
    assert (step([2, 4]), [u.value for u in w]) == (10.0, [0.0, 0.0])


def test_a_training_step_written_with_grad():
    """Theano's recipe: the gradient is wired once, and the updates descend it."""
    w, b = shared(0.0, "w"), shared(0.0, "b")
    x, y = scalars("x", "y")
    cost = (w * x + b - y) ** 2
    gw, gb = grad(cost, [w, b])
    train = function([x, y], cost, updates=[(w, w - 0.1 * gw), (b, b - 0.1 * gb)])
    for _ in range(200):
        train(1, 5), train(2, 7)  # the line 2 x + 3

    assert (w.value, b.value) == (pytest.approx(2.0, abs=1e-3), pytest.approx(3.0, abs=1e-3))


def test_a_copy_over_other_state():
    """copy(swap=...) has the same wiring; neither function touches the other's state."""
    state, inc = shared(0, "state"), scalar("inc")
    first = function([inc], state, updates=[(state, state + inc)])
    first(10)
    other = shared(0, "other")
    second = first.copy(swap={state: other})
    third = second.copy(swap=[(other, shared(100))])

    assert (second(100), other.value, state.value) == (0.0, 100.0, 10.0)
    assert (third(1), third(1), other.value) == (100.0, 101.0, 100.0)
    assert (first.copy()(5), state.value) == (10.0, 15.0)
    with pytest.raises(WiringError, match=r"unit 'other' .* is no state of this function"):
        first.copy(swap={other: state})
    with pytest.raises(WiringError, match="swap takes state made by shared"):
        first.copy(swap={state: 3.0})


def test_givens_put_something_else_in_the_place_of_a_unit():
    """A unit, an inner one as well, may be replaced by a number or by other wiring."""
    x, y, z = scalars("x", "y", "z")
    h = x * y
    out = exp(h) + x

    assert function([y], out, givens={x: 2})(0.0) == 3.0
    assert function([y, z], out, givens={x: z * z})(0.5, 2) == math.exp(2) + 4
    assert function([x, z], out * 2 + 1, givens=[(h, z)])(5, 0) == 13.0
    with pytest.raises(WiringError, match="depends on unit 'x'"):
        function([y], out, givens={x: x + 1})


def test_outputs_without_a_unit_need_no_circuit():
    """A constant is a function, too."""
    state = shared(1.0)
    f = function([], [3, state], updates={state: 8.0})

    assert (f(), f(), function([], 4.0)(), function([], 4.0).circuit) == (
        [3.0, 1.0],
        [3.0, 8.0],
        4.0,
        None,
    )


def test_calls_from_several_threads_lose_no_update():
    """Reading, computing and writing the state is one step."""
    state, inc = shared(0), scalar("inc")
    add = function([inc], updates=[(state, state + inc)])
    threads = [threading.Thread(target=lambda: [add(1) for _ in range(200)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert state.value == 800.0


X, Y, S = Unit(1.0, "x"), Unit(2.0, "y"), Unit(3.0, "s", role="parameter")
MISTAKES = [
    (lambda: function([X], X * Y), WiringError, r"depend on unit 'y' \(2.0\), .*not among the in"),
    (lambda: function([X * Y], X), OperandError, "input 0 .* no gate drives; got Unit"),
    (lambda: function([3.0], X), OperandError, "input 0 .* got 3.0"),
    (lambda: function([X, X], X), WiringError, "unit 'x' .* listed twice"),
    (lambda: function([S], S, updates=[(S, X)]), WiringError, "unit 's' .* listed twice"),
    (lambda: function([X], "x"), OperandError, "outputs: 'x' of type str"),
    (lambda: function([X], X, updates=[(Y, X)]), WiringError, "state made by shared.*; got Unit"),
    (lambda: function([X], X, updates=[(S, X), (S, X)]), WiringError, "updates names unit 's'"),
    (lambda: function([X], X, updates=[(S, [X])]), WiringError, "second of a pair in updates"),
    (lambda: function([X], X, updates=[(1.0, X)]), OperandError, "1.0 is no unit"),
    (lambda: function([X], X)(), OperandError, "'x' was not given and has no default"),
    (lambda: function([X], X)(1, 2), OperandError, r"got 2 arguments; there are 1: \['x'\]"),
    (lambda: function([X], X)(1, x=2), OperandError, "'x' was given twice"),
    (lambda: function([X], X)(z=2), OperandError, r"0 inputs are named 'z', of \['x'\]"),
    (lambda: function([X], X)([1]), WiringError, "'x' must be nested as the units of this input"),
    (lambda: function([X], X)(Y), OperandError, "'x': Unit.* is a unit already"),
    (lambda: function([X], X)(None), OperandError, "'x': None"),
]


@pytest.mark.parametrize(("mistake", "kind", "message"), MISTAKES)
def test_mistakes_are_named(mistake, kind, message):
    """Each wrong use says what, why and the mend."""
    with pytest.raises(kind, match=message):
        mistake()


def test_a_function_introduces_itself():
    """Its text names the inputs and says how large the circuit is."""
    assert repr(function([scalar("x"), Unit(1.0)], 3.0)) == "<function of x, input 1: None>"
    assert "2 gates" in repr(function([X], X * X + 1))
