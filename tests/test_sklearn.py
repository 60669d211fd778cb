"""The estimators in scikit-learn's own tests, in its tools, and in front of bad input."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

pytest.importorskip("sklearn")

import numpy as np
from sklearn.datasets import load_iris, load_wine, make_blobs, make_regression
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from gatenet.nn import Module
from gatenet.sklearn import GatenetClassifier, GatenetRegressor
from gatenet.sklearn.settings import optimizers

#: As at their defaults, but with fewer neurons and epochs, for the checks fit some 150 times.
SMALL = {"hidden_layer_sizes": (3,), "max_iter": 8, "tol": 1e-2, "n_iter_no_change": 2}


@parametrize_with_checks([GatenetClassifier(**SMALL), GatenetRegressor(**SMALL)])
def test_scikit_learn(estimator: Any, check: Any) -> None:
    """The estimators pass every check that scikit-learn makes."""
    assert check(estimator) is None


def blobs(n: int = 60, classes: int = 3, seed: int = 0) -> Any:
    """Scaled points in as many heaps as classes."""
    X, y = make_blobs(n, centers=classes, cluster_std=0.8, random_state=seed)
    return StandardScaler().fit_transform(X), y


def classifier(**options: Any) -> GatenetClassifier:
    """A small classifier with a seed."""
    return GatenetClassifier(**{**SMALL, "max_iter": 15, "random_state": 0, **options})


def test_pipeline_and_grid_search() -> None:
    """The estimators work in a pipeline, a grid search and cross validation."""
    X, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), classifier())
    scores = cross_val_score(pipeline, X[::2], y[::2], cv=3)
    assert scores.mean() > 0.85
    grid = {"gatenetclassifier__activation": ["tanh", "relu"], "gatenetclassifier__alpha": [0.0]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(X[::5], y[::5])
    assert search.best_score_ > 0.7
    assert search.best_params_["gatenetclassifier__alpha"] == 0.0


def test_frames() -> None:
    """Frames are taken with their column names, which must be the same when predicting."""
    pandas = pytest.importorskip("pandas")
    X, y = blobs()
    frame = pandas.DataFrame(X, columns=["a", "b"])
    names = pandas.Series(["one", "two", "three"])[y].to_numpy()
    found = classifier().fit(frame, names)

    assert found.feature_names_in_.tolist() == ["a", "b"]
    assert found.n_features_in_ == 2
    assert set(found.predict(frame)) <= {"one", "two", "three"}
    assert found.score(frame, names) > 0.9
    with pytest.raises(ValueError, match="feature names"):
        found.predict(frame[["b", "a"]])


def test_probabilities() -> None:
    """Probabilities add up to 1, and agree with the logits and the classes, two or more."""
    for classes in (2, 3):
        X, y = blobs(classes=classes)
        found = classifier().fit(X, y)
        shares, logits = found.predict_proba(X), found.decision_function(X)

        assert np.allclose(shares.sum(axis=1), 1.0, rtol=1e-15)
        assert (found.classes_[shares.argmax(axis=1)] == found.predict(X)).all()
        if classes == 2:
            assert np.allclose(shares[:, 1], 1.0 / (1.0 + np.exp(-logits)), rtol=1e-12)
        else:
            wanted = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
            assert np.allclose(shares, wanted, rtol=1e-12)


def test_logistic_regression() -> None:
    """Without hidden layers the classifier is logistic regression: scikit-learn's coefficients."""
    X, y = blobs(30, classes=2, seed=3)
    y = y ^ (np.arange(len(y)) % 7 == 0)
    ours = GatenetClassifier((), alpha=0.1, max_iter=200, n_iter_no_change=200, random_state=0).fit(
        X, y
    )
    # scikit-learn minimises C · Σ loss + ½ |w|²; ours is the mean loss + alpha/2 · |w|².
    theirs = LogisticRegression(C=1.0 / (0.1 * len(y)), tol=1e-10).fit(X, y)

    assert ours.decision_function(X) == pytest.approx(theirs.decision_function(X), abs=1e-3)


