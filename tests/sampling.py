"""Points to try a gate at: all of float64, and thickly where something happens.

Deterministic: a gate's name seeds its points.  What happens where is read off the gate's own
formulas (every number that something is compared with), so a formula that changes is tried at its
new branch points.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from random import Random

from gatenet.declaration import Gate
from gatenet.formula import Apply, Constant, Expr, ordered

LARGEST = 1.7976931348623157e308
#: Where exp and its kin underflow or overflow, roots of slopes, poles and their neighbours.
PLACES = (0.0, 5e-324, 2.0**-1022, 1e-310, 2.0**-53, 0.5, 0.5493061443340549, 1.0, 2.0, 18.7, 27.2,
          37.0, 354.9, math.pi / 2, math.pi, 709.782712893384, 710.4758600739439,
          745.1332191019411, 1e9, 1.34e154, 8.98846567431158e307, LARGEST)  # fmt: skip
ROOTS = {
    "silu": -1.2784645427610738,
    "gelu": -0.7517915246935645,
    "mish": -1.1924312145154953,
    "erfc": 1.2437984667596,
}
COMPARISONS = ("less", "less_equal", "greater", "greater_equal", "equal")


def branch_points(gate: Gate) -> list[float]:
    """Every number that a gate's formulas, and those they are made of, compare something with."""
    found: set[float] = set()
    seen: set[str] = set()
    waiting: list[Expr] = [gate.formula, *gate.partial_formulas]
    while waiting:
        for expr in ordered([waiting.pop()]):
            if not isinstance(expr, Apply):
                continue
            if expr.gate.name in COMPARISONS:
                found.update(arg.value for arg in expr.args if isinstance(arg, Constant))
            if expr.gate.name not in seen:
                seen.add(expr.gate.name)
                if expr.gate.primitive is None:
                    waiting.append(expr.gate.formula)
    return sorted(value for value in found if math.isfinite(value))


def special_points(gate: Gate) -> list[float]:
    """Branch points, places where functions end, the root of a slope; both signs of each."""
    sizes = {abs(x) for x in (*branch_points(gate), *gate.static.values(), *PLACES)}
    if gate.name in ROOTS:
        sizes.add(abs(ROOTS[gate.name]))
    finite = sorted(size for size in sizes if math.isfinite(size))
    return [sign * size for size in finite for sign in (1.0, -1.0)]


def points(gate: Gate, number: int) -> Iterator[tuple[float, ...]]:
    """Give operands for a gate, in number as asked; an n-ary gate gets one to six."""
    random = Random(zlib.crc32(gate.name.encode()))
    special = special_points(gate)
    for k in range(number):
        if gate.variadic:
            size = random.randint(1, 6) * gate.groups
            yield tuple(_alike(random, special, size, k))
        elif len(gate.inputs) == 1:
            yield (one(random, special, k),)
        else:
            yield tuple(_pair(random, special, k, len(gate.inputs)))


def one(random: Random, special: list[float], k: int) -> float:
    """Give one number, of kind k: bits, logarithms, around special points, dense ranges."""
    kind = k % 12
    if kind == 0:
        return bits(random)
    if kind == 1:
        return random.choice((-1, 1)) * 10 ** random.uniform(-320, 308)
    if kind in (2, 3):
        return near(random, random.choice(special))
    if kind == 4:
        place = random.choice(special)
        return _finite(
            place + (abs(place) or 1.0) * random.choice((-1, 1)) * 10 ** random.uniform(-18, 0)
        )
    low, high = ((-1, 1), (-3, 3), (-10, 10), (-50, 50), (-760, 760), (0, 2), (-3, 0))[kind - 5]
    return random.uniform(low, high)


def _pair(random: Random, special: list[float], k: int, count: int) -> list[float]:
    """Give two numbers: apart, alike in size, both special; or a base and an exponent."""
    kind = k % 7
    a = one(random, special, random.randrange(12))
    if kind == 0:
        rest = [bits(random)]
    elif kind == 1:
        rest = [_finite(a * random.choice((-1, 1)) * 10 ** random.uniform(-20, 20))]
    elif kind == 2:
        rest = [near(random, random.choice(special))]
    elif kind == 3:
        a, rest = random.uniform(-10, 10), [random.uniform(-10, 10)]
    elif kind == 4:
        a, rest = random.uniform(-10, 10), [float(random.randint(-9, 9))]
    elif kind == 5:  # a base whose power comes near the ends of float64
        a = abs(a) or 1.0
        if random.random() < 0.3:
            a = 1 + random.choice((-1, 1)) * 10 ** random.uniform(-16, -1)
        rest = [_finite(random.choice((-1, 1)) * random.uniform(0, 1100) / (abs(math.log(a)) or 1))]
    else:
        rest = [one(random, special, random.randrange(12))]
    while len(rest) < count - 1:
        rest.append(one(random, special, random.randrange(12)))
    return [a, *rest]


def _alike(random: Random, special: list[float], size: int, k: int) -> list[float]:
    """Give operands of one n-ary gate: ordinary ones, ties, far apart, or of any size at all."""
    kind = k % 6
    if kind == 0:
        return [random.uniform(-10, 10) for _ in range(size)]
    if kind == 5:
        return _crossing(random, size, k // 6 % 3)
    if kind == 1:
        return [float(random.randint(-2, 2)) for _ in range(size)]
    if kind == 2:
        return [random.uniform(-800, 800) for _ in range(size)]
    if kind == 3:
        return [random.choice((-1, 1)) * 10 ** random.uniform(-50, 50) for _ in range(size)]
    return [one(random, special, random.randrange(12)) for _ in range(size)]


def _crossing(random: Random, size: int, of: int) -> list[float]:
    """Give operands whose sum, dot product or logsumexp is 0, or nearly: large terms cancel."""
    found = [random.uniform(-10, 10) for _ in range(size)]
    nearly = 1 + random.choice((0, 1, -1)) * 10 ** random.uniform(-17, -1)
    if of == 0:
        found[-1] = -math.fsum(found[:-1]) * nearly
    elif of == 1:
        half = size // 2
        rest = math.fsum([found[k] * found[half + k] for k in range(half - 1)])
        found[-1] = -rest / (found[half - 1] or 1.0) * nearly
    else:
        top = max(found)
        middle = top + math.log(math.fsum(math.exp(x - top) for x in found))
        found = [x - middle * nearly for x in found]
    return found


def bits(random: Random) -> float:
    """Give 64 random bits as a float; again, where they are none that is finite."""
    while True:
        found: float = struct.unpack("<d", random.getrandbits(64).to_bytes(8, "little"))[0]
        if math.isfinite(found):
            return found


def near(random: Random, place: float) -> float:
    """Step a few units in the last place from a number."""
    towards = random.choice((-math.inf, math.inf))
    for _ in range(random.randrange(6)):
        place = math.nextafter(place, towards)
    return _finite(place)


def _finite(x: float) -> float:
    return x if math.isfinite(x) else math.copysign(LARGEST, x)
