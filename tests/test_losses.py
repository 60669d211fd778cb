"""Losses: published formulas and derivatives, exact at large scores, clear about wrong shapes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import pytest

from gatenet import Unit
from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.losses import (
    bce_with_logits,
    cross_entropy,
    half_squared_error,
    hinge_loss,
    huber_loss,
    l1_loss,
    mse_loss,
    poisson_nll_loss,
    squared_hinge_loss,
)

SCORES = [0.3, -1.7, 2.5, 0.0]


def units(values: list[float]) -> list[Unit]:
    """Make a unit of each number."""
    return [Unit(value) for value in values]


def swept(loss: Callable[..., Any], scores: list[float], targets: Any) -> tuple[float, list[float]]:
    """The value of a loss of these scores, and its gradient."""
    outputs = units(scores)
    value = loss(outputs, targets)
    value.backward()
    return value.value, [unit.grad for unit in outputs]


def close(a: Any, b: Any) -> bool:
    """Whether numbers or lists of them agree to a few units in the last place."""
    return a == pytest.approx(b, rel=4e-15, abs=1e-16)


class TestMse:
    TARGETS = (1.0, -2.0, 2.0, 4.0)

    def test_value_and_gradient(self) -> None:
        """The mean of the squares; its derivative carries 2/n."""
        errors = [y - t for y, t in zip(SCORES, self.TARGETS, strict=True)]
        value, grads = swept(mse_loss, SCORES, self.TARGETS)

        assert close(value, math.fsum(e * e for e in errors) / 4)
        assert close(grads, [2 * e / 4 for e in errors])

    def test_half_squared_error(self) -> None:
        """Half the sum of the squares; its derivative is the error itself."""
        errors = [y - t for y, t in zip(SCORES, self.TARGETS, strict=True)]
        value, grads = swept(half_squared_error, SCORES, self.TARGETS)

        assert close(value, math.fsum(e * e for e in errors) / 2)
        assert close(grads, errors)

    def test_samples_of_outputs(self) -> None:
        """The mean goes over all outputs of all samples."""
        outputs = [units([1.0, 2.0]), units([3.0, 5.0])]

        assert mse_loss(outputs, [[1.0, 1.0], [1.0, 1.0]]).value == (0 + 1 + 4 + 16) / 4

    def test_reductions(self) -> None:
        """The terms can be added up or kept apart."""
        outputs = units([1.0, 2.0])

        assert mse_loss(outputs, [0.0, 0.0], reduction="sum").value == 5.0
        terms = mse_loss(outputs, [0.0, 0.0], reduction="none")
        assert [term.value for term in terms] == [1.0, 4.0]
        with pytest.raises(RangeError, match=r"unknown reduction 'avg'.*'mean', 'none', 'sum'"):
            mse_loss(outputs, [0.0, 0.0], reduction="avg")


class TestBce:
    @pytest.mark.parametrize("label", [0, 1, 0.25])
    def test_value_and_gradient(self, label: float) -> None:
        """Minus t log p + (1 - t) log(1 - p), with the derivative p - t, divided by n."""
        value, grads = swept(bce_with_logits, SCORES, [label] * 4)
        p = [1 / (1 + math.exp(-z)) for z in SCORES]

        expected = [-(label * math.log(q) + (1 - label) * math.log(1 - q)) for q in p]
        assert value == pytest.approx(math.fsum(expected) / 4, rel=1e-14)
        assert grads == pytest.approx([(q - label) / 4 for q in p], rel=1e-14, abs=1e-16)

    @pytest.mark.parametrize("score", [-1000.0, -40.0, 40.0, 1000.0])
    @pytest.mark.parametrize("label", [0, 1])
    def test_large_scores_lose_no_digit(self, score: float, label: int) -> None:
        """Even the smallest loss and gradient keep their digits."""
        with mpmath.workdps(1000):
            p = 1 / (1 + mpmath.exp(-mpmath.mpf(score)))
            loss, slope = float(-mpmath.log(p if label else 1 - p)), float(p - label)
        value, (grad,) = swept(bce_with_logits, [score], [label])

        assert value == pytest.approx(loss, rel=1e-15, abs=0.0)
        assert grad == pytest.approx(slope, rel=1e-15, abs=0.0)

    def test_label_as_a_unit(self) -> None:
        """A label may be a unit and gets its own gradient, minus the logit."""
        z, t = Unit(1.5), Unit(0.25)
        bce_with_logits([z], [t]).backward()

        assert t.grad == pytest.approx(-1.5, rel=1e-15)

    @pytest.mark.parametrize("label", [-1, 1.5, math.nan])
    def test_wrong_label(self, label: float) -> None:
        """A label outside 0..1 is refused."""
        with pytest.raises(RangeError, match="a label is between 0 and 1"):
            bce_with_logits(units([1.0]), [label])


class TestCrossEntropy:
    @pytest.mark.parametrize("target", [0, 1, 2, 3])
    def test_value_and_gradient(self, target: int) -> None:
        """Minus log softmax of the true class; the derivative is softmax minus one-hot."""
        value, grads = swept(cross_entropy, SCORES, target)
        powers = [math.exp(z) for z in SCORES]
        softmax = [power / math.fsum(powers) for power in powers]

        assert value == pytest.approx(-math.log(softmax[target]), rel=1e-14)
        assert grads == pytest.approx(
            [p - (k == target) for k, p in enumerate(softmax)], rel=1e-14, abs=1e-16
        )

    def test_batch(self) -> None:
        """Several samples give the mean of their losses."""
        rows = [SCORES, [1.0, 2.0, 0.0, 0.0]]
        alone = [cross_entropy(row, target) for row, target in zip(rows, [2, 1], strict=True)]

        assert close(cross_entropy(rows, [2, 1]), sum(alone) / 2)
        assert cross_entropy(rows, [2, 1], reduction="none") == alone

    @pytest.mark.parametrize("scale", [1000.0, -1000.0])
    def test_large_logits_are_exact(self, scale: float) -> None:
        """Logits of ±1000 lose nothing: equal ones give log n, a lost class its distance."""
        assert cross_entropy([scale] * 3, 1) == pytest.approx(math.log(3), rel=1e-15)
        assert cross_entropy([scale, scale - 800.0], 1) == 800.0
        _, grads = swept(cross_entropy, [scale, scale], 0)
        assert grads == [-0.5, 0.5]

    def test_small_gradient_keeps_its_digits(self) -> None:
        """The gradient of a class that is nearly certain is not 1 - 1 = 0."""
        _, grads = swept(cross_entropy, [50.0, 0.0], 0)

        expected = math.exp(-50.0)
        assert grads == pytest.approx([-expected, expected], rel=1e-13, abs=0.0)

    def test_wrong_targets(self) -> None:
        """What is no class number, or no class, is refused."""
        logits = units([1.0, 2.0])
        for wrong in (1.0, "1", True, Unit(1.0)):
            with pytest.raises(OperandError, match="it takes the class's number"):
                cross_entropy(logits, wrong)
        for wrong in (2, -1):
            with pytest.raises(RangeError, match="numbered from 0 to 1"):
                cross_entropy(logits, wrong)
        with pytest.raises(RangeError, match="two classes or more"):
            cross_entropy(units([1.0]), 0)

    def test_wrong_shapes(self) -> None:
        """Rows and targets that do not match are refused."""
        with pytest.raises(WiringError, match="2 rows of logits and 1 targets"):
            cross_entropy([units([1.0, 2.0]), units([1.0, 2.0])], [0])
        with pytest.raises(WiringError, match="a list of logits for each class number"):
            cross_entropy([units([1.0, 2.0]), units([1.0, 2.0])], 0)
        with pytest.raises(WiringError, match="a list of logits for each class number"):
            cross_entropy([units([1.0, 2.0])], 0)


class TestHinge:
    def test_value_and_gradient(self) -> None:
        """max(0, 1 - t y) one by one: wrong, inside the margin, beyond it, and exactly on it."""
        value, grads = swept(hinge_loss, [-2.0, 0.25, 3.0, -1.0], [1, 1, 1, -1])

        assert value == (3.0 + 0.75 + 0.0 + 0.0) / 4
        assert grads == [-0.25, -0.25, 0.0, 0.0]

    def test_wrong_target(self) -> None:
        """A target that is not -1 or 1 is refused."""
        with pytest.raises(RangeError, match="classes are -1 and 1"):
            hinge_loss(units([1.0]), [0])


@pytest.mark.parametrize(
    "loss",
    [mse_loss, l1_loss, huber_loss, poisson_nll_loss, bce_with_logits, hinge_loss,
     squared_hinge_loss],
)  # fmt: skip
class TestShapes:
    def test_one_output_may_meet_a_bare_number(self, loss: Callable[..., Any]) -> None:
        """A layer's list of one output meets a number: nothing is stretched by it."""
        rows = [[0.5], [-0.5]]

        assert loss(rows, [1, 1]) == loss(rows, [[1], [1]]) == loss([0.5, -0.5], [1, 1])

    def test_other_shapes_are_refused(self, loss: Callable[..., Any]) -> None:
        """Shapes that differ are refused, and the place is named."""
        with pytest.raises(WiringError, match="outputs has 2 items and targets has 1"):
            loss([0.5, 0.5], [1])
        with pytest.raises(WiringError, match=r"outputs\[1\] has 2 items and targets\[1\] has 1"):
            loss([[0.5], [0.5, 0.5]], [[1], [1]])
        with pytest.raises(WiringError, match=r"outputs\[0\] is a list and targets\[0\] one value"):
            loss([[0.5, 0.5]], [1])
        with pytest.raises(WiringError, match="targets is a list and outputs one value"):
            loss(0.5, [1])
        with pytest.raises(RangeError, match="at least one output"):
            loss([], [])
        with pytest.raises(OperandError, match="is text"):
            loss(["0.5"], [1])

    def test_plain_numbers(self, loss: Callable[..., Any]) -> None:
        """Without a unit a loss is a float, equal to the one that units give."""
        plain = loss(SCORES, [1, 1, 1, 1])

        assert type(plain) is float
        assert plain == loss(units(SCORES), [1, 1, 1, 1]).value

    def test_no_constant_is_a_unit(self, loss: Callable[..., Any]) -> None:
        """Only the outputs are leaves of a loss: targets stay plain numbers."""
        from gatenet import Circuit

        outputs = units(SCORES)
        circuit = Circuit(loss(outputs, [1, 1, 1, 1]))

        assert len(circuit.inputs) == 4
