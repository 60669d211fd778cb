"""Domains at speed: a gate's condition, kinks and edges as one Python function of its operands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gatenet.declaration import Gate
from gatenet.flattening import Bound, Lines
from gatenet.printing import Printer, compiled

Signs = list[int]


def looker(gate: Gate) -> Callable[[Sequence[float]], tuple[bool, Signs]]:
    """A function that says of a point whether it is inside, and the sign of each kink and edge.

    A sign is -1, 0 (exactly on it) or 1; two points with the same signs, none of them 0, have
    neither a kink nor an edge between them, as far as the declaration says.
    """
    if "looker" not in gate.made:
        gate.made["looker"] = _made(gate)
    found: Callable[[Sequence[float]], tuple[bool, Signs]] = gate.made["looker"]
    return found


def _made(gate: Gate) -> Callable[[Sequence[float]], tuple[bool, Signs]]:
    domain = gate.domain
    condition = () if domain.condition is None else (domain.condition,)
    kernel = _kernel(gate, (*condition, *domain.kinks, *domain.edges))
    static = tuple(gate.static.values())

    def look(point: Sequence[float]) -> tuple[bool, Signs]:
        values = list(kernel(*gate.split(point), *static))
        inside = bool(values.pop(0)) if condition else True
        signs: Signs = []
        for value in values:
            for v in value if isinstance(value, list) else (value,):
                signs.append((v > 0) - (v < 0))
        return inside, signs

    return look


def _kernel(gate: Gate, exprs: Sequence[Any]) -> Callable[..., tuple[Any, ...]]:
    lines = Lines()
    names: dict[str, Bound] = {
        name: lines.symbol(f"x{k}", gate.variadic) for k, name in enumerate(gate.inputs)
    }
    names.update({name: lines.symbol(f"s{k}") for k, name in enumerate(gate.static)})
    names["*"] = names[gate.inputs[0]]
    roots = [lines.flatten(expr, names) for expr in exprs]
    printer = Printer(lines.lines, roots, total=True)  # type: ignore[arg-type]
    arguments = [f"x{k}" for k in range(len(gate.inputs))]
    arguments += [f"s{k}" for k in range(len(gate.static))]
    body = [*printer.statements, f"return ({''.join(f'{text}, ' for text in printer.texts)})"]
    source = "\n    ".join([f"def look({', '.join(arguments)}):", *body])
    made: Callable[..., tuple[Any, ...]] = compiled(source, "look")
    return made


def crossed(start: Signs, end: Signs) -> bool:
    """Whether a kink or an edge lies between two points, or on one of them."""
    return start != end or 0 in start


def valuer(gate: Gate) -> Callable[[Sequence[float]], float]:
    """The gate's value as a function of a point, without the checks of `gate.value`."""
    if gate.opaque:
        return lambda point: gate.value(*point)
    kernel, static = gate.value_kernel, tuple(gate.static.values())
    if gate.variadic:
        return lambda point: kernel(*gate.split(point), *static)
    return lambda point: kernel(*point, *static)
