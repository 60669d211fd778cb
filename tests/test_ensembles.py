"""Ensembles: the mean of what their members say, trained as their papers say."""

from __future__ import annotations

import math
import random
import statistics
from typing import Any

import pytest

from gatenet import Unit
from gatenet.checking import gradcheck
from gatenet.datasets import moons, sine
from gatenet.ensembles import Averaging, Bagging, Snapshots, bootstrap, cosine_cycles
from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.losses import bce_with_logits, mse_loss
from gatenet.nn import MLP, Linear, Module, Softmax
from gatenet.optim import SGD
from gatenet.training import Trainer, accuracy, fit, predict


class TestAveraging:
    def test_mean_of_outputs(self) -> None:
        """Nested outputs are averaged number by number, alone and in a batch."""
        both = Averaging([lambda x: [[x, 2 * x], [0.0]], lambda x: [[3 * x, 0.0], [1.0]]])

        assert both(2.0) == [[4.0, 2.0], [0.5]]
        assert both.batch([2.0, 4.0]) == [[[4.0, 2.0], [0.5]], [[8.0, 4.0], [0.5]]]

    def test_one_member_is_itself(self) -> None:
        """An ensemble of one model gives the model's outputs to the bit."""
        model = MLP(2, [3, 2], rng=0)

        assert predict(Averaging([model]), [[0.3, -1.0]]) == predict(model, [[0.3, -1.0]])

    def test_weights(self) -> None:
        """Weights are shares: they are divided by their sum."""
        members = [lambda x: [x], lambda x: [-x]]

        assert Averaging(members, weights=[3, 1])(8.0) == [4.0]
        assert Averaging(members, weights=[0, 2])(8.0) == [-8.0]

    def test_probabilities_are_averaged_after_softmax(self) -> None:
        """The mean of probabilities is not the softmax of mean scores."""
        members = [lambda x: [0.0, math.log(3.0)], lambda x: [0.0, math.log(1 / 9)]]
        found = Averaging(members, through=Softmax())(0.0)

        assert found == pytest.approx([(1 / 4 + 9 / 10) / 2, (3 / 4 + 1 / 10) / 2], rel=1e-14)

    def test_it_is_a_module(self) -> None:
        """Its parameters are its members', its modes too, and gradients pass to each."""
        first, second = MLP(2, [1], rng=0), MLP(2, [1], rng=1)
        both = Averaging([first, second])
        both.eval()

        assert both.parameters() == first.parameters() + second.parameters()
        assert (first.training, second.training) == (False, False)
        both([1.0, 2.0])[0].backward()
        assert [p.grad for p in first.parameters()] == [p.grad for p in second.parameters()]
        assert first.parameters()[1].grad == 1.0  # half of the input 2.0
        assert gradcheck(lambda x, y: both([x, y])[0], [0.3, -0.7])

    def test_wrong_members(self) -> None:
        """No members, no models, wrong weights and outputs of two shapes are refused."""
        with pytest.raises(RangeError, match="got no models"):
            Averaging([])
        with pytest.raises(OperandError, match="member 1 of an ensemble is 3"):
            Averaging([abs, 3])  # type: ignore[list-item]
        with pytest.raises(WiringError, match="1 weights and 2 models"):
            Averaging([abs, abs], weights=[1.0])
        for wrong in ([0, 0], [-1, 2], [math.nan, 1]):
            with pytest.raises(RangeError, match="not all 0"):
                Averaging([abs, abs], weights=wrong)
        with pytest.raises(WiringError, match="need one shape"):
            Averaging([lambda x: [x], lambda x: [x, x]])(1.0)


def level(inputs: list[Any], targets: list[float], rng: random.Random) -> Any:
    """Train a model that gives the mean of its own rows, whatever it is asked."""
    found = statistics.fmean(targets)
    return lambda x: [found]


