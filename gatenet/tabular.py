"""Tables: from what people have (lists, NumPy arrays, pandas frames) to plain rows of floats.

`rows` reads a table, `numbers` a column of numbers, `labels` a column of classes, `samples`
anything that is one thing per sample.  Arrays and frames are known by what they can do, so that
nothing has to be installed.  What is ragged, missing, text or of the wrong shape is one error that
names the place.  Knows what a real number is; does not know units.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any

from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.real import number
from gatenet.texts import shown


def rows(
    table: Any, *, name: str = "X", columns: int | None = None, finite: bool = True
) -> list[list[float]]:
    """Read a table: one list of floats per row, all of one length.

    A table is a list or tuple of rows, a two-dimensional array, or a frame.  True and False count
    as 1 and 0.  `columns` is how many columns there must be; `finite=False` lets nan and infinity
    through.

    Raises WiringError (a ValueError) for a wrong shape, ragged rows or the wrong number of
    columns, RangeError (a ValueError) for an empty table, nan or infinity, and OperandError (a
    TypeError) for text and other things that are no numbers.

    >>> rows([(1, 2), (3, 4.5)])
    [[1.0, 2.0], [3.0, 4.5]]
    >>> rows([[1.0, 2.0], [3.0]], name="inputs")
    Traceback (most recent call last):
    gatenet.errors.WiringError: inputs has 2 columns in row 0 and 1 in row 1: ...
    """
    headings = _headings(table)
    table = _listed(table, name, "a table of rows, such as [[0.5, 1.0], [2.0, 3.5]]")
    if not table:
        raise RangeError(f"{name} has no rows: there is nothing to learn from")
    if not _is_list(table[0]) and not hasattr(table[0], "tolist"):
        raise WiringError(
            f"{name} has one dimension, a list of {len(table)} values: a table has rows of "
            f"columns. For one column write [[x] for x in {name}] ({name}.reshape(-1, 1)), for one "
            f"row [{name}]"
        )
    found: list[list[float]] = []
    for k, row in enumerate(table):
        cells = _listed(row, f"{name}[{k}]", "a row, that is a list of numbers")
        if len(cells) != (len(found[0]) if found else len(cells)):
            raise WiringError(
                f"{name} has {len(found[0])} columns in row 0 and {len(cells)} in row {k}: "
                "all rows have one length"
            )
        found.append([
            _number(cell, name, f"row {k}, column {_heading(headings, j)}", finite)
            for j, cell in enumerate(cells)
        ])  # fmt: skip
    if not found[0]:
        raise RangeError(f"{name} has {len(found)} rows and no columns")
    if columns is not None and len(found[0]) != columns:
        raise WiringError(
            f"{name} has {len(found[0])} columns; {columns} are expected", columns=columns
        )
    return found


def numbers(y: Any, *, name: str = "y", count: int | None = None) -> list[float]:
    """Read a column of finite numbers: a list of them, or a table of one column.

    `count` is how many there must be: one for each row of the table beside it.

    Raises what `rows` raises.

    >>> numbers([[1], [2]])
    [1.0, 2.0]
    """
    cells = _column(y, name, count)
    return [_number(cell, name, f"row {k}", finite=True) for k, cell in enumerate(cells)]


def labels(y: Any, *, name: str = "y", count: int | None = None) -> list[Hashable]:
    """Read a column of classes: whole numbers, texts, or True and False, as plain values.

    Raises RangeError (a ValueError) for a missing label or a number that is not whole, WiringError
    for a wrong shape and for texts beside numbers, OperandError for anything else.

    >>> labels(("setosa", "virginica"))
    ['setosa', 'virginica']
    >>> labels([0.0, 0.5])
    Traceback (most recent call last):
    gatenet.errors.RangeError: y has 0.5 in row 1: a class is a whole number or a text; ...
    """
    cells = [_plain(cell) for cell in _column(y, name, count)]
    for k, cell in enumerate(cells):  # nan alone differs from itself
        if _is_missing(cell) or cell != cell:
            raise RangeError(f"{name} has no label in row {k} ({cell!r}): drop or fill such rows")
        if not isinstance(cell, (int, float, str)):
            raise OperandError(
                f"{name} has {shown(repr(cell), 60)} in row {k}, of type {type(cell).__name__}: "
                "a class is a whole number or a text"
            )
        if isinstance(cell, float) and not cell.is_integer():
            raise RangeError(
                f"{name} has {cell!r} in row {k}: a class is a whole number or a text; for "
                "targets that are measured, train a regressor"
            )
    if len({isinstance(cell, str) for cell in cells}) == 2:
        raise WiringError(f"{name} has texts beside numbers: write all its classes in one way")
    return cells


def encoded(found: Sequence[Hashable], classes: Sequence[Any], *, name: str = "y") -> list[int]:
    """Give the place of each label among the classes.

    Raises RangeError that names the labels which are no class.

    >>> encoded(["b", "a", "b"], ["a", "b"])
    [1, 0, 1]
    """
    places = {label: k for k, label in enumerate(classes)}
    unseen = [label for label in dict.fromkeys(found) if label not in places]
    if unseen:
        raise RangeError(
            f"{name} has labels that were not there at first: {shown(repr(unseen), 80)}. "
            f"The classes are {shown(repr(list(classes)), 80)}",
            unseen=unseen,
        )
    return [places[label] for label in found]


def samples(things: Any, *, name: str = "X") -> list[Any]:
    """Give a list with one thing per sample: arrays and frames as nested lists of plain values.

    Lists stay what they are (a sample may be a word, an image, a dict); what is in an array must
    be finite.

    Raises OperandError for something without an order or a length, RangeError for no samples.

    >>> samples(("ab", "c"))
    ['ab', 'c']
    """
    found = _listed(things, name, "a list of samples")
    if not found:
        raise RangeError(f"{name} has no rows: there is nothing to learn from")
    if not isinstance(things, (list, tuple)):
        check_finite(found, name)
    return found


def check_finite(found: Any, name: str) -> None:
    """Refuse a nan or an infinity at any depth of nested lists, without recursion.

    Raises RangeError that names the place.

    >>> check_finite([[1.0, 2.0], [3.0, math.nan]], "inputs")
    Traceback (most recent call last):
    gatenet.errors.RangeError: inputs[1][1] is nan: drop or fill such rows first
    """
    waiting = [(found, name)]
    while waiting:
        thing, place = waiting.pop()
        if isinstance(thing, (list, tuple)):
            waiting += [(item, f"{place}[{k}]") for k, item in enumerate(thing)]
        elif isinstance(thing, float) and not math.isfinite(thing):
            raise RangeError(f"{place} is {thing!r}: {_MISSING}")


_MISSING = "drop or fill such rows first"


def _number(cell: Any, name: str, place: str, finite: bool) -> float:
    kind = type(cell)
    if kind is float:
        value: float = cell
    elif kind is bool or kind.__name__ == "bool_":
        value = 1.0 if cell else 0.0
    elif _is_missing(cell):
        raise RangeError(f"{name} has nothing ({cell!r}) in {place}: {_MISSING}", value=cell)
    else:
        try:
            value = number(cell)
        except OperandError as error:
            raise OperandError(f"{name}, {place}: {error}", value=cell) from None
    if finite and not math.isfinite(value):
        raise RangeError(f"{name} has {value!r} in {place}: {_MISSING}", value=value)
    return value


def _column(y: Any, name: str, count: int | None) -> list[Any]:
    cells = _listed(y, name, "a list with one value for each row")
    if not cells:
        raise RangeError(f"{name} is empty: each row needs one target")
    widths = {len(cell) for cell in cells if _is_list(cell)}
    if widths and (widths != {1} or not all(map(_is_list, cells))):
        raise WiringError(
            f"{name} is a table of {shown(repr(sorted(widths)), 40)} columns: it is a list with "
            "one value for each row"
        )
    if count is not None and len(cells) != count:
        raise WiringError(
            f"{name} has {len(cells)} values for {count} rows: each row needs one", count=count
        )
    return [cell[0] for cell in cells] if widths else cells


def _listed(thing: Any, name: str, expected: str) -> list[Any]:
    """The items of a list, array or frame; arrays at any depth become lists."""
    if isinstance(thing, list):
        return thing
    if isinstance(thing, tuple):
        return list(thing)
    if hasattr(thing, "toarray"):
        raise OperandError(f"{name} is a sparse {type(thing).__name__}: pass {name}.toarray()")
    if hasattr(thing, "to_numpy"):
        thing = thing.to_numpy()
    kind = getattr(getattr(thing, "dtype", None), "kind", "")
    if kind == "c":
        raise OperandError(f"{name} holds complex numbers: pass its real and imaginary parts apart")
    if hasattr(thing, "tolist"):
        thing = thing.tolist()
    elif not isinstance(thing, (str, bytes, dict)) and hasattr(thing, "__getitem__"):
        thing = list(thing) if hasattr(thing, "__len__") else thing
    if not isinstance(thing, list):
        raise OperandError(
            f"{name} is {shown(repr(thing), 60)}, of type {type(thing).__name__}: pass {expected}"
        )
    return thing


def _is_list(thing: Any) -> bool:
    return isinstance(thing, (list, tuple))


def _is_missing(cell: Any) -> bool:
    return cell is None or type(cell).__name__ in ("NAType", "NaTType")


def _plain(cell: Any) -> Any:
    """A NumPy scalar as the Python value it holds."""
    return cell.item() if hasattr(cell, "item") and not isinstance(cell, (str, bytes)) else cell


def _headings(table: Any) -> list[Any]:
    columns = getattr(table, "columns", None)
    return list(columns) if columns is not None and not callable(columns) else []


def _heading(headings: list[Any], place: int) -> str:
    return repr(headings[place]) if place < len(headings) else str(place)
