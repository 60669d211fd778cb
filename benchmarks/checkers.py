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
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from checkerpeers import PEERS
from wrongcircuits import GATES, SPECIAL, circuit_with, points_of

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


def circuits_table(number: int, peers: int, seed: int, seconds: float) -> int:
    """Random circuits, correct and wrong; give the number of what must not be."""
    names = ["gatenet", *PEERS]
    tally = {name: dict(correct=0, failed=0, unsure=0, wrong=0, caught=0) for name in names}
    named = missed = excused = 0
    spent = dict.fromkeys(names, 0.0)
    stop = time.perf_counter() + seconds
    for k in range(number):
        if time.perf_counter() > stop:
            break
        made = circuit_with(Random(f"{seed} {k}"))
        if made is None:
            continue
        for peer in names if k < peers else names[:1]:
            start = time.perf_counter()
            if peer == "gatenet":
                verdict = gradcheck(made.right, raise_exception=False).verdict
            else:
                verdict = PEERS[peer].circuit(made.right, made.right)
            spent[peer] += time.perf_counter() - start
            tally[peer]["correct"] += 1
            tally[peer]["failed"] += verdict == "fail"
            tally[peer]["unsure"] += verdict == "inconclusive"
            if peer == "gatenet":
                report = gradcheck(made.wrong, raise_exception=False)
                if report.verdict == "fail":
                    named += report.guilty is not None and report.guilty.row == made.row
                elif made.moves(10.0):
                    missed += 1
                    print(f"missed: seed {seed}, circuit {k}: {report}")
                else:
                    excused += 1
                    continue
                verdict = report.verdict
            else:
                verdict = PEERS[peer].circuit(made.right, made.wrong)
            tally[peer]["wrong"] += 1
            tally[peer]["caught"] += verdict == "fail"
    print("| checker | correct circuits | false failures | inconclusive | wrong | caught | "
          "guilty gate named | ms |\n|---|---|---|---|---|---|---|---|")  # fmt: skip
    for name, found in tally.items():
        if found["correct"]:
            ours = percent(named, found["caught"]) + " %" if name == "gatenet" else "-"
            print(f"| {name} | {found['correct']} | {found['failed']} | {found['unsure']} | "
                  f"{found['wrong']} | {percent(found['caught'], found['wrong'])} % | {ours} | "
                  f"{1e3 * spent[name] / found['correct']:.1f} |")  # fmt: skip
    print(f"\n{excused} wrong partials moved no gradient beyond conditioning; seed {seed}")
    return tally["gatenet"]["failed"] + missed


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
    parser.add_argument("--seed", type=int, default=0, help="of the circuits")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.machine()}; "
          f"beside ours: {', '.join(PEERS) or 'nobody, none is installed'}\n")  # fmt: skip
    wrong = gates_table(options.points, options.peers) + special_points() if options.points else 0
    if options.circuits:
        wrong += circuits_table(options.circuits, options.peers, options.seed, options.seconds)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
