"""The methods that ask for a closure: closed forms, scipy, and what happens if all goes wrong."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest

from gatenet import Unit, exp, log, optim, sqrt
from gatenet.errors import (
    DomainError,
    OperandError,
    RangeError,
    UnfinishedPassError,
    WiringError,
)
from gatenet.optim.closures import ClosureOptimizer
from gatenet.optim.descents import Descent
from gatenet.optim.linesearch import LineSearch, Point, Wolfe
from gatenet.optim.vectors import cholesky, solved
from gatenet.stepper import Stepper

DESCENTS = ("ConjugateGradient", "BFGS", "LBFGS")
VALLEY = (-1.2, 1.0)


def rosenbrock(units: Sequence[Any]) -> Any:
    """Rosenbrock's banana valley, whose minimum 0 is where every parameter is 1."""
    return sum(100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in pairwise(units))


def quadratic(units: Sequence[Any]) -> Any:
    """A convex quadratic of four parameters with four different curvatures, minimum at 1."""
    shifted = [unit - 1.0 for unit in units]
    return sum((k + 1.0) ** 2 * s * s for k, s in enumerate(shifted)) + shifted[0] * shifted[3]


def closing(
    optimizer: Any, units: Sequence[Unit], function: Callable[[Sequence[Unit]], Unit]
) -> Callable[[], Unit]:
    """The closure of a function of the units."""

    def closure() -> Unit:
        optimizer.zero_grad()
        loss = function(units)
        loss.backward()
        return loss

    return closure


def made(kind: str, start: Sequence[float], **settings: Any) -> tuple[Any, list[Unit]]:
    """An optimizer of fresh units, with a line search and stops that let it finish."""
    units = [Unit(value, f"w{k}", role="parameter") for k, value in enumerate(start)]
    if kind in DESCENTS:
        settings = dict(tolerance_change=0.0, tolerance_grad=0.0) | settings
    if kind == "LBFGS":
        settings["line_search_fn"] = "strong_wolfe"
    return getattr(optim, kind)(units, **settings), units


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("ConjugateGradient", dict(max_iter=400)),
        ("ConjugateGradient", dict(max_iter=400, method="fletcher-reeves")),
        ("BFGS", dict(max_iter=100)),
        ("LBFGS", dict(max_iter=100)),
        ("LBFGS", dict(max_iter=200, history_size=3)),
    ],
)
@pytest.mark.parametrize("size", [2, 5])
def test_rosenbrock(kind: str, settings: dict[str, Any], size: int) -> None:
    """Every descent finds the bottom of Rosenbrock's valley to 1e-8 in one step call."""
    start = [VALLEY[k % 2] for k in range(size)]
    optimizer, units = made(kind, start, max_eval=4000, **settings)
    first = optimizer.step(closing(optimizer, units, rosenbrock))

    assert abs(first.value - rosenbrock(start)) < 1e-12
    assert rosenbrock([unit.value for unit in units]) < 1e-16
    assert max(abs(unit.value - 1.0) for unit in units) < 1e-8
    assert max(abs(unit.grad) for unit in units) < 1e-6


@pytest.mark.parametrize("kind", ["ConjugateGradient", "BFGS"])
def test_a_quadratic_in_n_iterations(kind: str) -> None:
    """With exact searches, n iterations find the minimum of a quadratic of n parameters."""
    optimizer, units = made(
        kind, [3.0, -2.0, 0.5, 4.0], max_iter=4, max_eval=1000, c1=1e-12, c2=1e-9
    )
    optimizer.step(closing(optimizer, units, quadratic))

    assert 4 == optimizer.state[0]["iterations"]
    assert max(abs(unit.value - 1.0) for unit in units) < 1e-7


