"""Flattening: formulas as a list of lines over primitive gates.

A formula over any gates becomes a row of lines, each a primitive gate of earlier lines: derived
gates are inlined, and equal parts become one line.  Printing, lowering and counting read the row.
Knows formulas; knows gates only by their attributes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from gatenet.formula import Apply, Constant, Count, Expr, Fold, Symbol, exclusive, ordered

if TYPE_CHECKING:
    from gatenet.record import Gate

#: One line, or one line per operand of an n-ary gate.
Bound = int | tuple[int, ...]


class Line(NamedTuple):
    """One step: a leaf (`kind` "symbol", "constant", "count"), a "gate", a "fold", "others"."""

    kind: str
    args: tuple[int, ...]
    data: Any
    vector: bool


class Lines:
    """Formulas flattened to lines over primitive gates; equal parts become one line."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._known: dict[tuple[Any, ...], int] = {}
        self._orders: dict[Expr, list[Expr]] = {}  # a fold flattens its body for every item

    def line(
        self, kind: str, args: tuple[int, ...] = (), data: Any = None, vector: bool = False
    ) -> int:
        """Add a line, or find the equal one that is already there."""
        key = (kind, args, repr(data) if kind == "constant" else data, vector)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self.lines)
            self.lines.append(Line(kind, args, data, vector))
        return found

    def symbol(self, name: str, vector: bool = False) -> int:
        """Add a leaf that generated code knows as `name`."""
        return self.line("symbol", (), name, vector)

    def flatten(self, root: Expr, bindings: Mapping[str, Bound]) -> Bound:
        """Add the lines of a formula whose symbols stand for the lines in `bindings`."""
        known: dict[int, Bound] = {}
        order = self._orders.get(root)
        if order is None:
            order = self._orders[root] = list(ordered([root]))
        for expr in order:
            if isinstance(expr, Symbol):
                result: Bound = bindings[expr.name]
            elif isinstance(expr, Constant):
                result = self.line("constant", (), expr.value)
            elif isinstance(expr, Count):
                listed = next((b for b in bindings.values() if isinstance(b, tuple)), None)
                result = (
                    self.line("count", (), bindings["*"])
                    if listed is None
                    else self.line("constant", (), float(len(listed)))
                )
            elif isinstance(expr, Fold):
                result = self._fold(expr, known[id(expr.over)], bindings)
            elif isinstance(expr, Apply):
                static = {name: known[id(value)] for name, value in expr.static.items()}
                result = self._apply(expr.gate, [known[id(a)] for a in expr.args], static)
            known[id(expr)] = result
        return known[id(root)]

    def _apply(self, gate: Gate, args: Sequence[Bound], static: Mapping[str, Bound]) -> Bound:
        if gate.variadic:
            lists = list(args) if len(args) == gate.groups else [_row(args)]
            bound = {**self._defaults(gate), **static, "*": lists[0]}
            bound.update(zip(gate.inputs, lists, strict=True))
            return self.flatten(gate.formula, bound)
        tuples = [arg for arg in args if isinstance(arg, tuple)]
        if tuples:  # an n-ary gate given its operands one by one: map over them
            columns = [a if isinstance(a, tuple) else (a,) * len(tuples[0]) for a in args]
            mapped = [self._apply(gate, column, static) for column in zip(*columns, strict=True)]
            return _row(mapped)
        lines = list(_row(args))
        if gate.primitive is None:
            bindings = {**self._defaults(gate), **static}
            bindings.update(zip(gate.inputs, lines, strict=True))
            return self.flatten(gate.formula, bindings)
        return self._simplified(gate, lines)

    def _defaults(self, gate: Gate) -> dict[str, Bound]:
        return {name: self.line("constant", (), value) for name, value in gate.static.items()}

    def _simplified(self, gate: Gate, args: list[int]) -> int:
        """Apply a primitive gate; three rewritings that change no bit of any result."""
        lines = [self.lines[arg] for arg in args]
        if [line.kind for line in lines].count("constant") == len(lines):
            return self.line("constant", (), gate.value(*[line.data for line in lines]))
        if gate.name == "multiply":
            for line, other in ((lines[0], args[1]), (lines[1], args[0])):
                if line.kind == "constant" and line.data == 1.0:
                    return other
        if gate.name == "absolute" and lines[0].kind == "gate" and lines[0].data.name == "negate":
            args = [lines[0].args[0]]
        return self.line("gate", tuple(args), gate, True in [line.vector for line in lines])

    def _fold(self, expr: Fold, over: Bound, bindings: Mapping[str, Bound]) -> Bound:
        if isinstance(over, int):
            kind = "others" if expr.others else "fold"
            return self.line(kind, (over,), expr, expr.others)

        def combine(left: Bound, right: Bound) -> Bound:
            return self.flatten(expr.body, {**bindings, "folded": left, "item": right})

        if expr.others:
            empty = self.line("constant", (), expr.empty)
            return tuple(exclusive(combine, over, empty))
        result: Bound = over[0]
        for item in over[1:]:
            result = combine(result, item)
        return result


def _row(bounds: Sequence[Bound]) -> tuple[int, ...]:
    """Lines, each of one value."""
    assert {*map(type, bounds)} <= {int}
    return tuple(bounds)  # type: ignore[arg-type]
