"""Every rule against PyTorch: its steps as recorded, its steps live, its defaults; Lion by hand."""

from __future__ import annotations

import inspect
import json
import math
from typing import Any

import pytest
from recorded import optimizers as recorded

from gatenet import Unit, optim
from gatenet.errors import RangeError
from gatenet.optim import schedules

RECORDED = json.loads(recorded.FILE.read_text(encoding="utf-8"))


def ours(name: str) -> list[list[float]]:
    """The path of our optimizer of that case."""
    kind, settings = recorded.OPTIMIZERS[name]
    units = [Unit(value, role="parameter") for value in recorded.START]
    return recorded.path(getattr(optim, kind)(units, **settings), units, lambda unit: unit.value)


def course(name: str) -> list[list[float]]:
    """The course of our schedule of that case."""
    groups = [{"params": [Unit(0.0)], "lr": lr} for lr in recorded.LRS]
    optimizer = optim.SGD(groups, momentum=0.9)
    schedule = recorded.scheduled(
        lambda kind: getattr(schedules, kind), recorded.SCHEDULES[name], optimizer
    )
    return recorded.course(schedule, optimizer)


def assert_same(found: list[list[float]], expected: list[list[float]], scale: float) -> None:
    """Two tables agree to 1e-12 of the scale, or of the number where it is larger."""
    assert len(found) == len(expected)
    for row, other in zip(found, expected, strict=True):
        for a, b in zip(row, other, strict=True):
            assert abs(a - b) <= 1e-12 * max(scale, abs(b))


@pytest.mark.parametrize("name", recorded.OPTIMIZERS)
def test_goes_where_pytorch_went(name: str) -> None:
    """Each optimizer is, to 1e-12 over 200 steps, where PyTorch's was when it was recorded."""
    found = ours(name)

    assert_same([found[k - 1] for k in recorded.KEPT], RECORDED["paths"][name], 1.0)
    assert math.dist(found[-1], recorded.START) > 0.5


@pytest.mark.parametrize("name", recorded.OPTIMIZERS)
def test_goes_where_pytorch_goes(name: str) -> None:
    """Each optimizer is, to 1e-12 at each of 200 steps, where the installed PyTorch's is."""
    pytest.importorskip("torch", reason="PyTorch is not installed")

    assert_same(ours(name), recorded.torch_path(name), 1.0)


@pytest.mark.parametrize("name", recorded.SCHEDULES)
def test_schedules_follow_what_pytorch_did(name: str) -> None:
    """Each schedule gives both groups, over 60 steps, the lr and momentum that PyTorch gave."""
    found, expected = course(name), RECORDED["courses"][name]

    assert_same(found, expected, 1e-3)
    assert found[0] != found[-1] or name == "cosine"


@pytest.mark.parametrize("name", recorded.SCHEDULES)
def test_schedules_follow_pytorch(name: str) -> None:
    """Each schedule gives what the installed PyTorch's of that name gives."""
    pytest.importorskip("torch", reason="PyTorch is not installed")

    assert_same(course(name), recorded.torch_course(name), 1e-3)


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in recorded.OPTIMIZERS.values()}))
def test_defaults_are_pytorchs(kind: str) -> None:
    """Every setting has the name and the default that PyTorch's has."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    theirs = inspect.signature(getattr(torch.optim, kind)).parameters
    mine = inspect.signature(getattr(optim, kind)).parameters

    for name in [*mine][1:]:
        if (kind, name) != ("Rprop", "at_flip"):
            assert mine[name].default == theirs[name].default, name


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in recorded.SCHEDULES.values()}))
def test_defaults_of_schedules_are_pytorchs(kind: str) -> None:
    """Every setting of a schedule has the name and the default that PyTorch's has."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    theirs = inspect.signature(getattr(torch.optim.lr_scheduler, kind)).parameters
    mine = inspect.signature(getattr(schedules, kind)).parameters

    for name in [*mine][1:]:
        if name != "schedules":
            assert mine[name].default == theirs[name].default, name


def test_adam_s_moments_in_closed_form() -> None:
    """Adam's moments are the weighted sums over all gradients, each corrected by its own beta."""
    betas, lr, eps = (0.8, 0.95), 0.05, 1e-6
    w = Unit(1.5, role="parameter")
    optimizer = optim.Adam([w], lr=lr, betas=betas, eps=eps)
    value, seen = 1.5, []
    for t in range(1, 61):
        seen.append(value**3)
        m, v = (
            math.fsum((1 - beta) * beta ** (t - i) * g**power for i, g in enumerate(seen, 1))
            / (1 - beta**t)
            for power, beta in enumerate(betas, 1)
        )
        value -= lr * m / (math.sqrt(v) + eps)
        optimizer.zero_grad()
        (w * w * w * w * 0.25).backward()
        optimizer.step()

        assert abs(value - w.value) < 1e-13


def steps_of(optimizer: Any, unit: Unit, grads: list[float]) -> list[float]:
    """Where a parameter goes when it is given these gradients one after the other."""
    found = []
    for grad in grads:
        unit.grad = grad
        optimizer.step()
        found.append(unit.value)
    return found


