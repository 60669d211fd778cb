"""Estimators for scikit-learn: networks of units behind `fit`, `predict` and `score`."""
