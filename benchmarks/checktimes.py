"""How long checking takes: one gate, every gate, and a circuit of 10,000 gates in 100 inputs.

    python benchmarks/checktimes.py               # prints the table
    python benchmarks/checktimes.py --gates 1000  # a smaller circuit

Times are processor time of one process, the least of some rounds: other people's work on the
machine does not count.  The exit status is 1 when something correct does not pass.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gatenet import Unit
from gatenet.checking import check_gate, check_point, gradcheck, points
from gatenet.gates import CATALOGUE

#: Gates of the big circuit: what networks are made of.
_MADE_OF = ("multiply", "add", "subtract", "tanh", "sigmoid", "sin", "softplus", "relu", "gelu")


def wide(size: int, inputs: int) -> tuple[Callable[..., Unit], list[float]]:
    """A function of so many inputs that wires so many gates, and a point."""
    draws = Random(1)
    start = [draws.uniform(-1.0, 1.0) for _ in range(inputs)]
    plan: list[tuple[Any, list[int]]] = []
    for k in range(inputs, inputs + size - 1):
        one = CATALOGUE[draws.choice(_MADE_OF)]
        plan.append((one, [draws.randrange(max(0, k - 400), k) for _ in one.inputs]))
    used = {p for _, picks in plan for p in picks}

    def circuit(*units: Unit) -> Unit:
        made = list(units)
        for one, picks in plan:
            unit = one(*[made[p] for p in picks])
            made.append(unit if abs(unit.value) < 3.0 else unit.tanh())
        return CATALOGUE["mean"]([made[k] for k in range(len(made)) if k not in used])

    return circuit, start


def timed(work: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """The least processor time of so many calls, and the last result."""
    best, result = float("inf"), None
    for _ in range(rounds):
        start = time.process_time()
        result = work()
        best = min(best, time.process_time() - start)
    return best, result


def main() -> int:
    """Print the table; give the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gates", type=int, default=10_000, help="gates of the big circuit")
    parser.add_argument("--inputs", type=int, default=100, help="inputs of the big circuit")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of the small ones")
    options: Any = parser.parse_args()
    print(f"CPython {platform.python_version()} on {platform.machine()}, processor time\n")
    print("| what is checked | time |\n|---|---|")
    reports = []
    each, hundred = [], []
    for one in CATALOGUE.values():
        some = points(one, 5, Random(3))
        each += [timed(lambda p=p, g=one: check_point(g, p), options.rounds)[0] for p in some]
        seconds, report = timed(lambda g=one: check_gate(g, 100, raise_exception=False), 1)
        hundred.append(seconds)
        reports.append(report)
    print(f"| a gate at one point, value and all partials (median) | {1e3 * median(each):.2f} ms |")
    print(f"| a gate at 100 points over its domain (median) | {1e3 * median(hundred):.0f} ms |")
    print(f"| all {len(CATALOGUE)} gates at 100 points each | {sum(hundred):.1f} s |")
    f = lambda x, w, b: (x * w + b).tanh() * x  # noqa: E731
    seconds, report = timed(lambda: gradcheck(f, [0.5, -1.2, 0.3]), options.rounds)
    reports.append(report)
    print(f"| a function of 4 gates, each of 3 inputs | {1e3 * seconds:.1f} ms |")
    circuit, start = wide(options.gates, options.inputs)
    seconds, report = timed(
        lambda: gradcheck(circuit, start, seed=1, raise_exception=False, fast_mode=True), 1
    )
    reports.append(report)
    print(f"| {options.gates:,} gates in {options.inputs} inputs, by projections | "
          f"{seconds:.1f} s |")  # fmt: skip
    wrong = [report for report in reports if report.verdict == "fail"]
    for report in wrong:
        print(report)
    print(f"\nThe big circuit: {reports[-1].verdict}, {len(reports[-1].entries)} directions")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
