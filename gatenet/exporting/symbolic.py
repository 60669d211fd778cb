"""Formulas: a circuit as an expression of SymPy's, or as LaTeX.

Symbols have the names of units, made different where two units share one.  Both are for circuits
that a person reads: a limit says no to larger ones.  Knows circuits; SymPy where it is installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from gatenet.circuit import Circuit, Row
from gatenet.errors import OperandError, RangeError, ToolMissing
from gatenet.exporting.latexwords import Written, leaf, name, written

#: The most gates, unless another limit is given.
GATES = 500
#: The longest formula of one line of LaTeX, in characters, before a part gets a line of its own.
WIDTH = 120


def to_sympy(circuit: Any, *, max_gates: int = GATES) -> Any:
    """The output as an expression of SymPy's, or a list of them for several outputs.

    Leaves are real symbols with the names of their units (u0, u1 ... without one; a name that
    stands there already gets a number).  Gates are written as a book prints them, numbers are
    exact fractions: the expression is what the circuit means, without roundings.

    Raises RangeError for a circuit of more gates than `max_gates`, ToolMissing where SymPy is not
    installed, FormatError for a gate that is Python code.
    """
    _check(circuit, max_gates)
    try:
        import sympy
    except ImportError as error:
        raise ToolMissing("sympy is not installed: pip install sympy", tool="sympy") from error
    from gatenet.testing.exporting import as_function

    rows = [k for k, row in enumerate(circuit.rows) if row.role in ("input", "parameter")]
    names = different([circuit.label(k) for k in rows])
    symbols = {circuit.units[k]: sympy.Symbol(one, real=True)
               for k, one in zip(rows, names, strict=True)}  # fmt: skip
    found = []
    for end in circuit.ends:
        part = Circuit(end)
        leaves = sorted([*part.inputs, *part.parameters])
        found.append(as_function(part, "sympy")(*[symbols[part.units[k]] for k in leaves]))
    return found[0] if circuit.single else found


class _Row(NamedTuple):
    label: str
    text: str


def to_latex(circuit: Any, *, max_gates: int = GATES) -> str:
    r"""The circuit as LaTeX: an equation for each output and each unit with a name or several uses.

    Gates are written as they were applied, numbers in six digits.  The text goes into mathematics
    (between \[ and \], or where MathJax looks for it) and needs the package amsmath.

    Raises RangeError for a circuit of more gates than `max_gates`.

    >>> from gatenet import Unit
    >>> x, w = Unit(2.0, "x"), Unit(3.0, "w_1")
    >>> print(to_latex(Circuit((w * x + 1).tanh() / x)))
    \begin{aligned}
    u_{6} &= \frac{\tanh\left(w_{1} \, x + 1\right)}{x}
    \end{aligned}
    """
    _check(circuit, max_gates)
    rows: Sequence[Row] = circuit.rows
    values: Sequence[float] = circuit.values
    uses = [0] * len(rows)
    for row in rows:
        for operand in row.operands:
            uses[operand] += 1
    outputs = {*circuit.outputs}
    plain = different([circuit.label(k) for k in range(len(rows))])
    texts: list[Written] = []
    lines: list[_Row] = []
    for k, row in enumerate(rows):
        if row.gate is None:
            texts.append(leaf(values[k]) if row.role == "constant" else name(plain[k]))
            continue
        found = written(row.gate, [texts[operand] for operand in row.operands], row.static)
        if k in outputs or row.name or uses[k] != 1 or len(found.text) > WIDTH:
            label = name(plain[k])
            lines.append(_Row(label.text, found.text))
            found = label
        texts.append(found)
    lines += [_Row("y", texts[k].text) for k in circuit.outputs if rows[k].gate is None]
    inside = " \\\\\n".join(f"{line.label} &= {line.text}" for line in lines)
    return f"\\begin{{aligned}}\n{inside}\n\\end{{aligned}}"


def different(names: Iterable[str]) -> list[str]:
    """Names, each made different from those before it by a number.

    >>> different(["w", "w", "w_2", "w"])
    ['w', 'w_2', 'w_2_2', 'w_3']
    """
    taken: set[str] = set()
    next_one: dict[str, int] = {}
    found = []
    for one in names:
        made, k = one, next_one.get(one, 2)
        while made in taken:
            made, k = f"{one}_{k}", k + 1
        next_one[one] = k
        taken.add(made)
        found.append(made)
    return found


def _check(circuit: Any, max_gates: int) -> None:
    if not isinstance(circuit, Circuit):
        raise OperandError(
            f"only a Circuit has a formula, not {type(circuit).__name__}: write Circuit(output)"
        )
    count = sum(row.gate is not None for row in circuit.rows)
    if count > max_gates:
        raise RangeError(
            f"the circuit has {count} gates, too many for a formula that a person reads (the limit "
            f"is {max_gates}): take a part of it, Circuit(unit), or give max_gates={count}"
        )
