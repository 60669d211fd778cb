"""Estimators for scikit-learn: networks of units behind `fit`, `predict` and `score`.

    from gatenet.sklearn import GatenetClassifier
    GatenetClassifier(random_state=0).fit(X, y).predict(X)

Knows networks, losses, optimizers and the trainer; needs NumPy and scikit-learn (the extra
`sklearn`).
"""

from gatenet.sklearn.classifier import GatenetClassifier as GatenetClassifier
from gatenet.sklearn.regressor import GatenetRegressor as GatenetRegressor

__all__ = ["GatenetClassifier", "GatenetRegressor"]
