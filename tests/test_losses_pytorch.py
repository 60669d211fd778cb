"""Losses beside PyTorch's functions of the same names: values, gradients, weights, reductions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gatenet import Unit
from gatenet.losses import (
    bce,
    bce_with_logits,
    cosine_embedding_loss,
    cosine_loss,
    cross_entropy,
    hinge_loss,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    nll,
    poisson_nll_loss,
    squared_hinge_loss,
)

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
functional = torch.nn.functional

SCORES = [[0.3, -1.7, 2.5], [0.1, 0.2, -0.4], [3.0, -2.0, 0.9], [-0.6, 1.4, 0.8]]
NUMBERS = [[1.0, -2.0, 2.0], [0.5, 0.2, 3.0], [-1.0, 0.0, 0.4], [4.0, 1.0, -0.7]]
LABELS = [[1.0, 0.0, 0.3], [0.0, 0.0, 1.0], [1.0, 0.9, 0.0], [0.5, 1.0, 0.0]]
CHANCES = [[0.3, 0.7, 0.02], [0.5, 0.2, 0.99], [0.4, 0.25, 0.6], [0.8, 0.9, 0.1]]
SIDES = [[1.0, -1.0, 1.0], [-1.0, 1.0, 1.0], [1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]]
COUNTS = [[1.0, 0.0, 2.0], [0.0, 3.0, 1.0], [7.0, 0.0, 4.0], [1.0, 1.0, 0.0]]
CLASSES = [2, 0, 1, 1]
SOFT = [[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.0, 0.75, 0.25], [0.1, 0.1, 0.8]]
LOGS = torch.log_softmax(torch.tensor(SCORES, dtype=torch.float64), 1).tolist()
WEIGHTS = [0.5, 2.0, 1.25]


def tensor(values: Any) -> Any:
    """A tensor of float64, or of whole numbers where these are classes."""
    kind = torch.int64 if values is CLASSES else torch.float64
    return torch.tensor(values, dtype=kind)


def ours(loss: Callable[..., Any], scores: Any, targets: Any, **options: Any) -> Any:
    """The value of a loss, and its gradient for each score."""
    rows = [[Unit(score) for score in row] for row in scores]
    value = loss(rows, targets, **options)
    value.backward()
    return value.value, [[unit.grad for unit in row] for row in rows]


def theirs(loss: Callable[..., Any], scores: Any, targets: Any) -> Any:
    """The same of a function of tensors."""
    rows = tensor(scores).requires_grad_()
    value = loss(rows, tensor(targets))
    value.backward()
    return value.item(), rows.grad.tolist()


def agree(found: Any, expected: Any) -> None:
    """Assert that value and gradients agree to a few units in the last place."""
    assert found[0] == pytest.approx(expected[0], rel=1e-14, abs=1e-16)
    for mine, other in zip(found[1], expected[1], strict=True):
        assert mine == pytest.approx(other, rel=2e-14, abs=1e-16)


def divergences(y: Any, t: Any, *, reduction: str) -> Any:
    """PyTorch's divergence with its "batchmean" for the mean, and one term for each row."""
    if reduction == "none":
        return functional.kl_div(y, t, reduction="none").sum(1)
    return functional.kl_div(y, t, reduction="batchmean" if reduction == "mean" else "sum")


