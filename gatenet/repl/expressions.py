"""Expressions: what `p` and the conditions of breakpoints may say, and what it comes to.

Names of units, their attributes, numbers, arithmetic, comparisons, and gates called on numbers.
The text is parsed and checked in `parsing`; nothing is ever given to `eval`, so a script from a
stranger can print numbers and nothing else.  All arithmetic is that of the gates, on floats: IEEE,
so that 1 / 0 is inf and 9**9**7 is inf at once.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from gatenet.declaration import registry
from gatenet.errors import OperandError, RangeError
from gatenet.gates import (
    absolute,
    add,
    divide,
    maximum,
    minimum,
    multiply,
    negate,
    power,
    subtract,
    total,
)
from gatenet.real import number
from gatenet.record import Gate
from gatenet.repl.names import Names
from gatenet.repl.parsing import ATTRIBUTES, extract, parsed
from gatenet.texts import shown
from gatenet.unit import Unit

CONSTANTS = {"nan": math.nan, "inf": math.inf, "pi": math.pi}
FUNCTIONS = {"abs": absolute, "max": maximum, "min": minimum, "sum": total}
"""Python's names for four of the gates."""

_BINARY: dict[type[ast.AST], Gate] = {
    ast.Add: add, ast.Sub: subtract, ast.Mult: multiply, ast.Div: divide, ast.Pow: power,
}  # fmt: skip
_SIGNS: dict[type[ast.AST], Callable[[Any, Any], bool]] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
}


