"""A network written by hand in C: lanes of 128 rows, batch sums in gatenet's fixed order."""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from ladders.runner import Answer, Left, Runner
from ladders.workloads import Network

FLAGS = {"C by hand": [], "C by hand, -march=native": ["-march=native"]}


def make(name: str, work: Any) -> Runner:
    """Compile and load the network of these sizes."""
    if not isinstance(work, Network):
        raise Left("written for the networks")
    import numpy as np

    folder = Path(tempfile.mkdtemp(prefix="ladder"))
    sizes = [work.nin, *work.sizes]
    define = [f"-DDEPTH={len(work.sizes)}", f"-DSIZES={','.join(map(str, sizes))}",
              f"-DLARGEST={max(sizes)}", f"-DPARAMETERS={len(work.parameters)}"]  # fmt: skip
    source = Path(__file__).with_name("network.c")
    subprocess.run(
        ["gcc", "-std=c11", "-O3", "-ffp-contract=off", *FLAGS[name], *define, "-shared", "-fPIC",
         str(source), "-o", str(folder / "network.so")],
        check=True,
    )  # fmt: skip
    step = ctypes.CDLL(str(folder / "network.so")).step
    p, rows = np.array(work.parameters), np.array(work.rows)
    total = np.zeros(1 + len(p))

    at = np.ctypeslib.as_ctypes  # these keep the arrays they point to
    given = (at(p), at(rows.ravel()), ctypes.c_long(len(rows)), at(total))

    def run() -> Answer:
        step(*given)
        return total[0], total[1:]

    return Runner(run, work.batch)
