"""Modes: no_grad, enable_grad, detect_anomaly and record, per thread and task."""

import asyncio
import math
import threading

import pytest

from gatenet import Circuit, Unit, detect_anomaly, enable_grad, gates, no_grad, record
from gatenet.errors import DetachError, DomainError, FlippedBranchError, WiringError
from gatenet.modes import calling_line, current, place_of


def test_no_grad_records_nothing():
    """Inside no_grad() outputs are detached leaves without inputs; outside all is as before."""
    x = Unit(2.0)
    with no_grad():
        y = (x * 3.0 + 1.0).relu()
        assert not current().grad
    z = x * 3.0

    assert (y.value, y.inputs, y.gate, y.requires_grad) == (7.0, (), None, False)
    assert z.requires_grad
    assert current().grad
    with pytest.raises(WiringError, match="detached"):
        y.backward()


def test_no_grad_holds_for_every_kind_of_gate():
    """Unary, binary, mixed, n-ary and static gates all detach."""
    x = Unit(2.0)
    with no_grad():
        made = [x + x, x * 2.0, 2.0 / x, x.exp(), gates.total(x, x, x), gates.where(x, x, 1.0),
                gates.maximum([x, 1.0]), gates.dot([x], [x]), -x, abs(x)]  # fmt: skip

    assert [unit.requires_grad for unit in made] == [False] * len(made)
    assert [unit.inputs for unit in made] == [()] * len(made)


def test_enable_grad_within_no_grad():
    """Modes nest: the innermost holds, and each ends where it began."""
    x = Unit(2.0)
    with no_grad():
        with enable_grad():
            inner = x * x
        outer = x * x

    assert inner.requires_grad
    assert not outer.requires_grad


def test_modes_decorate_functions():
    """`@no_grad()` runs a function inside the mode, recursion included."""

    @no_grad()
    def double(u, times):
        return u if times == 0 else double(u + u, times - 1)

    assert not double(Unit(1.0), 5).requires_grad
    assert double(Unit(1.0), 5).value == 32.0
    assert current().grad


def test_a_decorated_function_runs_in_several_threads_at_once():
    """Two threads inside one decorated function do not take each other's modes."""
    both_in, results = threading.Barrier(2, timeout=300), []

    @no_grad()
    def slow(u):
        both_in.wait()
        y = u * u
        both_in.wait()
        return y

    def run():
        y = slow(Unit(2.0))
        results.append((y.requires_grad, (Unit(1.0) * 2.0).requires_grad))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [(False, True), (False, True)]


def test_each_thread_has_its_own_modes():
    """no_grad() in one thread leaves another one recording."""
    found = []
    with no_grad():
        thread = threading.Thread(target=lambda: found.append((Unit(2.0) * 2.0).requires_grad))
        thread.start()
        thread.join()

    assert found == [True]


def test_each_task_has_its_own_modes():
    """A task that awaits inside no_grad() does not switch off another task's gradients."""

    async def quiet(gate):
        with no_grad():
            await gate.wait()
            return (Unit(1.0) * 2.0).requires_grad

    async def loud(gate):
        found = (Unit(1.0) * 2.0).requires_grad
        gate.set()
        return found

    async def both():
        gate = asyncio.Event()
        return await asyncio.gather(quiet(gate), loud(gate))

    assert asyncio.run(both()) == [False, True]


def test_a_mode_ends_when_an_error_leaves_it():
    """After an exception inside, nothing of the mode is left."""
    for mode in (no_grad, enable_grad, detect_anomaly, record):
        with pytest.raises(ZeroDivisionError), mode():
            raise ZeroDivisionError
        assert current().grad
        assert current().anomaly is None
        assert current().recording is None


def test_anomaly_names_unit_gate_operands_and_line():
    """The first value that is not finite is an error with everything needed to find it."""
    x, y = Unit(-1.0, "score"), Unit(2.0)
    with pytest.raises(DomainError) as caught, detect_anomaly():
        (y * 3.0 + x.log()).relu()  # the line to find

    error = caught.value
    text = str(error)
    assert "log gave nan at x=-1.0 (unit 'score')" in text
    assert "its domain is x > 0" in text
    assert "test_modes.py" in text
    assert "the line to find" in text
    assert error.gate.name == "log"
    assert error.inputs == (x,)
    assert math.isnan(error.unit.value)
    assert isinstance(error, ValueError)


def test_anomaly_refuses_leaves_that_are_not_finite():
    """A nan or an infinity that comes in by a leaf is named at the leaf."""
    for value in (math.nan, math.inf):
        with pytest.raises(DomainError, match="'x'"), detect_anomaly():
            Unit(value, "x")