CASES = {
    "mse": (mse_loss, {}, functional.mse_loss, SCORES, NUMBERS),
    "l1": (l1_loss, {}, functional.l1_loss, SCORES, NUMBERS),
    "huber": (huber_loss, {}, functional.huber_loss, SCORES, NUMBERS),
    "huber 0.3": (
        huber_loss, {"delta": 0.3}, lambda y, t, **o: functional.huber_loss(y, t, delta=0.3, **o),
        SCORES, NUMBERS,
    ),
    "logits": (
        bce_with_logits, {}, functional.binary_cross_entropy_with_logits, SCORES, LABELS
    ),
    "pos_weight": (
        bce_with_logits, {"pos_weight": 2.5},
        lambda y, t, **o: functional.binary_cross_entropy_with_logits(
            y, t, pos_weight=torch.tensor(2.5, dtype=torch.float64), **o
        ),
        SCORES, LABELS,
    ),
    "bce": (bce, {}, functional.binary_cross_entropy, CHANCES, LABELS),
    "poisson": (poisson_nll_loss, {}, functional.poisson_nll_loss, SCORES, COUNTS),
    "poisson rate": (
        poisson_nll_loss, {"log_input": False},
        lambda y, t, **o: functional.poisson_nll_loss(y, t, log_input=False, **o), CHANCES, COUNTS,
    ),
    "kl_div": (
        kl_div, {}, lambda y, t, **o: divergences(y, t, **o), LOGS, SOFT,
    ),
    "classes": (cross_entropy, {}, functional.cross_entropy, SCORES, CLASSES),
    "soft": (cross_entropy, {}, functional.cross_entropy, SCORES, SOFT),
    "nll": (nll, {}, functional.nll_loss, LOGS, CLASSES),
    "hinge": (
        hinge_loss, {},
        lambda y, t, **o: functional.hinge_embedding_loss(t * y, -torch.ones_like(y), **o),
        SCORES, SIDES,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_every_loss(name: str, reduction: str) -> None:
    """Value and gradients are PyTorch's, for the mean and the sum."""
    loss, options, other, scores, targets = CASES[name]

    agree(
        ours(loss, scores, targets, reduction=reduction, **options),
        theirs(lambda y, t: other(y, t, reduction=reduction), scores, targets),
    )


@pytest.mark.parametrize("name", CASES)
def test_terms(name: str) -> None:
    """With "none" the terms are PyTorch's, one after the other."""
    loss, options, other, scores, targets = CASES[name]
    expected = other(tensor(scores), tensor(targets), reduction="none").flatten().tolist()

    assert loss(scores, targets, reduction="none", **options) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("name", CASES)
def test_sample_weights(name: str) -> None:
    """The weighted mean is the sum of weight times PyTorch's term over the sum of the weights."""
    loss, options, other, scores, targets = CASES[name]
    weights = torch.tensor([0.5, 0.0, 3.0, 1.0], dtype=torch.float64)

    def weighted(y: Any, t: Any) -> Any:
        terms = other(y, t, reduction="none")
        each = weights if terms.ndim == 1 else weights[:, None].expand(4, 3)
        return (terms * each).sum() / each.sum()

    agree(
        ours(loss, scores, targets, sample_weight=weights.tolist(), **options),
        theirs(weighted, scores, targets),
    )


def test_weighted_squared_error() -> None:
    """Where PyTorch itself takes weights of a squared error, its mean is ours."""
    weights = tensor([[0.5] * 3, [2.0] * 3, [1.0] * 3, [4.0] * 3])

    def other(y: Any, t: Any) -> Any:
        try:
            return functional.mse_loss(y, t, weight=weights)
        except TypeError:
            pytest.skip("this PyTorch has no weight for mse_loss")

    found = ours(mse_loss, SCORES, NUMBERS, sample_weight=[0.5, 2, 1, 4])
    agree(found, theirs(other, SCORES, NUMBERS))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("targets", [CLASSES, SOFT], ids=["numbers", "probabilities"])
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["even", "weighted"])
def test_class_weights_and_smoothing(
    reduction: str, smoothing: float, targets: Any, weights: Any
) -> None:
    """Weights of classes and smoothed labels mean what they mean in PyTorch, the divisor too."""

    def other(y: Any, t: Any) -> Any:
        weight = None if weights is None else tensor(weights)
        return functional.cross_entropy(
            y, t, weight=weight, label_smoothing=smoothing, reduction=reduction
        )

    options = {"class_weight": weights, "label_smoothing": smoothing, "reduction": reduction}
    agree(ours(cross_entropy, SCORES, targets, **options), theirs(other, SCORES, targets))


def test_weighted_log_likelihood() -> None:
    """nll divides by the sum of the true classes' weights, as PyTorch's does."""
    agree(
        ours(nll, LOGS, CLASSES, class_weight=WEIGHTS),
        theirs(lambda y, t: functional.nll_loss(y, t, weight=tensor(WEIGHTS)), LOGS, CLASSES),
    )


def test_sequences() -> None:
    """For sequences the mean goes over all places of all samples, as in PyTorch."""
    scores = [SCORES[:2], SCORES[2:]]
    rows = [[[Unit(z) for z in row] for row in sample] for sample in scores]
    found = cross_entropy(rows, [CLASSES[:2], CLASSES[2:]])
    found.backward()

    agree(
        (found.value, [[z.grad for z in row] for sample in rows for row in sample]),
        theirs(functional.cross_entropy, SCORES, CLASSES),
    )


@pytest.mark.parametrize("margin", [0.0, 0.25])
def test_cosine_embedding(margin: float) -> None:
    """Pairs are pulled and pushed as by PyTorch, and cosine_loss is its case of ones."""
    signs = [1, -1, -1, 1]

    def other(y: Any, t: Any) -> Any:
        return functional.cosine_embedding_loss(y, t, torch.tensor(signs), margin=margin)

    found = ours(lambda y, t: cosine_embedding_loss(y, t, signs, margin=margin), SCORES, NUMBERS)
    expected = theirs(other, SCORES, NUMBERS)
    # PyTorch adds 1e-12 to the squared lengths.
    assert found[0] == pytest.approx(expected[0], rel=1e-11)
    for mine, row in zip(found[1], expected[1], strict=True):
        assert mine == pytest.approx(row, rel=1e-10, abs=1e-13)

    alike = theirs(lambda y, t: (1 - functional.cosine_similarity(y, t)).mean(), SCORES, NUMBERS)
    agree(ours(cosine_loss, SCORES, NUMBERS), alike)


def test_squared_hinge() -> None:
    """The squared hinge is the square of PyTorch's hinge, term by term."""

    def other(y: Any, t: Any) -> Any:
        return (1.0 - t * y).clamp(min=0.0).square().mean()

    agree(ours(squared_hinge_loss, SCORES, SIDES), theirs(other, SCORES, SIDES))


def test_full_poisson_differs_by_stirling_s_error_alone() -> None:
    """With full=True ours adds log(t!), which PyTorch approximates: at most 0.042 below it."""
    exact = poisson_nll_loss(SCORES, COUNTS, full=True, reduction="none")
    approximate = functional.poisson_nll_loss(
        tensor(SCORES), tensor(COUNTS), full=True, reduction="none"
    )

    gaps = [a - b for a, b in zip(exact, approximate.flatten().tolist(), strict=True)]
    assert min(gaps) > -1e-12
    assert 0.04 < max(gaps) < 0.042
