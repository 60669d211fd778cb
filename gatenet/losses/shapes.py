"""Shapes: which output meets which target, and whose sample both are.

Outputs and targets are numbers, units, or lists of them to any depth.  What does not fit is an
error that says where.  Knows units; does not know any loss.
"""

from __future__ import annotations

from typing import Any

from gatenet.errors import WiringError
from gatenet.real import number
from gatenet.unit import Unit


def is_list(thing: Any) -> bool:
    """Whether something has items: a list, a tuple, an array."""
    kind = type(thing)
    if kind is Unit or kind is float or isinstance(thing, str | bytes):
        return False
    return hasattr(thing, "__len__") and getattr(thing, "shape", None) != ()


def signal(thing: Any) -> Any:
    """A unit as it is, anything else as a float."""
    return thing if type(thing) is Unit else number(thing)


def value_of(thing: Any) -> float:
    """The number that a unit or a float carries now."""
    return float(thing.value if type(thing) is Unit else thing)


def depth(thing: Any) -> int:
    """How many lists stand around the first number.

    >>> depth(1.0), depth([1.0]), depth([[1.0], [2.0]])
    (0, 1, 2)
    """
    levels = 0
    while is_list(thing):
        levels += 1
        thing = next(iter(thing), 0.0)
    return levels


def pairs(outputs: Any, targets: Any) -> tuple[list[tuple[Any, Any]], list[int]]:
    """Give each output with its target, and beside that the number of its sample.

    The samples are the items of the outermost list; a bare output is one sample.  A list of one
    output may meet a bare number inside a list of samples; nothing else is stretched to fit.

    Raises WiringError when the shapes differ.

    >>> pairs([[1.0, 2.0], [3.0]], [[0, 0], 1])
    ([(1.0, 0.0), (2.0, 0.0), (3.0, 1.0)], [0, 0, 1])
    """
    found: list[tuple[Any, Any]] = []
    if not is_list(outputs) or not is_list(targets):
        _pair(outputs, targets, "", found)
        return found, [0] * len(found)
    _same_length(outputs, targets, "")
    owners: list[int] = []
    for k, (output, target) in enumerate(zip(outputs, targets, strict=True)):
        _pair(output, target, f"[{k}]", found)
        owners += [k] * (len(found) - len(owners))
    return found, owners


def _pair(outputs: Any, targets: Any, place: str, found: list[tuple[Any, Any]]) -> None:
    if is_list(outputs) and not is_list(targets) and len(outputs) == 1 and place:
        outputs = outputs[0]
    if not is_list(outputs) and not is_list(targets):
        found.append((signal(outputs), signal(targets)))
        return
    if not is_list(outputs) or not is_list(targets):
        what, other = ("outputs", "targets") if is_list(outputs) else ("targets", "outputs")
        raise WiringError(
            f"{what}{place} is a list and {other}{place} one value: give them the same shape"
        )
    _same_length(outputs, targets, place)
    for k, (output, target) in enumerate(zip(outputs, targets, strict=True)):
        _pair(output, target, f"{place}[{k}]", found)


def _same_length(outputs: Any, targets: Any, place: str) -> None:
    if len(outputs) != len(targets):
        raise WiringError(
            f"outputs{place} has {len(outputs)} items and targets{place} has {len(targets)}: "
            "each output needs one target"
        )


def rows(
    name: str, what: str, outputs: Any, targets: Any, levels: int
) -> tuple[list[tuple[list[Any], Any]], list[int]]:
    """Give each row of outputs with its target, and beside that the number of its sample.

    Rows stand below `levels` lists: none for one row alone, one for a list of samples, two for
    samples that are sequences.  A row is a list of `what`, and comes out as units and floats.

    Raises WiringError when the lists differ in length or a row is no plain list.
    """
    found: list[tuple[list[Any], Any]] = []
    owners: list[int] = []
    waiting = [(outputs, targets, levels, 0)]
    while waiting:
        output, target, below, sample = waiting.pop()
        if below == 0:
            found.append((row_of(name, what, output), target))
            owners.append(sample)
            continue
        count = len(output) if is_list(output) else 1
        if not is_list(output) or not is_list(target) or count != len(target):
            answers = len(target) if is_list(target) else 1
            raise WiringError(f"{name} got {count} rows of {what} and {answers} targets")
        outermost = below == levels
        # Pushed from the last to the first, so that they are met in order.
        waiting += [
            (part, answer, below - 1, k if outermost else sample)
            for k, (part, answer) in reversed(list(enumerate(zip(output, target, strict=True))))
        ]
    return found, owners


def row_of(name: str, what: str, row: Any) -> list[Any]:
    """Check one row: a list of units and numbers.

    Raises WiringError for anything else.
    """
    if not is_list(row) or any(is_list(item) for item in row):
        raise WiringError(
            f"{name} takes a list of {what} for each target: one target goes with one list, a list "
            "of targets with a list of lists"
        )
    return [signal(item) for item in row]
