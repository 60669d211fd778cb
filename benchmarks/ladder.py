"""The ladder: networks, random circuits and a GPT on every rung from micrograd to C by hand.

    python benchmarks/ladder.py                    # everything; about half an hour
    python benchmarks/ladder.py --quick            # small sizes, one round: does it run?
    python benchmarks/ladder.py --only mlp64 gpt1 --rungs machine "CasADi C" "JAX matrices"
    python benchmarks/ladder.py --json ladder.json --page docs/performance.md

Every rung has a process of its own; in each round each of them runs once, in turn.  Their losses
and gradients are compared with a reference before anything is timed.  A rung that is not installed,
or gives nothing within --limit seconds, is skipped with a word; one that takes long has fewer
turns.  Figures are medians over rounds of CPU time, all threads of the process together, and of
wall time.  With --json a workload at a time can be run: the figures of the others are kept.

(`eager.py` looks closer at the eager engines, `compiled.py` at what compiling gains over them.)
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from ladders.measuring import Measured, measure
from ladders.reporting import heading, of_workload, page
from ladders.rungs import OURS, RUNGS
from ladders.targets import targets

EIGHT = ["isabella", "michelle", "danielle", "savannah", "stefanie", "penelope", "caroline",
         "victoria", "jennifer", "adelaide", "charlene", "beatrice", "angelina", "cordelia",
         "francine", "josefina"]  # fmt: skip

SCALAR = ["micrograd", "microgpt shape", "XAD", "PyTorch 0-d"]
COMPILERS = ["CasADi VM", "CasADi C"]
NETWORK = list(RUNGS)
CIRCUIT = [*SCALAR, *COMPILERS, *OURS]
SPELLING = ["microgpt shape", "PyTorch matrices", "JAX matrices", *OURS]

#: By a short name: the rungs, and the words that make the workload.
WORKLOADS: dict[str, tuple[list[str], list[Any]]] = {
    "mlp2": (NETWORK, ["mlp", 2, [16, 16, 1], 1000]),
    "mlp64": (NETWORK, ["mlp", 64, [32, 10], 256]),
    "1e3": (CIRCUIT, ["graph", 1_000]),
    "1e4": (CIRCUIT, ["graph", 10_000]),
    "1e5": (CIRCUIT, ["graph", 100_000]),
    "1e6": (CIRCUIT, ["graph", 1_000_000]),
    "moons": ([*SCALAR, "eager pure", "eager native"], ["moons"]),
    "gpt1": (SPELLING, ["gpt", EIGHT[:1]]),
    "gpt16": (SPELLING, ["gpt", EIGHT]),
}
QUICK: dict[str, list[Any]] = {
    "mlp2": ["mlp", 2, [4, 1], 20],
    "mlp64": ["mlp", 5, [4, 3], 130],
    "1e3": ["graph", 200, 20],
    "gpt1": ["gpt", ["al"]],
    "gpt16": ["gpt", ["al", "bo", "cy"]],
}


def main() -> int:
    """Run what was asked for; give 1 where a rung's result is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=list(WORKLOADS), default=list(WORKLOADS))
    parser.add_argument("--rungs", nargs="+", choices=list(RUNGS), default=list(RUNGS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds a rung may take")
    parser.add_argument("--threads", type=int, default=1, help="what the libraries may use")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, one round")
    parser.add_argument("--json", type=Path, help="keep the figures here, with those of before")
    parser.add_argument("--page", type=Path, help="write the tables between this page's markers")
    options = parser.parse_args()
    found: dict[str, Measured] = {}
    if options.json and options.json.exists():
        kept = json.loads(options.json.read_text())
        found = {one["key"]: Measured.read(one) for one in kept}
    for key in options.only:
        names, words = WORKLOADS[key]
        if options.quick:
            if key not in QUICK:
                continue
            words = QUICK[key]
        about = heading(options.threads, options.rounds, options.limit)
        print(f"{key}: {about}", file=sys.stderr, flush=True)
        found[key] = measure(
            key, [name for name in names if name in options.rungs], words,
            rounds=1 if options.quick else options.rounds,
            limit=options.limit, threads=options.threads,
        )  # fmt: skip
        found[key].heading = about
        print("\n" + of_workload(found[key]), flush=True)
        if options.json:
            options.json.write_text(json.dumps([asdict(one) for one in found.values()], indent=1))
    if not options.quick:
        print("\n" + "\n".join(targets(found)))
    if options.page:
        page(options.page, found)
    left = [row.left for one in found.values() for row in one.rows.values()]
    return 1 if any(word.startswith("WRONG") for word in left) else 0


if __name__ == "__main__":
    raise SystemExit(main())
