"""What classifier and regressor have in common: the network, its training, what is kept of it."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from gatenet.errors import RangeError
from gatenet.losses.penalties import l2_penalty
from gatenet.nn import MLP
from gatenet.sklearn import settings
from gatenet.training import EarlyStopping, History, Trainer, predict
from gatenet.training.evaluation import Loss

#: Rows a batch where `batch_size` is "auto" and the solver does not search along a line.
_BATCH = 32


class GatenetEstimator(BaseEstimator):  # type: ignore[misc]
    """The base of both: a multilayer perceptron of units, trained by a `Trainer`."""

    model_: MLP
    history_: History
    n_features_in_: int
    _optimizer: Any
    _rng: random.Random

    def __init__(
        self,
        hidden_layer_sizes: Any = (8,),
        activation: Any = "tanh",
        *,
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
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.learning_rate_init = learning_rate_init
        self.alpha = alpha
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    @property
    def loss_curve_(self) -> list[float]:
        """The loss of each epoch."""
        return self.history_.losses

    @property
    def n_iter_(self) -> int:
        """How many epochs there were."""
        return len(self.history_.epochs)

    @property
    def loss_(self) -> float:
        """The loss of the last epoch."""
        return self.history_.losses[-1]

    def _prepare(self, nout: int, again: bool) -> None:
        """Make the network and its optimizer, unless an earlier fit is gone on with."""
        settings.check(self.get_params(deep=False))
        sizes = settings.hidden_sizes(self.hidden_layer_sizes)
        if again:
            before = [len(layer.neurons) for layer in self.model_.layers]
            if before != [*sizes, nout]:
                raise RangeError(
                    f"the network has layers of {before}, and these settings and targets ask for "
                    f"{[*sizes, nout]}: make a new estimator, or leave warm_start off"
                )
            return
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        self._rng = random.Random(int(seed))
        self.model_ = MLP(int(self.n_features_in_), [*sizes, nout], self.activation, rng=self._rng)
        kind = settings.optimizers()[self.solver]
        taken = inspect.signature(kind).parameters
        offered = {"rng": self._rng, "line_search_fn": "strong_wolfe"}
        options = {name: value for name, value in offered.items() if name in taken}
        self._optimizer = kind(
            self.model_.parameters(), lr=float(self.learning_rate_init), **options
        )
        self.history_ = History()

    def _train(
        self,
        inputs: Any,
        targets: list[Any],
        weights: Any,
        loss: Loss,
        epochs: int | None = None,
        strata: Any = None,
    ) -> None:
        """Train for `max_iter` epochs at most, or for so many as are asked for."""
        validation = None
        callbacks = []
        if epochs is None and self.early_stopping:
            kept, held = train_test_split(
                range(len(targets)), test_size=self.validation_fraction, stratify=strata,
                random_state=int(self._rng.random() * 2**31),
            )  # fmt: skip
            validation = (inputs[held], [targets[k] for k in held])
            inputs, targets = inputs[kept], [targets[k] for k in kept]
            weights = None if weights is None else weights[kept]
        if epochs is None:
            callbacks = [
                EarlyStopping(
                    self.n_iter_no_change, min_delta=self.tol, restore_best=self.early_stopping,
                    monitor="validation" if self.early_stopping else "loss",
                )
            ]  # fmt: skip
        trainer = Trainer(
            self.model_, loss, self._optimizer, rng=self._rng, callbacks=callbacks,
            batch_size=self._rows_a_batch(len(targets)),
            penalty=self._penalty(), progress=bool(self.verbose),
        )  # fmt: skip
        history = trainer.fit(
            inputs, targets, epochs=epochs or int(self.max_iter), validation=validation,
            sample_weight=weights,
        )  # fmt: skip
        if epochs is not None:
            done = len(self.history_.epochs)
            more = [epoch._replace(number=done + epoch.number) for epoch in history.epochs]
            history = History([*self.history_.epochs, *more], history.unreached)
        self.history_ = history

    def _rows_a_batch(self, count: int) -> int:
        """How many rows a step sees; a search along a line must see the same ones each time."""
        if self.batch_size != "auto":
            return int(self.batch_size)
        return count if self._optimizer.needs_closure else min(_BATCH, count)

    def _penalty(self) -> Callable[[Any], Any] | None:
        """Half alpha times the sum of the squares of the weights, biases left out."""
        weights = [unit for name, unit in self.model_.named_parameters() if "bias" not in name]
        if not self.alpha:
            return None
        return lambda parameters: l2_penalty(weights, 0.5 * self.alpha)

    def _weights(self, sample_weight: Any, X: Any) -> Any:  # noqa: N803
        if sample_weight is None:
            return None
        return _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)

    def _outputs(self, X: Any) -> Any:  # noqa: N803
        """The network's outputs for checked rows, as an array."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)  # noqa: N806
        return np.array(predict(self.model_, X.tolist()))
