"""Tables: what is read, what is refused, and where the trouble stands."""

from __future__ import annotations

import math
from typing import Any

import pytest

from gatenet.errors import GatenetError
from gatenet.tabular import encoded, labels, numbers, rows, samples


def test_rows_of_lists() -> None:
    """Lists and tuples of ints, floats and bools become rows of floats."""
    assert rows(((1, 2.5), [True, -3])) == [[1.0, 2.5], [1.0, -3.0]]
    assert all(type(x) is float for row in rows([[1, True]]) for x in row)


def test_rows_of_arrays() -> None:
    """Arrays of any real type are read, also as rows in a list, and a column as numbers."""
    numpy = pytest.importorskip("numpy")
    table = numpy.arange(6).reshape(3, 2)
    for kind in ("int8", "uint64", "float32", "float64", "object", "bool"):
        found = rows(table.astype(kind))
        assert found == table.astype(kind).astype(float).tolist()
        assert type(found[0][0]) is float
    assert rows(list(table)) == table.tolist()
    assert numbers(table[:, :1]) == [0.0, 2.0, 4.0]
    assert samples(table.reshape(3, 2, 1)) == [[[0], [1]], [[2], [3]], [[4], [5]]]


def test_frames() -> None:
    """Frames and series are read; what is missing is named by its column."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"age": [30, 40], "pay": [1.5, 2.5], "in": [True, False]})

    assert rows(frame) == [[30.0, 1.5, 1.0], [40.0, 2.5, 0.0]]
    assert numbers(frame["pay"]) == [1.5, 2.5]
    assert labels(pandas.Series(["a", "b"], dtype="category")) == ["a", "b"]
    with pytest.raises(ValueError, match=r"nan in row 1, column 'pay'"):
        rows(pandas.DataFrame({"age": [30, 40], "pay": [1.5, math.nan]}))
    with pytest.raises(ValueError, match=r"nothing \(<NA>\) in row 0, column 'age'"):
        rows(pandas.DataFrame({"age": [pandas.NA, 1]}))
    with pytest.raises(ValueError, match="no label in row 1"):
        labels(pandas.Series(["a", None], dtype="string"))


@pytest.mark.parametrize(
    ("table", "kind", "said"),
    [
        ([], ValueError, "X has no rows"),
        ([[]], ValueError, "X has 1 rows and no columns"),
        ([1.0, 2.0], ValueError, r"one dimension.*\[\[x\] for x in X\]"),
        ([[1.0], [1.0, 2.0]], ValueError, "1 columns in row 0 and 2 in row 1"),
        ([[1.0, math.inf]], ValueError, "inf in row 0, column 1"),
        ([[None]], ValueError, r"nothing \(None\) in row 0, column 0"),
        ([["3"]], TypeError, "row 0, column 0: '3' of type str is text"),
        ([[1j]], TypeError, "complex"),
        ([[[1.0]]], TypeError, "is not one number"),
        ("text", TypeError, "'text', of type str: pass a table"),
        ([[1.0], "23"], TypeError, r"X\[1\] is '23'"),
        (3.0, TypeError, "3.0, of type float"),
        ({"a": 1}, TypeError, "of type dict"),
    ],
)  # fmt: skip
def test_refused_rows(table: Any, kind: type[Exception], said: str) -> None:
    """What is no table of finite numbers is an error that says where and why."""
    with pytest.raises(kind, match=said) as caught:
        rows(table)

    assert isinstance(caught.value, GatenetError)


def test_expected_columns() -> None:
    """The wrong number of columns is said with both numbers; nan passes where it may."""
    with pytest.raises(ValueError, match="test has 1 columns; 2 are expected"):
        rows([[1.0]], name="test", columns=2)

    assert math.isnan(rows([[math.nan]], finite=False)[0][0])


def test_refused_arrays() -> None:
    """Sparse and complex arrays are refused with the mend."""
    numpy = pytest.importorskip("numpy")
    with pytest.raises(TypeError, match="complex"):
        rows(numpy.ones((2, 2)) * 1j)
    with pytest.raises(ValueError, match="one dimension"):
        rows(numpy.ones(3))
    with pytest.raises(ValueError, match=r"X\[0\]\[1\] is nan"):
        samples(numpy.array([[1.0, math.nan]]))
    scipy = pytest.importorskip("scipy.sparse")
    with pytest.raises(TypeError, match=r"sparse csr_matrix: pass X.toarray\(\)"):
        rows(scipy.csr_matrix(numpy.eye(2)))


def test_labels() -> None:
    """Whole numbers, texts and bools are classes; the rest is refused by name and row."""
    assert labels([[1], [2]]) == [1, 2]
    assert labels([1.0, 3]) == [1.0, 3]
    for wrong, kind, said in [
        ([0, math.nan], ValueError, "no label in row 1"),
        ([None], ValueError, "no label in row 0"),
        (["a", 1], ValueError, "texts beside numbers"),
        ([0.5], ValueError, "train a regressor"),
        ([[1, 2]], ValueError, r"a table of \[2\] columns"),
        ([{}], TypeError, "of type dict"),
        ([], ValueError, "empty"),
    ]:
        with pytest.raises(kind, match=said):
            labels(wrong)
    with pytest.raises(ValueError, match="y has 2 values for 3 rows"):
        labels([1, 2], count=3)


def test_encoded() -> None:
    """Labels become places; those that were never seen are listed."""
    assert encoded(["no", "yes"], ["yes", "no"]) == [1, 0]
    with pytest.raises(ValueError, match=r"\['perhaps'\].*classes are \['no', 'yes'\]"):
        encoded(["no", "perhaps", "perhaps"], ["no", "yes"])
