"""Optimizers: the published formulas, recomputed here; PyTorch's own steps where it is there."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gatenet import Unit
from gatenet.errors import DomainError, RangeError, WiringError
from gatenet.optim import SGD, Adam, Optimizer

START = (1.5, -0.7, 3.0)
STEPS = 200

SETTINGS: dict[str, tuple[type[Optimizer], dict[str, Any]]] = {
    "plain": (SGD, dict(lr=0.05)),
    "decay": (SGD, dict(lr=0.05, weight_decay=0.1)),
    "momentum": (SGD, dict(lr=0.02, momentum=0.9)),
    "dampening": (SGD, dict(lr=0.05, momentum=0.8, dampening=0.3)),
    "nesterov": (SGD, dict(lr=0.02, momentum=0.9, nesterov=True, weight_decay=0.01)),
    "adam": (Adam, dict(lr=0.03)),
    "adam-decay": (Adam, dict(lr=0.05, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1)),
}


def slope(x: float, y: float, z: float) -> tuple[float, float, float]:
    """The gradient of x⁴/4 + y²z² + (z - 1)², by hand."""
    return x**3, 2.0 * y * z * z, 2.0 * y * y * z + 2.0 * (z - 1.0)


def loss(x: Any, y: Any, z: Any) -> Any:
    """The function itself, for anything with operators."""
    return x * x * x * x * 0.25 + y * y * z * z + (z - 1.0) * (z - 1.0)


def path(make: type[Optimizer], settings: dict[str, Any]) -> list[list[float]]:
    """Where our optimizer takes the three parameters, step by step."""
    units = [Unit(value, role="parameter") for value in START]
    optimizer = make(units, **settings)
    found = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss(*units).backward()
        optimizer.step()
        found.append([unit.value for unit in units])
    return found


def sgd(
    lr: float, momentum: float = 0.0, dampening: float = 0.0, nesterov: bool = False,
    weight_decay: float = 0.0,
) -> Iterator[list[float]]:  # fmt: skip
    """PyTorch's documented algorithm for SGD, written with lists."""
    theta = list(START)
    b: list[float] = []
    for t in range(1, STEPS + 1):
        g = list(slope(*theta))
        if weight_decay != 0:
            g = [gi + weight_decay * ti for gi, ti in zip(g, theta, strict=True)]
        if momentum != 0:
            if t > 1:
                b = [momentum * bi + (1 - dampening) * gi for bi, gi in zip(b, g, strict=True)]
            else:
                b = list(g)
            if nesterov:
                g = [gi + momentum * bi for gi, bi in zip(g, b, strict=True)]
            else:
                g = b
        theta = [ti - lr * gi for ti, gi in zip(theta, g, strict=True)]
        yield theta


def adam(
    lr: float, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
    weight_decay: float = 0.0,
) -> Iterator[list[float]]:  # fmt: skip
    """Kingma and Ba's algorithm 1, the moments in closed form: sums over all gradients so far."""
    theta = list(START)
    seen: list[list[float]] = []
    for t in range(1, STEPS + 1):
        seen.append([g + weight_decay * v for g, v in zip(slope(*theta), theta, strict=True)])
        moved = []
        for k, value in enumerate(theta):
            m, v = (
                math.fsum(
                    (1 - beta) * beta ** (t - i) * g[k] ** power for i, g in enumerate(seen, 1)
                )
                / (1 - beta**t)
                for power, beta in enumerate(betas, 1)
            )
            moved.append(value - lr * m / (math.sqrt(v) + eps))
        theta = moved
        yield theta


