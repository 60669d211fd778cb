"""Measured data: rows that ship with gatenet as CSV files, each with a page on its source.

Knows which files there are and where they come from; how they are read stands in `shipped`.
"""

from __future__ import annotations

import math
from dataclasses import replace

from gatenet.datasets.dataset import Dataset
from gatenet.datasets.shipped import classes, quantities


def iris() -> Dataset:
    """Load Fisher's iris measurements: 150 flowers of three species, four lengths in centimetres.

    Targets are 0, 1 and 2 for setosa, versicolor and virginica.  The values are those of Fisher's
    paper of 1936, which UCI's file gives wrongly in rows 35 and 38; `iris.md` beside the rows says
    more.

    >>> flowers = iris()
    >>> flowers
    <Dataset of 150 rows, 4 features, 3 classes>
    >>> flowers.inputs[34], flowers.target_names[flowers.targets[34]]
    ([4.9, 3.1, 1.5, 0.2], 'setosa')
    """
    return classes(
        "iris.csv",
        source="R. A. Fisher, The use of multiple measurements in taxonomic problems, 1936",
        description="150 iris flowers of three species: sepal and petal, length and width in cm.",
    )


def digits() -> Dataset:
    """Load 1,797 handwritten digits of 8 by 8 pixels; a pixel is 0.0 (paper) to 16.0 (ink).

    A row holds the picture's lines one after the other, 64 numbers.  The target is the digit.
    They are the test rows of UCI's Optical Recognition of Handwritten Digits, as in scikit-learn;
    `digits.md` beside the rows says more.

    >>> digits()
    <Dataset of 1797 rows, 64 features, 10 classes>
    >>> picture, digit = digits().inputs[0], digits().targets[0]
    >>> for line in range(8):
    ...     print("".join("·:o#"[int(ink) // 5] for ink in picture[8 * line : 8 * line + 8]))
    ··:o:···
    ··o#o#:·
    ··#··o:·
    ··o··::·
    ·::··::·
    ··o··o:·
    ··o:oo··
    ··:oo···
    >>> digit
    0
    """
    return classes(
        "digits.csv.gz",
        source="E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998",
        description="1797 handwritten digits as 8 by 8 pixels, each from 0 to 16.",
    )


def breast_cancer() -> Dataset:
    """Load the Wisconsin diagnostic breast cancer table: 569 tumours, 30 measurements of nuclei.

    Targets are 0 for malignant and 1 for benign, as in scikit-learn.  The columns differ in size by
    a factor of a million: `standardize` them before training.  `breast_cancer.md` says more.

    >>> tumours = breast_cancer()
    >>> tumours
    <Dataset of 569 rows, 30 features, 2 classes>
    >>> tumours.target_names, tumours.targets.count(0), tumours.feature_names[0]
    (('malignant', 'benign'), 212, 'mean radius')
    """
    return classes(
        "breast_cancer.csv.gz",
        source="W. Wolberg, O. Mangasarian, N. Street, W. Street, Breast Cancer Wisconsin "
        "(Diagnostic), UCI, 1995",
        description="569 breast tumours, malignant or benign, by 30 measurements of cell nuclei.",
    )


def wine() -> Dataset:
    """Load the chemical analysis of 178 wines from three growers of one region of Italy.

    Targets are 0, 1 and 2, the growers.  `wine.md` beside the rows says more.

    >>> wine()
    <Dataset of 178 rows, 13 features, 3 classes>
    >>> dict(zip(wine().feature_names, wine().inputs[0]))["alcohol"]
    14.23
    """
    return classes(
        "wine.csv.gz",
        source="S. Aeberhard, M. Forina, Wine, UCI, 1992",
        description="178 wines of three growers by 13 figures of their chemistry.",
    )


def diabetes(*, scaled: bool = True) -> Dataset:
    """Load 442 patients' ten measurements, and how far diabetes had gone a year later.

    The target is that measure, 25 to 346.  With `scaled`, as in scikit-learn, every column has mean
    0 and a sum of squares of 1; without, the figures are those of the study (age in years, sex 1 or
    2 and so on).  `diabetes.md` beside the rows says more.

    >>> diabetes()
    <Dataset of 442 rows, 10 features, targets 25 to 346>
    >>> diabetes(scaled=False).inputs[0][:4]
    [59.0, 2.0, 32.1, 101.0]
    """
    table = quantities(
        "diabetes.csv.gz",
        source="B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, Least angle regression, 2004",
        description="442 diabetes patients: ten measurements and the progression a year later.",
    )
    if not scaled:
        return table
    columns = [_unit_length(column) for column in zip(*table.inputs, strict=True)]
    return replace(table, inputs=[list(row) for row in zip(*columns, strict=True)])


def _unit_length(column: tuple[float, ...]) -> list[float]:
    """The column shifted to mean 0 and divided by its length."""
    mean = math.fsum(column) / len(column)
    length = math.sqrt(math.fsum((x - mean) ** 2 for x in column))
    return [(x - mean) / length for x in column]
