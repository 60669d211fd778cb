"""The laws of passes: functions that make claims about a gate at one point of its domain.

A claim is two numbers that come by different ways: from the gate's printed functions on one hand,
from units and circuits on the other.  `declaredlaws` has those of files, pictures and declarations;
`suite` runs them all and reports.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from gatenet.circuit import Circuit
from gatenet.declaration import Gate
from gatenet.sweep import gradients
from gatenet.testing.claims import Checker, Claim, Point, all_bits
from gatenet.transforms import jvp, vjp
from gatenet.unit import Unit

#: Every law by name, in the order in which they are checked.
LAWS: dict[str, Checker] = {}
#: Sums past this are left out: nothing is said of overflow.
_LARGE = 1e60


def law(check: Checker) -> Checker:
    """Enter a law into the book, under the name of its function."""
    LAWS[check.__name__.strip("_")] = check
    return check


def applied(gate: Gate, operands: Sequence[Any]) -> Any:
    """Apply a gate to operands in a row, as a circuit keeps them."""
    lists = gate.split(list(operands)) if gate.groups > 1 else operands
    return gate(*lists)


def names(gate: Gate, point: Sequence[float]) -> list[str]:
    """What to call each operand of a row: a, b, or x[0], x[1]."""
    if not gate.variadic:
        return list(gate.inputs)
    size = len(point) // gate.groups
    return [f"{name}[{k}]" for name in gate.inputs for k in range(size)]


def built(gate: Gate, point: Point) -> tuple[list[Unit], Unit, tuple[float, ...]]:
    """Operands as units, the output, and the local derivatives from the printed function."""
    units = [Unit(x, name) for x, name in zip(point, names(gate, point), strict=True)]
    z = applied(gate, units)
    return units, z, gate.partials(gate.value(*point), *point)


@law
def value(gate: Gate, point: Point) -> Iterator[Claim]:
    """A unit carries what the gate gives for numbers, and records the gate's own derivatives."""
    units, z, partials = built(gate, point)
    yield Claim("the value", gate.value(*point), z.value)
    for name, expected, found in zip(names(gate, point), partials, z.partials, strict=True):
        yield Claim(f"the recorded derivative in {name}", expected, found)
    yield Claim("the number of operands", len(units), len(z.inputs))


@law
def seed(gate: Gate, point: Point) -> Iterator[Claim]:
    """What flows back is the upstream gradient times the local derivative: linear in the seed."""
    units, z, partials = built(gate, point)
    for factor in (1.0, -2.0, 0.5, 3.0, 0.0):
        found = gradients([z], [factor], units)
        for name, partial, got in zip(names(gate, point), partials, found, strict=True):
            blocked = factor == 0.0 and gate.guarded
            expected = 0.0 if blocked else 0.0 + factor * partial
            yield Claim(f"the gradient in {name} for the seed {factor}", expected, got)


@law
def accumulate(gate: Gate, point: Point) -> Iterator[Claim]:
    """A second pass adds exactly one more gradient to each operand, and zeroing forgets it."""
    units, z, _ = built(gate, point)
    z.backward()
    once = [unit.grad for unit in units]
    z.backward()
    for unit, first in zip(units, once, strict=True):
        yield Claim(f"the gradient in {unit.name} after two passes", first + first, unit.grad)
        unit.zero_grad()
    z.backward()
    for unit, first in zip(units, once, strict=True):
        yield Claim(f"the gradient in {unit.name} after zeroing", first, unit.grad)


