"""How unlike two things are: distributions by their divergence, vectors by their angle.

Knows gates, the reductions and what a distribution is.
"""

from __future__ import annotations

from typing import Any

from gatenet.errors import RangeError, WiringError
from gatenet.gates import dot, log, relu, sqrt, square, total
from gatenet.losses.classes import log_probability, probabilities
from gatenet.losses.reductions import Loss, reduced, spread
from gatenet.losses.shapes import depth, row_of, rows, value_of
from gatenet.unit import Unit


def kl_div(
    outputs: Any, targets: Any, *, reduction: str = "mean", sample_weight: Any = None
) -> Loss:
    """Kullback-Leibler divergence of predicted from true distributions: Σ t (log t - output).

    Outputs are log-probabilities (nn.LogSoftmax gives them), targets probabilities, in rows; a row
    has one divergence, and the mean is that of the rows, PyTorch's "batchmean".  (Its "mean"
    divides by the number of classes too, and is to be given up.)  A part with t = 0 is 0.  The
    derivative in an output is -t.

    Raises RangeError when a row of targets is no distribution, an output is above 0, or a target
    that is a unit is 0, where t log t has no finite slope.

    >>> kl_div([-0.5, -1.0], [0.0, 1.0]), kl_div([[-0.5, -1.0], [-0.25, -1.5]], [[0, 1], [1, 0]])
    (1.0, 0.625)
    """
    found, owners = _rows("kl_div", "log-probabilities", outputs, targets)
    terms = [_divergence(row, probabilities("kl_div", t, len(row))) for row, t in found]
    return reduced(terms, reduction, spread(sample_weight, owners))


def _divergence(outputs: list[Any], targets: list[Any]) -> Any:
    parts = [(t, y) for t, y in zip(targets, outputs, strict=True) if type(t) is Unit or t]
    for t, y in parts:
        log_probability("kl_div got the output", y)
        if value_of(t) == 0.0:
            raise RangeError(
                f"kl_div got the target {t!r}: t log t has no finite slope at 0; take .value "
                "where targets are not to be learnt"
            )
    return dot([t for t, _ in parts], [log(t) - y for t, y in parts])


def cosine_loss(
    outputs: Any, targets: Any, *, reduction: str = "mean", sample_weight: Any = None
) -> Loss:
    """One minus the cosine between output and target vectors: 0 for one direction, 2 for opposite.

    A sample is a vector each; several are lists of them.  With u and v the vectors divided by their
    lengths, the derivative in the output is (u cos - v) / |output|.  It is wired as |u - v|² / 2,
    which keeps the digits of a small angle.

    Raises RangeError for a vector of zeros, which has no direction.

    >>> cosine_loss([3.0, 4.0], [4.0, 3.0])
    0.04000000000000003
    """
    name = "cosine_loss"
    found, owners = _rows(name, "outputs", outputs, targets)
    terms = []
    for a, target in found:
        b = row_of(name, "targets", target)
        terms.append(_apart(name, _direction(name, a), _direction(name, b)))
    return reduced(terms, reduction, spread(sample_weight, owners))


def cosine_embedding_loss(
    first: Any,
    second: Any,
    targets: Any,
    *,
    margin: float = 0.0,
    reduction: str = "mean",
    sample_weight: Any = None,
) -> Loss:
    """Pull pairs of vectors with target 1 together, push pairs with target -1 apart.

    A pair costs 1 - cos where the target is 1 and max(0, cos - margin) where it is -1.

    Raises RangeError for another target, a margin that is not between -1 and 1, or a vector of
    zeros.

    >>> cosine_embedding_loss([[1.0, 0.0], [1.0, 0.0]], [[0.0, 2.0], [5.0, 0.0]], [1, -1])
    1.0
    """
    name = "cosine_embedding_loss"
    if not -1.0 <= margin <= 1.0:
        raise RangeError(f"{name} got margin={margin!r}: a cosine is from -1 to 1", margin=margin)
    levels = depth(targets)
    firsts, owners = rows(name, "outputs", first, targets, levels)
    seconds, _ = rows(name, "outputs", second, targets, levels)
    terms = []
    for (a, target), (b, _) in zip(firsts, seconds, strict=True):
        if target not in (-1, 1):
            raise RangeError(f"{name} got the target {target!r}: it is 1 or -1", target=target)
        u, v = _direction(name, a), _direction(name, b)
        terms.append(_apart(name, u, v) if target == 1 else relu(_cosine(name, u, v) - margin))
    return reduced(terms, reduction, spread(sample_weight, owners))


def _rows(
    name: str, what: str, outputs: Any, targets: Any
) -> tuple[list[tuple[list[Any], Any]], list[int]]:
    """The rows of outputs that meet rows of targets of the same shape."""
    levels = depth(outputs)
    if levels == 0 or levels != depth(targets):
        raise WiringError(
            f"{name} takes lists of {what} and targets of the same shape: got {levels} lists "
            f"around an output and {depth(targets)} around a target"
        )
    return rows(name, what, outputs, targets, levels - 1)


def _direction(name: str, vector: list[Any]) -> list[Any]:
    """The vector divided by its length."""
    length = sqrt(dot(vector, vector))
    if value_of(length) == 0.0:
        raise RangeError(f"{name} got a vector of {len(vector)} zeros, which has no direction")
    return [x / length for x in vector]


def _apart(name: str, u: list[Any], v: list[Any]) -> Any:
    """One minus the cosine of two vectors of length 1."""
    _same_size(name, u, v)
    return 0.5 * total([square(a - b) for a, b in zip(u, v, strict=True)])


def _cosine(name: str, u: list[Any], v: list[Any]) -> Any:
    """The cosine of two vectors of length 1."""
    _same_size(name, u, v)
    return dot(u, v)


def _same_size(name: str, u: list[Any], v: list[Any]) -> None:
    if len(u) != len(v):
        raise WiringError(f"{name} got vectors of {len(u)} and {len(v)} numbers to compare")
