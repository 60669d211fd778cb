"""The laws of what a gate declares: its file, its picture, its domain, its derivatives.

Each makes claims about a gate at one point of its domain, as those in `lawbook` do; here `LAWS`
holds them all.
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
from gatenet.testing.claims import Claim, Point
from gatenet.testing.lawbook import LAWS as LAWS
from gatenet.testing.lawbook import applied, built, law, names
from gatenet.testing.places import inside, ordinary, places
from gatenet.transforms import hessian
from gatenet.unit import Unit

#: Numbers past these are left out: nothing is said of overflow, nor of what cancels below.
_SMALL, _LARGE, _HUGE = 1e-60, 1e60, 1e100


@law
def round_trip(gate: Gate, point: Point) -> Iterator[Claim]:
    """A circuit saved as JSON and loaded again has the same bits and saves to the same bytes."""
    if registry().get(gate.name) is not gate.base:
        return  # declared again since, under the same name: a file would mean the other one
    units, z, _ = built(gate, point)
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


@law
def drawn(gate: Gate, point: Point) -> Iterator[Claim]:
    """A picture of the circuit is well-formed and shows the gate by its symbol."""
    if point not in _first(gate):
        return  # the picture is the same everywhere
    from xml.etree import ElementTree

    from gatenet.viz import draw

    _, z, _ = built(gate, point)
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


@law
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


@law
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


@law
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