@pytest.mark.parametrize("kind", DESCENTS)
def test_as_scipy_does(kind: str) -> None:
    """On a convex function that is no quadratic, the minimum is the one that scipy finds."""
    minimize = pytest.importorskip("scipy.optimize", reason="scipy is not installed").minimize

    def function(units: Sequence[Any]) -> Any:
        a, b, c = units
        return exp(a + b) + exp(-2.0 * a) + exp(0.5 * c - b) + 0.1 * (c - a) ** 2 + exp(-c)

    def value(x: Any) -> float:
        found: float = function([Unit(float(v)) for v in x]).value
        return found

    stops = dict(xatol=1e-8, fatol=1e-13, maxiter=2000, maxfev=4000)
    expected = minimize(value, [0.5, -1.0, 2.0], method="Nelder-Mead", options=stops)
    optimizer, units = made(kind, [0.5, -1.0, 2.0], max_iter=60, max_eval=1000)
    optimizer.step(closing(optimizer, units, function))

    assert value([unit.value for unit in units]) <= expected.fun + 1e-13
    assert max(abs(u.value - x) for u, x in zip(units, expected.x, strict=True)) < 1e-6


def test_a_search_meets_the_strong_wolfe_conditions() -> None:
    """The accepted point gains enough and is flat enough, for easy and hard first strides."""
    wolfe = Wolfe(c1=1e-3, c2=0.2)

    def measure(t: float) -> tuple[float, list[float]]:
        return math.cos(3.0 * t) + 0.1 * t * t, [-3.0 * math.sin(3.0 * t) + 0.2 * t]

    loss, grad = measure(0.3)
    for first in (1e-4, 0.01, 0.5, 1.0, 3.0, 40.0):
        search = LineSearch(
            lambda t: measure(0.3 + t), [1.0], Point(0.0, loss, grad[0], grad), wolfe
        )
        point = search.run(first)

        assert point.t > 0.0
        assert (point.loss, point.grad) == measure(0.3 + point.t)
        assert point.loss <= loss + wolfe.c1 * point.t * grad[0]
        assert abs(point.slope) <= -wolfe.c2 * grad[0]


def test_a_search_that_meets_the_edge_of_the_domain() -> None:
    """A first stride to where the loss is nan is shortened until there is a loss."""
    optimizer, units = made("LBFGS", [0.5], lr=100.0, max_iter=50, max_eval=1000)
    optimizer.step(closing(optimizer, units, lambda w: w[0] - log(w[0]) - sqrt(4.0 - w[0])))

    slope = 1.0 - 1.0 / units[0].value + 0.5 / math.sqrt(4.0 - units[0].value)
    assert abs(slope) < 1e-7


def test_newton_on_a_quadratic() -> None:
    """One step finds the minimum of a convex quadratic, whatever the curvatures."""
    optimizer, units = made("Newton", [3.0, -2.0, 0.5, 4.0])
    optimizer.step(closing(optimizer, units, quadratic))

    assert max(abs(unit.value - 1.0) for unit in units) < 1e-14


def test_newton_converges_quadratically() -> None:
    """In Rosenbrock's valley Newton's method reaches the bottom to the last digits."""
    optimizer, units = made("Newton", VALLEY)
    closure = closing(optimizer, units, rosenbrock)
    losses = [optimizer.step(closure).value for _ in range(30)]

    assert losses == sorted(losses, reverse=True)
    assert max(abs(unit.value - 1.0) for unit in units) < 1e-14


@pytest.mark.parametrize("start", [(0.1, 0.2), (-1e-6, 1e-9), (2.0, 0.0)])
def test_newton_where_the_hessian_is_indefinite(start: tuple[float, float]) -> None:
    """From the flank of a saddle each step goes down, and ends in one of the two valleys."""
    optimizer, units = made("Newton", start)
    closure = closing(
        optimizer, units, lambda w: w[0] ** 2 - w[1] ** 2 + 0.25 * w[1] ** 4 + w[1] * 1e-3
    )
    losses = [optimizer.step(closure).value for _ in range(60)]

    assert all(b <= a for a, b in pairwise(losses))
    assert abs(units[0].value) < 1e-8
    assert abs(abs(units[1].value) - math.sqrt(2.0)) < 1e-3


def test_newton_on_a_plane_and_on_a_top() -> None:
    """A loss without curvature still falls, and where the gradient is 0 nothing moves."""
    optimizer, units = made("Newton", [1.0, 2.0])
    optimizer.step(closing(optimizer, units, lambda w: 3.0 * w[0] - w[1]))
    assert 3.0 * units[0].value - units[1].value < 1.0

    optimizer, units = made("Newton", [0.0])
    optimizer.step(closing(optimizer, units, lambda w: -(w[0] * w[0])))
    assert units[0].value == 0.0


