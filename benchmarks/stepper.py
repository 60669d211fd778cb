"""What watching costs: a pass through the stepper as a multiple of `backward()`, and pictures.

    python benchmarks/stepper.py
    python benchmarks/stepper.py --sizes 1000 10000 --rounds 5

For each circuit the two run in turn, round by round, in one process; times are CPU time of one
thread, medians of the ratios.  "finish" makes a Stepper and runs it to its end at one go; "events"
asks for every event as an object.  Then: drawing the folded loss of MLP(2, [16, 16, 1]).
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from peers import MAKERS
from programs import build, program

from gatenet import Stepper, Unit, total
from gatenet.nn import MLP
from gatenet.viz import draw


def seconds(run: Callable[[], object]) -> float:
    """CPU time of one call."""
    start = time.process_time()
    run()
    return time.process_time() - start


def each_event(output: Unit) -> None:
    """Step through a pass, one event object after another."""
    for _ in Stepper(output):
        pass


def stepping(kind: str, size: int, rounds: int) -> tuple[float, float, float]:
    """Median ratios of finish and of events to backward(), and microseconds per event."""
    output = build(MAKERS["gatenet"](), program(kind, size))[-1]
    output.backward()
    number = len(Stepper(output)) - Stepper(output).forwards  # what the output depends on
    finish, events, each = [], [], []
    for _ in range(rounds):
        plain = seconds(output.backward)
        finish.append(seconds(lambda: Stepper(output).finish()) / plain)
        spent = seconds(lambda: each_event(output))
        events.append(spent / plain)
        each.append(spent / number * 1e6)
    return statistics.median(finish), statistics.median(events), statistics.median(each)


def drawing(rounds: int) -> tuple[float, int, int]:
    """Median seconds to draw a folded network, its units, and the boxes drawn."""
    model = MLP(2, [16, 16, 1], "relu", rng=0)
    loss = total([model([0.1 * k, -0.2 * k])[0] ** 2 for k in range(4)])
    loss.backward()
    spent = []
    for _ in range(rounds):
        start = time.perf_counter()
        made = draw(loss, max_units=100, engine="builtin")
        spent.append(time.perf_counter() - start)
    return statistics.median(spent), len(Stepper(loss).circuit), len(made.scene.boxes)


def main() -> None:
    """Run the workloads and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print("| circuit | units | finish / backward | events / backward | µs an event |")
    print("|---|---|---|---|---|")
    for kind in ("dag", "chain"):
        for size in arguments.sizes:
            finish, events, each = stepping(kind, size, arguments.rounds)
            print(f"| {kind} | {size:,} | {finish:.2f} | {events:.1f} | {each:.1f} |", flush=True)
    spent, units, boxes = drawing(arguments.rounds)
    print(f"\nfolded MLP(2, [16, 16, 1]), {units:,} units as {boxes} boxes: {spent:.2f} s")


if __name__ == "__main__":
    main()
