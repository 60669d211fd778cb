"""Time the eager engine against its peers: ratios from one interleaved run, printed as tables.

    python benchmarks/eager.py                 # everything; a few minutes
    python benchmarks/eager.py --sizes 1000 10000 --rounds 3

Workloads: a random DAG and a chain of add/multiply/tanh/relu, built and swept; one training step of
MLP(2, [16, 16, 1]) on 100 two-moons points with the SVM loss and L2 of micrograd's demo, once in
adds and multiplies and once through gatenet.nn; memory per unit.  Times are CPU time of one
thread, medians over rounds; in each round every engine runs once, in turn.
"""

from __future__ import annotations

import argparse
import gc
import math
import platform
import random
import resource
import statistics
import sys
import threading
import time
import tracemalloc
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from moons import steps
from peers import Engine, engines

OPERATIONS = ("add", "multiply", "tanh", "relu")
LEAVES = 16


def program(kind: str, size: int) -> list[tuple[int, int, int]]:
    """A list of (operation, operand, operand); the same for every engine.

    Values are followed along, so that the circuit neither overflows nor dies: a large value
    goes through tanh, relu only gets what is positive, and no product becomes too small.
    """
    rng = random.Random(size)
    start = random.Random(1)
    values = [start.uniform(0.5, 1.0) for _ in range(LEAVES)]
    steps = []
    for k in range(size):
        newest = LEAVES + k - 1
        if kind == "chain":
            operation, a, b = k % 4, newest, rng.randrange(LEAVES)
        else:
            low = max(0, newest - 30)
            operation, a, b = rng.randrange(4), rng.randint(low, newest), rng.randint(low, newest)
        if abs(values[a]) > 2:
            operation = 2
        elif (operation == 3 and values[a] <= 0) or (
            operation == 1 and abs(values[a] * values[b]) < 0.2
        ):
            operation = 0
        steps.append((operation, a, b))
        x, y = values[a], values[b]
        values.append([x + y, x * y, math.tanh(x), max(x, 0.0)][operation])
    return steps


def build(engine: Engine, steps: list[tuple[int, int, int]]) -> list:
    """Run a program; the last element is the output."""
    rng = random.Random(1)
    units = [engine.leaf(rng.uniform(0.5, 1.0)) for _ in range(LEAVES)]
    append, tanh, relu = units.append, engine.tanh, engine.relu
    for operation, a, b in steps:
        if operation == 0:
            append(units[a] + units[b])
        elif operation == 1:
            append(units[a] * units[b])
        elif operation == 2:
            append(tanh(units[a]))
        else:
            append(relu(units[a]))
    return units


def once(engine: Engine, steps: list) -> tuple[float, float, float]:
    """Seconds to build and to sweep once, and the sum of the leaves' gradients as a check."""
    if engine.tape:
        engine.tape()
    gc.collect()
    start = time.process_time()
    units = build(engine, steps)
    built = time.process_time()
    engine.backward(units[-1])
    swept = time.process_time()
    check = sum(engine.grad(leaf) for leaf in units[:LEAVES])
    return built - start, swept - built, check


def bytes_per_unit(engine: Engine, size: int, kind: str) -> tuple[float, float]:
    """Allocated bytes per unit of a built circuit, and after a backward pass."""
    steps = program(kind, size)
    if engine.tape:
        engine.tape()
    gc.collect()
    tracemalloc.start()
    units = build(engine, steps)
    listed = sys.getsizeof(units)
    built = tracemalloc.get_traced_memory()[0] - listed
    engine.backward(units[-1])
    gc.collect()
    swept = tracemalloc.get_traced_memory()[0] - listed
    tracemalloc.stop()
    return built / size, swept / size


