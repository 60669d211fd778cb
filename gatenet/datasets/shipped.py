"""Reading the tables that ship with gatenet: CSV, most of them compressed.

Knows the package's own files and the form of a data set; does not know what the columns mean.
"""

from __future__ import annotations

import csv
import gzip
from importlib import resources

from gatenet.datasets.dataset import Dataset


def lines(name: str) -> list[str]:
    """The lines of a shipped file; one whose name ends in ".gz" is unpacked.

    >>> lines("names.txt.gz")[:3]
    ['emma', 'olivia', 'ava']
    """
    data = resources.files("gatenet.datasets").joinpath(name).read_bytes()
    return (gzip.decompress(data) if name.endswith(".gz") else data).decode("ascii").splitlines()


def classes(name: str, *, source: str, description: str) -> Dataset:
    """Read a table whose last column names the class; classes are numbered as they first appear.

    >>> classes("iris.csv", source="", description="").target_names
    ('setosa', 'versicolor', 'virginica')
    """
    header, *rows = csv.reader(lines(name))
    numbers = {target: k for k, target in enumerate(dict.fromkeys(row[-1] for row in rows))}
    return Dataset(
        inputs=[[float(cell) for cell in row[:-1]] for row in rows],
        targets=[numbers[row[-1]] for row in rows],
        feature_names=tuple(header[:-1]),
        target_names=tuple(numbers),
        source=source,
        description=description,
    )


def quantities(name: str, *, source: str, description: str) -> Dataset:
    """Read a table whose last column is the number to predict.

    >>> quantities("diabetes.csv.gz", source="", description="").targets[0]
    151.0
    """
    header, *rows = csv.reader(lines(name))
    numbers = [[float(cell) for cell in row] for row in rows]
    return Dataset(
        inputs=[row[:-1] for row in numbers],
        targets=[row[-1] for row in numbers],
        feature_names=tuple(header[:-1]),
        target_names=(header[-1],),
        source=source,
        description=description,
    )
