"""What widening makes of a scalar GPT, and how long its steps take.

    python benchmarks/widening.py [--rounds 5]

The GPT of examples/names_gpt.py (16 wide, 4 heads, 4,192 parameters) on one name of nine places,
then on sixteen such names side by side, letters being numbers of the rows.  Prints what `stats`
says, the time to widen per gate, and the time of a step: the loss and the gradients of all
parameters from a buffer of parameters to a buffer of sums.  Every result is compared with the eager
engine first, to the bit.  Times are CPU times, the best of the rounds.
"""

from __future__ import annotations

import argparse
import platform
import random
import sys
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import gatenet
from examples.names_gpt import END, GPT, LETTERS, loss_of
from gatenet import Circuit, Unit
from gatenet.compiler.widening import WideBackend, WideProgram, widen
from gatenet.errors import ToolMissing
from gatenet.gates import dot
from gatenet.losses import cross_entropy

NAMES = ["jonathan", "madeline", "michaela", "cristian", "gabriela", "brooklyn", "savannah",
         "kimberly"] * 2  # fmt: skip
PLACES = 9


def seconds(run: Callable[[], object], rounds: int) -> float:
    """The CPU time of one call, the best of some rounds of several calls."""
    best = 1.0
    for _ in range(rounds):
        started = time.process_time()
        for _ in range(10):
            run()
        best = min(best, (time.process_time() - started) / 10)
    return best


def one_name() -> tuple[Circuit, list[Unit], list[list[float]]]:
    """The loss of one name whose letters are part of the wiring."""
    return Circuit(loss_of(GPT(rng=random.Random(1)), NAMES[0])), [], [[]]


def many_names() -> tuple[Circuit, list[Unit], list[list[float]]]:
    """The loss of any name of eight letters: each place and each target is a row of 27 numbers."""
    model, width = GPT(rng=random.Random(1)), END + 1
    given = [[Unit(float(k == 0)) for k in range(width)] for _ in range(PLACES)]
    wanted = [[Unit(float(k == 0)) for k in range(width)] for _ in range(PLACES)]
    columns = list(zip(*model.tokens.weights, strict=True))
    places = model.places([*range(PLACES)])
    vectors = [
        [dot(letter, column) + p for column, p in zip(columns, place, strict=True)]
        for letter, place in zip(given, places, strict=True)
    ]
    circuit = Circuit(cross_entropy(model.layers(vectors), wanted))
    known = {*circuit.order}
    inputs = [unit for row in given + wanted for unit in row if unit in known]
    rows = []
    for name in NAMES:
        tokens = [END, *map(LETTERS.index, name), END]
        marks = {}
        for t in range(PLACES):
            marks.update({u: float(k == tokens[t]) for k, u in enumerate(given[t])})
            marks.update({u: float(k == tokens[t + 1]) for k, u in enumerate(wanted[t])})
        rows.append([marks[unit] for unit in inputs])
    return circuit, inputs, rows


def same(circuit: Circuit, inputs: list[Unit], wrt: list[Unit], row: Any, found: Any) -> bool:
    """Whether loss and gradients of one row are the eager engine's in every bit."""
    value = circuit.forward(dict(zip(inputs, row, strict=True)))
    for unit in wrt:
        unit.zero_grad()
    circuit.backward()
    return [float(x).hex() for x in found] == [x.hex() for x in (value, *[u.grad for u in wrt])]


def timed(program: WideProgram, runner: str, uniform: Any, rows: Any, rounds: int) -> float:
    """Seconds of a step; nan where the runner is not installed."""
    try:
        backend = WideBackend(program, runner)
    except ToolMissing:
        return float("nan")
    data = rows
    if rows[0]:
        import numpy

        data = numpy.array(rows)
    return seconds(lambda: backend.totals(uniform, data), rounds)


def main() -> None:
    """Print both workloads."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(f"gatenet {gatenet.__version__}, Python {platform.python_version()}, "
          f"{platform.machine()}")  # fmt: skip
    for title, (circuit, inputs, rows) in (
        ("one name", one_name()),
        ("sixteen names", many_names()),
    ):
        leaves = [unit for unit in circuit.order if unit.gate is None]
        known = {*inputs}
        shared = [unit for unit in leaves if unit not in known]
        started = time.process_time()
        program = widen(circuit, inputs, shared, shared)
        spent = time.process_time() - started
        edges = sum(len(unit.inputs) for unit in circuit.order)
        print(f"\n{title}: {program.stats()}")
        print(f"  widened in {spent:.2f} s: {1e6 * spent / edges:.1f} us an operand")
        uniform = array("d", [*[unit.value for unit in shared], 1.0])
        runner = "machine" if timed(program, "machine", uniform, rows, 1) > 0.0 else "numpy"
        columns = WideBackend(program, runner).columns(uniform, rows)
        last = [column[len(rows) - 1] for column in columns]
        assert same(circuit, inputs, shared, rows[-1], last), "not the eager engine's bits"
        loose = widen(circuit, inputs, shared, shared, reassociate=True)
        for label, one, which in (
            ("machine", program, "machine"),
            ("NumPy", program, "numpy"),
            ("NumPy, sums in any order", loose, "numpy"),
        ):
            took = timed(one, which, uniform, rows, options.rounds)
            print(f"  {label}: {1e3 * took:.3f} ms a step, {1e3 * took / len(rows):.3f} a name")


if __name__ == "__main__":
    main()
