"""Gradient checkers on the same bugs: ours beside PyTorch's, JAX's and autograd's.

    python benchmarks/checkers.py                    # 300 circuits, all points
    python benchmarks/checkers.py --circuits 10000   # the full run
    python benchmarks/checkers.py --circuits 0       # the table of gates alone
    python benchmarks/checkers.py --seconds 240      # as many circuits as fit

First table: twenty gates at 75 points, the right derivative and every size of bug; how many pass,
fail, or are neither.  Then the special points (kinks, jumps, edges) and how they are classified.
Second table: random circuits, correct and with one wrong partial put in where it matters; how many
are caught, how often the guilty gate is named, and false failures.  PyTorch's, JAX's and autograd's
own checkers run on the same functions and gradients where they are installed (`--peers N` limits
them to the first N circuits: they take longer).
The exit status is 1 when a right gradient fails or a bug of 10 ULP or more passes.
"""

from __future__ import annotations

import argparse
import math
import platform
import sys
import time
from collections import Counter
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from checkerpeers import PEERS
from wrongcircuits import GATES, SPECIAL, Pair, circuit_with, points_of

from gatenet import Circuit
from gatenet.checking import gradcheck
from gatenet.checking.lines import GateLine
from gatenet.checking.ports import judged_port
from gatenet.checking.truth import truths

#: Bugs, as what is made of the right derivative; the last four are relative errors.
BUGS = {
    "correct": lambda p: p, "sign": lambda p: -p, "zero": lambda p: 0.0,
    **{f"{1 + e}" if e == 0.1 else f"{e:g}": (lambda p, e=e: p * (1 + e))
       for e in (0.1, 1e-3, 1e-4, 1e-6, 1e-9, 1e-12, 1e-14)},
    "10 ULP": lambda p: p + 10 * math.ulp(p) * (1 if p > 0 else -1),
}  # fmt: skip


def percent(part: int, whole: int) -> str:
    """A share in percent."""
    return f"{100 * part / whole:.1f}" if whole else "-"


def gates_table(number: int, peers: int) -> int:
    """Twenty gates at so many points, every bug size; give the number of what must not be.

    The peers see the first `peers` points of each gate.
    """
    tally = {name: {bug: [0, 0, 0] for bug in BUGS} for name in ("gatenet", *PEERS)}
    spent = dict.fromkeys(tally, 0.0)
    for gate in GATES:
        for seen, point in enumerate(points_of(gate, number)):
            z = gate.value(*point)
            partials = gate.partials(z, *point)
            right = partials[0]
            if not math.isfinite(right) or not math.isfinite(z):
                continue
            start = time.perf_counter()
            truth = truths(GateLine(gate, point, [1.0] + [0.0] * (len(point) - 1)))[0]
            spent["gatenet"] += time.perf_counter() - start
            if truth.slope is None or truth.kind != "smooth":
                continue
            for bug, made in BUGS.items():
                wrong = made(right)
                if bug != "correct" and abs(wrong - right) < 9.5 * math.ulp(right):
                    continue  # the bug is none here: the derivative is 0 or subnormal
                port = judged_port(0, "x", wrong, truth, 4.0, 0.0)
                tally["gatenet"][bug][{True: 0, False: 1, None: 2}[port.right]] += 1
            for peer, tolerances in PEERS.items() if seen < peers else ():
                start = time.perf_counter()
                for bug, made in BUGS.items():
                    wrong = made(right)
                    if bug == "correct" or abs(wrong - right) >= 9.5 * math.ulp(right):
                        found = tolerances.gate(gate, point, wrong)
                        tally[peer][bug][found] += 1
                spent[peer] += (time.perf_counter() - start) / len(BUGS)
    print("| checker | " + " | ".join(BUGS) + " | µs |")
    print("|---|" + "---|" * (len(BUGS) + 1))
    for name, bugs in tally.items():
        cells = []
        for bug, (passed, failed, neither) in bugs.items():
            whole = passed + failed + neither
            shares = [percent(n, whole) for n in (passed, failed, neither)]
            cells.append("/".join(shares) if bug == "correct" else shares[0])
        whole = sum(bugs["correct"])
        if whole:
            print(f"| {name} ({whole}) | {' | '.join(cells)} | {1e6 * spent[name] / whole:.0f} |")
    ours = tally["gatenet"]
    whole = sum(ours["correct"])
    print(f"\n{whole} points; correct: pass/fail/neither in %, bugs: % that passed\n")
    return ours["correct"][1] + sum(found[0] for bug, found in ours.items() if bug != "correct")


