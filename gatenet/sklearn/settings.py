"""Settings: what an estimator is made with, checked when it is fitted."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

from gatenet import optim
from gatenet.errors import RangeError
from gatenet.losses import bce_with_logits, cross_entropy, huber_loss, l1_loss, mse_loss
from gatenet.training.evaluation import Loss

#: The regressor's losses by scikit-learn's names.
LOSSES: dict[str, Loss] = {
    "squared_error": mse_loss,
    "absolute_error": l1_loss,
    "huber": huber_loss,
}


def optimizers() -> dict[str, Any]:
    """The optimizers that a `solver` may name, in small letters.

    >>> optimizers()["adam"].__name__
    'Adam'
    """
    found = {name: getattr(optim, name) for name in optim.__all__}
    return {
        name.lower(): kind
        for name, kind in found.items()
        if isinstance(kind, type) and issubclass(kind, optim.Optimizer) and name != "Optimizer"
    }


def check(settings: dict[str, Any]) -> None:
    """Check the settings that both estimators have.

    Raises RangeError (a ValueError) that names the setting and the value.
    """
    for name in ("max_iter", "n_iter_no_change"):
        if not _is_size(settings[name]):
            raise RangeError(f"{name} is {settings[name]!r}: a whole number from 1")
    for name in ("alpha", "tol"):
        if not _real(settings[name]) >= 0.0:
            raise RangeError(f"{name} is {settings[name]!r}: a number from 0")
    rate = settings["learning_rate_init"]
    if not _real(rate) > 0.0:
        raise RangeError(f"learning_rate_init is {rate!r}: a number above 0")
    size = settings["batch_size"]
    if size != "auto" and not _is_size(size):
        raise RangeError(f"batch_size is {size!r}: 'auto', or a whole number from 1")
    share = settings["validation_fraction"]
    if not 0.0 < _real(share) < 1.0:
        raise RangeError(f"validation_fraction is {share!r}: a share between 0 and 1")
    if settings["solver"] not in optimizers():
        raise RangeError(
            f"unknown solver {settings['solver']!r}: it is one of {sorted(optimizers())}"
        )


def hidden_sizes(sizes: Any) -> list[int]:
    """Read `hidden_layer_sizes`: a number or a list of numbers; none at all is a linear model.

    Raises RangeError for anything else.

    >>> hidden_sizes(8), hidden_sizes((4, 2)), hidden_sizes(())
    ([8], [4, 2], [])
    """
    found = [sizes] if isinstance(sizes, Integral) else sizes
    if not hasattr(found, "__iter__") or isinstance(found, str):
        raise RangeError(f"hidden_layer_sizes is {sizes!r}: list the size of each, as in (8, 8)")
    found = list(found)
    if not all(map(_is_size, found)):
        raise RangeError(f"hidden_layer_sizes is {sizes!r}: each size is a whole number from 1")
    return [int(size) for size in found]


def classification_loss(classes: int) -> Loss:
    """The loss of as many classes: of one logit for two, of one each for more."""
    return bce_with_logits if classes == 2 else cross_entropy


def _is_size(value: Any) -> bool:
    return isinstance(value, Integral) and int(value) >= 1


def _real(value: Any) -> float:
    """A real number as a float; nan, which no range holds, for anything else."""
    return float(value) if isinstance(value, Real) else math.nan
