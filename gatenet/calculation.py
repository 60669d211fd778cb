"""Calculation: a gate's value and local derivatives, laid out in lines and printed as Python.

The functions here work on plain floats; `kernels` prints those that work on units from the same
lines.  Knows formulas and printing, and gates by their attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from gatenet.flattening import Bound, Lines
from gatenet.printing import Printer, compiled, guarded_block

if TYPE_CHECKING:
    from gatenet.record import Gate


def laid_out(
    gate: Gate, needed: Sequence[bool] | None = None, size: int | None = None
) -> tuple[Lines, list[int | None]]:
    """Flatten a gate's value and its needed partials; generated names are x0.., s0.., and z.

    With `size` an n-ary gate is laid out for that number of operands, x0 to x{size-1}.
    """
    lines = Lines()
    bindings = _bindings(gate, lines, size)
    value = lines.flatten(gate.formula, bindings)
    roots: list[int | None] = [_single(value)]
    bindings["z"] = value
    wanted = [True] * len(gate.partial_formulas) if needed is None else needed
    for wants, expr in zip(wanted, gate.partial_formulas, strict=True):
        if not wants:
            roots.append(None)
            continue
        found = lines.flatten(expr, bindings)
        if isinstance(found, int) and size is not None:
            found = (found,) * (size // gate.groups)
        roots.extend(found if isinstance(found, tuple) else (found,))
    return lines, roots


def statements(lines: Lines, roots: Sequence[int], names: Sequence[str]) -> list[str]:
    """Print statements that assign the roots to `names`, in both styles."""
    styles = []
    for total in (False, True):
        printer = Printer(lines.lines, roots, total)
        results = [f"{n} = {t}" for n, t in zip(names, printer.texts, strict=True)]
        styles.append(printer.statements + results)
    return guarded_block(*styles)


def value_function(gate: Gate) -> Callable[..., float]:
    """The function of plain floats behind `gate.value`."""
    lines, roots = laid_out(gate, needed=[False] * len(gate.partial_formulas))
    return _function(gate, "value", [], statements(lines, [_single(roots[0])], ["z"]), "z")


def partials_function(gate: Gate) -> Callable[..., Sequence[float]]:
    """The function of z and plain floats behind `gate.partials`."""
    lines = Lines()
    bindings = _bindings(gate, lines)
    bindings["z"] = lines.symbol("z")
    roots = [_single(lines.flatten(expr, bindings)) for expr in gate.partial_formulas]
    names = [f"p{k}" for k in range(len(roots))]
    body = statements(lines, roots, names)
    if not gate.variadic:
        return _function(gate, "partials", ["z"], body, f"({', '.join(names)},)")
    return _function(gate, "partials", ["z"], body, " + ".join(spread(lines, roots, names)))


def spread(lines: Lines, roots: Sequence[int], names: Sequence[str]) -> list[str]:
    """Write each derivative of an n-ary gate as a list, one item per operand."""
    return [
        name if lines.lines[root].vector else f"[{name}] * len(x0)"
        for name, root in zip(names, roots, strict=True)
    ]


def _bindings(gate: Gate, lines: Lines, size: int | None = None) -> dict[str, Bound]:
    """Give every input and static parameter its name in generated code."""
    if size is None:
        names: list[Bound] = [lines.symbol(f"x{k}", gate.variadic) for k in range(len(gate.inputs))]
    else:
        names = [tuple(part) for part in gate.split([lines.symbol(f"x{k}") for k in range(size)])]
    bindings = dict(zip(gate.inputs, names, strict=True))
    bindings.update({name: lines.symbol(f"s{k}") for k, name in enumerate(gate.static)})
    bindings["*"] = names[0]
    return bindings


def _function(
    gate: Gate, kind: str, first: list[str], body: list[str], result: str
) -> Callable[..., Any]:
    arguments = first + [f"x{k}" for k in range(len(gate.inputs))]
    arguments += [f"s{k}" for k in range(len(gate.static))]
    text = "\n    ".join([f"def {kind}({', '.join(arguments)}):", *body, f"return {result}"])
    made: Callable[..., Any] = compiled(text, kind)
    return made


def _single(root: Bound | None) -> int:
    assert isinstance(root, int)
    return root
