"""Data sets: the right numbers, the same for the same seed, split and scaled as documented."""

from __future__ import annotations

import math
import statistics

import pytest

from gatenet.datasets import iris, moons, standardize, train_test_split, xor
from gatenet.errors import OperandError, RangeError, WiringError


class TestIris:
    def test_sums_and_ranges(self) -> None:
        """The columns have the ranges, means and deviations that UCI's page gives."""
        columns = list(zip(*iris().inputs, strict=True))

        assert [(min(c), max(c)) for c in columns] == [
            (4.3, 7.9),
            (2.0, 4.4),
            (1.0, 6.9),
            (0.1, 2.5),
        ]
        means = [statistics.fmean(c) for c in columns]
        deviations = [statistics.stdev(c) for c in columns]
        # UCI prints a second mean of 3.05, from its file with two slips; Fisher's rows give 3.057.
        assert [round(m, 3) for m in means] == [5.843, 3.057, 3.758, 1.199]
        assert [round(d, 2) for d in deviations] == [0.83, 0.44, 1.77, 0.76]

    def test_classes(self) -> None:
        """There are fifty flowers of each species, setosa first."""
        flowers = iris()

        assert flowers.targets == [0] * 50 + [1] * 50 + [2] * 50
        assert flowers.target_names == ("setosa", "versicolor", "virginica")

    def test_rows_that_uci_has_wrong(self) -> None:
        """Rows 35 and 38 are Fisher's and not those of UCI's file."""
        rows = iris().inputs

        assert rows[34] == [4.9, 3.1, 1.5, 0.2]
        assert rows[37] == [4.9, 3.6, 1.4, 0.1]

    def test_equal_to_scikit_learn(self) -> None:
        """Every number equals scikit-learn's copy."""
        found = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
        bunch = found.load_iris()

        inputs, targets = iris()
        assert inputs == bunch.data.tolist()
        assert targets == bunch.target.tolist()


class TestPoints:
    def test_moons_without_noise(self) -> None:
        """Without noise, class 0 lies on the upper half circle and class 1 on the lower."""
        inputs, targets = moons(51, noise=0.0, rng=3)

        assert (targets.count(0), targets.count(1)) == (25, 26)
        for (x, y), label in zip(inputs, targets, strict=True):
            centre = (0.0, 0.0) if label == 0 else (1.0, 0.5)
            assert math.isclose(math.dist((x, y), centre), 1.0)
            assert y > -1e-9 if label == 0 else y < 0.5 + 1e-9

    def test_noise(self) -> None:
        """`noise` is the standard deviation of what is added to each coordinate."""
        rows = moons(4000, noise=0.2, rng=1)
        radii = [
            math.dist(row, (0.0, 0.0) if label == 0 else (1.0, 0.5)) - 1.0
            for row, label in zip(*rows, strict=True)
        ]

        assert 0.19 < statistics.pstdev(radii) < 0.21

    def test_seed(self) -> None:
        """The same seed gives the same points, in an order that mixes the classes."""
        assert moons(40, rng=5) == moons(40, rng=5)
        assert moons(40, rng=5) != moons(40, rng=6)
        assert moons(40, rng=5).targets != sorted(moons(40, rng=5).targets)

    def test_wrong_arguments(self) -> None:
        """Too few points, a negative noise and a missing seed are refused."""
        for wrong in ({"n": 1}, {"noise": -0.1}, {"noise": math.nan}):
            with pytest.raises(RangeError, match="moons got"):
                moons(**wrong, rng=0)
        with pytest.raises(OperandError, match="pass a seed"):
            moons(rng=None)  # type: ignore[arg-type]

    def test_xor(self) -> None:
        """Each row's target is the exclusive or of its two inputs."""
        for (a, b), target in zip(*xor(), strict=True):
            assert target == int(a) ^ int(b)


class TestSplit:
    def test_every_row_comes_once(self) -> None:
        """Each row lands on one side, with its own target."""
        rows, answers = list(range(50)), [k * k for k in range(50)]
        train, test, train_answers, test_answers = train_test_split(rows, answers, rng=2)

        assert sorted(train + test) == rows
        assert len(test) == 13  # a quarter of 50, rounded up
        assert [k * k for k in train] == train_answers
        assert [k * k for k in test] == test_answers

    def test_seed(self) -> None:
        """The seed decides which rows are held back."""
        rows = list(range(20))
        splits = [train_test_split(rows, rows, rng=seed)[1] for seed in (0, 0, 1)]

        assert splits[0] == splits[1] != splits[2]

    def test_stratified(self) -> None:
        """With `stratify` each class gives its share."""
        answers = [0] * 40 + [1] * 8
        _, _, _, test = train_test_split(answers, answers, stratify=True, test_size=0.25, rng=0)

        assert (test.count(0), test.count(1)) == (10, 2)

    def test_share_is_not_rounded_up_by_noise(self) -> None:
        """A share that is a whole number of rows in exact arithmetic stays that number."""
        rows = list(range(100))

        assert len(train_test_split(rows, rows, test_size=0.07, rng=0)[1]) == 7

    @pytest.mark.parametrize("test_size", [0.0, 1.0, -0.5, 2.0])
    def test_empty_side(self, test_size: float) -> None:
        """A split that leaves one side empty is refused."""
        with pytest.raises(RangeError, match="both sides need some"):
            train_test_split([1, 2], [1, 2], test_size=test_size, rng=0)

    def test_lengths(self) -> None:
        """Inputs and targets of different lengths are refused."""
        with pytest.raises(WiringError, match="3 rows of inputs and 2 targets"):
            train_test_split([1, 2, 3], [1, 2], rng=0)


class TestStandardize:
    def test_mean_and_deviation(self) -> None:
        """Columns come out with mean 0 and population deviation 1."""
        (table,) = standardize(iris().inputs)

        for column in zip(*table, strict=True):
            assert abs(statistics.fmean(column)) < 1e-14
            assert math.isclose(statistics.pstdev(column), 1.0, rel_tol=1e-14)

    def test_others_use_the_first_table(self) -> None:
        """Further tables are scaled by the first one's figures, not by their own."""
        _, test = standardize([[1.0], [3.0]], [[1.0], [1.0], [5.0]])

        assert test == [[-1.0], [-1.0], [3.0]]

    def test_constant_column(self) -> None:
        """A constant column comes out as (nearly) 0, whatever its mean rounds to."""
        (table,) = standardize([[0.1]] * 7)

        assert max(abs(row[0]) for row in table) < 1e-15

    def test_wrong_tables(self) -> None:
        """Empty and ragged tables are refused."""
        with pytest.raises(RangeError, match="without rows"):
            standardize([])
        with pytest.raises(WiringError, match="row 1 has 1 columns; the first row has 2"):
            standardize([[1.0, 2.0], [1.0]])