def table(title: str, head: list[str], rows: list[list[str]]) -> None:
    """Print a table in plain text, which is Markdown as well."""
    print(f"\n## {title}\n")
    widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(head))]
    for number, row in enumerate([head, *rows]):
        print("| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (w + 2) for w in widths) + "|")


def graphs(found: list[Engine], sizes: list[int], rounds: int) -> None:
    """The DAG and the chain at every size."""
    for kind in ("dag", "chain"):
        rows = []
        for size in sizes:
            steps = program(kind, size)
            times: dict[str, list[tuple[float, float]]] = {}
            checks: dict[str, float] = {}
            repeat = max(1, 20_000 // size)
            for _ in range(rounds):
                for engine in found:
                    if size > engine.largest:
                        continue
                    runs = [once(engine, steps) for _ in range(repeat)]
                    times.setdefault(engine.name, []).append(
                        (sum(r[0] for r in runs) / repeat, sum(r[1] for r in runs) / repeat)
                    )
                    checks[engine.name] = runs[-1][2]
            ours = statistics.median(f + b for f, b in times["gatenet"])
            for name, measured in times.items():
                forward = statistics.median(f for f, _ in measured) / size * 1e9
                backward = statistics.median(b for _, b in measured) / size * 1e9
                whole = statistics.median(f + b for f, b in measured)
                agrees = math.isclose(checks[name], checks["gatenet"], rel_tol=1e-9)
                rows.append([f"{size:,}", name, f"{forward:,.0f}", f"{backward:,.0f}",
                             f"{whole / ours:.2f}x", "yes" if agrees else "NO"])  # fmt: skip
        table(
            f"{kind}: ns per unit",
            ["units", "engine", "build", "backward", "time / ours", "same gradient"],
            rows,
        )


def training_step(found: list[Engine], rounds: int) -> None:
    """One step of micrograd's two-moons demo."""
    makers = steps({engine.name: engine for engine in found})
    times: dict[str, list[float]] = {name: [] for name in makers}
    losses: dict[str, float] = {}
    for _ in range(rounds):
        for name, step in makers.items():
            gc.collect()
            start = time.process_time()
            losses[name] = step()
            times[name].append(time.process_time() - start)
    rows = []
    base = statistics.median(times["micrograd"]) if "micrograd" in times else float("nan")
    for name, measured in times.items():
        middle = statistics.median(measured)
        rows.append([name, f"{middle * 1e3:.1f}", f"{base / middle:.1f}x", f"{losses[name]:.12f}"])
    table(
        "training step, MLP(2, [16, 16, 1]), 100 moons",
        ["engine", "ms", "times faster than micrograd", "loss"],
        rows,
    )


def memory(found: list[Engine], size: int) -> None:
    """Bytes per unit."""
    rows = []
    for engine in found:
        if engine.name in ("PyTorch 0-d", "XAD"):
            continue  # their memory is not Python's: tracemalloc does not see it
        for kind in ("dag", "chain"):
            built, swept = bytes_per_unit(engine, size, kind)
            rows.append([engine.name, kind, f"{built:.0f}", f"{swept:.0f}"])
    table(
        f"bytes per unit at {size:,} units (tracemalloc)",
        ["engine", "circuit", "built", "after backward"],
        rows,
    )


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engines", nargs="+")
    parser.add_argument("--only", choices=["graphs", "step", "memory"])
    options = parser.parse_args()
    found = list(engines(options.engines))
    print(f"# Python {platform.python_version()}, {platform.machine()}, {platform.system()}")
    print("# " + ", ".join(f"{engine.name} {engine.version}" for engine in found))
    if options.only in (None, "step"):
        training_step(found, max(options.rounds, 5))
    if options.only in (None, "memory"):
        memory(found, 100_000)
    if options.only in (None, "graphs"):
        graphs(found, options.sizes, options.rounds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n# peak memory of this process: {peak:,.0f} MiB")


if __name__ == "__main__":
    # The peers' recursive orders need a deep stack for the larger chains; gatenet does not.
    sys.setrecursionlimit(10**9)
    threading.stack_size(512 * 1024 * 1024)
    thread = threading.Thread(target=main)
    thread.start()
    thread.join()
