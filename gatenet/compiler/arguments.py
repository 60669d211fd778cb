"""Arguments: what a compiled function is called with, told apart into numbers and the rest.

Static arguments are found by the function's signature, once.  Knows trees and units; does not
know circuits.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from reprlib import repr as shown
from typing import Any

from gatenet.compiler.tables import refuse_masked
from gatenet.errors import OperandError, RangeError
from gatenet.real import number
from gatenet.trees import Structure, flatten, unflatten
from gatenet.unit import Unit

_BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_BY_NAME = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Given:
    """One call's arguments: `leaves` in the places of `structure`, and what is static."""

    def __init__(
        self,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        fixed: Mapping[int | str, Any],
        leaves: list[Any],
        structure: Structure,
    ) -> None:
        self.args = args
        self.kwargs = kwargs
        self.fixed = fixed
        self.structure = structure
        #: The places of None, which says that there is no number.
        self.absent = tuple([k for k, leaf in enumerate(leaves) if leaf is None])
        self.leaves = [leaf for leaf in leaves if leaf is not None] if self.absent else leaves
        #: Whether there are units among them: then there is a circuit around the call.
        self.wired = any(type(leaf) is Unit for leaf in self.leaves)

    def tree(self, leaves: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What is not static, with other leaves: positional arguments, and those by name."""
        if self.absent:
            rest = iter(leaves)
            absent = {*self.absent}
            leaves = [None if k in absent else next(rest) for k in range(self.structure.size)]
        return unflatten(self.structure, leaves)  # type: ignore[no-any-return]

    def filled(self, leaves: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
        """All arguments for a call, with other leaves."""
        moving, named = self.tree(leaves)
        rest = iter(moving)
        args = [arg if k in self.fixed else next(rest) for k, arg in enumerate(self.args)]
        return args, {**self.kwargs, **named}

    @property
    def positional(self) -> int:
        """How many numbers there are among the positional arguments."""
        if not self.kwargs:
            return len(self.leaves)
        return sum(leaf is not None for leaf in flatten(self.tree(self.leaves)[0])[0])


class Arguments:
    """How the arguments of one function are read: which are static, and what each is called.

    A static argument is static by position and by name, where the signature says that both are
    the same parameter; negative positions count from the end.

    Raises RangeError for a parameter that there is not, OperandError for what is no number of an
    argument and no name.

    >>> def power(x, n=2): ...
    >>> found = Arguments(power, -1, ())
    >>> sorted(found.places), sorted(found.names)
    ([1], ['n'])
    """

    def __init__(
        self,
        function: Callable[..., Any],
        argnums: int | Iterable[int],
        argnames: str | Iterable[str],
    ) -> None:
        self.function = getattr(function, "__name__", type(function).__name__)
        try:
            listed = [*inspect.signature(function).parameters.values()]
        except (TypeError, ValueError):  # a function in C may have none
            listed = []
            self.open = self.any_name = True
        else:
            kinds = {parameter.kind for parameter in listed}
            self.open = inspect.Parameter.VAR_POSITIONAL in kinds
            self.any_name = inspect.Parameter.VAR_KEYWORD in kinds
        #: The names of the positional parameters.
        self.order = [p.name for p in listed if p.kind in _BY_PLACE]
        named = {p.name for p in listed if p.kind in _BY_NAME}
        #: The static parameters, by position and by name.
        self.places = {self._place(k) for k in _several(argnums, "static_argnums")}
        self.names = {self.order[k] for k in self.places if k < len(self.order)} & named
        for name in [argnames] if isinstance(argnames, str) else argnames:
            if not isinstance(name, str):
                raise OperandError(f"static_argnames holds {shown(name)}: give names of parameters")
            if name in self.order:
                self.places.add(self.order.index(name))
            elif name not in named and not self.any_name:
                raise RangeError(
                    f"static_argnames names {name!r}, but {self.function} has no such parameter: "
                    f"it has {', '.join([*self.order, *sorted(named - {*self.order})]) or 'none'}"
                )
            if name in named or name not in self.order:
                self.names.add(name)

    def _place(self, given: Any) -> int:
        try:
            place = operator.index(given)
        except TypeError:
            raise OperandError(
                f"static_argnums holds {shown(given)}: give numbers of arguments, or names in "
                "static_argnames"
            ) from None
        count = len(self.order)
        if (place < 0 and self.open) or not (-count <= place < count or self.open):
            raise RangeError(
                f"static_argnums has {place}, but {self.function} has "
                + (
                    "no last argument to count from: give the number from the front, or the name "
                    "in static_argnames"
                    if self.open
                    else f"{count} positional argument(s)"
                )
            )
        return place % count if place < 0 else place

    def bound(self) -> Arguments:
        """The same for a method whose first argument is given."""
        found = object.__new__(Arguments)
        vars(found).update(vars(self))
        found.order = self.order[1:]
        found.places = {k - 1 for k in self.places if k}
        return found

    def read(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Given:
        """Tell what may be numbers from what is handed on as it is; arrays become lists."""
        fixed: dict[int | str, Any] = {k: a for k, a in enumerate(args) if k in self.places}
        fixed.update({name: arg for name, arg in kwargs.items() if name in self.names})
        moving = (
            tuple([arg for k, arg in enumerate(args) if k not in fixed]),
            {name: arg for name, arg in kwargs.items() if name not in fixed},
        )
        leaves, structure = flatten(moving)
        listed = [leaf if type(leaf) is float else _listed(leaf) for leaf in leaves]
        if any(type(leaf) is list for leaf in listed):
            listed, structure = flatten(unflatten(structure, listed))
        return Given(args, kwargs, fixed, listed, structure)

    def numbers(self, given: Given) -> list[float]:
        """The leaves as numbers.

        Raises OperandError that names the argument which is none.
        """
        found = []
        for k, leaf in enumerate(given.leaves):
            try:
                found.append(number(leaf))
            except OperandError:
                where = self._where(given, k)
                raise OperandError(
                    f"argument {where} of {self.function} is a unit, and gradients are worked out "
                    "at plain numbers: give its .value, or call the function itself, which then "
                    "runs as it is, and ask the result for backward()"
                    if type(leaf) is Unit
                    else f"argument {where} of {self.function} is {shown(leaf)} of type "
                    f"{type(leaf).__name__}, which is no number. A compiled function takes "
                    "numbers, containers and arrays of them, and None: list what else it takes in "
                    "static_argnums or static_argnames",
                    value=leaf,
                ) from None
        return found

    def key(self, given: Given) -> Any:
        """What calls of one trace have in common, besides the way they go.

        Raises OperandError for a static argument that cannot be hashed.
        """
        return (
            given.structure,
            given.absent,
            tuple([(k, self._fixed_key(k, value)) for k, value in given.fixed.items()]),
        )

    def _fixed_key(self, place: int | str, value: Any) -> Any:
        """1, 1.0 and True are equal and not the same argument; 0.0 and -0.0 neither."""
        try:
            hash(value)
        except TypeError:
            name = place if isinstance(place, str) else self._name(place)
            raise OperandError(
                f"static argument {name} of {self.function} is {shown(value)} of type "
                f"{type(value).__name__}, which cannot be hashed, so no trace can be kept for it: "
                "give what is hashable (a tuple for a list)",
                value=value,
            ) from None
        return type(value), value.hex() if type(value) is float else value

    def _name(self, place: int) -> str:
        return self.order[place] if place < len(self.order) else str(place)

    def _where(self, given: Given, leaf: int) -> str:
        """The name of the argument in which a leaf is, and its place there."""
        moving, named = given.tree(range(len(given.leaves)))
        places = [k for k in range(len(given.args)) if k not in given.fixed]
        parts = [(self._name(k), arg) for k, arg in zip(places, moving, strict=True)]
        for name, arg in [*parts, *named.items()]:
            found, structure = flatten(arg)
            if leaf in found:
                return f"{name}{structure.path(found.index(leaf))}"
        return str(leaf)


def _several(found: int | Iterable[int], what: str) -> list[Any]:
    if hasattr(found, "__index__"):
        return [found]
    if isinstance(found, str) or not hasattr(found, "__iter__"):
        raise OperandError(f"{what} is {shown(found)}: give the number of an argument, or several")
    return [*found]


def _listed(leaf: Any) -> Any:
    """An array as lists of its numbers, or its one number; anything else as it is."""
    if not hasattr(leaf, "tolist"):
        return leaf
    refuse_masked(leaf)
    return leaf.tolist()
