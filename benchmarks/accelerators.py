"""What XLA makes of a scalar GPT: of the wide program, and of the same circuit gate by gate.

    python benchmarks/accelerators.py [--rounds 20] [--limit 120] [--page docs/accelerators.md]

The GPT of examples/names_gpt.py on one name of nine places: its loss and the gradients of all
parameters.  `to_jax` and `to_torch` are compared with the eager engine before anything is timed.
Beside them stands the scalar program in JAX: the same circuit, primitive gate by primitive gate,
under jit, in a process that is ended after --limit seconds of CPU time; and circuits cut from it,
each twice the one before, to show how that grows.  Each row is a process of its own.  Seconds to
compile are CPU time of all threads, which other work on the machine leaves as it is, and wall time,
which it does not; from the recorded circuit to what can be run: widening or lowering, tracing, XLA.
The time of a step is the best of the rounds, wall time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import signal
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE), str(HERE.parent / "examples")]

#: How many gates are cut from the circuit for the scalar program; 0 is the whole.
SIZES = (100, 200, 400, 0)


class Clock:
    """Wall and CPU seconds since it was made."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        """Both, so far."""
        return time.perf_counter() - self.wall, time.process_time() - self.cpu


def gpt() -> tuple[Any, list[float], float]:
    """The circuit of one name, and the eager engine's gradients and value."""
    from widening import one_name

    circuit, _, _ = one_name()
    leaves = [unit for unit in circuit.order if unit.gate is None]
    value = circuit.forward()
    circuit.backward()
    return circuit, [unit.grad for unit in leaves], value


def apart(found: Any, wanted: list[float]) -> float:
    """The largest difference of two gradients, against the largest of the numbers."""
    differences = [abs(a - b) for a, b in zip(found, wanted, strict=True)]
    return max(differences) / max(abs(x) for x in wanted)


def best(run: Any, rounds: int) -> float:
    """Seconds of one call, the best of the rounds."""
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def wide_in_jax(rounds: int) -> dict[str, Any]:
    """The wide program, under jit."""
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.block_until_ready(jax.numpy.zeros(1) + 1.0)  # JAX's own start is nobody's compilation
    circuit, wanted, value = gpt()
    clock = Clock()
    f = circuit.to_jax()
    none, p = jax.numpy.zeros(0), f.values()
    lowered = jax.jit(f.value_and_grad).lower(none, p)
    traced = clock.read()
    run = lowered.compile()
    wall, cpu = clock.read()
    loss, slopes = run(none, p)
    lines = sum(" = " in line for line in lowered.as_text().splitlines())
    return {
        "wall": wall, "cpu": cpu, "traced": traced[0], "operations": lines,
        "step": best(lambda: jax.block_until_ready(run(none, p)), rounds),
        "apart": apart(slopes.tolist(), wanted), "value": abs(float(loss) - value) / abs(value),
        "device": str(jax.devices()[0]),
    }  # fmt: skip


def wide_in_torch(rounds: int) -> dict[str, Any]:
    """The wide program, by PyTorch as it stands."""
    import torch

    circuit, wanted, value = gpt()
    clock = Clock()
    module = circuit.to_torch()
    p = module.parameters_
    none = torch.zeros(0, dtype=torch.float64)

    def run() -> Any:
        loss = module.function(none, p)
        return loss, torch.autograd.grad(loss, p)[0]

    loss, slopes = run()
    wall, cpu = clock.read()
    return {
        "wall": wall, "cpu": cpu, "step": best(run, rounds), "operations": 0,
        "apart": apart(slopes.tolist(), wanted), "value": abs(float(loss) - value) / abs(value),
    }  # fmt: skip


def scalar_in_jax(gates: int, rounds: int) -> dict[str, Any]:
    """The scalar program of the first so many gates (0: of all), each gate an operation of JAX."""
    import jax

    from gatenet import Circuit
    from gatenet.exporting.widejax import JaxArrays

    jax.config.update("jax_enable_x64", True)
    jax.block_until_ready(jax.numpy.zeros(1) + 1.0)
    circuit, wanted, _ = gpt()
    if gates:
        some = [unit for unit in circuit.order if unit.gate is not None][:gates]
        read = {unit for one in some for unit in one.inputs if hasattr(unit, "gate")}
        circuit = Circuit([unit for unit in some if unit not in read])
        circuit.forward()
    leaves = [unit for unit in circuit.order if unit.gate is None]
    clock = Clock()
    program = circuit.compile((), wrt=leaves, backend="python").program
    ops = JaxArrays(jax, "float64")

    def run(values: Any) -> Any:
        numbers: list[Any] = [None] * len(program)
        for place, node in enumerate(program.uniform):
            numbers[node] = values[place]
        for k, (gate, args) in enumerate(zip(program.gates, program.args, strict=True)):
            if gate is not None:
                numbers[k] = ops.function(gate)(*[numbers[arg] for arg in args])
            elif k in program.constants:
                numbers[k] = jax.numpy.asarray(program.constants[k])
        return jax.numpy.stack([numbers[k] for k in program.gradients])

    ones = [1.0] * len(circuit.outputs)
    values = jax.numpy.asarray([unit.value for unit in leaves] + ones)
    print(json.dumps({"operations": program.stats()["operations"]}), flush=True)
    lowered = jax.jit(run).lower(values)
    traced, _ = clock.read()
    print(json.dumps({"traced": traced}), flush=True)
    compiled = lowered.compile()
    wall, cpu = clock.read()
    step = best(lambda: jax.block_until_ready(compiled(values)), rounds)
    found = {"wall": wall, "cpu": cpu, "step": step}
    return found if gates else {**found, "apart": apart(compiled(values).tolist(), wanted)}


