"""CasADi's rungs: its virtual machine, and its generated C compiled by gcc -O3."""

from __future__ import annotations

import ctypes
import importlib
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from programs import LEAVES

from ladders.runner import Answer, Left, Runner
from ladders.workloads import Graph, Network

#: Row after row through the generated function, results added up.
DRIVER = """
#include "made.c"
void drive(const double *p, const double *rows, long count, long columns, double *total,
           double *w, long long *iw) {{
    double found[{width}];
    for (long k = 0; k < count; k++) {{
        const double *arg[{args}] = {{p, rows + k * columns}};
        double *res[{results}] = {{found, found + 1}};
        f(arg, res, iw, w, 0);
        for (long i = 0; i < {width}; i++) total[i] += found[i];
    }}
}}
"""


def make(name: str, work: Any) -> Runner:
    """Make the virtual machine's rung or that of the generated C."""
    ca = importlib.import_module("casadi")
    import numpy as np

    function, p, differentiated = built(ca, work)
    rows = np.array(work.rows)
    if name == "CasADi C":
        run = generated(function, p, rows, differentiated)
        return Runner(run, work.batch)
    some = max(1, min(work.batch, 2_000_000 // work.gates))
    buffer, trigger = function.buffer()
    loss, grads = np.zeros(1), np.zeros(differentiated)
    given = np.zeros(rows.shape[1])
    held = [memoryview(part) for part in (p, given, loss, grads)]  # nobody else keeps them
    buffer.set_arg(0, held[0])
    buffer.set_arg(1, held[1])
    buffer.set_res(0, held[2])
    buffer.set_res(1, held[3])

    def step() -> Answer:
        total, added = 0.0, np.zeros(differentiated)
        assert held, buffer
        for row in rows[:some]:
            given[:] = row
            trigger()
            total += loss[0]
            added += grads
        return total, added

    return Runner(step, some)


def built(ca: Any, work: Any) -> tuple[Any, Any, int]:
    """The function of parameters and a row: loss and gradient."""
    import numpy as np

    if isinstance(work, Network):
        p = np.array(work.parameters)
        leaves, row = ca.SX.sym("p", len(p)), ca.SX.sym("x", len(work.rows[0]))
        parts = iter(ca.vertsplit(leaves))
        layers = [
            [([next(parts) for _ in weights], next(parts)) for weights, _ in layer]
            for layer in work.layers
        ]
        loss = work.scalar(layers, ca.vertsplit(row), lambda x: ca.fmax(x, 0.0))
        return (
            ca.Function("f", [leaves, row], [loss, ca.densify(ca.gradient(loss, leaves))]),
            p,
            len(p),
        )
    if isinstance(work, Graph):
        leaves, row = ca.SX.sym("p", 1), ca.SX.sym("x", LEAVES)
        units = ca.vertsplit(row)
        makes = (lambda a, b: a + b, lambda a, b: a * b, lambda a, b: ca.tanh(a),
                 lambda a, b: ca.fmax(a, 0.0))  # fmt: skip
        for operation, a, b in work.steps:
            units.append(makes[operation](units[a], units[b]))
        gradient = ca.densify(ca.gradient(units[-1], row))
        return ca.Function("f", [leaves, row], [units[-1], gradient]), np.zeros(1), LEAVES
    raise Left("tried on the networks and the random circuits")


def generated(function: Any, p: Any, rows: Any, differentiated: int) -> Any:
    """Have C printed, compiled with a loop over rows, and loaded."""
    import numpy as np

    folder = Path(tempfile.mkdtemp(prefix="ladder"))
    code = importlib.import_module("casadi").CodeGenerator("made.c")
    code.add(function)
    code.generate(str(folder) + "/")
    sizes = {"width": 1 + differentiated, "args": max(2, function.sz_arg()),
             "results": max(2, function.sz_res())}  # fmt: skip
    (folder / "driver.c").write_text(DRIVER.format(**sizes))
    subprocess.run(
        ["gcc", "-O3", "-shared", "-fPIC", "-w", "driver.c", "-o", "driver.so", "-lm"],
        cwd=folder, check=True,
    )  # fmt: skip
    drive = ctypes.CDLL(str(folder / "driver.so")).drive
    rows = np.ascontiguousarray(rows)
    work, numbers = np.zeros(function.sz_w() + 1), np.zeros(function.sz_iw() + 1, dtype=np.int64)
    total = np.zeros(1 + differentiated)

    at = np.ctypeslib.as_ctypes  # these keep the arrays they point to
    given = (at(p), at(rows.ravel()), ctypes.c_long(len(rows)), ctypes.c_long(rows.shape[1]),
             at(total), at(work), at(numbers))  # fmt: skip

    def run() -> Answer:
        total[:] = 0.0
        drive(*given)
        return total[0], total[1:]

    return run
