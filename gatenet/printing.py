"""Printing formulas as Python: shared parts worked out once, special cases only when met.

The lines of a formula (`flattening`) become Python statements, in two styles: *fast* uses Python's
own operators and `math`, and *total* the functions of `ieee`, which never raise.  Generated code
runs the fast style and falls back to the total one when an operator raised, so that IEEE results
cost nothing until needed.
All names in generated code are our own (x0, s0, t0 ...): a label never becomes code.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from gatenet import ieee
from gatenet.flattening import Line, Lines
from gatenet.formula import FOLDED, ITEM, Expr, exclusive

if TYPE_CHECKING:
    from gatenet.record import Gate

#: The globals of generated code.
NAMESPACE: dict[str, Any] = {
    **{name: getattr(math, name) for name in dir(math) if not name.startswith("_")},
    "ieee": ieee,
    "exclusive": exclusive,
}

#: Deeper nesting is broken up: Python's parser stops at 200 parentheses.
DEEPEST = 40

#: And its tokenizer at 100 levels of indentation.
NESTED = 20


#: Where a line is worked out: the (condition, branch) pairs it stands in, from the outside in.
Region = tuple[tuple[int, int], ...]


class Printer:
    """Lines as Python statements; `texts[k]` is the expression for `roots[k]`.

    What only one branch of a `where` needs is worked out inside that branch: a formula pays for
    the case it is in, and the special cases of the others cost it nothing.
    """

    def __init__(self, lines: Sequence[Line], roots: Sequence[int], total: bool) -> None:
        self.lines = lines
        self.total = total
        self.statements: list[str] = []
        self._uses = [0] * len(lines)
        self._text: list[str] = [""] * len(lines)
        self._conditions: dict[int, str] = {}
        self._vectors: list[frozenset[str]] = [frozenset()] * len(lines)
        self._depth = [0] * len(lines)
        self._regions = self._placed(roots)
        self._print_until((), len(lines))
        self.texts = [
            self._listed(root) if lines[root].vector else self._text[root] for root in roots
        ]

    def _placed(self, roots: Sequence[int]) -> dict[Region, list[int]]:
        """Count the uses of each line and find the innermost region that all of them are in."""
        region: dict[int, Region] = dict.fromkeys(roots, ())
        for root in roots:
            self._uses[root] += 1
        for k in range(len(self.lines) - 1, -1, -1):
            if k not in region:
                continue
            for place, arg in enumerate(self.lines[k].args):
                self._uses[arg] += 1
                here = region[k]
                if place and len(here) < NESTED and self._chooses(k):
                    here = (*here, (self.lines[k].args[0], place))
                region[arg] = _shared(region[arg], here) if arg in region else here
        placed: dict[Region, list[int]] = {}
        for k in sorted(region):
            placed.setdefault(region[k], []).append(k)
        self._region = region
        return placed

    def _chooses(self, k: int) -> bool:
        """Whether a line is a `where` between single values."""
        line = self.lines[k]
        return line.kind == "gate" and line.data.name == "where" and not line.vector

    def _print_until(self, region: Region, end: int) -> list[str]:
        """Print the lines of one region before line `end` that are still to do; give the text.

        Two choices by the same condition share a region: the first prints what both need.
        """
        outer, self.statements = self.statements, []
        waiting = self._regions.get(region, [])
        while waiting and waiting[0] < end:
            self._print(waiting.pop(0))
        inner = self.statements
        self.statements = outer if region else inner
        return inner

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
        elif not self._chosen(k, line):
            self._text[k] = self._gate(line.data, [self._text[arg] for arg in line.args], line.args)
            self._depth[k] = 1 + max(self._depth[arg] for arg in line.args)
            often = self._uses[k] > 1 or self._depth[k] > DEEPEST
            if line.vector and often:
                self._keep(k, self._listed(k))
            elif often and not self._is_test(line):
                self._depth[k] = 0
                self.statements.append(f"t{k} = {self._text[k]}")
                self._text[k] = f"t{k}"
            else:
                self._note_condition(k, line)

    def _chosen(self, k: int, line: Line) -> bool:
        """Print a `where` as an `if` statement, when one of its branches has statements."""
        if not self._chooses(k):
            return False
        asked, *branches = line.args
        here = self._region[k]
        blocks = [self._print_until((*here, (asked, branch)), k) for branch in (1, 2)]
        if not any(blocks):
            return False
        *heads, end = self._branching(asked)
        for head, block, arg in zip(heads, blocks, branches, strict=True):
            self.statements.append(head)
            self.statements += [f"    {one}" for one in [*block, f"t{k} = {self._text[arg]}"]]
        self.statements += end
        self._text[k] = f"t{k}"
        return True

    def _branching(self, asked: int) -> tuple[str, str, list[str]]:
        """What stands before each branch of a choice, and after both."""
        return f"if {self._condition(asked)}:", "else:", []

    def _note_condition(self, k: int, line: Line) -> None:
        """Remember a line that is 1.0 or 0.0 as a test, and products of such as `and`."""
        if line.data.primitive.condition:
            self._conditions[k] = self._text[k].removeprefix("(1.0 if ").removesuffix(" else 0.0)")
        elif line.data.name == "multiply" and all(arg in self._conditions for arg in line.args):
            self._conditions[k] = " and ".join(self._conditions[arg] for arg in line.args)

    def _condition(self, k: int) -> str:
        """Print what an `if` asks."""
        return self._conditions.get(k) or f"{self._text[k]} != 0.0"

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
        return combined(body, folded, item, number, self._gate)

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
            condition = self._condition(args[0]) if lines is self.lines else f"{texts[0]} != 0.0"
            asked = lines[args[0]]
            if asked.kind == "gate" and asked.data.primitive.condition and "(" in texts[0]:
                condition = texts[0].removeprefix("(1.0 if ").removesuffix(" else 0.0)")
            return f"({texts[1]} if {condition} else {texts[2]})"
        template = gate.primitive.total if self.total else gate.primitive.python
        return template.format(*texts)


def combined(
    body: Expr,
    folded: str,
    item: str,
    constant: Callable[[float], str],
    applied: Callable[[Gate, Sequence[str], Sequence[int], Sequence[Line]], str],
) -> str:
    """Print what combines two values in a fold, by what prints a constant and a gate."""
    inner = Lines()
    names = {name: inner.symbol(name) for name in (FOLDED.name, ITEM.name)}
    root = inner.flatten(body, names)
    assert isinstance(root, int)
    texts = {FOLDED.name: folded, ITEM.name: item}
    printed: list[str] = []
    for line in inner.lines:
        if line.kind == "symbol":
            printed.append(texts[line.data])
        elif line.kind == "constant":
            printed.append(constant(line.data))
        else:
            args = [printed[arg] for arg in line.args]
            printed.append(applied(line.data, args, line.args, inner.lines))
    return printed[root]


def _shared(a: Region, b: Region) -> Region:
    """Give the innermost region that two regions are both in."""
    for k, (one, other) in enumerate(zip(a, b, strict=False)):
        if one != other:
            return a[:k]
    return a if len(a) < len(b) else b


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
