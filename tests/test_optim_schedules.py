"""Schedules beyond PyTorch's figures: resuming, warm-up, what is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from gatenet import Unit
from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.optim import SGD, Adadelta, Adam, Optimizer
from gatenet.optim import schedules as s


def optimizer(kind: type[Optimizer] = SGD, **settings: Any) -> Any:
    """An optimizer of two groups."""
    groups = [{"params": [Unit(1.0)]}, {"params": [Unit(1.0)], "lr": 0.25}]
    return kind(groups, lr=1.0, **settings)


MADE: dict[str, Callable[[Any], Any]] = {
    "step": lambda o: s.StepLR(o, 3, gamma=0.7),
    "multistep": lambda o: s.MultiStepLR(o, [9, 2, 7], gamma=0.7),
    "exponential": lambda o: s.ExponentialLR(o, 0.9),
    "cosine": lambda o: s.CosineAnnealingLR(o, 15),
    "linear": lambda o: s.LinearWarmup(o, 0.1, 1.0, 9),
    "onecycle": lambda o: s.OneCycleLR(o, [1.0, 0.5], total_steps=20),
    "lambda": lambda o: s.LambdaLR(o, lambda t: 1.0 / (1.0 + t) ** 0.5),
    "sequence": lambda o: s.warmup_then(s.CosineAnnealingLR(o, 12), steps=4),
    "plateau": lambda o: s.ReduceLROnPlateau(o, patience=1, cooldown=1, factor=0.7),
}


def moved(schedule: Any, optimizer: Any, turns: range) -> list[Any]:
    """What the groups' lr and momentum are after each of some steps."""
    found = []
    for turn in turns:
        if schedule.needs_metric:
            schedule.step(1.0 + math.cos(turn))
        else:
            schedule.step()
        found.append([(group["lr"], group["momentum"]) for group in optimizer.param_groups])
    return found


@pytest.mark.parametrize("name", MADE)
def test_resumed_to_the_bit(name: str) -> None:
    """Saved as JSON with its optimizer and loaded into new ones, it goes on to the same bits."""
    one = optimizer(momentum=0.9)
    schedule = MADE[name](one)
    moved(schedule, one, range(6))
    saved = json.loads(json.dumps([one.state_dict(), schedule.state_dict()], sort_keys=True))
    expected = moved(schedule, one, range(6, 14))
    other = optimizer(momentum=0.9)
    resumed = MADE[name](other)
    other.load_state_dict(saved[0])
    resumed.load_state_dict(saved[1])

    assert saved[1] == json.loads(json.dumps(resumed.state_dict()))
    assert expected == moved(resumed, other, range(6, 14))
    assert expected[0] != expected[-1]


@pytest.mark.parametrize("name", MADE)
def test_a_state_that_does_not_fit(name: str) -> None:
    """A state of another kind, of other groups or with a wrong value is refused, and not loaded."""
    one, two = optimizer(momentum=0.9), optimizer(momentum=0.9)
    schedule, other = MADE[name](one), MADE[name](two)
    moved(other, two, range(5))
    state = other.state_dict()
    lacking = {key: value for key, value in state.items() if key != "position"}
    before = schedule.state_dict(), schedule.get_last_lr()
    for wrong in (
        7,
        {**state, "kind": "Schedule"},
        lacking,
        {**state, "position": -1},
        {**state, "position": 1.5},
        {**state, "base_lrs": [1.0]},
        {**state, "base_lrs": ["x", 1.0]},
        {**state, "settings": {"speed": 1}},
    ):
        with pytest.raises((WiringError, OperandError, RangeError)):
            schedule.load_state_dict(wrong)

        assert before == (schedule.state_dict(), schedule.get_last_lr())


def test_a_sequence_of_which_one_part_does_not_fit() -> None:
    """When the second schedule's state is refused, the first has not been loaded either."""
    one = optimizer()
    schedule = MADE["sequence"](one)
    before = schedule.state_dict(), schedule.get_last_lr()
    state = schedule.state_dict()
    state["position"] = 3
    state["schedules"][0]["position"] = 2
    state["schedules"][1]["settings"]["T_max"] = 0
    with pytest.raises(RangeError, match="T_max is 0"):
        schedule.load_state_dict(state)

    assert before == (schedule.state_dict(), schedule.get_last_lr())


def test_warm_up_and_then() -> None:
    """The warm-up rises in a line to the lr itself, and the other schedule starts from there."""
    one = optimizer()
    schedule = s.warmup_then(s.StepLR(one, 2, gamma=0.5), steps=4, start_factor=0.2)
    found = [schedule.get_last_lr()]
    for _ in range(8):
        schedule.step()
        found.append(schedule.get_last_lr())
    factors = [0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 0.5, 0.5, 0.25]

    assert found == [pytest.approx([f, 0.25 * f], rel=1e-15) for f in factors]


def test_one_cycle_turns_the_momentum_or_beta1() -> None:
    """The momentum, or Adam's beta1, goes down while lr goes up; without either it says so."""
    adam = optimizer(Adam)
    schedule = s.OneCycleLR(adam, 1.0, total_steps=11, pct_start=6 / 11)
    betas = [adam.param_groups[0]["betas"]]
    for _ in range(10):
        schedule.step()
        betas.append(adam.param_groups[0]["betas"])
    assert betas[0] == (0.95, 0.999)
    assert betas[5] == pytest.approx((0.85, 0.999))
    assert betas[10] == pytest.approx((0.95, 0.999))

    with pytest.raises(WiringError, match="neither momentum nor betas"):
        s.OneCycleLR(optimizer(Adadelta), 1.0, total_steps=5)
    quiet = optimizer(Adadelta)
    schedule = s.OneCycleLR(quiet, 1.0, total_steps=5, cycle_momentum=False)
    assert schedule.get_last_lr() == pytest.approx([0.04, 0.04])


