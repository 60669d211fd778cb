"""What all optimizers share: safety, groups, state dicts, closures; clipping and noise."""

from __future__ import annotations

import copy
import json
import math
import random
import statistics
from typing import Any

import pytest

from gatenet import Unit, optim
from gatenet.errors import DomainError, OperandError, RangeError, UnfinishedPassError, WiringError
from gatenet.optim import SGD, Adam, add_grad_noise_, clip_grad_norm_, clip_grad_value_
from gatenet.stepper import Stepper

FIRST_ORDER = {
    "SGD": dict(momentum=0.9),
    "Adagrad": {},
    "Adadelta": {},
    "RMSprop": dict(momentum=0.5, centered=True),
    "Adam": dict(amsgrad=True),
    "AdamW": {},
    "Adamax": {},
    "NAdam": {},
    "RAdam": {},
    "Lion": {},
    "Rprop": {},
}


def given(units: list[Unit], grads: list[float | None]) -> None:
    """Put gradients on units; None for one that no pass has visited."""
    for unit, grad in zip(units, grads, strict=True):
        unit.grad = grad  # type: ignore[assignment]


def walked(optimizer: Any, units: list[Unit], steps: int, seed: int = 0) -> None:
    """Make steps with gradients that are drawn, now and then without one of the units."""
    rng = random.Random(seed)
    for _ in range(steps):
        given(units, [rng.random() - 0.3 if rng.random() < 0.8 else None for _ in units])
        optimizer.step()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("kind", FIRST_ORDER)
def test_a_gradient_that_is_not_finite(kind: str, bad: float) -> None:
    """A gradient that is not finite is named, and no parameter nor memory of one has changed."""
    units = [Unit(1.0, "first"), Unit(2.0, "second")]
    groups = [{"params": [unit]} for unit in units]
    optimizer = getattr(optim, kind)(groups, **FIRST_ORDER[kind])
    given(units, [1.0, 1.0])
    optimizer.step()
    before = [unit.value for unit in units], json.dumps(optimizer.state_dict())
    units[1].grad = bad

    with pytest.raises(DomainError, match=r"gradient of unit 'second'.*no parameter was moved"):
        optimizer.step()
    assert before == ([unit.value for unit in units], json.dumps(optimizer.state_dict()))


def test_a_step_to_nowhere() -> None:
    """A step that would overflow is refused by name, and nothing has moved."""
    units = [Unit(1.0, "a"), Unit(-1e308, "b")]
    optimizer = SGD(units, lr=10.0)
    given(units, [1.0, 1e308])

    with pytest.raises(DomainError, match=r"take unit 'b'.*-inf.*no parameter was moved"):
        optimizer.step()
    assert [unit.value for unit in units] == [1.0, -1e308]
    assert optimizer.state == [{"step": [0, 0], "momentum_buffer": [None, None]}]


def test_what_no_pass_reached_stays() -> None:
    """A parameter that no pass visited stays, weight decay or not; so does a frozen one."""
    reached, unreached, frozen = (Unit(2.0, role="parameter") for _ in range(3))
    optimizer = SGD([reached, unreached, frozen], lr=0.1, weight_decay=1.0)
    (reached * frozen).backward()
    frozen.requires_grad = False
    optimizer.step()

    assert (reached.value, unreached.value, frozen.value) == (2.0 - 0.1 * 4.0, 2.0, 2.0)


@pytest.mark.parametrize("kind", FIRST_ORDER)
def test_each_parameter_counts_its_own_steps(kind: str) -> None:
    """A parameter that sat out steps goes the way that it would go alone."""
    together, alone = [Unit(1.0), Unit(1.0), Unit(1.0)], [Unit(1.0), Unit(1.0), Unit(1.0)]
    one = getattr(optim, kind)(together, **FIRST_ORDER[kind])
    many = [getattr(optim, kind)([unit], **FIRST_ORDER[kind]) for unit in alone]
    rng = random.Random(1)
    for _ in range(30):
        grads = [rng.random() - 0.4 if rng.random() < 0.7 else None for _ in together]
        given(together, grads)
        given(alone, grads)
        one.step()
        for optimizer in many:
            optimizer.step()

    assert [unit.value for unit in together] == [unit.value for unit in alone]
    assert one.state[0]["step"] == [optimizer.state[0]["step"][0] for optimizer in many]
    assert len({*one.state[0]["step"]}) > 1


def test_step_makes_circuits_stale() -> None:
    """After a step, a circuit that used the parameters cannot be swept by mistake."""
    w = Unit(2.0, role="parameter")
    y = w * w
    y.backward()
    SGD([w], lr=0.1).step()

    with pytest.raises(RuntimeError, match="was written"):
        y.backward()