class TestBagging:
    def test_members_learn_from_drawn_rows(self) -> None:
        """Each member gets as many rows as there are, drawn with replacement, targets beside."""
        seen = []

        def train(inputs: list[Any], targets: list[Any], rng: random.Random) -> Any:
            seen.append((inputs, targets))
            return abs

        bag = Bagging(train, members=3, rng=4).fit(list("abcde"), [0, 1, 2, 3, 4])

        assert [len(inputs) for inputs, _ in seen] == [5, 5, 5]
        for (inputs, targets), rows in zip(seen, bag.drawn, strict=True):
            assert targets == rows
            assert inputs == ["abcde"[row] for row in rows]
        assert len({tuple(rows) for rows in bag.drawn}) == 3

    def test_mean_of_the_members(self) -> None:
        """The ensemble's output is the mean of its members', and the seed decides it."""
        targets = [1.0, 2.0, 4.0, 8.0]
        bag = Bagging(level, members=5, rng=0).fit([[0.0]] * 4, targets)
        members = [statistics.fmean(targets[row] for row in rows) for rows in bag.drawn]

        assert bag([0.0])[0] == pytest.approx(statistics.fmean(members), rel=1e-15)
        again = Bagging(level, members=5, rng=0).fit([[0.0]] * 4, targets)
        assert again.drawn == bag.drawn

    def test_share(self) -> None:
        """A share of the rows is drawn for each member."""
        bag = Bagging(level, members=2, share=0.3, rng=0).fit([[0.0]] * 10, [1.0] * 10)

        assert [len(rows) for rows in bag.drawn] == [3, 3]

    def test_out_of_bag(self) -> None:
        """A row is judged by the members that have not seen it, and by none if all have."""
        targets = [1.0, 2.0, 4.0]
        bag = Bagging(level, members=3, rng=1).fit([[0.0]] * 3, targets)
        bag.drawn = [[0, 0, 1], [2, 2, 1], [0, 1, 1]]
        bag.models = [lambda x: [10.0], lambda x: [20.0], lambda x: [40.0]]

        assert bag.out_of_bag([[0.0]] * 3) == [[20.0], None, [25.0]]
        with pytest.raises(WiringError, match="got 2 rows, and fit drew row 2"):
            bag.out_of_bag([[0.0]] * 2)

    def test_bagging_steadies_unsteady_models(self) -> None:
        """Twenty nearest-neighbour rules are nearer the sine than one (Breiman)."""

        def train(inputs: list[Any], targets: list[float], rng: random.Random) -> Any:
            rows = sorted((row[0], y) for row, y in zip(inputs, targets, strict=True))
            return lambda x: [min(rows, key=lambda row: abs(row[0] - x[0]))[1]]

        def error(model: Any) -> float:
            points = [[0.1 * k] for k in range(-30, 31)]
            return mse_loss([model(x)[0] for x in points], [math.sin(x) for (x,) in points])

        rows, targets = sine(60, noise=0.5, rng=2)
        alone = train(rows, targets, random.Random(0))
        bag = Bagging(train, members=20, rng=0).fit(rows, targets)
        assert error(bag) < 0.7 * error(alone)

    def test_networks(self) -> None:
        """Members may be networks, trained by `fit`; the whole is evaluated as one model."""
        rows, labels = moons(40, rng=1)

        def train(inputs: list[Any], targets: list[Any], rng: random.Random) -> Module:
            model = MLP(2, [6, 1], rng=rng)
            fit(model, inputs, targets, loss=bce_with_logits, epochs=25, rng=rng, progress=False,
                optimizer=SGD(model.parameters(), lr=0.3, momentum=0.9))  # fmt: skip
            return model

        bag = Bagging(train, members=2, rng=0).fit(rows, labels)
        assert accuracy(predict(bag, rows), labels) >= 0.8

    def test_refusals(self) -> None:
        """Wrong sizes, no rows, and questions before `fit` are refused."""
        for wrong in ({"members": 0}, {"share": 0.0}, {"share": math.nan}):
            with pytest.raises(RangeError, match="Bagging got members="):
                Bagging(level, **wrong, rng=0)
        with pytest.raises(WiringError, match="1 rows of inputs and 2 targets"):
            Bagging(level, rng=0).fit([[0.0]], [1.0, 2.0])
        with pytest.raises(RangeError, match="there must be rows"):
            Bagging(level, rng=0).fit([], [])
        bag = Bagging(level, rng=0)
        for ask in (lambda: bag([0.0]), lambda: bag.batch([[0.0]]), lambda: bag.out_of_bag([])):
            with pytest.raises(WiringError, match="call fit"):
                ask()
        with pytest.raises(OperandError, match="member 0 of an ensemble is None"):
            Bagging(lambda x, y, rng: None, rng=0).fit([[0.0]], [1.0])
        assert bag.models == []


