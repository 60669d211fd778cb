"""Fuzz the compiler: random circuits on every backend and path are the eager engine, bit by bit.

    python benchmarks/compiledfuzz.py [--circuits 20000] [--jobs 2] [--seed 0]
    python benchmarks/compiledfuzz.py --circuits 0            # the table of NumPy's functions alone

Circuits hold every gate of the catalogue and gates of a user's own, constants, ties, repeated
inputs, nan, infinities, subnormals and signed zeros, static parameters, up to 300 operands, several
outputs; every number of rows from 1 to 130 occurs, and some beyond.  What fails is made smaller
and printed as code that can be run in this folder.  The command fails when anything does.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import random
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from fuzzing.plans import NAMES, Plan, random_plan, source, wired
from fuzzing.shrinking import shrunk
from fuzzing.ulps import BOUND, distances, table
from fuzzing.ways import SWITCHES, Case, bits, paths, ways

import gatenet
from gatenet.storage import NATIVE

BEYOND = (200, 255, 256, 257, 300, 400)
CHUNK = 50
#: Ways that take long and are tried at each so many circuits; a C compiler's far more seldom.
SPARED = {
    "numpy exact=1": 2, "wide runner=machine path=base": 2, "source form=python": 5,
    "source form=numpy loops=1": 2, "source form=c": 200, "source form=c loops=1": 100,
}  # fmt: skip


class Found(NamedTuple):
    """What a chunk of circuits gave."""

    runs: Counter[str]
    counts: set[int]
    gates: set[str]
    failures: list[tuple[int, str, str, str]]  # which circuit, way, difference, code
    digests: dict[int, str]


def planned(seed: int, number: int) -> tuple[Plan, list[str]]:
    """Circuit `number` of a run, and the switches it is also compiled without."""
    rng = random.Random(f"{seed} {number}")
    count = rng.randint(1, 12)  # every number up to 130 in turn at each fourth circuit
    if number % 4 == 0:
        count = number // 4 % 130 + 1 if number % 80 else BEYOND[number // 80 % len(BEYOND)]
    size = rng.randint(1, 25)
    if number % 100 == 99:
        size, count = rng.randint(100, 400), count % 10 + 1
    if number % 2000 == 1999:
        size, count = 2500, 3
    plan = random_plan(rng, count, size)
    return plan, [f"{name}=0" for name in SWITCHES if rng.random() < 0.4]


def case_of(plan: Plan) -> Case:
    """A plan in units, ready to be run."""
    made = wired(plan)
    return Case(made.circuit, made.inputs, made.wrt, plan.seeds, plan.rows)


def fails(plan: Plan, way: str) -> bool:
    """Whether a plan still can be built and still differs."""
    try:
        case = case_of(plan)
        case.sums  # noqa: B018  (an error of the eager engine is another failure)
    except Exception:
        return False
    return case.applies(way) and bool(case.difference(way))


def chunk(seed: int, first: int, last: int, eager: bool) -> Found:
    """Try circuits first to last; only eagerly, for their digests, where that is asked."""
    found = Found(Counter(), set(), set(), [], {})
    known = ways()
    for number in range(first, last):
        plan, off = planned(seed, number)
        case = case_of(plan)
        digest = hashlib.sha256(b"".join(bits(row) for row in case.eager))
        found.digests[number] = digest.hexdigest()
        if eager:
            continue
        found.counts.add(len(case.rows))
        found.gates.update(step[0] for step in plan.steps)
        extra = [" ".join([name, *off]) for name in ("python", "machine") if off]
        for way in [*known, *[name for name in extra if name.split()[0] in known]]:
            every = SPARED.get(way, 4 if way in extra else 1)
            if (number + every // 2) % every or not case.applies(way):
                continue
            if "threads=2" in way and len(case.rows) <= 128:
                continue  # one block is one thread's
            found.runs[way if way in known else f"{way.split()[0]} with switches off"] += 1
            wrong = case.difference(way)
            if wrong:
                small = shrunk(plan, lambda smaller: fails(smaller, way))  # noqa: B023
                found.failures.append((number, way, wrong, source(small, way)))
    return found


def other_units(seed: int, first: int, last: int) -> dict[int, str]:
    """The digests of the same circuits on the other engine's units, in a process of its own."""
    code = (
        f"import sys; sys.path[:0] = [{str(HERE)!r}, {str(HERE.parent)!r}]\n"
        f"import compiledfuzz as c\n"
        f"for item in c.chunk({seed}, {first}, {last}, True).digests.items(): print(*item)"
    )
    environment = {**os.environ, "GATENET_NATIVE_UNITS": "1" if NATIVE is None else "0"}
    answer = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    pairs = [line.split() for line in answer.stdout.splitlines()]
    return {int(number): digest for number, digest in pairs}