def test_a_pass_in_the_middle() -> None:
    """Neither a step nor a clipping happens while a stepper stands in the middle of a pass."""
    w = Unit(2.0, role="parameter")
    stepper = Stepper(w * w)
    stepper.next()
    for act in (SGD([w]).step, lambda: clip_grad_norm_([w], 1.0), lambda: clip_grad_value_(w, 1.0)):
        with pytest.raises(UnfinishedPassError):
            act()
    stepper.finish()

    assert (w.value, w.grad) == (2.0, 4.0)


def test_lr_can_be_changed() -> None:
    """`lr` may be assigned between steps, for all groups at once or for one."""
    a, b = Unit(1.0), Unit(1.0)
    optimizer = SGD([{"params": [a], "lr": 0.5}, {"params": [b]}], lr=0.25)
    assert [0.5, 0.25] == [group["lr"] for group in optimizer.param_groups]
    optimizer.lr = 0.125
    optimizer.param_groups[1]["lr"] = 0.0625
    given([a, b], [1.0, 1.0])
    optimizer.step()

    assert (0.125, 0.875, 0.9375) == (optimizer.lr, a.value, b.value)
    with pytest.raises(RangeError, match="lr is -1"):
        optimizer.lr = -1.0
    optimizer.param_groups[0]["lr"] = math.nan
    with pytest.raises(RangeError, match="lr is nan"):
        optimizer.step()
    assert (a.value, b.value) == (0.875, 0.9375)


def test_groups_have_settings_of_their_own() -> None:
    """A group's settings hold for its parameters alone, those left out are the optimizer's."""
    a, b, c = Unit(1.0), Unit(1.0), Unit(1.0)
    optimizer = SGD([{"params": a, "weight_decay": 1.0}, {"params": [b], "name": "b"}], lr=0.5)
    optimizer.add_param_group({"params": [c], "lr": 0.25})
    given([a, b, c], [1.0, 1.0, 1.0])
    optimizer.step()

    assert (0.0, 0.5, 0.75) == (a.value, b.value, c.value)
    assert [a, b, c] == optimizer.parameters
    assert repr(optimizer).startswith("<SGD of 1 units, lr=0.5, momentum=0.0")


def test_wrong_parameters() -> None:
    """Gates' outputs, repeats, strange groups and nothing at all are refused."""
    w, v = Unit(1.0, "w"), Unit(1.0, "v")
    with pytest.raises(WiringError, match="output of a gate"):
        SGD([w, w * 2.0])
    with pytest.raises(WiringError, match=r"'w'.*listed twice"):
        Adam([w, w])
    with pytest.raises(WiringError, match=r"'w'.*listed twice"):
        Adam([{"params": [w]}, {"params": [v, w]}])
    with pytest.raises(ValueError, match="at least one"):
        Adam([])
    with pytest.raises(ValueError, match="at least one"):
        Adam([{"params": []}])
    with pytest.raises(OperandError, match="groups, not both: item 1"):
        Adam([{"params": [w]}, v])  # type: ignore[list-item]
    with pytest.raises(WiringError, match="no setting 'momentum' here"):
        Adam([{"params": [w], "momentum": 0.9}])
    with pytest.raises(WiringError, match="under 'params'"):
        Adam([{"lr": 0.1}])
    with pytest.raises(TypeError, match="expected a unit"):
        SGD(3.0)  # type: ignore[arg-type]


def test_a_group_that_is_refused_is_not_there() -> None:
    """A group that cannot be added leaves the optimizer as it was."""
    w = Unit(1.0, "w")
    optimizer = SGD([w])
    for group in ({"params": [w]}, {"params": [Unit(1.0)], "lr": -1.0}, {"params": [w * 2.0]}):
        with pytest.raises(ValueError):
            optimizer.add_param_group(group)

    assert (1, 1) == (len(optimizer.param_groups), len(optimizer.state))


def test_zero_grad() -> None:
    """zero_grad() forgets the gradients of the optimizer's parameters."""
    w = Unit(1.0)
    w.grad = 3.0
    SGD([w]).zero_grad()

    assert (w.grad, w.visited) == (0.0, False)


def test_a_closure_is_called_once_and_its_loss_given() -> None:
    """First-order methods call the closure once, step, and give its loss."""
    w = Unit(1.0)
    optimizer = SGD([w], lr=0.25)
    calls = []

    def closure() -> Unit:
        calls.append(1)
        optimizer.zero_grad()
        loss = w * w
        loss.backward()
        return loss

    assert (1.0, 0.5, 1) == (optimizer.step(closure).value, w.value, len(calls))
    assert optimizer.step() is None


