"""Circuits as text: infix lines and a tree with row numbers.  Linear in the circuit's size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gatenet.circuit import Circuit

_SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**", "less": "<",
          "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==",
          "not_equal": "!="}  # fmt: skip
_WIDTH = 72


class Formulas:
    """What a circuit inherits: its forms as mathematics and as functions of other frameworks."""

    def to_latex(self, **options: Any) -> str:
        """The circuit as equations in LaTeX: see `gatenet.exporting.to_latex`."""
        from gatenet.exporting import to_latex

        return to_latex(self, **options)

    def to_sympy(self, **options: Any) -> Any:
        """The output as an expression of SymPy's: see `gatenet.exporting.to_sympy`."""
        from gatenet.exporting import to_sympy

        return to_sympy(self, **options)

    def to_jax(self, **options: Any) -> Any:
        """The circuit as a function of JAX's arrays: see `gatenet.exporting.to_jax`."""
        from gatenet.exporting import to_jax

        return to_jax(self, **options)

    def to_torch(self, **options: Any) -> Any:
        """The circuit as a PyTorch module: see `gatenet.exporting.to_torch`."""
        from gatenet.exporting import to_torch

        return to_torch(self, **options)


def infix(circuit: Circuit, max_lines: int) -> str:
    """One line for each unit that is an output, has a name, is used twice, or grows too long.

    >>> from gatenet import Unit, Circuit
    >>> x, y = Unit(1.0, "x"), Unit(2.0, "y")
    >>> print(Circuit((x + y) * x.exp()).pprint())
    u4 = (x + y) * exp(x)
    """
    rows, values = circuit.rows, circuit.values
    uses = [0] * len(rows)
    for row in rows:
        for operand in row.operands:
            uses[operand] += 1
    outputs = set(circuit.outputs)
    texts: list[str] = []
    lines: list[str] = []
    for k, row in enumerate(rows):
        if row.gate is None:
            texts.append(f"{values[k]:g}" if row.role == "constant" else _label(circuit, k))
            continue
        operands = [texts[operand] for operand in row.operands]
        text = applied(row.gate.name, operands, dict(row.static))
        if k in outputs or row.name or uses[k] != 1 or len(text) > _WIDTH:
            lines.append(f"{_label(circuit, k)} = {text}")
            text = _label(circuit, k)
        elif row.gate.name in _SIGNS:
            text = f"({text})"
        texts.append(text)
    return _cut(lines, max_lines)


def _label(circuit: Circuit, k: int) -> str:
    """A row's label on one line, whatever the name holds."""
    label = circuit.label(k)
    return label if label.isprintable() else repr(label)


def applied(name: str, operands: list[str], static: dict[str, float]) -> str:
    """Write a gate applied to operands as one would type it: a * b, -a, leaky_relu(x, slope=0.1).

    >>> applied("multiply", ["a", "2"], {})
    'a * 2'
    """
    if name in _SIGNS and len(operands) == 2:
        return f"{operands[0]} {_SIGNS[name]} {operands[1]}"
    if name == "negate":
        return f"-{operands[0]}"
    if len(operands) > 12:
        operands = [*operands[:10], f"... {len(operands) - 10} more"]
    arguments = operands + [f"{key}={value:g}" for key, value in static.items()]
    return f"{name}({', '.join(arguments)})"


def tree(circuit: Circuit, max_lines: int) -> str:
    """The tree from the outputs down; a unit met again is shown by its number and ···.

    >>> from gatenet import Unit, Circuit
    >>> x = Unit(2.0, "x")
    >>> print(Circuit(x * x + 1.0).debugprint())
    u3 add = 5.0
    ├ u1 multiply = 4.0
    │ ├ u0 'x' input = 2.0
    │ └ u0 ···
    └ u2 constant = 1.0
    """
    rows, values = circuit.rows, circuit.values
    shown: set[int] = set()
    lines: list[str] = []
    # Each entry: row, the prefix of its own line, the prefix of the lines below it.
    stack = [(k, "", "") for k in reversed(circuit.outputs)]
    while stack and len(lines) < max_lines:
        k, head, below = stack.pop()
        row = rows[k]
        if k in shown:
            lines.append(f"{head}u{k} ···")
            continue
        shown.add(k)
        name = f" {row.name!r}" if row.name else ""
        what = row.gate.name if row.gate is not None else row.role
        lines.append(f"{head}u{k}{name} {what} = {values[k]!r}")
        last = len(row.operands) - 1
        for place in range(last, -1, -1):
            branch, rest = ("└ ", "  ") if place == last else ("├ ", "│ ")
            deep = below if len(below) < 120 else below[-80:]
            stack.append((row.operands[place], deep + branch, deep + rest))
    if stack:
        lines.append(f"... {len(rows) - len(shown)} more units")
    return "\n".join(lines)


def _cut(lines: list[str], max_lines: int) -> str:
    if len(lines) > max_lines:
        half = max_lines // 2
        tail = lines[len(lines) - half :]
        lines = [*lines[:half], f"... {len(lines) - 2 * half} more lines ...", *tail]
    return "\n".join(lines)
