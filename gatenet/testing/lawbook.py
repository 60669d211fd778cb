"""The laws, each a function that makes claims about a gate at one point of its domain.

A claim is two numbers that come by different ways: from the gate's printed functions on one hand,
from units, circuits, files and pictures on the other.  `laws` runs them and reports.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from gatenet.checking import gradcheck
from gatenet.circuit import Circuit
from gatenet.declaration import Gate, registry
from gatenet.errors import DomainError
from gatenet.io import dumps, loads
from gatenet.modes import detect_anomaly
from gatenet.sweep import gradients
from gatenet.testing.claims import Checker, Claim, Point, all_bits
from gatenet.testing.places import inside, ordinary, places
from gatenet.transforms import hessian, jvp, vjp
from gatenet.unit import Unit

#: Every law by name, in the order in which they are checked.
LAWS: dict[str, Checker] = {}
#: Numbers past these are left out where a law allows for rounding: nothing is said of overflow.
_SMALL, _LARGE, _HUGE = 1e-60, 1e60, 1e100


def _law(check: Checker) -> Checker:
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


def _built(gate: Gate, point: Point) -> tuple[list[Unit], Unit, tuple[float, ...]]:
    """Operands as units, the output, and the local derivatives from the printed function."""
    units = [Unit(x, name) for x, name in zip(point, names(gate, point), strict=True)]
    z = applied(gate, units)
    return units, z, gate.partials(gate.value(*point), *point)


@_law
def value(gate: Gate, point: Point) -> Iterator[Claim]:
    """A unit carries what the gate gives for numbers, and records the gate's own derivatives."""
    units, z, partials = _built(gate, point)
    yield Claim("the value", gate.value(*point), z.value)
    for name, expected, found in zip(names(gate, point), partials, z.partials, strict=True):
        yield Claim(f"the recorded derivative in {name}", expected, found)
    yield Claim("the number of operands", len(units), len(z.inputs))


@_law
def seed(gate: Gate, point: Point) -> Iterator[Claim]:
    """What flows back is the upstream gradient times the local derivative: linear in the seed."""
    units, z, partials = _built(gate, point)
    for factor in (1.0, -2.0, 0.5, 3.0, 0.0):
        found = gradients([z], [factor], units)
        for name, partial, got in zip(names(gate, point), partials, found, strict=True):
            blocked = factor == 0.0 and gate.guarded
            expected = 0.0 if blocked else 0.0 + factor * partial
            yield Claim(f"the gradient in {name} for the seed {factor}", expected, got)


@_law
def accumulate(gate: Gate, point: Point) -> Iterator[Claim]:
    """A second pass adds exactly one more gradient to each operand, and zeroing forgets it."""
    units, z, _ = _built(gate, point)
    z.backward()
    once = [unit.grad for unit in units]
    z.backward()
    for unit, first in zip(units, once, strict=True):
        yield Claim(f"the gradient in {unit.name} after two passes", first + first, unit.grad)
        unit.zero_grad()
    z.backward()
    for unit, first in zip(units, once, strict=True):
        yield Claim(f"the gradient in {unit.name} after zeroing", first, unit.grad)


@_law
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
    units, once, partials = _built(gate, point)
    found = gradients([once + once], [1.0], units)
    for name, partial, got in zip(names(gate, point), partials, found, strict=True):
        yield Claim(f"the gradient in {name} of the output used twice", 0.0 + 2.0 * partial, got)
    if len(point) == 1:
        (inner,) = partials
        outer = gate.partials(gate.value(once.value), once.value)[0]
        blocked = outer == 0.0 and gate.guarded
        expected = 0.0 if blocked else 0.0 + (0.0 + outer) * inner
        yield Claim("the gradient of a∘a", expected, gradients([gate(once)], [1.0], units)[0])


@_law
def constants(gate: Gate, point: Point) -> Iterator[Claim]:
    """A constant gets nothing and changes nothing about what the other operands get."""
    _, whole, partials = _built(gate, point)
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


@_law
def forward_mode(gate: Gate, point: Point) -> Iterator[Claim]:
    """Forward and reverse mode agree on the derivative in every direction (the dot test)."""
    _, _, partials = _built(gate, point)
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


@_law
def purity(gate: Gate, point: Point) -> Iterator[Claim]:
    """Asking again gives the same bits, and asking changes nothing."""
    units, z, partials = _built(gate, point)
    gate.value(*[x + 1.0 for x in point])
    yield Claim("the value asked again", gate.value(*point), gate.value(*point))
    again = gate.partials(gate.value(*point), *point)
    for name, first, second in zip(names(gate, point), partials, again, strict=True):
        yield Claim(f"the derivative in {name} asked again", first, second)
    before = all_bits([u.value for u in units] + [z.value] + [u.grad for u in [*units, z]])
    gradients([z], [1.0], units)
    after = all_bits([u.value for u in units] + [z.value] + [u.grad for u in [*units, z]])
    yield Claim("what units hold after gradients()", " ".join(before), " ".join(after))


@_law
def replay(gate: Gate, point: Point) -> Iterator[Claim]:
    """A replay is the recording over again, at the old operands and at new ones."""
    units, z, partials = _built(gate, point)
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