def test_newton_needs_the_recorded_loss() -> None:
    """A closure that gives a copy of the loss is told so, and nothing has moved."""
    optimizer, units = made("Newton", [2.0])

    def closure() -> Unit:
        loss = units[0] * units[0]
        loss.backward()
        return Unit(loss.value)

    with pytest.raises(WiringError, match="the very unit that was swept"):
        optimizer.step(closure)
    assert units[0].value == 2.0


def test_cholesky_solves() -> None:
    """The factor's product is the matrix, and a shift is what makes an indefinite one positive."""
    matrix = [[4.0, 2.0, -2.0], [2.0, 5.0, 3.0], [-2.0, 3.0, 11.0]]
    factor = cholesky(matrix)
    assert factor == [[2.0], [1.0, 2.0], [-1.0, 2.0, math.sqrt(6.0)]]

    x = solved(factor, [sum(row) for row in matrix])
    assert max(abs(item - 1.0) for item in x) < 1e-15
    assert cholesky([[1.0, 2.0], [2.0, 1.0]], 0.9) is None
    assert cholesky([[1.0, 2.0], [2.0, 1.0]], 1.1) is not None


def test_random_search() -> None:
    """Random search never gets worse, repeats itself for a seed, and leaves frozen units alone."""
    found = []
    for _ in range(2):
        optimizer, units = made("RandomSearch", VALLEY, lr=0.1, tries=20, rng=3)
        losses = [optimizer.step(lambda w=units: rosenbrock(w)).value for _ in range(40)]
        assert losses == sorted(losses, reverse=True)
        assert losses[-1] < 0.1 * losses[0]
        found.append([unit.value for unit in units])
    assert found[0] == found[1]

    optimizer, units = made("RandomSearch", VALLEY, lr=0.1, tries=20, rng=3)
    units[0].requires_grad = False
    optimizer.step(lambda: rosenbrock(units))
    assert units[0].value == VALLEY[0]
    assert units[1].value != VALLEY[1]


@pytest.mark.parametrize("kind", [*DESCENTS, "Newton"])
def test_what_is_frozen_or_not_reached_stays(kind: str) -> None:
    """A frozen parameter and one that the loss does not reach stay; the others find the minimum."""
    optimizer, units = made(kind, [3.0, 2.0, 7.0])
    units[1].requires_grad = False
    for _ in range(3):
        optimizer.step(closing(optimizer, units, lambda w: (w[0] - w[1]) ** 2))

    assert abs(units[0].value - 2.0) < 1e-9
    assert [unit.value for unit in units[1:]] == [2.0, 7.0]