class Expression:
    """A text that was read and found harmless; `value` says what it comes to now.

    `facts` are further names, whose values are given with each question (`grad > 1`).

    >>> from gatenet import Circuit, Unit
    >>> x = Unit(3.0, "x")
    >>> names = Names(Circuit(x * x))
    >>> Expression("tanh(0) + 2 * x - u1 / 9", names).value()
    5.0
    >>> Expression("grad > x", names, {"grad"}).value({"grad": 4.0})
    True

    Raises OperandError for what is not arithmetic, RangeError for what is too long or too deep,
    WiringError for a name that stands for nothing here.
    """

    def __init__(self, text: str, names: Names, facts: Collection[str] = ()) -> None:
        self.text = text.strip()
        self._names = names
        self._facts = facts
        self._tree = self._as_named() or parsed(self.text)
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Call):
                self._gate(node)
        self._resolve(self._tree)

    def _as_named(self) -> ast.expr | None:
        """A text that is a unit's name as it stands (`layers.0.bias`), alone or with an attribute.

        Numbers are numbers, whatever units are called.
        """
        owner, _, attribute = self.text.rpartition(".")
        if self.text in self._facts or re.match(r"[\d.]", self.text):
            return None
        if self._names.rows(self.text):
            return ast.Constant(self.text)
        if attribute in ATTRIBUTES and self._names.rows(owner):
            return ast.Attribute(ast.Constant(owner), attribute, ast.Load())
        return None

    def value(self, facts: Mapping[str, Any] | None = None) -> Any:
        """What the expression comes to: a float, a bool, a unit, a gate, a name or a tuple."""
        return self._of(self._tree, facts or {})

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether it is true: a comparison that holds, or a number other than zero."""
        return _truth(self.value(facts))

    def _resolve(self, tree: ast.expr) -> None:
        """Look up every name once, so that a mistake shows when it is typed, not when it counts."""
        called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        stack: list[ast.AST] = [tree]
        while stack:
            node = stack.pop()
            if isinstance(node, ast.Subscript) and self._names.get(ast.unparse(node)) is not None:
                continue
            if isinstance(node, ast.Name) and id(node) not in called:
                self._named(node.id)
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                self._names.find(node.value)
            stack.extend(ast.iter_child_nodes(node))

    def _of(self, node: ast.expr, facts: Mapping[str, Any]) -> Any:
        """Work out one node; the depth was checked, so this goes down a hundred times at most."""
        match node:
            case ast.Constant(value=str(name)):
                return self._names.find(name)
            case ast.Constant(value=bool(truth)):
                return truth
            case ast.Constant(value=given):
                return number(given)
            case ast.Name(id=name):
                return facts[name] if name in facts else self._named(name)
            case ast.Attribute(value=owner, attr=attribute):
                return _asked(self._of(owner, facts), attribute)
            case ast.Subscript():
                return self._item(node, facts)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not _truth(self._of(operand, facts))
            case ast.UnaryOp(op=sign, operand=operand):
                x = _real(self._of(operand, facts))
                return negate.value(x) if isinstance(sign, ast.USub) else x
            case ast.BinOp(left=left, op=sign, right=right):
                a, b = self._of(left, facts), self._of(right, facts)
                return _BINARY[type(sign)].value(_real(a), _real(b))
            case ast.BoolOp(op=ast.And(), values=parts):
                return all(_truth(self._of(part, facts)) for part in parts)
            case ast.BoolOp(values=parts):
                return any(_truth(self._of(part, facts)) for part in parts)
            case ast.Compare(left=left, ops=signs, comparators=rights):
                sides = [self._of(side, facts) for side in (left, *rights)]
                pairs = zip(signs, sides, sides[1:], strict=False)
                return all(_compared(sign, a, b) for sign, a, b in pairs)
            case ast.Call(args=arguments, keywords=keywords):
                numbers = [_several(self._of(item, facts)) for item in arguments]
                static = {k.arg or "": _real(self._of(k.value, facts)) for k in keywords}
                return self._gate(node)(*numbers, **static)
        raise AssertionError(f"{type(node).__name__} passed the check")

    def _named(self, name: str) -> Any:
        """What a bare name stands for: a fact, a unit, a constant, a gate."""
        if name in self._facts:
            return math.nan
        found = self._names.get(name)
        if found is not None:
            return found
        if name in CONSTANTS:
            return CONSTANTS[name]
        return registry()[name] if name in registry() else self._names.find(name, self._facts)

    def _item(self, node: ast.Subscript, facts: Mapping[str, Any]) -> Any:
        """An item of a tuple (`u5.inputs[0]`), or a unit that is called `w[0]`."""
        named = self._names.get(ast.unparse(node))
        if named is not None:
            return named
        owner, place = self._of(node.value, facts), _real(self._of(node.slice, facts))
        if not isinstance(owner, tuple):
            raise OperandError(f"only .inputs and .partials have items: {extract(node)}")
        if not place.is_integer() or not -len(owner) <= place < len(owner):
            raise RangeError(f"there is no item {place:g} of {len(owner)}: {extract(node)}")
        return owner[int(place)]

    def _gate(self, node: ast.Call) -> Gate:
        """The gate that a call names."""
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        gate = FUNCTIONS.get(name) or registry().get(name)
        if gate is None or gate.opaque:
            raise OperandError(
                f"only gates can be called here, and {extract(node.func)} is none; "
                "`python -m gatenet gates` lists them"
            )
        return gate


def _asked(owner: Any, attribute: str) -> Any:
    """An attribute of a unit; a constant has a value, too."""
    if type(owner) is Unit:
        return getattr(owner, attribute)
    if attribute == "value" and isinstance(owner, float):
        return owner
    if attribute == "name" and isinstance(owner, Gate):
        return owner.name
    raise OperandError(f"only units have .{attribute}, and {shown(repr(owner), 40)} is none")


def _real(item: Any) -> float:
    """A number: a unit stands for its value, a comparison for 1.0 or 0.0."""
    if type(item) is Unit:
        return item.value
    if isinstance(item, (bool, float)):
        return float(item)
    raise OperandError(f"{shown(repr(item), 40)} is not a number")


def _several(item: Any) -> Any:
    """An argument of a gate: a number, or the numbers of a tuple (`sum(u5.partials)`)."""
    return [_real(part) for part in item] if isinstance(item, tuple) else _real(item)


def _truth(item: Any) -> bool:
    return item if isinstance(item, bool) else _real(item) != 0.0


def _compared(sign: ast.cmpop, a: Any, b: Any) -> bool:
    """Compare numbers in any way; names and gates (`u5.gate == tanh`) as equal or not."""
    if isinstance(a, str) and type(b) is Unit:  # 'x' in quotes is the unit of that name
        b = b.name
    plain = not isinstance(a, (Gate, str)) and not isinstance(b, (Gate, str))
    if not plain and a is not None and not isinstance(sign, (ast.Eq, ast.NotEq)):
        raise OperandError("names and gates are equal or not; they have no order")
    return _SIGNS[type(sign)](_real(a), _real(b)) if plain else _SIGNS[type(sign)](a, b)
