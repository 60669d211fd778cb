"""Shapes: lists of units and numbers, nested as vectors, sequences and images are.

A vector is a list of units and numbers, a sequence a list of vectors (time first), an image a
list of channels, each a list of rows.  Knows units; does not know layers but to name them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.real import number
from gatenet.unit import Unit

_SIGNALS = frozenset((Unit, float))
_LISTS = (list, tuple)
_KINDS = frozenset(_LISTS)


def size(value: Any, name: str, least: int = 1) -> int:
    """Check that a size is a whole number from 1 (or from `least`)."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise OperandError(f"{name} is {value!r}: a size is a whole number", value=value)
    if value < least:
        raise RangeError(f"{name} is {value!r}: a size is at least {least}", value=value)
    return value


def checked(inputs: Any, nin: int, module: object) -> Sequence[Any]:
    """Check what is given to a layer: a sequence of `nin` units and numbers."""
    if type(inputs) is list and len(inputs) == nin and _SIGNALS.issuperset(map(type, inputs)):
        return inputs
    try:
        found = [x if type(x) is Unit or type(x) is float else number(x) for x in inputs]
    except TypeError as error:
        if isinstance(error, OperandError):
            raise
        raise OperandError(f"{module!r} got {inputs!r}: it takes a list of {nin}") from None
    if len(found) != nin:
        raise WiringError(f"{module!r} got {len(found)} inputs; it takes {nin}", module=module)
    return found


def is_nested(inputs: Any) -> bool:
    """Say whether something is a list of lists, or an array of two dimensions or more."""
    if isinstance(inputs, _LISTS):
        return len(inputs) > 0 and (isinstance(inputs[0], _LISTS) or is_array(inputs[0], 1))
    return is_array(inputs, 2)


def is_array(thing: Any, dims: int) -> bool:
    """Say whether something is a NumPy array, or alike, of at least so many dimensions."""
    return type(thing) is not Unit and getattr(thing, "ndim", 0) >= dims


def listed(inputs: Any) -> Any:
    """Make lists of a NumPy array; give anything else as it is."""
    return inputs.tolist() if is_array(inputs, 0) and hasattr(inputs, "tolist") else inputs


def mapped(function: Callable[[Any], Any], inputs: Any) -> Any:
    """Apply a function to each number or unit of a nested list and keep its shape."""
    if not isinstance(inputs, _LISTS):
        inputs = listed(inputs)
        if not isinstance(inputs, list):
            return function(inputs if type(inputs) is Unit else number(inputs))
    if is_nested(inputs):
        return [mapped(function, part) for part in inputs]
    return [function(x if type(x) is Unit or type(x) is float else number(x)) for x in inputs]


def vectors(function: Callable[[Any], Any], inputs: Any) -> Any:
    """Apply a function of a vector to one, or to each vector of a sequence."""
    if is_nested(inputs):
        return [vectors(function, part) for part in inputs]
    return function(inputs)


def zipped(function: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """Apply a function to two nested lists of one shape, number by number."""
    if not isinstance(left, _LISTS):
        return function(left, right)
    if is_nested(left):
        return [zipped(function, a, b) for a, b in zip(left, right, strict=True)]
    return [function(a, b) for a, b in zip(left, right, strict=True)]


def flat(inputs: Any) -> Iterator[Any]:
    """Give the numbers and units of a nested list, left to right.

    >>> list(flat([[1.0, 2.0], [3.0]]))
    [1.0, 2.0, 3.0]
    """
    if not isinstance(inputs, _LISTS):
        yield inputs
    elif is_nested(inputs):
        for part in inputs:
            yield from flat(part)
    else:
        yield from inputs


def shape(inputs: Any) -> tuple[int, ...]:
    """Give the lengths of a nested list, outermost first.

    Raises WiringError for a ragged one: lists of different lengths side by side.

    >>> shape([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    (2, 3)
    """
    if not isinstance(inputs, _LISTS):
        return ()
    found = [shape(part) if isinstance(part, _LISTS) else () for part in inputs]
    for k, part in enumerate(found):
        if part != found[0]:
            raise WiringError(
                f"a list of {len(found)} parts is ragged: part 0 is of shape {text(found[0])}, "
                f"part {k} of shape {text(part)}"
            )
    return (len(found), *(found[0] if found else ()))


def text(lengths: Sequence[int]) -> str:
    """Write a shape for a message or a table: `1×8×8`, or `number` for none.

    >>> text((1, 8, 8)), text(())
    ('1×8×8', 'number')
    """
    return "×".join(map(str, lengths)) or "number"


def wrong_shape(module: object, inputs: Any, expected: str) -> WiringError:
    """Make the error that says the shape a layer got and the one it takes."""
    if isinstance(inputs, (str, dict)) or not isinstance(inputs, _LISTS):
        return WiringError(f"{module!r} got {inputs!r}; it takes {expected}", module=module)
    return WiringError(
        f"{module!r} got a list of shape {text(shape(inputs))}; it takes {expected}", module=module
    )


def folded(numbers: Sequence[Any], lengths: Sequence[int]) -> list[Any]:
    """Lay a flat list out in a shape; its inverse is `flat`.

    >>> folded([1, 2, 3, 4, 5, 6], (2, 3))
    [[1, 2, 3], [4, 5, 6]]
    """
    found = list(numbers)
    for length in reversed(lengths[1:]):
        found = [found[start : start + length] for start in range(0, len(found), length)]
    return found


def channels(module: object, inputs: Any, count: int | None, dims: int) -> tuple[Any, list[Any]]:
    """Check a list of `count` channels of so many dimensions (None: of any number).

    Gives the lengths of a channel and all numbers and units, flat, channel after channel.

    Raises WiringError that says the shape got and the shape expected.
    """
    level: Any = [inputs if type(inputs) is list else listed(inputs)]
    lengths: list[int] = []
    for _ in range(dims + 1):
        if not _KINDS.issuperset(map(type, level)) or len(set(map(len, level))) != 1:
            break  # no such list, or a ragged one
        lengths.append(len(level[0]))
        level = list(itertools.chain.from_iterable(level))
    wrong = len(lengths) <= dims or 0 in lengths or lengths[0] != (count or lengths[0])
    if wrong or not _SIGNALS.issuperset(map(type, level)):
        if wrong or _KINDS.intersection(map(type, level)):
            names = ["height", "width"] if dims == 2 else ["length"]
            wanted = "×".join([str(count or "channels"), *names])
            raise wrong_shape(module, inputs, f"a list of shape {wanted}")
        level = [x if type(x) is Unit else number(x) for x in level]
    return tuple(lengths[1:]), level


def chained(nested: Any, depth: int) -> tuple[Any, ...]:
    """Lay a list out flat that is known to be so many lists deep.

    >>> chained([[[1, 2]], [[3, 4]]], 3)
    (1, 2, 3, 4)
    """
    for _ in range(depth - 1):
        nested = itertools.chain.from_iterable(nested)
    return tuple(nested)
