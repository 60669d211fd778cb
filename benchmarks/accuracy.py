"""How far every gate is from the truth: value and local derivatives, in units in the last place.

    python benchmarks/accuracy.py                    # 100,000 points for every gate, a table
    python benchmarks/accuracy.py gelu mish          # some gates
    python benchmarks/accuracy.py --points 2000      # what the tests do

Points cover all of float64: random bits, random exponents, dense ranges, and the neighbourhoods of
every branch point of every formula.  The truth is the textbook formula in ball arithmetic
(python-flint), never our own formula.  Distances are in ULP of the exact number, for gates of any
number of inputs in ULP of the largest term, divided by their number.  The exit status is 1 when a
bound is broken, when the truth is not known somewhere inside a domain, or when a gate is not nan
outside its domain.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from measuring import PARTIAL_BOUND, VALUE_BOUND, VALUE_BOUNDS, Measure, measure

from gatenet.gates import CATALOGUE, SLOPES

GATES = {**CATALOGUE, **SLOPES}


def measured(task: tuple[str, int]) -> tuple[str, Measure, float]:
    """Measure one gate; say how long that took."""
    name, number = task
    start = time.perf_counter()
    return name, measure(GATES[name], number), time.perf_counter() - start


def broken(name: str, found: Measure) -> Iterator[str]:
    """Say in what a gate is worse than promised."""
    bound = PARTIAL_BOUND if name in SLOPES else VALUE_BOUNDS.get(name, VALUE_BOUND)
    if found.value > bound:
        yield f"{name}: value {found.value:.2f} ULP off at {found.value_at}"
    for worst, at in zip(found.partials, found.partials_at, strict=True):
        if name in CATALOGUE and worst > PARTIAL_BOUND:
            yield f"{name}: partial {worst:.2f} ULP off at {at}"
    yield from (f"{name}: no truth at {operands}" for operands in found.unresolved[:3])
    yield from (f"{name}: {text}" for text in found.wrong[:3])


def main() -> int:
    """Print the table; give the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gates", nargs="*", metavar="gate", help="names (default: all)")
    parser.add_argument("--points", type=int, default=100_000, help="points for each gate")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    options = parser.parse_args()
    unknown = [name for name in options.gates if name not in GATES]
    if unknown:
        parser.error(f"unknown gate: {', '.join(unknown)}")
    tasks = [(name, options.points) for name in options.gates or GATES]
    print(f"Python {platform.python_version()}, {' '.join(platform.libc_ver())}, "
          f"{platform.machine()}; largest distances found, in ULP\n")  # fmt: skip
    print("| gate | value | partials | points | seconds |\n|---|---|---|---|---|")
    failures: list[str] = []
    with Pool(options.jobs) as pool:
        for name, found, seconds in pool.imap(measured, tasks):
            partials = ", ".join(f"{worst:.2f}" for worst in found.partials)
            if name in SLOPES:
                partials = "-"
            print(f"| {name} | {found.value:.2f} | {partials} | {found.points} | {seconds:.0f} |",
                  flush=True)  # fmt: skip
            failures += broken(name, found)
    print("\n" + ("\n".join(failures) if failures else "All within bounds."))
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
