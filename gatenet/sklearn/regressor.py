"""GatenetRegressor: numbers from rows of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import validate_data

from gatenet.errors import RangeError
from gatenet.sklearn import settings
from gatenet.sklearn.estimator import GatenetEstimator


class GatenetRegressor(RegressorMixin, GatenetEstimator):  # type: ignore[misc]
    """Predict numbers with a multilayer perceptron of units, in the manner of scikit-learn.

    `loss` is "squared_error", "absolute_error" or "huber"; the other settings are those of
    `GatenetClassifier`.  Targets are shifted and scaled to mean 0 and deviation 1 for training and
    predictions back again, so their unit does not matter; the losses that are shown are of the
    scaled ones.  Inputs should be scaled (StandardScaler).  Several targets a row are learnt
    together.

    After `fit`: `n_features_in_`, `feature_names_in_`, `model_` (the network, a `Module`),
    `target_mean_`, `target_scale_`, `history_`, `loss_curve_`, `n_iter_`.

    >>> X, y = [[-1.0], [0.0], [1.0], [2.0]], [10.0, 30.0, 50.0, 70.0]
    >>> line = GatenetRegressor((), max_iter=200, n_iter_no_change=200, random_state=0).fit(X, y)
    >>> line.predict([[3.0]]).round().tolist()
    [90.0]
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = (8,),
        activation: Any = "tanh",
        *,
        loss: str = "squared_error",
        solver: str = "adam",
        learning_rate_init: float = 0.1,
        alpha: float = 1e-4,
        batch_size: Any = "auto",
        max_iter: int = 50,
        tol: float = 1e-3,
        n_iter_no_change: int = 5,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        super().__init__(
            hidden_layer_sizes,
            activation,
            solver=solver,
            learning_rate_init=learning_rate_init,
            alpha=alpha,
            batch_size=batch_size,
            max_iter=max_iter,
            tol=tol,
            n_iter_no_change=n_iter_no_change,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            warm_start=warm_start,
            random_state=random_state,
            verbose=verbose,
        )
        self.loss = loss

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> GatenetRegressor:  # noqa: N803
        """Train on rows `X` with their targets `y`, one or several a row; give the estimator.

        Raises ValueError for shapes that do not fit, nan, infinity, text or settings that cannot
        work.
        """
        X, y = validate_data(  # noqa: N806
            self, X, y, dtype=np.float64, multi_output=True, y_numeric=True
        )
        again = self.warm_start and hasattr(self, "model_")
        self._learn(X, y, self._weights(sample_weight, X), again, None)
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> GatenetRegressor:  # noqa: N803
        """Train for one more epoch; the targets' scale is that of the first call's.

        Raises what `fit` raises.
        """
        first = not hasattr(self, "model_")
        X, y = validate_data(  # noqa: N806
            self, X, y, dtype=np.float64, multi_output=True, y_numeric=True, reset=first
        )
        self._learn(X, y, self._weights(sample_weight, X), not first, 1)
        return self

    def _learn(self, X: Any, y: Any, weights: Any, again: bool, epochs: int | None) -> None:  # noqa: N803
        if self.loss not in settings.LOSSES:
            raise RangeError(f"unknown loss {self.loss!r}: it is one of {sorted(settings.LOSSES)}")
        y = y.astype(np.float64)
        targets = y.reshape(len(y), -1)
        self._prepare(targets.shape[1], again)
        if not again:
            self.target_mean_ = np.average(targets, axis=0, weights=weights)
            spread = np.average((targets - self.target_mean_) ** 2, axis=0, weights=weights)
            self.target_scale_ = np.where(spread > 0.0, np.sqrt(spread), 1.0)
            self._flat = y.ndim == 1
        scaled = (targets - self.target_mean_) / self.target_scale_
        self._train(X, scaled.tolist(), weights, settings.LOSSES[self.loss], epochs)

    def predict(self, X: Any) -> Any:  # noqa: N803
        """The predicted number of each row, or the numbers where there were several."""
        found = self._outputs(X) * self.target_scale_ + self.target_mean_
        return found[:, 0] if self._flat else found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = True
        return tags