def main() -> int:
    """Run what was asked for; give 1 where anything differed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--circuits", type=int, default=20_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--points", type=int, default=20_000, help="for each of NumPy's functions")
    parser.add_argument("--failures", type=int, default=5, help="stop after so many")
    parser.add_argument("--native", action="store_true", help="also on the other engine's units")
    parser.add_argument("--page", type=Path, help="write the report between this page's markers")
    options = parser.parse_args()
    about = (
        f"gatenet {gatenet.__version__}, Python {platform.python_version()}, {platform.machine()}; "
        f"paths: {', '.join(paths()) or 'none, the extension is not built'}; seed {options.seed}."
    )
    print(about, flush=True)
    whole = Found(Counter(), set(), set(), [], {})
    started = time.perf_counter()
    with ProcessPoolExecutor(options.jobs) as pool:
        spans = [
            (first, min(first + CHUNK, options.circuits))
            for first in range(0, options.circuits, CHUNK)
        ]
        tasks = [pool.submit(chunk, options.seed, *span, False) for span in spans]
        for done, task in enumerate(tasks, 1):
            found = task.result()
            whole.runs.update(found.runs)
            whole.counts.update(found.counts)
            whole.gates.update(found.gates)
            whole.failures.extend(found.failures)
            whole.digests.update(found.digests)
            for number, way, wrong, code in found.failures:
                print(f"\n# circuit {number}, {way}: {wrong}\n{code}", flush=True)
            if done % 20 == 0:
                print(f"{len(whole.digests)} circuits", file=sys.stderr, flush=True)
            if len(whole.failures) >= options.failures:
                pool.shutdown(cancel_futures=True)
                break
        if options.native and not whole.failures:
            parts = [pool.submit(other_units, options.seed, *span) for span in spans]
            for part in parts:
                for number, digest in part.result().items():
                    whole.runs["eager, the other units"] += 1
                    if digest != whole.digests[number]:
                        code = source(planned(options.seed, number)[0], "python")
                        whole.failures.append((number, "the other units", "eager differs", code))
                        print(
                            f"\n# circuit {number}: the two engines differ\n{code}",
                            flush=True,
                        )
    text = report(whole, time.perf_counter() - started)
    far = distances(options.points, options.seed)
    text += f"\n\nNumPy's functions, {options.points:,} points each:\n\n{table(far)}"
    beyond = [one.gate for one in far if one.ulps > BOUND]
    text += f"\n\nMore than {BOUND} ULP: {', '.join(beyond) or 'none'}."
    print("\n" + text)
    if options.page:
        write(options.page, f"{about}\n\n{text}")
    return 1 if whole.failures or beyond else 0


def report(whole: Found, seconds: float) -> str:
    """Say what was tried, and how it ended; Markdown as well."""
    missing = [name for name in NAMES if name not in whole.gates]
    spans = [k for k in range(1, 131) if k not in whole.counts]
    rows = "\n".join(f"| {way} | {count:,} |" for way, count in sorted(whole.runs.items()))
    return (
        f"{len(whole.digests):,} circuits in {seconds:,.0f} s of wall time: "
        f"**{len(whole.failures)} differences**. {len(whole.gates)} gates and blocks"
        + (f", never {', '.join(missing)}" if missing else ", every one there is")
        + f"; {len(whole.counts)} numbers of rows up to {max(whole.counts, default=0)}"
        + (f", never {spans[:10]}" if spans else ", every one from 1 to 130")
        + f".\n\n| way | circuits |\n|---|---|\n{rows}"
    )


def write(page: Path, text: str) -> None:
    """Write the report between the page's markers."""
    start, end = "<!-- fuzz -->", "<!-- end fuzz -->"
    before, _, rest = page.read_text(encoding="utf-8").partition(start)
    page.write_text(f"{before}{start}\n\n{text}\n\n{end}{rest.partition(end)[2]}", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
