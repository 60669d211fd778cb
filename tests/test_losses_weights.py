"""Weights of samples and classes, reductions, and what is refused with which words."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import pytest

from gatenet import Unit
from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.losses import (
    bce,
    bce_with_logits,
    cosine_embedding_loss,
    cosine_loss,
    cross_entropy,
    elastic_net_penalty,
    half_squared_error,
    hinge_loss,
    huber_loss,
    kl_div,
    l1_loss,
    l1_penalty,
    l2_penalty,
    mse_loss,
    nll,
    poisson_nll_loss,
    squared_hinge_loss,
)

ROWS = [[0.25, 0.5], [0.75, 0.125], [0.5, 0.375]]
LOGS = [[-0.5, -1.0], [-2.0, -0.25], [-0.75, -0.75]]

#: Each loss with outputs and targets of three samples.
LOSSES: dict[str, tuple[Callable[..., Any], Any, Any]] = {
    "mse": (mse_loss, ROWS, [[1, 0], [0, 1], [1, 1]]),
    "half": (half_squared_error, ROWS, [[1, 0], [0, 1], [1, 1]]),
    "l1": (l1_loss, ROWS, [[1, 0], [0, 1], [1, 1]]),
    "huber": (huber_loss, ROWS, [[1, 0], [0, 1], [1, 1]]),
    "poisson": (poisson_nll_loss, ROWS, [[1, 0], [0, 1], [1, 1]]),
    "logits": (bce_with_logits, ROWS, [[1, 0], [0, 1], [1, 1]]),
    "bce": (bce, ROWS, [[1, 0], [0, 1], [1, 1]]),
    "hinge": (hinge_loss, ROWS, [[1, -1], [-1, 1], [1, 1]]),
    "squared hinge": (squared_hinge_loss, ROWS, [[1, -1], [-1, 1], [1, 1]]),
    "cross-entropy": (cross_entropy, ROWS, [1, 0, 1]),
    "soft": (cross_entropy, ROWS, [[1, 0], [0, 1], [0.5, 0.5]]),
    "nll": (nll, LOGS, [1, 0, 1]),
    "kl_div": (kl_div, LOGS, [[1, 0], [0, 1], [0.5, 0.5]]),
    "cosine": (cosine_loss, ROWS, [[1, 0], [0, 1], [1, 1]]),
    "embedding": (
        lambda y, t, **o: cosine_embedding_loss(y, ROWS[::-1], t, **o), ROWS, [1, -1, 1]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LOSSES)
class TestSampleWeights:
    def test_ones_change_nothing(self, name: str) -> None:
        """Weights of 1 give the unweighted mean and sum, to the bit."""
        loss, outputs, targets = LOSSES[name]
        for reduction in ("mean", "sum"):
            plain = loss(outputs, targets, reduction=reduction)
            assert loss(outputs, targets, reduction=reduction, sample_weight=[1, 1, 1]) == plain

    def test_terms(self, name: str) -> None:
        """With "none" each term comes with its weight."""
        loss, outputs, targets = LOSSES[name]
        plain = loss(outputs, targets, reduction="none")
        weighted = loss(outputs, targets, reduction="none", sample_weight=[3.0, 0.0, 1.0])

        each = len(plain) // 3
        factors = [3.0] * each + [0.0] * each + [1.0] * each
        assert weighted == [f * x for f, x in zip(factors, plain, strict=True)]

    def test_wrong_weights(self, name: str) -> None:
        """Too few weights, and weights that are none, are refused by place and value."""
        loss, outputs, targets = LOSSES[name]
        with pytest.raises(WiringError, match="has 2 weights and there are 3 samples"):
            loss(outputs, targets, sample_weight=[1.0, 1.0])
        for wrong in (-1.0, math.nan, math.inf):
            with pytest.raises(RangeError, match=rf"sample_weight\[1\] is {wrong}"):
                loss(outputs, targets, sample_weight=[1.0, wrong, 1.0])
        with pytest.raises(OperandError, match="is text"):
            loss(outputs, targets, sample_weight=[1.0, "2", 1.0])
        with pytest.raises(RangeError, match="nothing is left to learn from"):
            loss(outputs, targets, sample_weight=[0, 0, 0])

    def test_unknown_reduction(self, name: str) -> None:
        """A reduction that is none is refused with the names of those there are."""
        loss, outputs, targets = LOSSES[name]
        with pytest.raises(RangeError, match=r"unknown reduction 'avg'.*'mean', 'none', 'sum'"):
            loss(outputs, targets, reduction="avg")

    def test_plain_numbers(self, name: str) -> None:
        """Without a unit the loss is a float, equal to the one that units give."""
        loss, outputs, targets = LOSSES[name]
        plain = loss(outputs, targets)
        wired = loss([[Unit(x) for x in row] for row in outputs], targets)

        assert type(plain) is float
        assert plain == wired.value


@pytest.mark.parametrize("name", [name for name in LOSSES if name != "embedding"])
class TestSamplesLeftOut:
    """What weights say about whole samples; an embedding's second vectors are not its samples."""

    def test_weight_2_is_a_sample_that_comes_twice(self, name: str) -> None:
        """A whole weight means that the sample comes so many times, and 0 that it is not there."""
        loss, outputs, targets = LOSSES[name]
        order = [0, 0, 2]
        for reduction in ("mean", "sum"):
            repeated = loss(
                [outputs[k] for k in order], [targets[k] for k in order], reduction=reduction
            )
            weighted = loss(outputs, targets, reduction=reduction, sample_weight=[2, 0, 1])
            assert weighted == pytest.approx(repeated, rel=1e-15)

    def test_a_weight_of_0_is_not_wired(self, name: str) -> None:
        """What counts for nothing gets no gradient, not even a nan."""
        loss, outputs, targets = LOSSES[name]
        units = [[Unit(x) for x in row] for row in outputs]
        units[1] = [Unit(math.nan), Unit(math.nan)]
        result = loss(units, targets, sample_weight=[1.0, 0.0, 2.0])
        result.backward()

        assert math.isfinite(result.value)
        assert [x.grad for x in units[1]] == [0.0, 0.0]
        assert any(x.grad for x in units[0])


