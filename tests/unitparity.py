"""What one engine makes of random circuits, printed: run once with GATENET_PURE=1 and once without.

Every gate, constants, repeated operands, ties, nan, infinities and subnormals, several outputs and
seeds, replays, modes, refusals; one line for each circuit.  Two runs must print the same.
"""

from __future__ import annotations

import math
import pickle
import random
import sys
from typing import Any

from gatenet import Circuit, Unit, backward, gates, no_grad
from gatenet.errors import GatenetError
from gatenet.storage import NATIVE

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3, -7, 0, 5e-324, -1e-310, 1e308, -1.7e308, 1e-20, 37.0,
           math.inf, -math.inf, math.nan, 709.8, -745.2]  # fmt: skip
CATALOGUE = [*gates.CATALOGUE.values(), *gates.SLOPES.values()]


def bits(value: float | None) -> str:
    """A number's bits; a nan of any sign is nan."""
    return str(value) if value is None or value != value else value.hex()


def shown(unit: Unit) -> str:
    """Everything that a unit stores, in bits."""
    inputs = ",".join("u" if type(op) is Unit else bits(float(op)) for op in unit.inputs)
    partials = ",".join(bits(p) for p in unit.partials)
    gate = unit.gate.name if unit.gate else unit.role
    return f"{gate}({inputs}) {bits(unit._value)} [{partials}] {bits(unit._grad)} {unit.visited}"


def step(rng: random.Random, units: list[Unit]) -> Unit:
    """One gate of some units and numbers, called in one of the ways there are."""
    gate = rng.choice(CATALOGUE)
    size = rng.choice([1, 2, 3, 5, 70]) if gate.variadic else len(gate.inputs)
    row: list[Any] = [
        rng.choice(units[-6:]) if rng.random() < 0.75 else rng.choice(SPECIAL)
        for _ in range(size * gate.groups)
    ]
    if not any(type(op) is Unit for op in row):
        row[rng.randrange(len(row))] = rng.choice(units)
    static = {k: rng.uniform(-2.0, 2.0) for k in gate.static} if rng.random() < 0.5 else {}
    if gate.groups > 1:
        made = gate(row[:size], tuple(row[size:]))
    elif gate.variadic and rng.random() < 0.5:
        made = gate(row)
    elif type(row[0]) is Unit and not gate.slope_of and rng.random() < 0.5:
        made = getattr(row[0], gate.name)(*row[1:], **static)
    else:
        made = gate(*row, **static)
    return made  # type: ignore[no-any-return]


def operated(rng: random.Random, units: list[Unit]) -> Unit:
    """One operator between a unit and a unit or a number, on either side."""
    a: Any = rng.choice(units)
    b: Any = rng.choice(units) if rng.random() < 0.6 else rng.choice(SPECIAL)
    if rng.random() < 0.5:
        a, b = b, a
    if type(a) is not Unit and type(b) is not Unit:
        a = units[-1]
    ways = [
        lambda: a + b, lambda: a - b, lambda: a * b, lambda: a / b, lambda: a**b,
        lambda: -units[-1], lambda: abs(units[-1]), lambda: sum([a, b]),
    ]  # fmt: skip
    return rng.choice(ways)()


def circuit(seed: int) -> list[str]:
    """Build, sweep, replay, copy and pickle one circuit; say everything."""
    rng = random.Random(seed)
    roles = ["input", "parameter"]
    units = [Unit(float(rng.choice(SPECIAL)), role=rng.choice(roles)) for _ in range(3)]
    units += [Unit(rng.uniform(-2.0, 2.0)) for _ in range(3)]
    units[rng.randrange(6)].requires_grad = False
    for _ in range(rng.randrange(1, 12)):
        units.append(step(rng, units) if rng.random() < 0.7 else operated(rng, units))
        if rng.random() < 0.05:
            with no_grad():
                units.append(units[-1] * units[-2])
    said = []
    for _ in range(2):
        outputs = rng.sample(units, k=rng.randrange(1, 4))
        seeds = [rng.choice(SPECIAL) for _ in outputs]
        try:
            backward(outputs, seeds if rng.random() < 0.5 else float(seeds[0]))
        except GatenetError as error:
            said.append(f"{type(error).__name__}: {error}")
        said += [shown(unit) for unit in units]
        if rng.random() < 0.3:
            units[rng.randrange(6)].value = rng.uniform(-2.0, 2.0)
        if rng.random() < 0.3:
            said.append(str(Circuit(units[-1]).forward()))
    said.append(shown(pickle.loads(pickle.dumps(units[-1]))))
    return said


def main() -> None:
    """Print the circuits of some seeds."""
    first, last = map(int, sys.argv[1:])
    print("pure" if NATIVE is None else "native")
    for seed in range(first, last):
        print(seed, *circuit(seed), sep="\t")


if __name__ == "__main__":
    main()
