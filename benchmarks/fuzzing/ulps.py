"""How far NumPy's own functions are from the C library's, gate by gate, on identical inputs."""

from __future__ import annotations

import math
import random
import struct
from typing import NamedTuple

from fuzzing.plans import SPECIAL
from gatenet.gates import CATALOGUE

#: The most that any of them may differ by; docs/compile.md and the tests hold to it.
BOUND = 4


class Distance(NamedTuple):
    """What was found for one gate: how often another number, the farthest, and where."""

    gate: str
    points: int
    different: int
    ulps: float
    at: tuple[float, ...]


def point(rng: random.Random) -> float:
    """A number of any size: hard ones, random bits, ordinary ones, near whole numbers."""
    kind = rng.random()
    if kind < 0.05:
        return rng.choice(SPECIAL)
    if kind < 0.2:
        return float(struct.unpack("<d", rng.randbytes(8))[0])
    if kind < 0.5:
        return rng.choice((-1, 1)) * math.ldexp(rng.uniform(1, 2), rng.randint(-40, 10))
    if kind < 0.6:
        return rng.randint(-20, 20) + rng.gauss(0.0, 1e-6)
    return rng.gauss(0.0, 3.0)


def apart(found: float, expected: float) -> float:
    """How far two numbers are apart, in units in the last place of the second."""
    if found == expected or (found != found and expected != expected):
        return 0.0
    if not (math.isfinite(found) and math.isfinite(expected)):
        return math.inf
    return abs(found - expected) / math.ulp(expected)


def distances(points: int, seed: int) -> list[Distance]:
    """Ask every primitive gate of both, at the same points."""
    import numpy as np

    found = []
    for gate in CATALOGUE.values():
        if gate.primitive is None or not gate.primitive.ufunc or gate.name == "where":
            continue
        rng = random.Random(f"{seed} {gate.name}")
        columns = [[point(rng) for _ in range(points)] for _ in gate.inputs]
        out = np.empty(points)
        with np.errstate(all="ignore"):
            getattr(np, gate.primitive.ufunc)(*map(np.array, columns), out=out)
        worst = Distance(gate.name, points, 0, 0.0, ())
        for value, *row in zip(out.tolist(), *columns):
            far = apart(value, gate.value_kernel(*row))
            if far:
                worst = worst._replace(different=worst.different + 1)
                if far > worst.ulps:
                    worst = worst._replace(ulps=far, at=tuple(row))
        found.append(worst)
    return found


def table(found: list[Distance]) -> str:
    """The gates whose function differs anywhere, as a table; the others in a sentence."""
    lines = ["| gate | other than libm's at | at most, ULP | farthest at |", "|---|---|---|---|"]
    for one in found:
        if one.different:
            share = f"{100 * one.different / one.points:.2f}%"
            where = ", ".join(map(repr, one.at))
            lines.append(f"| {one.gate} | {share} | {one.ulps:.3g} | {where} |")
    same = [one.gate for one in found if not one.different]
    return "\n".join([*lines, "", f"The same in every bit: {', '.join(same)}."])