def test_the_weight_of_one_sample_cancels_in_its_mean() -> None:
    """The mean of one sample is its loss, whatever the weight; the sum is weighted."""
    assert mse_loss(3.0, 1.0, sample_weight=5.0) == mse_loss(3.0, 1.0) == 4.0
    assert cross_entropy([0.0, 0.0], 1, sample_weight=3.0) == math.log(2)
    assert cross_entropy([0.0, 0.0], 1, sample_weight=3.0, reduction="sum") == 3 * math.log(2)


def test_a_sample_s_weight_counts_for_each_of_its_outputs() -> None:
    """Samples of different length: the mean goes over weighted outputs."""
    assert mse_loss([[1.0, 1.0, 4.0], [2.0]], [[0, 0, 0], [0]], sample_weight=[1, 3]) == (
        (1 + 1 + 16 + 3 * 4) / (3 + 3)
    )


class TestClassWeights:
    def test_dict(self) -> None:
        """A dict names the classes whose weight is not 1."""
        rows = [[0.5, 1.0, -1.0], [2.0, 0.0, 0.0]]

        by_list = cross_entropy(rows, [2, 0], class_weight=[1, 1, 4])
        assert cross_entropy(rows, [2, 0], class_weight={2: 4}) == by_list

    def test_mean_divides_by_the_weights_of_the_true_classes(self) -> None:
        """Weight 4 on one of two rows: (4 a + b) / 5, with sample weights (8 a + b) / 9."""
        a, b = cross_entropy([0.5, 1.0], 1), cross_entropy([2.0, 0.0], 0)
        rows, targets = [[0.5, 1.0], [2.0, 0.0]], [1, 0]

        found = cross_entropy(rows, targets, class_weight=[1, 4])
        assert found == pytest.approx((4 * a + b) / 5, rel=1e-15)
        found = cross_entropy(rows, targets, class_weight=[1, 4], sample_weight=[2, 1])
        assert found == pytest.approx((8 * a + b) / 9, rel=1e-15)

    def test_a_class_of_weight_0_is_not_wired(self) -> None:
        """Rows of a class without weight count for nothing, in value, gradient and mean."""
        for loss, rows in ((cross_entropy, [[0.5, 1.0], [math.nan, 0.0]]), (nll, LOGS[:2])):
            units = [[Unit(x) for x in row] for row in rows]
            found = loss(units, [1, 0], class_weight=[0.0, 2.0])
            found.backward()

            assert found.value == pytest.approx(loss(rows[0], 1), rel=1e-15)
            assert [x.grad for x in units[1]] == [0.0, 0.0]
            terms = loss(rows, [1, 0], class_weight=[0.0, 2.0], reduction="none")
            assert terms == [2.0 * loss(rows[0], 1), 0.0]

    def test_wrong_weights(self) -> None:
        """A wrong number of weights, a class that is not there, and negative weights."""
        with pytest.raises(WiringError, match="there are 2 classes: give a list of 2 weights"):
            cross_entropy([0.0, 1.0], 0, class_weight=[1.0])
        with pytest.raises(WiringError, match=r"class_weight is 2\.0"):
            cross_entropy([0.0, 1.0], 0, class_weight=2.0)
        with pytest.raises(RangeError, match=r"names the class 2.*from 0 to 1"):
            cross_entropy([0.0, 1.0], 0, class_weight={2: 1.0})
        with pytest.raises(RangeError, match=r"class_weight\[1\] is -1"):
            nll([-1.0, -1.0], 0, class_weight=[1.0, -1])
        with pytest.raises(RangeError, match="nothing is left to learn from"):
            cross_entropy([[0.0, 1.0]], [0], class_weight=[0.0, 1.0])
        with pytest.raises(WiringError, match="3 logits and 2 class weights"):
            cross_entropy([[0.0, 1.0], [0.0, 1.0, 2.0]], [0, 1], class_weight=[1, 1])