def child(row: list[Any], rounds: int, limit: float) -> dict[str, Any]:
    """Run a row in a process of its own; what it said until it was done or its time was over."""
    command = [sys.executable, str(Path(__file__).resolve()), "--row", json.dumps(row),
               "--rounds", str(rounds)]  # fmt: skip
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    command += ["--limit", str(limit)]
    done = subprocess.run(command, capture_output=True, text=True)
    late = done.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
    failed = done.returncode != 0
    if failed and not late:
        print(done.stderr[-2000:], file=sys.stderr)
    found: dict[str, Any] = {"load": load, "late": late, "failed": failed}
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            found.update(json.loads(line))
    return found


def said(title: str, found: dict[str, Any], limit: float) -> list[str]:
    """A row of the table."""
    operations = f"{found['operations']:,}" if found.get("operations") else "-"
    load = f"{found['load']:.1f}"
    if found["late"]:
        return [title, operations, f"ended after {limit:.0f}", "-", "-", "-", load]  # of CPU time
    if found["failed"]:
        return [title, operations, "failed", "-", "-", "-", load]
    agree = f"{found['apart']:.0e}" if "apart" in found else "-"
    return [title, operations, f"{found['cpu']:.1f}", f"{found['wall']:.1f}",
            f"{1e3 * found['step']:.2f}", agree, load]  # fmt: skip


def table(rows: list[list[str]]) -> str:
    """The rows as Markdown, which is plain text as well."""
    head = ["what", "operations", "compiled, CPU s", "wall s", "ms a step",
            "gradients apart", "load before"]  # fmt: skip
    widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(head))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |"
             for row in [head, *rows]]  # fmt: skip
    return "\n".join([lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]])


def heading(limit: float) -> str:
    """Machine and versions."""
    import gatenet

    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        found = re.search(r"model name\s*: (.*)", text)
        model = found[1] if found else platform.machine()
    except OSError:
        model = platform.processor() or platform.machine()
    known = []
    for package in ("jax", "torch", "numpy"):
        try:
            known.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            known.append(f"{package} not installed")
    return (
        f"gatenet {gatenet.__version__}, Python {platform.python_version()}; {', '.join(known)}; "
        f"{model}, {os.cpu_count()} cores, which other work shared: the load stands beside each "
        f"row. A row is ended after {limit:.0f} s of CPU time."
    )


def main() -> None:
    """Run every row, print the table, and write it to a page where one is given."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--limit", type=float, default=120.0, help="CPU seconds of a row")
    parser.add_argument("--page", type=Path, help="write the table between this page's markers")
    parser.add_argument("--row", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.row:
        resource.setrlimit(resource.RLIMIT_CPU, (int(options.limit), int(options.limit) + 2))
        kinds = {"jax": wide_in_jax, "torch": wide_in_torch, "scalar": scalar_in_jax}
        print(json.dumps(kinds[options.row[0]](*options.row[2:], rounds=options.rounds)))
        return
    rows = [["jax", "to_jax, jit"], ["torch", "to_torch, eager"]]
    rows += [
        ["scalar", f"gate by gate in JAX, jit: {f'first {n:,} gates' if n else 'all gates'}", n]
        for n in SIZES
    ]
    found = []
    for row in rows:
        found.append(said(row[1], child(row, options.rounds, options.limit), options.limit))
        print(" | ".join(found[-1]), file=sys.stderr, flush=True)
    text = f"{table(found)}\n\n{heading(options.limit)}"
    print(text)
    if options.page:
        page = options.page.read_text(encoding="utf-8")
        start, end = "<!-- accelerators -->", "<!-- end accelerators -->"
        head, _, rest = page.partition(start)
        page = f"{head}{start}\n\n{text}\n\n{end}{rest.partition(end)[2]}"
        options.page.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