@pytest.mark.parametrize("kind", FIRST_ORDER)
def test_resumed_to_the_bit(kind: str) -> None:
    """Saved as JSON and loaded into a new optimizer, it goes on to the same bits."""
    units = [Unit(0.1 * k) for k in range(5)]
    groups = [{"params": units[:2], "lr": 0.03}, {"params": units[2:]}]
    whole = getattr(optim, kind)(groups, **FIRST_ORDER[kind])
    walked(whole, units, 20)
    saved = json.loads(json.dumps(whole.state_dict()))
    others = [Unit(unit.value) for unit in units]
    resumed = getattr(optim, kind)([{"params": others[:2]}, {"params": others[2:]}])
    resumed.load_state_dict(saved)
    walked(whole, units, 20, seed=1)
    walked(resumed, others, 20, seed=1)

    assert [unit.value for unit in units] == [unit.value for unit in others]
    assert whole.state_dict() == resumed.state_dict()


def test_a_state_dict_is_a_copy() -> None:
    """What was saved does not change when the optimizer goes on."""
    units = [Unit(1.0), Unit(2.0)]
    optimizer = Adam(units)
    walked(optimizer, units, 3)
    saved = optimizer.state_dict()
    kept = copy.deepcopy(saved)
    walked(optimizer, units, 3)

    assert kept == saved != optimizer.state_dict()


SPOILED = {
    "no dict": (lambda s: 3, "is a dict"),
    "another kind": (lambda s: {**s, "kind": "SGD"}, "state of 'SGD' and not of Adam"),
    "no groups": (lambda s: {k: v for k, v in s.items() if k != "state"}, "lacks 'state'"),
    "more groups": (lambda s: {**s, "param_groups": s["param_groups"] * 2}, "2 parameter groups"),
    "groups of text": (lambda s: {**s, "param_groups": "ab"}, "list of 1 parameter groups"),
    "no group": (lambda s: {**s, "param_groups": [7]}, "dict of settings"),
    "other size": (lambda s: spoiled(s, "param_groups", "params", 3), "3 parameters, and here"),
    "other setting": (lambda s: spoiled(s, "param_groups", "beta", 3), "unknown .*'beta'"),
    "bad setting": (lambda s: spoiled(s, "param_groups", "lr", -1.0), "lr is -1"),
    "no memory": (lambda s: {**s, "state": [None]}, "is a dict"),
    "lost memory": (lambda s: {**s, "state": [{"step": [1, 1]}]}, "lacks 'exp_avg'"),
    "short memory": (lambda s: spoiled(s, "state", "exp_avg", [0.0]), "'exp_avg' .* holds 1"),
    "text": (lambda s: spoiled(s, "state", "exp_avg_sq", [0.0, "x"]), "is text"),
    "half a step": (lambda s: spoiled(s, "state", "step", [1, 0.5]), "'step' .*holds 0.5"),
}


def spoiled(state: dict[str, Any], part: str, key: str, value: Any) -> dict[str, Any]:
    """A state with one thing changed."""
    return {**state, part: [{**state[part][0], key: value}]}


@pytest.mark.parametrize("name", SPOILED)
def test_a_state_that_does_not_fit(name: str) -> None:
    """A state that does not fit is refused with what is wrong, and nothing has been loaded."""
    units = [Unit(1.0), Unit(2.0)]
    other, optimizer = Adam(units, lr=0.5), Adam(units, lr=0.1)
    walked(other, units, 4)
    before = optimizer.state_dict()
    spoil, said = SPOILED[name]

    with pytest.raises((WiringError, OperandError, RangeError), match=said):
        optimizer.load_state_dict(spoil(other.state_dict()))  # type: ignore[no-untyped-call]
    assert before == optimizer.state_dict()


def test_accumulated_gradients_are_the_whole_batch_s() -> None:
    """Two half batches, each loss divided by two, make the step of the whole batch."""
    rows = [(1.0, 3.0), (2.0, 5.0), (-1.0, -1.5), (0.5, 2.25)]
    found = []
    for parts in (1, 2):
        w, b = Unit(0.5), Unit(0.0)
        optimizer = Adam([w, b], lr=0.1)
        size = len(rows) // parts
        for start in range(0, len(rows), size):
            batch = rows[start : start + size]
            loss = sum((w * x + b - y) ** 2 for x, y in batch) / size
            (loss / parts).backward()
        optimizer.step()
        found.append((w.value, b.value))

    assert max(abs(p - q) for p, q in zip(*found, strict=True)) < 1e-15


