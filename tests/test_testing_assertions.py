"""Assertions: what is the same passes, what differs is said with names and both numbers."""

import math

import pytest
from hypothesis import given

from gatenet import Circuit, Unit
from gatenet.declaration import gate
from gatenet.errors import GradientMismatch, OperandError, WiringError
from gatenet.testing import Tape, assert_gradients, assert_same_gradients, circuits, tapes
from gatenet.testing.assertions import same

CUBE = Tape([2.0], [("multiply", 0, 0), ("multiply", 1, 0)])


def cube(x):
    """The cube, as a function of a unit."""
    return x * x * x


def test_right_gradients_pass():
    """A function, a circuit and a tape are checked alike, and the report comes back."""
    for subject, inputs in ((cube, [2.0]), (CUBE, None), (CUBE.circuit(), None)):
        report = assert_gradients(subject, inputs)

        assert report
        assert "12" in str(report)


@given(circuits(["add", "multiply", "tanh", "sigmoid", "sin"], domain_safe=True, max_gates=3))
def test_random_smooth_circuits_have_right_gradients(circuit):
    """The engine's gradients pass the checker wherever it can judge."""
    assert assert_gradients(circuit, inconclusive=True) is not None


def test_wrong_gradients_are_an_assertion_error():
    """A wrong gate fails, and the error has the report."""

    @gate(symbol="w", textbook="x * x", partials=lambda z, x: 3 * x)
    def wrong_square_testing(x):
        """Square, with a slope too steep."""
        return x * x

    with pytest.raises(GradientMismatch) as caught:
        assert_gradients(wrong_square_testing, [2.0])

    assert caught.value.report.failures
    assert isinstance(caught.value, AssertionError)


class Unsure:
    """A checker's report that is neither a pass nor a failure."""

    failures = ()

    def __bool__(self):
        return False

    def __str__(self):
        return "inconclusive (kink)"


def test_what_cannot_be_judged_passes_when_asked(monkeypatch):
    """An inconclusive verdict is an error by itself, and let through on request."""
    monkeypatch.setattr("gatenet.testing.assertions.gradcheck", lambda *_, **__: Unsure())

    assert not assert_gradients(cube, [0.0], inconclusive=True)
    with pytest.raises(GradientMismatch, match=r"inconclusive \(kink\)"):
        assert_gradients(cube, [0.0])


def test_same_gradients_from_anything():
    """A tape, its circuit, a function and a list of numbers compare with one another."""
    assert_same_gradients(CUBE, CUBE.circuit())
    assert_same_gradients(CUBE, cube)
    assert_same_gradients(cube, CUBE, [3.0])
    assert_same_gradients(CUBE.circuit(), [27.0], [3.0])
    assert_same_gradients([1.0, math.nan, math.inf], [1.0 + 1e-13, math.nan, math.inf])
    with pytest.raises(GradientMismatch) as caught:
        assert_same_gradients(cube, [27.0, 1.0][:1], [2.0])

    assert str(caught.value) == (
        "1 of 1 gradient(s) differ:\n  x0 = 2.0: 12.0 by cube, 27.0 as given"
    )
    assert (caught.value.left, caught.value.right) == ([12.0], [27.0])


@given(tapes(inputs=2))
def test_a_circuit_and_its_tape_have_the_same_gradients(tape):
    """Wired as a circuit or played on units, gradients are the same to the bit."""
    leaves = [Unit(x, f"x{k}") for k, x in enumerate(tape.leaves)]
    circuit = Circuit([tape.units(leaves)[-1], *leaves])

    assert assert_same_gradients(tape, circuit, rtol=0.0) is None


def test_comparisons_that_make_no_sense_are_refused():
    """Lengths that differ, a function without inputs, and a result that is no unit."""
    with pytest.raises(WiringError, match=r"1 gradient\(s\) by the tape and 2 as given"):
        assert_same_gradients(CUBE, [1.0, 2.0])
    with pytest.raises(OperandError, match="a function needs inputs"):
        assert_same_gradients(cube, cube)
    with pytest.raises(OperandError, match=r"<lambda> gave 1\.0, which is no unit"):
        assert_same_gradients(CUBE, lambda x: 1.0)
    with pytest.raises(OperandError, match="has no gradient"):
        assert_same_gradients(CUBE, 3.0)
    with pytest.raises(WiringError, match="got 2 inputs for a circuit of 1 leaves"):
        assert_same_gradients(CUBE.circuit(), [12.0], [1.0, 2.0])


def test_long_lists_of_differences_are_cut():
    """Twenty differences are shown, the rest counted."""
    with pytest.raises(GradientMismatch, match=r"25 of 25[^$]*\.\.\. 5 more"):
        assert_same_gradients([0.0] * 25, [1.0] * 25)


def test_sameness_of_numbers():
    """Tolerances are relative to the larger number; infinities compare by sign."""
    assert same(1.0, 1.0 + 1e-13, 1e-12)
    assert not same(1.0, 1.0 + 1e-11, 1e-12)
    assert same(0.0, 1e-9, 0.0, atol=1e-8)
    assert not same(math.inf, -math.inf, 1.0)
    assert not same(math.nan, 0.0, 1.0, 1.0)
