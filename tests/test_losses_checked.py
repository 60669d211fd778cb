"""Losses checked: gradients against the checker, hard places against exact arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import pytest

from gatenet import Unit
from gatenet.checking import gradcheck, gradgradcheck
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

FOUR = [0.3, -1.7, 2.5, 0.6]
LOGS = [-0.5, -2.0, -1.25, -3.0]
CHANCES = [0.3, 0.9, 0.05, 0.5]


def pairwise(loss: Callable[..., Any], targets: Any, **options: Any) -> Callable[..., Any]:
    """A loss of four scores taken as two samples of two."""
    return lambda a, b, c, d: loss([[a, b], [c, d]], targets, **options)


CHECKED = {
    "mse": (pairwise(mse_loss, [[1, 0], [2, 4]], sample_weight=[1, 3]), FOUR),
    "half": (pairwise(half_squared_error, [[1, 0], [2, 4]]), FOUR),
    "l1": (pairwise(l1_loss, [[1, 0], [2, 4]]), FOUR),
    "huber": (pairwise(huber_loss, [[1, 0], [2, 4]], delta=0.6), FOUR),
    "poisson": (pairwise(poisson_nll_loss, [[1, 0], [2, 4]], full=True), FOUR),
    "poisson rate": (pairwise(poisson_nll_loss, [[1, 0], [2, 4]], log_input=False), CHANCES),
    "logits": (pairwise(bce_with_logits, [[1, 0], [0.2, 1]], pos_weight=3.0), FOUR),
    "bce": (pairwise(bce, [[1, 0], [0.2, 1]]), CHANCES),
    "hinge": (pairwise(hinge_loss, [[1, -1], [1, -1]]), FOUR),
    "squared hinge": (pairwise(squared_hinge_loss, [[1, -1], [1, -1]]), FOUR),
    "cross-entropy": (pairwise(cross_entropy, [1, 0], class_weight=[1, 4]), FOUR),
    "smoothed": (pairwise(cross_entropy, [1, 0], label_smoothing=0.2, sample_weight=[2, 1]), FOUR),
    "soft": (pairwise(cross_entropy, [[0.3, 0.7], [1, 0]], class_weight=[1, 4]), FOUR),
    "nll": (pairwise(nll, [1, 0]), LOGS),
    "kl_div": (pairwise(kl_div, [[0.3, 0.7], [1, 0]]), LOGS),
    "cosine": (pairwise(cosine_loss, [[1, 0.5], [-1, 2]]), FOUR),
    "embedding": (
        pairwise(lambda y, t: cosine_embedding_loss(y, t, [-1, 1]), [[1, -1], [-1, 2]]), FOUR
    ),
    "between units": (lambda a, b, c, d: cosine_loss([a, b], [c, d]), FOUR),
    "targets": (lambda a, b, c, d: bce([a, b], [c, d]), CHANCES),
    "soft targets": (lambda a, b: kl_div([-0.5, -1.0], [a, 1.0 - a]) * b, [0.3, 2.0]),
    "lasso": (lambda *w: l1_penalty(w, 0.3), FOUR),
    "ridge": (lambda *w: l2_penalty(w, 0.3), FOUR),
    "elastic net": (lambda *w: elastic_net_penalty(w, 0.3, 0.25), FOUR),
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKED)
def test_gradient(name: str) -> None:
    """The gradient of every loss passes gradcheck."""
    function, point = CHECKED[name]

    assert gradcheck(function, point)


@pytest.mark.parametrize(
    "name", ["huber", "poisson", "logits", "bce", "soft", "smoothed", "kl_div", "cosine", "ridge"]
)
def test_second_derivatives(name: str) -> None:
    """Losses can be differentiated twice, as second-order methods do."""
    function, point = CHECKED[name]

    assert gradgradcheck(function, point)


def slope(loss: Callable[..., Any], score: float, target: Any, **options: Any) -> float:
    """The derivative of a loss of one score."""
    unit = Unit(score)
    loss([unit], [target], **options).backward()
    return unit.grad


class TestKinks:
    """At the kinks the house's conventions hold."""

    def test_absolute_error_of_0(self) -> None:
        """Where output and target are equal nothing is pulled."""
        assert slope(l1_loss, 2.0, 2.0) == 0.0

    @pytest.mark.parametrize("error", [-0.5, 0.5])
    def test_huber_at_delta(self, error: float) -> None:
        """Huber's two pieces meet with one value and one slope at delta."""
        assert huber_loss([error], [0.0], delta=0.5) == 0.125
        assert slope(huber_loss, error, 0.0, delta=0.5) == error
        beyond = math.nextafter(error, 9 * error)
        assert slope(huber_loss, beyond, 0.0, delta=0.5) == error
        assert huber_loss([beyond], [0.0], delta=0.5) >= 0.125

    def test_hinges_on_the_margin(self) -> None:
        """On the margin both hinges are 0 with slope 0."""
        for loss in (hinge_loss, squared_hinge_loss):
            assert loss([-1.0], [-1]) == 0.0
            assert slope(loss, -1.0, -1) == 0.0

    def test_embedding_at_its_margin(self) -> None:
        """A pair exactly as unlike as the margin asks is left alone."""
        unit = Unit(1.0)
        loss = cosine_embedding_loss([unit, 0.0], [0.0, 1.0], -1)
        loss.backward()

        assert (loss.value, unit.grad) == (0.0, 0.0)