def test_ridge_regression() -> None:
    """Without hidden layers the regressor is ridge regression, whatever the unit of the target."""
    X, y = make_regression(20, 3, noise=10.0, random_state=1)
    ours = GatenetRegressor((), alpha=0.2, max_iter=200, n_iter_no_change=200, random_state=0).fit(
        X, 1000.0 * y + 5.0
    )
    theirs = Ridge(alpha=0.1 * len(y)).fit(X, 1000.0 * y + 5.0)

    assert ours.predict(X) == pytest.approx(theirs.predict(X), rel=1e-4, abs=10.0)


def test_several_targets() -> None:
    """Several targets a row are learnt together, each in its own scale."""
    X, y = make_regression(20, 2, n_targets=2, random_state=0)
    found = GatenetRegressor((), max_iter=80, random_state=0).fit(X, y * [1.0, 1000.0])

    assert found.predict(X).shape == (20, 2)
    assert found.score(X, y * [1.0, 1000.0]) > 0.95


def test_losses() -> None:
    """Absolute and Huber loss are drawn away by an outlier less than squared error is."""
    X = np.linspace(-1.0, 1.0, 21).reshape(-1, 1)
    y = X[:, 0].copy()
    y[0] = 30.0
    slopes = {}
    for loss in ("squared_error", "absolute_error", "huber"):
        options = {"loss": loss, "max_iter": 100, "n_iter_no_change": 100, "alpha": 0.0}
        found = GatenetRegressor((), random_state=0, **options).fit(X, y)
        slopes[loss] = float(np.diff(found.predict([[0.0], [1.0]]))[0])

    assert slopes["squared_error"] < -1.0 < slopes["huber"] < slopes["absolute_error"]
    assert slopes["absolute_error"] == pytest.approx(1.0, abs=0.3)


def test_partial_fit() -> None:
    """partial_fit learns a part at a time; the epochs add up."""
    X, y = blobs()
    found = classifier()
    for part in range(20):
        found.partial_fit(X[part % 2 :: 2], y[part % 2 :: 2], classes=[0, 1, 2])
    assert found.score(X, y) > 0.9
    assert found.n_iter_ == len(found.loss_curve_) == 20
    line = GatenetRegressor((), random_state=0)
    for _ in range(40):
        line.partial_fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0])
    assert line.predict([[1.0]]) == pytest.approx([1.0], abs=0.1)


def test_warm_start() -> None:
    """With warm_start a second fit goes on; without, it is as the first."""
    X, y = blobs()
    warm, cold = classifier(warm_start=True, max_iter=2), classifier(max_iter=2)
    for found in (warm, cold):
        first = found.fit(X, y).loss_
        second = found.fit(X, y).loss_
        assert (second < first) == found.warm_start
        assert (second == first) != found.warm_start
    with pytest.raises(
        ValueError, match=r"goes on with the classes \[0, 1, 2\], and y has \[0, 1\]"
    ):
        warm.fit(X, y % 2)
    with pytest.raises(ValueError, match=r"layers of \[3, 3\].* ask for \[5, 3\]"):
        warm.set_params(hidden_layer_sizes=5).fit(X, y)


def test_early_stopping() -> None:
    """Early stopping holds rows back and keeps the network that did best on them."""
    X, y = blobs(60)
    found = classifier(early_stopping=True, max_iter=30, n_iter_no_change=3, tol=0.0).fit(X, y)
    best = found.history_.best

    assert found.n_iter_ < 30
    assert best is not None and best.validation is not None
    assert all(best.validation <= epoch.validation for epoch in found.history_.epochs)


@pytest.mark.parametrize("solver", sorted(optimizers()))
def test_solvers(solver: str) -> None:
    """Every optimizer can be the solver, and lowers the loss."""
    X, y = blobs(20, classes=2)
    rate = {"adadelta": 10.0, "sgd": 0.5}.get(solver, 0.1)
    found = classifier(solver=solver, learning_rate_init=rate, max_iter=6, tol=0.0).fit(X, y)

    assert found.loss_curve_[-1] < found.loss_curve_[0]


@pytest.mark.parametrize("solver", ["lbfgs", "bfgs", "newton", "conjugategradient"])
def test_searching_solvers_see_all_rows(solver: str) -> None:
    """By default a solver that searches along a line learns from all rows at once."""
    X, y = blobs(40, classes=2)
    options = {"solver": solver, "hidden_layer_sizes": (), "max_iter": 2, "tol": 0.0}
    curves = [classifier(**options, batch_size=size).fit(X, y).loss_curve_ for size in ("auto", 40)]

    assert curves[0] == curves[1]
    assert curves[0][1] < curves[0][0]


