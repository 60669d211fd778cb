"""What exporting costs: printing a network's loss and gradients, compiling it, running it.

    python benchmarks/exporting.py [--compiler cc] [--rounds 3]

For each network the C, Python and NumPy sources of its mean squared error with the gradient in
every parameter: characters, seconds to print, seconds for the C compiler at -O2, and microseconds
a row.  Then its predictions as an ONNX graph, with and without matrices: nodes, seconds to load and
microseconds a row.  Seconds are the processor's; runs are the least of the rounds.
"""

from __future__ import annotations

import argparse
import ctypes
import platform
import random
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gatenet
from gatenet import Circuit, Unit
from gatenet.compiler import Compiled
from gatenet.exporting import c_source, numpy_source, onnx_model, python_source
from gatenet.losses import mse_loss
from gatenet.nn import MLP

NETWORKS = (((2, 16, 16, 1), 1000), ((64, 32, 10), 256))


def networks(sizes: tuple[int, ...]) -> tuple[Compiled, Compiled]:
    """A network's loss and its predictions."""
    model = MLP(sizes[0], sizes[1:], "relu", rng=0)
    x = [Unit(0.0, f"x{k}") for k in range(sizes[0])]
    targets = [Unit(0.0, f"t{k}") for k in range(sizes[-1])]
    outputs: Any = model(x)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    loss = Circuit(mse_loss(outputs, targets)).compile([*x, *targets])
    return loss, Circuit(outputs).compile(x, wrt=[])


def timed(run: Callable[[], Any], rounds: int = 1) -> tuple[float, Any]:
    """The least processor time of some runs, and what the last gave."""
    best, found = float("inf"), None
    for _ in range(rounds):
        start = time.process_time()
        found = run()
        best = min(best, time.process_time() - start)
    return best, found


def children() -> float:
    """Processor time of the programs that were run so far."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


def in_c(source: str, loss: Compiled, rows: list[list[float]], options: Any) -> tuple[float, float]:
    """Seconds to compile, and seconds to run the rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.c"
        path.write_text(source, encoding="ascii")
        flags = ["-std=c99", "-O2", "-ffp-contract=off", "-shared", "-fPIC"]
        before = children()
        command = [options.compiler, *flags, str(path), "-o", f"{folder}/f.so", "-lm"]
        subprocess.run(command, check=True)
        took = children() - before
        function = ctypes.CDLL(f"{folder}/f.so").f
    given = (ctypes.c_double * (len(rows) * len(rows[0])))(*[x for row in rows for x in row])
    outputs = (ctypes.c_double * len(rows))()
    gradients = (ctypes.c_double * (len(rows) * len(loss.wrt)))()
    count = ctypes.c_size_t(len(rows))
    run, _ = timed(lambda: function(given, count, None, outputs, gradients), options.rounds)
    assert list(outputs) == [*loss(rows)]
    return took, run


def sources(loss: Compiled, rows: list[list[float]], options: Any) -> None:
    """Print a line for each language."""
    micro = 1e6 / len(rows)
    took, text = timed(lambda: c_source(loss))
    compiling, running = in_c(text, loss, rows, options)
    print(f"  c       {len(text):9,} {took:8.2f} {compiling:8.2f} {running * micro:9.2f}")
    for name, printer in (("python", python_source), ("numpy", numpy_source)):
        took, text = timed(lambda printer=printer: printer(loss))
        names: dict[str, Any] = {}
        compiling, _ = timed(lambda text=text, names=names: exec(text, names))
        run = names["f_and_gradients"]
        running, _ = timed(lambda run=run: run(rows), options.rounds)
        line = f"{len(text):9,} {took:8.2f} {compiling:8.2f} {running * micro:9.2f}"
        print(f"  {name:7} {line}")


def graphs(predicting: Compiled, rows: list[list[float]], options: Any) -> None:
    """Print a line for an ONNX graph with matrices, and one without."""
    try:
        import numpy
        import onnxruntime
    except ImportError as error:
        print(f"  onnx: left out, {error}")
        return
    onnxruntime.set_default_logger_severity(3)
    given = {"rows": numpy.asarray(rows)}
    for matrices in (True, False):
        took, model = timed(lambda matrices=matrices: onnx_model(predicting, matrices=matrices))
        data = model.SerializeToString()
        loading, session = timed(
            lambda data=data: onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        )
        running, _ = timed(lambda one=session: one.run(None, given), options.rounds)
        kind = "onnx, matrices" if matrices else "onnx, as recorded"
        nodes = f"{len(model.graph.node):,} nodes"
        line = f"{nodes:>12} {took:8.2f} {loading:8.2f} {running * 1e6 / len(rows):9.2f}"
        print(f"  {kind:18} {line}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--compiler", default="cc")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(
        f"gatenet {gatenet.__version__}, Python {platform.python_version()}, {platform.machine()}"
    )
    rng = random.Random(0)
    for sizes, count in NETWORKS:
        loss, predicting = networks(sizes)
        rows = [[rng.gauss(0.0, 1.0) for _ in loss.inputs] for _ in range(count)]
        print(f"\nMLP{sizes}: {loss.program.stats()['operations']:,} operations, {count} rows")
        print("          characters    print  compile    us/row")
        sources(loss, rows, options)
        graphs(predicting, [row[: sizes[0]] for row in rows], options)


if __name__ == "__main__":
    main()
