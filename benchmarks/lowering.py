"""What compiling costs: microseconds per gate by phase, and how that grows with the circuit.

    python benchmarks/lowering.py [--largest 1000000] [--rounds 3]

Time is the processor's (time.process_time), the least of the rounds.  Each phase of
`circuit.compile()` is timed apart on the same circuit: reading the wiring, laying the gates out,
laying the reverse pass out, putting the program together, and encoding it for the lane machine.
"whole" is `circuit.compile()` itself, "eager" building the same circuit of units.  A gate is a unit
that some gate drives: a dot of 64 pairs is one gate of 128 operands, so operations stand beside.
"""

from __future__ import annotations

import argparse
import gc
import platform
import random
import resource
import runpy
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import gatenet
from gatenet import Circuit, Unit
from gatenet.compiler.builder import Builder
from gatenet.compiler.lowering import Lowered, wiring_of
from gatenet.compiler.machine import MachineBackend
from gatenet.errors import ToolMissing
from gatenet.gates import add, multiply, subtract, total
from gatenet.losses import mse_loss
from gatenet.nn import MLP

PHASES = ("wiring", "forward", "reverse", "finish", "encode")


def tangle(size: int) -> Unit:
    """Gates of two inputs, each of any two of the 64 units before it."""
    rng = random.Random(0)
    pool = [Unit(rng.gauss(0, 1), role="parameter") for _ in range(64)]
    gates = (add, multiply, subtract)
    for _ in range(size):
        gate = gates[rng.randrange(3)]
        pool.append(gate(pool[-1 - rng.randrange(64)], pool[-1 - rng.randrange(64)]))
    return total(pool[-64:])


def chain(size: int) -> Unit:
    """One gate after the other: a product and a tanh in turn."""
    unit = Unit(0.5, role="parameter")
    for _ in range(size // 2):
        unit = (unit * 0.9).tanh()
    return unit


def network(size: int) -> Unit:
    """MLP(64, [32, 10]) with its loss, on as many samples as `size` says."""
    rng = random.Random(0)
    model = MLP(64, [32, 10], rng=rng)
    losses = [
        mse_loss(model([rng.random() for _ in range(64)]), [rng.random() for _ in range(10)])
        for _ in range(size)
    ]
    return losses[0] if size == 1 else total(losses)


def names_gpt(size: int) -> Unit:
    """The loss of the GPT of examples/names_gpt.py on one name of `size` letters."""
    example = Path(__file__).resolve().parent.parent / "examples" / "names_gpt.py"
    made = runpy.run_path(str(example))
    return made["loss_of"](made["GPT"](rng=random.Random(0)), "isabella"[:size])


def least(rounds: int, run: Callable[[], object]) -> tuple[float, object]:
    """The least processor time of some calls, and what the last one gave."""
    times = []
    for _ in range(rounds):
        found = None  # let go of what the last call gave before the next is timed
        gc.collect()
        started = time.process_time()
        found = run()
        times.append(time.process_time() - started)
    return min(times), found


def phases(circuit: Circuit) -> dict[str, float]:
    """Each phase of compiling a circuit, once; seconds of processor time."""
    found = {}
    marks = [time.process_time()]
    builder = Builder()
    leaves = [unit for unit in circuit.order if unit.gate is None]
    nodes = {unit.serial: builder.leaf() for unit in leaves}
    seed = builder.leaf("seed")
    wiring, places = wiring_of(builder, circuit.order, nodes)
    marks.append(time.process_time())
    lowered = Lowered(builder, wiring, [places[unit.serial] for unit in leaves])
    marks.append(time.process_time())
    adjoints = lowered.reverse({places[circuit.ends[0].serial]: seed})
    marks.append(time.process_time())
    program = builder.finished(
        [nodes[leaves[0].serial]],
        [*[nodes[unit.serial] for unit in leaves[1:]], seed],
        [lowered.nodes[places[circuit.ends[0].serial]]],
        [adjoints[places[unit.serial]] for unit in leaves if places[unit.serial] in adjoints],
        recorded=len(wiring.steps),
    )
    marks.append(time.process_time())
    with suppress(ToolMissing):
        MachineBackend(program)
    marks.append(time.process_time())
    for name, before, after in zip(PHASES, marks, marks[1:], strict=False):
        found[name] = after - before
    return found


def measured(title: str, wire: Callable[[int], Unit], size: int, rounds: int) -> float:
    """Print one row; give microseconds per gate of the whole."""
    eager, out = least(1 if size > 100_000 else rounds, lambda: wire(size))
    circuit = Circuit(out)
    whole, compiled = least(rounds, circuit.compile)
    program = compiled.program
    gates, operations = program.recorded, program.stats()["operations"]
    del compiled, program
    parts: dict[str, float] = {}
    for _ in range(rounds):
        gc.collect()
        for name, seconds in phases(circuit).items():
            parts[name] = min(seconds, parts.get(name, seconds))
    scale = 1e6 / gates
    row = "".join([f"{parts[name] * scale:9.2f}" for name in PHASES])
    print(
        f"{title:24}{gates:9}{operations / gates:7.1f}{row}{whole * scale:9.2f}"
        f"{eager * scale:9.2f}{whole / eager:7.2f}{whole * 1e6 / operations:9.2f}",
        flush=True,
    )
    return whole * scale


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--largest", type=int, default=1_000_000, help="gates of the last circuit")
    parser.add_argument("--rounds", type=int, default=3, help="times each is measured")
    given = parser.parse_args()
    built = "in C" if Builder().native else "in Python"
    print(f"gatenet {gatenet.__version__}, Python {platform.python_version()}, builder {built}")
    print("microseconds of processor time per gate; ops: operations per gate")
    heads = "".join([f"{name:>9}" for name in PHASES])
    print(f"{'':24}{'gates':>9}{'ops':>7}{heads}{'whole':>9}{'eager':>9}{'ratio':>7}{'us/op':>9}")
    measured("MLP(64, [32, 10])", network, 1, given.rounds)
    measured("... on 20 samples", network, 20, given.rounds)
    measured("names GPT, 8 letters", names_gpt, 8, given.rounds)
    measured("chain", chain, 100_000, given.rounds)
    sizes = [size for size in (10_000, 100_000, 1_000_000) if size <= given.largest]
    costs = [measured("random, two inputs", tangle, size, given.rounds) for size in sizes]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"from {sizes[0]} to {sizes[-1]} gates the cost per gate grows {costs[-1] / costs[0]:.2f}x"
    )
    print(f"memory at its peak: {peak:.0f} MiB", file=sys.stdout)


if __name__ == "__main__":
    main()