def test_lbfgs_on_wine() -> None:
    """L-BFGS tells the wines apart by default, as it does with all rows in one batch."""
    X, y = load_wine(return_X_y=True)
    X, y = StandardScaler().fit_transform(X)[::3], y[::3]
    found = classifier(solver="lbfgs", hidden_layer_sizes=(), max_iter=3, tol=0.0).fit(X, y)

    assert len(X) > 32
    assert found.loss_curve_ == sorted(found.loss_curve_, reverse=True)
    assert found.score(X, y) == 1.0


def test_random_state() -> None:
    """One seed gives one network, another seed another."""
    X, y = blobs()
    curves = [classifier(random_state=seed).fit(X, y).loss_curve_ for seed in (0, 0, 1)]

    assert curves[0] == curves[1] != curves[2]


def test_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    """verbose shows the progress on the standard error; by default there is none."""
    X, y = blobs()
    classifier(max_iter=2).fit(X, y)
    assert capsys.readouterr().err == ""
    classifier(max_iter=2, verbose=True).fit(X, y)
    assert capsys.readouterr().err.startswith("epoch 1/2  loss ")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"hidden_layer_sizes": (0,)}, "each size is a whole number from 1"),
        ({"hidden_layer_sizes": "big"}, "hidden_layer_sizes is 'big'"),
        ({"activation": "rleu"}, "unknown activation 'rleu', did you mean relu"),
        ({"solver": "adan"}, "unknown solver 'adan'"),
        ({"learning_rate_init": 0.0}, r"learning_rate_init is 0\.0"),
        ({"alpha": -1.0}, r"alpha is -1\.0"),
        ({"alpha": "small"}, "alpha is 'small'"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"max_iter": 0}, "max_iter is 0"),
        ({"validation_fraction": 1.0}, r"validation_fraction is 1\.0"),
    ],
)
def test_wrong_settings(options: dict[str, Any], said: str) -> None:
    """A setting that cannot work is refused by name and value, when fitted."""
    X, y = blobs(12)
    with pytest.raises(ValueError, match=said):
        classifier(**options).fit(X, y)
    with pytest.raises(ValueError, match="unknown loss 'mse'"):
        GatenetRegressor(loss="mse").fit(X, y)


def test_wrong_data() -> None:
    """Wrong shapes, nan, text and unseen labels are said in scikit-learn's or our own words."""
    X, y = blobs(12)
    fitted = classifier(max_iter=1).fit(X, y)
    cases = [
        (lambda: classifier().fit(X, y[:-1]), "inconsistent numbers of samples"),
        (lambda: classifier().fit(X[:, 0], y), "Reshape your data"),
        (lambda: classifier().fit(X * np.nan, y), "contains NaN"),
        (lambda: classifier().fit([["a", "b"]] * 12, y), "could not convert string to float"),
        (
            lambda: classifier().fit(X, [0] * 12),
            "y has one class, 0: a classifier needs at least 2",
        ),
        (lambda: classifier().fit(X, y + 0.5), "Unknown label type"),
        (lambda: fitted.predict(X[:, :1]), "has 1 features, but GatenetClassifier is expecting 2"),
        (lambda: fitted.partial_fit(X, y + 1), r"labels that were not there at first: \[3\]"),
        (
            lambda: fitted.partial_fit(X, y, classes=[0, 1]),
            r"classes is \[0, 1\], and at the first",
        ),
        (lambda: classifier().partial_fit(X, y), "the first partial_fit needs classes="),
        (lambda: classifier().fit(X, y, sample_weight=-y), "Negative values"),
    ]
    for make, said in cases:
        with pytest.raises(ValueError, match=said):
            make()


def test_model_is_a_module() -> None:
    """The network behind an estimator is a module whose predictions are the estimator's."""
    X, y = blobs()
    found = classifier().fit(X, y)
    outputs = [[unit.value for unit in found.model_(row)] for row in X.tolist()]

    assert isinstance(found.model_, Module)
    assert outputs == found.decision_function(X).tolist()
    assert pickle.loads(pickle.dumps(found)).predict(X).tolist() == found.predict(X).tolist()
