"""Random circuits with hard numbers, compiled, and what the eager engine says of them."""

import math
import random
import struct
from typing import NamedTuple

from gatenet import Circuit, Unit
from gatenet.gates import CATALOGUE

#: Where formulas branch, cancel, overflow or leave their domain.
HARD = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, math.inf, -math.inf, math.nan, 5e-324, -1e-310, 1e308,
        -1e300, 1e-300, 3.0, -2.0, 20.0, -40.0, 710.0, 1e-8)  # fmt: skip
#: Names that would do harm if they were read as anything but data.
ODD = ('"; system("rm"); //', "*/ int", "a\nb", "\\", "??/", "%s%n", "for", "lambda", "x" * 500,
       "\u202ename", "weiß", "'''", '"""', "{}", "$(id)", "]]>", "\x00", "u'", "w[0]")  # fmt: skip


class Case(NamedTuple):
    """A compiled circuit, rows for it, and the eager engine's values and gradients of each."""

    compiled: object
    rows: list
    values: list
    gradients: list


def bits(numbers):
    """The bits of each number; one word for every nan."""
    return ["nan" if x != x else struct.pack("<d", x) for x in numbers]


def drawn(rng):
    """One number, often a hard one."""
    return rng.choice(HARD) if rng.random() < 0.25 else rng.gauss(0.0, 2.0)


def outputs(rng, size):
    """One or two outputs over a few leaves with odd names: any gates, constants, repetitions."""
    gates = list(CATALOGUE.values())
    pool = [Unit(drawn(rng), rng.choice(ODD), role=rng.choice(["input", "parameter"]))
            for _ in range(3)]  # fmt: skip
    while len(pool) < size + 3:
        gate = rng.choice(gates)
        count = rng.randint(1, 5) if gate.variadic else 1
        lists = [[drawn(rng) if rng.random() < 0.15 else rng.choice(pool) for _ in range(count)]
                 for _ in gate.inputs]  # fmt: skip
        made = gate(*(lists if gate.variadic else [one[0] for one in lists]))
        if type(made) is Unit:
            pool.append(made)
    return pool[-1:] if rng.random() < 0.7 else [pool[-1], pool[-2]]


def case(seed, size=25):
    """A random circuit with all its leaves, run by the eager engine on three rows."""
    rng = random.Random(seed)
    circuit = Circuit(outputs(rng, rng.randint(1, size)))
    leaves = [unit for unit in circuit.order if unit.gate is None]
    inputs = [unit for unit in leaves if unit.role == "input"]
    compiled = circuit.compile(inputs, wrt=leaves, backend="python")
    rows = [[drawn(rng) for _ in inputs] for _ in range(3 if inputs else 1)]
    values, gradients = [], []
    for row in rows:
        values.append(circuit.forward(dict(zip(inputs, row, strict=True))))
        for unit in leaves:
            unit.zero_grad()
        circuit.backward()
        gradients.append([unit.grad for unit in leaves])
    return Case(compiled, rows, values, gradients)


def run(source):
    """Run generated Python as a module; give its names."""
    found = {"__name__": "exported"}
    exec(compile(source, "exported", "exec"), found)
    return found


def flat(rows):
    """Every number of some rows."""
    return [x for row in rows for x in row]
