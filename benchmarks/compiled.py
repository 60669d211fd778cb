"""What compiling gains: one training pass eagerly and on each backend, interleaved in one run.

    python benchmarks/compiled.py [--rounds 5] [--quick]

Prints, for each workload, the size of the program, what lowering takes per gate, and how many
times less time each way takes than the eager engine on the same rows; then a whole training step
with Adam, eagerly, compiled with the optimizer stepping unit by unit, and compiled on flat buffers
in one native call.  "float32" is the lane machine in that type of numbers.  The sums of
losses and gradients are compared before anything is timed.
"""

from __future__ import annotations

import argparse
import platform
import random
import statistics
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import gatenet
from gatenet import Circuit, Unit
from gatenet.compiler import BACKENDS
from gatenet.compiler.assembling import gradient_program
from gatenet.errors import ToolMissing
from gatenet.losses import mse_loss
from gatenet.nn import MLP
from gatenet.optim import Adam
from gatenet.training import Callback, Trainer


def workload(nin: int, sizes: list[int], rows: int, activation: str):
    """A network with its loss, rows of inputs and targets, and an eager pass over some rows."""
    rng = random.Random(0)
    model = MLP(nin, sizes, activation, rng=0)
    inputs = [Unit(0.5, f"x{k}") for k in range(nin)]
    targets = [Unit(0.5, f"t{k}") for k in range(sizes[-1])]
    circuit = Circuit(mse_loss(model(inputs), targets))
    data = [[rng.random() for _ in range(nin + sizes[-1])] for _ in range(rows)]

    def eager(count: int) -> tuple[float, list[float]]:
        model.zero_grad()
        total = 0.0
        for row in data[:count]:
            loss = mse_loss(model(row[:nin]), row[nin:])
            loss.backward()
            total += loss.value
        return total, [unit.grad for unit in model.parameters()]

    return circuit, [*inputs, *targets], data, eager


def gates(nin: int, sizes: list[int]) -> int:
    """The gates of the same network in single multiplies and adds."""
    widths = [nin, *sizes]
    return sum(2 * a * b + b for a, b in pairwise(widths)) + 3 * sizes[-1]


def seconds(run: Callable[[], object]) -> float:
    """How long one call takes."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def timed(title: str, nin: int, sizes: list[int], rows: int, activation: str, rounds: int) -> None:
    """Check that every way gives the same sums, time them in turn, and print the ratios."""
    circuit, leaves, data, eager = workload(nin, sizes, rows, activation)
    made = circuit.compile(leaves, backend="python")
    started = time.process_time()
    program = gradient_program(circuit, made.inputs, made.shared, made.wrt, {})
    lowering = time.process_time() - started
    some = max(1, rows // 10)  # what the eager engine is timed on
    expected, slopes = eager(some)
    ways: dict[str, Callable[[], object]] = {"eager": lambda: eager(some)}
    for name in BACKENDS:
        try:
            compiled = circuit.compile(leaves, backend=name)
        except ToolMissing as error:
            print(f"  {name}: left out, {error}")
            continue
        found, sums = compiled.sums(data[:some])
        assert abs(found[0] - expected) <= 1e-9 * abs(expected), name
        worst = max(abs(a - b) for a, b in zip(sums, slopes, strict=True))
        assert worst <= 1e-9 * max(map(abs, slopes)), name
        ways[name] = partial(compiled.sums, data)
        ways[name]()
    if "machine" in ways:
        half = circuit.compile(leaves, backend="machine", dtype="float32")
        assert abs(half.sums(data[:some])[0][0] - expected) <= 1e-4 * abs(expected)
        ways["float32"] = partial(half.sums, data)
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, run in ways.items():
            taken[name].append(seconds(run) * (rows / some if name == "eager" else 1.0))
    base = statistics.median(taken["eager"])
    count = gates(nin, sizes)
    print(
        f"\n{title}, {rows} rows: {count} scalar gates, {program.stats()['operations']} "
        f"operations; lowered in {lowering / count * 1e6:.1f} microseconds a gate"
    )
    for name, times in taken.items():
        middle = statistics.median(times)
        print(
            f"  {name:<8} {base / middle:>8.1f} times eager   "
            f"{middle / count / rows * 1e9:>9.2f} ns a gate and row"
        )


class Watching(Callback):
    """A callback after each batch: with it the optimizer steps unit by unit."""

    def on_batch_end(self, trainer: Trainer, step: object) -> None:
        """Do nothing."""


def trained(title: str, nin: int, sizes: list[int], batch: int, rounds: int) -> None:
    """Time training steps of one batch with Adam, and print the ratios."""
    rng = random.Random(0)
    inputs = [[rng.random() for _ in range(nin)] for _ in range(4 * batch)]
    targets = [[rng.random() for _ in range(sizes[-1])] for _ in inputs]
    taken: dict[str, float] = {}
    for name, compiled, callbacks, epochs in (
        ("eager", False, (), 2),
        ("compiled", True, (Watching(),), rounds + 1),
        ("flat", True, (), 10 * rounds + 1),
    ):
        model = MLP(nin, sizes, "relu", rng=0)
        trainer = Trainer(
            model, mse_loss, Adam(model.parameters()), rng=0, batch_size=batch, progress=False,
            compiled=compiled, callbacks=callbacks,
        )  # fmt: skip
        found = [epoch.seconds for epoch in trainer.fit(inputs, targets, epochs=epochs).epochs]
        taken[name] = min(b - a for a, b in pairwise(found)) / 4
    print(f"\n{title}: a training step with Adam, batches of {batch}")
    for name, time_of_one in taken.items():
        print(
            f"  {name:<8} {taken['eager'] / time_of_one:>8.1f} times eager   "
            f"{time_of_one * 1e3:>9.3f} ms a step"
        )


def main() -> None:
    """Time every workload and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="small batches")
    options = parser.parse_args()
    print(f"gatenet {gatenet.__version__}, Python {platform.python_version()}")
    for title, nin, sizes, rows, activation in (
        ("MLP(2, [16, 16, 1]), relu", 2, [16, 16, 1], 1000, "relu"),
        ("MLP(2, [16, 16, 1]), tanh", 2, [16, 16, 1], 1000, "tanh"),
        ("MLP(64, [32, 10]), relu", 64, [32, 10], 256, "relu"),
    ):
        count = rows // 10 if options.quick else rows
        timed(title, nin, sizes, count, activation, options.rounds)
    for title, nin, sizes, rows in (
        ("MLP(2, [16, 16, 1])", 2, [16, 16, 1], 1000),
        ("MLP(64, [32, 10])", 64, [32, 10], 256),
    ):
        trained(title, nin, sizes, rows // 10 if options.quick else rows, options.rounds)


if __name__ == "__main__":
    main()
