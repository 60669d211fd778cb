"""Trees: lists, tuples, named tuples and dicts, nested at will, with numbers or units as leaves.

Every function that takes or gives "containers" goes through here: a tree becomes a flat list of
leaves and a `Structure` that puts it together again.  Nothing recurses, so depth is no limit.
Knows only the errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gatenet.errors import OperandError, WiringError

#: One token per node, containers before what they hold: (kind, keys); a leaf's kind is None.
Token = tuple[Any, tuple[Any, ...]]
#: The way from the root to a node, last step first: (key, way to its container).
Way = tuple[Any, ...]

LEAF: Token = (None, ())


@dataclass(frozen=True)
class Structure:
    """How a tree is nested, without its leaves; equal for trees of the same shape and keys."""

    tokens: tuple[Token, ...]

    @cached_property
    def size(self) -> int:
        """The number of leaves."""
        return sum(kind is None for kind, _ in self.tokens)

    @property
    def single(self) -> bool:
        """Whether the tree is nothing but one leaf."""
        return self.tokens == (LEAF,)

    def path(self, leaf: int) -> str:
        """The way to leaf number `leaf`, as Python writes it: [0]['w'].x ("" for the root)."""
        for k, way in enumerate(_ways(self)):
            if k == leaf:
                return _written(way)
        raise IndexError(leaf)

    def __str__(self) -> str:
        text = _text(self)
        return text if len(text) <= 80 else f"{text[:60]}... ({self.size} leaves)"


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """Take a tree apart into its leaves, in order, and its structure.

    >>> leaves, structure = flatten({"w": [1.0, 2.0], "b": 3.0})
    >>> leaves, str(structure)
    ([1.0, 2.0, 3.0], "{'w': [*, *], 'b': *}")
    """
    leaves: list[Any] = []
    tokens: list[Token] = []
    stack = [tree]
    while stack:
        node = stack.pop()
        token = _token(node)
        tokens.append(token)
        if token is LEAF:
            leaves.append(node)
        else:
            stack.extend(_children(node, token[1])[::-1])
    return leaves, Structure(tuple(tokens))


def unflatten(structure: Structure, leaves: Sequence[Any]) -> Any:
    """Put a tree together again from its leaves.

    Raises WiringError when there are more or fewer leaves than the structure has places.

    >>> _, structure = flatten(((0, 0), [0]))
    >>> unflatten(structure, [1.0, 2.0, 3.0])
    ((1.0, 2.0), [3.0])
    """
    if len(leaves) != structure.size:
        raise WiringError(f"got {len(leaves)} leaves for {structure}, which has {structure.size}")
    rest = reversed(leaves)
    stack: list[Any] = []
    for kind, keys in reversed(structure.tokens):
        if kind is None:
            stack.append(next(rest))
            continue
        items = [stack.pop() for _ in keys]
        if kind is dict:
            stack.append(dict(zip(keys, items, strict=True)))
        elif kind is list or kind is tuple:
            stack.append(kind(items))
        else:
            stack.append(kind._make(items))
    return stack.pop()


def flatten_like(structure: Structure, tree: Any, what: str, like: str) -> list[Any]:
    """Take a tree apart that must have the given structure; give its leaves in that order.

    Dicts may list their keys in another order.  `what` and `like` name the two in a message.

    Raises WiringError that says where the two first differ.

    >>> _, structure = flatten([0.0, {"a": 0.0}])
    >>> flatten_like(structure, [1.0, {"b": 2.0}], "the tangents", "the primals")
    Traceback (most recent call last):
    gatenet.errors.WiringError: the tangents must be nested as the primals are: at [1] expected...
    """
    leaves: list[Any] = []
    stack: list[tuple[Any, Way]] = [(tree, ())]
    for wanted in structure.tokens:
        node, way = stack.pop()
        kind, keys = _token(node)
        same = kind is wanted[0] and (
            keys == wanted[1] if kind is not dict else keys == wanted[1] or _same(keys, wanted[1])
        )
        if not same:
            raise WiringError(
                f"{what} must be nested as {like} are: at {_written(way) or 'the top'} expected "
                f"{_kind_text(wanted)}, got {_got_text((kind, keys), node)}"
            )
        if kind is None:
            leaves.append(node)
            continue
        children = zip(_children(node, wanted[1]), wanted[1], strict=True)
        stack.extend([(child, (key, kind, way)) for child, key in children][::-1])
    return leaves


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """Apply a function to every leaf; give a tree of the same structure.

    >>> mapped(lambda x: 2 * x, [1.0, (2.0,)])
    [2.0, (4.0,)]
    """
    leaves, structure = flatten(tree)
    return unflatten(structure, [function(leaf) for leaf in leaves])


def checked(structure: Structure, leaves: Sequence[Any], what: str, check: Any) -> list[Any]:
    """Apply a check to every leaf (`real.number`, say); its complaint then names the place."""
    results = []
    for k, leaf in enumerate(leaves):
        try:
            results.append(check(leaf))
        except OperandError as error:
            where = structure.path(k)
            raise OperandError(f"{what}{f' at {where}' if where else ''}: {error}") from None
    return results


def _token(node: Any) -> Token:
    if isinstance(node, dict):
        return dict, tuple(node)
    if isinstance(node, list):
        return list, tuple(range(len(node)))
    if isinstance(node, tuple):
        fields = getattr(type(node), "_fields", None)
        if fields is not None and hasattr(type(node), "_make"):
            return type(node), tuple(fields)
        return tuple, tuple(range(len(node)))
    return LEAF


def _children(node: Any, keys: tuple[Any, ...]) -> list[Any]:
    return [node[key] for key in keys] if isinstance(node, dict) else list(node)


def _same(keys: tuple[Any, ...], others: tuple[Any, ...]) -> bool:
    return len(keys) == len(others) and set(keys) == set(others)


def _ways(structure: Structure) -> Iterator[Way]:
    """The way to each leaf, in order."""
    stack: list[Way] = [()]
    for kind, keys in structure.tokens:
        way = stack.pop()
        if kind is None:
            yield way
        stack.extend([(key, kind, way) for key in keys][::-1])


def _written(way: Way) -> str:
    parts = []
    while way:
        key, kind, way = way
        parts.append(f"[{key!r}]" if kind in (dict, list, tuple) else f".{key}")
    return "".join(reversed(parts))


def _got_text(token: Token, node: Any) -> str:
    return f"{node!r} of type {type(node).__name__}" if token[0] is None else _kind_text(token)


def _kind_text(token: Token) -> str:
    kind, keys = token
    if kind is None:
        return "one number"
    if kind is dict:
        return f"a dict with the keys {', '.join(map(repr, keys)) or 'none'}"
    return f"a {kind.__name__} of {len(keys)}"


def _text(structure: Structure) -> str:
    """The structure as Python writes it, leaves as stars; cut short when it is long."""
    if len(structure.tokens) > 200:
        first = structure.tokens[0]
        return f"{_kind_text(first)}, nested ({structure.size} leaves)"
    stack: list[str] = []
    for kind, keys in reversed(structure.tokens):
        items = [stack.pop() for _ in keys]
        if kind is None:
            stack.append("*")
        elif kind is dict:
            pairs = zip(keys, items, strict=True)
            stack.append("{" + ", ".join(f"{key!r}: {item}" for key, item in pairs) + "}")
        elif kind is list:
            stack.append(f"[{', '.join(items)}]")
        elif kind is tuple:
            stack.append(f"({', '.join(items)}{',' if len(items) == 1 else ''})")
        else:
            pairs = zip(keys, items, strict=True)
            stack.append(f"{kind.__name__}({', '.join(f'{key}={item}' for key, item in pairs)})")
    return stack.pop()