def assert_same_path(found: list[list[float]], expected: list[list[float]]) -> None:
    """Two paths agree to 1e-12 at every step, and lead somewhere."""
    assert len(found) == len(expected) == STEPS
    for ours, theirs in zip(found, expected, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            assert abs(a - b) <= 1e-12 * max(1.0, abs(b))
    assert math.dist(found[-1], START) > 0.5


@pytest.mark.parametrize("name", SETTINGS)
def test_follows_the_formula(name: str) -> None:
    """Every optimizer follows its documented formula for 200 steps."""
    make, settings = SETTINGS[name]
    formula: Callable[..., Iterator[list[float]]] = sgd if make is SGD else adam

    assert_same_path(path(make, settings), list(formula(**settings)))


@pytest.mark.parametrize("name", SETTINGS)
def test_follows_pytorch(name: str) -> None:
    """Every optimizer goes where PyTorch's of the same name and settings goes."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    make, settings = SETTINGS[name]
    theta = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in START]
    optimizer = getattr(torch.optim, make.__name__)(theta, **settings)
    expected = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss(*theta).backward()
        optimizer.step()
        expected.append([t.item() for t in theta])

    assert_same_path(path(make, settings), expected)


@pytest.mark.parametrize("make", [SGD, Adam])
def test_defaults_are_pytorchs(make: type[Optimizer]) -> None:
    """The defaults are those that PyTorch documents."""
    optimizer = make([Unit(1.0)])  # type: ignore[call-arg]
    shown = {
        SGD: "lr=0.001, momentum=0.0, dampening=0.0, nesterov=False, weight_decay=0.0",
        Adam: "lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.0, amsgrad=False",
    }

    assert f"<{make.__name__} of 1 units, {shown[make]}>" == repr(optimizer)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("make", [SGD, Adam])
def test_a_gradient_that_is_not_finite(make: type[Optimizer], bad: float) -> None:
    """A gradient that is not finite is named, and no parameter nor memory of one has changed."""
    units = [Unit(1.0, "first"), Unit(2.0, "second")]
    optimizer = make(units, lr=0.1)
    for unit in units:
        unit.grad = 1.0
    optimizer.step()
    before = [unit.value for unit in units], json.dumps(optimizer.state_dict())
    units[1].grad = bad

    with pytest.raises(DomainError, match=r"gradient of unit 'second'.*no parameter was moved"):
        optimizer.step()
    assert before == ([unit.value for unit in units], json.dumps(optimizer.state_dict()))


def test_what_no_pass_reached_stays() -> None:
    """A parameter that no pass visited stays, weight decay or not; so does a frozen one."""
    reached, unreached, frozen = (Unit(2.0, role="parameter") for _ in range(3))
    optimizer = SGD([reached, unreached, frozen], lr=0.1, weight_decay=1.0)
    (reached * frozen).backward()
    frozen.requires_grad = False
    optimizer.step()

    assert (reached.value, unreached.value, frozen.value) == (2.0 - 0.1 * 4.0, 2.0, 2.0)


def test_step_makes_circuits_stale() -> None:
    """After a step, a circuit that used the parameters cannot be swept by mistake."""
    w = Unit(2.0, role="parameter")
    y = w * w
    y.backward()
    SGD([w], lr=0.1).step()

    with pytest.raises(RuntimeError, match="was written"):
        y.backward()


def test_lr_can_be_changed() -> None:
    """`lr` may be assigned between steps, as schedules do."""
    w = Unit(1.0)
    w.grad = 1.0
    optimizer = SGD([w], lr=0.5)
    optimizer.step()
    optimizer.lr = 0.25
    optimizer.step()

    assert w.value == 0.25


def test_zero_grad() -> None:
    """zero_grad() forgets the gradients of the optimizer's parameters."""
    w = Unit(1.0)
    w.grad = 3.0
    SGD([w]).zero_grad()

    assert (w.grad, w.visited) == (0.0, False)


def test_no_gradient_and_no_eps() -> None:
    """With eps=0 and a gradient of exactly 0, Adam stays where it is."""
    w = Unit(1.0)
    w.grad = 0.0
    Adam([w], eps=0.0).step()

    assert w.value == 1.0


def test_wrong_parameters() -> None:
    """Gates' outputs, repeats and nothing at all are refused."""
    w = Unit(1.0, "w")
    with pytest.raises(WiringError, match="output of a gate"):
        SGD([w, w * 2.0])
    with pytest.raises(WiringError, match=r"'w'.*listed twice"):
        Adam([w, w])
    with pytest.raises(ValueError, match="at least one"):
        Adam([])


@pytest.mark.parametrize(
    ("make", "settings"),
    [
        (SGD, dict(lr=-1.0)),
        (SGD, dict(lr=math.nan)),
        (SGD, dict(momentum=-0.1)),
        (SGD, dict(weight_decay=math.inf)),
        (SGD, dict(nesterov=True)),
        (SGD, dict(nesterov=True, momentum=0.9, dampening=0.1)),
        (Adam, dict(betas=(1.0, 0.999))),
        (Adam, dict(betas=(0.9, -0.1))),
        (Adam, dict(eps=-1e-8)),
    ],
)
def test_wrong_settings(make: type[Optimizer], settings: dict[str, Any]) -> None:
    """A setting out of its range is refused by name."""
    with pytest.raises(RangeError, match=next(iter(settings)).removesuffix("s")):
        make([Unit(1.0)], **settings)
