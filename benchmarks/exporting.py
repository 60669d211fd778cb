"""What exporting costs: printing a loss and its gradients, compiling what is printed, running it.

    python benchmarks/exporting.py [--compiler cc] [--rounds 3] [--long] [--page docs/export.md]

For two networks and a GPT: the C, Python and NumPy sources of the loss with the gradient in every
parameter, operation by operation and in loops: characters, seconds to print, seconds for the C
compiler at -O2, and microseconds a row; for the networks' predictions also an ONNX graph, with and
without matrices: nodes, seconds to load and microseconds a row.  Seconds are the processor's; runs
are the least of the rounds.  C that is longer than a million characters is compiled with `--long`
alone.  Every C and Python source gives the bits of the compiled circuit.
"""

from __future__ import annotations

import argparse
import ctypes
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "examples")]

import gatenet
from gatenet import Circuit, Unit
from gatenet.compiler import Compiled
from gatenet.exporting import c_source, numpy_source, onnx_model, python_source
from gatenet.losses import mse_loss
from gatenet.nn import MLP

HEAD = "| network, form | characters | print, s | compile, s | µs a row |\n|---|---|---|---|---|"
LONG = 1_000_000
START, END = "<!-- exporting -->", "<!-- end exporting -->"


class Work(NamedTuple):
    """A network's loss and rows for it; its predictions and theirs, where ONNX is tried."""

    title: str
    loss: Compiled
    rows: list[list[float]]
    predicting: Compiled | None
    inputs: list[list[float]]


def network(sizes: tuple[int, ...], count: int) -> Work:
    """An MLP with a mean squared error."""
    model = MLP(sizes[0], sizes[1:], "relu", rng=0)
    x = [Unit(0.0, f"x{k}") for k in range(sizes[0])]
    targets = [Unit(0.0, f"t{k}") for k in range(sizes[-1])]
    outputs: Any = model(x)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    loss = Circuit(mse_loss(outputs, targets)).compile([*x, *targets])
    rng = random.Random(0)
    rows = [[rng.gauss(0.0, 1.0) for _ in loss.inputs] for _ in range(count)]
    predicting = Circuit(outputs).compile(x, wrt=[])
    return Work(f"MLP{sizes}", loss, rows, predicting, [row[: sizes[0]] for row in rows])


def gpt(name: str) -> Work:
    """The GPT of examples/names_gpt_compiled.py on one name."""
    from names_gpt import GPT
    from names_gpt_compiled import marked, recorded

    letters, following = marked(name, 16)
    circuit, wide = recorded(GPT(rng=random.Random(42)), len(letters))
    row = [x for marks in letters + following for x in marks]
    loss = circuit.compile(wide.inputs)
    return Work(f"GPT, {len(letters)} places", loss, [row], None, [])


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


def in_c(source: str, work: Work, options: Any) -> tuple[float, float]:
    """Seconds to compile, and seconds to run the rows."""
    loss, rows = work.loss, work.rows
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
    # Called often enough that the clock sees it.
    often = max(1, 1000 // len(rows))

    def run() -> None:
        for _ in range(often):
            function(given, count, None, outputs, gradients)

    running, _ = timed(run, options.rounds)
    values, slopes = loss.value_and_grad(rows)
    assert list(outputs) == [*values]
    assert list(gradients) == [x for row in slopes for x in row]
    return took, running / often


def sources(work: Work, options: Any) -> Iterator[str]:
    """A line for each language, and for loops in C and NumPy."""
    micro = 1e6 / len(work.rows)
    for loops in (False, True):
        took, text = timed(lambda loops=loops: c_source(work.loss, loops=loops))
        form = f"C{', loops' * loops}"
        if len(text) > LONG and not options.long:
            yield f"| {work.title}: {form} | {len(text):,} | {took:.2f} | (minutes) | |"
            continue
        compiling, running = in_c(text, work, options)
        yield line(work, form, text, took, compiling, running * micro)
    printers: Sequence[Any] = (
        ("Python", lambda: python_source(work.loss)),
        ("NumPy", lambda: numpy_source(work.loss, loops=False)),
        ("NumPy, wide", lambda: numpy_source(work.loss, loops=True)),
    )
    for form, printer in printers:
        took, text = timed(printer)
        names: dict[str, Any] = {}
        compiling, _ = timed(lambda text=text, names=names: exec(text, names))
        run = names["f_and_gradients"]
        running, _ = timed(lambda run=run: run(work.rows), options.rounds)
        yield line(work, form, text, took, compiling, running * micro)


def line(work: Work, form: str, text: str, took: float, compiling: float, micro: float) -> str:
    """A row of the table."""
    return f"| {work.title}: {form} | {len(text):,} | {took:.2f} | {compiling:.2f} | {micro:,.2f} |"


def graphs(work: Work, options: Any) -> Iterator[str]:
    """A line for an ONNX graph with matrices, and one without."""
    try:
        import numpy
        import onnxruntime
    except ImportError as error:
        print(f"onnx: left out, {error}", file=sys.stderr)
        return
    onnxruntime.set_default_logger_severity(3)
    given = {"rows": numpy.asarray(work.inputs)}
    for matrices in (True, False):
        took, model = timed(
            lambda matrices=matrices: onnx_model(work.predicting, matrices=matrices)
        )
        data = model.SerializeToString()
        loading, session = timed(
            lambda data=data: onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        )
        running, _ = timed(lambda one=session: one.run(None, given), options.rounds)
        kind = "predictions in ONNX, matrices" if matrices else "predictions in ONNX, as recorded"
        nodes = f"{len(model.graph.node):,} nodes"
        yield (
            f"| {work.title}: {kind} | {nodes} | {took:.2f} | {loading:.2f} | "
            f"{running * 1e6 / len(work.inputs):,.2f} |"
        )


def write(page: Path, text: str) -> None:
    """Put the table between the page's markers."""
    before, _, rest = page.read_text(encoding="utf-8").partition(START)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{START}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Print the table, and write it into the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--compiler", default="cc")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long", action="store_true", help="compile long C as well")
    parser.add_argument("--page", type=Path, help="write the table between this page's markers")
    options = parser.parse_args()
    version = subprocess.run([options.compiler, "--version"], capture_output=True, text=True)
    lines = [
        f"gatenet {gatenet.__version__}, Python {platform.python_version()}, "
        f"{platform.machine()}, {version.stdout.splitlines()[0]}.",
        "",
        HEAD,
    ]
    print("\n".join(lines), flush=True)
    said = []
    works = (
        network((2, 16, 16, 1), 1000),
        network((64, 32, 10), 256),
        gpt("amelia"),
    )
    for work in works:
        said.append(f"{work.title}: {work.loss.program.stats()['operations']:,} operations")
        for part in (sources, graphs) if work.predicting else (sources,):
            for row in part(work, options):
                print(row, flush=True)
                lines.append(row)
    lines += ["", "; ".join(said) + ". Rows at once: 1,000, 256 and 1."]
    print("\n".join(lines[-2:]))
    if options.page:
        write(options.page, "\n".join(lines))


if __name__ == "__main__":
    main()