def special_points() -> int:
    """Kinks, jumps, vertical tangents and edges: how each is classified."""
    right = 0
    for text, gate, point, kind in SPECIAL:
        found = truths(GateLine(gate, point, [1.0] + [0.0] * (len(point) - 1)))[0].kind
        right += found == kind
        if found != kind:
            print(f"{text}: {found}, not {kind}")
    print(f"special points classified: {right} of {len(SPECIAL)}\n")
    return len(SPECIAL) - right


def tried(task: tuple[int, int, bool]) -> Counter[tuple[str, str]]:
    """Check one random circuit, right and wrong, by all: counts by (checker, what happened)."""
    seed, k, peers = task
    found: Counter[tuple[str, str]] = Counter()
    made = circuit_with(Random(f"{seed} {k}"))
    if made is None:
        return found
    for name in ("gatenet", *PEERS) if peers else ("gatenet",):
        start = time.perf_counter()
        right = _verdict(name, made, made.right)
        found[name, "µs"] += round(1e6 * (time.perf_counter() - start))
        found[name, "correct"] += 1
        found[name, right.verdict] += 1
        wrong = _verdict(name, made, made.wrong)
        caught = wrong.verdict == "fail"
        if name == "gatenet" and not caught:
            if not made.moves(10.0):
                found["gatenet", "excused"] += 1
                continue
            print(f"missed: seed {seed}, circuit {k}: {wrong}", flush=True)
        if name == "gatenet" and right.verdict == "fail":
            print(f"false failure: seed {seed}, circuit {k}: {right}", flush=True)
        found[name, "wrong"] += 1
        found[name, "caught"] += caught
        found[name, "named"] += caught and wrong.row == made.row
    return found


class Said(NamedTuple):
    """A verdict, the row of the gate it names, and how it is printed."""

    verdict: str
    row: int | None = None
    text: str = ""

    def __str__(self) -> str:
        return self.text


def _verdict(name: str, made: Pair, circuit: Circuit) -> Said:
    if name != "gatenet":
        return Said(PEERS[name].circuit(made.right, circuit))
    report = gradcheck(circuit, raise_exception=False)
    row = None if report.guilty is None else report.guilty.row
    return Said(report.verdict, row, "" if report else str(report))


def circuits_table(options: Any) -> tuple[str, int]:
    """Random circuits, correct and wrong: the table, and the number of what must not be."""
    total: Counter[tuple[str, str]] = Counter()
    tasks = [(options.seed, k, k < options.peers) for k in range(options.circuits)]
    stop = time.perf_counter() + options.seconds
    with get_context("spawn").Pool(options.jobs) as pool:
        for done, found in enumerate(pool.imap_unordered(tried, tasks, chunksize=20)):
            total.update(found)
            if done % 500 == 499:
                print(f"{done + 1} circuits", file=sys.stderr, flush=True)
            if time.perf_counter() > stop:
                pool.terminate()
                break
    lines = [
        "| checker | correct circuits | false failures | inconclusive | wrong circuits | caught | "
        "guilty gate named | ms |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in ("gatenet", *PEERS):
        has = {what: total[name, what] for what in
               ("correct", "fail", "inconclusive", "wrong", "caught", "named", "µs")}  # fmt: skip
        if has["correct"]:
            named = percent(has["named"], has["caught"]) + " %" if name == "gatenet" else "-"
            lines.append(
                f"| {name} | {has['correct']} | {has['fail']} | {has['inconclusive']} | "
                f"{has['wrong']} | {percent(has['caught'], has['wrong'])} % | {named} | "
                f"{has['µs'] / 1e3 / has['correct']:.1f} |"
            )
    lines.append(f"\n{total['gatenet', 'excused']} more wrong partials moved no gradient by 10 ULP "
                 f"beyond conditioning and were not counted. Seed {options.seed}.")  # fmt: skip
    missed = total["gatenet", "wrong"] - total["gatenet", "caught"]
    unnamed = total["gatenet", "named"] < 0.99 * total["gatenet", "caught"]
    return "\n".join(lines), total["gatenet", "fail"] + missed + unnamed


def main() -> int:
    """Print the tables; give the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--circuits", type=int, default=300, help="random circuits")
    parser.add_argument("--points", type=int, default=75, help="points for each gate")
    parser.add_argument(
        "--peers", type=int, default=20, help="circuits, and points of each gate, for the peers"
    )
    parser.add_argument("--seconds", type=float, default=math.inf,
                        help="start no more circuits after so long")  # fmt: skip
    parser.add_argument("--jobs", type=int, default=1, help="processes for the circuits")
    parser.add_argument("--seed", type=int, default=0, help="of the circuits")
    options: Any = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.machine()}; "
          f"beside ours: {', '.join(PEERS) or 'nobody, none is installed'}\n")  # fmt: skip
    wrong = gates_table(options.points, options.peers) + special_points() if options.points else 0
    if options.circuits:
        text, number = circuits_table(options)
        print(text)
        wrong += number
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