def test_one_cycle_ends() -> None:
    """A step past the last is refused, and the position stays."""
    one = optimizer()
    schedule = s.OneCycleLR(one, 1.0, total_steps=3)
    for _ in range(3):
        schedule.step()
    with pytest.raises(RangeError, match="made for 3 steps and this would be step 4"):
        schedule.step()

    assert schedule.position == 3


def test_a_plateau_is_watched() -> None:
    """A nan is not better, a unit is taken for its value, and no figure at all is refused."""
    one = optimizer()
    schedule = s.ReduceLROnPlateau(one, patience=0, factor=0.5)
    schedule.step(Unit(1.0))
    assert schedule.best == 1.0
    schedule.step(math.nan)
    assert one.lr == 0.5
    with pytest.raises(RangeError, match=r"step\(validation_loss\)"):
        schedule.step()


def test_groups_that_came_later() -> None:
    """A group that was added after the schedule was made is noticed at its next step."""
    one = optimizer()
    schedule = s.ExponentialLR(one, 0.5)
    one.add_param_group({"params": [Unit(2.0)]})
    with pytest.raises(WiringError, match="3 groups now, and had 2"):
        schedule.step()

    assert (schedule.position, schedule.get_last_lr()) == (0, [1.0, 0.25, 1.0])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda o: s.StepLR(o, 0), "step_size is 0"),
        (lambda o: s.StepLR(o, 2, gamma=-0.1), "gamma is -0.1"),
        (lambda o: s.MultiStepLR(o, [1, 2.5]), "milestones is 2.5"),
        (lambda o: s.ExponentialLR(o, math.nan), "gamma is nan"),
        (lambda o: s.CosineAnnealingLR(o, 10, eta_min=-1.0), "eta_min is -1"),
        (lambda o: s.LinearLR(o, total_iters=0), "total_iters is 0"),
        (lambda o: s.OneCycleLR(o, 1.0), "needs total_steps"),
        (lambda o: s.OneCycleLR(o, 1.0, 10, pct_start=1.5), "pct_start is 1.5"),
        (lambda o: s.OneCycleLR(o, [1.0], 10), "1 items for 2 parameter groups"),
        (lambda o: s.OneCycleLR(o, 1.0, 10, anneal_strategy="sine"), "anneal_strategy is 'sine'"),
        (lambda o: s.ReduceLROnPlateau(o, mode="least"), "mode is 'least'"),
        (lambda o: s.ReduceLROnPlateau(o, factor=1.0), "factor is 1.0"),
        (lambda o: s.LambdaLR(o, [abs]), "1 items for 2"),
        (lambda o: s.LambdaLR(o, lambda t: -1.0), "lr is -1"),
        (lambda o: s.SequentialLR(o, [s.StepLR(o, 1)], [3]), "one milestone between"),
        (lambda o: s.SequentialLR(o, [s.StepLR(o, 1)] * 3, [3, 3]), "one milestone between"),
    ],
)
def test_wrong_settings(make: Callable[[Any], Any], said: str) -> None:
    """A setting out of its range is refused by name, with its value."""
    with pytest.raises(RangeError, match=said):
        make(optimizer(momentum=0.9))


def test_what_is_no_schedule_and_no_optimizer() -> None:
    """A schedule is given an optimizer, a sequence schedules of its own optimizer."""
    one = optimizer(momentum=0.9)
    with pytest.raises(OperandError, match="lr of an optimizer"):
        s.StepLR([Unit(1.0)], 3)  # type: ignore[arg-type]
    with pytest.raises(OperandError, match="function of the position"):
        s.LambdaLR(one, 0.5)  # type: ignore[arg-type]
    with pytest.raises(OperandError, match="schedules of lr alone"):
        s.SequentialLR(one, [s.StepLR(one, 1), s.ReduceLROnPlateau(one)], [3])
    with pytest.raises(OperandError, match="schedules of lr alone"):
        s.SequentialLR(one, [s.StepLR(one, 1), None], [3])  # type: ignore[list-item]
    with pytest.raises(WiringError, match="another optimizer"):
        s.SequentialLR(one, [s.StepLR(optimizer(), 1)], [])


def test_one_cycle_of_which_no_step_is_left() -> None:
    """A state past the end is refused as a step past it is, and short cycles have no hole."""
    one = optimizer()
    schedule = s.OneCycleLR(one, 1.0, total_steps=3)
    before = schedule.state_dict(), schedule.get_last_lr()
    with pytest.raises(RangeError, match="made for 3 steps"):
        schedule.load_state_dict({**before[0], "position": 9})
    assert before == (schedule.state_dict(), schedule.get_last_lr())

    for share in (0.0, 0.5, 1.0):
        two = optimizer()
        schedule = s.OneCycleLR(two, 1.0, total_steps=2, pct_start=share)
        schedule.step()
        assert schedule.get_last_lr()[0] == pytest.approx(1.0 if share == 1.0 else 4e-6)
