"""Terms: values of a function that is being printed; a gate applied to one writes a line.

A gate finds out what it is applied to by its operand's own hook, so a circuit's gates, and the
formulas and textbook lines inside them, run on terms as they run on units.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, ClassVar

from gatenet import gates
from gatenet.declaration import Gate, registry
from gatenet.errors import FormatError
from gatenet.formula import evaluate
from gatenet.printing import compiled
from gatenet.testing.languages import Language

FORMS = ("formula", "textbook")


class Term:
    """A variable of the printed function; operators and gates on it write further lines."""

    __slots__ = ("text", "writer")

    def __init__(self, writer: Writer, text: str) -> None:
        self.writer = writer
        self.text = text

    @staticmethod
    def __gate__(gate: Gate, operands: Sequence[Any], static: Mapping[str, Any]) -> Any:
        """Apply a gate: write it down, or what it is made of."""
        writer = next(item.writer for item in operands if isinstance(item, Term))
        return writer.applied(gate.bind(**static), operands)

    def __add__(self, other: Any) -> Any:
        return gates.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return self if _is_zero(other) else gates.add(other, self)  # sum() starts with 0

    def __sub__(self, other: Any) -> Any:
        return gates.subtract(self, other)

    def __rsub__(self, other: Any) -> Any:
        return gates.subtract(other, self)

    def __mul__(self, other: Any) -> Any:
        return gates.multiply(self, other)

    def __rmul__(self, other: Any) -> Any:
        return self if _is_one(other) else gates.multiply(other, self)  # prod() starts with 1

    def __truediv__(self, other: Any) -> Any:
        return gates.divide(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return gates.divide(other, self)

    def __pow__(self, other: Any) -> Any:
        return gates.power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return gates.power(other, self)

    def __neg__(self) -> Any:
        return gates.negate(self)

    def __abs__(self) -> Any:
        return gates.absolute(self)


def _is_zero(value: Any) -> bool:
    return type(value) is int and value == 0


def _is_one(value: Any) -> bool:
    return type(value) is int and value == 1


class Writer:
    """Writes the lines of one function in one language."""

    def __init__(self, language: Language, form: str) -> None:
        self.language = language
        self.form = form
        self.lines: list[str] = []
        self._count = 0

    def row(self, gate: Gate, operands: Sequence[Any], name: str) -> Term:
        """Write one row of a circuit, whose value the printed function calls `name`."""
        start = len(self.lines)
        found = self.applied(gate, operands)
        if not isinstance(found, Term) or len(self.lines) == start:  # identity, or a constant
            self.lines.append(f"{name} = {self._text(found, lifted=True)}")
        else:
            last = self.lines.pop()
            self.lines.append(f"{name} = {last.partition(' = ')[2]}")
        if len(self.lines) > start + 1:
            self.lines.insert(start, f"# {gate!r}")
        return Term(self, name)

    def applied(self, gate: Gate, operands: Sequence[Any]) -> Any:
        """Write a gate by the language's word for it, or by what it is declared as."""
        word = self.language.words.get(gate.name)
        if word is not None:
            return self._worded(gate, word, operands)
        if gate.opaque:
            raise FormatError(
                f"{gate.name!r} is a block or a rule given as Python: nothing says how it is "
                f"written in {self.language.name}. Declare it with @gate",
                gate=gate,
            )
        if gate.primitive is not None:
            raise FormatError(
                f"{self.language.name} has no word for the primitive gate {gate.name!r}: give "
                "one, as in dataclasses.replace(language, words={**language.words, ...})",
                gate=gate,
            )
        named = {**gate.static, **dict(zip(gate.inputs, gate.split(operands), strict=True))}
        if self.form == "textbook" and gate.textbook:
            return _book(gate)(*[named[name] for name in (*gate.inputs, *gate.static)])
        return evaluate([gate.formula], named)[0]

    def _worded(self, gate: Gate, word: str, operands: Sequence[Any]) -> Term:
        """Write one line; a word for two takes more operands from left to right."""
        function = "(" in word
        texts = [self._text(operand, lifted=function) for operand in operands]
        if word.endswith("(*)"):  # the framework's own: static parameters by their order
            texts += [repr(value) for value in gate.static.values()]
            return self._line(f"{word[:-2]}{', '.join(texts)})")
        if gate.variadic:
            return reduce(
                lambda a, b: self._line(word.format(a.text, b)), texts[1:], Term(self, texts[0])
            )
        return self._line(word.format(*texts))

    def _line(self, text: str) -> Term:
        name = f"t{self._count}"
        self._count += 1
        self.lines.append(f"{name} = {text}")
        return Term(self, name)

    def _text(self, operand: Any, lifted: bool) -> str:
        if isinstance(operand, Term):
            return operand.text
        value = float(operand)
        plain = repr(value) if math.isfinite(value) else f'float("{value!r}")'
        if lifted or self.language.exact:
            return self.language.number.format(plain)
        return f"({plain})" if plain.startswith("-") else plain


class _Conditions(ast.NodeTransformer):
    """Turns what Python decides at once, `a if c else b` and comparisons, into gates."""

    names: ClassVar = {
        ast.Lt: "less", ast.LtE: "less_equal", ast.Gt: "greater", ast.GtE: "greater_equal",
        ast.Eq: "equal", ast.NotEq: "not_equal",
    }  # fmt: skip

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        return _call("where", [node.test, node.body, node.orelse])

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        return _call(self.names[type(node.ops[0])], [node.left, *node.comparators])


def _call(name: str, arguments: list[ast.expr]) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), arguments, [])


def _book(gate: Gate) -> Callable[..., Any]:
    """A gate's textbook line as a function of terms and numbers."""
    if "testing.book" not in gate.base.made:
        tree = _Conditions().visit(ast.parse(gate.textbook, mode="eval"))
        line = ast.unparse(ast.fix_missing_locations(tree))
        known = {name: one for name, one in registry().items() if one.primitive is not None}
        words = {**known, "max": _largest, "min": _least, "abs": abs, "sum": sum, "zip": zip,
                 "len": len, "prod": math.prod, "pi": math.pi}  # fmt: skip
        arguments = ", ".join((*gate.inputs, *gate.static))
        source = f"def book({arguments}):\n    return {line}"
        gate.base.made["testing.book"] = compiled(source, "book", **words)
    found: Callable[..., Any] = gate.base.made["testing.book"]
    return found


def _listed(items: Sequence[Any]) -> list[Any]:
    return list(items[0]) if len(items) == 1 and isinstance(items[0], list) else list(items)


def _largest(*items: Any) -> Any:
    return gates.maximum(_listed(items))


def _least(*items: Any) -> Any:
    return gates.minimum(_listed(items))