@pytest.mark.parametrize("kind", [*DESCENTS, "Newton"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_closure_that_raises(kind: str, call: int) -> None:
    """Whenever the closure raises, every value and all memory are as before the step."""
    optimizer, units = made(kind, VALLEY)
    closure = closing(optimizer, units, rosenbrock)
    optimizer.step(closure)
    values = [unit.value for unit in units]
    memory = json.dumps(optimizer.state_dict())
    calls = 0

    def raising() -> Unit:
        nonlocal calls
        calls += 1
        if calls == call:
            raise KeyboardInterrupt
        return closure()

    if kind == "Newton" and call == 3:
        optimizer.step(closure)  # two calls are all it makes in a step that goes well
        assert values != [unit.value for unit in units]
        return
    with pytest.raises(KeyboardInterrupt):
        optimizer.step(raising)
    assert [unit.value for unit in units] == values
    assert json.dumps(optimizer.state_dict()) == memory


@pytest.mark.parametrize("kind", [*DESCENTS, "Newton"])
def test_a_start_that_is_not_finite(kind: str) -> None:
    """A loss or a gradient that is not finite where the step begins is refused; nothing moves."""
    optimizer, units = made(kind, [0.0, 1.0])
    with pytest.raises(DomainError, match=r"loss is inf.*no parameter was moved"):
        optimizer.step(closing(optimizer, units, lambda w: w[1] - log(w[0])))
    with pytest.raises(DomainError, match=r"gradient of unit 'w0'.*no parameter was moved"):
        optimizer.step(closing(optimizer, units, lambda w: sqrt(w[0]) + w[1] * w[1]))

    assert [unit.value for unit in units] == [0.0, 1.0]


@pytest.mark.parametrize("kind", [*DESCENTS, "Newton"])
def test_closures_that_do_not_do_their_part(kind: str) -> None:
    """No closure, one without a result or without a backward pass: told what is missing."""
    optimizer, units = made(kind, [1.0])
    with pytest.raises(OperandError, match="needs a closure"):
        optimizer.step()
    with pytest.raises(OperandError, match="gave None"):
        optimizer.step(lambda: None)
    with pytest.raises(WiringError, match=r"left no gradient.*loss\.backward"):
        optimizer.step(lambda: units[0] * units[0])
    with pytest.raises(WiringError, match="one group"):
        optimizer.add_param_group({"params": [Unit(1.0)]})

    assert [unit.value for unit in units] == [1.0]


@pytest.mark.parametrize("kind", [*DESCENTS, "Newton", "RandomSearch"])
def test_resumed_to_the_bit(kind: str) -> None:
    """Saved as JSON between two steps and loaded into a new one, it goes on to the same bits."""
    settings: dict[str, Any] = dict(rng=5, tries=4) if kind == "RandomSearch" else {}
    settings |= dict(max_iter=2) if kind in DESCENTS else {}
    whole, units = made(kind, [*VALLEY, 0.3], **settings)
    closure = closing(whole, units, rosenbrock)
    for _ in range(3):
        whole.step(closure)
    saved = json.loads(json.dumps(whole.state_dict()))
    resumed, others = made(kind, [unit.value for unit in units], **settings)
    if kind == "RandomSearch":
        resumed.rng = random.Random(99)
    resumed.load_state_dict(saved)
    for _ in range(3):
        whole.step(closure)
        resumed.step(closing(resumed, others, rosenbrock))

    assert [unit.value for unit in units] == [unit.value for unit in others]
    assert whole.state_dict() == resumed.state_dict()


@pytest.mark.parametrize(
    ("kind", "key", "value", "said"),
    [
        ("RandomSearch", "rng", [3, [1, 2], None], "no state of a generator"),
        ("RandomSearch", "rng", None, "no state of a generator"),
        ("LBFGS", "moves", [[1.0]], "'moves' .*holds 1 numbers"),
        ("LBFGS", "moves", 3.0, "'moves' .*list"),
        ("LBFGS", "scale", "x", "is text"),
        ("BFGS", "inverse", [[1.0, "x"]], "is text"),
        ("ConjugateGradient", "grad", [1.0], "'grad' .*holds 1 numbers"),
        ("Newton", "iterations", -1, "iterations is -1"),
    ],
)
def test_a_state_that_does_not_fit(kind: str, key: str, value: Any, said: str) -> None:
    """A memory of the wrong shape is refused by name, and nothing has been loaded."""
    settings: dict[str, Any] = dict(rng=5) if kind == "RandomSearch" else {}
    optimizer, units = made(kind, VALLEY, **settings)
    optimizer.step(closing(optimizer, units, rosenbrock))
    before = optimizer.state_dict()
    if kind == "RandomSearch":
        wrong = {**before, key: value}
    else:
        wrong = {**before, "state": [{**before["state"][0], key: value}]}

    with pytest.raises((OperandError, RangeError, WiringError), match=said):
        optimizer.load_state_dict(wrong)
    assert before == optimizer.state_dict()


@pytest.mark.parametrize(
    ("kind", "memory"),
    [
        ("LBFGS", dict(move=None, moves=[], changes=[], scale=-1.0)),
        ("BFGS", dict(move=None, inverse=[[-1.0, 0.0], [0.0, -1.0]])),
        ("ConjugateGradient", dict(stride=1.0)),
    ],
)
def test_a_direction_that_goes_up_is_forgotten(kind: str, memory: dict[str, Any]) -> None:
    """Where what is remembered leads uphill, the method starts again from steepest descent."""
    optimizer, units = made(kind, VALLEY, max_iter=1, max_eval=100)
    closure = closing(optimizer, units, rosenbrock)
    before = optimizer.step(closure).value
    saved = optimizer.state_dict()
    start = [unit.value for unit in units]
    slopes = [unit.grad for unit in closed(start)]
    if kind == "ConjugateGradient":  # the last gradient was tiny, and the last move went up
        memory = memory | dict(grad=[1e-3 * g for g in slopes], move=slopes)
    optimizer.load_state_dict({**saved, "state": [{**saved["state"][0], **memory}]})
    first = optimizer.step(closure)
    moved = [unit.value - x for unit, x in zip(units, start, strict=True)]

    assert rosenbrock([unit.value for unit in units]) < first.value < before
    assert moved[0] / moved[1] == pytest.approx(slopes[0] / slopes[1], rel=1e-6)


def closed(values: Sequence[float]) -> list[Unit]:
    """Units with the gradient of Rosenbrock's valley at these values."""
    units = [Unit(value) for value in values]
    rosenbrock(units).backward()
    return units


def test_a_search_that_finds_no_number() -> None:
    """Where the loss is nan everywhere but at the start, the start is what the search gives."""
    start = Point(0.0, 1.0, -1.0, [-1.0])
    for bad in (math.nan, math.inf, -math.inf):
        search = LineSearch(lambda t, b=bad: (b, [b]), [1.0], start, Wolfe(max_iter=5))

        assert search.run(1.0) == start
        assert search.evaluations <= 36


def test_a_hole_in_the_line() -> None:
    """A point without a loss between two that have one is passed by on the near side."""

    def measure(t: float) -> tuple[float, list[float]]:
        return (math.nan, [math.nan]) if 0.5 < t < 2.9 else ((t - 1.0) ** 2, [2.0 * (t - 1.0)])

    search = LineSearch(measure, [1.0], Point(0.0, 1.0, -2.0, [-2.0]), Wolfe(c2=0.1))
    point = search.run(3.0)

    assert 0.0 < point.t <= 0.5
    assert point.loss < 1.0


def test_optimizers_that_write_no_rule() -> None:
    """The base classes say what a subclass has to write."""
    for base, method in (
        (optim.Optimizer, "coefficients"),
        (ClosureOptimizer, "descend"),
        (Descent, "direction"),
    ):
        settings = dict(max_iter=1, max_eval=None, tolerance_grad=0.0, tolerance_change=0.0)
        settings |= dict(c1=1e-4, c2=0.9)
        w = Unit(1.0)
        w.grad = 1.0
        optimizer = base([w], 0.1, **settings)  # type: ignore[arg-type]
        with pytest.raises(NotImplementedError, match=rf"has no {method}\(\)"):
            optimizer.step(closing(optimizer, [w], lambda u: u[0] * u[0]))
        assert w.value == 1.0


@pytest.mark.parametrize("kind", [*DESCENTS, "Newton"])
def test_the_gradient_that_a_step_leaves(kind: str) -> None:
    """After a step the gradients are those at the values where it ended."""
    optimizer, units = made(kind, VALLEY, **(dict(max_iter=3) if kind in DESCENTS else {}))
    optimizer.step(closing(optimizer, units, rosenbrock))
    there = closed([unit.value for unit in units])

    assert [unit.grad for unit in units] == [unit.grad for unit in there]


@pytest.mark.parametrize("kind", DESCENTS)
def test_no_more_iterations_past_max_eval(kind: str) -> None:
    """Once the closure was called max_eval times no other iteration begins."""
    optimizer, units = made(kind, VALLEY, max_iter=50, max_eval=2)
    optimizer.step(closing(optimizer, units, rosenbrock))

    assert optimizer.state[0]["iterations"] == 1
    assert optimizer.state[0]["evaluations"] >= 2


@pytest.mark.parametrize("kind", [*DESCENTS, "Newton", "RandomSearch"])
def test_a_pass_in_the_middle(kind: str) -> None:
    """While a stepper stands in the middle of a pass the closure is not even called."""
    optimizer, units = made(kind, VALLEY, **(dict(rng=0) if kind == "RandomSearch" else {}))
    stepper = Stepper(rosenbrock(units))
    stepper.next()
    with pytest.raises(UnfinishedPassError):
        optimizer.step(lambda: pytest.fail("the closure was called"))

    assert [unit.value for unit in units] == list(VALLEY)
