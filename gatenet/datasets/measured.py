"""Measured data: rows that ship with gatenet as CSV files, each with a page on its source."""

from __future__ import annotations

import csv
from importlib import resources

from gatenet.datasets.dataset import Dataset


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
    text = resources.files("gatenet.datasets").joinpath("iris.csv").read_text(encoding="ascii")
    header, *rows = csv.reader(text.splitlines())
    names = tuple(dict.fromkeys(row[-1] for row in rows))
    return Dataset(
        inputs=[[float(cell) for cell in row[:-1]] for row in rows],
        targets=[names.index(row[-1]) for row in rows],
        feature_names=tuple(header[:-1]),
        target_names=names,
        source="R. A. Fisher, The use of multiple measurements in taxonomic problems, 1936",
    )
