"""Places: what a module holds, found by looking through its attributes.

A walk goes through modules, lists, tuples and dicts, in the order of assignment, and meets each
thing once; what it finds is named by the place where it stands ("layers.0.weights.3.1").  Knows
units by their role; does not know what a module does.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from gatenet.unit import Unit


class Buffer(list[float]):
    """Numbers that belong to a module's state though no gradient moves them: running statistics.

    >>> Buffer([0.0, 1.0])
    Buffer([0.0, 1.0])
    """

    def __repr__(self) -> str:
        return f"Buffer({super().__repr__()})"


class Holder:
    """The base of what a walk looks into by its attributes: `Module` and nothing else."""


def holders(thing: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """Give every module at or below a thing with its path, outermost first."""
    parts = _parts(thing, seen)
    if isinstance(thing, Holder) and parts is not _NOTHING:
        yield path, thing
    for name, part in parts:
        yield from holders(part, _joined(path, name), seen)


def parameters(thing: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Unit]]:
    """Give every unit of role "parameter" at or below a thing; `seen` holds what was met."""
    if type(thing) is Unit:
        if thing.role == "parameter" and id(thing) not in seen:
            seen.add(id(thing))
            yield path, thing
        return
    for name, part in _parts(thing, seen):
        yield from parameters(part, _joined(path, name), seen)


def buffers(thing: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Buffer, int]]:
    """Give every number in a buffer: its name, the buffer and the number's place there."""
    if type(thing) is Buffer:
        if id(thing) not in seen:
            seen.add(id(thing))
            yield from ((_joined(path, k), thing, k) for k in range(len(thing)))
        return
    for name, part in _parts(thing, seen):
        yield from buffers(part, _joined(path, name), seen)


def generators(thing: Any, path: str, seen: set[int]) -> Iterator[tuple[str, random.Random]]:
    """Give every random generator at or below a thing."""
    if isinstance(thing, random.Random):
        if id(thing) not in seen:
            seen.add(id(thing))
            yield path, thing
        return
    for name, part in _parts(thing, seen):
        yield from generators(part, _joined(path, name), seen)


_NOTHING: list[tuple[Any, Any]] = []


def _parts(thing: Any, seen: set[int]) -> list[tuple[Any, Any]]:
    """What a module, list, tuple or dict holds, with names; nothing where it was met before."""
    if not isinstance(thing, (Holder, list, tuple, dict)) or id(thing) in seen:
        return _NOTHING
    seen.add(id(thing))
    if isinstance(thing, Holder):
        return list(vars(thing).items())
    if isinstance(thing, Buffer):
        return _NOTHING
    return list(thing.items()) if isinstance(thing, dict) else list(enumerate(thing))


def _joined(path: str, name: Any) -> str:
    return f"{path}.{name}" if path else str(name)
