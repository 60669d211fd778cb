"""GatenetClassifier: classes from rows of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from gatenet import gates, tabular
from gatenet.errors import RangeError
from gatenet.sklearn import settings
from gatenet.sklearn.estimator import GatenetEstimator


class GatenetClassifier(ClassifierMixin, GatenetEstimator):  # type: ignore[misc]
    """Classify rows with a multilayer perceptron of units, in the manner of scikit-learn.

    Two classes are told apart by one logit (`bce_with_logits`), more by one each
    (`cross_entropy`).  `hidden_layer_sizes` lists the hidden layers, () being logistic regression;
    `activation` is the name of a gate; `solver` names an optimizer of `gatenet.optim` in small
    letters; half `alpha` times the sum of the squared weights is added to the loss.  Training ends
    after `max_iter` epochs, or when the loss has not fallen by `tol` for `n_iter_no_change` of
    them; with `early_stopping` it is the loss of a part of the rows that is held back, and the
    best network is kept.  Inputs should be scaled (StandardScaler).

    After `fit`: `classes_`, `n_features_in_`, `feature_names_in_`, `model_` (the network, a
    `Module`), `history_`, `loss_curve_`, `n_iter_`.

    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"]
    >>> classifier = GatenetClassifier(random_state=0).fit(X, y)
    >>> classifier.predict([[-1.0], [4.0]]).tolist(), classifier.score(X, y)
    (['low', 'high'], 1.0)
    """

    classes_: Any

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> GatenetClassifier:  # noqa: N803
        """Train on rows `X` with their classes `y`; give the estimator.

        Raises ValueError for shapes that do not fit, nan, infinity, text in `X`, fewer than two
        classes or settings that cannot work.
        """
        X, y = validate_data(self, X, y, dtype=np.float64)  # noqa: N806
        check_classification_targets(y)
        classes = np.unique(y)
        again = self.warm_start and hasattr(self, "model_")
        if again and not np.array_equal(classes, self.classes_):
            raise RangeError(
                f"warm_start goes on with the classes {self.classes_.tolist()}, and y has "
                f"{classes.tolist()}"
            )
        self.classes_ = classes
        self._learn(X, y, self._weights(sample_weight, X), again, None)
        return self

    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None  # noqa: N803
    ) -> GatenetClassifier:  # fmt: skip
        """Train for one more epoch; the first call says all the `classes` there will be.

        Raises ValueError for labels that are not among the classes, and what `fit` raises.
        """
        first = not hasattr(self, "model_")
        X, y = validate_data(self, X, y, dtype=np.float64, reset=first)  # noqa: N806
        check_classification_targets(y)
        if first:
            if classes is None:
                raise RangeError("the first partial_fit needs classes=, all that there will be")
            self.classes_ = np.unique(classes)
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise RangeError(
                f"classes is {np.unique(classes).tolist()}, and at the first partial_fit it was "
                f"{self.classes_.tolist()}"
            )
        self._learn(X, y, self._weights(sample_weight, X), not first, 1)
        return self

    def _learn(self, X: Any, y: Any, weights: Any, again: bool, epochs: int | None) -> None:  # noqa: N803
        classes = self.classes_.tolist()
        if len(classes) < 2:
            raise RangeError(f"y has one class, {classes[0]!r}: a classifier needs at least 2")
        labels = tabular.encoded(y.tolist(), classes)
        self._prepare(1 if len(classes) == 2 else len(classes), again)
        loss = settings.classification_loss(len(classes))
        self._train(X, labels, weights, loss, epochs, strata=labels)

    def decision_function(self, X: Any) -> Any:  # noqa: N803
        """The logits of each row: one number for two classes, one for each class for more."""
        found = self._outputs(X)
        return found[:, 0] if len(self.classes_) == 2 else found

    def predict_proba(self, X: Any) -> Any:  # noqa: N803
        """The probability of each class for each row, in the order of `classes_`."""
        rows = self._outputs(X).tolist()
        if len(self.classes_) == 2:
            return np.array([[gates.sigmoid(-z), gates.sigmoid(z)] for (z,) in rows])
        shares = [[gates.exp(z - gates.logsumexp(row)) for z in row] for row in rows]
        found = np.array(shares)
        return found / found.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> Any:  # noqa: N803
        """The most probable class of each row."""
        found = self._outputs(X)
        chosen = (found[:, 0] > 0.0).astype(int) if found.shape[1] == 1 else found.argmax(axis=1)
        return self.classes_[chosen]