class TestBootstrap:
    def test_with_replacement(self) -> None:
        """About 1 - 1/e of the rows are drawn at all, each equally often."""
        rows = bootstrap(20000, 3)

        assert len(set(rows)) / 20000 == pytest.approx(1 - 1 / math.e, abs=0.01)
        assert statistics.fmean(rows) == pytest.approx(9999.5, rel=0.01)
        assert (min(rows) >= 0, max(rows) <= 19999) == (True, True)
        assert len(bootstrap(5, 0, count=12)) == 12


def line() -> Linear:
    """A model of one weight."""
    return Linear(1, 1, bias=False, rng=0)


class TestSnapshots:
    def test_states_of_the_ends_of_cycles(self) -> None:
        """Within a Trainer the model is kept after every cycle, and the ensemble averages it."""
        model, kept = line(), []

        class Watching(Snapshots):
            def on_epoch_end(self, trainer: Any, epoch: Any) -> None:
                super().on_epoch_end(trainer, epoch)
                kept.append(trainer.model.parameters()[0].value)

        snapshots = Watching(every=2)
        trainer = Trainer(model, mse_loss, SGD(model.parameters(), lr=0.05), rng=0,
                          callbacks=[snapshots], progress=False)  # fmt: skip
        trainer.fit([[1.0], [2.0]], [3.0, 6.0], epochs=7)

        weights = [state["weights.0.0"] for state in snapshots.states]
        assert weights == [kept[1], kept[3], kept[5]]
        both = snapshots.ensemble(model, last=2)
        assert predict(both, [[10.0]])[0] == pytest.approx([10 * (kept[3] + kept[5]) / 2])
        assert model.parameters()[0].value == kept[6]  # the model itself is as training left it

    def test_state_survives_a_restart(self) -> None:
        """What was remembered comes back from plain data, and changes apart from it."""
        model, first, second = line(), Snapshots(every=1), Snapshots(every=1)
        first.take(model)
        second.load_state_dict(first.state_dict())
        first.take(model)

        assert (len(first.states), len(second.states)) == (2, 1)
        assert second.states[0] == model.state_dict()

    def test_cycles(self) -> None:
        """The factor starts at 1, ends near 0, and starts again (Loshchilov and Hutter's form)."""
        factor = cosine_cycles(50)

        assert [factor(k) for k in (0, 50, 100)] == [1.0, 1.0, 1.0]
        assert factor(25) == pytest.approx(0.5, rel=1e-12)
        assert factor(49) == pytest.approx((1 + math.cos(math.pi * 0.98)) / 2, rel=1e-12)

    def test_refusals(self) -> None:
        """Cycles without length and ensembles of nothing are refused."""
        with pytest.raises(RangeError, match="every=0"):
            Snapshots(every=0)
        with pytest.raises(RangeError, match="length=0"):
            cosine_cycles(0)
        snapshots = Snapshots(every=3)
        with pytest.raises(RangeError, match="0 states were kept"):
            snapshots.ensemble(line())
        snapshots.take(line())
        with pytest.raises(RangeError, match="last=0: no model is left"):
            snapshots.ensemble(line(), last=0)


def test_members_share_no_parameters_with_the_model() -> None:
    """An ensemble of snapshots goes on saying the same when the model is trained further."""
    model, snapshots = line(), Snapshots(every=1)
    snapshots.take(model)
    whole = snapshots.ensemble(model)
    before = predict(whole, [[1.0]])
    model.parameters()[0].value += 1.0

    assert predict(whole, [[1.0]]) == before
    assert type(whole.parameters()[0]) is Unit
    assert whole.parameters()[0] is not model.parameters()[0]
