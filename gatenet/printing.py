"""Printing formulas as Python: derived gates inlined, shared parts worked out once.

A formula becomes a list of lines over primitive gates (`flatten`), and the lines become straight
Python statements (`Printer`), in two styles: *fast* uses Python's own operators and `math`, and
*total* the functions of `ieee`, which never raise.  Generated code runs the fast style and falls
back to the total one when an operator raised, so that IEEE results cost nothing until needed.
All names in generated code are our own (x0, s0, t0 ...): a label never becomes code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from gatenet import ieee
from gatenet.formula import (
    FOLDED,
    ITEM,
    Apply,
    Constant,
    Count,
    Expr,
    Fold,
    Symbol,
    exclusive,
    ordered,
)

if TYPE_CHECKING:
    from gatenet.declaration import Gate

#: The globals of generated code.
NAMESPACE: dict[str, Any] = {
    **{name: getattr(math, name) for name in dir(math) if not name.startswith("_")},
    "ieee": ieee,
    "exclusive": exclusive,
}

Bound = int | tuple[int, ...]

#: Deeper nesting is broken up: Python's parser stops at 200 parentheses.
DEEPEST = 40


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

    def line(
        self, kind: str, args: tuple[int, ...] = (), data: Any = None, vector: bool = False
    ) -> int:
        """Add a line, or find the equal one that is already there."""
        key = (kind, args, repr(data) if kind == "constant" else data, vector)
        if key not in self._known:
            self._known[key] = len(self.lines)
            self.lines.append(Line(kind, args, data, vector))
        return self._known[key]

    def symbol(self, name: str, vector: bool = False) -> int:
        """Add a leaf that generated code knows as `name`."""
        return self.line("symbol", (), name, vector)

    def flatten(self, root: Expr, bindings: Mapping[str, Bound]) -> Bound:
        """Add the lines of a formula whose symbols stand for the lines in `bindings`."""
        known: dict[int, Bound] = {}
        for expr in ordered([root]):
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
        if all(line.kind == "constant" for line in lines):
            return self.line("constant", (), gate.value(*[line.data for line in lines]))
        if gate.name == "multiply":
            for line, other in ((lines[0], args[1]), (lines[1], args[0])):
                if line.kind == "constant" and line.data == 1.0:
                    return other
        if gate.name == "absolute" and lines[0].kind == "gate" and lines[0].data.name == "negate":
            args = [lines[0].args[0]]
        return self.line("gate", tuple(args), gate, any(line.vector for line in lines))

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
    assert all(isinstance(bound, int) for bound in bounds)
    return tuple(bounds)  # type: ignore[arg-type]


class Printer:
    """Lines as Python statements; `texts[k]` is the expression for `roots[k]`."""

    def __init__(self, lines: Sequence[Line], roots: Sequence[int], total: bool) -> None:
        self.lines = lines
        self.total = total
        self.statements: list[str] = []
        self._uses = [0] * len(lines)
        self._text: list[str] = [""] * len(lines)
        self._vectors: list[frozenset[str]] = [frozenset()] * len(lines)
        self._depth = [0] * len(lines)
        needed = set(roots)
        for k in range(len(lines) - 1, -1, -1):
            if k in needed:
                needed.update(lines[k].args)
                for arg in lines[k].args:
                    self._uses[arg] += 1
        for root in roots:
            self._uses[root] += 1
        for k in sorted(needed):
            self._print(k)
        self.texts = [
            self._listed(root) if lines[root].vector else self._text[root] for root in roots
        ]

    def _print(self, k: int) -> None:
        line = self.lines[k]
        self._vectors[k] = frozenset().union(*[self._vectors[arg] for arg in line.args])
        if line.kind == "symbol":
            if line.vector:
                self._vectors[k] = frozenset([line.data])
                self._text[k] = f"e_{line.data}"
            else:
                self._text[k] = line.data
        elif line.kind == "constant":
            self._text[k] = number(line.data)
        elif line.kind == "count":
            self._text[k] = f"float(len({self.lines[line.data].data}))"
        elif line.kind == "fold":
            self._loop(k, line)
        elif line.kind == "others":
            body = self._body(line.data.body)
            items, empty = self._listed(line.args[0]), number(line.data.empty)
            self._keep(k, f"exclusive(lambda folded, item: {body}, {items}, {empty})")
        else:
            self._text[k] = self._gate(line.data, [self._text[arg] for arg in line.args], line.args)
            self._depth[k] = 1 + max(self._depth[arg] for arg in line.args)
            often = self._uses[k] > 1 or self._depth[k] > DEEPEST
            if line.vector and often:
                self._keep(k, self._listed(k))
            elif often and not self._is_test(line):
                self._depth[k] = 0
                self.statements.append(f"t{k} = {self._text[k]}")
                self._text[k] = f"t{k}"

    def _is_test(self, line: Line) -> bool:
        """Whether a line compares two names: as quick to ask again as to remember."""
        leaves = all(self._text[arg].isidentifier() or self.lines[arg].kind == "constant"
                     for arg in line.args)  # fmt: skip
        return leaves and line.data.primitive.condition

    def _keep(self, k: int, text: str) -> None:
        """Store a list under a name of its own; what follows loops over that."""
        self.statements.append(f"v{k} = {text}")
        self._vectors[k] = frozenset([f"v{k}"])
        self._text[k] = f"e_v{k}"

    def _heads(self, k: int) -> tuple[str, str]:
        """Give the loop variables and the iterable for a vector line."""
        names = sorted(self._vectors[k])
        if len(names) == 1:
            return f"e_{names[0]}", names[0]
        return ", ".join(f"e_{name}" for name in names), f"zip({', '.join(names)})"

    def _listed(self, k: int) -> str:
        variables, source = self._heads(k)
        if variables == self._text[k]:
            return source
        return f"[{self._text[k]} for {variables} in {source}]"

    def _loop(self, k: int, line: Line) -> None:
        over = line.args[0]
        variables, source = self._heads(over)
        body = self._body(line.data.body, f"t{k}", self._text[over])
        self.statements += [
            f"items = iter({source})",
            f"{variables} = next(items)",
            f"t{k} = {self._text[over]}",
            f"for {variables} in items:",
            f"    t{k} = {body}",
        ]
        self._text[k] = f"t{k}"

    def _body(self, body: Expr, folded: str = "folded", item: str = "item") -> str:
        """Print what combines two values in a fold, as one expression."""
        inner = Lines()
        names = {"folded": inner.symbol(FOLDED.name), "item": inner.symbol(ITEM.name)}
        root = inner.flatten(body, names)
        assert isinstance(root, int)
        texts = {"folded": folded, "item": item}
        printed: list[str] = []
        for line in inner.lines:
            if line.kind == "symbol":
                printed.append(texts[line.data])
            elif line.kind == "constant":
                printed.append(number(line.data))
            else:
                args = [printed[arg] for arg in line.args]
                printed.append(self._gate(line.data, args, line.args, inner.lines))
        return printed[root]

    def _gate(
        self,
        gate: Gate,
        texts: Sequence[str],
        args: Sequence[int],
        lines: Sequence[Line] | None = None,
    ) -> str:
        lines = self.lines if lines is None else lines
        assert gate.primitive is not None
        if gate.name == "where":
            asked = lines[args[0]]
            condition = f"{texts[0]} != 0.0"
            if asked.kind == "gate" and asked.data.primitive.condition and "(" in texts[0]:
                condition = texts[0].removeprefix("(1.0 if ").removesuffix(" else 0.0)")
            return f"({texts[1]} if {condition} else {texts[2]})"
        template = gate.primitive.total if self.total else gate.primitive.python
        return template.format(*texts)


def number(value: float) -> str:
    """Print a float so that reading it back gives the same bits; inf and nan by name."""
    if value != value or value in (math.inf, -math.inf):
        return {"inf": "inf", "-inf": "(-inf)"}.get(repr(value), "nan")
    return f"({value!r})" if math.copysign(1.0, value) < 0 else repr(value)


def guarded_block(fast: Sequence[str], total: Sequence[str]) -> list[str]:
    """Join the two styles: run the fast one, and the total one where an operator raised."""
    if list(fast) == list(total):
        return list(fast)
    return [
        "try:",
        *[f"    {line}" for line in fast],
        "except (ArithmeticError, ValueError):",
        *[f"    {line}" for line in total],
    ]


def compiled(source: str, name: str, **extra: Any) -> Any:
    """Run generated source and give the function `name` that it defines."""
    scope = {**NAMESPACE, **extra} if extra else NAMESPACE
    local: dict[str, Any] = {}
    exec(compile(source, f"<gatenet {name}>", "exec"), scope, local)
    return local[name]