@_law
def round_trip(gate: Gate, point: Point) -> Iterator[Claim]:
    """A circuit saved as JSON and loaded again has the same bits and saves to the same bytes."""
    if registry().get(gate.name) is not gate.base:
        return  # declared again since, under the same name: a file would mean the other one
    units, z, _ = _built(gate, point)
    circuit = Circuit([*units, z])
    text = dumps(circuit)
    twin = loads(text)
    yield Claim("the text saved again", text, dumps(twin))
    for expected, got in zip(circuit.values, twin.values, strict=True):
        yield Claim("a value loaded", expected, got)
    circuit.backward()
    twin.backward()
    for mine, other in zip(circuit.units, twin.units, strict=True):
        if mine is not None and other is not None:
            yield Claim(f"the gradient in {mine.name} loaded", mine.grad, other.grad)


@_law
def drawn(gate: Gate, point: Point) -> Iterator[Claim]:
    """A picture of the circuit is well-formed and shows the gate by its symbol."""
    if point not in _first(gate):
        return  # the picture is the same everywhere
    from xml.etree import ElementTree

    from gatenet.viz import draw

    _, z, _ = _built(gate, point)
    root = ElementTree.fromstring(draw(z, engine="builtin").svg)
    texts = {"".join(part.itertext()).strip() for part in root.iter() if part.tag.endswith("text")}
    shown = any(gate.symbol in text for text in texts)
    yield Claim("what the picture shows", gate.symbol, gate.symbol if shown else "no such text")


def _first(gate: Gate) -> list[Point]:
    """The one point that a picture is drawn at: the first that anyone asks for."""
    size = len(gate.inputs)
    drawn: list[Point] = gate.made.setdefault("testing.drawn", [])
    if not drawn:
        drawn.append((0.5,) * size)
    return drawn


@_law
def domain(gate: Gate, point: Point) -> Iterator[Claim]:
    """Inside the domain nothing is nan, outside everything is, and detect_anomaly() says so."""
    size = len(point)
    if inside(gate, point) and all(abs(x) < _HUGE for x in point):  # inf - inf is nan, rightly
        found = gate.value(*point)
        yield Claim("the value inside the domain", "a number", _kind(found))
        if math.isfinite(found) and _tame(point) and ordinary(gate, point):
            partials = gate.partials(found, *point)
            for k, (name, partial) in enumerate(zip(names(gate, point), partials, strict=True)):
                if _open(gate, point, k):  # elsewhere there is no slope to be had
                    yield Claim(f"the derivative in {name} inside", "a number", _kind(partial))
    if gate.domain.condition is None or size > 1:
        return
    for x, *_ in _outside(gate):
        got = gate.value(x)
        yield Claim(f"the value at {x!r}, outside the domain", math.nan, got)
        yield Claim(f"the derivative at {x!r}, outside", math.nan, gate.partials(got, x)[0])
        try:
            with detect_anomaly():
                gate(Unit(x))
            raised = "nothing"
        except DomainError:
            raised = "DomainError"
        yield Claim(f"what detect_anomaly() raises at {x!r}", "DomainError", raised)


def _kind(x: float) -> str:
    return "nan" if x != x else "a number"


def _outside(gate: Gate) -> list[Point]:
    """Some points of a gate of one input that its domain leaves out and no edge stands at."""
    if "testing.outside" not in gate.made:
        (found,) = places(gate)
        points = [(x,) for x in found.numbers if not inside(gate, (x,))]
        named = [{**gate.static, gate.inputs[0]: x} for (x,) in points]
        clear = [p for p, b in zip(points, named, strict=True) if not gate.domain.at_edge(b)]
        gate.made["testing.outside"] = clear[:6]
    outside: list[Point] = gate.made["testing.outside"]
    return outside


@_law
def symmetry(gate: Gate, point: Point) -> Iterator[Claim]:
    """The second derivative is symmetric: first a then b, or first b then a."""
    if len(point) < 2 or 0.0 in point or not _tame(point) or not ordinary(gate, point):
        return
    found: Any = hessian(_of_list(gate))(list(point))
    known = names(gate, point)
    for j in range(len(point)):
        for k in range(j):
            a, b = found[j][k], found[k][j]
            if math.isfinite(a) and math.isfinite(b) and max(abs(a), abs(b)) < _LARGE:
                slack = 1e-9 * max(abs(a), abs(b), _SMALL)
                yield Claim(f"the second derivative in {known[k]}, {known[j]}", a, b, slack)


def _of_list(gate: Gate) -> Callable[[Sequence[Any]], Any]:
    return lambda operands: applied(gate, operands)


@_law
def slope(gate: Gate, point: Point) -> Iterator[Claim]:
    """Each declared derivative is the slope of the value, as the gradient checker sees it."""
    if not _tame(point):
        return  # there the checker's own suite is thorough; here the point is to be simple
    report = gradcheck(lambda *units: applied(gate, units), list(point), raise_exception=False)
    known = names(gate, point)
    for entry, name in zip(report.entries, known, strict=False):
        clear = math.isfinite(entry.numeric) and _open(gate, point, known.index(name))
        if clear and entry in report.failures:
            slack = 2.0 * entry.error
            yield Claim(f"the slope in {name}", entry.numeric, entry.analytic, slack)
        else:
            yield Claim(f"the checker's word on {name}", "no failure", "no failure")


def _tame(point: Point) -> bool:
    """Whether every operand is 0 or of a size at which differences and products say something."""
    return all(x == 0 or 1e-6 <= abs(x) <= 1e6 for x in point)


def _open(gate: Gate, point: Point, k: int) -> bool:
    """Whether operand k can move a little to both sides inside the domain."""
    h = 0.7310585e-6 * max(abs(point[k]), 1.0)  # no whole number, at any size
    return all(inside(gate, (*point[:k], point[k] + d, *point[k + 1 :])) for d in (-h, h))
