"""Data sets that ship: equal to their sources, with a page each, small."""

from __future__ import annotations

import math
import re
import statistics
from importlib import resources

import pytest

from gatenet import datasets
from gatenet.datasets import (
    Dataset,
    advertising,
    breast_cancer,
    diabetes,
    digits,
    exams,
    names,
    radio,
    wine,
)

LOADERS = [datasets.iris, digits, breast_cancer, wine, diabetes]


@pytest.mark.parametrize("loader", LOADERS, ids=lambda f: f.__name__)
class TestAll:
    def test_equal_to_scikit_learn(self, loader) -> None:
        """Every number, the order of the rows and the names of the columns are scikit-learn's."""
        found = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
        raw = {"scaled": False} if loader is diabetes else {}
        bunch = getattr(found, f"load_{loader.__name__}")(**raw)
        ours = loader(**raw)

        assert ours.inputs == bunch.data.tolist()
        assert ours.targets == bunch.target.tolist()
        if loader is not datasets.iris:  # its columns are named without "(cm)"
            assert list(ours.feature_names) == list(bunch.feature_names)

    def test_rows_are_whole(self, loader) -> None:
        """Every row has every column, of floats, and every class a name."""
        data = loader()

        assert {len(row) for row in data.inputs} == {len(data.feature_names)}
        assert {type(x) for row in data.inputs for x in row} == {float}
        assert len(data) == len(data.targets) == len(data.inputs)
        if loader is not diabetes:
            assert set(data.targets) == set(range(len(data.target_names)))
        assert data.source and data.description

    def test_page_beside_the_rows(self, loader) -> None:
        """The page beside the rows names the number of rows and speaks of the licence."""
        page = resources.files("gatenet.datasets").joinpath(f"{loader.__name__}.md").read_text()

        assert str(len(loader())) in page.replace(",", "")
        assert re.search(r"CC BY 4\.0|Licence", page)

    def test_each_call_gives_its_own_rows(self, loader) -> None:
        """Whoever changes a loaded row changes nobody else's."""
        loader().inputs[0][0] = -1.0

        assert loader().inputs[0][0] != -1.0


class TestFigures:
    """Figures printed by the sources, for readers without scikit-learn."""

    def test_breast_cancer(self) -> None:
        """212 are malignant and 357 benign; the largest mean radius is 28.11."""
        data = breast_cancer()

        assert (data.targets.count(0), data.targets.count(1)) == (212, 357)
        radii = [row[0] for row in data.inputs]
        assert (min(radii), max(radii)) == (6.981, 28.11)

    def test_wine(self) -> None:
        """The growers have 59, 71 and 48 wines; the proline has the range and mean of its page."""
        data = wine()

        assert [data.targets.count(k) for k in range(3)] == [59, 71, 48]
        proline = [row[-1] for row in data.inputs]
        assert (min(proline), max(proline), int(statistics.fmean(proline))) == (278, 1680, 746)

    def test_digits(self) -> None:
        """UCI's note on the test rows: so many of each digit, pixels from 0 to 16."""
        data = digits()

        expected = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
        assert [data.targets.count(k) for k in range(10)] == expected
        assert {x for row in data.inputs for x in row} == {float(k) for k in range(17)}

    def test_diabetes_scaled(self) -> None:
        """Columns have mean 0 and length 1, to a rounding, and are scikit-learn's to a rounding."""
        rows = diabetes().inputs
        for column in zip(*rows, strict=True):
            assert abs(math.fsum(column)) < 1e-13
            assert math.fsum(x * x for x in column) == pytest.approx(1.0, rel=1e-14)

        found = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
        theirs = found.load_diabetes().data.tolist()
        assert [x for row in rows for x in row] == pytest.approx(
            [x for row in theirs for x in row], rel=0.0, abs=3e-16
        )

    def test_names(self) -> None:
        """The list has makemore's number of names, its longest and shortest, and only letters."""
        found = names()

        assert len(found) == 32033
        assert (min(map(len, found)), max(map(len, found))) == (2, 15)
        assert all(re.fullmatch("[a-z]+", name) for name in found)
        assert "MIT License" in resources.files("gatenet.datasets").joinpath("names.md").read_text()

    def test_size_of_the_package(self) -> None:
        """All shipped rows together stay below a quarter of a megabyte."""
        folder = resources.files("gatenet.datasets")
        sizes = {
            file.name: len(file.read_bytes())
            for file in folder.iterdir()
            if file.name.endswith((".gz", ".csv"))
        }

        assert len(sizes) == 6
        assert sum(sizes.values()) < 250_000


class TestGlossary:
    def test_radio_is_a_column_of_advertising(self) -> None:
        """The table of simple regression is the radio column of the larger one."""
        assert [row[1:2] for row in advertising().inputs] == radio().inputs
        assert advertising().targets == radio().targets == [22.1, 10.4, 18.3, 18.5]

    def test_glossary_s_example_of_a_prediction(self) -> None:
        """On these rows the glossary's line .46 radio + .025 is far from least squares."""
        inputs, sales = radio()
        errors = [(0.46 * x + 0.025 - y) ** 2 for (x,), y in zip(inputs, sales, strict=True)]

        # Worked by hand: -4.687, 7.703, 2.839, 0.523 squared, over 4.
        assert statistics.fmean(errors) == pytest.approx(22.4095, abs=1e-3)

    def test_exams(self) -> None:
        """Those who slept more passed, and the classes are called so."""
        rows = exams()

        assert rows.target_names == ("failed", "passed")
        slept = [(row[1], label) for row, label in zip(*rows, strict=True)]
        assert [label for _, label in sorted(slept)] == [0, 0, 1, 1]


def test_repr_of_numbers_and_of_classes() -> None:
    """A data set says its size, and the range of its targets or the number of its classes."""
    assert repr(Dataset([[1.0], [2.0]], [0.5, -1.25])) == (
        "<Dataset of 2 rows, 1 features, targets -1.25 to 0.5>"
    )
    assert repr(Dataset([[1.0], [2.0]], [7, 7])) == "<Dataset of 2 rows, 1 features, 1 classes>"
    assert repr(Dataset([], [])) == "<Dataset of 0 rows, 0 features, 0 classes>"