def test_anomaly_watches_every_kind_of_gate():
    """Operators, methods, n-ary gates and constants on either side are watched."""
    x = Unit(1e308)
    for make in [lambda: x + x, lambda: x * 1e308, lambda: 1e308 + x, lambda: x / 0.0,
                 lambda: gates.total(x, x), lambda: gates.dot([x], [x]), lambda: x.exp(),
                 lambda: gates.where(1.0, x * x, x)]:  # fmt: skip
        with pytest.raises(DomainError), detect_anomaly():
            make()
    with detect_anomaly():
        assert (x * 0.5).value == 5e307


def test_anomaly_watches_a_replay():
    """A replay that leaves the finite numbers is an error and changes nothing."""
    x = Unit(1.0, "x")
    circuit = Circuit(x.log() + 1.0)
    with pytest.raises(DomainError, match="log gave -inf"), detect_anomaly():
        circuit.forward({"x": 0.0})

    assert circuit.values == [1.0, 0.0, 1.0, 1.0]
    assert not circuit.stale


def test_anomaly_names_the_gate_whose_derivative_is_infinite():
    """A finite value with an infinite derivative is found on the way back."""
    x = Unit(0.0, "x")
    with detect_anomaly(), pytest.raises(DomainError) as caught:
        y = x**0.5 * 3.0  # built here
        y.backward()

    text = str(caught.value)
    assert "power" in text
    assert "upstream 3.0" in text
    assert "unit 'x'" in text
    assert "built here" in text


def test_anomaly_lets_blocked_edges_pass():
    """An infinite derivative that no gradient meets is no anomaly."""
    x, y = Unit(1.0), Unit(0.0)
    with detect_anomaly():
        gates.maximum(x, y**0.5).backward()

    assert (x.grad, y.grad) == (1.0, 0.0)


def test_record_sees_every_sign_and_both_sides():
    """<, <=, > and >= of units with units and numbers are recorded with their answers."""
    x, y = Unit(1.0, "x"), Unit(2.0, "y")
    with record() as recording:
        answers = [x < y, x <= 1.0, x > y, 3.0 >= x, 0.0 < x, max(x, y) is y]
    _ = x < y

    assert answers == [True, True, False, True, True, True]
    assert [c.held for c in recording.comparisons] == answers
    assert [c.sign for c in recording.comparisons] == ["<", "<=", ">", "<=", ">", ">"]
    assert len(recording) == 6
    assert "test_modes.py" in recording.comparisons[0].place


@pytest.mark.parametrize(
    "asked", [lambda x: x == 2.0, lambda x: x != 2, lambda x: x in [2.0], lambda x: 2.0 == x]
)
def test_record_refuses_a_question_that_is_never_true(asked):
    """A unit equals no number: inside record() asking is an error, outside it is plainly false."""
    x, y = Unit(2.0, "x"), Unit(2.0)
    with record(), pytest.raises(DetachError, match=r"unit 'x' \(2\.0\) == 2.* never is.*equal"):
        asked(x)
    with record():
        assert x == x and x != y and x in [y, x] and x not in {y: 1} and x != "x" and x is not None

    assert asked(x) is asked(Unit(7.0))


def test_a_circuit_keeps_what_it_found_recorded():
    """A recording is needed until the Circuit is made, and no longer."""
    x = Unit(2.0, "x")

    def build():
        with record() as recording:
            y = x + 1.0 if x > 0.0 else x
        assert len(recording) == 1
        return Circuit(y)

    with pytest.raises(FlippedBranchError):
        build().forward({"x": -1.0})


def test_a_recording_ends_with_its_block():
    """What is compared or built afterwards is not part of the recording."""
    x = Unit(1.0, "x")
    with record() as recording:
        y = x + 1.0 if x > 0.0 else x
    z = x * 2.0 if x > 0.0 else x

    assert len(recording) == 1
    with pytest.raises(FlippedBranchError):
        Circuit(y).forward({"x": -1.0})
    assert Circuit(z).forward({"x": -1.0}) == -2.0


def test_calling_line_is_the_line_outside_gatenet():
    """The place of something is the user's own line, with its file, number and text."""
    place = calling_line()  # this very line

    assert place.split(":")[0].endswith("test_modes.py")
    assert place.endswith("place = calling_line()  # this very line")


def test_lines_are_noted_without_errors():
    """`check_nan=False` lets nan through and remembers which line made it."""
    with detect_anomaly(check_nan=False) as lines:
        y = Unit(-1.0).log()
        y.backward()

    assert math.isnan(y.value)
    assert place_of(y).endswith("y = Unit(-1.0).log()")
    assert place_of(y) == lines.places[y.serial]


def test_lines_are_forgotten_with_their_mode():
    """Once nobody holds the mode's object, no unit has a place any more."""
    with detect_anomaly(check_nan=False):
        y = Unit(1.0).exp()
        assert place_of(y) != ""

    assert place_of(y) == ""


def test_a_decorated_function_keeps_the_argument():
    """As a decorator, too, `check_nan=False` raises nothing."""

    @detect_anomaly(check_nan=False)
    def f():
        return Unit(0.0).log()

    assert f().value == -math.inf