REFUSED = {
    "smoothing": (lambda: cross_entropy([0, 1], 0, label_smoothing=1.5), "label_smoothing=1.5"),
    "no distribution": (lambda: cross_entropy([0, 1], [0.5, 0.6]), "probabilities that add up"),
    "numbers for chances": (lambda: cross_entropy([0, 1], [2, 1]), "class numbers have one list"),
    "negative chance": (lambda: kl_div([-1, -1], [-0.5, 1.5]), "kl_div got the target"),
    "positive log": (lambda: kl_div([1.0, -1], [0.5, 0.5]), "log-probability is 0 or less"),
    "scores in nll": (lambda: nll([2.0, -1.0], 0), "belong to cross_entropy"),
    "scores in bce": (lambda: bce([2.0], [1]), "belong to bce_with_logits"),
    "label in bce": (lambda: bce([0.5], [2]), "a label is between 0 and 1"),
    "pos_weight": (lambda: bce_with_logits([0.5], [1], pos_weight=-1), "pos_weight=-1"),
    "delta": (lambda: huber_loss([0.5], [1], delta=0.0), "delta=0.0"),
    "count": (lambda: poisson_nll_loss([0.5], [-1]), "a count is 0 or more"),
    "unit count": (lambda: poisson_nll_loss([0.5], [Unit(1.0)], full=True), "take .value"),
    "side": (lambda: squared_hinge_loss([0.5], [0]), "classes are -1 and 1"),
    "sign": (lambda: cosine_embedding_loss([0.5, 1], [1, 1], 0), "it is 1 or -1"),
    "margin": (lambda: cosine_embedding_loss([0.5], [1], 1, margin=2), "margin=2"),
    "zeros": (lambda: cosine_loss([0.0, 0.0], [1.0, 0.0]), "2 zeros, which has no direction"),
    "unit at 0": (lambda: kl_div([-1.0, -1.0], [Unit(0.0), 1.0]), "no finite slope at 0"),
    "strength": (lambda: l1_penalty([1.0], -1.0), "strength=-1.0"),
    "nothing to shrink": (lambda: l2_penalty([]), "pass model.parameters()"),
    "ratio": (lambda: elastic_net_penalty([1.0], 1.0, 1.5), "l1_ratio=1.5"),
    "no rows": (lambda: cross_entropy([], []), "at least one row of logits"),
}
MISFITS = {
    "lengths": (lambda: cross_entropy([[0, 1, 2]], [[0.5, 0.5]]), "3 outputs and 2 probabilities"),
    "rows": (lambda: kl_div([[-1, -1]], [[1, 0], [1, 0]]), "1 rows of log-probabilities and 2"),
    "depth": (lambda: kl_div([-1, -1], 0), "targets of the same shape"),
    "too deep": (lambda: cross_entropy([[[0.0, 1.0]]], [0]), "a list of logits for each class"),
    "bare target": (lambda: mse_loss([[1.0, 2.0], [1.0]], [[1.0, 2.0], [[1.0]]]), "one value"),
    "ragged": (lambda: cross_entropy([[0, 1], [[0, 1]]], [0, 1]), "takes a list of logits"),
    "vectors": (lambda: cosine_loss([1.0], [1.0, 2.0]), "vectors of 1 and 2 numbers"),
    "pairs": (
        lambda: cosine_embedding_loss([1.0], [1.0, 2.0], -1), "vectors of 1 and 2 numbers"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_values(name: str) -> None:
    """A value that cannot be used is named, with what to write instead."""
    action, words = REFUSED[name]
    with pytest.raises(RangeError, match=re.escape(words)):
        action()


@pytest.mark.parametrize("name", MISFITS)
def test_refused_shapes(name: str) -> None:
    """Shapes that do not fit are named."""
    action, words = MISFITS[name]
    with pytest.raises(WiringError, match=words):
        action()


def test_one_hot_is_the_class_s_number() -> None:
    """A one-hot target wires the very circuit of its class's number."""
    row = [0.3, -1.0, 2.0]

    assert cross_entropy(row, [0, 1, 0]) == cross_entropy(row, 1)
    assert nll([-0.1, -3.0], [0.0, 1.0]) == nll([-0.1, -3.0], 1) == 3.0


def test_soft_targets_may_be_units() -> None:
    """A target that is a unit gets its gradient, minus its class's log-softmax."""
    row, share = [1.0, 0.0], Unit(0.25)
    loss = cross_entropy(row, [share, 1.0 - share])
    loss.backward()

    assert loss.value == pytest.approx(0.75 + math.log1p(math.exp(-1.0)), rel=1e-15)
    assert share.grad == pytest.approx(-1.0, rel=1e-15)


def test_arrays_and_columns() -> None:
    """Targets and weights may be arrays, and columns whose rows are not numbered from 0."""
    numpy = pytest.importorskip("numpy", reason="NumPy is not installed")
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    rows = [[0.5, 1.0], [2.0, 0.0]]
    plain = cross_entropy(rows, [1, 0], sample_weight=[1.0, 2.0], class_weight=[1.0, 3.0])

    assert plain == cross_entropy(
        numpy.array(rows),
        numpy.array([1, 0]),
        sample_weight=numpy.array([1.0, 2.0]),
        class_weight=numpy.array([1.0, 3.0]),
    )
    labels = pandas.Series([1, 0], index=[7, 9])
    assert cross_entropy(rows, labels, sample_weight=labels + 1) == cross_entropy(
        rows, [1, 0], sample_weight=[2, 1]
    )
    assert mse_loss(numpy.array([[0.5], [2.0]]), labels) == mse_loss([0.5, 2.0], [1, 0])
    with pytest.raises(OperandError, match=r"take the number out with \.item\(\)"):
        mse_loss(numpy.array(3.0), 1.0)