@law
def fan_out(gate: Gate, point: Point) -> Iterator[Claim]:
    """A unit used twice gets the sum of both pulls, as an operand, as an output, and in a∘a."""
    x = Unit(point[0], "x")
    z = applied(gate, [x] * len(point))
    same = (point[0],) * len(point)
    partials = gate.partials(gate.value(*same), *same)
    total = 0.0
    for partial in partials:
        total += partial
    yield Claim("the gradient of a unit in every place", total, gradients([z], [1.0], [x])[0])
    units, once, partials = built(gate, point)
    found = gradients([once + once], [1.0], units)
    for name, partial, got in zip(names(gate, point), partials, found, strict=True):
        yield Claim(f"the gradient in {name} of the output used twice", 0.0 + 2.0 * partial, got)
    if len(point) == 1:
        (inner,) = partials
        outer = gate.partials(gate.value(once.value), once.value)[0]
        blocked = outer == 0.0 and gate.guarded
        expected = 0.0 if blocked else 0.0 + (0.0 + outer) * inner
        yield Claim("the gradient of a∘a", expected, gradients([gate(once)], [1.0], units)[0])


@law
def constants(gate: Gate, point: Point) -> Iterator[Claim]:
    """A constant gets nothing and changes nothing about what the other operands get."""
    _, whole, partials = built(gate, point)
    for k, name in enumerate(names(gate, point)):
        unit = Unit(point[k], name)
        z = applied(gate, [unit if j == k else x for j, x in enumerate(point)])
        yield Claim(f"the value with {name} alone a unit", whole.value, z.value)
        expected = 0.0 + partials[k]
        yield Claim(f"the gradient with {name} alone", expected, gradients([z], [1.0], [unit])[0])
        frozen = Unit(point[k], name)
        frozen.requires_grad = False
        others = [frozen if j == k else Unit(x) for j, x in enumerate(point)]
        applied(gate, others).backward()
        yield Claim(f"the gradient of a frozen {name}", 0.0, frozen.grad)


@law
def forward_mode(gate: Gate, point: Point) -> Iterator[Claim]:
    """Forward and reverse mode agree on the derivative in every direction (the dot test)."""
    _, _, partials = built(gate, point)
    if not all(map(math.isfinite, [gate.value(*point), *partials])):
        return
    directions = [1.0 - 0.75 * k for k in range(len(point))]

    def f(*units: Any) -> Any:
        return applied(gate, units)

    _, pushed = jvp(f, point, directions)
    _, pull = vjp(f, *point)
    terms = [g * d for g, d in zip(pull(1.0), directions, strict=True)]
    size = sum(map(abs, terms))
    if size < _LARGE:
        yield Claim("the derivative by forward mode", sum(terms), pushed, 1e-14 * size + 5e-323)


@law
def purity(gate: Gate, point: Point) -> Iterator[Claim]:
    """Asking again gives the same bits, and asking changes nothing."""
    units, z, partials = built(gate, point)
    gate.value(*[x + 1.0 for x in point])
    yield Claim("the value asked again", gate.value(*point), gate.value(*point))
    again = gate.partials(gate.value(*point), *point)
    for name, first, second in zip(names(gate, point), partials, again, strict=True):
        yield Claim(f"the derivative in {name} asked again", first, second)
    before = all_bits([u.value for u in units] + [z.value] + [u.grad for u in [*units, z]])
    gradients([z], [1.0], units)
    after = all_bits([u.value for u in units] + [z.value] + [u.grad for u in [*units, z]])
    yield Claim("what units hold after gradients()", " ".join(before), " ".join(after))


@law
def replay(gate: Gate, point: Point) -> Iterator[Claim]:
    """A replay is the recording over again, at the old operands and at new ones."""
    units, z, partials = built(gate, point)
    circuit = Circuit([*units, z])
    other = tuple(0.25 + 0.5 * k for k in range(len(point)))
    found = circuit.forward(dict(zip(units, other, strict=True)))[-1]
    yield Claim("the value replayed elsewhere", gate.value(*other), found)
    for name, expected, got in zip(
        names(gate, point), gate.partials(gate.value(*other), *other), z.partials, strict=True
    ):
        yield Claim(f"the derivative in {name} replayed elsewhere", expected, got)
    back = circuit.forward(dict(zip(units, point, strict=True)))[-1]
    yield Claim("the value replayed", gate.value(*point), back)
    for name, expected, got in zip(names(gate, point), partials, z.partials, strict=True):
        yield Claim(f"the derivative in {name} replayed", expected, got)
