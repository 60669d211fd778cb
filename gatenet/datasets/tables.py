"""The few rows that the machine-learning glossary prints beside its formulas.

They are copied figure by figure: an explanation that names a number should find it here.
"""

from __future__ import annotations

from gatenet.datasets.dataset import Dataset

_SOURCE = "B. Fortuner and others, Machine Learning Glossary (MIT licence)"
_COMPANIES = "Advertising of four companies and the units they sold; the companies are made up."


def advertising() -> Dataset:
    """Give four companies' spending on TV, radio and newspapers, and the units they sold.

    The glossary speaks of 200 rows and prints these four.  They resemble the first rows of the
    Advertising table of James, Witten, Hastie and Tibshirani's "Introduction to Statistical
    Learning", with other names and other figures.

    >>> rows = advertising()
    >>> rows
    <Dataset of 4 rows, 3 features, targets 10.4 to 22.1>
    >>> rows.feature_names, rows.inputs[0], rows.targets[0]
    (('TV', 'radio', 'newspaper'), [230.1, 37.8, 69.1], 22.1)
    """
    return Dataset(
        inputs=[
            [230.1, 37.8, 69.1],  # Amazon
            [44.5, 39.3, 23.1],  # Google
            [17.2, 45.9, 34.7],  # Facebook
            [151.5, 41.3, 13.2],  # Apple
        ],
        targets=[22.1, 10.4, 18.3, 18.5],
        feature_names=("TV", "radio", "newspaper"),
        target_names=("units",),
        source=f"{_SOURCE}, Linear regression, Multivariable regression",
        description=_COMPANIES,
    )


def radio() -> Dataset:
    """Give the glossary's table of simple regression: what was spent on radio, and the sales.

    It is the second column of `advertising`; the glossary's text and Russian edition print it alone
    (Компания, Затраты на рекламу, Продажи).

    >>> list(zip(*radio()))
    [([37.8], 22.1), ([39.3], 10.4), ([45.9], 18.3), ([41.3], 18.5)]
    """
    whole = advertising()
    return Dataset(
        inputs=[[row[1]] for row in whole.inputs],
        targets=whole.targets,
        feature_names=("radio",),
        target_names=("sales",),
        source=f"{_SOURCE}, Linear regression, Simple regression",
        description=_COMPANIES,
    )


def exams() -> Dataset:
    """Give four students' hours of study and of sleep, and whether they passed (1) or failed (0).

    >>> list(zip(*exams()))
    [([4.85, 9.63], 1), ([8.62, 3.23], 0), ([5.43, 8.23], 1), ([9.21, 6.34], 0)]
    """
    return Dataset(
        inputs=[[4.85, 9.63], [8.62, 3.23], [5.43, 8.23], [9.21, 6.34]],
        targets=[1, 0, 1, 0],
        feature_names=("studied", "slept"),
        target_names=("failed", "passed"),
        source=f"{_SOURCE}, Logistic regression, Binary logistic regression",
        description="Four students' hours of study and of sleep, and who passed.",
    )