@pytest.mark.parametrize(
    ("kind", "norm"), [(2.0, 13.0), (1.0, 19.0), (math.inf, 12.0), (3.0, 1819.0 ** (1.0 / 3.0))]
)
def test_clip_grad_norm(kind: float, norm: float) -> None:
    """All gradients shrink by one factor to the norm allowed; the norm before is given."""
    units = [Unit(1.0), Unit(1.0), Unit(1.0), Unit(1.0)]
    given(units, [3.0, -4.0, 12.0, None])
    assert abs(clip_grad_norm_(units, 2.0, kind) - norm) < 1e-12

    factor = 2.0 / (norm + 1e-6)
    assert [3.0 * factor, -4.0 * factor, 12.0 * factor, 0.0] == pytest.approx(
        [unit.grad for unit in units], rel=1e-14
    )
    kept = [unit.grad for unit in units]
    assert clip_grad_norm_(units, 100.0, kind) == pytest.approx(2.0, abs=1e-6)
    assert [unit.grad for unit in units] == kept
    assert not units[3].visited


def test_clip_grad_norm_as_pytorch() -> None:
    """The norm and the gradients are PyTorch's, for norms of several kinds."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    grads = [0.3, -1.7, 2.2, 0.0, 5.5]
    for kind in (1.0, 2.0, 3.5, math.inf):
        units = [Unit(0.0) for _ in grads]
        given(units, grads)  # type: ignore[arg-type]
        theirs = torch.zeros(5, dtype=torch.float64, requires_grad=True)
        theirs.grad = torch.tensor(grads, dtype=torch.float64)
        expected = torch.nn.utils.clip_grad_norm_([theirs], 1.5, kind).item()

        assert clip_grad_norm_(units, 1.5, kind) == pytest.approx(expected, rel=1e-14)
        assert [unit.grad for unit in units] == pytest.approx(theirs.grad.tolist(), rel=1e-14)


def test_the_norm_of_large_and_small_gradients() -> None:
    """The norm neither overflows nor underflows on the way."""
    for size in (1e200, 1e-200):
        for kind, factor in ((2.0, 5.0), (3.0, 91.0 ** (1.0 / 3.0))):
            units = [Unit(0.0), Unit(0.0)]
            given(units, [3.0 * size, 4.0 * size])
            assert clip_grad_norm_(units, 1e300, kind) == pytest.approx(factor * size, rel=1e-14)
    assert clip_grad_norm_([Unit(1.0)], 1.0) == 0.0
    assert clip_grad_norm_([], 1.0) == 0.0


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_clipping_names_what_is_not_finite(bad: float) -> None:
    """A gradient that is nan is named by both clippings, an infinite one by the norm's alone."""
    units = [Unit(1.0, "good"), Unit(1.0, "bad")]
    given(units, [9.0, bad])
    with pytest.raises(DomainError, match=r"unit 'bad'.*no gradient was changed"):
        clip_grad_norm_(units, 1.0)
    if math.isnan(bad):
        with pytest.raises(DomainError, match=r"unit 'bad'.*no gradient was changed"):
            clip_grad_value_(units, 1.0)
        assert units[0].grad == 9.0
    else:
        clip_grad_value_(units, 1.0)
        assert [unit.grad for unit in units] == [1.0, 1.0]


def test_clip_grad_value() -> None:
    """Every gradient is brought into the range, those inside stay to the bit."""
    units = [Unit(1.0) for _ in range(4)]
    given(units, [0.3, -7.0, 2.0, None])
    clip_grad_value_(units, 0.5)

    assert [0.3, -0.5, 0.5, 0.0] == [unit.grad for unit in units]
    assert not units[3].visited
    for wrong in (lambda: clip_grad_value_(units, -1.0), lambda: clip_grad_norm_(units, math.nan),
                  lambda: clip_grad_norm_(units, 1.0, 0.5)):  # fmt: skip
        with pytest.raises(RangeError):
            wrong()


def test_gradient_noise() -> None:
    """The noise has the deviation asked for, is the seed's own, and only where a pass has been."""
    units = [Unit(0.0) for _ in range(2000)]
    given(units, [1.0] * 2000)
    untouched = Unit(0.0)
    add_grad_noise_([*units, untouched], 0.25, rng=0)
    noise = [unit.grad - 1.0 for unit in units]
    again = [Unit(0.0) for _ in range(2000)]
    given(again, [1.0] * 2000)
    add_grad_noise_(again, 0.25, rng=random.Random(0))

    assert [unit.grad for unit in units] == [unit.grad for unit in again]
    assert abs(statistics.fmean(noise)) < 0.02
    assert abs(statistics.pstdev(noise) - 0.25) < 0.02
    assert not untouched.visited
