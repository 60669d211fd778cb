"""What stands in a function's wiring before it is called: placeholders, defaults, shared state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gatenet.trees import flatten, unflatten
from gatenet.unit import Unit

Tree = Any


def scalar(name: str | None = None, value: float = 1.0) -> Unit:
    """Make a placeholder: an input whose value is given when a `function` is called.

    `value` is what stands in for it until then.

    >>> scalar("x")
    Unit(1.0, name='x')
    """
    return Unit(value, name)


def scalars(*names: str) -> list[Unit]:
    """Make one placeholder for each name.

    >>> x, y = scalars("x", "y")
    >>> (x + y).value
    2.0
    """
    return [scalar(name) for name in names]


def vector(name: str, size: int) -> list[Unit]:
    """Make a list of placeholders, called name[0], name[1] ...; one argument of a `function`.

    >>> [unit.name for unit in vector("x", 2)]
    ['x[0]', 'x[1]']
    """
    return [scalar(f"{name}[{k}]") for k in range(size)]


def shared(value: Tree, name: str | None = None) -> Tree:
    """Make state that functions share and updates change: a parameter, or a tree of them.

    It is read and written as `.value`.

    >>> state = shared(0, "state")
    >>> state.value, state.role
    (0.0, 'parameter')
    """
    leaves, structure = flatten(value)
    named = [f"{name}{structure.path(k)}" if name else None for k in range(len(leaves))]
    units = [Unit(leaf, n, role="parameter") for leaf, n in zip(leaves, named, strict=True)]
    return unflatten(structure, units)


@dataclass(frozen=True)
class In:
    """An input of a `function` with a default value, or with a name to call it by.

    >>> In(scalar("y"), value=1).value
    1
    """

    units: Tree
    value: Tree = None
    name: str | None = None