class TestDigits:
    """Hard places, against exact arithmetic."""

    @pytest.mark.parametrize("target", [[0.25, 0.75, 0.0], [0.5, 0.25, 0.25], [1 / 3] * 3])
    @pytest.mark.parametrize("scores", [[700.0, -700.0, 1.0], [1e8, 1e8 + 1, 0.0], [0.0, 1e-9, 0]])
    def test_soft_cross_entropy(self, target: list[float], scores: list[float]) -> None:
        """Soft targets keep their digits for logits of any size."""
        with mpmath.workdps(60):
            exact = [mpmath.mpf(z) for z in scores]
            top = max(exact)
            whole = top + mpmath.log(sum(mpmath.exp(z - top) for z in exact))
            expected = float(sum(t * (whole - z) for t, z in zip(target, exact, strict=True)))

        assert cross_entropy(scores, target) == pytest.approx(expected, rel=1e-15 * 3)

    def test_small_loss_of_weighted_classes(self) -> None:
        """A class that is nearly certain keeps the digits of its loss, weighted as well."""
        found = cross_entropy([[90.0, 0.0]], [0], class_weight=[3.0, 1.0], reduction="sum")

        assert found == pytest.approx(3.0 * math.log1p(math.exp(-90.0)), rel=1e-15)

    @pytest.mark.parametrize("angle", [1e-3, 1e-6, 1e-9])
    def test_small_angles(self, angle: float) -> None:
        """1 - cos of a small angle is half its square, which 1 minus a cosine cannot say."""
        found = cosine_loss([5.0, 5.0 * angle], [2.0, 0.0])

        assert found == pytest.approx(angle * angle / 2, rel=max(2e-16 / angle, angle))

    def test_log_loss_of_a_tiny_probability(self) -> None:
        """log(1 - p) of a tiny p is p itself, not 0."""
        assert bce([1e-20], [0]) == 1e-20
        assert slope(bce, 1e-20, 0) == 1.0

    def test_certain_and_wrong(self) -> None:
        """A certain and wrong probability costs infinity, a certain and right one nothing."""
        assert bce([1.0, 0.0], [0, 1], reduction="none") == [math.inf, math.inf]
        assert bce([1.0, 0.0], [1, 0]) == 0.0
        assert slope(bce, 0.0, 1) == -math.inf

    def test_masked_logits(self) -> None:
        """A logit of -inf is a class that cannot be: no nan, no pull."""
        units = [Unit(1.0), Unit(-math.inf), Unit(2.0)]
        loss = cross_entropy(units, [0.5, 0.0, 0.5])
        loss.backward()

        assert loss.value == pytest.approx(math.log(1 + math.e) - 0.5, rel=1e-15)
        assert units[1].grad == 0.0
        assert units[0].grad == pytest.approx(1 / (1 + math.e) - 0.5, rel=1e-14)

    def test_divergence(self) -> None:
        """The divergence of a distribution from itself is 0, from another known one exact."""
        logs = [math.log(0.25), math.log(0.75)]

        assert kl_div(logs, [0.25, 0.75]) == 0.0
        assert kl_div(logs, [0.5, 0.5]) == pytest.approx(0.5 * math.log(4 / 3), rel=1e-15)
        assert kl_div(logs, [1, 0]) == pytest.approx(math.log(4), rel=1e-15)

    def test_poisson(self) -> None:
        """With full=True the loss is minus the log of the Poisson probability."""
        for rate, count in ((0.5, 0), (2.0, 3), (7.5, 11)):
            expected = -math.log(math.exp(-rate) * rate**count / math.factorial(count))
            by_log = poisson_nll_loss([math.log(rate)], [count], full=True)
            by_rate = poisson_nll_loss([rate], [count], log_input=False, eps=0.0, full=True)
            assert by_log == pytest.approx(expected, rel=1e-14)
            assert by_rate == pytest.approx(expected, rel=1e-14)


class TestPenalties:
    def test_values(self) -> None:
        """Sums of sizes, of squares, and scikit-learn's mixture of both."""
        weights = [Unit(w, role="parameter") for w in (3.0, -4.0, 0.0)]

        assert l1_penalty(weights, 2.0).value == 14.0
        assert l2_penalty(weights, 2.0).value == 50.0
        assert elastic_net_penalty(weights, 2.0, 0.25).value == 2 * (0.25 * 7 + 0.375 * 25)
        assert elastic_net_penalty(weights, 1.0, 1.0).value == l1_penalty(weights).value
        assert elastic_net_penalty(weights, 1.0, 0.0).value == l2_penalty(weights, 0.5).value

    def test_gradients(self) -> None:
        """Lasso pulls all alike and leaves 0 alone; ridge pulls in proportion."""
        weights = [Unit(w) for w in (3.0, -4.0, 0.0)]
        l1_penalty(weights, 0.5).backward()
        assert [w.grad for w in weights] == [0.5, -0.5, 0.0]

        for w in weights:
            w.zero_grad()
        l2_penalty(weights, 0.5).backward()
        assert [w.grad for w in weights] == [3.0, -4.0, 0.0]