def test_lion_by_hand() -> None:
    """Lion moves by lr in the direction of the interpolated momentum, and decays the value."""
    w = Unit(1.0)
    optimizer = optim.Lion([w], lr=0.25, betas=(0.5, 0.75), weight_decay=0.5)

    # c: 1 > 0; then m = 0.5 and c = 0.5 · 0.5 - 0.5 · 0.5 = 0; then m = 0.25, c = -0.375
    assert [0.625, 0.546875, 0.728515625] == steps_of(optimizer, w, [2.0, -0.5, -1.0])


def test_rprop_by_hand() -> None:
    """PyTorch's Rprop rests at a flip, OpenCV's goes on at once with the shorter stride."""
    grads = [1.0, 3.0, -2.0, -1.0, -9.0, 0.0, -1.0]
    torch_like, like_opencv = Unit(0.0), Unit(0.0)
    first = optim.Rprop([torch_like], lr=1.0, etas=(0.5, 2.0))
    second = optim.Rprop.opencv([like_opencv], dw0=1.0, dw_plus=2.0)

    assert [-1.0, -3.0, -3.0, -2.0, 0.0, 0.0, 2.0] == steps_of(first, torch_like, grads)
    assert [-1.0, -3.0, -2.0, -1.0, 1.0, 1.0, 3.0] == steps_of(second, like_opencv, grads)


def test_rprop_keeps_its_strides_in_range() -> None:
    """No stride leaves the range, and the constants of OpenCV are its own."""
    w = Unit(0.0)
    optimizer = optim.Rprop([w], lr=1.0, step_sizes=(0.5, 2.0), etas=(0.1, 10.0), at_flip="move")

    assert [-1.0, -3.0, -2.5, -2.0, 0.0] == steps_of(optimizer, w, [1.0, 1.0, -1.0, -1.0, -1.0])
    group = optim.Rprop.opencv([w]).param_groups[0]
    assert (0.1, (0.5, 1.2), (1.1920928955078125e-07, 50.0)) == (
        group["lr"], group["etas"], group["step_sizes"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("Adam", dict(eps=0.0)),
        ("Adamax", dict(eps=0.0)),
        ("NAdam", dict(eps=0.0)),
        ("RAdam", dict(eps=0.0)),
        ("Adagrad", dict(eps=0.0)),
        ("Adadelta", dict(eps=0.0)),
        ("RMSprop", dict(eps=0.0, centered=True, momentum=0.5)),
        ("Rprop", dict()),
        ("Lion", dict()),
    ],
)
def test_no_gradient_yet_and_no_eps(kind: str, settings: dict[str, Any]) -> None:
    """With eps=0 and gradients of exactly 0, every optimizer stays where it is."""
    w = Unit(1.0)

    assert [1.0] * 9 == steps_of(getattr(optim, kind)([w], **settings), w, [0.0] * 9)


def test_momentum_that_begins_late() -> None:
    """Momentum switched on later starts from that gradient, undampened, as in PyTorch."""
    w = Unit(0.0)
    optimizer = optim.SGD([w], lr=1.0, dampening=0.5)
    assert [-1.0] == steps_of(optimizer, w, [1.0])
    optimizer.param_groups[0]["momentum"] = 0.5

    assert [-2.0, -3.0] == steps_of(optimizer, w, [1.0, 1.0])


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("SGD", dict(lr=-1.0)),
        ("SGD", dict(lr=math.nan)),
        ("SGD", dict(lr="0.1")),
        ("SGD", dict(momentum=-0.1)),
        ("SGD", dict(weight_decay=math.inf)),
        ("SGD", dict(nesterov=True)),
        ("SGD", dict(nesterov=True, momentum=0.9, dampening=0.1)),
        ("Adam", dict(betas=(1.0, 0.999))),
        ("Adam", dict(betas=(0.9, -0.1))),
        ("Adam", dict(betas=0.9)),
        ("AdamW", dict(eps=-1e-8)),
        ("Adamax", dict(weight_decay=-1.0)),
        ("NAdam", dict(momentum_decay=-1.0)),
        ("RAdam", dict(betas=(0.9,))),
        ("Adagrad", dict(initial_accumulator_value=-1.0)),
        ("Adadelta", dict(rho=1.0)),
        ("RMSprop", dict(alpha=1.5)),
        ("Lion", dict(betas=(0.9, 1.0))),
        ("Rprop", dict(etas=(1.0, 1.2))),
        ("Rprop", dict(etas=(0.5, 1.0))),
        ("Rprop", dict(step_sizes=(1.0, 0.5))),
        ("Rprop", dict(at_flip="back")),
        ("LBFGS", dict(history_size=0)),
        ("LBFGS", dict(line_search_fn="wolfe")),
        ("BFGS", dict(c1=0.9, c2=0.1)),
        ("BFGS", dict(max_iter=0)),
        ("BFGS", dict(max_eval=0)),
        ("ConjugateGradient", dict(method="hestenes")),
        ("Newton", dict(damping=-1.0)),
        ("RandomSearch", dict(tries=0, rng=0)),
    ],
)
def test_wrong_settings(kind: str, settings: dict[str, Any]) -> None:
    """A setting out of its range is refused by name, with its value."""
    name = next(iter(settings)).removesuffix("s")
    with pytest.raises(RangeError, match=name):
        getattr(optim, kind)([Unit(1.0)], **settings)
