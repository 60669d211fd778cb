"""How far every gate is from the truth: value and local derivatives, in units in the last place.

    python benchmarks/accuracy.py                 # 100,000 points a gate: writes docs/accuracy.md
    python benchmarks/accuracy.py gelu mish       # some gates: prints their rows alone
    python benchmarks/accuracy.py --points 2000   # fewer points: prints the table
    python benchmarks/accuracy.py --alone         # without PyTorch and JAX
    python benchmarks/accuracy.py --keep FOLDER   # keeps what is measured, goes on where it stopped

Points cover all of float64: random bits, random exponents, dense ranges, the neighbourhoods of
every branch point of every formula, and places where large terms cancel.  The truth is the textbook
formula in ball arithmetic (python-flint), never our own formula.  PyTorch and JAX are asked for
the same numbers where they are installed.  The exit status is 1 when one of our bounds is broken,
when the truth is not known somewhere inside a domain, or when a gate is not nan outside it.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]

from accuracypage import page, table
from frameworks import Framework, installed
from measuring import PARTIAL_BOUND, VALUE_BOUND, VALUE_BOUNDS, Exact, Measure, compared

from gatenet.gates import CATALOGUE, SLOPES

GATES = {**CATALOGUE, **SLOPES}
#: Points that are kept in memory at once.
BATCH = 5000


def measured(name: str, number: int, rivals: Sequence[Framework]) -> dict[str, Measure]:
    """Measure one gate, and what the frameworks call by its name, at the same points."""
    gate = GATES[name]
    found = {"gatenet": Measure.of(gate)}
    asked = [one for one in rivals if one.has(name)]
    found |= {one.name: Measure.of(gate) for one in asked}
    batch: list[Exact] = []

    def ask() -> None:
        for one in asked:
            answers = one.answers(gate, [exact.operands for exact in batch])
            for exact, (value, partials) in zip(batch, answers):
                found[one.name].take(gate, exact, value, partials or ())
        batch.clear()

    for exact, value, partials in compared(gate, number, found["gatenet"]):
        found["gatenet"].take(gate, exact, value, partials)
        if asked:
            batch.append(exact)
        if len(batch) == BATCH:
            ask()
    ask()
    return found


def task(asked: tuple[str, int, bool, Path | None]) -> dict[str, Measure]:
    """Measure one gate in a process of a pool, or read what was kept of an earlier run."""
    name, number, alone, folder = asked
    kept = folder / f"{name}-{number}{'-alone' * alone}.json" if folder else None
    if kept is not None and kept.exists():
        return {who: Measure(**one) for who, one in json.loads(kept.read_text()).items()}
    found = measured(name, number, [] if alone else rivals_here())
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps({who: asdict(one) for who, one in found.items()}))
    return found


@cache
def rivals_here() -> list[Framework]:
    """The frameworks of this process."""
    return installed()


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


def machine(rivals: Sequence[Framework]) -> str:
    """Where the figures come from."""
    libc = " ".join(platform.libc_ver())
    versions = "".join(f", {one.name} {one.version}" for one in rivals)
    return f"CPython {platform.python_version()} with {libc} on {platform.machine()}{versions}"


def main() -> int:
    """Print or write the table; give the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gates", nargs="*", metavar="gate", help="names (default: all)")
    parser.add_argument("--points", type=int, default=100_000, help="points for each gate")
    parser.add_argument("--alone", action="store_true", help="leave PyTorch and JAX out")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--keep", type=Path, help="a folder for what is measured")
    parser.add_argument("--page", type=Path, help="write the page here (all gates)")
    options: Any = parser.parse_args()
    unknown = [name for name in options.gates if name not in GATES]
    if unknown:
        parser.error(f"unknown gate: {', '.join(unknown)}")
    rivals = [] if options.alone else rivals_here()
    full = not options.gates and options.points >= 100_000 and len(rivals) == 2
    target = options.page or (ROOT / "docs" / "accuracy.md" if full else None)
    found: dict[str, dict[str, Measure]] = {}
    failures: list[str] = []
    start = time.perf_counter()
    tasks = [(name, options.points, options.alone, options.keep) for name in options.gates or GATES]
    with get_context("spawn").Pool(options.jobs) as pool:  # JAX does not survive a fork
        for (name, *_), by in zip(tasks, pool.imap(task, tasks)):
            found[name] = by
            failures += broken(name, by["gatenet"])
            print(f"{time.perf_counter() - start:6.0f} s {name}", file=sys.stderr, flush=True)
    names = [one.name for one in rivals]
    if target is not None:
        target.write_text(page(found, names, machine(rivals), options.points), encoding="utf-8")
        print(f"wrote {target.name}")
    else:
        print(f"{machine(rivals)}; largest distances found, in ULP\n")
        print(table(found, names))
    print("\n" + ("\n".join(failures) if failures else "All within bounds."))
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
