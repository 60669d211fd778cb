"""Time the eager engine against its peers: ratios from one interleaved run, printed as tables.

    python benchmarks/eager.py                 # everything; some minutes
    python benchmarks/eager.py --sizes 1000 10000 --rounds 3

Workloads: a random DAG and a chain of add/multiply/tanh/relu, built and swept; one training step of
MLP(2, [16, 16, 1]) on 100 two-moons points with the SVM loss and L2 of micrograd's demo, in adds
and multiplies and through gatenet.nn; memory per unit.  Every engine has a process of its own, so
that it pays for its own garbage and for nobody else's; in each round each of them runs once, in
turn.  Times are CPU time of one thread, medians over rounds; collecting garbage is part of them.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

MODULES = {
    "gatenet": "gatenet",
    "gatenet, pure": "gatenet",
    "micrograd": "micrograd",
    "microgpt shape": "json",  # a class of our own, in peers.py
    "XAD": "xad",
    "PyTorch 0-d": "torch",
}
LARGEST = {"PyTorch 0-d": 100_000}
ROOT = Path(__file__).resolve().parent.parent


class Worker:
    """One engine's process."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "benchmarks" / "worker.py"), name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "GATENET_PURE": "1" if name.endswith("pure") else "0"},
        )  # fmt: skip
        self.version = self._read()["version"]

    def ask(self, **request: Any) -> dict[str, float]:
        """Have a job done and give its figures."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the process of {self.name} ended early")
        found: dict[str, Any] = json.loads(line)
        return found


def table(title: str, head: list[str], rows: list[list[str]]) -> None:
    """Print a table in plain text, which is Markdown as well."""
    print(f"\n## {title}\n")
    widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(head))]
    for number, row in enumerate([head, *rows]):
        print("| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (w + 2) for w in widths) + "|")
    sys.stdout.flush()


def graphs(workers: list[Worker], kinds: list[str], sizes: list[int], rounds: int) -> None:
    """The DAG and the chain at every size."""
    for kind in kinds:
        rows = []
        for size in sizes:
            found: dict[str, list[dict[str, float]]] = {}
            repeat = max(1, 50_000 // size)
            for turn in range(rounds + 1):
                for worker in workers:
                    if size > LARGEST.get(worker.name, size):
                        continue
                    answer = worker.ask(job="graph", kind=kind, size=size, repeat=repeat)
                    if turn:  # the first round warms up
                        found.setdefault(worker.name, []).append(answer)
            ours = median(found["gatenet"], "build", "backward")
            check = found["gatenet"][0]["check"]
            for name, answers in found.items():
                agrees = math.isclose(answers[0]["check"], check, rel_tol=1e-9)
                rows.append(
                    [f"{size:,}", name,
                     f"{median(answers, 'build') / size * 1e9:,.0f}",
                     f"{median(answers, 'backward') / size * 1e9:,.0f}",
                     f"{median(answers, 'build', 'backward') / ours:.2f}x",
                     "yes" if agrees else "NO"]
                )  # fmt: skip
        head = ["units", "engine", "build", "backward", "time / ours", "same gradient"]
        table(f"{kind}: ns per unit", head, rows)


def median(answers: list[dict[str, float]], *keys: str) -> float:
    """The median over rounds of a sum of figures."""
    return statistics.median(sum(answer[key] for key in keys) for answer in answers)


def training_step(workers: list[Worker], rounds: int) -> None:
    """One step of micrograd's two-moons demo, in a loop."""
    found: dict[str, list[dict[str, float]]] = {}
    for turn in range(rounds + 1):
        for worker in workers:
            for network in (False, True) if "gatenet" in worker.name else (False,):
                answer = worker.ask(job="step", network=network, repeat=3)
                name = f"{worker.name}, nn's dot gates" if network else worker.name
                if turn:
                    found.setdefault(name, []).append(answer)
    base = median(found["micrograd"], "seconds") if "micrograd" in found else math.nan
    rows = []
    for name, answers in found.items():
        middle = median(answers, "seconds")
        loss = f"{answers[0]['loss']:.12f}"
        rows.append([name, f"{middle * 1e3:.1f}", f"{base / middle:.1f}x", loss])
    title = "training step, MLP(2, [16, 16, 1]), 100 moons"
    table(title, ["engine", "ms", "times faster than micrograd", "loss"], rows)


def memory(workers: list[Worker], size: int) -> None:
    """Bytes per unit."""
    rows = []
    for worker in workers:
        if worker.name in ("PyTorch 0-d", "XAD"):
            continue  # their memory is not Python's: tracemalloc does not see it
        for kind in ("dag", "chain"):
            answer = worker.ask(job="memory", kind=kind, size=size)
            rows.append([worker.name, kind, f"{answer['built']:.0f}", f"{answer['swept']:.0f}"])
    title = f"bytes per unit at {size:,} units (tracemalloc)"
    table(title, ["engine", "circuit", "built", "after backward"], rows)


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kinds", nargs="+", choices=["dag", "chain"], default=["dag", "chain"])
    parser.add_argument("--engines", nargs="+", choices=list(MODULES), default=list(MODULES))
    parser.add_argument("--only", choices=["graphs", "step", "memory"])
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    workers = []
    for name in options.engines:
        if importlib.util.find_spec(MODULES[name]) is None:
            print(f"# {name}: not installed, skipped")
        else:
            workers.append(Worker(name))
    print(f"# Python {platform.python_version()}, {platform.machine()}, {platform.system()}")
    print("# " + ", ".join(f"{worker.name} {worker.version}" for worker in workers))
    if options.only in (None, "step"):
        training_step(workers, options.rounds)
    if options.only in (None, "memory"):
        memory(workers, 100_000)
    if options.only in (None, "graphs"):
        graphs(workers, options.kinds, options.sizes, options.rounds)
    for worker in workers:
        worker.process.communicate()


if __name__ == "__main__":
    main()
