"""Printing formulas as C: a gate's value and local derivatives, for the unit type's kernels.

The same lines that `calculation` prints as Python, in the same order, so that the bits agree.  The
text of a gate has a digest: the extension was built from it, and is asked for it before one of its
kernels is used, so that a gate declared anew is never worked out by an old kernel.
Knows formulas and printing, and gates by their attributes.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Sequence
from itertools import product
from typing import TYPE_CHECKING

from gatenet.calculation import laid_out
from gatenet.flattening import Line
from gatenet.formula import Expr
from gatenet.printing import Printer, combined

if TYPE_CHECKING:
    from gatenet.record import Gate

#: A gate of a fixed number of operands has kernels where it has at most so many.
WIDEST = 3

_FIXED = "static void {name}(const double *x, const double *s, double *z, double *p)"
_MANY = (
    "static void {name}(const double *x, const double *s, double *z, double *p, Py_ssize_t n, "
    "double *w)"
)


def printed(gates: Iterable[Gate]) -> str:
    """Print the kernels of all gates, and the table of them, as a C header."""
    parts = ["/* Printed from the gates when the package is built. */"]
    rows = []
    for gate in gates:
        text, row = _kernels(gate)
        if text:
            parts.append(text)
            rows.append(row.replace("@", f'"{digest(gate)}"'))
    return "\n".join([*parts, "static const kernels TABLE[] = {", *rows, "};", ""])


def digest(gate: Gate) -> str:
    """What tells one text of a gate's kernels from another; "" where it has none.

    >>> from gatenet.gates import add, subtract
    >>> digest(add) == digest(subtract), len(digest(add))
    (False, 16)
    """
    text, row = _kernels(gate.base)
    return hashlib.blake2b((text + row).encode(), digest_size=8).hexdigest() if text else ""


def _kernels(gate: Gate) -> tuple[str, str]:
    """The kernels of a gate and its row of the table, "@" for the digest; empty for none."""
    static = len(gate.static)
    if gate.opaque:
        return "", ""
    if gate.variadic:
        body, scratch = _Many(gate).printed()
        text = _function(_MANY.format(name=f"{gate.name}_many"), body, "xszpnw")
        return text, f'    {{"{gate.name}", @, {gate.groups}, {static}, {scratch}, ' + (
            f"{gate.name}_many, NULL}},"
        )
    if len(gate.inputs) > WIDEST:
        return "", ""
    texts, names = [], []
    masks = sorted(product((False, True), repeat=len(gate.inputs)), key=lambda m: m[::-1])
    for number, mask in enumerate(masks):
        names.append(f"{gate.name}_{number}")
        texts.append(_function(_FIXED.format(name=names[-1]), _fixed(gate, mask), "xszp"))
    texts.append(f"static const fixed_kernel {gate.name}_fixed[] = {{{', '.join(names)}}};")
    return "\n".join(texts), (
        f'    {{"{gate.name}", @, {len(gate.inputs)}, {static}, 0, NULL, {gate.name}_fixed}},'
    )


def _function(head: str, body: Sequence[str], arguments: str) -> str:
    """A C function, whose body declares what it assigns and passes over what it does not need."""
    text = "\n".join(body)
    unused = [name for name in arguments if not re.search(rf"\b{name}\b", text)]
    lines = [f"    (void){name};" for name in unused]
    found = dict.fromkeys(re.findall(r"^ *(t\d+) =", text, re.MULTILINE))
    if found:  # what a branch assigns starts as 0: compilers do not see that its readers share it
        lines.append(f"    double {', '.join(f'{name} = 0.0' for name in found)};")
    return "\n".join([f"{head} {{", *lines, *[f"    {line}" for line in body], "}"])


def number(value: float) -> str:
    """Print a float as C, so that it has the same bits.

    >>> number(0.5), number(float("-inf"))
    ('0.5', '(-HUGE_VAL)')
    """
    if math.isinf(value):
        return "HUGE_VAL" if value > 0 else "(-HUGE_VAL)"
    if value != value:
        return "(HUGE_VAL - HUGE_VAL)"
    return f"({value!r})" if math.copysign(1.0, value) < 0 else repr(value)


def _applied(gate: Gate, texts: Sequence[str]) -> str:
    """A primitive gate of printed operands."""
    assert gate.primitive is not None
    return f"({gate.primitive.c.format(*texts)})"


class _CPrinter(Printer):
    """Lines as C statements: what only one branch of a `where` needs stands inside of it."""

    def _print(self, k: int) -> None:
        line = self.lines[k]
        super()._print(k)
        if line.kind == "symbol":
            self._text[k] = _element(line.data)
        elif line.kind == "constant":
            self._text[k] = number(line.data)

    def _branching(self, asked: int) -> tuple[str, str, list[str]]:
        return f"if ({self._condition(asked)}) {{", "} else {", ["}"]

    def _note_condition(self, k: int, line: Line) -> None:
        """Every condition is asked by its value."""

    def _gate(
        self,
        gate: Gate,
        texts: Sequence[str],
        args: Sequence[int],
        lines: Sequence[Line] | None = None,
    ) -> str:
        return _applied(gate, texts)


def _element(name: str) -> str:
    return f"{name[0]}[{name[1:]}]"


def _fixed(gate: Gate, mask: Sequence[bool]) -> list[str]:
    """The body of a kernel of a fixed number of operands, some of them units."""
    lines, roots = laid_out(gate, mask)
    printer = _CPrinter(lines.lines, [root for root in roots if root is not None], True)
    body = [line if line.endswith(("{", "}")) else f"{line};" for line in printer.statements]
    value, *texts = printer.texts
    found = iter(texts)
    body.append(f"z[0] = {value};")
    for place, is_unit in enumerate(mask):
        if is_unit:
            body.append(f"p[{place}] = {next(found)};")
        elif len(mask) > 2:
            body.append(f"p[{place}] = 0.0;")
    return body


class _Many:
    """A gate of any number of operands: rows of numbers, worked out element by element."""

    def __init__(self, gate: Gate) -> None:
        lines, roots = laid_out(gate)
        self.groups = gate.groups
        self.lines = lines.lines
        self.roots = [root for root in roots if root is not None]
        self.body: list[str] = []
        self.scratch = 0
        self._text: dict[int, str] = {}

    def printed(self) -> tuple[list[str], int]:
        """The statements, and how many rows of scratch they need."""
        uses = self._uses()
        for k in sorted(uses):
            self._print(k, uses[k])
        value, *slopes = self.roots
        for group, root in enumerate(slopes):
            start = f"{group} * n + i" if group else "i"
            self.body.append(f"{_EACH} p[{start}] = {self._text[root]};")
        return [*self.body, f"z[0] = {self._text[value]};"], self.scratch

    def _uses(self) -> dict[int, int]:
        """How often each line that is needed is read; never once where it is read in a loop."""
        uses = dict.fromkeys(self.roots, 0)
        for root in self.roots:
            uses[root] += 1
        for k in range(len(self.lines) - 1, -1, -1):
            if k in uses:
                for arg in self.lines[k].args:
                    uses[arg] = uses.get(arg, 0) + 1
        return uses

    def _print(self, k: int, uses: int) -> None:
        line = self.lines[k]
        if line.kind == "symbol":
            place = int(line.data[1:])
            row = f"x[{place} * n + i]" if place else "x[i]"
            self._text[k] = row if line.vector else _element(line.data)
        elif line.kind == "constant":
            self._text[k] = number(line.data)
        elif line.kind == "count":
            self._text[k] = "((double)n)"
        elif line.kind == "fold":
            item = self._text[line.args[0]]
            combined = _combined(line.data.body, f"t{k}", "item")
            self.body += [
                "{",
                "    Py_ssize_t i = 0;",
                f"    t{k} = {item};",
                "    for (i = 1; i < n; i++) {",
                f"        const double item = {item};",
                f"        t{k} = {combined};",
                "    }",
                "}",
            ]
            self._text[k] = f"t{k}"
        elif line.kind == "others":
            self._others(k, line)
        else:
            text = _applied(line.data, [self._text[arg] for arg in line.args])
            if not line.vector:
                self.body.append(f"t{k} = {text};")
                self._text[k] = f"t{k}"
            elif uses > 1:
                self._text[k] = self._row()
                self.body.append(f"{_EACH} {self._text[k]} = {text};")
            else:
                self._text[k] = text

    def _row(self) -> str:
        self.scratch += 1
        place = self.scratch - 1
        return f"w[{place} * n + i]" if place else "w[i]"

    def _others(self, k: int, line: Line) -> None:
        """As `formula.exclusive`: running folds of both ends, joined."""
        item, right, result = self._text[line.args[0]], self._row(), self._row()

        def at(row: str, index: str) -> str:
            return re.sub(r"\bi\]", f"{index}]", row)

        def both(left: str, other: str) -> str:
            return _combined(line.data.body, left, other)

        empty = number(line.data.empty)
        joined = both(f"t{k}", at(right, "i + 1"))
        self.body += [
            "{",
            "    Py_ssize_t i = n - 1;",
            f"    {right} = {item};",
            "    for (i = n - 2; i > 0; i--)",
            f"        {right} = {both(item, at(right, 'i + 1'))};",
            f"    {at(result, '0')} = n > 1 ? {at(right, '1')} : {empty};",
            f"    t{k} = {at(item, '0')};",
            "    for (i = 1; i < n - 1; i++) {",
            f"        {result} = {joined};",
            f"        t{k} = {both(f't{k}', item)};",
            "    }",
            f"    if (n > 1) {at(result, 'n - 1')} = t{k};",
            "}",
        ]
        self._text[k] = result


_EACH = "for (Py_ssize_t i = 0; i < n; i++)"


def _combined(body: Expr, folded: str, item: str) -> str:
    """What combines two values in a fold, as one expression."""
    return combined(body, folded, item, number, lambda gate, texts, *_: _applied(gate, texts))
