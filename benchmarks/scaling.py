"""What a cluster costs and where it stops paying: measured, fitted, simulated.

    python benchmarks/scaling.py                             # a few minutes
    python benchmarks/scaling.py --quick                     # tiny sizes, one round: does it run?
    python benchmarks/scaling.py --json scaling.json --page docs/scale.md
    python benchmarks/scaling.py --json scaling.json --only curve --rounds 30

Measured are the machine (a gate, a number, a call), packing rows, messages of both kinds of local
teams, what a step has once, whole steps on 1, 2 and 4 workers, and steps whose shards only wait on
up to 16.  Least squares make
coefficients of it; a simulation and a law in closed form, fed with them, stand beside the measured
steps, and then tell what 10, 100 and 1,000 workers would do.

Figures are the best of --rounds, with the median beside them: CPU time where one process works
alone, wall time where processes wait for each other.  With --json a part at a time can be measured
again: the figures of the others are kept; with `--only` and nothing, none is, and the tables are
made anew.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import re
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from scalings import measuring, reporting
from scalings.workloads import DIGITS, FITTED, Network

PARTS = ("machine", "packing", "step", "messages", "curve", "waiting")
SIZES = (8, 2_000, 20_000, 200_000, 2_000_000)
WAITERS = {"processes": (1, 2, 4, 8), "local": (1, 2, 4, 8, 16)}
BATCHES = ((1024, 1024), (8192, 1024), (32_768, 8192))


def heading() -> str:
    """Machine and versions."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        model = re.search(r"model name\s*: (.*)", text)[1]  # type: ignore[index]
    except (OSError, TypeError):
        model = platform.processor() or platform.machine()
    known = []
    for package in ("distributed", "numpy"):
        try:
            known.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            known.append(f"{package} not installed")
    import gatenet

    return (
        f"gatenet {gatenet.__version__}, Python {platform.python_version()} on "
        f"{platform.system()} {platform.machine()}; {model}, {os.cpu_count()} cores; "
        f"{', '.join(known)}."
    )


def kept(points: Iterable[measuring.Point]) -> list[dict[str, Any]]:
    """Points as JSON has them."""
    return [asdict(one) for one in points]


def named(points: dict[str, measuring.Point]) -> dict[str, Any]:
    """The same by name."""
    return {name: asdict(one) for name, one in points.items()}


def measure(
    figures: dict[str, Any], parts: Iterable[str], kinds: Iterable[str], counts: list[int],
    rounds: int, quick: bool,
) -> None:  # fmt: skip
    """Measure the parts that were asked for."""
    parts = [*parts]

    def loaded(part: str) -> None:
        figures.setdefault("loads", {})[part] = [measuring.load(), rounds]

    networks = (Network(2, (2,)), Network(9, (5,)), Network(2, (30, 1))) if quick else FITTED
    if "machine" in parts:
        loaded("machine")
        rows = (128, 256) if quick else (128, 1024, 8192)
        figures["machine"] = kept(measuring.machine(rounds, networks, rows))
    if "packing" in parts:
        loaded("packing")
        figures["packing"] = named(measuring.packing(rounds, DIGITS, 256 if quick else 4096))
    if "step" in parts:
        loaded("step")
        figures["step"] = named(measuring.per_step(rounds, DIGITS))
    for kind in kinds:
        if "messages" in parts:
            loaded(f"messages of {reporting.NAMES[kind]}")
            with measuring.team_of(cluster=kind, workers=1) as team:
                sizes = SIZES[:2] if quick else SIZES
                found = kept(measuring.messages(team, rounds, sizes))
                figures.setdefault("messages", {})[kind] = found
                stream = measuring.serial(team, rounds, DIGITS, 4 if quick else 50)
                figures.setdefault("serial", {})[kind] = named(stream)
        if "curve" in parts:
            loaded(f"curve of {reporting.NAMES[kind]}")
            batches = ((128, 128), (512, 128)) if quick else BATCHES
            points = kept(measuring.curve(kind, counts, rounds, DIGITS, batches))
            figures.setdefault("curve", {})[kind] = points
        if "waiting" in parts:
            loaded(f"waiting of {reporting.NAMES[kind]}")
            some = counts if quick else WAITERS[kind]
            shards, pause = (4, 0.001) if quick else (32, 0.1)
            points = kept(measuring.waiting(kind, some, min(rounds, 5), DIGITS, shards, pause))
            figures.setdefault("waiting", {})[kind] = points


def main() -> int:
    """Measure what was asked for, and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--teams", nargs="+", choices=list(reporting.NAMES),
                        default=list(reporting.NAMES))  # fmt: skip
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2, 4])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, one round")
    parser.add_argument("--json", type=Path, help="keep the figures here, with those of before")
    parser.add_argument("--page", type=Path, help="write the tables between this page's markers")
    options = parser.parse_args()
    kinds = [*options.teams]
    if "local" in kinds and importlib.util.find_spec("distributed") is None:
        print("Dask distributed is not installed: Processes alone", file=sys.stderr)
        kinds.remove("local")
    rounds = 1 if options.quick else options.rounds
    figures: dict[str, Any] = {}
    if options.json and options.json.exists():
        figures = json.loads(options.json.read_text())
    figures["heading"], figures["cores"] = heading(), os.cpu_count()
    started = time.perf_counter()
    measure(figures, options.only, kinds, options.workers, rounds, options.quick)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))
    print(reporting.about(figures))
    for name, of in reporting.TABLES.items():
        print(f"\n## {name}\n\n{of(figures)}", flush=True)
    took = time.perf_counter() - started
    print(f"\n{took:.0f} s; load of the machine at the end: {measuring.load():.1f}.")
    if options.page:
        reporting.page(options.page, figures)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
